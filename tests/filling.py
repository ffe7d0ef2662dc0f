"""Filling in a template as an office does: by looking up headers and rows, and only in cells that are open."""

from __future__ import annotations

from pathlib import Path

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from kaohe_tools.columns import KINDS
from kaohe_tools.exact import tidy

ROOT = Path(__file__).resolve().parent.parent
KEYS = {  # by kind the headers that tell the rows of a sheet apart where the template lists them
    "roster": ("环节", "考核对象"),
    "scores": ("环节", "考核对象", "考核项目", "指标", "来源", "评分人"),
    "ballots": ("环节", "考核对象", "评价主体", "测评项"),
    "facts": ("环节", "考核对象", "情形"),
}
SHEETS = {kind.title: kind for kind in KINDS.values()}


def bundled(case: str) -> Path:
    return ROOT / "data" / "raw" / case


def roster_file(case: str) -> Path:
    """The file of a bundled case that holds its roster, and its indicators where it has any."""
    return next(path for path in sorted(bundled(case).iterdir()) if path.name.startswith("名册"))


def kind_of(header: list[str]) -> str | None:
    """The kind of a data sheet by its header; 得分 of ballots is not that of scores."""
    fitting = [
        kind
        for kind in KINDS.values()
        if all(any(h in header for h in group) or "*votes" in group for group in kind.required)
    ]
    return max(fitting, key=lambda kind: len(kind.required)).name if fitting else None


def through_the_year(folder: Path) -> list[Path]:
    """The files of a bundled case that report through the year: they lie beside the template that is filled in."""
    return [
        path
        for path in sorted(folder.glob("*.xlsx"))
        if any(cell.value == "时点" for sheet in openpyxl.load_workbook(path) for cell in sheet[3])
    ]


def rows_of(folder: Path) -> dict[str, list[dict[str, object]]]:
    """By kind the rows of a bundled case, each as header → value, blank cells left out, without reports of the year."""
    found: dict[str, list[dict[str, object]]] = {}
    for path in sorted({*folder.glob("*.xlsx")} - {*through_the_year(folder)}):
        for sheet in openpyxl.load_workbook(path, data_only=True):
            rows = list(sheet.iter_rows(min_row=3, values_only=True))
            header = [str(cell) for cell in rows[0]]
            kind = kind_of(header)
            assert kind is not None, (path, header)
            for row in rows[1:]:
                named = {name: value for name, value in zip(header, row, strict=True) if value is not None}
                found.setdefault(kind, []).append(named)
    return found


class Form:
    """One data sheet of a template, found by its header."""

    def __init__(self, sheet: Worksheet) -> None:
        self.sheet = sheet
        self.header = next(
            row[0].row for row in sheet.iter_rows(max_row=10) if any(cell.value == "考核对象" for cell in row)
        )
        cells = [cell for cell in sheet[self.header] if cell.value]
        self.columns = {str(cell.value): cell.column for cell in cells}
        self.kind = kind_of(list(self.columns))
        self.rows: dict[tuple, list[int]] = {}
        self.next = self.header + 1
        for row in range(self.header + 1, sheet.max_row + 1):
            if sheet.cell(row, self.columns["考核对象"]).value or (
                "类别" in self.columns and sheet.cell(row, self.columns["类别"]).value
            ):
                named = {name: sheet.cell(row, column).value for name, column in self.columns.items()}
                self.rows.setdefault(self._key(named), []).append(row)
                self.next = row + 1
        self.due = self.next - self.header - 1

    def _key(self, named: dict[str, object]) -> tuple:
        names = [name for name in KEYS.get(self.kind, ()) if name in self.columns]
        if self.kind == "ballots" and named.get("测评项"):
            names.remove("评价主体")  # who votes is of no account where the vote belongs to no part
        return tuple(tidy(named.get(name)) for name in names)

    def fill(self, named: dict[str, object]) -> set[str]:
        """Put a row's values into the row that the template lists for it, else into the next open one.

        Gives the headers that the template has no column for. A listed row takes one row of values; where several
        raters give marks and the template lists none, the first takes the row that is listed for the item.
        """
        listed = self.rows.get(self._key(named)) or self.rows.get(self._key({**named, "评分人": None}), [])
        row = listed.pop(0) if listed and self.kind in KEYS else self.next
        self.next += row == self.next
        for name in named.keys() & self.columns.keys():
            cell = self.sheet.cell(row, self.columns[name])
            same = tidy(cell.value) == tidy(named[name]) or (name == "评价主体" and cell.value)
            if not same:
                assert not cell.protection.locked, f"{self.sheet.title}!{cell.coordinate} is locked: {named}"
                cell.value = named[name]
        return named.keys() - self.columns.keys()


def forms(book: openpyxl.Workbook) -> dict[str, Form]:
    """The data sheets of a template by kind, in order."""
    found = [Form(sheet) for sheet in book if sheet.title in SHEETS]
    return {form.kind: form for form in found}


def fill(template: Path, rows: dict[str, list[dict[str, object]]], out: Path) -> set[str]:
    """Fill in a template and save it elsewhere; gives the headers that it has no columns for."""
    book = openpyxl.load_workbook(template)
    there, left = forms(book), set()
    for kind, listed in rows.items():
        for named in listed:
            left |= there[kind].fill(named)
    book.save(out)
    return left
