"""Grades, pending questions and places of many draws at once; the mechanics are those of `places` and `ranking`.

Grades and pending questions are small whole numbers, draws × subjects, or one row for all draws while nothing that
hangs on weights has come into it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from kaohe_tools.places import Open
from kaohe_tools.scheme import COMPOSITE
from kaohe_tools.whatif.robust.model import Table
from kaohe_tools.whatif.robust.orders import Order, widest

NONE = -1  # no grade yet
SETTLED = 0  # nothing pending
Mask = np.ndarray  # draws × subjects, or one row


@dataclass
class Drawn:
    """Some draws as they are judged. figures: by target, draws × subjects, shifted by `bits` (see `orders`); orders: by
    group, its composite scores ranked.
    """

    figures: Mapping[str, np.ndarray]
    bits: int
    orders: Mapping[str, Order]
    grade: np.ndarray = field(default_factory=lambda: np.zeros(0))
    pending: np.ndarray = field(default_factory=lambda: np.zeros(0))
    ceiling: np.ndarray = field(default_factory=lambda: np.zeros(0))
    last: dict[str, Mask] = field(default_factory=dict)

    @property
    def open(self) -> Mask:
        """Who has neither a grade nor a pending question yet."""
        return both(self.grade == NONE, self.pending == SETTLED)


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


def put(drawn: Drawn, what: str, value: np.ndarray | int, where: Mask, here: slice = slice(None)) -> None:
    """Write grades or pending questions for those who are open; one row for all draws grows to one for each.

    The open have −1 and 0, so that what is written can be added: bytes are added many at a time.
    """
    table = getattr(drawn, what)
    step = np.asarray(value, dtype=np.int8) - np.int8(NONE if what == "grade" else SETTLED)
    added = where.view(np.int8) * step
    if len(table) < len(added):
        table = one_for_each(table, len(added))
        setattr(drawn, what, table)
    table[:, here] += added


def one_for_each(table: np.ndarray, draws: int) -> np.ndarray:
    """One row for all draws as one for each."""
    made = np.empty((draws, table.shape[1]), dtype=table.dtype)
    made[:] = table
    return made


@dataclass
class Pool:
    """A pool of places of one grade. See `places.fill` and `ranking.allocate`."""

    table: Table
    pool: Open
    level: int
    tied: int
    unset: int
    when: Callable[[Drawn], Mask]
    first: Callable[[Drawn], Mask] | None

    def __post_init__(self) -> None:
        members = np.flatnonzero(self.pool.members[self.table.subjects])
        self.members = slice(int(members[0]), int(members[-1]) + 1)
        self.inside = self.pool.members[self.table.subjects][None, self.members]
        self.group = next((name for name, where in self.table.groups.items() if where == self.members), "")

    def take(self, drawn: Drawn) -> None:
        """Give the places of the pool."""
        here = self.members
        may = self._who_may(drawn)
        if self.unset != SETTLED:
            put(drawn, "pending", self.unset, may, here)
            return
        if self.pool.every:
            put(drawn, "grade", self.level, may, here)
            return
        figures = drawn.figures[COMPOSITE][:, here]
        ahead = both(may, self.first(drawn)[:, here]) if self.first is not None else None
        if ahead is None or not ahead.any():
            given, tied, rows = self._allocate(figures, may, drawn)
        else:
            given, tied, rows = self._in_two_goes(figures, may, ahead, drawn.bits)
        if given is not None:
            put(drawn, "grade", self.level, given, here)
        if len(rows):
            if len(drawn.pending) < len(figures):
                drawn.pending = one_for_each(drawn.pending, len(figures))
            drawn.pending[rows, here] += tied.view(np.int8) * np.int8(self.tied)

    def _who_may(self, drawn: Drawn) -> Mask:
        """Members who are open, whose ceiling allows the grade and who meet its condition."""
        here = self.members
        may = both(self.inside, drawn.open[:, here])
        may = both(may, drawn.ceiling[:, here] <= self.level)
        return both(may, self.when(drawn)[:, here])

    def _allocate(self, figures: np.ndarray, may: np.ndarray, drawn: Drawn):
        """Who is given a place and who ties for the last (rows of ties only): places are the same in all draws."""
        places, none = self.pool.places, np.zeros(0, dtype=int)
        if places <= 0:
            return None, None, none
        if len(may) == 1 and may.sum() <= places:
            return may, None, none
        if len(may) == 1 and may.all() and self.group:
            order, own = drawn.orders[self.group], figures
            last, next_one = order.placed(places - 1), order.placed(places)
        else:
            own = figures.copy()
            if len(may) == 1:
                own[:, ~may[0]] = _below(figures)
            else:
                np.putmask(own, ~may, _below(figures))
            last, next_one = around(own, places)
        low = widest(drawn.bits)
        given = own > (next_one | low)[:, None]
        rows = np.flatnonzero(((last ^ next_one) & ~low == 0) & (last > _below(figures)))
        return given, (own[rows] ^ last[rows, None]) & ~low == 0, rows

    def _in_two_goes(self, figures: np.ndarray, may: np.ndarray, ahead: np.ndarray, bits: int):
        """Those who go first, then the others for what is left; a tie among the first leaves the others without."""
        figures = figures >> bits
        may, ahead = (np.broadcast_to(mask, figures.shape) for mask in (may, ahead))
        places = np.full(len(figures), self.pool.places)
        given, tied = levels(figures, ahead, places)
        left = np.where(tied.any(axis=1), 0, places - given.sum(axis=1))
        more, tied_later = levels(figures, may & ~ahead, left)
        tied = tied | tied_later
        rows = np.flatnonzero(tied.any(axis=1))
        return given | more, tied[rows], rows


def _below(figures: np.ndarray) -> np.integer:
    """A figure that stands for nobody: below all there can be."""
    return figures.dtype.type(np.iinfo(figures.dtype).min)


def around(figures: np.ndarray, places: int) -> tuple[np.ndarray, np.ndarray]:
    """By row, the figure at the last place and the one after it (the lowest of all where there is none)."""
    width = figures.shape[1]
    if width <= places:
        return (np.full(len(figures), _below(figures)),) * 2
    split = np.sort(figures, axis=1)  # whole numbers are sorted many at a time, faster than np.partition splits them
    return split[:, width - places], split[:, width - places - 1]


def levels(figures: np.ndarray, may: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places given score by score, their number its own in each row (see `ranking.allocate`)."""
    nobody = _below(figures)
    own = np.sort(np.where(may, figures, nobody), axis=1)[:, ::-1]
    padded = np.concatenate([own, np.full((len(own), 1), nobody, dtype=own.dtype)], axis=1)
    rows = np.arange(len(figures))
    last = padded[rows, np.clip(places - 1, 0, own.shape[1])]
    next_one = padded[rows, np.clip(places, 0, own.shape[1])]
    some = (places > 0)[:, None]
    given = may & (figures > next_one[:, None]) & some
    tied = may & (figures == last[:, None]) & (last == next_one)[:, None] & some
    return given, tied
