"""Columns as numbers: texts as codes of their distinct values, each name is looked at once, not a million times."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kaohe_tools.bulk.known import NOT_FOUND, Known
from kaohe_tools.cells import as_text
from kaohe_tools.exact import LARGEST, SMALLEST, parse_number, tidy
from kaohe_tools.grid.parquet import is_text, shortest

_PLAIN = "^[0-9]{1,12}([.][0-9]{1,9})?$"  # what Arrow reads as parse_number does


def codes_of(column: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """A column as codes (int32) and its distinct values as texts; the code of a blank is their number."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    distinct, indices = column.dictionary, column.indices
    if indices.null_count:
        indices = indices.cast(pa.int32()).fill_null(len(distinct))
    if is_text(distinct.type):
        distinct = distinct.cast(pa.string())
    else:
        cells = shortest(distinct).to_pylist()
        distinct = pa.array(["" if cell != cell else as_text(cell) for cell in cells], pa.string())
    if distinct.null_count:
        distinct = distinct.fill_null("")
    return indices.to_numpy(zero_copy_only=False), distinct


def tidied(column: pa.Array) -> tuple[np.ndarray, list[str]]:
    """A column as codes, and by code its text as it is compared; "" for a blank."""
    codes, distinct = codes_of(column)
    return codes, [*map(tidy, distinct.to_pylist()), ""]


class Names:
    """Numbers of names, compared as names are (`exact.tidy`); every spelling is looked at once, in whatever batch."""

    def __init__(self, known: Mapping[str, int], unknown: int) -> None:
        self.known, self.unknown = known, unknown  # names in their tidy form, which is one spelling of them
        self._listed = pa.array(list(known), pa.string())
        self._known = Known(self._listed)
        self._numbers = np.array([*known.values(), unknown], np.int64)
        self._spelled: dict[str | None, int] = {}  # in other ways
        self._last: tuple[pa.Array, np.ndarray] | None = None

    def coded(self, column: pa.Array) -> tuple[np.ndarray, pa.Array]:
        """A column as `codes_of`; if it holds plain texts, known names have the same codes in every batch."""
        if not pa.types.is_string(column.type):
            return codes_of(column)
        codes = self._known.find(column)
        others = np.flatnonzero(codes == NOT_FOUND)
        if not len(others):
            return codes, self._listed
        more, distinct = codes_of(column.take(pa.array(others)))
        codes[others] = more + np.int32(len(self._listed))
        return codes, pa.concat_arrays([self._listed, distinct])

    def numbers(self, distinct: pa.Array) -> np.ndarray:
        """The number of each text (int64), and at the end that of a blank; `unknown` where there is none."""
        if distinct is self._listed:
            return self._numbers
        if self._last is None or not self._last[0].equals(distinct):  # batches in a row often have one dictionary
            self._last = (distinct, self._looked_up(distinct))
        return self._last[1]

    def _looked_up(self, distinct: pa.Array) -> np.ndarray:
        at = self._known.find(distinct)
        found = self._numbers[np.append(at, NOT_FOUND)]  # the last of them is for what is unknown
        others = np.flatnonzero(at == NOT_FOUND)
        if len(others):
            found[others] = [self._number(text) for text in distinct.take(pa.array(others)).to_pylist()]
        return found

    def _number(self, text: str | None) -> int:
        if text not in self._spelled:
            self._spelled[text] = self.known.get(tidy(text or ""), self.unknown)
        return self._spelled[text]


class Figures:
    """Cells as numbers, read as `exact.parse_number` reads them: NaN where a cell is blank or no number.

    `odd`: some cell was no number, beyond what an assessment may hold, or a written-out sum.
    """

    def __init__(self) -> None:
        self.odd = False

    def of(self, column: pa.Array) -> np.ndarray:
        """A column as float64."""
        kind = column.type
        if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
            column = shortest(column)
            if not pa.types.is_float64(column.type):
                column = column.cast(pa.float64(), safe=False)
            return column.to_numpy(zero_copy_only=False)
        codes, distinct = codes_of(column)
        return np.append(self._read(distinct), np.nan)[codes]

    def _read(self, distinct: pa.Array) -> np.ndarray:
        plain = pc.match_substring_regex(distinct, _PLAIN).to_numpy(zero_copy_only=False).astype(bool)
        values = np.full(len(distinct), np.nan)
        values[plain] = distinct.filter(pa.array(plain)).cast(pa.float64()).to_numpy(zero_copy_only=False)
        for i in np.flatnonzero(~plain):
            text = distinct[int(i)].as_py()
            if text is None or not text.strip():
                continue
            read = parse_number(text)
            self.odd |= read is None or read[1] or not sound(read[0])
            if read is not None and sound(read[0]):
                values[i] = read[0]
        return values


def sound(value: float | np.ndarray) -> bool | np.ndarray:
    """Is a number of a size that is read at all?"""
    size = abs(value)
    return (value == 0) | ((size >= SMALLEST) & (size <= LARGEST))
