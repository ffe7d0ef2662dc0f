"""The steps of grading over many draws at once: what does not hang on weights is asked of the engine, once.

The mechanics are those of `grading` and `conditions`, and are tested against them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from kaohe_tools.conditions import BARS, holds
from kaohe_tools.exact import exceeds, parse_share, reaches
from kaohe_tools.grading import TIED
from kaohe_tools.places import open_pools
from kaohe_tools.scheme import COMPOSITE, Step, When, in_force
from kaohe_tools.scoring import ADJUST
from kaohe_tools.stages import group_names
from kaohe_tools.whatif.robust.engine import NotVectorisedError
from kaohe_tools.whatif.robust.model import Table
from kaohe_tools.whatif.robust.orders import widest
from kaohe_tools.whatif.robust.plan import place_of
from kaohe_tools.whatif.robust.pools import NONE, SETTLED, Drawn, Mask, Pool, both, put, short

_HANGING = ("score", "last", "rank_share", "history", "history_score", "grade", "pending")
_STEPS = ("set", "give", "baseline", "ceiling", "flag", "pending", "places", "mark")


class Judge:
    """The grading steps of a stage, made ready. Raises NotVectorisedError where one cannot be taken over many draws."""

    def __init__(self, table: Table) -> None:
        self.table, self.view = table, table.taken.view
        self.case, self.stage = table.taken.case, table.taken.stage
        if self.stage.tie_break:
            raise NotVectorisedError("得分相同时还要比较其他部分")
        self.words = list(self.stage.grades)
        self.pendings = [""]
        self.proposals: dict[int, str] = {}
        self.needed: set[str] = set()
        self.possible: set[int] = set()  # the grades that anybody may come to
        self.groups = group_names(self.stage, self.view.frame)
        frame = self.view.frame
        self.lacking = {part.name: frame[part.name].isna().to_numpy()[table.subjects] for part in self.stage.parts}
        steps = [step for step in self.stage.steps if in_force(step.only_if, self.case.readings)]
        steps = [step for step in steps if step.kind not in ("flag", "mark") and not self._idle(step)]
        ready = [self._ready(step) for step in steps]
        still = [step.kind != "places" and (step.when is None or not self.hangs(step.when)) for step in steps]
        before = still.index(False) if False in still else len(still)
        self.start = self._begin(ready[:before])
        self.steps = ready[before:]

    def _idle(self, step: Step) -> bool:
        """Is it a step that concerns nobody, whatever the weights?"""
        return step.when is not None and not self.hangs(step.when) and not holds(step.when, self.view).any()

    def _begin(self, steps: list[Callable[[Drawn], None]]) -> Drawn:
        """What the first steps come to, as far as they are the same in all draws."""
        width = len(self.table.subjects)
        none, settled, top = (np.full((1, width), value, dtype=np.int8) for value in (NONE, SETTLED, 0))
        drawn = Drawn({}, self.table.bits, {}, none, settled, top)
        for step in steps:
            step(drawn)
        return drawn

    # --- once ---------------------------------------------------------------------------------------------------------

    def _ready(self, step: Step) -> Callable[[Drawn], None]:
        """A step as a function that changes grades, pending questions or ceilings of draws."""
        if step.kind not in _STEPS:
            raise NotVectorisedError(f"步骤“{step.kind}”")
        when = self.condition(step.when)
        if step.kind == "places":
            return self._places(step, when)
        if step.kind == "pending":
            code = self._pending(step.word, step.proposal)
            return lambda drawn: put(drawn, "pending", code, both(drawn.open, when(drawn)))
        if step.word not in self.words:
            self.words.append(step.word)
        level = self.words.index(step.word)
        self.possible.add(level)
        if step.kind == "ceiling":
            return lambda drawn: _lower(drawn, level, when)
        if step.kind == "set":
            return lambda drawn: put(drawn, "grade", level, both(drawn.open, when(drawn)))
        return lambda drawn: _give(drawn, level, when)

    def _pending(self, word: str, proposal: str = "") -> int:
        """The number of a pending question."""
        self.pendings.append(word)
        self.proposals[len(self.pendings) - 1] = proposal
        return len(self.pendings) - 1

    def _places(self, step: Step, when: Callable[[Drawn], Mask]) -> Callable[[Drawn], None]:
        """Places of one grade, pool by pool; who is in a pool and its number do not hang on weights."""
        for condition in (c for pool in step.pools for c in (pool.members, pool.count, *(s[0] for s in pool.shares))):
            if condition is not None and self.hangs(condition):
                raise NotVectorisedError(f"“{step.word}”名额的范围随得分而变")
        level = self.words.index(step.word)
        self.possible.add(level)
        first = None
        if step.first is not None and in_force(step.first.only_if, self.case.readings):
            first = self.condition(step.first.when)
        tied = self._pending(TIED)
        takes = []
        for pool in open_pools(self.case, step, self.view, self.groups):
            unset = self._pending(pool.sum_text) if pool.places is None else SETTLED
            takes.append(Pool(self.table, pool, level, tied, unset, when, first))

        def take(drawn: Drawn) -> None:
            for pool in takes:
                pool.take(drawn)

        return take

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

    def condition(self, when: When | None) -> Callable[[Drawn], Mask]:
        """A condition as a function of draws, to one row or draws × subjects."""
        if when is None or not self.hangs(when):
            known = holds(when, self.view)[self.table.subjects][None]
            return lambda drawn: known
        if "named" in when:
            return self.condition(self.stage.conditions[when["named"]].when)
        if "not" in when:
            inner = self.condition(when["not"])
            return lambda drawn: ~inner(drawn)
        for key, join in (("all", np.logical_and), ("any", np.logical_or)):
            if key in when:
                return _joined([self.condition(each) for each in when[key]], join)
        return self._hanging(when)

    def _hanging(self, when: When) -> Callable[[Drawn], Mask]:
        if "score" in when:
            self.needed.add(when["score"])
            return self._bars(when)
        if "last" in when:
            self.needed.add(when["last"])
            return self._last(when["last"])
        if "rank_share" in when:
            counts = self.view.frame["count"].to_numpy()[self.table.subjects]
            share = parse_share(when["rank_share"])
            most = np.array([_first(partial(exceeds, bar=share * n), share * n) - 1 for n in counts])
            return partial(self._ahead, most)
        if "grade" in when:
            names = [when["grade"]] if isinstance(when["grade"], str) else list(when["grade"])
            return lambda drawn: np.isin(drawn.grade, [self.words.index(n) for n in names if n in self.words])
        if "pending" in when:
            return lambda drawn: drawn.pending != SETTLED
        raise NotVectorisedError(f"条件“{next(iter(when))}”")

    def _bars(self, when: When) -> Callable[[Drawn], Mask]:
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
        there = ~self.lacking.get(when["score"], np.zeros(len(self.table.subjects), dtype=bool))[None]
        bars = [(test, int(bar) << self.table.bits) for test, bar in
                ((np.greater_equal, least), (np.less, under)) if np.isfinite(bar)]  # fmt: skip

        def met(drawn: Drawn) -> Mask:
            figures, found = drawn.figures[when["score"]], there
            for test, bar in bars:
                found = both(found, short(test(figures, bar)))
            return found

        return met

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

    def _last(self, name: str) -> Callable[[Drawn], Mask]:
        """The lowest published figure of a category of at least two that have it."""
        categories = np.array(self.table.categories, dtype=object)
        there = ~self.lacking.get(name, np.zeros(len(categories), dtype=bool))
        members = [np.flatnonzero((categories == category) & there) for category in dict.fromkeys(categories)]
        places = [place_of(columns) for columns in members if len(columns) >= 2]

        def met(drawn: Drawn) -> Mask:
            if name in drawn.last:
                return drawn.last[name]
            figures = drawn.figures[name]
            drawn.last[name] = last = np.zeros(figures.shape, dtype=bool)
            for place in places:
                own = figures[:, place]
                last[:, place] = own <= own.min(axis=1, keepdims=True) | widest(drawn.bits)
            return last

        return met

    # --- for every chunk of draws -------------------------------------------------------------------------------------

    def judge(self, drawn: Drawn) -> None:
        """Take the steps: grades and pending questions of the draws."""
        start = self.start
        drawn.grade, drawn.pending, drawn.ceiling = start.grade.copy(), start.pending.copy(), start.ceiling.copy()
        for step in self.steps:
            step(drawn)


def _first(test: Callable[[int], np.ndarray], near: float) -> int:
    """The lowest whole number that passes a test which all higher ones pass; it is near this figure."""
    return next(h for h in range(int(np.floor(near)) - 2, int(np.ceil(near)) + 4) if test(h))


def _joined(tests: list[Callable[[Drawn], Mask]], join: np.ufunc) -> Callable[[Drawn], Mask]:
    def met(drawn: Drawn) -> Mask:
        found = tests[0](drawn)
        for test in tests[1:]:
            found = join(found, test(drawn))
        return found if len(found) == 1 else short(found)

    return met


def _give(drawn: Drawn, level: int, when: Callable[[Drawn], Mask]) -> None:
    """A grade by condition, lowered to the ceiling."""
    where = both(drawn.open, when(drawn))
    put(drawn, "grade", np.maximum(drawn.ceiling, np.int8(level)), where)


def _lower(drawn: Drawn, level: int, when: Callable[[Drawn], Mask]) -> None:
    lower = both(drawn.open, when(drawn))
    drawn.ceiling = np.maximum(drawn.ceiling, lower.view(np.int8) * np.int8(level))
