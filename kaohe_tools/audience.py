"""Who may see what: the office everything, a subject its own result, the public nothing but who has the best grade.

What a subject is told must not tell the scores of others: reasons speak of nobody else, and where it is compared with
few others (the case's `min_compared`) it is told no rank either, for of few the scores could be guessed from it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the command line names the audiences before it needs the rest
    import pandas as pd

    from kaohe_tools.assess import Assessment

INTERNAL, SUBJECT, PUBLIC = "internal", "subject", "public"
AUDIENCES = {INTERNAL: "考核办内部", SUBJECT: "考核对象本人", PUBLIC: "社会公众"}
INTERNAL_MARK = "内部资料"
STANDING = "排名"  # the step of the reasons that says where a subject stands
_RANK = re.compile(r"，(?:本对象)?排名第 \d+|排名第 \d+，")


def few_others(count: int, least: int) -> bool:
    """Is one of `count` subjects compared with too few others to be told how it stands?

    >>> few_others(6, 5), few_others(5, 5), few_others(1, 0)
    (False, True, False)
    """
    return count - 1 < least


def own_reason(text: str, own: str, few: bool) -> str:
    """A reason as its subject may read it: `own`, where the text speaks of others; without ranks among few.

    >>> own_reason("甲、乙综合得分同为 88.00", "排名并列", False)
    '排名并列'
    >>> own_reason("优秀名额 1 个已经用完，本对象排名第 2", "", True)
    '优秀名额 1 个已经用完'
    """
    told = own or text
    return _RANK.sub("", told) if few else told


def for_subjects(assessment: Assessment) -> Assessment:
    """The assessment with reasons as their subjects may read them; ranks among few are 0: not told."""
    least = assessment.case.min_compared
    grades, reasons = assessment.grades, assessment.reasons
    few = grades["count"].map(lambda count: few_others(int(count), least))
    hidden = reasons["subject"].map(few).astype(bool)
    rows = zip(reasons["text"], reasons["own"], hidden, strict=True)
    told = reasons.assign(text=[own_reason(*row) for row in rows], own="")
    told = told[~(hidden & (told["step"] == STANDING))]
    return replace(assessment, reasons=told, grades=grades.assign(rank=grades["rank"].mask(few, 0)))


def told_to_subject(reasons: pd.DataFrame, text: str, own: str, step: str, few: bool) -> pd.DataFrame:
    """Rows of reasons as one subject may read them; the columns of text, its own telling and the step are named."""
    told = reasons.assign(**{text: [own_reason(a, b, few) for a, b in zip(reasons[text], reasons[own], strict=True)]})
    return told[told[step] != STANDING] if few else told
