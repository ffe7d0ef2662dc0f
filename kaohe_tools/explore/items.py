"""Item analysis: how hard each item is, how well it tells subjects apart, and which items say the same thing.

Thresholds are rules of thumb of the field, with their source where there is one; with too few subjects a figure is NaN
rather than shown.
"""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd

from kaohe_tools.explore.maths import correlation_tail, correlations
from kaohe_tools.explore.study import Matrix

LEAST = 8  # subjects for a correlation: with fewer even |r| = 0.7 is within chance at 5 % (Fisher 1925, table V.A)
TAIL = 0.27  # share of the upper and of the lower group (Kelley 1939, J. Educational Psychology 30)
LEAST_TAIL = 3  # subjects in each of these groups; a mean of one or two is no group
GOOD, FAIR, POOR = 0.4, 0.3, 0.2  # discrimination: very good, reasonable, marginal; below: poor (after Ebel 1965, whose
# rule of thumb was made for the difference of upper and lower groups; it is widely used for correlations as well)
REDUNDANT = 0.9  # |r| from which two items are held to measure one thing: a rule of thumb
NEARLY_ALL = 0.9  # an item that more than nine in ten master tells hardly anyone apart (a convention of item analysis)
CHANCE = 0.05
FULL = 1 - 1e-9

ALL_FULL, ALL_SAME, REVERSED, TOO_FEW = "人人满分", "人人相同", "反向", "对象太少"
VERDICTS = {GOOD: "区分度好", FAIR: "区分度较好", POOR: "区分度一般"}
WEAK = "区分度差"


def item_table(matrix: Matrix) -> pd.DataFrame:
    """One row for each item, in the matrix's order.

    Columns: item, top, leaf, project, own, points (of the composite), count, full (share of subjects at full marks),
    mean (difficulty: mean share of points, 1 = all full), spread (standard deviation of the shares), low, high, rest
    (correlation with the sum of the other items), tails (mean share of the upper 27 % less that of the lower 27 %, by
    the sum of all items), verdict.
    """
    shares = matrix.shares
    table = matrix.info[["top", "leaf", "project", "own", "points"]].assign(
        count=shares.notna().sum(),
        full=(shares >= FULL).sum() / shares.notna().sum(),
        mean=shares.mean(),
        spread=shares.std(),
        low=shares.min(),
        high=shares.max(),
        rest=item_rest(matrix),
        tails=upper_lower(matrix),
    )
    verdicts = [_verdict(row) for row in table.itertuples()]
    return table.assign(verdict=verdicts).rename_axis("item").reset_index()


def item_rest(matrix: Matrix) -> pd.Series:
    """Correlation of each item's share with the share of points of all other items together (corrected item–total)."""
    values = matrix.values
    full = (values / matrix.shares.where(matrix.shares > 0)).fillna(matrix.info["points"]).where(values.notna())
    result = {}
    for name in values:
        others = values.sum(axis=1) - values[name].fillna(0.0)
        worth = full.sum(axis=1) - full[name].fillna(0.0)
        pair = pd.DataFrame({"item": matrix.shares[name], "rest": (others / worth.where(worth > 1e-9)).round(12)})
        result[name] = correlations(pair, LEAST).loc["item", "rest"]
    return pd.Series(result, dtype=float)


def upper_lower(matrix: Matrix) -> pd.Series:
    """Mean share in the upper less that in the lower 27 % of subjects, by the sum of all items.

    A tie at the edge of a group is parted by nobody: the tied subjects share the places that are left there.
    """
    size = tail_size(matrix.count)
    if size < LEAST_TAIL:
        return pd.Series(np.nan, index=matrix.shares.columns)
    total = matrix.values.sum(axis=1).round(9)
    upper, lower = _belonging(total, size), _belonging(-total, size)
    there = matrix.shares.notna()
    shares = matrix.shares.fillna(0.0)
    means = [(shares.mul(by, axis=0).sum() / there.mul(by, axis=0).sum().replace(0, np.nan)) for by in (upper, lower)]
    return means[0] - means[1]


def tail_size(count: int) -> int:
    """How many subjects the upper and the lower 27 % are.

    >>> tail_size(100), tail_size(24), tail_size(8)
    (27, 6, 2)
    """
    return int(TAIL * count + 0.5)


def _belonging(total: pd.Series, size: int) -> pd.Series:
    """How far each subject belongs to the `size` highest: 1, 0, or a share of the last places at a tie."""
    edge = total.sort_values(ascending=False).iloc[size - 1]
    above, at = total > edge, total == edge
    return above + at * (size - above.sum()) / at.sum()


def _verdict(row) -> str:
    if row.low >= FULL:
        return ALL_FULL
    if row.high - row.low < 1e-9:
        return ALL_SAME
    if np.isnan(row.rest):
        return TOO_FEW
    if row.rest < 0 and correlation_tail(row.rest, row.count) < CHANCE:
        return REVERSED
    return next((word for bar, word in VERDICTS.items() if row.rest >= bar), WEAK)


def redundant_pairs(matrix: Matrix, least: float = REDUNDANT) -> pd.DataFrame:
    """Pairs of items with |r| ≥ `least`: one, other, correlation, count, firm; the closest first.

    firm: so close a pair is no chance find even among all pairs tried (Fisher's z, Bonferroni's bound, 5 %), and
    no single subject makes it: without any one of them the correlation is as high.
    """
    names = [name for name in matrix.shares if not matrix.info.at[name, "own"]]
    found = correlations(matrix.shares[names], LEAST)
    there = matrix.shares[names].notna().astype(int)
    both = there.T @ there
    tried = int(np.triu(found.notna().to_numpy(), 1).sum())
    rows = []
    for one, other in itertools.combinations(names, 2):
        r, count = found.at[one, other], int(both.at[one, other])
        if abs(r) >= least:
            beyond = correlation_tail(r, count) * tried < CHANCE
            rows.append((one, other, float(r), count, beyond and _without_any(matrix.shares[[one, other]]) >= least))
    table = pd.DataFrame(rows, columns=["one", "other", "correlation", "count", "firm"])
    order = table["correlation"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _without_any(pair: pd.DataFrame) -> float:
    """The lowest |r| of two items when one subject is left out; 0 where nothing differs any more without one."""
    both = pair.dropna()
    left = [correlations(both.drop(index=number), 2).iloc[0, 1] for number in both.index]
    return float(np.nan_to_num(np.abs(left)).min())
