"""Which parts were judged by too few voters to be looked at by themselves (see `anonymity`)."""

from __future__ import annotations

from collections.abc import Collection

from kaohe_tools.assess import Assessment


def few_voters(assessment: Assessment, stage: str, category: str) -> set[str]:
    """The parts of a category that fewer than `min_voters` judged, for any of its subjects."""
    subjects, voters = assessment.subjects, assessment.voters
    few = voters[voters["voters"] < assessment.case.min_voters]
    who = subjects.loc[few["subject"]]
    here = ((who["stage"] == stage) & (who["category"] == category)).to_numpy()
    return set(few.loc[here, "leaf"])


def tells_of_few(assessment: Assessment, stage: str, category: str, leaves: Collection[str]) -> bool:
    """Would figures about these parts, or about all the others, tell how a few voters voted?"""
    few = few_voters(assessment, stage, category)
    everything = {leaf.name for leaf in assessment.case.scheme.stages[stage].leaves(category)}
    return bool(few) and (set(leaves) <= few or everything - set(leaves) <= few)


def caution(assessment: Assessment, stage: str, category: str, leaves: Collection[str]) -> str:
    """Why figures about these parts are not given."""
    names = "、".join(leaf for leaf in leaves if leaf in few_voters(assessment, stage, category)) or "其余部分"
    return f"{stage}·{category}的“{names}”有效票不足 {assessment.case.min_voters} 张，为保密不单独试算"


def few_told(assessment: Assessment, stage: str) -> list[str]:
    """A warning for each category of a stage where few voted: many scores side by side could tell how."""
    categories = dict.fromkeys(assessment.subjects.loc[assessment.subjects["stage"] == stage, "category"])
    told = []
    for category in categories:
        few = "、".join(sorted(few_voters(assessment, stage, category)))
        if few:
            least = assessment.case.min_voters
            told.append(
                f"注意：{stage}·{category}的“{few}”有效票不足 {least} 张，各种分值下的结果可能推知其得分，请勿公布"
            )
    return told
