"""Tables whose columns a template made in a loop come out equally wide: give each the room that its texts need."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from docx.document import Document
from docx.oxml.ns import qn
from docx.table import Table

LETTER, AROUND = 93, 240  # twips that half a Chinese character takes, and the room on both sides of a cell
SHORT = 8  # half characters that every column gets before the long ones get more
ALIKE = 2  # twips by which columns made equal differ through rounding


def fit_columns(paper: Document) -> None:
    """Give the columns of equally wide tables widths by their contents; tables with widths of their own stay."""
    for table in paper.tables:
        grid = [int(column.get(qn("w:w")) or 0) for column in table._tbl.tblGrid.findall(qn("w:gridCol"))]
        if len(grid) > 1 and max(grid) - min(grid) <= ALIKE and all(_plain(row) for row in table._tbl.tr_lst):
            _fit(table, sum(grid))


def _plain(row) -> bool:
    return all(cell.grid_span == 1 for cell in row.tc_lst)


def _fit(table: Table, total: int) -> None:
    rows = [row.tc_lst for row in table._tbl.tr_lst]
    texts = [["".join(t.text or "" for t in cell.iter(qn("w:t"))) for cell in cells] for cells in rows]
    rooms = [max(map(_room, column)) for column in zip(*texts, strict=True)]
    least = [AROUND + LETTER * min(room, SHORT) for room in rooms]
    widths = shares(least, [LETTER * max(room - SHORT, 0) for room in rooms], total)
    for column, width in zip(table._tbl.tblGrid.findall(qn("w:gridCol")), widths, strict=True):
        column.set(qn("w:w"), str(width))
    for cells in rows:
        for cell, width in zip(cells, widths, strict=True):
            cell.width = width * 635  # twips to EMU


def shares(least: Sequence[int], more: Sequence[int], total: int) -> list[int]:
    """A width for each column: the least it needs, and of what is left a share by how much more it wants.

    >>> shares([100, 100], [0, 300], 300), shares([100, 100], [0, 0], 300), shares([200, 200], [0, 9], 200)
    ([100, 200], [150, 150], [100, 100])
    """
    left = total - sum(least)
    if left <= 0 or not sum(more):
        return [round(total * need / sum(least)) for need in least]
    return [round(need + left * wish / sum(more)) for need, wish in zip(least, more, strict=True)]


def _room(text: str) -> int:
    """Half-width characters that a text takes."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
