"""How scores spread: by category, part, item, rater, voter group, panel; the line of the top grade; profiles; years."""

from __future__ import annotations

import math
from typing import NoReturn

import numpy as np
import pandas as pd

from kaohe_tools.assess import Assessment, Prepared
from kaohe_tools.exact import publish, snap
from kaohe_tools.explore.ballot_checks import voter_shares
from kaohe_tools.explore.raters import PANEL, RATER
from kaohe_tools.explore.study import INDICATOR, LEVELS, Study, every_study, matrix
from kaohe_tools.problems import InputError, Place, Problems

WHOLE, VOTERS, RATERS, PANELS = "综合得分", "评价主体", "评分人", "考核组"
WAYS = (WHOLE, *LEVELS, VOTERS, RATERS, PANELS)  # by what the scores of a category may be spread out
NEAR = (0.5, 1.0)  # points on each side of the line within which the crowd is counted


def spread_by_category(assessment: Assessment, stage: str = "") -> pd.DataFrame:
    """Published composite scores of every category of a stage ("": of all): group, subject, label, value."""
    views = [view for view in every_study(assessment) if stage in ("", view.stage.name)]
    frames = [
        view.subjects.rename_axis("subject_").reset_index()[["subject_", "label", "composite"]].assign(group=view.title)
        for view in views
    ]
    table = pd.concat(frames, ignore_index=True).rename(columns={"subject_": "subject", "composite": "value"})
    return table[["group", "subject", "label", "value"]]


def spread(what: Study, way: str, marked: pd.DataFrame | None = None, part: str = "") -> pd.DataFrame:
    """One value for each subject and group: group, subject, label, value.

    way: one of WAYS. 综合得分 is in points, all others are shares of points (1 = full). 评分人 and 考核组 need `marks`:
    the mean share that each gave a subject. part: only what belongs to this part or top-level part. Raises ValueError
    for another way, InputError for a part that the category does not have.
    """
    if way not in WAYS:
        raise ValueError(f"{way}: one of {'、'.join(WAYS)}")
    _known_part(what, part)
    if way == WHOLE:
        table = pd.DataFrame({WHOLE: what.subjects["composite"]})
    elif way in LEVELS:
        cells = matrix(what, way)
        inside = (cells.info[["top", "leaf"]] == part).any(axis=1) if part else cells.info["held"] > 0
        table = cells.shares[cells.info.index[inside]]
    elif way == VOTERS:
        table = voter_shares(what)
    else:
        return _by_marks(marked, RATER if way == RATERS else PANEL, part)
    order = {name: i for i, name in enumerate(table)}
    long = table.rename_axis("subject").reset_index().melt("subject", var_name="group", value_name="value").dropna()
    long = long.sort_values(["group", "subject"], key=lambda c: c.map(order) if c.name == "group" else c, kind="stable")
    long = long.assign(label=long["subject"].map(what.subjects["label"]))
    return long[["group", "subject", "label", "value"]].reset_index(drop=True)


def _known_part(what: Study, part: str) -> None:
    """Raises InputError with the category's parts where it has no such part."""
    names = dict.fromkeys(name for leaf in what.leaves for name in (what.stage.top_of(leaf.name), leaf.name))
    if part and part not in names:
        _refuse(f"类别“{what.category}”没有部分“{part}”", list(names))


def _refuse(message: str, known: list[str]) -> NoReturn:
    problems = Problems()
    problems.error(Place(), message, f"已有：{'、'.join(known)}")
    raise InputError(problems)


def _by_marks(marked: pd.DataFrame | None, column: str, part: str) -> pd.DataFrame:
    if marked is None:
        raise ValueError("give the marks, see raters.marks")
    chosen = marked[(marked[column] != "") & ((marked["leaf"] == part) | (part == ""))]
    means = chosen.groupby([column, "subject", "label"])["share"].mean().reset_index()
    return means.set_axis(["group", "subject", "label", "value"], axis=1)


def summary(long: pd.DataFrame) -> pd.DataFrame:
    """One row for each group of a spread, in its order: group, count, low, q1, median, q3, high, mean, spread."""
    groups = long.groupby("group", sort=False)["value"]
    quartiles = groups.quantile([0.25, 0.5, 0.75]).unstack().reindex(columns=[0.25, 0.5, 0.75])
    table = pd.DataFrame({
        "count": groups.size(), "low": groups.min(), "q1": quartiles[0.25], "median": quartiles[0.5],
        "q3": quartiles[0.75], "high": groups.max(), "mean": groups.mean(), "spread": groups.std(),
    })  # fmt: skip
    return table.reindex(long["group"].unique()).rename_axis("group").reset_index()


# --- the line of the top grade ----------------------------------------------------------------------------------------


def top_line(what: Study) -> pd.DataFrame:
    """Where the top grade ends, for each group that is ranked by itself.

    group, count, holders (who have the grade for good), open (who may still get it: 待定), line (score of the last in),
    first_out (the best score below the line), gap (between both), above (who lie above the line and do not have the
    grade), and one column for each of NEAR, how many others lie within so many points of the last place. Empty where
    the stage has no grades or places are not given by score over the whole group.
    """
    columns = ["group", "count", "holders", "open", "line", "first_out", "gap", "above", *map(near_name, NEAR)]
    if not what.stage.grades or not _one_pool(what):
        return pd.DataFrame(columns=columns)
    rows = []
    for group, own in what.subjects.groupby("within", sort=True):
        scores = own["composite"].to_numpy()
        holds = holders(what, own).to_numpy()
        line = scores[holds].min() if holds.any() else math.nan
        below = scores[~holds & (scores < line)]
        out = below.max() if len(below) else math.nan
        gap = float(snap(line - out)) if len(below) else math.nan
        near = [int((snap(np.abs(scores - line)) <= reach).sum()) - 1 if holds.any() else 0 for reach in NEAR]
        waiting = int((own["pending"] != "").sum())
        rows.append(
            (group, len(own), int(holds.sum()), waiting, line, out, gap, int((~holds & (scores > line)).sum()), *near)
        )
    return pd.DataFrame(rows, columns=columns)


def near_name(reach: float) -> str:
    """The column of `top_line` that counts the crowd within so many points.

    >>> near_name(0.5)
    'within_0.5'
    """
    return f"within_{reach:g}"


def holders(what: Study, subjects: pd.DataFrame) -> pd.Series:
    """Who holds the top grade for good, by whatever name the stage gives it."""
    top = what.stage.grades[0]
    names = {top, *(own for _, called in what.stage.grade_names for grade, own in called.items() if grade == top)}
    return subjects["grade"].isin(names) & (subjects["pending"] == "")


def _one_pool(what: Study) -> bool:
    """Do places of the top grade go by score over the whole of each group that is ranked by itself?"""
    steps = [step for step in what.stage.steps if step.kind == "places" and step.word == what.stage.grades[0]]
    if not steps or any(step.pools for step in steps):
        return False
    quotas = what.assessment.quotas
    named = set(quotas.loc[quotas["stage"] == what.stage.name, "pool"])
    return set(what.subjects["within"]) <= named


def near_line(what: Study, reach: float = NEAR[-1]) -> pd.DataFrame:
    """Everyone within `reach` points of their group's line: group, subject, label, value, distance, grade, pending."""
    lines = top_line(what).set_index("group")["line"].astype(float)
    own = what.subjects.assign(distance=what.subjects["composite"] - what.subjects["within"].map(lines).astype(float))
    own = own[snap(own["distance"].abs()) <= reach].rename_axis("subject_").reset_index()
    own = own.sort_values(["within", "composite", "label"], ascending=[True, False, True], kind="stable")
    table = own[["within", "subject_", "label", "composite", "distance", "grade", "pending"]]
    return table.set_axis(["group", "subject", "label", "value", "distance", "grade", "pending"], axis=1).assign(
        distance=lambda t: snap(t["distance"])
    )


# --- one subject, and the years ---------------------------------------------------------------------------------------


def profile(what: Study, subject: str, level: str = INDICATOR) -> pd.DataFrame:
    """One subject against its category, item by item.

    subject: its name or 编号. item, leaf, points, share, low, q1, median, q3, high (of the category), place (1 = best),
    count, behind (points of the composite by which it lies below the median). Raises InputError where nobody is so
    named.
    """
    number = find(what, subject)
    cells = matrix(what, level)
    shares = cells.shares.loc[:, cells.shares.loc[number].notna()]
    quartiles = shares.quantile([0.0, 0.25, 0.5, 0.75, 1.0]).T.set_axis(["low", "q1", "median", "q3", "high"], axis=1)
    info, own = cells.info.loc[shares.columns], shares.loc[number]
    table = pd.DataFrame({"leaf": info["leaf"], "points": info["points"], "share": own}).join(quartiles)
    table["place"] = shares.rank(ascending=False, method="min").loc[number].astype(int)
    table["count"] = shares.notna().sum()
    table["behind"] = ((table["median"] - table["share"]) * table["points"]).round(9)
    return table.rename_axis("item").reset_index()


def find(what: Study, subject: str) -> int:
    """The number of a subject by its name, 编号 or label ("": the one in the middle of the ranking)."""
    rows = what.subjects
    if not subject:
        return int(rows.sort_values(["rank", "label"], kind="stable").index[(len(rows) - 1) // 2])
    found = rows.index[(rows["subject"] == subject) | (rows["code"] == subject) | (rows["label"] == subject)]
    if len(found) == 1:
        return int(found[0])
    told = "不止一个" if len(found) else "没有"
    _refuse(f"类别“{what.category}”{told}考核对象“{subject}”", list(rows["label"]))


def one_item(what: Study, item: str = "", level: str = INDICATOR) -> tuple[str, pd.DataFrame]:
    """One item ("": the one that spreads the composite most) and its table: label, share, value, place; best first.

    value: what it adds to the composite score. Without any items: "" and an empty table. Raises InputError where the
    category has no such item, with all it has.
    """
    cells = matrix(what, level)
    if not item and len(cells.values.columns):
        item = str(cells.values.std().fillna(0.0).idxmax())
    if not item:
        return "", pd.DataFrame(columns=["label", "share", "value", "place"])
    if item not in cells.shares:
        _refuse(f"类别“{what.category}”没有{level}“{item}”", list(cells.shares))
    share = cells.shares[item].dropna()
    table = pd.DataFrame({"label": what.subjects["label"][share.index], "share": share, "value": cells.values[item]})
    table = table.dropna(subset="share").assign(place=share.rank(ascending=False, method="min").astype(int))
    return item, table.sort_values(["place", "label"], kind="stable", ignore_index=True)


def years(prepared: Prepared, what: Study) -> pd.DataFrame:
    """Composite scores and grades of earlier years and this one: subject, label, year, value, grade, change.

    change: against the year before, NaN where that is not known. Only subjects with an earlier year; empty where none.
    """
    earlier = [
        (number, year, composite, grade)
        for (number, year), (grade, composite) in prepared.history.items()
        if number in what.subjects.index
    ]
    numbers = sorted({number for number, *_ in earlier})
    now = what.subjects.loc[numbers]
    this = zip(numbers, [prepared.case.year] * len(numbers), now["composite"], now["grade"], strict=True)
    table = pd.DataFrame([*earlier, *this], columns=["subject", "year", "value", "grade"])
    table = table.sort_values(["subject", "year"], ignore_index=True).assign(
        label=lambda t: t["subject"].map(what.subjects["label"])
    )
    follows = table.groupby("subject")["year"].diff() == 1
    change = publish(table.groupby("subject")["value"].diff().astype(float))
    return table.assign(change=pd.Series(change).where(follows))[
        ["subject", "label", "year", "value", "grade", "change"]
    ]
