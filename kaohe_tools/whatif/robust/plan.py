"""What is drawn at random: multipliers of parts and of indicators, and the weights that they make.

One multiplier stands for one figure of the regulation or of an indicator table: a part has one for all categories, an
indicator one in each category. Multipliers are independent; weights are renormalised, so these are not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kaohe_tools.scheme import Stage
from kaohe_tools.whatif.weights import points_of

SPREAD, SIMPLEX = "spread", "simplex"
PARTS, INDICATORS, BOTH = "parts", "indicators", "both"


@dataclass(frozen=True)
class Plan:
    """How weights are drawn.

    way: `spread`, each weight between 1 − spread and 1 + spread of today's, all alike likely, then renormalised to the
    total; `simplex`, every division of the total alike likely (Dirichlet with all parameters 1). level: `parts`, the
    leaf parts of a category share its total anew; `indicators`, the indicators of a leaf part share its points anew and
    parts stay; `both`. Raises ValueError where that makes no sense.
    """

    draws: int = 1000
    seed: int = 1
    way: str = SPREAD
    spread: float = 0.2
    level: str = PARTS

    def __post_init__(self) -> None:
        if self.draws < 1:
            raise ValueError("抽样次数至少为 1")
        if self.way not in (SPREAD, SIMPLEX):
            raise ValueError(f"抽法“{self.way}”不对，可选：{SPREAD}（各自上下浮动）、{SIMPLEX}（任意分配）")
        if not 0 < self.spread <= 1:
            raise ValueError(f"浮动幅度 {self.spread:g} 不对，应大于 0、不超过 1（如 0.2 表示上下浮动 20%）")
        if self.level not in (PARTS, INDICATORS, BOTH):
            raise ValueError(f"层次“{self.level}”不对，可选：{PARTS}（部分）、{INDICATORS}（指标）、{BOTH}（两者）")

    @property
    def with_parts(self) -> bool:
        return self.level != INDICATORS

    @property
    def with_indicators(self) -> bool:
        return self.level != PARTS

    def in_words(self) -> str:
        """How weights were drawn, in Chinese."""
        what = {PARTS: "各部分的分值", INDICATORS: "各部分内各指标的分值", BOTH: "各部分和各指标的分值"}[self.level]
        kept = "每个部分的分值" if self.level == INDICATORS else "总分"
        if self.way == SIMPLEX:
            return f"{what}任意分配（各种分法机会均等），{kept}不变"
        return f"{what}各自在上下 {self.spread * 100:g}% 之内浮动，再折回，{kept}不变"


@dataclass(frozen=True)
class Key:
    """What one multiplier belongs to: a part (category ""), or an indicator of a category."""

    leaf: str
    category: str = ""
    project: str = ""
    indicator: str = ""

    @property
    def name(self) -> str:
        """For people: the part, or the indicator with its 考核项目."""
        return "·".join(filter(None, (self.project, self.indicator))) or self.leaf


class Draws:
    """The multipliers, chunk by chunk; the same for the same seed, whatever the chunks."""

    def __init__(self, plan: Plan, count: int) -> None:
        self.plan, self.count = plan, count
        self._random = np.random.default_rng(plan.seed)
        self._left = np.zeros(0, dtype="<u2")  # of a word, what the chunk before did not need

    def take(self, rows: int) -> np.ndarray:
        """The next rows × multipliers (float64).

        Within a spread a multiplier is one of 2 to the 16th evenly spaced values, far finer than what any number of
        draws can tell apart: four come from one random word.
        """
        if self.plan.way == SIMPLEX:
            return self._random.standard_exponential((rows, self.count))
        wanted = rows * self.count
        words = self._random.bit_generator.random_raw((wanted - len(self._left) + 3) // 4).view("<u2")
        if len(self._left):
            words = np.concatenate([self._left, words])
        self._left = words[wanted:]
        step = 2 * self.plan.spread / 2**16
        raw = words[:wanted].astype(float).reshape(rows, self.count)
        raw *= step
        raw += 1 - self.plan.spread + step / 2
        return raw


def shares_below(plan: Plan, raw: np.ndarray) -> np.ndarray:
    """By draw, the share of all possible values of a multiplier that lie below this one: uniform over 0 to 1."""
    return -np.expm1(-raw) if plan.way == SIMPLEX else (raw - 1 + plan.spread) / (2 * plan.spread)


Place = slice | np.ndarray


def place_of(columns: np.ndarray) -> Place:
    """Columns as a slice where they stand side by side, so that taking them makes no copy.

    >>> place_of(np.array([3, 4, 5])), place_of(np.array([4, 3])).tolist()
    (slice(3, 6, None), [4, 3])
    """
    first, count = int(columns[0]), len(columns)
    side_by_side = bool((columns == np.arange(first, first + count)).all())
    return slice(first, first + count) if side_by_side else columns


@dataclass(frozen=True)
class Leaves:
    """The leaf parts of a category: names, today's points, and where their multipliers are (place
    None: not drawn); base: what a multiplier of 1 stands for.
    """

    names: tuple[str, ...]
    points: np.ndarray
    columns: np.ndarray
    place: Place | None
    base: np.ndarray

    def weights(self, raw: np.ndarray) -> np.ndarray:
        """Points, leaves × draws (one column where parts are not drawn), summing to the total."""
        if self.place is None:
            return self.points[:, None]
        own = raw[:, self.place]
        drawn = np.empty((len(self.names), len(raw)))
        np.multiply(own.T, self.base[:, None], out=drawn)
        drawn *= self.points.sum() / (own @ self.base)
        return drawn


def base_of(plan: Plan, points: np.ndarray) -> np.ndarray:
    """What a multiplier of 1 stands for: today's points, or on the simplex the same for all that have points."""
    return (points > 0).astype(float) if plan.way == SIMPLEX else points.astype(float)


def leaves_of(plan: Plan, stage: Stage, categories: Sequence[str], keys: Mapping[Key, int]) -> dict[str, Leaves]:
    """By category, its leaf parts."""
    found = {}
    for category in categories:
        today = points_of(stage, category)
        points = np.array(list(today.values()), dtype=float)
        columns = np.array([keys[Key(name)] for name in today if Key(name) in keys], dtype=int)
        place = place_of(columns) if len(columns) == len(today) else None
        found[category] = Leaves(tuple(today), points, columns, place, base_of(plan, points))
    return found


def part_keys(stage: Stage, categories: Sequence[str]) -> list[Key]:
    """One multiplier for each leaf part, in the scheme's order; none where no category has two parts to weigh."""
    today = [points_of(stage, category) for category in categories]
    if all(len(points) < 2 for points in today):
        return []
    order = [part.name for top in stage.parts for part in top.walk()]
    return [Key(name) for name in order if any(name in points for points in today)]


def factors(plan: Plan, drawn: np.ndarray, points: np.ndarray) -> np.ndarray:
    """By draw and indicator of one part of one subject, by what its points are multiplied; their sum stays.

    `drawn`: draws × indicators, their multipliers. An indicator of no points is not changed on the simplex.
    """
    total = points.sum()
    if plan.way == SIMPLEX:
        some = points > 0
        weights = drawn * some
        weights *= (total / weights.sum(axis=1))[:, None]
        return np.divide(weights, points, out=np.ones_like(weights), where=some)
    return drawn * (total / (drawn @ points))[:, None]
