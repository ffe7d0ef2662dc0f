"""Contributions: one row for everything that adds to a composite score, with its rule, article and source cell.

A composite score is the sum of its contributions; nothing is computed a second time to be explained.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from kaohe_tools.binding import Bound
from kaohe_tools.case import Case
from kaohe_tools.conditions import View, holds, in_words
from kaohe_tools.directory import NOBODY, Directory
from kaohe_tools.exact import show_short, snap, texts
from kaohe_tools.ledger import cap_adjustments
from kaohe_tools.problems import Problems
from kaohe_tools.scheme import COMPOSITE, Stage, in_force

ADJUST = "加减分"
CONTRIBUTION_COLUMNS = [
    *("subject", "top", "leaf", "project", "indicator", "component", "points", "score", "value"),
    *("rule", "article", "file", "sheet", "cell"),
]
LAST = 10**6  # order of what belongs to no part: after all parts
_BLANK = {"project": "", "indicator": "", "component": "", "points": np.nan, "file": "", "sheet": "", "cell": ""}


def contributions(
    case: Case,
    stage: Stage,
    bound: Bound,
    valued: pd.DataFrame,
    entries: pd.DataFrame,
    view: View,
    published: Mapping[int, float],
    directory: Directory,
    problems: Problems,
) -> pd.DataFrame:
    """All contributions to one stage, in canonical order; columns CONTRIBUTION_COLUMNS.

    `valued`: item, score, rule, file, sheet, cell (see `values`). `published`: composite scores of earlier stages.
    `score` is in points of the indicator or part, `value` is what it adds to the composite score (unrounded).
    """
    here = view.frame.index
    items = bound.items[bound.items["subject"].isin(here)]
    rows = items.drop(columns=["sheet", "row", "source", "shared", "target", "rule"])
    rows = rows.join(valued.set_index("item"), how="inner")
    rows["value"], rows["rule"] = _scaled(rows, stage, directory)
    rows["component"] = ""
    articles = {leaf: stage.part_named(leaf).article for leaf in rows["leaf"].unique()}
    rows["article"] = rows["leaf"].map(articles)
    parts = [
        rows,
        *_from_stage(stage, here, published, directory, problems),
        _ledger_rows(case, stage, entries, directory),
    ]
    rows = pd.concat([part for part in parts if len(part)], ignore_index=True) if any(map(len, parts)) else rows
    rows = pd.concat([rows, _floors(case, stage, rows), _zeros(stage, rows, view)], ignore_index=True)
    rows = pd.concat([rows, _rescaled(case, stage, rows, directory)], ignore_index=True)
    rows["top"] = rows["leaf"].map({leaf: stage.top_of(leaf) or leaf for leaf in rows["leaf"].unique()})
    order = {part.name: i for i, part in enumerate(part for top in stage.parts for part in top.walk())}
    rows["order"] = [order.get(leaf, LAST) for leaf in rows["leaf"]]
    by = ["subject", "order", "project", "indicator", "value", "file", "sheet", "cell"]
    rows = rows.astype({"points": float, "score": float, "value": float})
    return rows.sort_values(by, kind="stable", ignore_index=True)[CONTRIBUTION_COLUMNS]


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame([{**_BLANK, **row} for row in rows], columns=[c for c in CONTRIBUTION_COLUMNS if c != "top"])


# --- items ----------------------------------------------------------------------------------------------------------


def _scaled(rows: pd.DataFrame, stage: Stage, directory: Directory) -> tuple[np.ndarray, list[str]]:
    """What each item adds: score × part points / sum of the part's item points (得分合计/分值合计×部分分值)."""
    if rows.empty:
        return np.zeros(0), []
    sums = rows.groupby(["subject", "leaf"])["points"].transform("sum").to_numpy()
    due = _due(rows, stage, directory) * _fill_for_excluded(rows, stage, directory)
    same = np.abs(sums - due) < 1e-9
    factors = zip(rows["rule"], same, texts(due), texts(sums), strict=True)
    rules = [rule if one else f"{rule}；×{d}/{s}" for rule, one, d, s in factors]
    return np.where(same, rows["score"], rows["score"] * due / sums), rules


def _due(rows: pd.DataFrame, stage: Stage, directory: Directory) -> np.ndarray:
    """Points of the leaf of each row in its subject's category."""
    categories = directory.subjects["category"].to_numpy()[rows["subject"].to_numpy()]
    pairs = list(zip(rows["leaf"], categories, strict=True))
    points = {(leaf, category): stage.part_named(leaf).points[category] for leaf, category in dict.fromkeys(pairs)}
    return np.array([points[pair] for pair in pairs], dtype=float)


def _fill_for_excluded(rows: pd.DataFrame, stage: Stage, directory: Directory) -> np.ndarray:
    """Where whole leaves of a top part were left out (missing: exclude), the factor by which the others grow."""
    factors: dict[tuple[int, str], float] = {}
    shapes: dict[tuple, dict[str, float]] = {}
    categories = directory.subjects["category"].to_numpy()
    there = rows[["subject", "leaf"]].drop_duplicates()
    for number, leaves in there.groupby("subject")["leaf"]:
        shape = (categories[number], frozenset(leaves))
        if shape not in shapes:
            shapes[shape] = _growth(stage, *shape)
        factors |= {(number, leaf): factor for leaf, factor in shapes[shape].items()}
    return np.array([factors[pair] for pair in zip(rows["subject"], rows["leaf"], strict=True)], dtype=float)


def _growth(stage: Stage, category: str, present: frozenset[str]) -> dict[str, float]:
    """By leaf, the factor by which it grows where only some leaves of its top part are there."""
    factors: dict[str, float] = {}
    for top in stage.parts:
        own = [leaf for leaf in top.leaves(category) if leaf.source != "stage"]
        due = sum(leaf.points[category] for leaf in own)
        there = sum(leaf.points[category] for leaf in own if leaf.name in present)
        factors |= {leaf.name: due / there if there else 1.0 for leaf in own}
    return factors


# --- earlier stages -------------------------------------------------------------------------------------------------


def _from_stage(
    stage: Stage, here: pd.Index, published: Mapping[int, float], directory: Directory, problems: Problems
) -> list[pd.DataFrame]:
    """Contributions taken over from an earlier stage: a share of its published composite score, or the whole of it."""
    rows: list[dict[str, Any]] = []
    for number in here:
        category = directory.subjects.at[number, "category"]
        wanted = [
            (leaf.stage, leaf.name, leaf.points[category], leaf.article)
            for leaf in stage.leaves(category)
            if leaf.stage
        ]
        if stage.composite_from:
            wanted.append((stage.composite_from, COMPOSITE, 100.0, stage.composite_article))
        for origin, leaf, points, article in wanted:
            own = directory.link(number, origin)
            if own == NOBODY or own not in published:
                row = directory.subjects.loc[number]
                name = row["unit"] or row["subject"]
                place = directory.tables.place(int(row["sheet"]), int(row["row"]), "unit" if row["unit"] else "subject")
                problems.error(place, f"环节“{origin}”的名册里没有“{name}”，无法取得其综合得分", "请核对所属单位")
                continue
            score = published[own]
            rule = f"{origin}综合得分 {show_short(score)}" + ("" if leaf == COMPOSITE else f"×{show_short(points)}%")
            value = score if leaf == COMPOSITE else score * points / 100
            what = {
                "subject": number,
                "leaf": leaf,
                "indicator": leaf,
                "points": points,
                "score": value,
                "value": value,
            }
            rows.append({**what, "rule": rule, "article": article})
    return [_frame(rows)] if rows else []


# --- ledger ---------------------------------------------------------------------------------------------------------


def _ledger_rows(case: Case, stage: Stage, entries: pd.DataFrame, directory: Directory) -> pd.DataFrame:
    """Contributions of the ledger entries that count, and of the cap where it takes something off."""
    stages = directory.subjects["stage"]
    counting = entries[(entries["set_aside"] == "") & (entries["subject"].map(stages) == stage.name)]
    rows: list[dict[str, Any]] = []
    for entry in counting.itertuples():
        place = directory.tables.place(entry.sheet, entry.row, "standard")
        what = f"{entry.standard}：{entry.matter}" if entry.matter else entry.standard
        rows.append({
            "subject": entry.subject, "leaf": entry.to or ADJUST, "indicator": what, "component": entry.standard,
            "score": entry.value, "value": entry.value, "rule": "台账", "article": entry.article,
            "file": place.file, "sheet": place.sheet, "cell": place.cell,
        })  # fmt: skip
    if stage.ledger is not None:
        free = counting[counting["to"] == ""]
        for cut in cap_adjustments(free, stage.ledger.cap, case.readings["adjust_cap"]).itertuples():
            what = {"subject": cut.subject, "leaf": ADJUST, "indicator": "封顶调整", "score": cut.value}
            rows.append({**what, "value": cut.value, "rule": cut.why, "article": stage.ledger.article})
    return _frame(rows)


# --- floors, zeros, rescaling ---------------------------------------------------------------------------------------


def _floors(case: Case, stage: Stage, rows: pd.DataFrame) -> pd.DataFrame:
    """What is given back where a leaf fell below its floor (以扣完该项为止)."""
    added: list[dict[str, Any]] = []
    floors = {part.name: part.floor for top in stage.parts for part in top.walk() if part.floor}
    floors = {leaf: floor for leaf, floor in floors.items() if in_force(floor.only_if, case.readings)}
    sums = rows[rows["leaf"].isin(floors)].groupby(["subject", "leaf"])["value"].sum()
    for (number, leaf), value in sums.items():
        floor = floors[leaf]
        short = float(snap(floor.at - value))
        if short > 0:
            what = {"subject": number, "leaf": leaf, "indicator": "扣完为止", "score": short, "value": short}
            rule = f"合计 {show_short(value)}，不低于 {show_short(floor.at)}"
            added.append({**what, "rule": rule, "article": floor.article})
    return _frame(added)


def _zeros(stage: Stage, rows: pd.DataFrame, view: View) -> pd.DataFrame:
    """What is taken off where a finding makes a whole leaf nothing."""
    added: list[dict[str, Any]] = []
    for part in (part for top in stage.parts for part in top.walk() if part.zero):
        concerned = view.frame.index[holds(part.zero.when, view)]
        sums = rows[rows["leaf"] == part.name].groupby("subject")["value"].sum()
        for number in concerned.intersection(sums.index):
            value = -max(float(sums[number]), 0.0)
            what = {"subject": number, "leaf": part.name, "indicator": "该项不得分", "score": value, "value": value}
            added.append({**what, "rule": in_words(part.zero.when, view, number), "article": part.zero.article})
    return _frame(added)


def _rescaled(case: Case, stage: Stage, rows: pd.DataFrame, directory: Directory) -> pd.DataFrame:
    """What a category that lacks parts gains by scaling its total up; entries that are kept out of it do not grow."""
    rescale = stage.rescale
    if rescale is None or not in_force(rescale.only_if, case.readings):
        return _frame([])
    added: list[dict[str, Any]] = []
    growing = rows[~rows["component"].isin(rescale.keep)]
    for number, value in growing.groupby("subject")["value"].sum().items():
        category = directory.subjects.at[number, "category"]
        total = sum(part.total(category) for part in stage.parts)
        if total < rescale.to:
            more = value * (rescale.to / total - 1)
            rule = f"{show_short(value)}×({show_short(rescale.to)}/{show_short(total)}−1)"
            what = {"subject": number, "leaf": "折算", "indicator": "总分折算", "score": more, "value": more}
            added.append({**what, "rule": rule, "article": rescale.article})
    return _frame(added)


# --- composite scores -----------------------------------------------------------------------------------------------


def composites(rows: pd.DataFrame, stage: Stage, here: pd.Index) -> pd.DataFrame:
    """Unrounded sums by subject of a stage: one column for each top part, ADJUST and `composite`.

    A part that a category does not have is NaN; ADJUST is 0 where nothing counts, NaN where the stage has no 加减分.
    """
    tops = [part.name for part in stage.parts]
    table = rows.pivot_table(index="subject", columns="top", values="value", aggfunc="sum", observed=True)
    table = table.reindex(index=here, columns=[*tops, ADJUST]).astype(float)
    table[ADJUST] = table[ADJUST].fillna(0.0) if stage.ledger is not None and stage.ledger.adjusts else np.nan
    table["composite"] = rows.groupby("subject")["value"].sum().reindex(here)
    return table
