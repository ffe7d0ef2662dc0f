"""The workbook of an import: the indicators, ready to be put into a case folder, and all that was told on the way."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from kaohe_tools.importing.labels import CONTENT, PART, POINTS, PROJECT, SUBJECT
from kaohe_tools.plaintext import columns
from kaohe_tools.problems import Problems
from kaohe_tools.spreadsheet import put, timeless

INDICATORS, NOTES = "指标", "说明"
_WIDTHS = {SUBJECT: 26, "类别": 12, PART: 12, PROJECT: 22, CONTENT: 80, POINTS: 8, "来源行": 18}
_NOTE_WIDTHS = {"级别": 8, "位置": 44, "问题": 80, "建议": 44}
_HEADER = PatternFill("solid", fgColor="FFE8ECF1")
_ODD = PatternFill("solid", fgColor="FFFFF2CC")  # points that are missing or no plain number
_LINE = Border(bottom=Side("thin", color="FFD0D5DB"))
_CENTRED = {"类别", PART, POINTS, "级别"}
_LINE_HEIGHT, _TALLEST = 15.0, 409.0  # points


def write_indicators(table: pd.DataFrame, path: Path, problems: Problems) -> None:
    """Write sheets 指标 (the columns of `read_official`) and 说明 (every problem); the file is whole or not there."""
    book = Workbook()
    sheet = book.active
    sheet.title = INDICATORS
    _fill(sheet, list(table.columns), table.astype(object).where(table.notna(), None).values.tolist(), _WIDTHS)
    at = list(table.columns).index(POINTS)
    for row in sheet.iter_rows(min_row=2, min_col=at + 1, max_col=at + 1):
        if not isinstance(row[0].value, (int, float)):
            row[0].fill = _ODD
    told = [[item.level, str(item.place), item.message, item.advice] for item in problems.sorted()]
    _fill(book.create_sheet(NOTES), list(_NOTE_WIDTHS), told, _NOTE_WIDTHS)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.part")
    partial.write_bytes(timeless(book))
    partial.replace(path)


def _fill(sheet: Worksheet, header: list[str], rows: list[list[object]], widths: dict[str, int]) -> None:
    for column, name in enumerate(header, 1):
        cell = sheet.cell(1, column, name)
        cell.font, cell.fill, cell.border = Font(bold=True), _HEADER, _LINE
        cell.alignment = Alignment(horizontal="center", vertical="center")
        sheet.column_dimensions[get_column_letter(column)].width = widths.get(name, 16)
    sheet.row_dimensions[1].height = 22
    for number, row in enumerate(rows, 2):
        for column, value in enumerate(row, 1):
            cell = sheet.cell(number, column)
            put(cell, value)
            cell.border = _LINE
            side = "center" if header[column - 1] in _CENTRED else "left"
            cell.alignment = Alignment(horizontal=side, vertical="center", wrap_text=True)
        lines = max(_lines(value, widths.get(name, 16)) for name, value in zip(header, row, strict=True))
        sheet.row_dimensions[number].height = min(_LINE_HEIGHT * lines + 4, _TALLEST)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(header))}{max(len(rows) + 1, 1)}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight, sheet.sheet_properties.pageSetUpPr.fitToPage = 0, True
    sheet.print_title_rows = "1:1"


def _lines(value: object, width: int) -> int:
    """How many lines a text takes in a column: Chinese characters are two wide. No program fits rows by itself."""
    text = "" if value is None else str(value)
    return max(1, -(-columns(text) // (width - 2)))
