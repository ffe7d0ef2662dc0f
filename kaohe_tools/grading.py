"""Grades: the steps of a stage in the order of the regulation, and the reason of every one of them.

The mechanics are common to all schemes: directly set grades; ceilings, the lowest winning; places by rank among those
whose ceiling allows it, the next in rank taking the place of one who may not have it (顺延); the baseline for everyone
else. What the text leaves open is pending (待定) with its reason, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from kaohe_tools.case import Case
from kaohe_tools.conditions import View, holds, in_words
from kaohe_tools.exact import floor_share, hundredths, parse_share, show, show_short
from kaohe_tools.ranking import allocate
from kaohe_tools.scheme import COMPOSITE, UNSETTLED, Param, Stage, Step

TIED = "并列待定"
FIXED = "定额"


@dataclass
class Grading:
    """The state of a stage while its steps are taken; `frame` of the view is the subjects in canonical order."""

    case: Case
    stage: Stage
    view: View
    grade: np.ndarray = field(init=False)
    pending: np.ndarray = field(init=False)
    ceiling: np.ndarray = field(init=False)
    barred_by: dict[int, str] = field(default_factory=dict)
    reasons: list[tuple[int, str, str, str]] = field(default_factory=list)
    quotas: list[tuple[str, int, int, int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        count = len(self.view.frame)
        self.grade = np.full(count, "", dtype=object)
        self.pending = np.full(count, "", dtype=object)
        self.ceiling = np.zeros(count, dtype=int)

    @property
    def open(self) -> np.ndarray:
        """Who has neither a grade nor a pending question yet."""
        return (self.grade == "") & (self.pending == "")

    def tell(self, position: int, step: str, article: str, text: str) -> None:
        self.reasons.append((self.view.frame.index[position], step, article, text))


def grade_stage(case: Case, stage: Stage, view: View) -> Grading:
    """Take the steps of a stage one after the other."""
    grading = Grading(case, stage, view)
    take = {"set": _set, "ceiling": _lower_ceiling, "flag": _flag, "places": _give_places, "baseline": _baseline}
    for step in stage.steps:
        take[step.kind](grading, step)
    return grading


def _why(grading: Grading, step: Step, position: int) -> str:
    number = grading.view.frame.index[position]
    words = in_words(step.when, grading.view, number) if step.when else ""
    fact = grading.stage.facts.get(step.when.get("fact", "")) if step.when else None
    note = step.note or (fact.note if fact else "")
    return f"{words}（{note}）" if note and words else words or note


def _set(grading: Grading, step: Step) -> None:
    for position in np.flatnonzero(grading.open & holds(step.when, grading.view)):
        grading.grade[position] = step.grade
        grading.tell(position, "直接定等", step.article, f"{_why(grading, step, position)}，定为{step.grade}")


def _lower_ceiling(grading: Grading, step: Step) -> None:
    level = grading.stage.grades.index(step.grade)
    for position in np.flatnonzero(grading.open & holds(step.when, grading.view)):
        why = _why(grading, step, position)
        grading.tell(position, "限制", step.article, f"{why}，最高定为{step.grade}")
        if level > grading.ceiling[position]:
            grading.ceiling[position] = level
            grading.barred_by[position] = why


def _flag(grading: Grading, step: Step) -> None:
    for position in np.flatnonzero(grading.open & holds(step.when, grading.view)):
        grading.tell(position, "提示", step.article, f"{_why(grading, step, position)}，{step.grade}")


# --- places -----------------------------------------------------------------------------------------------------------


def _give_places(grading: Grading, step: Step) -> None:
    """Places of one grade, category by category (or from one pool over the stage, by the reading quota_scope)."""
    categories = grading.view.frame["category"].to_numpy()
    names = list(grading.stage.categories)
    pooled = step.number is None and not _by_category(grading, step) and grading.case.readings["quota_scope"] == "all"
    if pooled:
        _fill_pool(grading, step, "全部", np.ones(len(categories), dtype=bool), None)
    else:
        for name in names:
            if (categories == name).any():
                _fill_pool(grading, step, name, categories == name, name)


def _by_category(grading: Grading, step: Step) -> bool:
    return isinstance(grading.case.params.get(step.param), Mapping)


def _fill_pool(grading: Grading, step: Step, pool: str, members: np.ndarray, category: str | None) -> None:
    count = int(members.sum())
    places, sum_text = _places(grading, step, category, count)
    level = grading.stage.grades.index(step.grade)
    may = members & grading.open & (grading.ceiling <= level) & holds(step.when, grading.view)
    if places is None:
        for position in np.flatnonzero(may):
            grading.pending[position] = sum_text
            grading.tell(position, "待定", step.article, f"{sum_text}，{step.grade}名额无法确定")
        grading.quotas.append((pool, count, 0, 0, sum_text))
        return
    scores = hundredths(grading.view.frame[COMPOSITE].to_numpy())
    result = allocate(scores, may, places)
    grading.quotas.append((pool, count, places, int(result.given.sum()), sum_text))
    passed_over = _tell_barred(grading, step, members, may, result, scores)
    quota = f"{pool}{step.grade}名额 {places} 个" + ("" if sum_text.startswith(FIXED) else f"（{sum_text}）")
    names, ranks = grading.view.frame["subject"].to_numpy(), grading.view.frame["排名"].to_numpy()
    for position in np.flatnonzero(result.given):
        grading.grade[position] = step.grade
        moved = passed_over and ranks[position] > places
        how = f"{passed_over}不能定为{step.grade}，名额顺延" if moved else "在名额以内"
        text = f"{quota}，排名第 {ranks[position]}，{how}，定为{step.grade}"
        grading.tell(position, "名额", step.article, text)
    tied = np.flatnonzero(result.tied)
    for position in tied:
        grading.pending[position] = TIED
        score = show(scores[position] / 100)
        race = f"{len(tied)} 个对象争最后 {result.open_places} 个名额"
        text = f"{'、'.join(names[tied])}{COMPOSITE}同为 {score}，{race}，办法没有规定先后，待考核办决定"
        grading.tell(position, "待定", step.article, text)
    ends = "已有并列待定，名额不再下移" if len(tied) else "已经用完"
    for position in np.flatnonzero(may & ~result.given & ~result.tied):
        grading.tell(position, "名额", step.article, f"{quota}{ends}，本对象排名第 {ranks[position]}")


def _tell_barred(grading: Grading, step: Step, members: np.ndarray, may: np.ndarray, result, scores) -> str:
    """Tell those whose score would have won a place but who may not have it; returns their names."""
    winners = scores[result.given | result.tied]
    if not len(winners):
        return ""
    barred = np.flatnonzero(members & ~may & (scores >= winners.min()))
    for position in barred:
        why = grading.barred_by.get(position) or f"已定为{grading.grade[position] or grading.pending[position]}"
        rank = grading.view.frame["排名"].iloc[position]
        text = f"排名第 {rank}，得分够{step.grade}名额，但{why}，让出名额由下一名顺延"
        grading.tell(position, "名额", step.article, text)
    return "、".join(grading.view.frame["subject"].iloc[barred])


def _places(grading: Grading, step: Step, category: str | None, count: int) -> tuple[int | None, str]:
    """How many places a pool has, and the sum in words; None where the year's plan has not said."""
    value: Any = grading.case.params.get(step.param) if step.param else step.number
    param: Param | None = grading.case.scheme.params.get(step.param)
    given = param is not None and value != param.default
    source = f"，本年度方案 {step.param}" if given else ""
    if step.param and value is None:
        return None, step.note or "名额未规定"
    if isinstance(value, Mapping):
        places = int(value.get(category, 0))
        return places, f"{FIXED} {places} 个{source}"
    if step.number is not None:
        return int(value), f"{FIXED} {value} 个{source}"
    share = step.share if step.share is not None else parse_share(value)
    rounding = grading.case.readings["quota_rounding"]
    places = floor_share(share, count, rounding)
    way = grading.case.scheme.readings["quota_rounding"].choices[rounding]
    return places, f"{count}×{show_short(share * 100)}%={show_short(share * count)}，{way}，取 {places}{source}"


def _baseline(grading: Grading, step: Step) -> None:
    """Everyone else: the baseline, or the ceiling where that is lower."""
    base = grading.stage.grades.index(step.grade)
    for position in np.flatnonzero(grading.open & holds(step.when, grading.view)):
        level = max(base, grading.ceiling[position])
        grade = grading.stage.grades[level]
        grading.grade[position] = grade
        why = f"受限制，定为{grade}" if level > base else f"定为{grade}"
        grading.tell(position, "等次", step.article, why)


def settled_frame(grading: Grading) -> pd.DataFrame:
    """Grades and pending questions by subject: columns grade ("" while pending), pending."""
    frame = pd.DataFrame({"grade": grading.grade, "pending": grading.pending}, index=grading.view.frame.index)
    assert not ((frame["grade"] != "") & (frame["pending"] != "") & (frame["grade"] != UNSETTLED)).any()
    return frame
