"""Exploring an assessment: how scores spread, and whether what was measured can bear the conclusions drawn from it.

Everything here is a pure function from an Assessment (for marks and earlier years also the Prepared case) to tidy
tables; nothing calculates a score, rank or grade in a second way, and few voters are never shown by themselves.
"""

from kaohe_tools.explore.ballot_checks import ballot_pairs, ballot_table, voter_shares
from kaohe_tools.explore.distributions import (
    WAYS,
    find,
    near_line,
    one_item,
    profile,
    spread,
    spread_by_category,
    summary,
    top_line,
    years,
)
from kaohe_tools.explore.findings import Finding, findings, findings_table
from kaohe_tools.explore.items import item_table, redundant_pairs
from kaohe_tools.explore.raters import agreement, kendall_w, leniency, marks, panel_effect
from kaohe_tools.explore.reliability import Reliability, reliability
from kaohe_tools.explore.study import LEVELS, Matrix, Study, every_study, matrix, study
from kaohe_tools.explore.weights import effective_weights

__all__ = [
    "LEVELS",
    "WAYS",
    "Finding",
    "Matrix",
    "Reliability",
    "Study",
    "agreement",
    "ballot_pairs",
    "ballot_table",
    "effective_weights",
    "every_study",
    "find",
    "findings",
    "findings_table",
    "item_table",
    "kendall_w",
    "leniency",
    "marks",
    "matrix",
    "near_line",
    "one_item",
    "panel_effect",
    "profile",
    "redundant_pairs",
    "reliability",
    "spread",
    "spread_by_category",
    "study",
    "summary",
    "top_line",
    "voter_shares",
    "years",
]
