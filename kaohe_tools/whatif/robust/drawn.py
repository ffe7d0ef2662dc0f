"""Some draws as they are judged: what each step gave to whom, and how often.

What is the same in all draws, because nothing that hangs on weights has come into it, is kept as a single row.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from kaohe_tools.scheme import COMPOSITE
from kaohe_tools.whatif.robust.orders import Order
from kaohe_tools.whatif.robust.plan import Place

NONE = -1  # no grade yet
SETTLED = 0  # nothing pending
GRADE, PENDING = "grade", "pending"
Mask = np.ndarray  # draws × subjects, or one row


@dataclass(frozen=True)
class Given:
    """What a step gave: a grade or a pending question (`value`: its number, or one row of them) to
    those in `where`, in the columns `here`, of the draws `rows` (None: of all); everybody: to all who were still open.
    """

    what: str
    value: np.ndarray | int
    where: Mask
    here: slice | np.ndarray = field(default_factory=lambda: slice(None))
    rows: np.ndarray | None = None
    everybody: bool = False


@dataclass
class Drawn:
    """Some draws as they are judged. figures: by target, draws × subjects, shifted by `bits` (see `orders`); lowest: by
    target, those who can be last × draws; orders: by group, its composite scores ranked. open: who has neither a grade
    nor a pending question yet; ceiling: the best grade allowed, one row; capped: the columns whose ceiling hangs on the
    draw, and it for each draw (0: none); levels: the ceilings that hang on the draw; given: what was settled, in order;
    last: by target, who is last (once asked).
    """

    figures: Mapping[str, np.ndarray]
    lowest: Mapping[str, np.ndarray]
    bits: int
    orders: Mapping[str, Order]
    open: Mask
    ceiling: np.ndarray
    capped: tuple[np.ndarray, np.ndarray]
    levels: Collection[int] = ()
    given: list[Given] = field(default_factory=list)
    last: dict[str, Mask] = field(default_factory=dict)

    @property
    def draws(self) -> int:
        return len(self.figures[COMPOSITE]) if self.figures else 1

    def lower(self, level: int, when: Mask) -> None:
        """Allow no better grade than this one (to those who are settled already it makes no difference)."""
        columns, lowest = self.capped
        if len(when) == 1:
            self.ceiling = np.maximum(self.ceiling, when.view(np.int8) * np.int8(level))
        else:
            self.capped = columns, np.maximum(lowest, when[:, columns] * np.int8(level))

    def allowed(self, level: int, columns: Place, at: np.ndarray, of: np.ndarray) -> Mask:
        """May these columns have a grade? at: positions of those among them that are capped; of: these in `capped`."""
        found = self.ceiling[:, columns] <= level
        lowest = self.capped[1]
        if len(at) == 0 or len(lowest) == 1:
            return found
        free = lowest[:, of] <= level
        if len(at) == found.shape[1]:
            return found[:, at] & free
        found = one_for_each(found, len(lowest))
        found[:, at] &= free
        return found

    def give(self, level: int, where: Mask) -> None:
        """Give a grade to those who are open, no better than their ceiling allows."""
        columns, lowest = self.capped
        value, rest = np.maximum(self.ceiling, np.int8(level)), where
        if len(lowest) > 1:
            rest = rest.copy() if len(rest) > 1 else one_for_each(rest, len(lowest))
            for ceiling in self.levels:
                capped = where[:, columns] & (lowest == ceiling)
                rest[:, columns] ^= capped
                self.given.append(Given(GRADE, np.maximum(value[:, columns], np.int8(ceiling)), capped, columns))
        self.given.append(Given(GRADE, value, rest, everybody=where is self.open))
        self.open = self.open ^ where

    def settle(self, one: Given) -> None:
        """Note what was given, to some of those who are open."""
        self.given.append(one)
        if one.rows is None and one.where.shape[1] == self.open.shape[1]:
            self.open = self.open ^ one.where
            return
        grows = len(self.open) == 1 and (len(one.where) > 1 or one.rows is not None)
        self.open = one_for_each(self.open, self.draws) if grows else self.open.copy()
        self.open[slice(None) if one.rows is None else one.rows, one.here] ^= one.where

    def codes(self, what: str) -> np.ndarray:
        """Numbers of grades or of pending questions, draws × subjects (or one row)."""
        none = NONE if what == GRADE else SETTLED
        mine = [one for one in self.given if one.what == what]
        alike = all(len(one.where) == 1 and one.rows is None for one in mine)
        codes = np.full((1 if alike else self.draws, self.open.shape[1]), none, dtype=np.int8)
        for one in mine:
            rows = slice(None) if one.rows is None else one.rows
            codes[rows, one.here] += one.where * (np.asarray(one.value, dtype=np.int8) - np.int8(none))
        return codes

    def count(self, grades: np.ndarray, pendings: np.ndarray) -> None:
        """Add how often each grade, and each pending question, was given: numbers × subjects."""
        left = np.full(grades.shape[1], self.draws)
        for one in self.given:
            counts = grades if one.what == GRADE else pendings
            if one.everybody:  # nobody needs to be counted
                often = left.copy()
            else:
                often = how_often(one.where, self.draws if one.rows is None else len(one.rows))
            left[one.here] -= often
            if isinstance(one.value, np.ndarray):
                counts[one.value[0], np.arange(counts.shape[1])[one.here]] += often
            else:
                counts[one.value, one.here] += often


def how_often(mask: Mask, draws: int) -> np.ndarray:
    """How often each column is true; a single row counts for all draws."""
    if len(mask) == 1:
        return mask[0] * draws
    width = mask.shape[1]
    beside = max(-(-draws // 255), 8)  # so many rows are added side by side, no more than 255 on top of each other
    high = draws // beside
    ones = np.ascontiguousarray(mask).view(np.uint8)
    pile = ones[: high * beside].reshape(high, beside * width)
    found = np.add.reduce(pile, axis=0, dtype=np.uint8).reshape(beside, width).sum(axis=0, dtype=np.int64)
    if high * beside < draws:
        found += ones[high * beside :].sum(axis=0, dtype=np.int64)
    return found


def both(one: Mask, other: Mask) -> Mask:
    """Where both masks are true; a row that says the same of everybody spares the work."""
    if len(one) == len(other):
        return one & other
    row, table = (one, other) if len(one) == 1 else (other, one)
    return table if row.all() else row & table if row.any() else row


def short(found: Mask) -> Mask:
    """A mask that says the same of everybody as one row."""
    if not found.any():
        return found[:1]
    return found[:1] if found.all() else found


def one_for_each(table: np.ndarray, draws: int) -> np.ndarray:
    """One row for all draws as one for each."""
    made = np.empty((draws, table.shape[1]), dtype=table.dtype)
    made[:] = table
    return made
