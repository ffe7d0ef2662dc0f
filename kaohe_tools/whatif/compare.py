"""Baseline, variant and the difference, subject by subject: who moves, who enters or leaves the best grade, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kaohe_tools.anonymity import disclosed
from kaohe_tools.assess import Assessment
from kaohe_tools.exact import publish, show
from kaohe_tools.scheme import COMPOSITE
from kaohe_tools.scoring import ADJUST
from kaohe_tools.stages import group_names

SIMULATED = "演示数据"
GAIN, LOSE, PEND, SETTLED = "得", "失", "待定", "不再待定"
YES = "是"
GRADE_STEPS = ("直接定等", "限制", "名额", "待定", "条件", "等次")
_WHO = ["方案", "环节", "类别", "考核对象", "编号"]


@dataclass(frozen=True)
class Comparison:
    """A variant beside the baseline.

    frame, a row for each subject in the order of 结果.csv (index: its number): stage, category, subject, code, group
    (in which it is ranked); for `was` and `new` composite (published), rank, grade, pending, best (holds the stage's
    best grade, nothing pending), tops (best grade and yes/no marks held); change (in words, "" where only figures
    move). parts: was and new of every top part and 加减分, published, as far as they may be shown (columns
    `<part>|was`, `<part>|new`). notes: what became of the points.
    """

    name: str
    base: Assessment
    variant: Assessment
    frame: pd.DataFrame
    parts: pd.DataFrame
    notes: tuple[str, ...] = ()

    @property
    def movers(self) -> pd.DataFrame:
        """The rows of `frame` whose rank, grade, pending question or mark changes."""
        return self.frame[self.frame["change"] != ""]


def compare(base: Assessment, variant: Assessment, name: str, notes: Sequence[str] = ()) -> Comparison:
    """Put a variant of an assessment beside it."""
    subjects = base.subjects
    frame = subjects[["stage", "category", "subject", "code"]].copy()
    frame["group"] = _groups(base)
    for when, one in (("was", base), ("new", variant)):
        for column, values in _figures(one).items():
            frame[f"{column}_{when}"] = values
    frame["change"] = [_change(row) for row in frame.to_dict("records")]
    order = _order(base, frame)
    shown = {"was": disclosed(base).scores, "new": disclosed(variant).scores}
    names = dict.fromkeys(part.name for stage in base.case.scheme.stages.values() for part in stage.parts)
    parts = {
        f"{part}|{when}": publish(scores[part])
        for part in (*names, ADJUST)
        for when, scores in shown.items()
        if part in scores
    }
    table = pd.DataFrame(parts, index=subjects.index)
    return Comparison(name, base, variant, frame.loc[order], table.loc[order], tuple(notes))


def holds_best(assessment: Assessment) -> pd.Series:
    """By subject: has it the best grade of its stage, with nothing pending? False where a stage gives no grades."""
    stages = assessment.case.scheme.stages
    top = assessment.subjects["stage"].map({name: (stage.grades or ("",))[0] for name, stage in stages.items()})
    grades = assessment.grades
    return (grades["grade"] == top) & (top != "") & (grades["pending"] == "")


def _figures(assessment: Assessment) -> dict[str, object]:
    grades, stages, best = assessment.grades, assessment.case.scheme.stages, holds_best(assessment)
    tops = []
    for number, name in assessment.subjects["stage"].items():
        stage, row = stages[name], grades.loc[number]
        held = [stage.grades[0]] if best[number] else []
        tops.append(tuple(held + [mark for mark in stage.mark_names if row[mark] == YES]))
    return {
        "composite": pd.Series(publish(assessment.scores["composite"]), index=assessment.scores.index),
        "rank": grades["rank"].astype(int),
        "grade": grades["grade"],
        "pending": grades["pending"],
        "best": best,
        "tops": pd.Series(tops, index=grades.index, dtype=object),
    }


def _groups(assessment: Assessment) -> pd.Series:
    """The name of the group in which each subject is ranked."""
    subjects, groups = assessment.subjects, pd.Series("", index=assessment.subjects.index, dtype=object)
    for name, rows in subjects.groupby("stage"):
        groups[rows.index] = group_names(assessment.case.scheme.stages[name], rows)
    return groups


def _order(base: Assessment, frame: pd.DataFrame) -> list[int]:
    stages = base.case.scheme.stages
    places = {pair: i for i, pair in enumerate((s, c) for s in stages for c in stages[s].categories)}
    keys = {
        number: (places.get((row["stage"], row["category"]), len(places)), row["group"], row["rank_was"], number)
        for number, row in frame.to_dict("index").items()
    }
    return sorted(keys, key=keys.__getitem__)


def _change(row: dict) -> str:
    """What a change means for the one it concerns: 得优秀, 失优秀, 待定, 不再待定, 等次变化, 排名变化."""
    words = [f"{GAIN}{name}" for name in row["tops_new"] if name not in row["tops_was"]]
    words += [f"{LOSE}{name}" for name in row["tops_was"] if name not in row["tops_new"]]
    if row["pending_new"] != row["pending_was"]:
        words.append(PEND if row["pending_new"] else SETTLED)
    if not words and row["grade_new"] != row["grade_was"]:
        words.append("等次变化")
    return "、".join([*words, *(["排名变化"] if row["rank_new"] != row["rank_was"] else [])])


# --- why --------------------------------------------------------------------------------------------------------------


def sentence(comparison: Comparison, number: int) -> str:
    """综合得分 91.20→90.85，排名 3→5，甲类名额 4 个，因此失优秀."""
    row = comparison.frame.loc[number]

    def moved(what: str, was: object, new: object) -> str:
        return f"{what} {was}→{new}" if was != new else f"{what} {was} 不变"

    words = [
        moved(COMPOSITE, show(row["composite_was"]), show(row["composite_new"])),
        moved("排名", row["rank_was"], row["rank_new"]),
    ]
    places = [_places(one, row) for one in (comparison.base, comparison.variant)]
    if places[1] is not None:
        how = f"{places[1]} 个" if places[0] == places[1] else f"{places[0]}→{places[1]} 个"
        words.append(f"{row['group']}名额 {how}")
    outcome = [word for word in row["change"].split("、") if word != "排名变化"]
    result = f"，因此{'、'.join(outcome)}" if outcome else "，等次不变" if row["grade_was"] else ""
    if "等次变化" in outcome:
        result = f"，因此由{row['grade_was'] or '未定'}改为{row['grade_new'] or '未定'}"
    return "，".join(words) + result


def _places(assessment: Assessment, row: pd.Series) -> int | None:
    """The places of the group in which a subject is ranked; None where they are not given by group."""
    quotas = assessment.quotas
    own = quotas[(quotas["stage"] == row["stage"]) & (quotas["pool"] == row["group"])]
    return int(own["places"].iloc[0]) if len(own) else None


def grade_reasons(assessment: Assessment) -> pd.DataFrame:
    """By subject: the texts and articles of its grade's steps, as they may be shown (columns text, article)."""
    reasons = disclosed(assessment).reasons
    own = reasons[reasons["step"].isin(GRADE_STEPS)]
    grouped = own.groupby("subject")
    return pd.DataFrame({
        "text": grouped["text"].agg("；".join),
        "article": grouped["article"].agg(lambda texts: "；".join(dict.fromkeys(filter(None, texts)))),
    }).reindex(assessment.subjects.index, fill_value="")  # fmt: skip


# --- tables -----------------------------------------------------------------------------------------------------------


def _who(comparison: Comparison, rows: pd.DataFrame) -> dict[str, object]:
    who = (comparison.name, rows["stage"], rows["category"], rows["subject"], rows["code"])
    return dict(zip(_WHO, who, strict=True))


def _stamp(table: pd.DataFrame, assessment: Assessment) -> pd.DataFrame:
    """演示数据 on every row of a table about simulated data."""
    return table.assign(数据=SIMULATED) if assessment.case.simulated else table


def _moves(rows: pd.DataFrame) -> dict[str, object]:
    difference = np.round(rows["composite_new"] - rows["composite_was"], 2)
    return {
        f"原{COMPOSITE}": rows["composite_was"].map(show), f"新{COMPOSITE}": rows["composite_new"].map(show),
        "得分差": difference.map(show),
        "原排名": rows["rank_was"], "新排名": rows["rank_new"], "名次升降": rows["rank_was"] - rows["rank_new"],
        "原等次": rows["grade_was"], "新等次": rows["grade_new"],
        "原待定": rows["pending_was"], "新待定": rows["pending_new"], "变化": rows["change"],
    }  # fmt: skip


def comparison_table(comparison: Comparison) -> pd.DataFrame:
    """方案对比.csv: every subject; 名次升降 is positive for one who moves up; parts as far as they may be shown."""
    rows = comparison.frame
    table = pd.DataFrame({**_who(comparison, rows), **_moves(rows)}, index=rows.index)
    for column in comparison.parts:
        part, when = column.split("|")
        table[f"{'原' if when == 'was' else '新'}{part}"] = comparison.parts[column].map(show)
    return _stamp(table, comparison.base).reset_index(drop=True)


def movers_table(comparison: Comparison) -> pd.DataFrame:
    """方案变动.csv: whose rank, grade or pending question changes, with why (因为, then the variant's own 理由)."""
    rows, reasons = comparison.movers, grade_reasons(comparison.variant)
    table = pd.DataFrame({**_who(comparison, rows), **_moves(rows)}, index=rows.index)
    table["因为"] = [sentence(comparison, number) for number in rows.index]
    table["理由"], table["条款"] = reasons["text"].reindex(rows.index), reasons["article"].reindex(rows.index)
    return _stamp(table, comparison.base).reset_index(drop=True)


def side_by_side(comparisons: Sequence[Comparison]) -> pd.DataFrame:
    """方案并列.csv: every subject once, today's figures and then those of each scenario."""
    first = comparisons[0]
    rows = first.frame
    table = pd.DataFrame({header: values for header, values in _who(first, rows).items() if header != "方案"})
    columns = {COMPOSITE: "composite", "排名": "rank", "等次": "grade", "待定": "pending"}
    for name, one, when in [("现行", first, "was"), *((each.name, each, "new") for each in comparisons)]:
        for header, column in columns.items():
            values = one.frame[f"{column}_{when}"].reindex(rows.index)
            table[f"{name}·{header}"] = values.map(show) if header == COMPOSITE else values
        if when == "new":
            table[f"{name}·变化"] = one.frame["change"].reindex(rows.index)
    return _stamp(table, first.base).reset_index(drop=True)
