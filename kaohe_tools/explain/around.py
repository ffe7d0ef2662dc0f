"""Who stands next to a subject, for those who may see others' scores: the ranks around it and the last of the best."""

from __future__ import annotations

import pandas as pd

from kaohe_tools.assess import Assessment
from kaohe_tools.exact import publish, show
from kaohe_tools.scheme import COMPOSITE
from kaohe_tools.stages import group_names

NEAR = 2  # subjects on each side


def around(assessment: Assessment, number: int) -> list[str]:
    """The subjects ranked just above and below one, each with rank, score and grade; the best first.

    Subjects that share its rank are always among them. Only those who are ranked together with it.
    """
    own = assessment.subjects.loc[number]
    stage = assessment.case.scheme.stages[own["stage"]]
    here = assessment.subjects[assessment.subjects["stage"] == stage.name]
    groups = pd.Series(group_names(stage, here), index=here.index)
    together = here[groups == groups[number]]
    table = assessment.grades.loc[together.index].assign(subject=together["subject"])
    order = table.sort_values(["rank", "subject"], kind="stable")
    rank = order.at[number, "rank"]
    above = order[order["rank"] < rank].tail(NEAR)
    same = order[(order["rank"] == rank) & (order.index != number)]
    below = order[order["rank"] > rank].head(NEAR)
    return [_told(assessment, row) for row in pd.concat([above, same, below]).itertuples()]


def _told(assessment: Assessment, row) -> str:
    score = show(publish(assessment.scores.at[row.Index, "composite"]))
    verdict = f"待定（{row.pending}）" if row.pending else row.grade
    return f"第 {row.rank} 名 {row.subject}：{COMPOSITE} {score}" + (f"，{verdict}" if verdict else "")
