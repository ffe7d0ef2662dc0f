"""Ballots that contradict one another, or tell nobody apart. Groups of fewer voters than `min_voters` are left out."""

from __future__ import annotations

import itertools
import math

import pandas as pd

from kaohe_tools.explore.items import LEAST
from kaohe_tools.explore.maths import Z, correlation_tail, rank_correlations
from kaohe_tools.explore.study import LEAF, Study, matrix

FLAT = 0.01  # a voter group whose shares differ by less (standard deviation) tells nobody apart: a point in a hundred
MIDDLING = 0.5  # rank correlation from which two groups agree to a large extent (Cohen 1988, p. 80)
CHANCE = 0.05
OPPOSED, ALONE, TOGETHER, UNCLEAR, TOO_FEW = "相反", "各说各的", "一致", "不明显", "对象太少"


def voter_shares(what: Study) -> pd.DataFrame:
    """Subjects × voter groups (the parts that were voted on, in the scheme's order): share of points.

    NaN where fewer than the case's `min_voters` gave valid votes; a group that is so for everyone is left out.
    """
    least = what.assessment.case.min_voters
    enough = what.assessment.voters[what.assessment.voters["voters"] >= least]
    enough = enough[enough["subject"].isin(what.subjects.index)]
    shares = matrix(what, LEAF).shares
    voted = [name for name in shares if (enough["leaf"] == name).any()]
    there = {name: shares.index.isin(enough.loc[enough["leaf"] == name, "subject"]) for name in voted}
    return pd.DataFrame({name: shares[name].where(there[name]) for name in voted}, index=shares.index)


def ballot_table(what: Study) -> pd.DataFrame:
    """One row for each voter group: group, subjects, mean, spread, low, high, distinct (different results), flat."""
    shares = voter_shares(what)
    table = pd.DataFrame({
        "subjects": shares.notna().sum(), "mean": shares.mean(), "spread": shares.std(), "low": shares.min(),
        "high": shares.max(), "distinct": shares.nunique(),
    })  # fmt: skip
    return table.assign(flat=table["spread"] < FLAT).rename_axis("group").reset_index()


def ballot_pairs(what: Study) -> pd.DataFrame:
    """Each pair of voter groups: one, other, subjects, rho (Spearman), p, verdict.

    OPPOSED: they rank the subjects in opposite order, by more than chance (5 %); ALONE: one ranking says little of the
    other (even the upper end of the 95 % interval is below MIDDLING); TOGETHER: alike by more than chance; UNCLEAR:
    neither; TOO_FEW: fewer than LEAST subjects.
    """
    shares = voter_shares(what)
    found = rank_correlations(shares, LEAST)
    rows = []
    for one, other in itertools.combinations(shares, 2):
        count = int((shares[one].notna() & shares[other].notna()).sum())
        rho = float(found.at[one, other])
        p = correlation_tail(rho, count)
        rows.append((one, other, count, rho, p, _verdict(rho, p, count)))
    return pd.DataFrame(rows, columns=["one", "other", "subjects", "rho", "p", "verdict"])


def _verdict(rho: float, p: float, count: int) -> str:
    if count < LEAST or math.isnan(rho):
        return TOO_FEW if count < LEAST else UNCLEAR
    if p < CHANCE:
        return OPPOSED if rho < 0 else TOGETHER
    upper = math.tanh(math.atanh(rho) + Z / math.sqrt(count - 3))
    return ALONE if upper < MIDDLING else UNCLEAR
