"""How the sheets look: fonts of official documents, borders, marked cells, and a layout to print and sign."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from kaohe_tools.results import Results
from kaohe_tools.spreadsheet import FORMULA_SIGNS, LONGEST_CELL, as_written, cell_width, printable
from kaohe_tools.workbook.grid import FIXED, HEADER_ROW, INPUT, LIVE, PLAIN, SCORE, Column, Grid

SIMULATED = "演示数据"
BODY, TITLE = "仿宋", "黑体"  # fonts of official documents; Excel puts another in their place where they are missing
INK, STAMP, SHADE, LINE = "#1F2933", "#A61B1B", "#EEF2F5", "#B8C2CA"
FILLS = {INPUT: "#FFF2CC", FIXED: "#E4E7EB"}  # cells to be changed, and cells that do not move
NARROWEST = 6  # characters
WIDE_HEADER, NARROW_HEADER = 14, 10  # a header longer than this is wrapped; in sheets of several pages across
LINE_HEIGHT = 14
TITLE_WIDTH = 120  # characters that a title is over, of a sheet that is far wider than a page
PAGE_WIDTH = 100  # characters across an A4 page in landscape, as wide as they are in the columns
ONE_PAGE = 32  # rows of a grade table that are still legible on one page


class Paper:
    """The formats of one workbook, each made once, and the sheets written with them."""

    def __init__(self, book: Workbook, results: Results) -> None:
        self.book, self.results = book, results
        self._made: dict[tuple, Format] = {}

    def style(self, **wanted: Any) -> Format:
        """A format: body text unless told otherwise."""
        key = tuple(
            sorted({"font_name": BODY, "font_size": 10.5, "font_color": INK, "valign": "vcenter", **wanted}.items())
        )
        if key not in self._made:
            self._made[key] = self.book.add_format(dict(key))
        return self._made[key]

    def write(self, grid: Grid) -> None:
        """Write one sheet."""
        sheet = self.book.add_worksheet(grid.name)
        widths = [_column_width(column, grid) for column in grid.columns.values()]
        self._title(sheet, grid, widths)
        lines, header = [1] * grid.rows, 1
        for number, (column, width) in enumerate(zip(grid.columns.values(), widths, strict=True)):
            sheet.set_column(number, number, width)
            header = max(header, _lines([column.header], width)[0])
            look = {"font_name": TITLE, "bold": True, "bg_color": SHADE, "border": 1, "border_color": LINE}
            head = self.style(**look, align="center", text_wrap=True)
            sheet.write_string(
                HEADER_ROW - 1, number, printable(column.header), self._quoted(column.header, head, look)
            )
            self._column(sheet, number, column)
            if not _numeric(column.values):
                lines = [max(pair) for pair in zip(lines, _lines(column.values, width), strict=True)]
            self._choices(sheet, number, column, grid.rows)
        sheet.set_row(HEADER_ROW - 1, LINE_HEIGHT * header + 5)
        for row, count in enumerate(lines, start=HEADER_ROW):  # not every program fits them to wrapped text by itself
            sheet.set_row(row, LINE_HEIGHT * count + 3)
        self._lay_out(sheet, grid, widths)

    def _quoted(self, text: str, plain: Format, look: dict[str, Any]) -> Format:
        if not text.startswith(FORMULA_SIGNS):
            return plain
        return self.style(**look, align="center", text_wrap=True, quote_prefix=True)

    def _title(self, sheet: Worksheet, grid: Grid, widths: Sequence[float]) -> None:
        """The title and, below it, what the sheet rests on, over the whole table (or as much as a page shows)."""
        results = self.results
        across = _across(grid, widths)
        last, room = max(across - 1, 0), sum(widths[:across]) or NARROWEST
        basis = f"{results.run.get('year', '')} 年　依据：{results.run['scheme'].get('title', '')}"
        note = "　".join(text for text in (SIMULATED if results.simulated else "", basis, grid.note) if text)
        colour = STAMP if results.simulated else INK
        side = "center" if grid.one_wide else "left"
        title = self.style(font_name=TITLE, font_size=15, bold=True, align=side, text_wrap=True)
        below = self.style(font_size=10, bold=results.simulated, font_color=colour, align="left", text_wrap=True)
        for row, text, look, size in ((0, grid.title, title, 1.5), (1, note, below, 1.0)):
            text = printable(text)[:LONGEST_CELL]
            if last:
                sheet.merge_range(row, 0, row, last, text, look)
            else:
                sheet.write_string(row, 0, text, look)
            sheet.set_row(row, size * LINE_HEIGHT * _lines([text], room / size)[0] + 5)

    def _column(self, sheet: Worksheet, number: int, column: Column) -> None:
        numeric = _numeric(column.values)
        long = not numeric and _longest(column.values) > 12
        side = "left" if long else "right" if column.number_format != PLAIN else "center"
        look = {"num_format": column.number_format, "border": 1, "border_color": LINE, "align": side}
        look |= {} if numeric else {"text_wrap": True}
        styles = {
            mark: self.style(**look, **({"bg_color": FILLS[mark]} if mark else {})) for mark in (LIVE, INPUT, FIXED)
        }
        formulas = column.formulas or [None] * len(column.values)
        marks = column.marks or [LIVE] * len(column.values)
        for row, (value, formula, mark) in enumerate(
            zip(column.values, formulas, marks, strict=True), start=HEADER_ROW
        ):
            if formula is not None:
                sheet.write_formula(row, number, f"={formula}", styles[mark], _plain(value))
                continue
            value = _plain(value)
            if value == "":
                sheet.write_blank(row, number, None, styles[mark])
            elif isinstance(value, str):
                colour = {"bg_color": FILLS[mark]} if mark else {}
                quoted = value.startswith(FORMULA_SIGNS)
                style = self.style(**look, **colour, quote_prefix=True) if quoted else styles[mark]
                sheet.write_string(row, number, value, style)
            else:
                sheet.write_number(row, number, value, styles[mark])

    def _choices(self, sheet: Worksheet, number: int, column: Column, rows: int) -> None:
        """What may be written into cells that can be changed, where it is one of a few words."""
        if column.choices and rows and sum(map(len, column.choices)) + len(column.choices) <= 255:
            sheet.data_validation(
                HEADER_ROW, number, HEADER_ROW + rows - 1, number, {"validate": "list", "source": list(column.choices)}
            )

    def _lay_out(self, sheet: Worksheet, grid: Grid, widths: Sequence[float]) -> None:
        """Frozen and repeated header, A4 landscape, one page wide where it fits, page numbers in the footer.

        What is far wider than a page is read on the screen: of it only title and note are printed, unless the reader
        takes the print area away; its title, cut off on the further pages, is then not repeated.
        """
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.freeze_panes(HEADER_ROW, grid.fixed)
        sheet.repeat_rows(0 if grid.one_wide else HEADER_ROW - 1, HEADER_ROW - 1)
        if grid.one_wide and not grid.breaks:
            sheet.fit_to_pages(1, 1 if grid.to_sign and grid.rows <= ONE_PAGE else 0)
        elif grid.one_wide:  # Excel minds no breaks of ours where it fits the scale itself
            sheet.set_print_scale(int(min(max(100 * PAGE_WIDTH / sum(widths), 10), 100)))
        else:
            sheet.set_print_scale(70)
            sheet.repeat_columns(0, max(grid.fixed - 1, 0))
            sheet.print_area(0, 0, HEADER_ROW - 2, max(_across(grid, widths) - 1, 0))
        if grid.one_wide:
            sheet.center_horizontally()
        if grid.breaks:
            sheet.set_h_pagebreaks([row + HEADER_ROW for row in grid.breaks])
        sheet.set_margins(left=0.5, right=0.5, top=0.7, bottom=0.7)
        sheet.hide_gridlines(2)
        sign = "&R审核：＿＿＿＿＿＿　日期：＿＿＿＿＿＿" if grid.to_sign else ""
        sheet.set_footer(f"&L&A&C第 &P 页，共 &N 页{sign}")
        if self.results.simulated:
            sheet.set_header(f"&R{SIMULATED}")
            sheet.set_tab_color(STAMP)


# --- values and their room --------------------------------------------------------------------------------------------


def _plain(value: Any) -> str | int | float:
    """A value as it is stored: whole numbers without a point, text without the apostrophe of the CSV tables."""
    if value is None or (not isinstance(value, str) and value != value):
        return ""
    if isinstance(value, str):
        return printable(as_written(value))[:LONGEST_CELL]
    number = float(value)
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _across(grid: Grid, widths: Sequence[float]) -> int:
    """Columns that the title stands over: all, or as many as a page shows."""
    if grid.one_wide:
        return len(widths)
    return next((i for i in range(len(widths)) if sum(widths[:i]) > TITLE_WIDTH), len(widths))


def _numeric(values: Sequence[Any]) -> bool:
    return all(value is None or (not isinstance(value, str) and not isinstance(value, bool)) for value in values)


def _column_width(column: Column, grid: Grid) -> float:
    head = max((_width(line) for line in column.header.splitlines()), default=0)
    body = _longest(column.values, column.number_format)
    return min(
        max(min(head, max(WIDE_HEADER if grid.one_wide else NARROW_HEADER, body)) + 2, body + 2, NARROWEST), grid.widest
    )


def _width(text: str) -> int:
    """Columns that the longest line of a text takes."""
    return max(map(cell_width, text.splitlines()), default=0)


def _longest(values: Sequence[Any], number_format: str = PLAIN) -> int:
    decimals = 2 if number_format == SCORE else 4
    distinct = {value for value in values if value is not None and not (isinstance(value, float) and math.isnan(value))}
    shown = (v if isinstance(v, str) else f"{v:.{decimals}f}".rstrip("0").rstrip(".") for v in distinct)
    return max((_width(text) for text in shown), default=0)


def _lines(values: Sequence[Any], width: float) -> list[int]:
    """How many lines each value of a column takes when it is wrapped at the column's width."""
    room = 0.92 * width  # a line is seldom full
    return [
        max(sum(math.ceil(_width(line) / room) for line in value.splitlines()), 1)
        if isinstance(value, str) and value and not pd.isna(value)
        else 1
        for value in values
    ]
