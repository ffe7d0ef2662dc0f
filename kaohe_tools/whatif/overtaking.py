"""Overtaking: the smallest change of a part's points at which two subjects of a category change places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from kaohe_tools.scheme import COMPOSITE
from kaohe_tools.whatif.break_even import BreakEven, Turn, directions, parts_of, scored_in
from kaohe_tools.whatif.lines import Line, Weight, lines_of
from kaohe_tools.whatif.robust.engine import take_stage
from kaohe_tools.whatif.secrecy import tells_of_few
from kaohe_tools.whatif.sweep import today
from kaohe_tools.whatif.variant import Base


@dataclass(frozen=True)
class Overtaking:
    """Where a subject and a rival change places by one part's weight. ahead: the subject is ahead today.

    crossing: the weight at which their unrounded scores are equal, None where they never are (or scores bend).
    """

    stage: str
    category: str
    subject: int
    rival: int
    part: str
    today: Fraction
    total: Fraction
    ahead: bool
    up: Turn | None
    down: Turn | None
    crossing: Fraction | None

    nearest = BreakEven.nearest


def overtakings(base: Base, subject: int, rival: int, parts: Sequence[str] | None = None) -> list[Overtaking]:
    """By part, the smallest change of its points at which a subject overtakes a rival, or is overtaken by it.

    Both by number, of one category. Published scores count: equal ones are not overtaken. Raises UnsupportedError where
    parts were left out, ValueError where the two are not of one category.
    """
    who = base.assessment.subjects.loc[[subject, rival]]
    if len(set(zip(who["stage"], who["category"], strict=True))) > 1:
        raise ValueError("weights of one category do not move a subject of another")
    name, category = who.iloc[0][["stage", "category"]]
    taken = take_stage(base.prepared, base.worth, base.case, name)
    scored = scored_in(base, taken.stage, category)
    at = [list(scored).index(number) for number in (subject, rival)]
    found = []
    for part, weight in parts_of(taken.stage, category):
        if (parts is not None and part.name not in parts) or tells_of_few(
            base.assessment, name, category, weight.leaves
        ):
            continue
        line = lines_of(taken.case, taken.stage, category, taken.view, scored, weight, [COMPOSITE])[COMPOSITE]
        scores = today(taken.view, COMPOSITE)[taken.view.frame.index.get_indexer([subject, rival])]
        ahead = bool(scores[0] > scores[1])
        turns = [_overtaken(line, at, ahead, rival, steps) for steps in directions(weight)]
        found.append(
            Overtaking(
                name, category, subject, rival, part.name, weight.today, weight.total, ahead, *turns,
                _crossing(line, at, weight),
            )
        )  # fmt: skip
    return found


def _overtaken(line: Line, at: list[int], ahead: bool, rival: int, steps: np.ndarray) -> Turn | None:
    if not len(steps):
        return None
    two = Line([line.a[i] for i in at], [line.b[i] for i in at], tuple(bend.of(at) for bend in line.bends))
    own, other = two.published(steps)
    turned = own < other if ahead else own > other
    return Turn(int(steps[np.argmax(turned)]), (rival,)) if turned.any() else None


def _crossing(line: Line, at: list[int], weight: Weight) -> Fraction | None:
    """Where two affine scores meet, within the range of the weight."""
    (i, j), slope = at, line.b[at[0]] - line.b[at[1]]
    if line.bends or not slope:
        return None
    met = (line.a[j] - line.a[i]) / slope
    return met if 0 <= met <= weight.total else None
