"""Tables → what is scored: every subject's items (indicators and directly scored parts), and the scores bound to them.

Here names meet the scheme and the roster. Whatever does not fit is told at its cell; what comes out is sound.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kaohe_tools.case import Case
from kaohe_tools.columns import NO_TEXT
from kaohe_tools.directory import NOBODY, Directory, suggest
from kaohe_tools.exact import exceeds, show_short, tidy
from kaohe_tools.problems import Place, Problems
from kaohe_tools.scheme import Part
from kaohe_tools.sheets import Tables

ITEM_COLUMNS = [
    "subject",
    "leaf",
    "order",
    "label",
    "project",
    "indicator",
    "points",
    "source",
    "shared",
    "sheet",
    "row",
]


@dataclass(frozen=True)
class Bound:
    """All of a case that counts, bound to numbered subjects and items.

    items: index = number; subject, leaf (part name), order (of the leaf in the scheme), label (部分 as written),
    project, indicator, points, source (indicators, scores, fact), shared (by a whole category), sheet, row.
    scores: item, score (in points of the item), file place (sheet, row) and field — one row for each score that counts.
    tallies: item, one column per vote, abstentions, sheet, row.
    """

    items: pd.DataFrame
    scores: pd.DataFrame
    tallies: pd.DataFrame
    blanks: dict[int, Place]


def bind(case: Case, tables: Tables, directory: Directory, problems: Problems) -> Bound:
    """Build the items of every subject, then bind scores and ballots to them."""
    items, unscored = read_items(tables, directory, problems)
    finder = _Finder(items, unscored, directory)
    scores, blanks = _scores(tables, directory, finder, items, problems)
    tallies, marks = _ballots(tables, directory, finder, items, problems)
    _refuse_both(scores, pd.concat([tallies[["item", "sheet", "row"]], marks]), items, directory, problems)
    scores = pd.concat([scores, marks], ignore_index=True) if len(marks) else scores
    return Bound(items, scores, tallies, blanks)


# --- items ----------------------------------------------------------------------------------------------------------


def read_items(tables: Tables, directory: Directory, problems: Problems) -> tuple[pd.DataFrame, set[tuple[int, str]]]:
    """All items in canonical order, and the keys of indicators that have no points and are not scored."""
    rows: list[tuple] = []
    unscored: set[tuple[int, str]] = set()
    seen: dict[tuple[int, str, str], Place] = {}
    told: set[Place] = set()
    for row in tables["indicators"].itertuples():
        place = directory.place(row, "indicator")
        if not row.indicator:
            problems.error(place, "指标空白", "请填写指标名称")
            continue
        if row.indicator == NO_TEXT:
            problems.warning(place, "指标没有文字，只有分值", "请核对原表并补上指标名称；得分照常计算")
        numbers = _indicator_subjects(row, directory, problems)
        if not np.isnan(row.points) and row.points <= 0:
            advice = "分值应大于 0；没有分值的请留空"
            problems.error(
                directory.place(row, "points"), f"分值 {row.points:g} 不是正数（指标“{row.indicator}”）", advice
            )
            continue
        if np.isnan(row.points):
            where = directory.place(row, "points")
            problems.warning(where, f"分值空白，本行不计分（指标“{row.indicator}”）", "请核对原表；要计分请补上分值")
        for number in numbers:
            key = (number, tidy(row.project), tidy(row.indicator))
            leaf = _leaf_for(row, number, directory, problems, told)
            if key in seen:
                if place not in told:
                    problems.error(
                        place, f"指标“{row.indicator}”重复（另见 {seen[key]}）", "请删除一行，或以考核项目区分"
                    )
                told.add(place)
            elif leaf is not None:
                seen[key] = place
                if np.isnan(row.points):
                    unscored.add((number, tidy(row.indicator)))
                else:
                    order = _order(directory, number, leaf)
                    shared = not (row.subject or row.code)
                    rows.append((number, leaf.name, order, row.part, row.project, row.indicator, row.points, "indicators", shared, row.sheet, row.row))  # noqa: E501  # fmt: skip
    rows.extend(_direct_items(directory))
    items = pd.DataFrame(rows, columns=ITEM_COLUMNS)
    items = items.sort_values(["subject", "order", "project", "indicator"], kind="stable", ignore_index=True)
    return items, unscored


def _indicator_subjects(row, directory: Directory, problems: Problems) -> list[int]:
    """The subjects an indicator row holds for: the one it names, or all of its category."""
    if row.subject or row.code:
        number = directory.find(row, lambda n: directory.stage_of(n).part_named(row.part) is not None)
        if number == NOBODY:
            return []
        given = directory.category_named(directory.stage_of(number).name, row.category)
        own = directory.subjects.at[number, "category"]
        if row.category and given != own:
            message = f"类别“{row.category}”与名册不符（“{row.subject}”属于{own}）"
            problems.error(directory.place(row, "category"), message, "请改正类别，或留空")
        return [number]
    stages = [row.stage] if row.stage else list(directory.scheme.stages)
    fitting = [(s, c) for s in stages if (c := directory.category_named(s, row.category))]
    if len(fitting) == 1:
        return list(directory.members(*fitting[0]))
    place = directory.place(row, "category")
    if not row.category:
        problems.error(directory.place(row, "subject"), "考核对象和类别都空白", "请填写其中一个")
    elif row.stage and row.stage not in directory.scheme.stages:
        message = f"没有环节“{row.stage}”"
        problems.error(directory.place(row, "stage"), message, suggest(row.stage, directory.scheme.stages))
    elif fitting:
        problems.error(place, f"类别“{row.category}”在多个环节都有", "请加“环节”列写明")
    else:
        known = [c for s in stages if s in directory.scheme.stages for c in directory.scheme.stages[s].categories]
        problems.error(place, f"没有类别“{row.category}”", suggest(row.category, known))
    return []


def _leaf_for(row, number: int, directory: Directory, problems: Problems, told: set[Place]) -> Part | None:
    """The leaf part that an indicator row belongs to, by the part's name or alias."""
    category = directory.subjects.at[number, "category"]
    leaves = [part for part in directory.stage_of(number).leaves(category) if part.source == "indicators"]
    for part in leaves:
        if row.part == tidy(part.name) or row.part in map(tidy, part.aliases):
            return part
    place = directory.place(row, "part")
    if place not in told:
        names = [name for part in leaves for name in (part.name, *part.aliases)]
        message = f"类别“{category}”没有由指标构成的部分“{row.part}”" if row.part else "部分空白"
        problems.error(place, message, suggest(row.part, names))
    told.add(place)
    return None


def _direct_items(directory: Directory) -> list[tuple]:
    """One item for each leaf part that is scored as a whole (by score, ballot or fact), placed at the roster row."""
    rows = []
    for row in directory.subjects.itertuples():
        for part in directory.scheme.stages[row.stage].leaves(row.category):
            if part.source != "indicators":
                points = part.points[row.category]
                order = _order(directory, row.Index, part)
                rows.append((row.Index, part.name, order, part.name, "", part.name, points, part.source, False, row.sheet, row.row))  # noqa: E501  # fmt: skip
    return rows


def _order(directory: Directory, number: int, leaf: Part) -> int:
    stage = directory.stage_of(number)
    return [p.name for top in stage.parts for p in top.walk()].index(leaf.name)


# --- scores ---------------------------------------------------------------------------------------------------------


class _Finder:
    """Finds the item that a score row names: an indicator (with 考核项目 where needed) or a whole part."""

    def __init__(self, items: pd.DataFrame, unscored: set[tuple[int, str]], directory: Directory) -> None:
        self.unscored, self.directory = unscored, directory
        self.indicators: dict[tuple[int, str], list[tuple[str, int]]] = defaultdict(list)
        self.parts: dict[tuple[int, str], int] = {}
        for item in items.itertuples():
            if item.source == "indicators":
                self.indicators[item.subject, tidy(item.indicator)].append((tidy(item.project), item.Index))
            else:
                self.parts[item.subject, tidy(item.leaf)] = item.Index

    def find(self, number: int, indicator: str, project: str) -> list[int]:
        """The items that fit: one is right, several need a 考核项目, none is unknown."""
        fitting = self.indicators.get((number, indicator), [])
        if project:
            fitting = [entry for entry in fitting if entry[0] == project]
        if fitting:
            return [index for _, index in fitting]
        return [self.parts[number, indicator]] if (number, indicator) in self.parts else []

    def names(self, number: int) -> list[str]:
        return [name for n, name in (*self.indicators, *self.parts) if n == number]


def _scores(
    tables: Tables, directory: Directory, finder: _Finder, items: pd.DataFrame, problems: Problems
) -> tuple[pd.DataFrame, dict[int, Place]]:
    """Score rows that count for the year, in points of their item; and the cells of items whose score is blank."""
    kept: list[tuple[int, float, int, int]] = []
    blanks: dict[int, Place] = {}
    seen: dict[tuple, Place] = {}
    progress = 0
    points, names = items["points"].to_numpy(), items["indicator"].to_numpy()
    for row in tables["scores"].itertuples():
        indicator, project = tidy(row.indicator), tidy(row.project)
        number = directory.find(row, lambda n, i=indicator, p=project: bool(finder.find(n, i, p)))
        if number == NOBODY:
            continue
        item = _item_of(row, number, indicator, project, finder, problems)
        if item is None:
            continue
        if row.time:
            progress += 1
            continue
        place = directory.place(row, "score")
        key = (item, row.component, row.rater)
        if key in seen:
            problems.error(place, f"“{names[item]}”的得分重复（另见 {seen[key]}）", "请删除一行；多人评分请填评分人")
            continue
        seen[key] = place
        if row.component:
            problems.error(
                directory.place(row, "component"), f"“{names[item]}”不分来源，却写了来源“{row.component}”", "请留空"
            )
        if np.isnan(row.score):
            blanks[item] = place
            if not np.isnan(row.done):
                problems.error(directory.place(row, "done"), f"“{names[item]}”按得分计，不能由完成值折算", "请填写得分")
            continue
        score = _in_points(row, points[item], names[item], place, directory, problems)
        if score is not None:
            kept.append((item, score, row.sheet, row.row))
    if progress:
        problems.note(Place(), f"有时点的得分 {progress} 行只用于过程监测，不计入年度得分")
    return pd.DataFrame(kept, columns=["item", "score", "sheet", "row"]).astype({"item": int}), blanks


def _item_of(row, number: int, indicator: str, project: str, finder: _Finder, problems: Problems) -> int | None:
    place = finder.directory.place(row, "indicator")
    subject = finder.directory.subjects.at[number, "subject"]
    fitting = finder.find(number, indicator, project)
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        problems.error(place, f"“{subject}”有 {len(fitting)} 个指标叫“{row.indicator}”", "请填写考核项目以区分")
    elif (number, indicator) in finder.unscored:
        problems.note(place, f"指标“{row.indicator}”没有分值，得分不计入", "要计分请在指标表补上分值")
    elif not indicator:
        problems.error(place, "指标空白", "请填写指标名称，或删除本行")
    else:
        problems.error(place, f"“{subject}”没有指标或部分“{row.indicator}”", suggest(indicator, finder.names(number)))
    return None


def _in_points(row, points: float, name: str, place: Place, directory: Directory, problems: Problems) -> float | None:
    """A score converted from its 满分 to the item's points; None (told) where it is out of range."""
    full = points if np.isnan(row.full) else row.full
    word = "分值" if np.isnan(row.full) else "满分"
    if full <= 0:
        problems.error(directory.place(row, "full"), f"满分 {full:g} 不是正数", "请填写大于 0 的满分，或留空")
        return None
    if row.score < 0 or exceeds(row.score, full):
        what = "是负数" if row.score < 0 else f"高于{word} {show_short(full)}"
        problems.error(
            place, f"得分 {show_short(row.score)} {what}（指标“{name}”）", f"应在 0 到 {show_short(full)} 之间"
        )
        return None
    return row.score * points / full


# --- ballots --------------------------------------------------------------------------------------------------------


def _ballots(
    tables: Tables, directory: Directory, finder: _Finder, items: pd.DataFrame, problems: Problems
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tallies bound to their items, and ballots that give marks (得分) as scores."""
    tallies: list[tuple] = []
    marks: list[tuple[int, float, int, int]] = []
    votes = tables.votes
    for row in tables["ballots"].itertuples():
        number = directory.find(row, lambda n, v=row.voters: (n, v) in finder.parts)
        if number == NOBODY:
            continue
        item = finder.parts.get((number, row.voters))
        if item is None or items.at[item, "source"] != "scores":
            names = [name for n, name in finder.parts if n == number]
            message = f"“{directory.subjects.at[number, 'subject']}”没有以“{row.voters}”为评价主体的部分"
            problems.error(directory.place(row, "voters"), message, suggest(row.voters, names))
            continue
        stage = directory.stage_of(number)
        own = [vote for vote in votes if vote in stage.votes]
        counts = {vote: getattr(row, vote, np.nan) for vote in own}
        given = not all(np.isnan(count) for count in counts.values())
        foreign = [v for v in votes if v not in (*own, stage.abstain) and getattr(row, v, 0) > 0]
        for vote in foreign:
            problems.error(directory.place(row, vote), f"本环节的测评没有“{vote}”票", f"可用：{'、'.join(stage.votes)}")
        place = directory.place(row, "score" if not given and not np.isnan(row.score) else own[0] if own else "voters")
        if given and not np.isnan(row.score):
            problems.error(place, "同一行既有票数又有得分", "请只留一种")
        elif given and np.nansum(list(counts.values())) == 0:
            problems.error(place, "没有有效票", "请核对票数")
        elif given:
            tallies.append((item, row.sheet, row.row, *(np.nan_to_num(counts.get(vote, 0.0)) for vote in votes)))
        elif np.isnan(row.score):
            problems.error(place, "票数和得分都空白", "请填写各等次票数")
        else:
            points, name = items.at[item, "points"], items.at[item, "indicator"]
            score = _in_points(row, points, name, place, directory, problems)
            if score is not None:
                marks.append((item, score, row.sheet, row.row))
    bound = pd.DataFrame(tallies, columns=["item", "sheet", "row", *votes])
    return bound, pd.DataFrame(marks, columns=["item", "score", "sheet", "row"])


def _refuse_both(
    scores: pd.DataFrame, ballots: pd.DataFrame, items: pd.DataFrame, directory: Directory, problems: Problems
) -> None:
    """Scores and ballots for the same part of the same subject are an error."""
    scored = scores.drop_duplicates("item").set_index("item")
    for row in ballots.itertuples():
        if row.item in scored.index:
            other = scored.loc[row.item]
            where = directory.tables.place(int(other["sheet"]), int(other["row"]), "score")
            place = directory.tables.place(row.sheet, row.row, "voters")
            problems.error(place, f"“{items.at[row.item, 'leaf']}”既有测评又有得分（另见 {where}）", "请只留一种")
