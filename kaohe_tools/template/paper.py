"""How cells look: one place for fonts, colours, borders, and for text that must never become a formula."""

from __future__ import annotations

from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from kaohe_tools.spreadsheet import FORMULA_SIGNS, LONGEST_CELL, cell_width, printable

BODY, TITLE = "仿宋", "黑体"  # fonts of official documents; Excel puts another in their place where they are missing
INK, LINE, RED = "#1F2933", "#B8C2CA", "#A61B1B"
NEEDED, OFFERED = "#2F5D8A", "#DCE6F1"  # headers of required and of optional columns
FILL_IN, GIVEN, CLOSED = "#FFF8E1", "#F3F5F7", "#D5DADF"  # cells to fill in, given ones, those to leave alone
WRONG = "#F8CFCF"
PROTECTION = {
    "format_columns": True, "format_rows": True, "sort": True, "autofilter": True, "select_locked_cells": True,
    "select_unlocked_cells": True,
}  # fmt: skip


class Paper:
    """The formats of one workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self._made: dict[tuple, Format] = {}

    def style(self, **wanted: Any) -> Format:
        """A format: body text with thin borders unless told otherwise."""
        usual = {"font_name": BODY, "font_size": 10.5, "font_color": INK, "valign": "vcenter", "locked": True}
        key = tuple(sorted({**usual, **wanted}.items()))
        if key not in self._made:
            self._made[key] = self.book.add_format(dict(key))
        return self._made[key]

    def boxed(self, **wanted: Any) -> Format:
        """A format with a thin border around the cell."""
        return self.style(border=1, border_color=LINE, **wanted)

    def put(self, sheet: Worksheet, row: int, column: int, value: object, **wanted: Any) -> None:
        """Write a value: numbers as numbers, text always as text; nothing gives a blank cell of that format."""
        if value is None or value == "":
            sheet.write_blank(row, column, None, self.style(**wanted))
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            sheet.write_number(row, column, value, self.style(**wanted))
        else:
            text = printable(str(value))[:LONGEST_CELL]
            quoted = {"quote_prefix": True} if text.startswith(FORMULA_SIGNS) else {}
            sheet.write_string(row, column, text, self.style(**wanted, **quoted))


def lay_out(sheet: Worksheet, repeat: int, freeze: tuple[int, int]) -> None:
    """Landscape A4, one page wide, header rows repeated, page numbers, protected without a password."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    sheet.center_horizontally()
    sheet.repeat_rows(0, repeat)
    sheet.set_footer("&L&A&C第 &P 页，共 &N 页")
    sheet.freeze_panes(*freeze)
    sheet.protect("", PROTECTION)
    sheet.hide_gridlines(2)


def count_lines(text: str, room: float) -> int:
    """How many lines a text takes in a cell of that many columns."""
    return max(1, sum(-(-cell_width(part) // max(int(room * 0.92), 1)) or 1 for part in text.splitlines() or [""]))
