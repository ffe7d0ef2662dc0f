"""Builds small official tables, as offices print them, in Word and Excel, and imports them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd
from docx import Document
from openpyxl import Workbook

from kaohe_tools.importing import read_official
from kaohe_tools.problems import Problems

HEADER = ("指标类别", "考核项目", "考核内容", "分值")


@dataclass(frozen=True)
class Indicator:
    """One row as it is meant."""

    part: str
    project: str
    text: str
    points: object = 1


@dataclass
class Drawn:
    """One table as it is drawn: cells, and merged blocks (top, left, bottom, right, from 0, ends included)."""

    cells: list[list[object]]
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)

    def add(self, other: Drawn) -> None:
        """Put the rows of another below."""
        top = len(self.cells)
        self.cells += other.cells
        self.merges += [(t + top, left, b + top, right) for t, left, b, right in other.merges]


@dataclass(frozen=True)
class Style:
    """How a table is drawn. `labels`: merged, blank (first row only) or repeat. `paging`: how a page break shows:

    restart (the labels begin anew), header (repeated), table (a new one without header) or table_header. `relabel`:
    are labels printed again on a new page. `vertical`: one character a line. `wide`: no cell for a missing 考核项目.
    """

    labels: str = "merged"
    paging: str = "restart"
    relabel: bool = True
    vertical: bool = False
    wide: bool = False


def lay_out(pages: Sequence[Sequence[Indicator]], style: Style, header: Sequence[object] = HEADER) -> list[Drawn]:
    """The tables that these pages make: one, or one for each page where `paging` begins a new table."""
    tables: list[Drawn] = []
    before: Indicator | None = None
    for page in pages:
        body = _page(page, style, None if style.relabel else before)
        top = Drawn([list(header)])
        if not tables:
            tables.append(top)
        elif style.paging == "header":
            tables[-1].add(top)
        elif style.paging == "table_header":
            tables.append(top)
        elif style.paging == "table":
            tables.append(Drawn([]))
        tables[-1].add(body)
        before = page[-1]
    return tables


def _page(page: Sequence[Indicator], style: Style, before: Indicator | None) -> Drawn:
    drawn = Drawn([[None, None, row.text, row.points] for row in page])
    for column, names in ((0, [(r.part,) for r in page]), (1, [(r.part, r.project) for r in page])):
        earlier = None if before is None else (before.part, before.project)[: column + 1]
        start = 0
        for end in range(1, len(page) + 1):
            if end < len(page) and names[end] == names[start]:
                continue
            unsaid = style.labels != "repeat" and start == 0 and names[0] == earlier
            _label(drawn, page, style, column, start, end, "" if unsaid else names[start][-1])
            if style.labels == "merged" and end - start > 1 and names[start][-1]:
                drawn.merges.append((start, column, end - 1, column))
            start = end
    return drawn


def _label(drawn: Drawn, page, style: Style, column: int, start: int, end: int, name: str) -> None:
    for line in range(start, end):
        if name and (line == start or style.labels == "repeat"):
            drawn.cells[line][column] = "\n".join(name) if style.vertical else name
        if column == 1 and style.wide and not page[line].project:
            drawn.cells[line][1:3] = [page[line].text, None]
            drawn.merges.append((line, 1, line, 2))


def cut(pages: Sequence[Sequence[Indicator]], at: int, points_below: bool = False) -> list[list[Indicator]]:
    """The same pages with the last text of the first one cut in two after `at` characters."""
    first, second, *rest = [list(page) for page in pages]
    whole = first[-1]
    upper, lower = (None, whole.points) if points_below else (whole.points, None)
    first[-1] = replace(whole, text=whole.text[:at], points=upper)
    return [first, [replace(whole, text=whole.text[at:], points=lower), *second], *rest]


def write_word(path: Path, blocks: Sequence[str | Drawn]) -> Path:
    """A Word file of paragraphs and tables; line breaks in a cell are paragraphs."""
    document = Document()
    for block in blocks:
        if isinstance(block, str):
            document.add_paragraph(block)
            continue
        table = document.add_table(len(block.cells), max(len(row) for row in block.cells))
        for i, row in enumerate(table.rows):
            for cell, value in zip(row.cells, block.cells[i], strict=False):
                lines = [] if value is None else str(value).split("\n")
                for n, line in enumerate(lines):
                    (cell.paragraphs[0] if n == 0 else cell.add_paragraph()).text = line
        for top, left, bottom, right in block.merges:
            table.cell(top, left).merge(table.cell(bottom, right))
    document.save(str(path))
    return path


def write_excel(path: Path, sheets: dict[str, Sequence[str | Drawn]]) -> Path:
    """An Excel file: on each sheet title rows (merged over the width) and tables, one below the other."""
    book = Workbook()
    book.remove(book.active)
    for name, blocks in sheets.items():
        sheet = book.create_sheet(name)
        line = 1
        for block in blocks:
            if isinstance(block, str):
                sheet.cell(line, 1, block)
                sheet.merge_cells(start_row=line, start_column=1, end_row=line, end_column=4)
                line += 1
                continue
            for i, row in enumerate(block.cells):
                for j, value in enumerate(row):
                    sheet.cell(line + i, j + 1, value)
            for top, left, bottom, right in block.merges:
                sheet.merge_cells(
                    start_row=line + top, start_column=left + 1, end_row=line + bottom, end_column=right + 1
                )
            line += len(block.cells)
    book.save(path)
    return path


VOCABULARY = {
    "事业局": [],
    "市州局": ["市(州)局", "市州自然资源主管部门"],
    "厅机关": ["厅机关各部门"],
    "厅直属单位": ["厅直属事业单位"],
}


def bring(path: Path, vocabulary: Mapping[str, Sequence[str]] | None = VOCABULARY) -> tuple[pd.DataFrame, Problems]:
    """Import a file: its rows, and what was told on the way."""
    problems = Problems()
    return read_official(path, vocabulary, problems), problems


def bring_word(folder: Path, *blocks: str | Drawn) -> tuple[pd.DataFrame, Problems]:
    """Write paragraphs and tables into a Word file and import it."""
    return bring(write_word(folder / "目标.docx", blocks))


def body(*rows: list[object], merges: Sequence[tuple[int, int, int, int]] = ()) -> Drawn:
    """Draw a table with the usual header and these rows; merges count from the header row, which is 0."""
    return Drawn([list(HEADER), *rows], list(merges))


def meant(table: pd.DataFrame) -> list[Indicator]:
    """Give the imported rows as they were meant."""
    return [Indicator(*row) for row in table[["部分", "考核项目", "指标", "分值"]].itertuples(index=False)]


def told(problems: Problems, text: str, level: str = "", cell: str | None = None) -> list[str]:
    """Give the problems that say this (of a level, at a cell)."""
    return [
        str(item)
        for item in problems
        if text in item.message and level in ("", item.level) and cell in (None, item.place.cell)
    ]
