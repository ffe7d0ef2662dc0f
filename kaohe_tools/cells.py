"""Cells read as the type of their column; what cannot be read is an error at its cell and stays blank."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kaohe_tools.columns import NUMERIC, Column
from kaohe_tools.exact import LARGEST, SMALLEST, parse_number, tidy
from kaohe_tools.grid import Unusable
from kaohe_tools.headers import Sheet
from kaohe_tools.problems import Place, Problems

COUNTS = (0, 10**7)  # what a count of votes or times may be
YEARS = (1900, 2999)
_DATES = (re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"), re.compile(r"(\d{4})(\d{2})(\d{2})"))
_EPOCH = datetime.date(1899, 12, 30)  # day 0 of Excel's serial dates
_SERIALS = (20000, 80000)  # serial numbers that are dates of our time: 1954 to 2119
_FIGURES = (float, int)  # exactly: True is no number
_READY = (*_FIGURES, type(None))


@dataclass(frozen=True)
class Reader:
    """Reads one column of a sheet. rows: the numbers of its data rows.

    secret: figures are not quoted where the case goes on, so that no single ballot can be traced.
    """

    column: Column
    sheet: Sheet
    rows: Sequence[int]
    problems: Problems
    secret: bool = False

    def read(self, values: list[object]) -> list | np.ndarray:
        """Cells as "" or text (keys tidied), None or dates and raw values, NaN or numbers."""
        clean = [v if type(v) in _READY else self._plain(i, v) for i, v in enumerate(values)]
        if self.column.type == "key":
            return [tidy(as_text(value)) for value in clean]
        if self.column.type == "text":
            return [" ".join(as_text(value).split()) for value in clean]
        if self.column.type == "raw":
            return clean
        if self.column.type == "date":
            return [None if value is None else self._date(i, value) for i, value in enumerate(clean)]
        return self._numbers(clean)

    def _plain(self, i: int, value: object) -> object:
        """A cell without blanks of white space; None for one that cannot be used (told)."""
        if isinstance(value, str):
            return value if value.strip() else None
        if isinstance(value, Unusable):
            self._refuse(i, value.why, value.advice)
            return None
        return value

    def _refuse(self, i: int, found: str, expected: str) -> None:
        place, about = self.sheet.place(self.rows[i], self.column.name), self.sheet.about(self.rows[i])
        self.problems.unreadable(place, f"{self.column.header}{found}", expected, about)

    def _numbers(self, clean: list[object]) -> np.ndarray:
        numbers = np.array([v if type(v) in _FIGURES else self._number(i, v) for i, v in enumerate(clean)], dtype=float)
        size = np.abs(numbers)
        for i in np.flatnonzero((size > LARGEST) | ((size < SMALLEST) & (size > 0)) | np.isinf(size)):
            self._refuse(int(i), f"{_quoted(clean[i])}大得或小得不合情理", "请填写数字")
            numbers[i] = np.nan
        if self.column.type == "year":
            self._whole(numbers, YEARS, "请写成四位年份")
        elif self.column.type == "count":
            self._whole(numbers, COUNTS, "请填写不小于 0 的整数")
        return numbers

    def _number(self, i: int, value: object) -> float:
        """One cell as a number; NaN where it is blank or none (told)."""
        if value is None:
            return np.nan
        read = parse_number(value)
        if read is None:
            self._refuse(i, f"{_quoted(value)}不是数字", "请填写数字")
            return np.nan
        if read[1]:
            place, about = self.sheet.place(self.rows[i], self.column.name), self.sheet.about(self.rows[i])
            tell_sum(self.column.header, None if self.secret else value, read[0], place, self.problems, about)
        return read[0]

    def _whole(self, numbers: np.ndarray, bounds: tuple[int, int], expected: str) -> None:
        """Refuse numbers that are not whole or out of bounds; they become NaN."""
        with np.errstate(invalid="ignore"):
            wrong = (numbers != np.floor(numbers)) | (numbers < bounds[0]) | (numbers > bounds[1])
        for i in np.flatnonzero(wrong & ~np.isnan(numbers)):
            self._refuse(int(i), f"“{numbers[i]:g}”不是范围内的整数", expected)
            numbers[i] = np.nan

    def _date(self, i: int, value: object) -> datetime.date | None:
        date = as_date(value)
        if date is None:
            self._refuse(i, f"{_quoted(value)}不是日期", "请写成 2023-11-10")
        return date


def tell_sum(header: str, cell: object, value: float, place: Place, problems: Problems, about: str = "") -> None:
    """Warn of a figure that was written as a sum; `cell` is None where it must not be quoted."""
    what = "写成了算式，已算出读取" if cell is None else f"{_quoted(cell)}按 {value:g} 读取"
    problems.warning(place, f"{header}{what}", "请改写为一个数", about)


def blank_of(type_: str) -> object:
    """What stands for a blank cell of a column type."""
    return np.nan if type_ in NUMERIC else None if type_ in ("raw", "date") else ""


def as_text(value: object) -> str:
    """A cell as text: whole floats without the point, dates in ISO form."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return str(value)


def _quoted(value: object) -> str:
    return f"“{shortened(as_text(value))}”"


def shortened(text: str, most: int = 40) -> str:
    """A text as quoted in a message: long ones cut, line breaks and the like as blanks."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain if len(plain) <= most else f"{plain[:most]}…"


def as_date(value: object) -> datetime.date | None:
    """A date as such, as an Excel serial number, or as text such as 2023-11-10 or 2023年11月10日; None if it is none.

    >>> as_date(45240), as_date("２０２３年11月10日"), as_date(20231110), as_date("2023-02-30")
    (datetime.date(2023, 11, 10), datetime.date(2023, 11, 10), datetime.date(2023, 11, 10), None)
    """
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    number = parse_number(value)
    if number and _SERIALS[0] <= number[0] <= _SERIALS[1] and number[0] == int(number[0]):
        return _EPOCH + datetime.timedelta(days=int(number[0]))
    text = tidy(as_text(value))
    match = next((found for form in _DATES if (found := form.fullmatch(text))), None)
    if match:
        try:
            return datetime.date(*map(int, match.groups()))
        except ValueError:
            return None
    return None
