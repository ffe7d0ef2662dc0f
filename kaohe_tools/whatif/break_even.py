"""Break-even weights: the smallest change of a part's points at which a subject gains or loses the best grade.

The other parts share the rest of the total as today. Weights are whole hundredths of a point, so a break-even is exact:
at it the grade differs, at every hundredth between it and today's points it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor

import numpy as np
import pandas as pd
from tqdm import tqdm

from kaohe_tools.assess import Assessment, assess_valued
from kaohe_tools.scheme import Part, Stage
from kaohe_tools.whatif.compare import holds_best
from kaohe_tools.whatif.lines import STEP, Scored, Weight, lines_of, scored_of, weight_of
from kaohe_tools.whatif.robust.engine import Taken, take_stage
from kaohe_tools.whatif.secrecy import caution, tells_of_few
from kaohe_tools.whatif.sweep import Field, UnsupportedError, figures_needed, outcome, today
from kaohe_tools.whatif.variant import Base
from kaohe_tools.whatif.weights import reweighed

CLOSED, SEARCHED = "闭式", "逐点"
_CELLS = 400_000  # subjects × weights worked on at once
BEST, HALF, OUT = 2, 1, 0  # standing: has the best grade, is pending, neither
_PROBES = 40  # trials in each direction where grades are found by reassessment alone


@dataclass(frozen=True)
class Turn:
    """The nearest weight in one direction at which a standing differs: points × 100, and who moves the other way."""

    step: int
    rivals: tuple[int, ...] = ()


@dataclass(frozen=True)
class BreakEven:
    """One subject and one part. today: points of the part; up, down: the nearest turn in each direction, None: none.

    has_best: whether the subject has the best grade today. total: what all parts of the category add up to.
    way: 闭式 (every hundredth of a point worked out from affine scores) or 逐点 (found by reassessments).
    """

    stage: str
    category: str
    subject: int
    part: str
    today: Fraction
    total: Fraction
    has_best: bool
    up: Turn | None
    down: Turn | None
    way: str

    @property
    def nearest(self) -> Turn | None:
        """The smaller change of the two; upward where both are as near."""
        turns = [turn for turn in (self.up, self.down) if turn]
        return min(turns, key=lambda turn: abs(Fraction(turn.step, STEP) - self.today)) if turns else None


def parts_of(stage: Stage, category: str) -> list[tuple[Part, Weight]]:
    """Top and leaf parts of a category whose weight can be changed against the others, each set of leaves once."""
    found: list[tuple[Part, Weight]] = []
    for top in stage.parts:
        for part in top.walk():
            weight = weight_of(stage, category, part)
            if weight is not None and weight.leaves not in [other.leaves for _, other in found]:
                found.append((part, weight))
    return found


def break_evens(
    base: Base,
    stages: Sequence[str] | None = None,
    categories: Sequence[str] | None = None,
    parts: Sequence[str] | None = None,
    notes: list[str] | None = None,
    progress: bool = False,
) -> list[BreakEven]:
    """Break-even weights of all subjects for all parts, or those of some stages, categories, parts.

    Stages without grades have none. A part judged by too few voters is left out; `notes` gets why.
    """
    scheme = base.case.scheme
    jobs = [
        (name, category, part, weight)
        for name, category in base.present
        if scheme.stages[name].grades and (stages is None or name in stages)
        if categories is None or category in categories
        for part, weight in parts_of(scheme.stages[name], category)
        if parts is None or part.name in parts
    ]
    found: list[BreakEven] = []
    taken: dict[str, Taken] = {}
    scored: dict[tuple[str, str], dict[int, Scored] | None] = {}
    for name, category, part, weight in tqdm(jobs, desc="临界分值", unit="项", disable=not progress):
        if tells_of_few(base.assessment, name, category, weight.leaves):
            if notes is not None:
                notes.append(caution(base.assessment, name, category, weight.leaves))
            continue
        if name not in taken:
            taken[name] = take_stage(base.prepared, base.worth, base.case, name)
        if (name, category) not in scored:
            scored[name, category] = _scored_or_none(base, scheme.stages[name], category)
        found += _of_part(base, taken[name], category, part, weight, scored[name, category])
    return found


def _scored_or_none(base: Base, stage: Stage, category: str) -> dict[int, Scored] | None:
    """What the contributions say of a category; None where scores are no affine function of a weight."""
    try:
        return scored_in(base, stage, category)
    except UnsupportedError:
        return None


def _of_part(
    base: Base, taken: Taken, category: str, part: Part, weight: Weight, scored: Mapping[int, Scored] | None
) -> list[BreakEven]:
    frame = taken.view.frame
    numbers = frame.index[frame["category"] == category]
    now = _standing_of(base.assessment)
    try:
        if scored is None:
            raise UnsupportedError("parts that were left out")
        standing = standings(base, taken, category, weight, scored)
        up, down = (_first_turns(standing, now[frame.index], numbers, steps) for steps in directions(weight))
        way = CLOSED
    except UnsupportedError:
        up, down = (_searched(base, taken.stage, category, weight, now, numbers, steps) for steps in directions(weight))
        way = SEARCHED
    return [
        BreakEven(
            taken.stage.name, category, int(number), part.name, weight.today, weight.total,
            bool(now[number] == BEST),
            up.get(number), down.get(number), way,
        )
        for number in numbers
    ]  # fmt: skip


def _standing(best: np.ndarray, pending: np.ndarray) -> np.ndarray:
    return np.where(best, BEST, np.where(pending, HALF, OUT)).astype(np.int8)


def _standing_of(assessment: Assessment) -> pd.Series:
    pending = assessment.grades["pending"] != ""
    return pd.Series(_standing(holds_best(assessment), pending), index=assessment.grades.index)


def directions(weight: Weight) -> tuple[np.ndarray, np.ndarray]:
    """The weights above and below today's in hundredths of a point, nearest first."""
    above = np.arange(floor(weight.today * STEP) + 1, floor(weight.total * STEP) + 1)
    below = np.arange(ceil(weight.today * STEP) - 1, -1, -1)
    return above, below


# --- closed form ------------------------------------------------------------------------------------------------------


def scored_in(base: Base, stage: Stage, category: str) -> dict[int, Scored]:
    """What today's contributions say of a category's subjects. Raises UnsupportedError (see `scored_of`)."""
    rows, subjects = base.assessment.contributions, base.assessment.subjects
    numbers = subjects.index[(subjects["stage"] == stage.name) & (subjects["category"] == category)]
    return scored_of(stage, category, rows[rows["subject"].isin(numbers)])


def standings(
    base: Base, taken: Taken, category: str, weight: Weight, scored: Mapping[int, Scored] | None = None
) -> Callable[[np.ndarray], np.ndarray]:
    """A function that gives everybody's standing (see BEST) at some weights: subjects of the stage × weights."""
    field = fields(base, taken, category, weight, scored)

    def standing(steps: np.ndarray) -> np.ndarray:
        found = outcome(field(steps))
        return _standing(found.best, found.pending)

    standing(np.array([floor(weight.today * STEP)]))  # says at once where a stage cannot be swept
    return standing


def fields(
    base: Base, taken: Taken, category: str, weight: Weight, scored: Mapping[int, Scored] | None = None
) -> Callable[[np.ndarray], Field]:
    """A function that puts a stage under some weights of a part (in hundredths), published scores worked out exactly.

    Raises UnsupportedError where scores are no affine function of the weight.
    """
    stage, view = taken.stage, taken.view
    scored = scored or scored_in(base, stage, category)
    lines = lines_of(taken.case, stage, category, view, scored, weight, figures_needed(stage))
    mine = (view.frame["category"] == category).to_numpy()
    fixed = {name: today(view, name) for name in lines}

    def field(steps: np.ndarray) -> Field:
        figures = {}
        for name, line in lines.items():
            figures[name] = np.repeat(fixed[name][:, None], len(steps), axis=1)
            figures[name][mine] = line.published(steps)
        return Field(taken.case, stage, view, figures)

    return field


def _first_turns(standing: Callable, now: pd.Series, numbers: pd.Index, steps: np.ndarray) -> dict[int, Turn]:
    """By subject the first of the weights at which it has the best grade and had not, or the reverse."""
    last, index = now.to_numpy()[:, None], now.index
    had, waiting = last == BEST, index.isin(numbers)
    found: dict[int, Turn] = {}
    for block in _blocks(steps, len(index)):
        states = np.hstack([last, standing(block)])
        turned = (states[:, 1:] == BEST) != had
        for i in np.flatnonzero(waiting & turned.any(axis=1)):
            k = int(np.argmax(turned[i]))
            found[int(index[i])] = Turn(int(block[k]), _opposite(states[:, k], states[:, k + 1], i, index))
            waiting[i] = False
        if not waiting.any():
            break
        last = states[:, -1:]
    return found


def _opposite(before: np.ndarray, after: np.ndarray, i: int, index: pd.Index) -> tuple[int, ...]:
    """Who moves the other way at the weight at which the i-th moves."""
    moves = after.astype(int) - before
    return tuple(int(number) for number in index[np.sign(moves) == -np.sign(moves[i])])


def _blocks(steps: np.ndarray, subjects: int) -> Iterator[np.ndarray]:
    size = max(_CELLS // max(subjects, 1), 1)
    for begin in range(0, len(steps), size):
        yield steps[begin : begin + size]


# --- by reassessment --------------------------------------------------------------------------------------------------


def _searched(
    base: Base, stage: Stage, category: str, weight: Weight, now: pd.Series, numbers: pd.Index, steps: np.ndarray
) -> dict[int, Turn]:
    """As `_first_turns`, by reassessments: at some weights, then halving between the first that differs and the last.

    Of several turns between two trials one is found, not always the nearest.
    """
    known: dict[int, np.ndarray] = {-1: now[numbers].to_numpy()}

    def state(k: int) -> np.ndarray:
        if k not in known:
            there = reassessed(base, stage.name, category, weight, int(steps[k]))
            known[k] = _standing_of(there)[numbers].to_numpy()
        return known[k]

    def differs(k: int, i: int) -> bool:
        return (state(k)[i] == BEST) != (known[-1][i] == BEST)

    if not len(steps):
        return {}
    trials = sorted({*range(0, len(steps), max(len(steps) // _PROBES, 1)), len(steps) - 1})
    found: dict[int, Turn] = {}
    for i, number in enumerate(numbers):
        low = -1
        for high in trials:
            if differs(high, i):
                break
            low = high
        else:
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if differs(middle, i) else (middle, high)
        found[int(number)] = Turn(int(steps[high]), _opposite(state(low), state(high), i, numbers))
    return found


def reassessed(base: Base, stage: str, category: str, weight: Weight, step: int) -> Assessment:
    """The whole case at a weight (in hundredths) of a part."""
    w = Fraction(step, STEP)
    points = {leaf: {category: float(a + b * w)} for leaf in weight.points for a, b in [weight.of_leaf(leaf)]}
    return assess_valued(
        base.prepared, base.worth, replace(base.case, scheme=reweighed(base.case.scheme, stage, points))
    )
