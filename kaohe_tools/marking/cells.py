"""Marks in a sheet: problem cells filled and commented, where a problem's place may be a cell, several or a row."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from kaohe_tools.plaintext import columns
from kaohe_tools.problems import ERROR, LEVELS, NOTE, WARNING, Problem
from kaohe_tools.spreadsheet import printable

AUTHOR = "考核数据核对"
COLOURS = {ERROR: "FFF4B6B6", WARNING: "FFFFE08A"}
MOST_COMMENTS = 2000  # a sheet; beyond that cells are only filled, and listed
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
_LARGEST_BLOCK = 500  # cells of a range that are filled
_WIDEST_ROW = 60  # cells of a whole row that are filled

_CELL = re.compile(r"(?<![A-Za-z0-9])([A-Z]{1,3})([1-9]\d{0,6})(?:[:：]([A-Z]{1,3})([1-9]\d{0,6}))?(?![A-Za-z0-9])")
_ROWS = re.compile(r"(?<!\d)([1-9]\d{0,6})(?:[–\-~至]([1-9]\d{0,6}))?(?!\d)")

Cell = tuple[int, int]


def places(text: str, width: int = 1) -> list[list[Cell]]:
    """The blocks of cells, each a list of (row, column) from 1, that a place such as D3、D7, B2:C3 or 第5行 names.

    A whole row is its first `width` cells. What is no cell of a sheet is left out.

    >>> places("D3、D7"), places("A1:B2"), places("第5行"), places("5", 2), places("整表")
    ([[(3, 4)], [(7, 4)]], [[(1, 1), (1, 2), (2, 1), (2, 2)]], [[(5, 1)]], [[(5, 1), (5, 2)]], [])
    """
    found = []
    for letters, row, more, below in _CELL.findall(text):
        left, right = column_index_from_string(letters), column_index_from_string(more or letters)
        found.append(_block(int(row), left, int(below or row), right))
    if not found:
        found = [_block(int(a), 1, int(b or a), width) for a, b in _ROWS.findall(text)]
    return [block for block in found if block]


def _block(top: int, left: int, bottom: int, right: int) -> list[Cell]:
    if bottom > LAST_ROW or right > LAST_COLUMN or top > LAST_ROW or left > LAST_COLUMN:
        return []
    cells: list[Cell] = []
    for row in range(min(top, bottom), max(top, bottom) + 1):
        for column in range(min(left, right), max(left, right) + 1):
            cells.append((row, column))
            if len(cells) == _LARGEST_BLOCK:
                return cells
    return cells


def first_place(text: str) -> str:
    """The first cell that a place names, such as D3; "" where it names none."""
    blocks = places(text)
    return f"{get_column_letter(blocks[0][0][1])}{blocks[0][0][0]}" if blocks else ""


def mark(sheet: Worksheet, problems: Iterable[Problem]) -> None:
    """Fill and comment the cells of the errors and warnings of one sheet."""
    heads = _merged(sheet)
    width = min(max(sheet.max_column, 1), _WIDEST_ROW)
    told: dict[Cell, list[Problem]] = defaultdict(list)
    levels: dict[Cell, str] = {}
    for problem in problems:
        if problem.level == NOTE:
            continue
        for block in places(problem.place.cell, width):
            told[heads.get(block[0], block[0])].append(problem)
            for cell in block:
                head = heads.get(cell, cell)
                levels[head] = min(levels.get(head, NOTE), problem.level, key=LEVELS.index)
    for (row, column), level in sorted(levels.items()):
        sheet.cell(row, column).fill = PatternFill("solid", fgColor=COLOURS[level])
    for row, column in sorted(told)[:MOST_COMMENTS]:
        _comment(sheet, row, column, told[row, column])


def _merged(sheet: Worksheet) -> dict[Cell, Cell]:
    """Every cell of a merged block → its first cell; only that one can be filled and commented."""
    return {
        (row, column): (block.min_row, block.min_col)
        for block in sheet.merged_cells.ranges
        for row, column in _inside(block)
    }


def _inside(block) -> Iterator[Cell]:
    for row in range(block.min_row, block.max_row + 1):
        for column in range(block.min_col, block.max_col + 1):
            yield row, column


def _comment(sheet: Worksheet, row: int, column: int, problems: Sequence[Problem]) -> None:
    lines = [f"{p.level}：{p.message}" + (f"\n{p.advice}" if p.advice else "") for p in problems]
    cell = sheet.cell(row, column)
    before = cell.comment.text if cell.comment is not None and cell.comment.author != AUTHOR else ""
    text = printable("\n".join([*lines, *([f"原批注：{before}"] if before else [])]))[:30000]
    rows = sum(columns(line) // 36 + 1 for line in text.splitlines())
    cell.comment = Comment(text, AUTHOR, height=min(24 + 17 * rows, 400), width=280)


def unmark(sheet: Worksheet) -> None:
    """Take away the marks of an earlier copy that has come back: our comments, and our fills."""
    ours = set(COLOURS.values())
    for row in sheet.iter_rows():
        for cell in row:
            if getattr(cell, "comment", None) is not None and cell.comment.author == AUTHOR:
                _, sign, before = cell.comment.text.rpartition("原批注：")
                cell.comment = Comment(before, "") if sign else None
            if cell.has_style and cell.fill.fill_type == "solid" and cell.fill.fgColor.rgb in ours:
                cell.fill = PatternFill()
