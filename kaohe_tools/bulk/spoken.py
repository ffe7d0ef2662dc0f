"""Which slots the rows spoke of, and which rows say what an earlier one said."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from kaohe_tools.bulk.codes import tidied

APART = ("code", "component", "time", "rater")  # rows of one slot that differ in these do not repeat one another


class Spoken:
    """What was said so far. `told`: slots that some row spoke of, however it did."""

    def __init__(self, slots: int) -> None:
        self.told = np.zeros(slots, dtype=bool)
        self._plain = np.zeros(slots, dtype=bool)
        self._numbers: dict[tuple[str, int, str], int] = {}
        self._keys = np.zeros(0, dtype=np.int64)

    def wrongly(self, slots: np.ndarray) -> None:
        """Slots that rows with a flaw of their own spoke of: that these lack a score is not told besides."""
        self.told[slots] = self._plain[slots] = True

    def again(self, slots: np.ndarray, apart: np.ndarray) -> np.ndarray:
        """Which rows repeat an earlier one; they are taken down. `apart`: numbers of `apart_in`."""
        plain = apart == 0
        keys = slots + apart * len(self.told)
        repeated = np.ones(len(keys), dtype=bool)
        repeated[np.unique(keys, return_index=True)[1]] = False
        repeated |= np.where(plain, self._plain[slots], np.isin(keys, self._keys))
        self._keys = np.union1d(self._keys, keys[~plain])
        self._plain[slots[plain]] = True
        self.told[slots] = True
        return repeated

    def apart_in(self, columns: Mapping[str, pa.Array], rows: int) -> np.ndarray:
        """By row of a batch, a number for what it says in the columns of APART; 0 where these are blank."""
        numbers = np.zeros(rows, dtype=np.int64)
        for field in (field for field in APART if field in columns and columns[field].null_count < rows):
            codes, words = tidied(columns[field])
            pairs, which = np.unique(numbers * len(words) + codes, return_inverse=True)
            said = [(number, words[code]) for number, code in (divmod(pair, len(words)) for pair in pairs.tolist())]
            own = [self._number(field, number, word) if word else number for number, word in said]
            numbers = np.array(own, dtype=np.int64)[which]
        return numbers

    def _number(self, field: str, number: int, word: str) -> int:
        return self._numbers.setdefault((field, number, word), len(self._numbers) + 1)
