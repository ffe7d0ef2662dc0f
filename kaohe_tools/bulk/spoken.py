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
        self._runs: list[np.ndarray] = []  # of keys of rows that say more, sorted, each much longer than the next

    def wrongly(self, slots: np.ndarray) -> None:
        """Slots that rows with a flaw of their own spoke of: that these lack a score is not told besides."""
        self.told[slots] = self._plain[slots] = True

    def again(self, slots: np.ndarray, apart: np.ndarray) -> np.ndarray:
        """Which rows repeat an earlier one; they are taken down. `apart`: numbers of `apart_in`."""
        keys, first = np.unique(slots + apart * len(self.told), return_index=True)
        plain = int(np.searchsorted(keys, len(self.told)))  # so many keys are of rows that say no more than their slot
        repeated = np.ones(len(slots), dtype=bool)
        repeated[first] = np.concatenate([self._plain[keys[:plain]], self._kept(keys[plain:])])
        self._keep(keys[plain:])
        self._plain[keys[:plain]] = True
        self.told[slots] = True
        return repeated

    def _kept(self, keys: np.ndarray) -> np.ndarray:
        """Which of some keys, sorted, are in a run."""
        there = np.zeros(len(keys), dtype=bool)
        for run in self._runs:
            there |= run[np.minimum(np.searchsorted(run, keys), len(run) - 1)] == keys
        return there

    def _keep(self, keys: np.ndarray) -> None:
        """Put sorted keys with the runs. Each is merged only with others of its size, so rarely: else ten times the
        rows would take a hundred times as long.
        """
        while self._runs and len(self._runs[-1]) < 2 * len(keys):
            keys = np.sort(np.concatenate([self._runs.pop(), keys]), kind="stable")  # two sorted ones: quick
        if len(keys):
            self._runs.append(keys)

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
