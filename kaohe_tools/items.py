"""What is scored: every subject's items, that is its indicators and the parts that are scored as a whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kaohe_tools.columns import NO_TEXT
from kaohe_tools.directory import NOBODY, Directory, suggest
from kaohe_tools.exact import parse_number, parse_share, tidy
from kaohe_tools.problems import Place, Problems
from kaohe_tools.scheme import Part
from kaohe_tools.sheets import Tables

ITEM_COLUMNS = [
    *("subject", "leaf", "order", "label", "project", "indicator"),
    *("points", "source", "rule", "target", "shared", "sheet", "row"),
]


@dataclass
class Items:
    """The items of a case. table: index = number; columns ITEM_COLUMNS; canonical order: subject, part, project, name.

    leaf: part name; order: its place in the scheme; label: 部分 as written; source: as of the leaf; rule: its 计分规则
    ("": the leaf's own); target: 目标值 (NaN: none);
    shared: given for a whole category. unscored: (subject, indicator) of rows that are known but carry no item,
    because their points are blank (True) or because the row has an error (False).
    """

    table: pd.DataFrame
    unscored: dict[tuple[int, str], bool]


def read_items(tables: Tables, directory: Directory, problems: Problems) -> Items:
    """All items of all subjects of the roster; indicator rows that cannot be used are told at their cell."""
    rows: list[tuple] = []
    unscored: dict[tuple[int, str], bool] = {}
    seen: dict[tuple[int, str, str], Place] = {}
    told: set[Place] = set()
    for row in tables["indicators"].itertuples():
        sound = _check_row(row, directory, problems)
        target = number_of(row.target, directory.place(row, "target"), "目标值", problems)
        for number in _subjects_of(row, directory, problems):
            name = tidy(row.indicator)
            key = (number, tidy(row.project), name)
            leaf = _leaf_for(row, number, directory, problems, told)
            sound = _known_rule(row, number, directory, problems, told) and sound
            if name and key in seen:
                place = directory.place(row, "indicator")
                if place not in told:
                    message = f"指标“{row.indicator}”重复（另见 {seen[key]}）"
                    problems.error(place, message, "请删除一行，或以考核项目区分")
                told.add(place)
            elif not sound or leaf is None or np.isnan(row.points):
                unscored[number, name] = sound and leaf is not None
            else:
                order, shared = _order(directory, number, leaf), not (row.subject or row.code)
                what = (row.part, row.project, row.indicator, row.points, "indicators", row.rule, target)
                rows.append((number, leaf.name, order, *what, shared, row.sheet, row.row))
            seen.setdefault(key, directory.place(row, "indicator"))
    rows.extend(_direct_items(directory))
    table = pd.DataFrame(rows, columns=ITEM_COLUMNS)
    table = table.sort_values(["subject", "order", "project", "indicator"], kind="stable", ignore_index=True)
    return Items(table, unscored)


def _check_row(row, directory: Directory, problems: Problems) -> bool:
    """Is an indicator row sound in itself? Blank points are a warning: the row is known, and not scored."""
    name, about = f"（指标“{row.indicator}”）", row.subject or row.category
    if not row.indicator:
        problems.error(directory.place(row, "indicator"), "指标空白", "请填写指标名称")
        return False
    if row.indicator == NO_TEXT:
        place = directory.place(row, "indicator")
        problems.warning(place, "指标没有文字，只有分值", "请核对原表并补上指标名称；得分照常计算", about)
    place = directory.place(row, "points")
    if np.isnan(row.points):
        if problems.has_error(place):
            return False
        problems.warning(place, f"分值空白，本行不计分{name}", "请核对原表；要计分请补上分值", about)
    elif row.points <= 0:
        problems.error(place, f"分值 {row.points:g} 不是正数{name}", "分值应大于 0；没有分值的请留空", about)
        return False
    return True


def number_of(cell: object, place: Place, header: str, problems: Problems) -> float:
    """A number from a cell kept as it was; NaN where it is blank, or no number (told)."""
    if cell is None:
        return np.nan
    read = parse_number(cell)
    if read is None:
        share = parse_share(cell)
        if share is not None:
            return share
        problems.error(place, f"{header}“{tidy(cell)}”不是数字", "请填写数字")
        return np.nan
    return read[0]


def _known_rule(row, number: int, directory: Directory, problems: Problems, told: set[Place]) -> bool:
    """Is the 计分规则 of an indicator row one that its stage declares?"""
    rules = {tidy(name): name for name in directory.stage_of(number).rules}
    if not row.rule or row.rule in rules:
        return True
    place = directory.place(row, "rule")
    if place not in told:
        advice = suggest(row.rule, rules.values()) if rules else "本环节的指标都按得分计，请留空"
        problems.error(place, f"没有计分规则“{row.rule}”", advice)
    told.add(place)
    return False


def _subjects_of(row, directory: Directory, problems: Problems) -> list[int]:
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
    place = directory.place(row, "category")
    if len(fitting) == 1:
        members = list(directory.members(*fitting[0]))
        if not members:
            problems.note(place, f"名册里没有类别“{row.category}”的对象，本行没有用到")
        return members
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
                what = (part.name, "", part.name, points, part.source, "", np.nan)
                rows.append((row.Index, part.name, order, *what, False, row.sheet, row.row))
    return rows


def _order(directory: Directory, number: int, leaf: Part) -> int:
    stage = directory.stage_of(number)
    return [p.name for top in stage.parts for p in top.walk()].index(leaf.name)
