"""One category of a results folder: what pages and charts show of it, selected from its tables, never recalculated."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from kaohe_tools.columns import AND, TOGETHER
from kaohe_tools.exact import publish

ADJUST, TOTAL = "加减分", "综合得分"
LABEL = "对象"  # added to every table about subjects: the name, with its 编号 where names repeat
GROUPS = ("分口", "所属单位")
COUNTED = ("满分起计", "完成")  # how the 规则 of a part begins that is counted or measured, not judged by people
SHARED = 0.5  # an item that more than this share of a category's subjects have is shown as common to them


@dataclass(frozen=True)
class Part:
    """A part of the total (or a leaf of one): its name, its points and its leaves."""

    name: str
    points: float
    leaves: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Category:
    """One category of one stage: the rows of every table that concern it, and what the scheme says of it.

    `spec` holds points and grades as run.json has them; use the properties. `problems` are those that name the category
    or its subjects or stand in their rows, `unplaced` counts those of the case that name nobody. `one_pool` says that
    places go by score over the whole category (or each group, where ranks are per group), so that a line of the top
    grade makes sense. `past` holds grades and scores of years before `year`, without rows where none are told.
    """

    stage: str
    name: str
    title: str
    simulated: bool
    only_stage: bool
    spec: dict[str, Any]
    scores: pd.DataFrame
    contributions: pd.DataFrame
    reasons: pd.DataFrame
    quotas: pd.DataFrame
    consequences: pd.DataFrame
    problems: pd.DataFrame
    unplaced: int
    one_pool: bool
    year: int = 0
    past: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=[LABEL, "年度", "等次", TOTAL]))

    @property
    def full_name(self) -> str:
        """The category's name, with its stage where there are several."""
        return self.name if self.only_stage or self.name == self.stage else f"{self.stage}·{self.name}"

    @property
    def grades(self) -> list[str]:
        return list(self.spec.get("grades", []))

    @property
    def top_grade(self) -> str:
        return str(self.spec.get("top_grade") or "")

    def level(self, grade: str) -> int | None:
        """Where a grade stands on the stage's scale (0 = best); None for one beside it, or none.

        Names that stand for another grade (合格 for 称职) are those of `grade_aliases` in run.json.
        """
        name = self.spec.get("grade_aliases", {}).get(grade, grade)
        return self.grades.index(name) if name in self.grades else None

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Top-level parts with their points, in the scheme's order; those without points here are left out."""
        return tuple(_part(entry) for entry in self.spec.get("parts", []) if entry.get("points"))

    @cached_property
    def leaves(self) -> tuple[Part, ...]:
        """Leaf parts (a part without leaves is its own leaf)."""
        return tuple(leaf for part in self.parts for leaf in (part.leaves or (part,)))

    @property
    def points(self) -> float:
        """The points that all parts add up to."""
        return sum(part.points for part in self.parts)

    @cached_property
    def group(self) -> str:
        """The column within which ranks are given (分口, 所属单位), '' where the whole category is ranked as one."""
        first = self.scores[self.scores["排名"] == 1]
        if first[TOTAL].nunique() <= 1:
            return ""
        fits = [name for name in GROUPS if name in self.scores and first[name].nunique() == self.scores[name].nunique()]
        return fits[0] if fits else ""

    @property
    def median(self) -> float:
        """The middle of the published 综合得分, rounded as those are; NaN without any."""
        return float(publish(self.scores[TOTAL].median()))

    @property
    def best(self) -> pd.DataFrame:
        """The rows of `scores` that hold the top grade for certain; none where the scheme does not grade."""
        holds = (self.scores["等次"] == self.top_grade) & (self.scores["待定"] == "")
        return self.scores[holds & (self.top_grade != "")]

    @cached_property
    def pending(self) -> pd.DataFrame:
        """The rows of `scores` that a person still has to decide (等次 then holds a proposal at most)."""
        return self.scores[self.scores["待定"] != ""]

    @property
    def grade_quotas(self) -> pd.DataFrame:
        """The rows of `quotas` that are places of a grade, not of a yes/no column (表彰)."""
        return self.quotas[~self.quotas["类别"].str.split("·").str[-1].isin(self.scores.columns)]

    def top_line(self, group: str | None = None) -> float | None:
        """The lowest published 综合得分 that holds the top grade (of one group, where given).

        None if nobody does, or where places are not given by score over the whole category (group).
        """
        if not self.one_pool:
            return None
        best = self.best
        if group is not None and self.group:
            best = best[best[self.group] == group]
        line = best[TOTAL].min()
        return None if pd.isna(line) else float(line)

    @cached_property
    def listed(self) -> pd.DataFrame:
        """The contributions without the leaves that are listed together with others (see `anonymity`)."""
        together = self.contributions[self.contributions["指标"] == TOGETHER]
        pairs = zip(together[LABEL], together["部分"], strict=True)
        hidden = {(who, leaf) for who, leaves in pairs for leaf in leaves.split(AND)}
        keys = zip(self.contributions[LABEL], self.contributions["部分"], strict=True)
        return self.contributions[[key not in hidden for key in keys]] if hidden else self.contributions

    @cached_property
    def leaf_rates(self) -> pd.DataFrame:
        """One row per subject and leaf: 对象, 一级部分, 部分, 满分, 得分 (of the total), 得分率 (1 = full)."""
        points = pd.DataFrame([(leaf.name, leaf.points) for leaf in self.leaves], columns=["部分", "满分"])
        rows = self.listed[self.listed["部分"].isin(points["部分"])]
        sums = rows.groupby([LABEL, "一级部分", "部分"], as_index=False)["计入得分"].sum()
        rates = sums.merge(points, on="部分").rename(columns={"计入得分": "得分"})
        return rates.assign(得分率=rates["得分"] / rates["满分"])[[LABEL, "一级部分", "部分", "满分", "得分", "得分率"]]

    @cached_property
    def judged(self) -> tuple[str, ...]:
        """Leaf parts that people judge as a whole, by ballots or by a mark: nothing is counted or measured for them.

        A part that comes from the 综合得分 of an earlier stage is not.
        """
        rows = self.contributions[self.contributions["部分"].isin(self._whole)]
        taken_over = rows["规则"].str.contains(f"{TOTAL} ", regex=False)
        judged = rows["指标"].isin(["", *self._whole]) & ~rows["规则"].str.startswith(COUNTED) & ~taken_over
        all_judged = judged.groupby(rows["部分"]).all()
        return tuple(leaf.name for leaf in self.leaves if all_judged.get(leaf.name, False))

    @cached_property
    def _whole(self) -> frozenset[str]:
        """Leaf parts under which no indicators stand: their one row with points bears the part's own name."""
        rows = self.contributions[(self.contributions["一级部分"] != ADJUST) & (self.contributions["分值"] > 0)]
        own = (rows["指标"] == rows["部分"]) | (rows["指标"] == "")
        alone = own.groupby(rows["部分"]).all()
        return frozenset(leaf.name for leaf in self.leaves if alone.get(leaf.name, False))

    @cached_property
    def items(self) -> pd.DataFrame:
        """One row per subject and 考核项目: 对象, 一级部分, 部分, 项目, 分值, 得分, 得分率, 失分, 共有.

        分值 and 得分 are sums of the items' own points, 失分 is in points of the total; 共有 says whether most subjects
        of the category have the item. An indicator without 考核项目 is its own item; a part under which no indicators
        stand is one, with what the ledger adds to it. Other rows without points are left out.
        """
        rows = self.listed[self.listed["部分"].isin([leaf.name for leaf in self.leaves])]
        whole = rows["部分"].isin(self._whole)
        rows = rows[whole | (rows["分值"] > 0)].copy()
        rows["项目"] = rows["考核项目"].where(rows["考核项目"] != "", rows["指标"]).mask(whole, rows["部分"])
        rows["满分"] = (rows["计入满分"] if "计入满分" in rows else self._full(rows)).fillna(0.0)
        keys = [LABEL, "一级部分", "部分", "项目"]
        items = rows.groupby(keys, as_index=False)[["分值", "得分", "满分", "计入得分"]].sum()
        items["得分率"] = items["得分"] / items["分值"]
        items["失分"] = (items["满分"] - items["计入得分"]).round(9) + 0.0
        holders = items.groupby(["部分", "项目"])[LABEL].transform("nunique")
        items["共有"] = holders > SHARED * max(self.scores[LABEL].nunique(), 1)
        return items[[*keys, "分值", "得分", "得分率", "失分", "共有"]]

    @cached_property
    def shared_losses(self) -> pd.DataFrame:
        """Shared items that lost points, most first: 部分, 项目, 失分 (mean of who has it), 得分, 分值, 对象数."""
        items = self.items.assign(失分=self.items["失分"].clip(lower=0))
        means = (
            items[items["共有"]]
            .groupby(["部分", "项目"], as_index=False)
            .agg(失分=("失分", "mean"), 得分=("得分", "sum"), 分值=("分值", "sum"), 对象数=(LABEL, "nunique"))
        )
        return means[means["失分"] > 0].sort_values(["失分", "项目"], ascending=[False, True])

    def _full(self, rows: pd.DataFrame) -> pd.Series:
        """Points of the total that each row could have brought: its share of the leaf's points."""
        points = rows["部分"].map({leaf.name: leaf.points for leaf in self.leaves}).astype(float)  # text without rows
        return points * rows["分值"] / rows.groupby([LABEL, "部分"])["分值"].transform("sum")


def _part(entry: dict[str, Any]) -> Part:
    leaves = tuple(_part(leaf) for leaf in entry.get("leaves", []) if leaf.get("points"))
    alone = len(leaves) == 1 and leaves[0].name == entry["name"]
    return Part(entry["name"], float(entry["points"]), () if alone else leaves)
