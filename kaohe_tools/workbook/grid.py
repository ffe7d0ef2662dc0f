"""One sheet before it is written: columns of values, each cell with a formula or none, and where each stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from xlsxwriter.utility import xl_col_to_name

HEADER_ROW = 3  # title, note, header; data below
SCORE, PLAIN, LONG, SHARE = "0.00", "General", "0.00##", "0.##%"
LIVE, INPUT, FIXED = "", "input", "fixed"  # how a cell is marked: not at all, to be changed, or not moving


@dataclass
class Column:
    """A column: header, number format, values, and for each row a formula (without its equals sign) and a mark."""

    header: str
    number_format: str = PLAIN
    values: Sequence[Any] = ()
    formulas: Sequence[str | None] = ()
    marks: Sequence[str] = ()
    choices: tuple[str, ...] = ()
    hint: str = ""


@dataclass
class Grid:
    """A sheet: its name, title, note, and its columns by key; all have `rows` rows.

    breaks: rows before which a new page begins; fixed: columns that stay in sight; to_sign: with a line to sign on;
    one_wide: printed one page wide.
    """

    name: str
    title: str
    rows: int
    note: str = ""
    to_sign: bool = False
    one_wide: bool = True
    fixed: int = 0
    widest: int = 60  # characters
    breaks: tuple[int, ...] = ()
    columns: dict[str, Column] = field(default_factory=dict)
    _letters: dict[str, str] = field(default_factory=dict)

    def reserve(self, key: str, header: str = "", number_format: str = PLAIN, choices: tuple[str, ...] = ()) -> None:
        """Give a column its place; what stands in it comes later."""
        self._letters[key] = xl_col_to_name(len(self.columns))
        self.columns[key] = Column(header or key, number_format, [None] * self.rows, choices=choices)

    def fill(
        self,
        key: str,
        values: Sequence[Any],
        formulas: Sequence[str | None] | None = None,
        marks: Sequence[str] | str = LIVE,
    ) -> None:
        """Put values, formulas and marks into a reserved column."""
        column = self.columns[key]
        column.values = list(values)
        column.formulas = list(formulas) if formulas is not None else []
        column.marks = [marks] * self.rows if isinstance(marks, str) else list(marks)

    def put(self, key: str, values: Sequence[Any], formulas=None, marks=LIVE, **how: Any) -> None:
        """Reserve a column and fill it."""
        self.reserve(key, **how)
        self.fill(key, values, formulas, marks)

    # --- addresses ----------------------------------------------------------------------------------------------------

    def here(self, key: str, row: int) -> str:
        """A cell, as a formula of this sheet's same row names it."""
        return f"${self._letters[key]}{row + HEADER_ROW + 1}"

    def there(self, key: str, row: int) -> str:
        """A cell, as a formula of another sheet names it."""
        return f"{self._sheet}${self._letters[key]}${row + HEADER_ROW + 1}"

    def span(self, key: str, first: int = 0, last: int | None = None, outside: bool = False) -> str:
        """Rows of a column, from the first to the last."""
        letter, end = self._letters[key], (self.rows - 1 if last is None else last) + HEADER_ROW + 1
        return f"{self._sheet if outside else ''}${letter}${first + HEADER_ROW + 1}:${letter}${end}"

    @property
    def _sheet(self) -> str:
        return f"'{self.name}'!"


def breaks_by(values: Sequence[Any]) -> tuple[int, ...]:
    """Rows at which another value begins; none where one value stands in several places.

    >>> breaks_by(["甲", "甲", "乙"]), breaks_by(["甲", "乙", "甲"])
    ((2,), ())
    """
    found = tuple(row for row in range(1, len(values)) if values[row] != values[row - 1])
    return found if len(found) < len(set(values)) else ()


def grid_of(name: str, title: str, table: pd.DataFrame, formats: Mapping[str, str], **how: Any) -> Grid:
    """A table as a sheet without formulas."""
    grid = Grid(name, title, len(table), **how)
    for header in table:
        grid.put(str(header), table[header].tolist(), number_format=formats.get(str(header), PLAIN))
    return grid
