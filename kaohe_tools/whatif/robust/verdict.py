"""The steps of grading over many draws at once: what does not hang on weights is asked of the engine, once.

The mechanics are those of `grading` and `conditions`, and are tested against them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from kaohe_tools.grading import TIED
from kaohe_tools.places import open_pools
from kaohe_tools.scheme import COMPOSITE, Step, in_force
from kaohe_tools.stages import group_names
from kaohe_tools.whatif.robust.asking import Asker, Condition, Hanging, Known
from kaohe_tools.whatif.robust.drawn import GRADE, PENDING, SETTLED, Drawn, Given, both
from kaohe_tools.whatif.robust.engine import NotVectorisedError
from kaohe_tools.whatif.robust.model import Table
from kaohe_tools.whatif.robust.orders import Order
from kaohe_tools.whatif.robust.pools import Pool, Still
from kaohe_tools.whatif.robust.reach import Reach

_STEPS = ("set", "give", "baseline", "ceiling", "flag", "pending", "places", "mark")


class Judge:
    """The grading steps of a stage, made ready. Raises NotVectorisedError where one cannot be taken over many draws."""

    def __init__(self, table: Table, reach: Reach) -> None:
        self.table, self.view = table, table.taken.view
        self.case, self.stage = table.taken.case, table.taken.stage
        if self.stage.tie_break:
            raise NotVectorisedError("得分相同时还要比较其他部分")
        self.words = list(self.stage.grades)
        self.asker = Asker(table, reach, self.words)
        self.pendings = [""]
        self.proposals: dict[int, str] = {}
        self.groups = group_names(self.stage, self.view.frame)
        steps = [step for step in self.stage.steps if in_force(step.only_if, self.case.readings)]
        asked = [(step, self.asker.condition(step.when)) for step in steps if step.kind not in ("flag", "mark")]
        asked = [(step, when) for step, when in asked if when.possible.any()]
        capped = [when.possible[0] for step, when in asked if step.kind == "ceiling" and isinstance(when, Hanging)]
        self.capped = np.flatnonzero(np.any(capped, axis=0)) if capped else np.zeros(0, dtype=int)
        self.levels: set[int] = set()
        self._still = Still(self._begin([]), np.zeros(len(table.subjects), dtype=bool), *reach.between(COMPOSITE))
        ready = [self._ready(*each) for each in asked]
        still = [step.kind != "places" and isinstance(when, Known) for step, when in asked]
        before = still.index(False) if False in still else len(still)
        self.start = self._begin(ready[:before])
        self.steps = ready[before:]

    def _begin(self, steps: list[Callable[[Drawn], None]]) -> Drawn:
        """What the first steps come to, as far as they are the same in all draws."""
        width = len(self.table.subjects)
        row, none = np.ones((1, width), dtype=bool), np.zeros((1, width), dtype=np.int8)
        drawn = Drawn({}, {}, self.table.bits, {}, row, none, (self.capped, none[:, self.capped]))
        for step in steps:
            step(drawn)
        return drawn

    # --- once ---------------------------------------------------------------------------------------------------------

    def _ready(self, step: Step, when: Condition) -> Callable[[Drawn], None]:
        """A step as a function of draws, put into force for those of whom it is known."""
        ready = self._made(step, when)
        if step.kind != "places" and isinstance(when, Known):
            ready(self._still.drawn)
        else:
            self._still.touched[:] |= when.possible[0]
        return ready

    def _made(self, step: Step, when: Condition) -> Callable[[Drawn], None]:
        """A step as a function that changes grades, pending questions or ceilings of draws."""
        if step.kind not in _STEPS:
            raise NotVectorisedError(f"步骤“{step.kind}”")
        if step.kind == "places":
            return self._places(step, when)
        if step.kind == "pending":
            code = self._pending(step.word, step.proposal)
            return lambda drawn: drawn.settle(Given(PENDING, code, both(drawn.open, when(drawn))))
        if step.word not in self.words:
            self.words.append(step.word)
        level = self.words.index(step.word)
        if step.kind == "ceiling":
            self.levels |= {level} if isinstance(when, Hanging) and level else set()
            return lambda drawn: drawn.lower(level, when(drawn))
        if step.kind == "set":
            return lambda drawn: drawn.settle(Given(GRADE, level, both(drawn.open, when(drawn))))
        return lambda drawn: drawn.give(level, both(drawn.open, when(drawn)))

    def _pending(self, word: str, proposal: str = "") -> int:
        """The number of a pending question."""
        self.pendings.append(word)
        self.proposals[len(self.pendings) - 1] = proposal
        return len(self.pendings) - 1

    def _places(self, step: Step, when: Condition) -> Callable[[Drawn], None]:
        """Places of one grade, pool by pool; who is in a pool and its number do not hang on weights."""
        for condition in (c for pool in step.pools for c in (pool.members, pool.count, *(s[0] for s in pool.shares))):
            if condition is not None and self.asker.hangs(condition):
                raise NotVectorisedError(f"“{step.word}”名额的范围随得分而变")
        level = self.words.index(step.word)
        first = None
        if step.first is not None and in_force(step.first.only_if, self.case.readings):
            first = self.asker.condition(step.first.when)
        tied = self._pending(TIED)
        if not isinstance(when, Known):
            self._still.touched[:] |= when.possible[0]
        takes = []
        for pool in open_pools(self.case, step, self.view, self.groups):
            unset = self._pending(pool.sum_text) if pool.places is None else SETTLED
            takes.append(Pool(self.table, pool, level, tied, unset, when, first, when.possible, self._still))
            self._still.touched[pool.members[self.table.subjects]] = True

        def take(drawn: Drawn) -> None:
            for pool in takes:
                pool.take(drawn)

        return take

    # --- for every chunk of draws -------------------------------------------------------------------------------------

    def judge(
        self, figures: Mapping[str, np.ndarray], lowest: Mapping[str, np.ndarray], orders: Mapping[str, Order]
    ) -> Drawn:
        """Take the steps. See `Drawn`."""
        start = self.start
        known = start.open, start.ceiling, start.capped, self.levels, list(start.given)
        drawn = Drawn(figures, lowest, self.table.bits, orders, *known)
        for step in self.steps:
            step(drawn)
        return drawn
