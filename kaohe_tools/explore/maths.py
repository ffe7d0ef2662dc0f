"""The few pieces of statistics that numpy and pandas lack, so that the project need not depend on scipy for them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

Z = 1.959963984540054  # 97.5 % quantile of the normal distribution
BANDS = np.geomspace(0.08, 2.0, 12)  # bandwidths that the smoother tries, in standard deviations of x
SHUFFLES = 9_999  # permutations of a test; with the data themselves they make 10,000


def chi_square_tail(value: float, freedom: int) -> float:
    """P(χ² ≥ value) for whole degrees of freedom, by the finite sums (Abramowitz and Stegun 1964, 26.4.4 and 26.4.5).

    >>> round(chi_square_tail(9.488, 4), 3), round(chi_square_tail(3.841, 1), 3)
    (0.05, 0.05)
    """
    if value <= 0:
        return 1.0
    odd = freedom % 2
    term = math.sqrt(2 * value / math.pi) * math.exp(-value / 2) if odd else math.exp(-value / 2)
    total = math.erfc(math.sqrt(value / 2)) if odd else 0.0
    for step in range(1 if odd else 0, freedom // 2 + odd):
        total += term
        term *= value / (2 * step + (1 if odd else 2))
    return min(total, 1.0)


def t_quantile(freedom: int) -> float:
    """97.5 % quantile of Student's t, to 0.01 from 4 degrees of freedom on (Abramowitz and Stegun 1964, 26.7.5).

    >>> round(t_quantile(4), 2), round(t_quantile(10), 3), round(t_quantile(30), 3)
    (2.77, 2.228, 2.042)
    """
    terms = (
        (Z**3 + Z) / 4,
        (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96,
        (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / 384,
    )
    return Z + sum(term / freedom**power for power, term in enumerate(terms, 1))


def correlation_tail(r: float, count: int) -> float:
    """Two-sided p of a correlation that is none, by Fisher's z (Fisher 1921); 1 for fewer than 4 pairs.

    >>> round(correlation_tail(0.707, 8), 2)
    0.05
    """
    if count < 4 or math.isnan(r):
        return 1.0
    return math.erfc(math.atanh(min(abs(r), 1 - 1e-12)) * math.sqrt(count - 3) / math.sqrt(2))


def correlations(table: pd.DataFrame, least: int) -> pd.DataFrame:
    """Pearson correlations between columns over the rows that both have; NaN with fewer than `least`, or no spread."""
    return table.corr(min_periods=least)


def rank_correlations(table: pd.DataFrame, least: int) -> pd.DataFrame:
    """Spearman correlations between columns over the rows that both have, ties sharing their mean rank."""
    names = list(table)
    result = pd.DataFrame(np.nan, index=names, columns=names)
    for one in names:
        for other in names:
            pair = table[[one, other]].set_axis([0, 1], axis=1).dropna().rank()
            result.loc[one, other] = pair.corr(min_periods=least).iloc[0, 1]
    return result


def smooth_share(x: np.ndarray, y: np.ndarray) -> float:
    """Share of the variance of y that a smooth curve in x explains: the correlation ratio, V(E(y|x)) / V(y).

    The curve is a local-linear regression with a Gaussian kernel whose bandwidth leaves the least error where each
    point in turn is predicted by the others. The share is what the residuals leave, for the degrees of freedom that the
    curve takes (Hastie and Tibshirani 1990, Generalized Additive Models). NaN where x or y has no spread.
    """
    if x.std() < 1e-9 or y.std() < 1e-9:
        return math.nan
    scaled = (x - x.mean()) / x.std()
    apart = scaled[None, :] - scaled[:, None]
    freedom, best, error = 1.0, y.mean(), math.inf
    for width in BANDS:
        hat = _local_linear(apart, width)
        fitted, own = hat @ y, np.diag(hat)
        if (own > 1 - 1e-6).any():
            continue  # a point that is its own only neighbour predicts itself
        left_out = float((((y - fitted) / (1 - own)) ** 2).mean())
        if left_out < error - 1e-15:
            freedom, best, error = float(own.sum()), fitted, left_out
    left = ((y - best) ** 2).sum() / (len(y) - freedom)
    return float(np.clip(1 - left / y.var(ddof=1), 0.0, 1.0))


def _local_linear(apart: np.ndarray, width: float) -> np.ndarray:
    """The matrix that turns y into the fitted curve at every point."""
    kernel = np.exp(-0.5 * (apart / width) ** 2)
    zero, one, two = kernel.sum(axis=1), (kernel * apart).sum(axis=1), (kernel * apart**2).sum(axis=1)
    below = zero * two - one**2
    flat = below < 1e-10 * zero**2  # all neighbours at one place: their mean
    safe = np.where(flat, 1.0, below)[:, None]
    sloped = kernel * (two[:, None] - apart * one[:, None]) / safe
    return np.where(flat[:, None], kernel / zero[:, None], sloped)


def nonnegative_least_squares(matrix: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The x ≥ 0 that makes |matrix·x − target| least (Lawson and Hanson 1974, chapter 23)."""
    size = matrix.shape[1]
    x, chosen = np.zeros(size), np.zeros(size, dtype=bool)
    for _ in range(10 * size):
        slope = matrix.T @ (target - matrix @ x)
        slope[chosen] = -np.inf
        if slope.max(initial=-np.inf) <= 1e-10:
            break
        chosen[int(np.argmax(slope))] = True
        while True:
            trial = np.zeros(size)
            trial[chosen] = np.linalg.lstsq(matrix[:, chosen], target, rcond=None)[0]
            low = chosen & (trial <= 1e-12)
            if not low.any():
                break
            step = (x[low] / np.maximum(x[low] - trial[low], 1e-300)).min()
            x = x + step * (trial - x)
            chosen &= x > 1e-12
            x[~chosen] = 0.0
        x = trial
    return x


def between_share(values: np.ndarray, groups: np.ndarray) -> float:
    """η²: share of the sum of squares that lies between groups; NaN where nothing differs.

    >>> round(between_share(np.array([1.0, 1.0, 3.0, 3.0]), np.array([0, 0, 1, 1])), 3)
    1.0
    """
    whole = ((values - values.mean()) ** 2).sum()
    if whole < 1e-18:
        return math.nan
    sums, sizes = np.bincount(groups, values), np.bincount(groups)
    return float((sums**2 / sizes).sum() - values.sum() ** 2 / len(values)) / float(whole)


def between_tail(values: np.ndarray, groups: np.ndarray, seed: int = 0) -> float:
    """p of an η² at least as large where the groups are drawn by lot: a permutation test of SHUFFLES draws, seeded."""
    found = between_share(values, groups)
    if math.isnan(found):
        return 1.0
    centred, sizes = values - values.mean(), np.bincount(groups)
    drawn = np.random.default_rng(seed).permuted(np.tile(centred, (SHUFFLES, 1)), axis=1)
    sums = drawn @ (groups[:, None] == np.arange(len(sizes)))
    shares = (sums**2 / sizes).sum(axis=1) / (centred**2).sum()
    return float((1 + (shares >= found - 1e-12).sum()) / (SHUFFLES + 1))
