"""Contributions: one row for everything that adds to a composite score, with its rule, article and source cell.

A composite score is the sum of its contributions; nothing is computed a second time to be explained.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from kaohe_tools.binding import Bound
from kaohe_tools.case import Case
from kaohe_tools.directory import Directory
from kaohe_tools.exact import show_short, snap, tidy
from kaohe_tools.ledger import cap_adjustments
from kaohe_tools.problems import Place, Problems
from kaohe_tools.scheme import Composition, Part

ADJUST = "加减分"
CONTRIBUTION_COLUMNS = [
    *("subject", "top", "leaf", "project", "indicator", "points", "score", "value"),
    *("rule", "article", "file", "sheet", "cell"),
]


def contributions(
    case: Case, bound: Bound, facts: pd.DataFrame, entries: pd.DataFrame, directory: Directory, problems: Problems
) -> pd.DataFrame:
    """All contributions of all subjects, in canonical order; columns CONTRIBUTION_COLUMNS.

    `score` is in points of the indicator or part, `value` is what it adds to the composite score (unrounded).
    """
    valued = pd.concat([_scored(bound, directory), _voted(bound, directory), _from_facts(bound, facts, directory)])
    valued = _with_missing(case, bound, valued, directory, problems)
    rows = bound.items.drop(columns=["sheet", "row", "source", "shared"]).join(valued.set_index("item"), how="inner")
    _check_totals(bound.items, directory, problems)
    rows["value"], rows["rule"] = _scaled(rows, directory)
    stages = [directory.stage_of(number) for number in rows["subject"]]
    rows["top"] = [stage.top_of(leaf) for stage, leaf in zip(stages, rows["leaf"], strict=True)]
    rows["article"] = [stage.part_named(leaf).article for stage, leaf in zip(stages, rows["leaf"], strict=True)]
    rows = pd.concat([rows[[*CONTRIBUTION_COLUMNS, "order"]], _ledger_rows(case, entries, directory)])
    by = ["subject", "order", "project", "indicator", "value", "file", "sheet", "cell"]
    return rows.sort_values(by, kind="stable", ignore_index=True)[CONTRIBUTION_COLUMNS]


# --- values of items ------------------------------------------------------------------------------------------------


def _place_columns(places: list[Place]) -> dict[str, list[str]]:
    return {name: [getattr(place, name) for place in places] for name in ("file", "sheet", "cell")}


def _joined(places: pd.Series) -> Place:
    """The place of a figure made of several cells: the first, the others' cells listed where they share its sheet."""
    ordered = sorted(set(places), key=lambda p: (p.file, p.sheet, len(p.cell), p.cell))
    first = ordered[0]
    if all((p.file, p.sheet) == (first.file, first.sheet) for p in ordered):
        return Place(first.file, first.sheet, "、".join(p.cell for p in ordered))
    return Place(
        "、".join(dict.fromkeys(p.file for p in ordered)), "、".join(dict.fromkeys(p.sheet for p in ordered)), ""
    )


def _scored(bound: Bound, directory: Directory) -> pd.DataFrame:
    """Items by given scores; several raters are averaged."""
    scores = bound.scores
    places = [directory.tables.place(s, r, "score") for s, r in zip(scores["sheet"], scores["row"], strict=True)]
    grouped = scores.assign(place=places).groupby("item")
    frame = grouped.agg(score=("score", _exact_mean), count=("score", "size"), place=("place", _joined)).reset_index()
    frame["rule"] = ["直接打分" if n == 1 else f"{n}人评分的平均" for n in frame["count"]]
    return frame[["item", "score", "rule"]].assign(**_place_columns(list(frame["place"])))


def _exact_mean(values: pd.Series) -> float:
    """A mean that does not depend on the order of the rows."""
    return float(np.sort(values.to_numpy()).sum() / len(values))


def _voted(bound: Bound, directory: Directory) -> pd.DataFrame:
    """Items by tallies: points × mean worth of a valid vote; tallies of one item in several rows are pooled."""
    votes = [column for column in bound.tallies.columns if column not in ("item", "sheet", "row")]
    tallies = bound.tallies.copy()
    places = [directory.tables.place(s, r, "voters") for s, r in zip(tallies["sheet"], tallies["row"], strict=True)]
    pooled = tallies.groupby("item")[votes].sum()
    where = (
        tallies.assign(place=places).groupby("item")["place"].agg(_joined) if len(tallies) else pd.Series(dtype=object)
    )
    rows = []
    for item, counts in pooled.iterrows():
        stage = directory.stage_of(bound.items.at[item, "subject"])
        worth = {vote: share for vote, share in stage.votes.items() if vote in votes}
        valid = sum(counts[vote] for vote in worth)
        mean = sum(counts[vote] * share for vote, share in worth.items()) / valid
        terms = "+".join(f"{counts[v]:g}×{show_short(s * 100)}%" for v, s in worth.items() if counts[v])
        rule = f"测评折算 ({terms})/{valid:g}票"
        rows.append((item, bound.items.at[item, "points"] * mean, rule))
    frame = pd.DataFrame(rows, columns=["item", "score", "rule"])
    return frame.assign(**_place_columns([where[item] for item in frame["item"]]))


def _from_facts(bound: Bound, facts: pd.DataFrame, directory: Directory) -> pd.DataFrame:
    """Items whose score is looked up by a fact (a grade given by another body)."""
    values = {(row.subject, row.fact): row for row in facts.itertuples()}
    rows, places = [], []
    for item in bound.items[bound.items["source"] == "fact"].itertuples():
        part = directory.stage_of(item.subject).part_named(item.leaf)
        row = values.get((item.subject, part.fact))
        if row is not None:
            rows.append((item.Index, part.values[row.value], f"{part.fact}“{row.value}”折算"))
            places.append(directory.tables.place(row.sheet, row.row, "value"))
    return pd.DataFrame(rows, columns=["item", "score", "rule"]).assign(**_place_columns(places))


def _with_missing(
    case: Case, bound: Bound, valued: pd.DataFrame, directory: Directory, problems: Problems
) -> pd.DataFrame:
    """Items without a score: an error, a zero or left out, as the case says; told one by one."""
    lacking = bound.items.index.difference(valued["item"]).difference(pd.Index(sorted(bound.attempted), dtype=int))
    added, places = [], []
    for number in lacking:
        item = bound.items.loc[number]
        name = directory.subjects.at[item["subject"], "subject"]
        what = f"“{name}”缺少“{item['indicator']}”的得分"
        field = "indicator" if item["source"] == "indicators" else "subject"
        place = bound.blanks.get(number) or directory.tables.place(item["sheet"], item["row"], field)
        if problems.has_error(place):
            continue
        if case.missing == "error":
            problems.error(place, what, "请补填；如应按零分或不计，在 case.yaml 写 missing: zero 或 exclude")
            continue
        problems.note(place, f"{what}，{'按零分计' if case.missing == 'zero' else '不计入，其余按比例折算'}")
        if case.missing == "zero":
            added.append((number, 0.0, "缺得分，按零分计"))
            places.append(place)
    extra = pd.DataFrame(added, columns=["item", "score", "rule"]).assign(**_place_columns(places))
    return pd.concat([valued, extra], ignore_index=True).astype({"item": int, "score": float})


# --- scaling --------------------------------------------------------------------------------------------------------


def _scaled(rows: pd.DataFrame, directory: Directory) -> tuple[np.ndarray, list[str]]:
    """What each item adds: score × part points / sum of the part's item points (得分合计/分值合计×部分分值)."""
    sums = rows.groupby(["subject", "leaf"])["points"].transform("sum").to_numpy()
    categories = directory.subjects["category"]
    due = np.array([
        directory.stage_of(n).part_named(leaf).points[categories[n]]
        for n, leaf in zip(rows["subject"], rows["leaf"], strict=True)
    ])  # fmt: skip
    due = due * _fill_for_excluded(rows, directory)
    factor = np.where(np.abs(sums - due) < 1e-9, 1.0, due / sums)
    rules = [
        rule if f == 1.0 else f"{rule}；×{show_short(d)}/{show_short(s)}"
        for rule, f, d, s in zip(rows["rule"], factor, due, sums, strict=True)
    ]
    return np.where(factor == 1.0, rows["score"], rows["score"] * due / sums), rules


def _fill_for_excluded(rows: pd.DataFrame, directory: Directory) -> np.ndarray:
    """Where whole leaves of a top part were left out (missing: exclude), the factor by which the others grow."""
    present: dict[int, set[str]] = {n: set(leaves) for n, leaves in rows.groupby("subject")["leaf"]}
    factors: dict[tuple[int, str], float] = {}
    for number, leaves in present.items():
        category = directory.subjects.at[number, "category"]
        for top in directory.stage_of(number).parts:
            own = top.leaves(category)
            there = sum(leaf.points[category] for leaf in own if leaf.name in leaves)
            for leaf in own:
                factors[number, leaf.name] = top.total(category) / there if there else 1.0
    return np.array([factors[n, leaf] for n, leaf in zip(rows["subject"], rows["leaf"], strict=True)])


def _check_totals(items: pd.DataFrame, directory: Directory, problems: Problems) -> None:
    """Indicator points that do not add up to what the scheme says: a warning that names both figures."""
    indicators = items[items["source"] == "indicators"]
    for (number, leaf), group in indicators.groupby(["subject", "leaf"]):
        part = directory.stage_of(number).part_named(leaf)
        category = directory.subjects.at[number, "category"]
        name = directory.subjects.at[number, "subject"]
        if part.composition:
            checks = [
                (c.label, c.points[category], _members(c, part, group))
                for c in part.composition
                if category in c.points
            ]
        else:
            checks = [(leaf, part.indicator_total or part.points[category], np.ones(len(group), bool))]
        for label, expected, chosen in checks:
            found = float(snap(group["points"][chosen].sum()))
            if abs(found - expected) > 1e-9:
                first = (group[chosen] if chosen.any() else group).sort_values(["shared", "sheet", "row"]).iloc[0]
                place = directory.tables.place(int(first["sheet"]), int(first["row"]), "points")
                message = f"“{name}”的“{label}”指标分值合计 {show_short(found)}，应为 {show_short(expected)}"
                problems.warning(place, message, "请核对原表；得分已按比例折算到部分分值")


def _members(composition: Composition, part: Part, group: pd.DataFrame) -> np.ndarray:
    """Which indicator rows a composition group counts: those labelled so as 部分 or 考核项目, or the rest."""
    label, project = group["label"].to_numpy(), group["project"].map(tidy).to_numpy()
    if not composition.rest:
        return (label == tidy(composition.label)) | (project == tidy(composition.label))
    named = [tidy(other.label) for other in part.composition if not other.rest]
    return ~(np.isin(label, named) | np.isin(project, named))


# --- ledger ---------------------------------------------------------------------------------------------------------


def _ledger_rows(case: Case, entries: pd.DataFrame, directory: Directory) -> pd.DataFrame:
    """Contributions of the ledger entries that count, and of the cap where it takes something off."""
    counting = entries[entries["set_aside"] == ""]
    rows = []
    for entry in counting.itertuples():
        place = directory.tables.place(entry.sheet, entry.row, "standard")
        what = f"{entry.standard}：{entry.matter}" if entry.matter else entry.standard
        rows.append((entry.subject, ADJUST, ADJUST, "", what, np.nan, entry.value, entry.value, "台账", entry.article, place.file, place.sheet, place.cell))  # noqa: E501  # fmt: skip
    for stage in directory.scheme.stages.values():
        if stage.ledger is None:
            continue
        here = counting[[directory.subjects.at[n, "stage"] == stage.name for n in counting["subject"]]]
        for cut in cap_adjustments(here, stage.ledger.cap, case.readings["adjust_cap"]).itertuples():
            rows.append((cut.subject, ADJUST, ADJUST, "", "封顶调整", np.nan, cut.value, cut.value, cut.why, stage.ledger.article, "", "", ""))  # noqa: E501  # fmt: skip
    frame = pd.DataFrame(rows, columns=CONTRIBUTION_COLUMNS)
    return frame.assign(order=10**6)


# --- composite scores -----------------------------------------------------------------------------------------------


def composites(rows: pd.DataFrame, directory: Directory) -> pd.DataFrame:
    """Unrounded sums by subject (index: all subjects): one column for each top part, ADJUST and `composite`.

    A part that a category does not have is NaN; ADJUST is 0 where nothing counts, NaN where the stage has no ledger.
    """
    tops = list(dict.fromkeys(part.name for stage in directory.scheme.stages.values() for part in stage.parts))
    sums = rows.pivot_table(index="subject", columns="top", values="value", aggfunc="sum", observed=True)
    table = sums.reindex(index=directory.subjects.index, columns=[*tops, ADJUST])
    for number in table.index:
        if directory.stage_of(number).ledger is not None and np.isnan(table.at[number, ADJUST]):
            table.at[number, ADJUST] = 0.0
    table["composite"] = rows.groupby("subject")["value"].sum().reindex(table.index)
    return table
