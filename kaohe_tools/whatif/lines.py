"""Published scores as exact functions of one weight: 综合得分 is affine in it, a_i + b_i·w, the total kept.

Coefficients are fractions made from the decimal scores, so that a sum that is 46.345 on paper is 46.35 when published.
Leaves with a floor (扣完为止) or a zero (该项不得分) bend; they are kept beside the affine part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pandas as pd

from kaohe_tools.case import Case
from kaohe_tools.conditions import View, holds
from kaohe_tools.exact import PUBLISHED, SNAP
from kaohe_tools.scheme import COMPOSITE, Part, Stage, in_force
from kaohe_tools.whatif.sweep import UnsupportedError

STEP = 100  # break-even weights are whole hundredths of a point
_NOISE = 12  # decimals of a score that are not binary noise
_NEAR = 1e-5  # how near to a half a figure is worked out in fractions


@dataclass(frozen=True)
class Bend:
    """A leaf that does not fall below `at`, or counts nothing: by subject what it adds, a + b·w before that."""

    a: list[Fraction]
    b: list[Fraction]
    at: Fraction | None
    nothing: np.ndarray
    factor: Fraction

    def of(self, at: Sequence[int]) -> Bend:
        """The same for some of the subjects."""
        return replace(self, a=[self.a[i] for i in at], b=[self.b[i] for i in at], nothing=self.nothing[list(at)])

    def value(self, i: int, w: Fraction) -> Fraction:
        plain = self.a[i] + self.b[i] * w
        floored = plain if self.at is None else max(plain, self.at)
        return self.factor * (floored - max(plain, Fraction(0)) if self.nothing[i] else floored)

    def values(self, w: np.ndarray) -> np.ndarray:
        plain = _floats(self.a)[:, None] + _floats(self.b)[:, None] * w
        floored = plain if self.at is None else np.maximum(plain, float(self.at))
        return float(self.factor) * np.where(self.nothing[:, None], floored - np.maximum(plain, 0.0), floored)


@dataclass(frozen=True)
class Line:
    """A score of the subjects of a category by one weight w: a + b·w, and the leaves that bend."""

    a: list[Fraction]
    b: list[Fraction]
    bends: tuple[Bend, ...] = ()

    def value(self, i: int, w: Fraction) -> Fraction:
        """The exact, unrounded score of the i-th subject."""
        return self.a[i] + self.b[i] * w + sum((bend.value(i, w) for bend in self.bends), Fraction(0))

    def published(self, steps: np.ndarray) -> np.ndarray:
        """Published scores in hundredths, subjects × weights; `steps`: weights in hundredths of a point.

        Worked out in floats, and in fractions wherever a float lies too near to a half to tell.
        """
        w = np.asarray(steps, dtype=float) / STEP
        values = _floats(self.a)[:, None] + _floats(self.b)[:, None] * w
        for bend in self.bends:
            values = values + bend.values(w)
        scaled = np.abs(values) * 10**PUBLISHED
        whole = (np.sign(values) * np.floor(scaled + 0.5)).astype(np.int64)
        for i, k in np.argwhere(np.abs(scaled - np.floor(scaled) - 0.5) < _NEAR):
            whole[i, k] = published_exactly(self.value(i, Fraction(int(steps[k]), STEP)))
        return whole


def published_exactly(value: Fraction) -> int:
    """An exact score as published, in hundredths: rounded half away from zero, what lies beyond 1e-9 dropped first.

    >>> published_exactly(Fraction("92.345")), published_exactly(Fraction("-0.005")), published_exactly(Fraction(1, 3))
    (9235, -1, 33)
    """
    snapped = abs(round(value * 10**SNAP))
    half = 10 ** (SNAP - PUBLISHED)
    size = (2 * snapped + half) // (2 * half)
    return -size if value < 0 else size


def _floats(values: Sequence[Fraction]) -> np.ndarray:
    return np.array([float(value) for value in values])


def _fraction(value: float) -> Fraction:
    """A figure of the data as the decimal that it is."""
    return Fraction(repr(round(float(value), _NOISE)))


# --- from contributions -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Weight:
    """One part's weight in a category: its leaves, today's points of all leaves, and the total that is kept."""

    leaves: tuple[str, ...]
    points: Mapping[str, Fraction]

    @property
    def today(self) -> Fraction:
        return sum((self.points[leaf] for leaf in self.leaves), Fraction(0))

    @property
    def total(self) -> Fraction:
        return sum(self.points.values(), Fraction(0))

    def of_leaf(self, leaf: str) -> tuple[Fraction, Fraction]:
        """The points of a leaf as a + b·w: its share of w, or its share of what w leaves of the total."""
        mine = leaf in self.leaves
        own, count = (self.today, len(self.leaves)) if mine else (self.total - self.today, 0)
        share = self.points[leaf] / own if own else Fraction(1, count)
        return (Fraction(0), share) if mine else (share * self.total, -share)


def weight_of(stage: Stage, category: str, part: Part) -> Weight | None:
    """A part's weight; None where it is the only part, or nothing is left to share the rest with."""
    points = {leaf.name: _fraction(leaf.points[category]) for leaf in stage.leaves(category)}
    weight = Weight(tuple(leaf.name for leaf in part.leaves(category)), points)
    return weight if weight.leaves and 0 <= weight.today < weight.total else None


def scored_of(stage: Stage, category: str, rows: pd.DataFrame) -> dict[int, Scored]:
    """What the contributions say of the subjects of a category, by number, in order.

    `rows`: their contributions. Raises UnsupportedError where leaves were left out (缺失 exclude).
    """
    return {int(number): Scored(stage, category, own, int(number)) for number, own in rows.groupby("subject")}


def lines_of(
    case: Case,
    stage: Stage,
    category: str,
    view: View,
    scored: Mapping[int, Scored],
    weight: Weight,
    names: Sequence[str],
) -> dict[str, Line]:
    """By figure (综合得分, top parts) the scores of a category's subjects as functions of a weight."""
    here = pd.Index(list(scored))
    parts = {leaf.name: leaf for leaf in stage.leaves(category)}
    factor = _rescaling(case, stage, weight)
    found: dict[str, Line] = {}
    for name in names:
        whole = name == COMPOSITE
        leaves = [leaf for leaf in parts if whole or stage.top_of(leaf) == name]
        if not leaves:
            continue
        grows = factor if whole else Fraction(1)
        a = [one.fixed(stage, name, grows) for one in scored.values()]
        b = [Fraction(0)] * len(a)
        bends = []
        for leaf in leaves:
            own_a, own_b = zip(*(one.leaf(leaf, weight) for one in scored.values()), strict=True)
            bend = _bend(case, parts[leaf], view, here, list(own_a), list(own_b), grows)
            if bend is not None:
                bends.append(bend)
                continue
            a = [x + grows * y for x, y in zip(a, own_a, strict=True)]
            b = [x + grows * y for x, y in zip(b, own_b, strict=True)]
        found[name] = Line(a, b, tuple(bends))
    return found


class Scored:
    """What a subject's contributions say: by leaf the share of its points scored, and what the ledger adds to it."""

    def __init__(self, stage: Stage, category: str, rows: pd.DataFrame, number: int) -> None:
        self.rows = rows
        leaves = {leaf.name for leaf in stage.leaves(category)}
        items = rows[rows["points"].notna() & rows["leaf"].isin(leaves)]
        self.share = {
            leaf: sum(map(_fraction, own["score"]), Fraction(0)) / sum(map(_fraction, own["points"]), Fraction(0))
            for leaf, own in items.groupby("leaf")
        }
        if leaves - self.share.keys():
            raise UnsupportedError(f"parts of subject {number} were left out")
        entries = rows[(rows["points"].isna()) & ((rows["component"] != "") | (rows["indicator"] == "封顶调整"))]
        self.entries = entries.assign(value=[_fraction(value) for value in entries["value"]])
        self.extra = self.entries.groupby("leaf")["value"].sum().to_dict()
        self.leaves = leaves
        self.rescale = stage.rescale

    def leaf(self, name: str, weight: Weight) -> tuple[Fraction, Fraction]:
        """What a leaf adds, as a + b·w, before floors."""
        a, b = weight.of_leaf(name)
        return self.share[name] * a + self.extra.get(name, Fraction(0)), self.share[name] * b

    def fixed(self, stage: Stage, name: str, grows: Fraction) -> Fraction:
        """What no weight moves: entries that belong to no leaf; those that are kept out of a rescaling do not grow."""
        own = {leaf: value for leaf, value in self.extra.items() if leaf not in self.leaves}
        if name != COMPOSITE:
            return sum((value for leaf, value in own.items() if stage.top_of(leaf) == name), Fraction(0))
        keep = self.rescale.keep if self.rescale else ()
        kept = sum(self.entries.loc[self.entries["component"].isin(keep), "value"], Fraction(0))
        return grows * sum(own.values(), Fraction(0)) - (grows - 1) * kept


def _rescaling(case: Case, stage: Stage, weight: Weight) -> Fraction:
    """The factor by which a category that lacks parts has its total scaled up; 1 for others."""
    rescale = stage.rescale
    if rescale is None or not in_force(rescale.only_if, case.readings) or weight.total >= _fraction(rescale.to):
        return Fraction(1)
    return _fraction(rescale.to) / weight.total


def _bend(
    case: Case, leaf: Part, view: View, here: pd.Index, a: list[Fraction], b: list[Fraction], factor: Fraction
) -> Bend | None:
    """A leaf with a floor or a zero in force; None for a plain one."""
    floored = leaf.floor is not None and in_force(leaf.floor.only_if, case.readings)
    nothing = np.zeros(len(here), dtype=bool)
    if leaf.zero is not None:
        nothing = pd.Series(holds(leaf.zero.when, view), index=view.frame.index).loc[here].to_numpy()
    if not floored and not nothing.any():
        return None
    return Bend(a, b, _fraction(leaf.floor.at) if floored else None, nothing, factor)
