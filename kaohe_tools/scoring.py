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
from kaohe_tools.scheme import COMPOSITE, Part, Stage, in_force

ADJUST = "加减分"
CONTRIBUTION_COLUMNS = [
    *("subject", "top", "leaf", "project", "indicator", "component", "points", "score", "value"),
    *("rule", "article", "file", "sheet", "cell"),
]
LAST = 10**6  # order of what belongs to no part: after all parts
_ORDERED = ["subject", "order", "project", "indicator", "value", "file", "sheet", "cell"]
_TEXTS = ("top", "leaf", "project", "indicator", "component", "rule", "article", "file", "sheet", "cell")
_OF_ITEMS = ("subject", "leaf", "order", "project", "indicator", "points")
_BLANK = {name: "" for name in _TEXTS} | {"points": np.nan}


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
    rows = items = _item_rows(stage, view, bound, valued)
    rows = _with(rows, stage, _from_stage(stage, here, published, directory, problems))
    rows = _with(rows, stage, _ledger_rows(case, stage, entries, directory))
    rows = _with(rows, stage, _floors(case, stage, rows) + _zeros(stage, rows, view))
    rows = _with(rows, stage, _rescaled(case, stage, rows, directory))
    return _in_order(rows, len(items))[CONTRIBUTION_COLUMNS]


def _all_parts(stage: Stage) -> list[Part]:
    """Every part of a stage, those with parts of their own before them, in the scheme's order."""
    return [part for top in stage.parts for part in top.walk()]


def _with(rows: pd.DataFrame, stage: Stage, added: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows with others below them; a part of theirs that the stage does not have is a top part of its own, the last."""
    if not added:
        return rows
    order = {part.name: i for i, part in enumerate(_all_parts(stage))}
    leaves = [row["leaf"] for row in added]
    own = {"order": [order.get(leaf, LAST) for leaf in leaves], "top": [stage.top_of(leaf) or leaf for leaf in leaves]}
    more = pd.DataFrame([{**_BLANK, **row} for row in added]).assign(**own)
    more = more[rows.columns].astype({"subject": int, "points": float, "score": float, "value": float})
    return pd.concat([rows, more], ignore_index=True) if len(rows) else more


def _in_order(rows: pd.DataFrame, items: int) -> pd.DataFrame:
    """Rows in canonical order. The first ones are `items` in theirs: only what other rows join needs a closer look."""
    if len(rows) == items:
        return rows
    subject, part = rows["subject"].to_numpy(), rows["order"].to_numpy()
    order = np.lexsort((part, subject))
    subject, part = subject[order], part[order]
    blocks = np.cumsum(np.r_[True, (subject[1:] != subject[:-1]) | (part[1:] != part[:-1])]) - 1
    joined = np.bincount(blocks, order >= items) > 0
    mixed = np.flatnonzero((joined & (np.bincount(blocks) > 1))[blocks])
    order[mixed] = rows.iloc[order[mixed]].sort_values(_ORDERED, kind="stable").index
    return rows.take(order).reset_index(drop=True)


# --- items ----------------------------------------------------------------------------------------------------------


def _item_rows(stage: Stage, view: View, bound: Bound, valued: pd.DataFrame) -> pd.DataFrame:
    """What each item adds: score × part points / sum of the part's item points (得分合计/分值合计×部分分值).

    In canonical order, as the items are; beside CONTRIBUTION_COLUMNS the `order` of the part in the scheme.
    """
    number, position = valued["item"].to_numpy(), view.frame.index.get_indexer(bound.items["subject"])
    at = np.argsort(number, kind="stable")
    at = at[position[number[at]] >= 0]
    number = number[at]
    rows = {name: bound.items[name].to_numpy()[number] for name in _OF_ITEMS}
    rows |= {name: valued[name].to_numpy()[at] for name in ("score", "rule", "file", "sheet", "cell")}
    position, order = position[number], rows["order"]
    starts = np.r_[True, (position[1:] != position[:-1]) | (order[1:] != order[:-1])][: len(number)]
    leaf = np.cumsum(starts) - 1  # each subject's leaf is a run of rows
    sums = np.bincount(leaf, rows["points"])
    due = _due(stage, view, position[starts], order[starts])
    same = np.abs(sums - due) < 1e-9
    score = rows["score"]
    rows["value"] = np.where(same[leaf], score, score * due[leaf] / sums[leaf])
    if not same.all():
        words = zip(same, texts(due), texts(sums), strict=True)
        rows["rule"] = rows["rule"] + np.array(["" if one else f"；×{d}/{s}" for one, d, s in words], object)[leaf]
    rows["component"] = np.full(len(number), "", dtype=object)
    for name, words in (("top", stage.top_of), ("article", lambda name: stage.part_named(name).article)):
        rows[name] = np.array([words(part.name) for part in _all_parts(stage)] + [""], dtype=object)[order]
    return pd.DataFrame(rows)


def _due(stage: Stage, view: View, position: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Points due to each subject's leaves that are there; where others of the same top part are not, they grow.

    position, order: of the subject in the view and of the leaf in the scheme, each pair once.
    """
    parts, categories = _all_parts(stage), list(stage.categories)
    category = pd.Index(categories).get_indexer(view.frame["category"])
    there = np.zeros((len(view.frame), len(parts)), dtype=bool)
    there[position, order] = True
    shapes, shape = np.unique(np.column_stack([category, there]), axis=0, return_inverse=True)
    due = np.zeros((len(shapes), len(parts)))
    for i, (number, *present) in enumerate(shapes.tolist()):
        own = [part.name for part, one in zip(parts, present, strict=True) if one]
        growth = _growth(stage, categories[number], frozenset(own))
        for j, part in enumerate(parts):
            if present[j]:
                due[i, j] = part.points[categories[number]] * growth[part.name]
    return due[shape.reshape(-1)[position], order]


def _growth(stage: Stage, category: str, present: frozenset[str]) -> dict[str, float]:
    """By leaf, the factor by which it grows where only some leaves of its top part are there (missing: exclude)."""
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
) -> list[dict[str, Any]]:
    """Contributions taken over from an earlier stage: a share of its published composite score, or the whole of it."""
    whole = [(stage.composite_from, COMPOSITE, 100.0, stage.composite_article)] if stage.composite_from else []
    wanted = {
        category: [
            (leaf.stage, leaf.name, leaf.points[category], leaf.article)
            for leaf in stage.leaves(category)
            if leaf.stage
        ]
        + whole
        for category in stage.categories
    }
    rows: list[dict[str, Any]] = []
    if not any(wanted.values()):
        return rows
    for number, category in directory.subjects["category"].loc[here].items():
        for origin, leaf, points, article in wanted[category]:
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
            what = {"subject": number, "leaf": leaf, "indicator": leaf, "points": points, "score": value}
            rows.append({**what, "value": value, "rule": rule, "article": article})
    return rows


# --- ledger ---------------------------------------------------------------------------------------------------------


def _ledger_rows(case: Case, stage: Stage, entries: pd.DataFrame, directory: Directory) -> list[dict[str, Any]]:
    """Contributions of the ledger entries that count, and of the cap where it takes something off."""
    rows: list[dict[str, Any]] = []
    if entries.empty:
        return rows
    stages = directory.subjects["stage"]
    counting = entries[(entries["set_aside"] == "") & (entries["subject"].map(stages) == stage.name)]
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
    return rows


# --- floors, zeros, rescaling ---------------------------------------------------------------------------------------


def _floors(case: Case, stage: Stage, rows: pd.DataFrame) -> list[dict[str, Any]]:
    """What is given back where a leaf fell below its floor (以扣完该项为止)."""
    added: list[dict[str, Any]] = []
    floors = {part.name: part.floor for part in _all_parts(stage) if part.floor}
    floors = {leaf: floor for leaf, floor in floors.items() if in_force(floor.only_if, case.readings)}
    if not floors:
        return added
    sums = rows[rows["leaf"].isin(floors)].groupby(["subject", "leaf"])["value"].sum()
    for (number, leaf), value in sums.items():
        floor = floors[leaf]
        short = float(snap(floor.at - value))
        if short > 0:
            what = {"subject": number, "leaf": leaf, "indicator": "扣完为止", "score": short, "value": short}
            rule = f"合计 {show_short(value)}，不低于 {show_short(floor.at)}"
            added.append({**what, "rule": rule, "article": floor.article})
    return added


def _zeros(stage: Stage, rows: pd.DataFrame, view: View) -> list[dict[str, Any]]:
    """What is taken off where a finding makes a whole leaf nothing."""
    added: list[dict[str, Any]] = []
    for part in (part for part in _all_parts(stage) if part.zero):
        concerned = view.frame.index[holds(part.zero.when, view)]
        sums = rows[rows["leaf"] == part.name].groupby("subject")["value"].sum()
        for number in concerned.intersection(sums.index):
            value = -max(float(sums[number]), 0.0)
            what = {"subject": number, "leaf": part.name, "indicator": "该项不得分", "score": value, "value": value}
            added.append({**what, "rule": in_words(part.zero.when, view, number), "article": part.zero.article})
    return added


def _rescaled(case: Case, stage: Stage, rows: pd.DataFrame, directory: Directory) -> list[dict[str, Any]]:
    """What a category that lacks parts gains by scaling its total up; entries that are kept out of it do not grow."""
    rescale = stage.rescale
    if rescale is None or not in_force(rescale.only_if, case.readings):
        return []
    added: list[dict[str, Any]] = []
    growing = rows[~rows["component"].isin(rescale.keep)]
    sums = growing.groupby("subject")["value"].sum()
    totals = {category: sum(part.total(category) for part in stage.parts) for category in stage.categories}
    for (number, value), category in zip(sums.items(), directory.subjects["category"].loc[sums.index], strict=True):
        total = totals[category]
        if total < rescale.to:
            more = value * (rescale.to / total - 1)
            rule = f"{show_short(value)}×({show_short(rescale.to)}/{show_short(total)}−1)"
            what = {"subject": number, "leaf": "折算", "indicator": "总分折算", "score": more, "value": more}
            added.append({**what, "rule": rule, "article": rescale.article})
    return added


# --- composite scores -----------------------------------------------------------------------------------------------


def composites(rows: pd.DataFrame, stage: Stage, here: pd.Index) -> pd.DataFrame:
    """Unrounded sums by subject of a stage: one column for each top part, ADJUST and `composite`.

    A part that a category does not have is NaN; ADJUST is 0 where nothing counts, NaN where the stage has no 加减分.
    """
    columns = [*(part.name for part in stage.parts), ADJUST]
    position, top = here.get_indexer(rows["subject"]), pd.Index(columns).get_indexer(rows["top"])
    values, wide = rows["value"].to_numpy(), len(columns) + 1
    cells = position * wide + top + 1  # first what belongs to no part, then part by part
    there, sums = (np.bincount(cells, what, len(here) * wide).reshape(-1, wide) for what in (None, values))
    table = pd.DataFrame(np.where(there, sums, np.nan)[:, 1:], index=here, columns=columns)
    table[ADJUST] = table[ADJUST].fillna(0.0) if stage.ledger is not None and stage.ledger.adjusts else np.nan
    whole = np.bincount(position, values, len(here))
    return table.assign(composite=np.where(there.any(axis=1), whole, np.nan))
