"""Effective against nominal weights: how much of the differences in composite score each part really makes.

After Paruolo, Saisana and Saltelli (2013), "Ratings and rankings: voodoo or science?", Journal of the Royal Statistical
Society A 176(3), 609–634: the importance of a part is S = V(E(y|x)) / V(y), the share of the variance of the composite
that would go if the part were held still; its linear version is the squared correlation. Where parts go together, S of
each counts what they have in common, and no points may bring S to the nominal weights. The share of variance,
cov(part, composite) / V(composite), adds up to one over all parts (Shorrocks 1982, Econometrica 50, 193–212) and can
always be brought there.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from kaohe_tools.explore.items import LEAST
from kaohe_tools.explore.maths import nonnegative_least_squares, smooth_share
from kaohe_tools.explore.study import LEAF, Study, matrix
from kaohe_tools.scoring import ADJUST

SMOOTH_LEAST = 20  # subjects for the smoother; with fewer a curve follows single subjects
CLOSE = 0.02  # effective and nominal weights are held to agree within this
STEPS = 80  # halvings until the points add up
ROUNDS = 2_000  # passes over all parts at most


def effective_weights(what: Study, level: str = LEAF) -> pd.DataFrame:
    """One row for each part (and 加减分, where it differs between subjects), in the scheme's order.

    part, points, nominal (share of all points), spread (standard deviation, points), linear (squared correlation with
    the composite score), smooth (the same by a smoother; NaN with fewer than SMOOTH_LEAST subjects), effective (linear,
    as a share of the parts' sum), balanced (points that would bring effective and nominal weights together; 0 at
    least), after (effective weights then), variance (share of the variance of the composite; with 加减分 they add up to
    one), even (points that would bring the shares of variance to the nominal weights, 加减分 aside). Figures are NaN
    with fewer than LEAST subjects, and for a part that not every subject has.
    """
    cells = matrix(what, level)
    points, total = cells.info["points"], what.subjects["raw"]
    values = cells.values.assign(**{ADJUST: what.adjustments}) if what.adjustments.abs().max() > 1e-9 else cells.values
    linear, smooth = importance(values, total)
    table = pd.DataFrame({
        "points": points.reindex(values.columns), "nominal": (points / points.sum()).reindex(values.columns),
        "spread": values.std(), "linear": linear, "smooth": smooth,
    })  # fmt: skip
    parts = table["points"].notna()
    table["effective"] = (table["linear"] / table.loc[parts, "linear"].sum()).where(parts)
    table["variance"] = variance_shares(values, total)
    table[["balanced", "after", "even"]] = math.nan
    if what.count >= LEAST and len(cells.whole) == len(points) > 1:
        found = balanced(cells.shares, points, what.adjustments)
        table[["balanced", "after"]] = found.reindex(table.index)
        table["even"] = evened(cells.shares, points).reindex(table.index)
    return table.rename_axis("part").reset_index()


def importance(values: pd.DataFrame, total: pd.Series) -> tuple[pd.Series, pd.Series]:
    """S of each column for `total`, linear and smooth; 0 for a column that is the same for all."""
    linear, smooth = {}, {}
    for name in values:
        column = values[name]
        enough = column.notna().all() and len(column) >= LEAST and total.std() > 1e-9
        still = column.max() - column.min() < 1e-9
        r = 0.0 if still or not enough else float(column.corr(total))
        linear[name] = r**2 if enough else math.nan
        curve = enough and len(column) >= SMOOTH_LEAST
        smooth[name] = math.nan if not curve else 0.0 if still else smooth_share(column.to_numpy(), total.to_numpy())
    return pd.Series(linear, dtype=float), pd.Series(smooth, dtype=float)


def balanced(shares: pd.DataFrame, points: pd.Series, adjustments: pd.Series | None = None) -> pd.DataFrame:
    """Points ≥ 0 with the same sum at which the parts' effective weights come nearest to their nominal ones.

    shares: subjects × parts, share of points, without gaps. points: nominal. adjustments: what else is in the
    composite. Gives by part `balanced` and `after` (effective weights at these points).

    With C the covariances of the shares, cov(x, y) of a sum y = X·w is C·w, so S is in the proportions t where
    C·w = λ·σ·√t (the linear equations of Paruolo et al., here with bounds: least squares with w ≥ 0); λ
    follows from the sum. A part that is the same for all keeps its points: no weight makes it count.
    """
    spread = shares.std()
    moving = spread.index[spread > 1e-9]
    result = pd.DataFrame({"balanced": points.astype(float), "after": 0.0})
    if not len(moving):
        return result.assign(after=math.nan)
    deviation = spread[moving].to_numpy()
    centred = (shares[moving] - shares[moving].mean()).to_numpy() / deviation
    other = np.zeros(len(shares)) if adjustments is None else (adjustments - adjustments.mean()).to_numpy()
    between, beside = centred.T @ centred / (len(shares) - 1), centred.T @ other / (len(shares) - 1)
    target = np.sqrt(points[moving].to_numpy() / points[moving].sum())
    due = float(points[moving].sum())

    def at(scale: float) -> np.ndarray:
        return nonnegative_least_squares(between, scale * target - beside) / deviation

    low, high = 0.0, 1.0
    while at(high).sum() < due and high < 1e9:
        low, high = high, high * 2
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if at(middle).sum() < due else (low, middle)
    weights = at(high)
    weights *= due / weights.sum() if weights.sum() > 0 else 0.0
    part = np.maximum(between @ (weights * deviation) + beside, 0.0) ** 2
    result.loc[moving, "balanced"] = weights
    result.loc[moving, "after"] = part / part.sum() if part.sum() > 0 else math.nan
    return result


def variance_shares(values: pd.DataFrame, total: pd.Series) -> pd.Series:
    """cov(column, total) / V(total) of each column; NaN with too few subjects, gaps, or no differences."""
    if len(total) < LEAST or total.std() < 1e-9:
        return pd.Series(math.nan, index=values.columns)
    shares = {name: values[name].cov(total) / total.var() for name in values if values[name].notna().all()}
    return pd.Series(shares, dtype=float).reindex(values.columns)


def evened(shares: pd.DataFrame, points: pd.Series) -> pd.Series:
    """Points > 0 with the same sum at which each part's share of the variance of the sum is its nominal weight.

    shares: subjects × parts, without gaps. There is one such set of points wherever parts differ and none is made up of
    the others: the least of ½w'Cw − Σ t·ln w, found part by part (Spinu 2013, "An algorithm for computing risk parity
    weights"). A part that is the same for all keeps its points.
    """
    spread = shares.std()
    moving = spread.index[spread > 1e-9]
    result = points.astype(float).copy()
    if not len(moving):
        return result
    covariances, due = shares[moving].cov().to_numpy(), float(points[moving].sum())
    target = (points[moving] / due).to_numpy()
    weights = np.sqrt(target / np.diag(covariances))
    for _ in range(ROUNDS):
        before = weights.copy()
        for i, own in enumerate(np.diag(covariances)):
            beside = covariances[i] @ weights - own * weights[i]
            weights[i] = (math.sqrt(beside**2 + 4 * own * target[i]) - beside) / (2 * own)
        if np.abs(weights - before).max() < 1e-12 * weights.max():
            break
    result[moving] = weights * due / weights.sum()
    return result
