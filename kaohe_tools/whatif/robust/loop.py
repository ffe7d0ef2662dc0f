"""Draws as full reassessments, one after the other: what the fast way must agree with, and what stands in for it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kaohe_tools.assess import Prepared, Valued
from kaohe_tools.case import Case
from kaohe_tools.exact import hundredths
from kaohe_tools.scheme import COMPOSITE
from kaohe_tools.whatif.robust.engine import Taken, take_stage, with_weights
from kaohe_tools.whatif.robust.model import Table
from kaohe_tools.whatif.robust.plan import Draws, factors
from kaohe_tools.whatif.robust.sampling import Counts, Outcomes


def weights_at(table: Table, raw: np.ndarray) -> tuple[dict[str, dict[str, float]], dict[int, float]]:
    """One draw in words: points by leaf part and category, and by item what its points are multiplied by."""
    points: dict[str, dict[str, float]] = {}
    for category, leaves in table.leaves.items():
        drawn = leaves.weights(raw[None])[:, 0]
        for leaf, own in zip(leaves.names, drawn.tolist(), strict=True):
            points.setdefault(leaf, {})[category] = own
    scale: dict[int, float] = {}
    drawn_items = table.items[table.items["key"] >= 0]
    for _, own in drawn_items.groupby(["subject", "leaf"], sort=False):
        times = factors(table.plan, raw[own["key"].to_numpy()][None], own["points"].to_numpy())[0]
        scale |= dict(zip(own.index, times.tolist(), strict=True))
    return points, scale


def reassessed(prepared: Prepared, worth: Valued, table: Table, raw: np.ndarray) -> tuple[Prepared, Valued, Case]:
    """The case under one draw, to be assessed by `assess_valued`; nothing that is given is changed."""
    points, scale = weights_at(table, raw)
    return with_weights(prepared, worth, table.taken.case, table.taken.stage.name, points, scale)


class Loop:
    """The same questions as `Sampler`, answered by the engine itself, draw by draw."""

    def __init__(self, prepared: Prepared, worth: Valued, table: Table) -> None:
        self.prepared, self.worth, self.table = prepared, worth, table
        self.words, self.pendings = list(table.taken.stage.grades), [""]

    def outcomes(self, raw: np.ndarray) -> Outcomes:
        """Every draw's result."""
        taken = [self._taken(row) for row in raw]
        composite = np.array([hundredths(self._of(t, COMPOSITE)) for t in taken])
        rank = np.array([self._of(t, "rank") for t in taken], dtype=np.int32)
        grade = np.array([[self._number(self.words, w) if w else -1 for w in self._of(t, "grade")] for t in taken])
        pending = np.array([[self._number(self.pendings, w) for w in self._of(t, "pending")] for t in taken])
        return Outcomes(composite, rank, grade, pending)

    def counts(self, told: Callable[[int], object] = lambda rows: None) -> Counts:
        """All draws counted; `told` hears of every one."""
        plan, width = self.table.plan, len(self.table.subjects)
        groups = self.table.groups
        ranks = {name: np.zeros((w.stop - w.start, w.stop - w.start), dtype=np.int64) for name, w in groups.items()}
        grades, pendings = ({number: np.zeros(width, dtype=np.int64) for number in range(99)} for _ in range(2))
        source = Draws(plan, len(self.table.keys))
        for _ in range(plan.draws):
            found = self.outcomes(source.take(1))
            for name, where in groups.items():
                own = found.rank[0, where] - 1
                ranks[name][np.arange(len(own)), own] += 1
            for tally, codes in ((grades, found.grade[0]), (pendings, found.pending[0])):
                for number in set(codes.tolist()) - {-1}:
                    tally[number] += codes == number
            told(1)
        stacked = [np.array([tally[n] for n in range(len(words))]).reshape(-1, width)
                   for tally, words in ((grades, self.words), (pendings, self.pendings))]  # fmt: skip
        return Counts(plan.draws, ranks, *stacked)

    def _taken(self, raw: np.ndarray) -> Taken:
        return take_stage(*reassessed(self.prepared, self.worth, self.table, raw), self.table.taken.stage.name)

    def _of(self, taken: Taken, column: str) -> np.ndarray:
        return taken.view.frame[column].to_numpy()[self.table.subjects]

    def _number(self, words: list[str], word: str) -> int:
        if word not in words:
            words.append(word)
        return words.index(word)
