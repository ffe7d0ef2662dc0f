"""Reliability: how far the items of a category measure one thing, and what difference in score is mere noise."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kaohe_tools.explore.items import LEAST
from kaohe_tools.explore.maths import Z
from kaohe_tools.explore.study import Matrix

RELIABLE = 0.7  # α that will do for research (Nunnally 1978, p. 245)
DECISIVE = 0.9  # and the least where much hangs on a single score (p. 246)
STEADY = 30  # subjects from which α is tolerably exact: a rule of thumb (Yurdugül 2008, Hacettepe Univ. J. of Education
# 35: 30 do where the items go together closely, else more are needed)
LEAST_ITEMS = 2
DOMINANT = 0.5  # where one item has more than this share of the points α understates: items should weigh alike


@dataclass(frozen=True)
class Reliability:
    """α of the items that every subject has; all figures in points of the composite score.

    items: those with spread, on which it rests. still: those without, which cannot add to it. left: items not held by
    everyone. alpha: NaN where there are too few subjects or items. largest: the item with more than DOMINANT of all
    points ("": none). error: standard error of measurement. noise: a difference between two subjects below this is
    within the error (95 %). without: α where each item is left out.
    """

    subjects: int
    items: tuple[str, ...]
    still: tuple[str, ...]
    left: tuple[str, ...]
    alpha: float
    largest: str
    spread: float
    error: float
    noise: float
    without: pd.Series


def reliability(matrix: Matrix) -> Reliability:
    """Cronbach's α of a matrix, with what follows from it.

    The error of one score is its standard deviation × √(1 − α), that of a difference √2 times as much (Nunnally and
    Bernstein 1994, chapter 6). α counts what the items do not have in common as error, so the noise is an upper bound
    where the parts are meant to measure different things.
    """
    values = matrix.values[matrix.whole]
    moving = [name for name in values if values[name].max() - values[name].min() > 1e-9]
    still = tuple(name for name in values if name not in moving)
    left = tuple(name for name in matrix.values if name not in values)
    enough = matrix.count >= LEAST and len(moving) >= LEAST_ITEMS
    covariances = values[moving].cov().to_numpy() if moving else np.zeros((0, 0))
    alpha = alpha_of(covariances) if enough else math.nan
    spread = math.sqrt(max(covariances.sum(), 0.0)) if matrix.count > 1 else math.nan
    error = spread * math.sqrt(1 - alpha) if 0 <= alpha <= 1 else math.nan
    without = pd.Series(alpha_without(covariances) if enough else math.nan, index=moving, dtype=float)
    noise = error * Z * math.sqrt(2)
    largest = _largest(matrix)
    return Reliability(matrix.count, tuple(moving), still, left, alpha, largest, spread, error, noise, without)


def _largest(matrix: Matrix) -> str:
    """The item with more than DOMINANT of all points, or ""."""
    shares = matrix.info["points"] / matrix.info["points"].sum()
    return str(shares.idxmax()) if len(shares) and shares.max() > DOMINANT else ""


def alpha_of(covariances: np.ndarray) -> float:
    """Cronbach's α of items with these covariances: k/(k−1) × (1 − Σ variances / variance of the sum) (Cronbach 1951).

    >>> round(alpha_of(np.array([[1.0, 0.5], [0.5, 1.0]])), 4)
    0.6667
    """
    count, whole = len(covariances), covariances.sum()
    if count < LEAST_ITEMS or whole <= 1e-18:
        return math.nan
    return float(count / (count - 1) * (1 - np.trace(covariances) / whole))


def alpha_without(covariances: np.ndarray) -> np.ndarray:
    """α of the rest where each item in turn is left out."""
    count = len(covariances)
    kept = [[j for j in range(count) if j != i] for i in range(count)]
    return np.array([alpha_of(covariances[np.ix_(rest, rest)]) for rest in kept])
