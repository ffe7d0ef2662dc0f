"""Conditions asked of many draws at once: what does not hang on weights, or cannot, is answered once.

What a weight can do is bounded (`Reach`): a bar that no draw comes near, a subject that is never last, are known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce

import numpy as np

from kaohe_tools.conditions import BARS, holds
from kaohe_tools.exact import exceeds, parse_share, reaches
from kaohe_tools.scheme import COMPOSITE, When
from kaohe_tools.scoring import ADJUST
from kaohe_tools.whatif.robust.drawn import GRADE, PENDING, SETTLED, Drawn, Mask, both, short
from kaohe_tools.whatif.robust.engine import NotVectorisedError
from kaohe_tools.whatif.robust.model import Table
from kaohe_tools.whatif.robust.orders import widest
from kaohe_tools.whatif.robust.reach import Reach

_HANGING = ("score", "last", "rank_share", "history", "history_score", "grade", "pending")


@dataclass(frozen=True)
class Known:
    """A condition that comes to the same in all draws: one row."""

    possible: np.ndarray

    def __call__(self, drawn: Drawn) -> Mask:
        return self.possible


@dataclass(frozen=True)
class Hanging:
    """A condition that hangs on weights: a function of draws to one row or draws × subjects; possible: for whom it may
    be true at all, one row.
    """

    test: Callable[[Drawn], Mask]
    possible: np.ndarray

    def __call__(self, drawn: Drawn) -> Mask:
        return self.test(drawn)


Condition = Known | Hanging


class Asker:
    """The conditions of a stage. Raises NotVectorisedError where one cannot be asked of many draws.

    words: the grades by number, to which steps may add; needed: the figures that are asked for; lasts: by figure, the
    columns that can be the last of their category.
    """

    def __init__(self, table: Table, reach: Reach, words: list[str]) -> None:
        self.table, self.reach, self.view, self.stage = table, reach, table.taken.view, table.taken.stage
        self.words = words
        self.needed: set[str] = set()
        self.lasts: dict[str, np.ndarray] = {}
        self.everyone = np.ones((1, len(table.subjects)), dtype=bool)

    def hangs(self, when: When) -> bool:
        """Does a condition hang on weights? What it asks of an earlier stage does not."""
        if "of" in when:
            return False
        if "named" in when:
            return self.hangs(self.stage.conditions[when["named"]].when)
        if "not" in when:
            return self.hangs(when["not"])
        for key in ("all", "any"):
            if key in when:
                return any(self.hangs(inner) for inner in when[key])
        return any(key in when for key in _HANGING) and when.get("score") != ADJUST

    def condition(self, when: When | None) -> Condition:
        """A condition made ready."""
        if when is None or not self.hangs(when):
            return Known(holds(when, self.view)[self.table.subjects][None])
        if "named" in when:
            return self.condition(self.stage.conditions[when["named"]].when)
        if "not" in when:
            inner = self.condition(when["not"])
            if isinstance(inner, Known):
                return Known(~inner.possible)
            return Hanging(lambda drawn: ~inner(drawn), self.everyone)
        for key, join in (("all", np.logical_and), ("any", np.logical_or)):
            if key in when:
                return _joined([self.condition(each) for each in when[key]], join)
        return self._hanging(when)

    def _hanging(self, when: When) -> Condition:
        if "score" in when:
            return self._bars(when)
        if "last" in when:
            return self._last(when["last"])
        if "rank_share" in when:
            counts = self.view.frame["count"].to_numpy()[self.table.subjects]
            share = parse_share(when["rank_share"])
            most = np.array([_first(partial(exceeds, bar=share * n), share * n) - 1 for n in counts])
            return Hanging(partial(self._ahead, most), self.everyone)
        if "grade" in when:
            names = [when["grade"]] if isinstance(when["grade"], str) else list(when["grade"])
            return Hanging(
                lambda drawn: np.isin(drawn.codes(GRADE), [self.words.index(n) for n in names if n in self.words]),
                self.everyone,
            )
        if "pending" in when:
            return Hanging(lambda drawn: drawn.codes(PENDING) != SETTLED, self.everyone)
        raise NotVectorisedError(f"条件“{next(iter(when))}”")

    def _there(self, name: str) -> np.ndarray:
        """By column, is there such a figure?"""
        frame = self.view.frame
        if name not in [part.name for part in self.stage.parts]:
            return self.everyone[0]
        return frame[name].notna().to_numpy()[self.table.subjects]

    def _bars(self, when: When) -> Condition:
        """A published figure against bars, as whole hundredths: the lowest that meets a bar is found by the engine's
        own comparison.
        """
        tests = {"at_least": reaches, "below": reaches, "above": exceeds, "at_most": exceeds}
        least, under = -np.inf, np.inf
        for bar in (bar for bar in BARS if bar in when):
            limit = parse_share(when[bar])
            lowest = _first(lambda h, test=tests[bar], limit=limit: test(h / 100, limit), limit * 100)
            if bar in ("at_least", "above"):
                least = max(least, lowest)
            else:
                under = min(under, lowest)
        there = self._there(when["score"])
        low, high = self.reach.between(when["score"])
        always, never = (low >= least) & (high < under), (high < least) | (low >= under)
        if (always | never | ~there).all():
            return Known((always & there)[None])
        self.needed.add(when["score"])
        bars = [(test, int(bar) << self.table.bits) for test, bar in
                ((np.greater_equal, least), (np.less, under)) if np.isfinite(bar)]  # fmt: skip

        def met(drawn: Drawn) -> Mask:
            figures, found = drawn.figures[when["score"]], there[None]
            for test, bar in bars:
                found = both(found, short(test(figures, bar)))
            return found

        return Hanging(met, (there & ~never)[None])

    def _ahead(self, most: np.ndarray, drawn: Drawn) -> Mask:
        """Who has at most this rank (by column)."""
        composite = drawn.figures[COMPOSITE]
        found = np.zeros(composite.shape, dtype=bool)
        for name, where in self.table.groups.items():
            for last in set(most[where].tolist()) - {0}:
                line = drawn.orders[name].placed(min(last, where.stop - where.start) - 1)
                line = line & ~widest(drawn.bits)
                found[:, where] |= (composite[:, where] >= line[:, None]) & (most[where] == last)
        return found

    def _last(self, name: str) -> Condition:
        """The lowest published figure of a category of at least two that have it."""
        categories, there = np.array(self.table.categories, dtype=object), self._there(name)
        members = [np.flatnonzero((categories == category) & there) for category in dict.fromkeys(categories)]
        lows = [self.reach.lowest(name, columns) for columns in members if len(columns) >= 2]
        possible = np.zeros((1, len(categories)), dtype=bool)
        for columns in lows:
            possible[0, columns] = True
        open_ones = [columns for columns in lows if len(columns) > 1]
        if not open_ones:
            return Known(possible)
        always = possible.copy()
        self.lasts[name] = columns = np.concatenate(open_ones)  # each category's side by side, see `parts`
        always[0, columns] = False
        ends = np.cumsum([len(each) for each in open_ones]).tolist()
        parts = [slice(*ends_of) for ends_of in zip([0, *ends[:-1]], ends, strict=True)]

        def met(drawn: Drawn) -> Mask:
            if name not in drawn.last:
                figures = drawn.lowest[name]
                drawn.last[name] = last = np.repeat(always, drawn.draws, axis=0)
                for own, mine in zip(parts, open_ones, strict=True):
                    last[:, mine] = (figures[own] <= figures[own].min(axis=0) | widest(drawn.bits)).T
            return drawn.last[name]

        return Hanging(met, possible)


def _first(test: Callable[[int], np.ndarray], near: float) -> int:
    """The lowest whole number that passes a test which all higher ones pass; it is near this figure."""
    return next(h for h in range(int(np.floor(near)) - 2, int(np.ceil(near)) + 4) if test(h))


def _joined(tests: list[Condition], join: np.ufunc) -> Condition:
    """All of them, or any of them."""
    possible = reduce(join, [test.possible for test in tests])
    if all(isinstance(test, Known) for test in tests) or not possible.any():
        return Known(possible)

    def met(drawn: Drawn) -> Mask:
        found = tests[0](drawn)
        for test in tests[1:]:
            found = join(found, test(drawn))
        return found if len(found) == 1 else short(found)

    return Hanging(met, possible)
