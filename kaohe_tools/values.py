"""The value of every item: its score rows, tallies, facts or full points put through its rule; gaps are told."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kaohe_tools.binding import Bound
from kaohe_tools.case import Case
from kaohe_tools.directory import Directory
from kaohe_tools.exact import show_short, tidy
from kaohe_tools.problems import Place, Problems
from kaohe_tools.rules import BY_DONE, DIRECT, Row, Setting, UnscorableError, value_of
from kaohe_tools.scheme import Rule
from kaohe_tools.totals import check_totals

VALUE_COLUMNS = ["item", "score", "rule", "file", "sheet", "cell"]


def item_values(
    case: Case, bound: Bound, facts: pd.DataFrame, directory: Directory, problems: Problems
) -> pd.DataFrame:
    """By item: score (points of the item, unrounded), rule (how it came about), file, sheet, cell: VALUE_COLUMNS."""
    check_totals(bound, directory, problems)
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


def _joined(places: pd.DataFrame) -> Place:
    """The place of a figure made of several cells (columns file, sheet, cell): cells of one sheet are listed."""
    distinct = sorted(set(places.itertuples(index=False, name=None)), key=lambda p: (*p[:2], len(p[2]), p[2]))
    files, sheets = dict.fromkeys(p[0] for p in distinct), dict.fromkeys(p[1] for p in distinct)
    if len({p[:2] for p in distinct}) == 1:
        return Place(*distinct[0][:2], _runs([p[2] for p in distinct]))
    return Place("、".join(files), "、".join(sheets))


def _joined_by(items: pd.Series, places: pd.DataFrame) -> dict[int, Place]:
    """By item, the place of the figure that its rows make together."""
    single = ~items.duplicated(keep=False)
    alone = zip(items[single], places[single].itertuples(index=False, name=None), strict=True)
    several = items[~single].groupby(items[~single]).groups.items()
    return {item: Place(*where) for item, where in alone} | {item: _joined(places.loc[own]) for item, own in several}


def _runs(cells: list[str]) -> str:
    """Cells in order as a list, those one below the other as a range: D3、D7:D9."""
    runs: list[list[tuple[str, int]]] = []
    for cell in cells:
        row = cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        here = (cell.removesuffix(row), int(row))
        if runs and runs[-1][-1] == (here[0], here[1] - 1):
            runs[-1].append(here)
        else:
            runs.append([here])
    ends = [(f"{a}{i}", f"{b}{j}", len(run)) for run in runs for (a, i), (b, j) in [(run[0], run[-1])]]
    return "、".join(
        first if n == 1 else f"{first}、{last}" if n == 2 else f"{first}:{last}" for first, last, n in ends
    )


# --- scores -----------------------------------------------------------------------------------------------------------


def _scored(case: Case, bound: Bound, directory: Directory, problems: Problems) -> pd.DataFrame:
    """Items by their score rows, each through its rule; a single plain score is its own value."""
    scores = bound.scores
    rules = _rules_of(scores["item"].unique(), bound, directory)
    kinds = np.array([rules[item].kind for item in scores["item"]], dtype=object)
    fields = np.where(np.isin(kinds, list(BY_DONE)), "done", "score")
    places = directory.tables.places(scores, fields)
    plain = (kinds == "given") & ~scores.duplicated("item", keep=False).to_numpy()
    simple = scores.loc[plain, ["item", "score"]].assign(rule=DIRECT).join(places)
    composed = _composed(case, bound, scores[~plain], places, rules, directory, problems)
    both = pd.concat([simple, composed], ignore_index=True) if len(composed) else simple
    return both.sort_values("item", kind="stable", ignore_index=True)[VALUE_COLUMNS]


def _rules_of(items: np.ndarray, bound: Bound, directory: Directory) -> dict[int, Rule]:
    """The scoring rule of each item."""
    table = bound.items.loc[items, ["subject", "rule", "leaf"]]
    stages = directory.subjects["stage"].to_numpy()[table["subject"].to_numpy()]
    keys = list(zip(stages.tolist(), table["rule"].tolist(), table["leaf"].tolist(), strict=True))
    known = {key: directory.scheme.stages[key[0]].rule_of(*key[1:]) for key in dict.fromkeys(keys)}
    return {item: known[key] for item, key in zip(table.index, keys, strict=True)}


def _composed(
    case: Case,
    bound: Bound,
    scores: pd.DataFrame,
    places: pd.DataFrame,
    rules: dict[int, Rule],
    directory: Directory,
    problems: Problems,
) -> pd.DataFrame:
    """Items whose value is worked out: from several rows, from 完成值, from several 来源."""
    items = {item.Index: item for item in bound.items.loc[scores["item"].unique()].itertuples()}
    keys = {item: _peer_key(row, directory) for item, row in items.items() if rules[item].kind in BY_DONE}
    peers: dict[tuple, list[float]] = {}
    for item, done in zip(scores["item"], scores["done"], strict=True):
        if item in keys:
            peers.setdefault(keys[item], []).append(done)
    blank = set(bound.blanks["item"])
    rows: list[tuple[int, float, str]] = []
    where: list[Place] = []
    for item, group in scores.groupby("item"):
        place = _joined(places.loc[group.index])
        given = [Row(row.score, row.done, row.target, row.component, row.rater) for row in group.itertuples()]
        setting = Setting(case.readings, peers.get(keys.get(item), ()))
        rule, name = rules[item], items[item].indicator
        try:
            score, text = value_of(rule, items[item].points, _components(case, rule, given), setting)
        except UnscorableError as error:
            if item in blank:
                continue  # told there
            last = places.loc[group.index].itertuples(index=False, name=None)
            problems.error(Place(*max(last)), f"“{name}”无法计分：{error}", "请核对或补填")
            bound.attempted.add(item)
            continue
        if text.startswith("目标值为 0"):
            problems.note(place, f"“{name}”{text}")
        rows.append((item, score, text))
        where.append(place)
    return _valued(rows, where)


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
    pooled = bound.tallies.groupby("item")[votes].sum()
    places = directory.tables.places(bound.tallies, ["voters"] * len(bound.tallies))
    cells = _joined_by(bound.tallies["item"], places)
    subjects, points = bound.items["subject"].to_numpy(), bound.items["points"].to_numpy()
    rows: list[tuple[int, float, str]] = []
    for item, counts in pooled.to_dict("index").items():
        stage = directory.stage_of(subjects[item])
        worth = {vote: share for vote, share in stage.votes.items() if vote in votes}
        valid = sum(counts[vote] for vote in worth)
        mean = sum(counts[vote] * share for vote, share in worth.items()) / valid
        terms = "+".join(f"{counts[v]:g}×{show_short(s * 100)}%" for v, s in worth.items() if counts[v])
        rows.append((item, float(points[item] * mean), f"测评折算 ({terms})/{valid:g}票"))
    return _valued(rows, [cells[item] for item, *_ in rows])


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
    """Items without a score: an error, a zero or left out, as the case says; told one by one, at the blank cell."""
    due = bound.items.index[bound.items["source"] != "stage"]
    lacking = due.difference(valued["item"]).difference(pd.Index(sorted(bound.attempted), dtype=int))
    blanks = _tell_blanks(case, bound, set(lacking), directory, problems)
    rows: list[tuple[int, float, str]] = []
    places: list[Place] = []
    for number in lacking:
        place = blanks.get(number)
        if place is None:
            item = bound.items.loc[number]
            field = "indicator" if item["source"] == "indicators" else "subject"
            place = directory.tables.place(item["sheet"], item["row"], field)
            _tell_missing(case, _missing_text(bound, directory, number), place, problems)
        if case.missing == "zero":
            rows.append((number, 0.0, "缺得分，按零分计"))
            places.append(place)
    extra = _valued(rows, places)
    return pd.concat([valued, extra], ignore_index=True).astype({"item": int, "score": float})


def _missing_text(bound: Bound, directory: Directory, number: int) -> str:
    subject, name, source, leaf = bound.items.loc[number, ["subject", "indicator", "source", "leaf"]]
    who = directory.subjects.at[subject, "subject"]
    if source == "scores" and directory.stage_of(subject).part_named(leaf).source == "indicators":
        return f"“{who}”没有“{name}”部分的指标，也缺少“{name}”的得分"
    return f"“{who}”缺少“{name}”的得分"


def _tell_missing(case: Case, what: str, place: Place, problems: Problems) -> None:
    if case.missing == "error":
        problems.error(place, what, "请补填；如应按零分或不计，在 case.yaml 写 missing: zero 或 exclude")
    else:
        problems.note(place, f"{what}，{'按零分计' if case.missing == 'zero' else '不计入，其余按比例折算'}")


def _tell_blanks(
    case: Case, bound: Bound, lacking: set[int], directory: Directory, problems: Problems
) -> dict[int, Place]:
    """Tell score rows that were left blank; by item that lacks a score altogether, the first such cell."""
    first: dict[int, Place] = {}
    for row in bound.blanks.itertuples():
        place = directory.tables.place(row.sheet, row.row, row.field)
        if row.item in lacking:
            first.setdefault(row.item, place)
        if problems.has_error(place) or row.item in bound.attempted:
            continue
        who = "、".join(filter(None, (row.component, row.rater and f"评分人 {row.rater}")))
        what = _missing_text(bound, directory, row.item) + (f"（{who}）" if who else "")
        if row.item in lacking or case.missing == "error":
            _tell_missing(case, what, place, problems)
        else:
            problems.note(place, f"{what}，本行没有用到")
    return first


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


def tell_few_voters(case: Case, bound: Bound, directory: Directory, problems: Problems) -> None:
    """Parts judged by so few that their score is not listed by itself (see `anonymity`): told once for each part."""
    few = bound.voters[bound.voters < case.min_voters]
    subjects = bound.items.loc[few.index, "subject"]
    stages = directory.subjects["stage"].to_numpy()[subjects.to_numpy()]
    for (_, leaf), rows in bound.items.loc[few.index].groupby([stages, "leaf"]):
        names = directory.subjects.loc[rows["subject"], "subject"].tolist()
        shown = "、".join(names[:3]) + (f"等 {len(names)} 个对象" if len(names) > 3 else "")
        message = f"“{leaf}”对{shown}的有效票不足 {case.min_voters} 张，为保密不单列得分，与其他部分合并列示"
        problems.note(Place(), message, "如票本就公开，可在 case.yaml 写 min_voters: 1")
