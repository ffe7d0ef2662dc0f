"""One subject's result on a page, for a talk about it: parts and items against its category, reasons, what comes next.

Selected from the tables of a category; no score is calculated. A subject may see how it compares only where nobody
else's score can be told from it: among at least `min_compared` others, medians as rates in whole per cent (the median
of an odd number is somebody's score, so it is told more coarsely than scores are), positions in quarters only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kaohe_tools.audience import INTERNAL, SUBJECT, few_others, told_to_subject
from kaohe_tools.case import MIN_COMPARED
from kaohe_tools.columns import OWN_TELLING
from kaohe_tools.exact import publish, snap
from kaohe_tools.feedback.standing import next_grade
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.results import ADJUST, LABEL, TOTAL, Category, Results

MOST = 5  # items of each list
QUARTERS = ("前四分之一", "中上", "中下", "后四分之一")
ALIKE = "多数同分"
SCORED, GRADED = ("得分", "排名"), "等次"  # steps that the figures of the page tell already
PART_COLUMNS = ["部分", "级", "满分", "得分", "得分率", "中位", "位置"]
ITEM_COLUMNS = ["项目", "部分", "得分率", "中位", "相差", "失分"]


@dataclass(frozen=True)
class Profile:
    """What a page tells of one subject.

    rank and count: among those ranked together (0: not told). points: of all parts. parts: PART_COLUMNS, 级 0 the
    whole, 1 parts, 2 leaves; rates 1 = full, `中位` of the category (NaN: not told). strongest, weakest: ITEM_COLUMNS,
    against the median where it is told, else by rate and loss; own: items that few others have, by loss. reasons:
    步骤, 说明, 条款. ahead: what stands between it and the next grade. consequences: 事项, 条款. compared: are medians
    told. remark: why they, or the rank, are not.
    """

    subject: str
    stage: str
    category: str
    group: str
    title: str
    simulated: bool
    audience: str
    composite: float
    points: float
    rank: int
    count: int
    grade: str
    pending: str
    parts: pd.DataFrame
    strongest: pd.DataFrame
    weakest: pd.DataFrame
    own: pd.DataFrame
    reasons: pd.DataFrame
    ahead: tuple[str, ...]
    consequences: pd.DataFrame
    compared: bool
    remark: str


def profile(results: Results, category: Category, subject: str, audience: str = SUBJECT) -> Profile:
    """The profile of a subject of a category, by its label, for itself (SUBJECT) or for the office (INTERNAL).

    Raises InputError where the category has no such subject, or the results are of a version that cannot tell how a
    subject is told its reasons.
    """
    least = max(int(results.run.get("min_compared", MIN_COMPARED)), 1) if audience == SUBJECT else 1
    row = _row(category, subject)
    group = str(row[category.group]) if category.group else ""
    together = category.scores[category.scores[category.group] == group] if category.group else category.scores
    few = few_others(len(together), least)
    told = _reasons(category, subject, audience, few)
    compare = _Comparison(category, subject, least, exact=audience == INTERNAL)
    strongest, weakest, own = compare.items()
    return Profile(
        subject=subject,
        stage=category.stage,
        category=category.name,
        group=group,
        title=results.title,
        simulated=results.simulated,
        audience=audience,
        composite=float(row[TOTAL]),
        points=category.points,
        rank=0 if few or pd.isna(row["排名"]) else int(row["排名"]),
        count=0 if few else len(together),
        grade=str(row["等次"]),
        pending=str(row["待定"]),
        parts=compare.parts(),
        strongest=strongest,
        weakest=weakest,
        own=own,
        reasons=told,
        ahead=tuple(next_grade(category, row, told, audience, few)),
        consequences=_mine(category.consequences, subject)[["事项", "条款"]],
        compared=not compare.few,
        remark=_remark(few, compare.few, least),
    )


def _row(category: Category, subject: str) -> pd.Series:
    found = category.scores[category.scores[LABEL] == subject]
    if len(found) != 1:
        problems = Problems()
        known = "、".join(category.scores[LABEL].head(10))
        problems.error(Place(), f"{category.full_name}没有考核对象“{subject}”", f"有：{known}等")
        raise InputError(problems)
    return found.iloc[0]


def _mine(frame: pd.DataFrame, subject: str) -> pd.DataFrame:
    return frame[frame[LABEL] == subject].reset_index(drop=True)


def _reasons(category: Category, subject: str, audience: str, few: bool) -> pd.DataFrame:
    """The reasons of the grade as the audience may read them; what the page's figures tell is left out."""
    rows = _mine(category.reasons, subject)
    if audience == SUBJECT:
        if OWN_TELLING not in rows:
            problems = Problems()
            problems.error(Place("理由.csv"), f"缺列：{OWN_TELLING}", "结果是较早的版本写的，请重新运行 kaohe run")
            raise InputError(problems)
        rows = told_to_subject(rows, "说明", OWN_TELLING, "步骤", few)
    rows = rows[~rows["步骤"].isin(SCORED)]
    others = rows["步骤"] != GRADED
    return (rows[others] if others.any() else rows)[["步骤", "说明", "条款"]].reset_index(drop=True)


def _remark(few: bool, alone: bool, least: int) -> str:
    """Why rank or medians are not told; "" where they are."""
    if alone and least <= 1:
        return "本类别没有其他考核对象，无从比较"
    if alone:
        return f"本类别的其他考核对象不足 {least} 个，从名次、中位数可能推知他人得分，因此不列"
    return f"一起排名的其他考核对象不足 {least} 个，从名次可能推知他人得分，因此不列" if few else ""


class _Comparison:
    """A subject's rates beside those of its category."""

    def __init__(self, category: Category, subject: str, least: int, exact: bool) -> None:
        self.category, self.subject, self.least, self.exact = category, subject, least, exact
        self.few = few_others(len(category.scores), least)

    def _median(self, rates: pd.Series) -> float:
        """The median of rates as it may be told; NaN among too few."""
        known = rates.dropna()
        if self.few or few_others(len(known), self.least):
            return np.nan
        return float(snap(known.median())) if self.exact else float(publish(known.median()))

    def _position(self, scores: pd.Series) -> str:
        """The quarter in which the subject's score lies (ties in their middle); "" among too few."""
        known = pd.Series(publish(scores), index=scores.index).dropna()
        if self.few or self.subject not in known or few_others(len(known), self.least):
            return ""
        own = known[self.subject]
        same = int((known == own).sum())
        if 2 * same > len(known):
            return ALIKE
        middle = (int((known > own).sum()) + same / 2) / len(known)
        return QUARTERS[min(int(middle * len(QUARTERS)), len(QUARTERS) - 1)]

    def parts(self) -> pd.DataFrame:
        """PART_COLUMNS: the whole, the parts and their leaves, and 加减分."""
        scores = self.category.scores.set_index(LABEL)
        leaves = self.category.leaf_rates.pivot_table(index=LABEL, columns="部分", values="得分", aggfunc="sum")
        rows = [self._part(TOTAL, 0, self.category.points, scores[TOTAL])]
        for part in self.category.parts:
            if part.name in scores:
                rows.append(self._part(part.name, 1, part.points, scores[part.name]))
            for leaf in part.leaves:
                values = leaves[leaf.name] if leaf.name in leaves else pd.Series(dtype=float)
                rows.append(self._part(leaf.name, 2, leaf.points, values))
        if pd.notna(scores.at[self.subject, ADJUST]):
            rows.append((ADJUST, 1, np.nan, float(scores.at[self.subject, ADJUST]), np.nan, np.nan, ""))
        return pd.DataFrame(rows, columns=PART_COLUMNS)

    def _part(self, name: str, level: int, points: float, scores: pd.Series) -> tuple:
        own = float(publish(scores.get(self.subject, np.nan)))
        if not points or np.isnan(own):
            return name, level, points or np.nan, own, np.nan, np.nan, self._position(scores)
        return name, level, points, own, own / points, self._median(scores / points), self._position(scores)

    def items(self) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """The strongest and the weakest items, and those that few others have (ITEM_COLUMNS)."""
        items = self.category.items
        mine = items[items[LABEL] == self.subject]
        medians = {key: self._median(rates) for key, rates in items.groupby(["部分", "项目"])["得分率"]}
        mine = mine.assign(中位=[medians[key] for key in zip(mine["部分"], mine["项目"], strict=True)])
        mine = mine.assign(相差=snap((mine["得分率"] - mine["中位"]).to_numpy(dtype=float)))
        compared, alone = mine[mine["中位"].notna()], mine[mine["中位"].isna()]
        if compared.empty:
            best = alone[alone["失分"] <= 0.005] if (alone["失分"] <= 0.005).any() else alone
            return self._top(best, "得分率", "分值"), self._losses(alone), mine.iloc[:0][ITEM_COLUMNS]
        over, under = compared[compared["相差"] > 0], compared[compared["相差"] < 0]
        weakest = self._top(under.assign(少=-under["相差"]), "少", "失分")
        return self._top(over, "相差", "分值"), weakest, self._losses(alone)

    @staticmethod
    def _top(rows: pd.DataFrame, *by: str) -> pd.DataFrame:
        keys = [*by, "部分", "项目"]
        order = rows.sort_values(keys, ascending=[False] * len(by) + [True, True], kind="stable")
        return order.head(MOST)[ITEM_COLUMNS].reset_index(drop=True)

    def _losses(self, rows: pd.DataFrame) -> pd.DataFrame:
        return self._top(rows[rows["失分"] > 0.005], "失分")
