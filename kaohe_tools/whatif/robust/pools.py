"""Places of many draws at once; the mechanics are those of `places` and `ranking`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from kaohe_tools.places import Open
from kaohe_tools.scheme import COMPOSITE
from kaohe_tools.whatif.robust.drawn import GRADE, PENDING, SETTLED, Drawn, Given, Mask, both
from kaohe_tools.whatif.robust.model import Table
from kaohe_tools.whatif.robust.orders import LARGE, widest
from kaohe_tools.whatif.robust.plan import Place

SOME = 0.25  # of the members of a pool: of no more it may be open whether they are candidates


@dataclass(frozen=True)
class Still:
    """What is known before the first draw. drawn: what the steps so far come to (one row), for those whom no draw has
    `touched`; low, high: bounds of the published composite.
    """

    drawn: Drawn
    touched: np.ndarray
    low: np.ndarray
    high: np.ndarray


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
    possible: np.ndarray
    still: Still

    def __post_init__(self) -> None:
        members = np.flatnonzero(self.pool.members[self.table.subjects])
        self.members = here = slice(int(members[0]), int(members[-1]) + 1)
        columns = np.arange(len(self.table.subjects))[here]
        self.inside = self.pool.members[self.table.subjects][None, here]
        self.group = next((name for name, where in self.table.groups.items() if where == here), "")
        self.out, self.near = self._apart()
        asked = columns if self.out is None else columns[self.near]
        self.asked: Place = here if self.out is None else asked
        self.among = self.inside if self.out is None else self.inside[:, self.near]
        self.capped = np.intersect1d(asked, self.still.drawn.capped[0], return_indices=True)[1:]

    def _apart(self) -> tuple[np.ndarray | None, np.ndarray]:
        """Who is no candidate in any draw (None: too few are sure), and the few of whom it hangs on the draw.

        Whoever as many as there are places always stand above may be taken for a candidate: it makes no difference.
        """
        none, places = np.zeros(0, dtype=int), self.pool.places
        if not places or places < 0 or self.pool.every or self.first is not None:
            return None, none
        here, still = self.members, self.still
        may = (self.inside & still.drawn.open[:, here] & (still.drawn.ceiling[:, here] <= self.level))[0]
        may &= self.possible[0, here]
        varied = still.touched[here] & self.inside[0]
        sure = np.sort(still.low[here][may & ~varied])[::-1]
        if len(sure) <= places:
            return None, none
        near = varied & (still.high[here] >= sure[places - 1])
        few = near.sum() <= SOME * len(may)
        return (np.flatnonzero(~may & ~varied), np.flatnonzero(near)) if few else (None, none)

    def take(self, drawn: Drawn) -> None:
        """Give the places of the pool."""
        here = self.members
        figures = drawn.figures[COMPOSITE][:, here] if drawn.figures else None
        if self.out is not None:
            self._give(drawn, *self._line(figures, drawn))
            return
        may = self._who_may(drawn)
        if self.unset != SETTLED:
            drawn.settle(Given(PENDING, self.unset, may, here))
            return
        if self.pool.every:
            drawn.settle(Given(GRADE, self.level, may, here))
            return
        ahead = both(may, self.first(drawn)[:, here]) if self.first is not None else None
        if ahead is None or not ahead.any():
            self._give(drawn, *self._allocate(figures, may, drawn))
        else:
            self._give(drawn, *self._in_two_goes(figures, may, ahead, drawn.bits))

    def _give(self, drawn: Drawn, given: Mask | None, tied: np.ndarray, rows: np.ndarray) -> None:
        if given is not None:
            drawn.settle(Given(GRADE, self.level, given, self.members))
        if len(rows):
            drawn.settle(Given(PENDING, self.tied, tied, self.members, rows))

    def _who_may(self, drawn: Drawn) -> Mask:
        """Members (the near ones where they are known) who are open, may have the grade and meet its condition."""
        may = both(self.among, drawn.open[:, self.asked])
        may = both(may, drawn.allowed(self.level, self.asked, *self.capped))
        return both(may, self.when(drawn)[:, self.asked])

    def _allocate(self, figures: np.ndarray, may: np.ndarray, drawn: Drawn):
        """Who is given a place and who ties for the last (rows of ties only): places are the same in all draws."""
        places, none = self.pool.places, np.zeros(0, dtype=int)
        if places <= 0:
            return None, None, none
        if len(may) == 1 and may.sum() <= places:
            return may, None, none
        own = figures.copy()
        if len(may) == 1:
            own[:, np.flatnonzero(~may[0])] = _below(figures)
        else:
            np.putmask(own, ~may, _below(figures))
        return _above(own, *around(own, places), drawn.bits)

    def _line(self, figures: np.ndarray, drawn: Drawn):
        """The same where it is known of nearly everybody who may be given one."""
        places = self.pool.places
        if self.group and not len(self.out) and not len(self.near):
            order = drawn.orders[self.group]
            return _above(figures, order.placed(places - 1), order.placed(places), drawn.bits)
        own = figures.copy()
        own[:, self.out] = _below(figures)
        if len(self.near):
            own[:, self.near] = np.where(self._who_may(drawn), own.take(self.near, axis=1), _below(figures))
        return _above(own, *around(own, places), drawn.bits)

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


def _above(own: np.ndarray, last: np.ndarray, next_one: np.ndarray, bits: int):
    """Whose score is above the line, who ties for the last place, and in which rows."""
    low = widest(bits)
    line = next_one | low  # whoever has the score of the next one is not above it
    rows = np.flatnonzero((last <= line) & (last > _below(own)))
    return own > line[:, None], own[rows] | low == line[rows, None], rows


def _below(figures: np.ndarray) -> np.integer:
    """A figure that stands for nobody: below all there can be."""
    return _least(figures.dtype)


@cache
def _least(dtype: np.dtype) -> np.integer:
    return dtype.type(np.iinfo(dtype).min)


def around(figures: np.ndarray, places: int) -> tuple[np.ndarray, np.ndarray]:
    """By row, the figure at the last place and the one after it (the lowest of all where there is none)."""
    width = figures.shape[1]
    if width <= places:
        return (np.full(len(figures), _below(figures)),) * 2
    at = width - places
    if width > LARGE:
        split = np.partition(figures, at, axis=1)
        return split[:, at], split[:, :at].max(axis=1)
    split = np.sort(figures, axis=1)  # few whole numbers are sorted many at a time, faster than they are split
    return split[:, at], split[:, at - 1]


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
