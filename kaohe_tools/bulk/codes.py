"""Columns as numbers: texts as codes of their distinct values, each name is looked at once, not a million times."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kaohe_tools.cells import as_text
from kaohe_tools.exact import LARGEST, SMALLEST, parse_number, tidy
from kaohe_tools.grid.parquet import shortest

_PLAIN = "^[0-9]{1,12}([.][0-9]{1,9})?$"  # what Arrow reads as parse_number does
_FEW = 64  # so many times fewer texts than are known are looked up one by one


def codes_of(column: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """A column as codes (int32) and its distinct values as texts; the code of a blank is their number."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    distinct, indices = column.dictionary, column.indices
    if indices.null_count:
        indices = indices.cast(pa.int32()).fill_null(len(distinct))
    if not pa.types.is_string(distinct.type):
        if pa.types.is_large_string(distinct.type) or pa.types.is_string_view(distinct.type):
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
        self._spelled = dict(known)
        self._last: tuple[tuple, pa.Array, np.ndarray] | None = None
        self._list()

    def _list(self) -> None:
        self._spellings = pa.array(list(self._spelled), pa.string())
        self._numbers = np.fromiter(self._spelled.values(), np.int64, len(self._spelled))

    def numbers(self, distinct: pa.Array) -> np.ndarray:
        """The number of each text (int64), and at the end that of a blank; `unknown` where there is none."""
        memory = (distinct.offset, len(distinct), *(part.address for part in distinct.buffers() if part))
        if self._last is None or self._last[0] != memory:  # batches of one table share their dictionary
            self._last = (memory, distinct, self._looked_up(distinct))
        return self._last[2]

    def _looked_up(self, distinct: pa.Array) -> np.ndarray:
        if len(distinct) * _FEW < len(self._spellings):
            found = np.array([self._number(text) for text in distinct.to_pylist()], np.int64)
        else:
            at = pc.index_in(distinct, value_set=self._spellings)
            if at.null_count:
                for text in distinct.filter(at.is_null()).to_pylist():
                    self._number(text)
                self._list()
                at = pc.index_in(distinct, value_set=self._spellings)
            found = self._numbers[at.to_numpy(zero_copy_only=False)]
        return np.append(found, self.unknown)

    def _number(self, text: str | None) -> int:
        spelled = text or ""
        if spelled not in self._spelled:
            self._spelled[spelled] = self.known.get(tidy(spelled), self.unknown)
        return self._spelled[spelled]


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


def sound(value: float) -> bool:
    """Is a number of a size that is read at all?"""
    return value == 0 or SMALLEST <= abs(value) <= LARGEST
