"""The value of every item: its score rows, tallies, facts or full points put through its rule; gaps are told."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kaohe_tools.binding import Bound
from kaohe_tools.case import Case
from kaohe_tools.directory import Directory
from kaohe_tools.exact import show_short, snap, tidy
from kaohe_tools.problems import Place, Problems
from kaohe_tools.rules import BY_DONE, Row, Setting, UnscorableError, value_of
from kaohe_tools.scheme import Composition, Part, Rule

VALUE_COLUMNS = ["item", "score", "rule", "file", "sheet", "cell"]


def item_values(
    case: Case, bound: Bound, facts: pd.DataFrame, directory: Directory, problems: Problems
) -> pd.DataFrame:
    """By item: score (points of the item, unrounded), rule (how it came about), file, sheet, cell: VALUE_COLUMNS."""
    check_totals(bound.items, directory, problems)
    parts = [
        _scored(case, bound, directory, problems),
        _voted(bound, directory),
        _from_facts(bound, facts, directory),
        _full(bound, directory),
    ]
    valued = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    return _with_missing(case, bound, valued, directory, problems)


def _valued(rows: list[tuple[int, float, str]], places: list[Place]) -> pd.DataFrame:
    where = [(place.file, place.sheet, place.cell) for place in places]
    return pd.DataFrame([(*row, *place) for row, place in zip(rows, where, strict=True)], columns=VALUE_COLUMNS)


def _joined(places: list[Place]) -> Place:
    """The place of a figure made of several cells: the first, the others' cells listed where they share its sheet."""
    ordered = sorted(set(places), key=lambda p: (p.file, p.sheet, len(p.cell), p.cell))
    first = ordered[0]
    if all((p.file, p.sheet) == (first.file, first.sheet) for p in ordered):
        return Place(first.file, first.sheet, "、".join(p.cell for p in ordered))
    return Place("、".join(dict.fromkeys(p.file for p in ordered)), "、".join(dict.fromkeys(p.sheet for p in ordered)))


# --- scores -----------------------------------------------------------------------------------------------------------


def _scored(case: Case, bound: Bound, directory: Directory, problems: Problems) -> pd.DataFrame:
    """Items by their score rows, each through its rule."""
    items = {item.Index: item for item in bound.items.itertuples()}
    given: dict[int, list] = {}
    for row in bound.scores.itertuples():
        given.setdefault(row.item, []).append(row)
    rules = {n: directory.stage_of(items[n].subject).rule_of(items[n].rule, items[n].leaf) for n in given}
    keys = {item: _peer_key(items[item], directory) for item in given if rules[item].kind in BY_DONE}
    peers: dict[tuple, list[float]] = {}
    for item, key in keys.items():
        peers.setdefault(key, []).extend(row.done for row in given[item])
    rows: list[tuple[int, float, str]] = []
    places: list[Place] = []
    for item in sorted(given):
        rule = rules[item]
        field = "done" if rule.kind in BY_DONE else "score"
        place = _joined([directory.tables.place(row.sheet, row.row, field) for row in given[item]])
        scored = [Row(row.score, row.done, row.target, row.component, row.rater) for row in given[item]]
        setting = Setting(case.readings, peers.get(keys.get(item), ()))
        name = items[item].indicator
        try:
            score, text = value_of(rule, items[item].points, _components(case, rule, scored), setting)
        except UnscorableError as error:
            problems.error(place, f"“{name}”无法计分：{error}", "请核对或补填")
            bound.attempted.add(item)
            continue
        if text.startswith("目标值为 0"):
            problems.note(place, f"“{name}”{text}")
        rows.append((item, score, text))
        places.append(place)
    return _valued(rows, places)


def _peer_key(item, directory: Directory) -> tuple:
    """What the items of one kind over a category share, for rules that compare subjects."""
    stage, category = directory.subjects.at[item.subject, "stage"], directory.subjects.at[item.subject, "category"]
    return stage, category, tidy(item.project), tidy(item.indicator)


def _components(case: Case, rule: Rule, rows: list[Row]) -> list[Row]:
    """The rows of a blend, with a zero for a lacking 来源 where missing scores count as zero."""
    if rule.kind != "blend" or case.missing != "zero":
        return rows
    there = {row.component for row in rows}
    return rows + [Row(score=0.0, component=name) for name in rule.options["of"] if name not in there]


# --- tallies, facts, full points --------------------------------------------------------------------------------------


def _voted(bound: Bound, directory: Directory) -> pd.DataFrame:
    """Items by tallies: points × mean worth of a valid vote; tallies of one item in several rows are pooled."""
    votes = [column for column in bound.tallies.columns if column not in ("item", "sheet", "row")]
    pooled = bound.tallies.groupby("item")[votes].sum().to_dict("index")
    cells: dict[int, list[Place]] = {}
    for row in bound.tallies[["item", "sheet", "row"]].itertuples(index=False):
        cells.setdefault(row.item, []).append(directory.tables.place(row.sheet, row.row, "voters"))
    subjects, points = bound.items["subject"].to_numpy(), bound.items["points"].to_numpy()
    rows: list[tuple[int, float, str]] = []
    for item, counts in pooled.items():
        stage = directory.stage_of(subjects[item])
        worth = {vote: share for vote, share in stage.votes.items() if vote in votes}
        valid = sum(counts[vote] for vote in worth)
        mean = sum(counts[vote] * share for vote, share in worth.items()) / valid
        terms = "+".join(f"{counts[v]:g}×{show_short(s * 100)}%" for v, s in worth.items() if counts[v])
        rows.append((item, float(points[item] * mean), f"测评折算 ({terms})/{valid:g}票"))
    return _valued(rows, [_joined(cells[item]) for item in pooled])


def _from_facts(bound: Bound, facts: pd.DataFrame, directory: Directory) -> pd.DataFrame:
    """Items whose score is looked up by a fact (a grade given by another body)."""
    values = {(row.subject, row.fact): row for row in facts.itertuples()}
    rows: list[tuple[int, float, str]] = []
    places: list[Place] = []
    for item in bound.items[bound.items["source"] == "fact"].itertuples():
        part = directory.stage_of(item.subject).part_named(item.leaf)
        row = values.get((item.subject, part.fact))
        if row is not None:
            rows.append((item.Index, part.values[row.value], f"{part.fact}“{row.value}”折算"))
            places.append(directory.tables.place(row.sheet, row.row, "value"))
    return _valued(rows, places)


def _full(bound: Bound, directory: Directory) -> pd.DataFrame:
    """Items that start from full points and are moved by the ledger alone."""
    items = bound.items[bound.items["source"] == "ledger"]
    rows = [(item.Index, item.points, "满分起计") for item in items.itertuples()]
    places = [directory.tables.place(item.sheet, item.row, "subject") for item in items.itertuples()]
    return _valued(rows, places)


# --- what is missing, what does not add up ----------------------------------------------------------------------------


def _with_missing(
    case: Case, bound: Bound, valued: pd.DataFrame, directory: Directory, problems: Problems
) -> pd.DataFrame:
    """Items without a score: an error, a zero or left out, as the case says; told one by one."""
    due = bound.items.index[bound.items["source"] != "stage"]
    lacking = due.difference(valued["item"]).difference(pd.Index(sorted(bound.attempted), dtype=int))
    rows: list[tuple[int, float, str]] = []
    places: list[Place] = []
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
            rows.append((number, 0.0, "缺得分，按零分计"))
            places.append(place)
    extra = _valued(rows, places)
    return pd.concat([valued, extra], ignore_index=True).astype({"item": int, "score": float})


def check_votes(case: Case, bound: Bound, directory: Directory, problems: Problems) -> None:
    """Subjects without votes in a stage that looks at them: an error, or a note where missing figures are allowed."""
    voted = set(bound.votes["subject"])
    for row in directory.subjects.itertuples():
        ballot = directory.scheme.stages[row.stage].ballot
        if ballot is not None and row.Index not in voted:
            place = directory.tables.place(row.sheet, row.row, "subject")
            what = f"“{row.subject}”缺少测评项“{ballot.item}”的票"
            if case.missing == "error" and not problems.has_error(place):
                problems.error(place, what, "请补填；或在 case.yaml 写 missing: zero 或 exclude，按没有票处理")
            elif case.missing != "error":
                problems.note(place, f"{what}，按没有票处理")


def check_totals(items: pd.DataFrame, directory: Directory, problems: Problems) -> None:
    """Indicator points that do not add up to what the scheme says: a warning that names both figures."""
    indicators = items[items["source"] == "indicators"]
    for (number, leaf), group in indicators.groupby(["subject", "leaf"]):
        part = directory.stage_of(number).part_named(leaf)
        category = directory.subjects.at[number, "category"]
        name = directory.subjects.at[number, "subject"]
        if part.composition:
            own = [c for c in part.composition if category in c.points]
            checks = [(c.label, c.points[category], _members(c, part, group)) for c in own]
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
