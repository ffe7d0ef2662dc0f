"""等次表.xlsx: the results as a workbook to print, sign and file; the same bytes for the same results."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from kaohe_tools.results import ADJUST, LABEL, TOTAL, Category, Results
from kaohe_tools.spreadsheet import EPOCH, as_written, put, sheet_names, timeless

SIMULATED = "演示数据"
BODY, TITLE = "仿宋", "黑体"  # fonts of official documents; Excel puts another in their place where they are missing
INK, STAMP, SHADE, LINE = "1F2933", "A61B1B", "EEF2F5", "B8C2CA"
SCORE_STEPS = ("得分", "计分", "台账", "排名")  # steps of 理由 that tell how the score came about, not the grade
SCORE, PLAIN = "0.00", "General"
NARROWEST, WIDEST = 6, 60  # characters
HEADER_ROW, LINE_HEIGHT = 3, 14


@dataclass(frozen=True)
class Sheet:
    """One table of the workbook: its sheet's name, its title, its data and the number formats of its columns."""

    name: str
    title: str
    table: pd.DataFrame
    formats: Mapping[str, str]
    note: str = ""
    to_sign: bool = False


def write_workbook(results: Results, path: Path) -> None:
    """Write 等次表.xlsx: 汇总, a grade table for each category of each stage, 名额, 理由, 运用, 明细 and 问题."""
    book = Workbook()
    book.remove(book.active)
    sheets = [_summary(results), *(_grades(category) for category in results.each_category()), *_records(results)]
    names = sheet_names([sheet.name for sheet in sheets])
    for sheet, name in zip(sheets, names, strict=True):
        _write(book.create_sheet(name), sheet, results)
    book.properties.creator, book.properties.title = "kaohe_tools", results.title
    book.properties.created = datetime.datetime(*EPOCH)
    path.write_bytes(timeless(book))


# --- what stands in the sheets ---------------------------------------------------------------------------------------


def _summary(results: Results) -> Sheet:
    rows = []
    for category in results.each_category():
        scores = category.scores
        settled = scores[scores["待定"] == ""]
        quota = category.quotas[category.quotas["类别"] == category.name]
        row = {"环节": category.stage, "类别": category.name, "参加数": len(scores)}
        row |= {name: quota[name].iloc[0] if len(quota) == 1 else None for name in ("名额", "已用")}
        row |= {grade: int((settled["等次"] == grade).sum()) for grade in category.grades}
        row |= {"待定": len(category.pending), "最高分": scores[TOTAL].max(), "最低分": scores[TOTAL].min()}
        rows.append(row)
    table = pd.DataFrame(rows)
    last = ["待定", "最高分", "最低分"]
    table = table[[*(name for name in table if name not in last), *last]]
    return Sheet("汇总", f"{results.title}　汇总", table, {"最高分": SCORE, "最低分": SCORE})


def _grades(category: Category) -> Sheet:
    """The grade table of one category, in the order of 结果.csv (which is that of the ranks)."""
    scores = category.scores
    parts = [part.name for part in category.parts if part.name in scores]
    rows = pd.DataFrame({"排名": scores["排名"], "考核对象": scores[LABEL]})
    for name in ("分口", "所属单位"):
        if name in scores and (scores[name] != "").any():
            rows[name] = scores[name]
    adjust = [ADJUST] if scores[ADJUST].notna().any() else []
    figures = [*parts, *adjust, TOTAL]
    rows[figures] = scores[figures]
    rows[["等次", "待定"]] = scores[["等次", "待定"]]
    rows["主要理由"] = scores[LABEL].map(_main_reasons(category.reasons)).fillna("")
    points = "　".join(f"{part.name} {part.points:g} 分" for part in category.parts)
    formats = {name: SCORE for name in figures}
    title = f"{category.title}　{category.full_name}等次表"
    return Sheet(f"{category.stage}·{category.name}", title, rows, formats, points, to_sign=True)


def _main_reasons(reasons: pd.DataFrame) -> dict[str, str]:
    """By subject, what decided its grade, with the articles; how the score came about stands in the sheet 理由."""
    rows = reasons[~reasons["步骤"].isin(SCORE_STEPS)]
    told = rows["说明"] + rows["条款"].map(lambda article: f"（{article}）" if article else "")
    return told.groupby(rows[LABEL], sort=False).agg("；".join).to_dict()


def _records(results: Results) -> list[Sheet]:
    """The tables that stand behind the grades, as the results folder has them."""
    detail = {"计入得分": "0.00##", "计入满分": "0.00##"}
    tables = (
        ("名额", results.quotas, {}),
        ("理由", results.reasons, {}),
        ("运用", results.consequences, {}),
        ("明细", results.contributions, detail),
        ("问题", results.problems, {}),
    )
    return [
        Sheet(name, f"{results.title}　{name}", table.drop(columns=LABEL, errors="ignore"), formats)
        for name, table, formats in tables
    ]


# --- how they are written --------------------------------------------------------------------------------------------


def _write(worksheet: Worksheet, sheet: Sheet, results: Results) -> None:
    width = max(len(sheet.table.columns), 1)
    _line(worksheet, 1, width, sheet.title, Font(TITLE, size=15, bold=True, color=INK), "center")
    basis = f"{results.run.get('year', '')} 年　依据：{results.run['scheme'].get('title', '')}"
    note = "　".join(text for text in (SIMULATED if results.simulated else "", basis, sheet.note) if text)
    colour = STAMP if results.simulated else INK
    _line(worksheet, 2, width, note, Font(BODY, size=10, bold=results.simulated, color=colour), "left")
    side = Side(style="thin", color=LINE)
    border = Border(left=side, right=side, top=side, bottom=side)
    lines = [1] * len(sheet.table)
    for column, name in enumerate(sheet.table, start=1):
        values, number_format = sheet.table[name], sheet.formats.get(str(name), PLAIN)
        cell = worksheet.cell(HEADER_ROW, column)
        _put(cell, str(name))
        cell.font, cell.fill = Font(TITLE, size=10.5, bold=True, color=INK), PatternFill("solid", fgColor=SHADE)
        cell.alignment, cell.border = Alignment("center", "center", wrap_text=True), border
        _fill_column(worksheet, column, values, number_format, border)
        width = min(max(_width(str(name)) + 2, _longest(values, number_format) + 2, NARROWEST), WIDEST)
        worksheet.column_dimensions[get_column_letter(column)].width = width
        lines = [max(pair) for pair in zip(lines, _lines(values, width), strict=True)]
    for row, count in enumerate(lines, start=HEADER_ROW + 1):  # not every program fits them to wrapped text by itself
        worksheet.row_dimensions[row].height = LINE_HEIGHT * count + 3
    _lay_out(worksheet, sheet, results)


def _fill_column(worksheet: Worksheet, column: int, values: pd.Series, number_format: str, border: Border) -> None:
    is_number = pd.api.types.is_numeric_dtype(values)
    long = not is_number and _longest(values) > 12
    style = None
    for row, value in enumerate(values, start=HEADER_ROW + 1):
        cell = worksheet.cell(row, column)
        if style is None:
            cell.font, cell.border, cell.number_format = Font(BODY, size=10.5, color=INK), border, number_format
            side = "left" if long else "right" if number_format != PLAIN else "center"
            cell.alignment = Alignment(side, "center", wrap_text=not is_number)
            style = cell._style
        cell._style = copy(style)  # looking a style up anew for each cell makes large tables ten times slower
        _put(cell, value)


def _put(cell: Cell, value: object) -> None:
    """Put a value into a cell: numbers as numbers, text always as text, without the apostrophe of the CSV tables."""
    if isinstance(value, str):
        put(cell, as_written(value))
    elif value is not None and value == value:
        number = float(value)
        cell.value = int(number) if number.is_integer() else number


def _line(worksheet: Worksheet, row: int, width: int, text: str, font: Font, side: str) -> None:
    """A line of text over the whole table."""
    cell = worksheet.cell(row, 1)
    _put(cell, text)
    cell.font, cell.alignment = font, Alignment(side, "center")
    if width > 1:
        worksheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=width)


def _lay_out(worksheet: Worksheet, sheet: Sheet, results: Results) -> None:
    """Frozen and repeated header, A4 landscape, one page wide, page numbers in the footer."""
    worksheet.row_dimensions[1].height, worksheet.row_dimensions[2].height = 26, 18
    names = list(sheet.table)
    fixed = names.index("考核对象") + 2 if "考核对象" in names else 1
    worksheet.freeze_panes = worksheet.cell(HEADER_ROW + 1, fixed)
    worksheet.print_title_rows = f"1:{HEADER_ROW}"
    setup = worksheet.page_setup
    setup.paperSize, setup.orientation, setup.fitToWidth, setup.fitToHeight = 9, "landscape", 1, 0
    worksheet.sheet_properties.pageSetUpPr.fitToPage = True
    worksheet.print_options.horizontalCentered = True
    margins = worksheet.page_margins
    margins.left = margins.right = 0.5
    margins.top = margins.bottom = 0.7
    worksheet.oddFooter.left.text, worksheet.oddFooter.center.text = "&A", "第 &P 页，共 &N 页"
    if sheet.to_sign:
        worksheet.oddFooter.right.text = "审核：＿＿＿＿＿＿　日期：＿＿＿＿＿＿"
    if results.simulated:
        worksheet.oddHeader.right.text = SIMULATED
        worksheet.sheet_properties.tabColor = STAMP


def _width(text: str) -> int:
    """Columns that a text takes: two for a Chinese character."""
    return max((sum(2 if ord(sign) > 0x2E7F else 1 for sign in line) for line in text.splitlines()), default=0)


def _longest(values: pd.Series, number_format: str | None = None) -> int:
    if pd.api.types.is_numeric_dtype(values):
        decimals = 2 if number_format == SCORE else 4
        return max((len(f"{value:.{decimals}f}".rstrip("0.")) for value in values.unique()), default=0)
    return max((_width(str(value)) for value in values.unique()), default=0)


def _lines(values: pd.Series, width: int) -> list[int]:
    """How many lines each value of a column takes when it is wrapped at the column's width."""
    if pd.api.types.is_numeric_dtype(values):
        return [1] * len(values)
    room = 0.92 * width  # a line is seldom full
    return [max(sum(math.ceil(_width(line) / room) for line in str(value).splitlines()), 1) for value in values]
