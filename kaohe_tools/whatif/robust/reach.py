"""How far weights can carry a figure: its bounds over everything that may be drawn, and who can be the last of all.

A share of points is an average of the rates of its indicators, weighted by what is drawn. Over multipliers that lie
independently between two bounds such an average is least where those below some rate have the greatest multiplier and
all others the least one (a fractional linear function over a box has its least value in a corner).
"""

from __future__ import annotations

import numpy as np

from kaohe_tools.whatif.robust.model import Builder
from kaohe_tools.whatif.robust.plan import SIMPLEX
from kaohe_tools.whatif.robust.scores import Profile

NOISE = 1e-6  # hundredths: far above binary noise, far below what is published
NEAR = 3  # of those who come lowest, so many are held against all others


class Reach:
    """Bounds of the figures of a stage, in hundredths, unrounded; infinite where a figure is not linear."""

    def __init__(self, builder: Builder) -> None:
        self.builder, plan = builder, builder.table.plan
        self.within = (0.0, 1.0) if plan.way == SIMPLEX else (1 - plan.spread, 1 + plan.spread)

    def between(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """By column, what a published figure is never below, and never above."""
        low, high = np.full((2, len(self.builder.column)), -np.inf)
        for profile, own in self.builder.made:
            mine, scale, constants = self.builder.terms(name, profile)
            low[profile.members] = constants + scale * self._least(profile, own, mine)
            high[profile.members] = constants - scale * self._least(profile, -own, mine)
        return np.floor(low + 0.5 - NOISE), np.floor(high + 0.5 + NOISE)

    def lowest(self, name: str, members: np.ndarray) -> np.ndarray:
        """Those of some columns who can have the lowest published figure of them all."""
        _, high = self.between(name)
        never = np.zeros(len(high), dtype=bool)
        for profile, own in self.builder.made:
            mine, scale, constants = self.builder.terms(name, profile)
            among = np.flatnonzero(np.isin(profile.members, members))
            for one in among[np.argsort(high[profile.members[among]], kind="stable")[:NEAR]]:
                if not np.isfinite(high[profile.members[one]]):
                    continue
                above = scale * self._least(profile, own - own[:, [one]], mine) + constants - constants[one]
                never[profile.members] |= above >= 1 + NOISE
        return members[~never[members]]

    def _least(self, profile: Profile, own: np.ndarray, mine: np.ndarray) -> np.ndarray:
        """By member, the least that the elements (× members) of some leaves come to, in points."""
        unknown = np.full(own.shape[1], -np.inf)
        if profile.grown:
            return unknown
        shares = np.zeros((len(profile.leaves.names), own.shape[1]))
        for block in profile.blocks:
            here = own[block.start : block.stop]
            if not mine[block.leaf]:
                continue
            if block.points is None:
                shares[block.leaf] = here[0]
            elif (block.points == 0).any():
                return unknown
            else:
                rates = here if self.builder.table.plan.way == SIMPLEX else here / block.points[:, None]
                shares[block.leaf] = least_average(rates, block.base, *self.within)
        points = profile.leaves.points
        some = points > 0
        if profile.leaves.place is None:
            least = points @ shares
        else:
            least = points.sum() * least_average(shares[some], profile.leaves.base[some], *self.within)
        least[[clip.member for clip in profile.clips if mine[clip.block.leaf]]] = -np.inf
        return least


def least_average(values: np.ndarray, base: np.ndarray, low: float, high: float) -> np.ndarray:
    """By column, the least average of values, each weighted by its base times anything between two bounds.

    >>> least_average(np.array([[1.0], [3.0]]), np.array([1.0, 1.0]), 0.5, 1.5).tolist()
    [1.5]
    """
    order = np.argsort(values, axis=0)
    weights = base[order]
    sums = (np.take_along_axis(values, order, axis=0) * weights).cumsum(axis=0)
    weights = weights.cumsum(axis=0)
    reached = (low * sums[-1] + (high - low) * sums) / (low * weights[-1] + (high - low) * weights)
    return reached.min(axis=0)
