"""One category of one stage as this package looks at it, and its matrix of subjects × items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kaohe_tools.anonymity import disclosed
from kaohe_tools.assess import Assessment
from kaohe_tools.exact import publish, snap
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.scheme import Part, Stage
from kaohe_tools.scoring import ADJUST
from kaohe_tools.stages import group_names

TOP, LEAF, PROJECT, INDICATOR = "一级部分", "部分", "考核项目", "指标"
LEVELS = (TOP, LEAF, PROJECT, INDICATOR)  # how finely a score is taken apart
OWN = "自有项目（合计）"  # one item made of all that only few of the subjects have
SHARED = 0.5  # an item that more than this share of the subjects have is common to them


@dataclass(frozen=True)
class Study:
    """One category of one stage of an assessment, as it may be shown: few voters are not listed by themselves.

    subjects: rows of the roster, index = number, with `label` (the name, with its 编号 where names repeat), `composite`
    (published), `raw` (unrounded), `rank`, `within` (the group in which it is ranked), `grade`, `pending`.
    """

    assessment: Assessment
    stage: Stage
    category: str
    subjects: pd.DataFrame

    @property
    def simulated(self) -> bool:
        return self.assessment.case.simulated

    @property
    def title(self) -> str:
        """The category's name, with its stage where there are several."""
        stages = self.assessment.subjects["stage"].unique()
        same = len(stages) == 1 or self.stage.name == self.category
        return self.category if same else f"{self.stage.name}·{self.category}"

    @property
    def count(self) -> int:
        return len(self.subjects)

    @property
    def leaves(self) -> list[Part]:
        return self.stage.leaves(self.category)

    @property
    def tops(self) -> list[Part]:
        """Top-level parts that the category has."""
        return [part for part in self.stage.parts if part.leaves(self.category)]

    @property
    def rows(self) -> pd.DataFrame:
        """The contributions of its subjects."""
        rows = self.assessment.contributions
        return rows[rows["subject"].isin(self.subjects.index)]

    @property
    def adjustments(self) -> pd.Series:
        """加减分 by subject, 0 where there is none."""
        scores = self.assessment.scores.reindex(self.subjects.index)
        return scores[ADJUST].fillna(0.0) if ADJUST in scores else pd.Series(0.0, index=scores.index)


def study(assessment: Assessment, stage: str = "", category: str = "") -> Study:
    """The view of one category ("" = the first stage that has subjects, its first category).

    `assessment` is as `assess` gives it; what may not be listed is hidden here. Raises InputError with the known names
    where there is no such stage or category.
    """
    shown = disclosed(assessment)
    roster = shown.subjects
    stages = [name for name in shown.case.scheme.stages if (roster["stage"] == name).any()]
    stage = _known("环节", stage, stages)
    declared = shown.case.scheme.stages[stage]
    here = roster[roster["stage"] == stage]
    categories = [name for name in declared.categories if (here["category"] == name).any()]
    category = _known(f"环节“{stage}”的类别", category, categories)
    subjects = here[here["category"] == category]
    again = subjects.duplicated("subject", keep=False)
    label = subjects["subject"].where(~again, subjects["subject"] + "（" + subjects["code"] + "）")
    raw = shown.scores["composite"].reindex(subjects.index)
    grades = shown.grades.reindex(subjects.index)
    added = {"raw": raw, "composite": publish(raw), "within": group_names(declared, subjects)}
    columns = {name: grades[name] for name in ("rank", "grade", "pending")}
    return Study(shown, declared, category, subjects.assign(label=label, **added, **columns))


def every_study(assessment: Assessment) -> list[Study]:
    """The view of every category of every stage, in the scheme's order."""
    pairs = assessment.subjects[["stage", "category"]].drop_duplicates().itertuples(index=False, name=None)
    known = set(pairs)
    stages = assessment.case.scheme.stages.values()
    return [study(assessment, s.name, c) for s in stages for c in s.categories if (s.name, c) in known]


def _known(kind: str, name: str, names: list[str]) -> str:
    if (name or names) and name in ("", *names):
        return name or names[0]
    unknown = Problems()
    unknown.error(Place(), f"没有{kind}“{name}”", f"已有：{'、'.join(names) or '无'}")
    raise InputError(unknown)


# --- subjects × items -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Matrix:
    """Subjects (rows, by number) × items (columns, by label).

    shares: share of the item's points (1 = full; NaN: the subject has no such item). values: what it adds to the
    composite score, in points. info: by item, top, leaf, project, points (in the composite, mean of those who have it),
    held (how many have it), own (it is made of items that only few have).
    """

    level: str
    shares: pd.DataFrame
    values: pd.DataFrame
    info: pd.DataFrame

    @property
    def count(self) -> int:
        return len(self.shares)

    @property
    def whole(self) -> list[str]:
        """Items that every subject has."""
        return [name for name in self.shares if self.shares[name].notna().all()]


def matrix(what: Study, level: str = INDICATOR) -> Matrix:
    """A category taken apart at one of LEVELS; items that at most half of the subjects have are one item, OWN.

    Parts judged by so few that they are not listed by themselves are left out for those subjects. Raises ValueError for
    another level.
    """
    if level not in LEVELS:
        raise ValueError(f"{level}: one of {'、'.join(LEVELS)}")
    cells = _of_parts(what, level) if level in (TOP, LEAF) else _of_items(what, level)
    cells = cells.assign(share=snap(cells["value"] / cells["full"]))
    order = list(dict.fromkeys(cells["item"]))
    numbers = what.subjects.index
    shares = cells.pivot(index="subject", columns="item", values="share").reindex(index=numbers, columns=order)
    values = cells.pivot(index="subject", columns="item", values="value").reindex(index=numbers, columns=order)
    by_item = cells.groupby("item", sort=False)
    info = by_item.agg(
        top=("top", "first"), leaf=("leaf", "first"), project=("project", "first"), own=("own", "first"),
        points=("full", "mean"), held=("subject", "size"),
    )  # fmt: skip
    return Matrix(level, shares.rename_axis(columns=None), values.rename_axis(columns=None), info.reindex(order))


def _of_parts(what: Study, level: str) -> pd.DataFrame:
    """Cells of parts: subject, item, top, leaf, project, own, value, full."""
    if level == TOP:
        points = {part.name: part.total(what.category) for part in what.tops}
        scores = what.assessment.scores.reindex(what.subjects.index)[list(points)]
        long = scores.rename_axis("subject").reset_index().melt("subject", var_name="item", value_name="value")
    else:
        points = {part.name: part.points[what.category] for part in what.leaves}
        rows = what.rows[what.rows["leaf"].isin(list(points))]
        long = rows.groupby(["subject", "leaf"], as_index=False)["value"].sum().rename(columns={"leaf": "item"})
        place = {name: i for i, name in enumerate(points)}
        long = long.sort_values("item", key=lambda names: names.map(place), kind="stable")
    tops = {name: what.stage.top_of(name) for name in points}
    long = long.assign(top=long["item"].map(tops), leaf=long["item"], project="", own=False)
    return long.assign(full=long["item"].map(points).astype(float)).dropna(subset="value")


def _of_items(what: Study, level: str) -> pd.DataFrame:
    """Cells of 考核项目 or 指标, with the same columns; a part under which no indicators stand is one item."""
    points = {part.name: part.points[what.category] for part in what.leaves}
    rows = what.rows[what.rows["leaf"].isin(list(points))].copy()
    pointed = rows["points"] > 0
    plain = rows["indicator"].isin(["", *points]) & (rows["project"] == "")
    whole = rows["leaf"].map(plain[pointed].groupby(rows["leaf"][pointed]).all()).fillna(False).astype(bool)
    due = rows["leaf"].map(points)
    sums = rows["points"].where(pointed).groupby([rows["subject"], rows["leaf"]]).transform("sum")
    rows["full"] = np.where(pointed, due * rows["points"] / sums.where(sums > 0), 0.0)
    rows = rows[whole | pointed]
    whole = whole[rows.index]
    project, indicator = rows["project"].mask(whole, ""), rows["indicator"].mask(whole, rows["leaf"])
    if level == PROJECT:
        project, indicator = "", project.where(project != "", indicator)
    rows = rows.assign(project=project, indicator=indicator)
    keys = ["subject", "top", "leaf", "project", "indicator"]
    cells = rows.groupby(keys, as_index=False, sort=False)[["value", "full"]].sum()
    place = {name: i for i, name in enumerate(points)}
    cells["place"] = cells["leaf"].map(place)
    cells = cells.sort_values(["place", "project", "indicator", "subject"], kind="stable")
    held = cells.groupby(["leaf", "project", "indicator"])["subject"].transform("size")
    cells["own"] = held <= SHARED * what.count
    cells["item"] = _labels(cells)
    return _with_own(cells[cells["full"] > 0])


def _labels(cells: pd.DataFrame) -> np.ndarray:
    """A label for each item: its name, with its 考核项目 or part before it where names repeat."""
    items = cells[["leaf", "project", "indicator"]].drop_duplicates()
    name = items["indicator"].copy()
    longer = items["project"].where(items["project"] != "", items["leaf"]) + "·" + items["indicator"]
    longest = items["leaf"] + "·" + items["project"] + "·" + items["indicator"]
    for other in (longer, longest):
        name = name.mask(name.duplicated(keep=False), other)
    known = dict(zip(items.itertuples(index=False, name=None), name, strict=True))
    return np.array([known[key] for key in cells[["leaf", "project", "indicator"]].itertuples(index=False, name=None)])


def _with_own(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells with all own items of a subject as one."""
    common, own = cells[~cells["own"]], cells[cells["own"]]
    if own.empty:
        return common
    sums = own.groupby("subject", as_index=False)[["value", "full"]].sum()
    top = own["top"].iloc[0] if own["top"].nunique() == 1 else ""
    leaf = own["leaf"].iloc[0] if own["leaf"].nunique() == 1 else ""
    return pd.concat([common, sums.assign(item=OWN, top=top, leaf=leaf, project="", own=True)], ignore_index=True)
