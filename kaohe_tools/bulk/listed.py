"""Flaws as they are found, batch by batch: of each kind so many are listed, each at its cell, the rest counted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kaohe_tools.bulk.sources import Source
from kaohe_tools.problems import Place, Problems

LISTED = 20  # of each kind of message

Say = Callable[[int], tuple[str, str]]  # the message and the advice for a row of a batch


class Listed:
    """What was found so far, and how many of each kind. Rows of one source wait until all of them are known: their
    numbers in the file are found in one go.
    """

    def __init__(self, problems: Problems) -> None:
        self.counts: dict[str, int] = {}
        self._levels: dict[str, str] = {}
        self._waiting: list[tuple[int, str, str, str, str]] = []
        self._say = {"error": problems.error, "warning": problems.warning, "note": problems.note}

    def room(self, kind: str, count: int, level: str) -> int:
        """Count flaws of a kind; how many of them are still to be listed."""
        before = self.counts.get(kind, 0)
        self.counts[kind], self._levels[kind] = before + count, level
        return max(min(count, LISTED - before), 0)

    def rows(self, kind: str, mask: np.ndarray, offset: int, field: str, say: Say, level: str) -> None:
        """Flaws of a kind in a column of a batch, whose first row is data row `offset` of its source."""
        found = np.flatnonzero(mask)
        for i in found[: self.room(kind, len(found), level)].tolist():
            self._waiting.append((offset + i, field, level, *say(i)))

    def at(self, place: Place, level: str, message: str, advice: str) -> None:
        """A flaw that is of no row."""
        self._say[level](place, message, advice)

    def tell(self, source: Source) -> None:
        """The rows that wait, at their cells."""
        listed, self._waiting = sorted(self._waiting), []
        rows = sorted({row for row, *_ in listed})
        people = dict(zip(rows, source.rows(rows) if rows else [], strict=True))
        for row, field, level, message, advice in listed:
            self.at(source.place(people[row], field), level, message, advice)

    def end(self) -> None:
        """How many of each kind were not listed."""
        for kind, count in self.counts.items():
            if count > LISTED:
                message = f"“{kind}”一类的问题另有 {count - LISTED} 处，没有逐一列出"
                self.at(Place(), self._levels[kind], message, f"共 {count} 处；请由来源改正后再检查一遍")
