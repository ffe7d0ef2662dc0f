"""Ranks along a weight: everybody's rank and standing from few points of a part to many, the others pro rata."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor

import numpy as np
import pandas as pd

from kaohe_tools.assess import Assessment
from kaohe_tools.exact import show_short
from kaohe_tools.stages import group_names
from kaohe_tools.whatif.break_even import CLOSED, SEARCHED, fields, parts_of, reassessed
from kaohe_tools.whatif.compare import PEND, holds_best
from kaohe_tools.whatif.lines import STEP, Weight
from kaohe_tools.whatif.robust.engine import take_stage
from kaohe_tools.whatif.secrecy import caution, tells_of_few
from kaohe_tools.whatif.sweep import UnsupportedError, outcome
from kaohe_tools.whatif.variant import Base

GRID, PROBES = 200, 40  # points along the weight at most: worked out in closed form, found by reassessments
ROUND = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)  # hundredths between two of them
_CELLS = 400_000  # subjects × weights worked on at once
_COLUMNS = ["part", "points", "number", "subject", "group", "rank", "grade"]


@dataclass(frozen=True)
class Flow:
    """Ranks of a category along the points of one part.

    table: part, points, number, subject, group (in which it is ranked), rank (published scores; ties share it), grade
    (the best grade, 待定 or "": any other). Points: an even grid from low to high, today's, and the two hundredths at
    every turn of the best grade or 待定; between neighbours nobody's standing changes. way: 闭式, or 逐点 (only the
    grid was looked at). step: points between two of the grid. holders: numbers of those who have the best grade today.
    note: why the table is empty ("": it is not).
    """

    stage: str
    category: str
    part: str
    today: float
    low: float
    high: float
    best_grade: str
    simulated: bool
    holders: frozenset[int]
    table: pd.DataFrame
    step: float = 0.0
    way: str = CLOSED
    note: str = ""


def rank_flow(base: Base, stage: str, category: str, part: str, span: tuple[float, float] | None = None) -> Flow:
    """Everybody's rank from the first to the last of `span` (default: 0 to the total), whole hundredths.

    Today's figures are the assessment's own. Raises ValueError where the part has no weight to change, or the span
    does not lie within 0 to the total.
    """
    weight = _weight(base, stage, category, part)
    low, high = span or (0.0, float(weight.total))
    first, last = ceil(Fraction(str(low)) * STEP), floor(Fraction(str(high)) * STEP)
    if not 0 <= first < last <= weight.total * STEP:
        raise ValueError(f"“{part}”的分值应在 0 到 {show_short(float(weight.total))} 之间，由小到大")
    best = next(iter(base.case.scheme.stages[stage].grades), "")
    best_today = holds_best(base.assessment)
    holders = frozenset(int(n) for n in _members(base.assessment, stage, category) if best_today[n])
    found = Flow(
        stage, category, part, float(weight.today), first / STEP, last / STEP, best, base.case.simulated, holders,
        pd.DataFrame(columns=_COLUMNS),
    )  # fmt: skip
    if tells_of_few(base.assessment, stage, category, weight.leaves):
        why = caution(base.assessment, stage, category, weight.leaves)
        return replace(found, note=why)
    try:
        way, gap = CLOSED, _gap(first, last, GRID)
        states = _closed(base, stage, category, weight, np.arange(first, last + 1), gap)
    except UnsupportedError:
        way, gap = SEARCHED, _gap(first, last, PROBES)
        states = _searched(base, stage, category, weight, np.unique([*range(first, last, gap), last]))
    return replace(found, table=_table(base, found, states), step=gap / STEP, way=way)


def _weight(base: Base, stage: str, category: str, part: str) -> Weight:
    known = {one.name: weight for one, weight in parts_of(base.case.scheme.stages[stage], category)}
    if part not in known:
        choices = f"可选：{'、'.join(known)}" if known else "这个类别没有可以改分值的部分"
        raise ValueError(f"{stage}·{category}的“{part}”不能改分值，{choices}")
    return known[part]


def _gap(first: int, last: int, most: int) -> int:
    """Hundredths between two points of the grid: round, and no more points than `most`.

    >>> _gap(0, 10000, 200), _gap(7000, 9000, 200)
    (50, 10)
    """
    return next(gap for gap in (*ROUND, last) if (last - first) <= gap * most)


State = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]  # hundredths; ranks, best, pending: subjects × hundredths


def _closed(base: Base, stage: str, category: str, weight: Weight, steps: np.ndarray, gap: int) -> State:
    """The category at every `gap`-th of the steps and around every turn; every step is looked at.

    Raises UnsupportedError where grades hang on more than order, bars and findings.
    """
    taken = take_stage(base.prepared, base.worth, base.case, stage)
    field = fields(base, taken, category, weight)
    mine = taken.view.frame.index.get_indexer(_members(base.assessment, stage, category))
    size = max(_CELLS // len(taken.view.frame), 1)
    blocks = [_at(field, mine, steps[begin : begin + size]) for begin in range(0, len(steps), size)]
    ranks, best, pending = (np.hstack(parts) for parts in zip(*blocks, strict=True))
    turns = ((best[:, 1:] != best[:, :-1]) | (pending[:, 1:] != pending[:, :-1])).any(axis=0)
    keep = (steps - steps[0]) % gap == 0
    keep[-1] = True
    keep[1:] |= turns
    keep[:-1] |= turns
    return steps[keep], ranks[:, keep], best[:, keep], pending[:, keep]


def _at(field: Callable, mine: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, ...]:
    under = field(steps)
    found = outcome(under)
    return under.ranks[mine], found.best[mine], found.pending[mine]


def _searched(base: Base, stage: str, category: str, weight: Weight, steps: np.ndarray) -> State:
    """The same at some points, each a reassessment."""
    numbers = _members(base.assessment, stage, category)
    states = [_standing(reassessed(base, stage, category, weight, int(step)), numbers) for step in steps]
    ranks, best, pending = (np.column_stack(parts) for parts in zip(*states, strict=True))
    return steps, ranks, best, pending


def _members(assessment: Assessment, stage: str, category: str) -> pd.Index:
    subjects = assessment.subjects
    return subjects.index[(subjects["stage"] == stage) & (subjects["category"] == category)]


def _standing(assessment: Assessment, numbers: pd.Index) -> tuple[np.ndarray, ...]:
    grades = assessment.grades.loc[numbers]
    best = holds_best(assessment).loc[numbers].to_numpy()
    return grades["rank"].to_numpy(dtype=np.int64), best, (grades["pending"] != "").to_numpy()


def _table(base: Base, flow: Flow, states: State) -> pd.DataFrame:
    """See `Flow.table`; rows by points, then in the roster's order."""
    steps, ranks, best, pending = states
    numbers = _members(base.assessment, flow.stage, flow.category)
    points = steps / STEP
    if flow.low <= flow.today <= flow.high:
        others, at = points != flow.today, np.searchsorted(points[points != flow.today], flow.today)
        now = _standing(base.assessment, numbers)
        points = np.insert(points[others], at, flow.today)
        ranks, best, pending = (
            np.insert(values[:, others], at, today, axis=1)
            for values, today in zip((ranks, best, pending), now, strict=True)
        )
    rows = base.assessment.subjects.loc[numbers]
    groups = group_names(base.case.scheme.stages[flow.stage], rows)
    count = len(points)
    return pd.DataFrame({
        "part": flow.part, "points": np.repeat(points, len(numbers)),
        "number": np.tile(numbers.to_numpy(), count), "subject": np.tile(rows["subject"].to_numpy(), count),
        "group": np.tile(groups, count), "rank": ranks.T.ravel(),
        "grade": np.where(pending, PEND, np.where(best, flow.best_grade, "")).T.ravel(),
    })  # fmt: skip
