"""The sheet 核对意见: all problems of one file, each with a link to its cell.

It stands first in a marked copy and must never be taken for data when the copy comes back: no cell of it is a column
name of the contract by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.workbook import Workbook
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from kaohe_tools.marking.cells import COLOURS, first_place
from kaohe_tools.plaintext import columns
from kaohe_tools.problems import ERROR, NOTE, WARNING, Problem
from kaohe_tools.spreadsheet import put, sheet_names

OPINION = "核对意见"
_HEADS = {"序号": 6, "级别": 8, "位置": 24, "问题": 64, "建议": 44}
_BODY, _TITLE, _INK = "仿宋", "黑体", "FF1F2933"
_SIDE = Side("thin", color="FFB8C2CA")
_LINE = Border(left=_SIDE, right=_SIDE, top=_SIDE, bottom=_SIDE)
_HEAD = PatternFill("solid", fgColor="FFEEF2F5")
_TALLEST = 409.0  # points, Excel's limit


def is_ours(sheet: Worksheet) -> bool:
    """Is this a sheet 核对意见 that an earlier run wrote?"""
    return sheet.title.startswith(OPINION) and str(sheet["A1"].value or "").startswith(f"{OPINION}：")


def add_opinion(book: Workbook, file: str, problems: Sequence[Problem], names: Mapping[str, str], remarks: list[str]):
    """Put the sheet 核对意见 first. `names`: the copy's sheets by the names that the problems use."""
    sheet = book.create_sheet(sheet_names([*book.sheetnames, OPINION])[-1], 0)
    counts = [(level, sum(p.level == level for p in problems)) for level in (ERROR, WARNING, NOTE)]
    told = "，".join(f"{level} {count} 个" for level, count in counts if count)
    _text(sheet, 1, f"{OPINION}：{file}", Font(_TITLE, size=15, bold=True, color=_INK))
    _text(sheet, 2, f"共{told}。红色是错误，必须改正；黄色是警告，请核对；提示不必处理。单元格上的批注写明问题。")
    for row, remark in enumerate(remarks, 3):
        _text(sheet, row, remark)
    head = 4 + len(remarks)
    for column, (name, width) in enumerate(_HEADS.items(), 1):
        cell = sheet.cell(head, column, name)
        cell.font, cell.fill, cell.border = Font(_TITLE, size=10.5, bold=True, color=_INK), _HEAD, _LINE
        cell.alignment = Alignment("center", "center")
        sheet.column_dimensions[get_column_letter(column)].width = width
    for number, problem in enumerate(problems, 1):
        _row(sheet, head + number, number, problem, names)
    sheet.freeze_panes = sheet.cell(head + 1, 1)
    sheet.print_title_rows = f"{head}:{head}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight, sheet.sheet_properties.pageSetUpPr.fitToPage = 0, True
    sheet.oddFooter.center.text = "第 &P 页，共 &N 页"
    book.active = 0
    for other in book.worksheets:  # several chosen sheets would all be changed by what is typed into one
        other.sheet_view.tabSelected = other is sheet


def _text(sheet: Worksheet, row: int, text: str, font: Font | None = None) -> None:
    """A line of text over all columns."""
    cell = sheet.cell(row, 1)
    put(cell, text)
    cell.font = font or Font(_BODY, size=10.5, color=_INK)
    cell.alignment = Alignment("left", "center", wrap_text=True)
    sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(_HEADS))
    lines = columns(text) // (sum(_HEADS.values()) - 4) + 1
    sheet.row_dimensions[row].height = 26 if font else 15 * lines + 3


def _row(sheet: Worksheet, row: int, number: int, problem: Problem, names: Mapping[str, str]) -> None:
    message = f"{problem.message}（{problem.about}）" if problem.about else problem.message
    values = [number, problem.level, _where(problem), message, problem.advice]
    lines = 1
    for column, (value, width) in enumerate(zip(values, _HEADS.values(), strict=True), 1):
        cell = sheet.cell(row, column)
        put(cell, value)
        cell.font, cell.border = Font(_BODY, size=10.5, color=_INK), _LINE
        cell.alignment = Alignment("left" if column > 2 else "center", "center", wrap_text=True)
        lines = max(lines, columns(str(value)) // (width - 3) + 1)
    if problem.level in COLOURS:
        sheet.cell(row, 2).fill = PatternFill("solid", fgColor=COLOURS[problem.level])
    target, cell = names.get(problem.place.sheet), sheet.cell(row, 3)
    if target:
        location = f"{quote_sheetname(target)}!{first_place(problem.place.cell) or 'A1'}"
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=location)
        cell.font = Font(_BODY, size=10.5, color="FF1F5FA8", underline="single")
    sheet.row_dimensions[row].height = min(15.0 * lines + 3, _TALLEST)


def _where(problem: Problem) -> str:
    """Never a bare name: a sheet called 指标 must not look like a column name."""
    place = problem.place
    if place.cell:
        return f"{place.sheet}!{place.cell}" if place.sheet else f"单元格 {place.cell}"
    return f"工作表“{place.sheet}”" if place.sheet else "（整个文件）"
