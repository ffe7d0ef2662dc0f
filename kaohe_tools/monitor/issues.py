"""Two issues of an indicator table compared: what was added, dropped, renamed, moved, reweighted, given another target.

Rows given for a category are spread over its subjects first, so that it does not matter which way an issue is written;
what changed alike for several subjects of a category is told in one row.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pandas as pd

from kaohe_tools.assess import Prepared
from kaohe_tools.cells import as_text
from kaohe_tools.columns import KINDS
from kaohe_tools.directory import Directory
from kaohe_tools.exact import show_short, snap, tidy
from kaohe_tools.grid import read_file, read_folder
from kaohe_tools.monitor.reports import figure
from kaohe_tools.problems import ERROR, InputError, Place, Problems
from kaohe_tools.sheets import Tables, read_tables

ADDED, DROPPED, RENAMED = "新增", "删除", "疑似改名"
EVERYONE = "全部"  # begins 考核对象 where a change is the same for all of a category
LIKE = 0.6  # two names of which so much is the same may be one indicator renamed
CHANGE_COLUMNS = [
    *("变动", "环节", "类别", "考核对象", "部分", "考核项目", "指标", "原值", "现值"),
    *("文件", "工作表", "单元格", "原文件", "原工作表", "原单元格"),
]
SUM_COLUMNS = ["环节", "类别", "考核对象", "部分", "原分值", "现分值", "增减"]
ALL_PARTS = "合计"
_COMPARED = ("part", "project", "points", "target", "rule", "lead", "grounds", "method", "data_source", "cycle")
_WORDS = {"part": "调整部分", "project": "调整考核项目", "points": "分值变动", "target": "目标值变动"}


@dataclass(frozen=True)
class Entry:
    """An indicator of one subject in one issue: its fields as text, its points, its cell."""

    stage: str
    category: str
    who: str
    fields: dict[str, str]
    points: float
    sheet: int
    row: int

    @property
    def key(self) -> tuple[str, str]:
        return tidy(self.fields["project"]), tidy(self.fields["indicator"])


@dataclass(frozen=True)
class Issue:
    """One issue of the table: its sheets, the columns that they have, and its entries by subject."""

    tables: Tables
    columns: set[str]
    entries: dict[tuple[str, str, str], list[Entry]]

    def place(self, entry: Entry | None, field: str) -> Place:
        return Place() if entry is None else self.tables.place(entry.sheet, entry.row, field)


@dataclass(frozen=True)
class Comparison:
    """changes: CHANGE_COLUMNS; sums: SUM_COLUMNS, every subject and part with its points before and after."""

    changes: pd.DataFrame
    sums: pd.DataFrame


def compare_issues(prepared: Prepared, old: Path) -> Comparison:
    """The indicators of a case beside those of an earlier issue: a case folder, or a file with an indicators sheet.

    Raises InputError where the earlier issue cannot be read or has no indicators.
    """
    before = _issue(read_issue(old), prepared.directory)
    now = _issue(prepared.directory.tables, prepared.directory)
    told: dict[tuple, list[tuple[str, Entry | None, Entry | None, str]]] = defaultdict(list)
    for who in dict.fromkeys((*before.entries, *now.entries)):
        for old_one, new_one, kind in _matched(before.entries.get(who, []), now.entries.get(who, [])):
            for change, field, was, is_ in _differences(old_one, new_one, kind, before.columns & now.columns):
                any_one = new_one or old_one
                texts = tuple(any_one.fields[name] for name in ("part", "project", "indicator"))
                told[change, any_one.stage, any_one.category, *texts, was, is_].append(
                    (who[2], old_one, new_one, field)
                )
    rows = [_row(key, group, before, now) for key, group in told.items()]
    changes = pd.DataFrame(rows, columns=CHANGE_COLUMNS).sort_values(CHANGE_COLUMNS, key=_ranked, ignore_index=True)
    return Comparison(changes, _sums(before, now))


def read_issue(path: Path) -> Tables:
    """The sheets of an earlier issue. Raises InputError where there is none, or its indicators cannot be read."""
    problems = Problems()
    if not path.exists():
        problems.error(Place(), f"没有“{path}”", "--compare 后面写旧的案例文件夹，或含指标表的文件")
        raise InputError(problems)
    grids = read_folder(path, problems) if path.is_dir() else read_file(path, problems)
    tables = read_tables(grids, [], problems)
    sheets = {(s.place(0, "").file, s.place(0, "").sheet) for s in tables.sheets if s.kind.name == "indicators"}
    wrong = [p for p in problems if p.level == ERROR and (not p.place.sheet or (p.place.file, p.place.sheet) in sheets)]
    if not len(tables["indicators"]) and not wrong:
        Problems.error(problems, Place(path.name), "里面没有指标表", "指标表要有 考核对象或类别、部分、指标、分值 各列")
        wrong = problems.errors[-1:]
    if wrong:
        raise InputError(Problems(wrong))
    return tables


def _issue(tables: Tables, directory: Directory) -> Issue:
    """The indicator rows of an issue, each given to the subjects it holds for."""
    quiet = copy.copy(directory)
    quiet.tables, quiet.problems = tables, Problems()
    entries: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)
    columns: set[str] = set()
    for row in tables["indicators"].itertuples():
        columns |= set(tables.sheets[row.sheet].positions)
        fields = {c.name: as_text(getattr(row, c.name)) for c in KINDS["indicators"].columns}
        if np.isnan(row.points):
            fields["points"] = ""
        else:
            fields["points"] = show_short(row.points)
        for stage, category, who in _holders(row, quiet):
            points = 0.0 if np.isnan(row.points) else float(row.points)
            entries[stage, category, who].append(Entry(stage, category, who, fields, points, row.sheet, row.row))
    return Issue(tables, columns, {key: entries[key] for key in sorted(entries)})


def _holders(row, directory: Directory) -> list[tuple[str, str, str]]:
    """Stage, category and name of the subjects a row holds for; names that the roster lacks stay as they are."""
    subjects = directory.subjects
    stages = [row.stage] if row.stage else [
        name for name, stage in directory.scheme.stages.items()
        if any(part.source == "indicators" for top in stage.parts for part in top.walk())
    ]  # fmt: skip
    here = subjects[subjects["stage"].isin(stages)]
    if row.subject or row.code:
        own = here[
            (here["code"] == row.code)
            if row.code and row.code in set(here["code"])
            else (here["subject"] == row.subject)
        ]
        if own.empty:
            return [(row.stage, row.category, row.subject or row.code)]
    else:
        known = {(stage, directory.category_named(stage, row.category)) for stage in stages}
        pairs = [pair in known for pair in zip(here["stage"], here["category"], strict=True)]
        own = here[np.array(pairs, dtype=bool)]
        if own.empty:
            return [(row.stage, row.category, "")]
    names = own["subject"].where(own["code"] == "", own["subject"] + "（" + own["code"] + "）")
    return list(zip(own["stage"], own["category"], names, strict=True))


# --- matching ---------------------------------------------------------------------------------------------------------


def _matched(old: list[Entry], new: list[Entry]) -> Iterator[tuple[Entry | None, Entry | None, str]]:
    """Pairs of one subject's entries in both issues; one side is None for what was dropped or added."""
    left, right = list(old), list(new)
    for how in (lambda entry: entry.key, lambda entry: entry.key[1]):
        pairs = _paired(left, right, how)
        yield from ((one, other, "") for one, other in pairs)
        left = [entry for entry in left if all(entry is not one for one, _ in pairs)]
        right = [entry for entry in right if all(entry is not other for _, other in pairs)]
    likeness = sorted(
        (-ratio, left[i].key, right[j].key, i, j)
        for i in range(len(left))
        for j in range(len(right))
        if (ratio := _alike(left[i], right[j])) >= LIKE
    )
    used: tuple[set[int], set[int]] = (set(), set())
    for *_, i, j in likeness:
        if i not in used[0] and j not in used[1]:
            used[0].add(i)
            used[1].add(j)
            yield left[i], right[j], RENAMED
    yield from ((entry, None, DROPPED) for i, entry in enumerate(left) if i not in used[0])
    yield from ((None, entry, ADDED) for j, entry in enumerate(right) if j not in used[1])


def _paired(left: list[Entry], right: list[Entry], how) -> list[tuple[Entry, Entry]]:
    """Entries that one key alone calls the same in both."""
    own: dict[object, tuple[list[Entry], list[Entry]]] = defaultdict(lambda: ([], []))
    for side, entries in enumerate((left, right)):
        for entry in entries:
            own[how(entry)][side].append(entry)
    return [(one[0], other[0]) for one, other in own.values() if len(one) == len(other) == 1]


def _alike(one: Entry, other: Entry) -> float:
    """How much of two names is the same, where points and 考核项目 are; 0 elsewhere."""
    if one.points != other.points or one.key[0] != other.key[0]:
        return 0.0
    return SequenceMatcher(None, *sorted((one.key[1], other.key[1])), autojunk=False).ratio()


def _differences(
    old: Entry | None, new: Entry | None, kind: str, columns: set[str]
) -> Iterator[tuple[str, str, str, str]]:
    """What changed between two entries: the change, the field it is in, what was and what is."""
    if old is None or new is None:
        points = (new or old).fields["points"]
        yield (ADDED, "indicator", "", points) if old is None else (DROPPED, "indicator", points, "")
        return
    if kind == RENAMED:
        yield RENAMED, "indicator", old.fields["indicator"], new.fields["indicator"]
    for field in _COMPARED:
        was, is_ = old.fields[field], new.fields[field]
        if (field in columns or field == "part") and tidy(was) != tidy(is_) and not _same_figure(field, was, is_):
            yield _WORDS.get(field, f"{KINDS['indicators'].column(field).header}变动"), field, was, is_


def _same_figure(field: str, one: str, other: str) -> bool:
    """Is a target the same number written in another way (90%, 0.9)?"""
    return field == "target" and figure(one) == figure(other)


# --- telling ----------------------------------------------------------------------------------------------------------


def _row(key: tuple, group: list[tuple[str, Entry | None, Entry | None, str]], before: Issue, now: Issue) -> list[str]:
    """A row of the table for a change that is the same for a group of subjects."""
    change, stage, category, part, project, indicator, was, is_ = key
    names = [who for who, *_ in group if who]
    members = {who for s, c, who in (*before.entries, *now.entries) if (s, c) == (stage, category)}
    everyone = len(names) == len(members) > 1
    who = f"{EVERYONE} {len(names)} 个" if everyone else "、".join(names)
    _, old, new, field = group[0]
    here, there = now.place(new, field), before.place(old, field)
    places = (here.file, here.sheet, here.cell, there.file, there.sheet, there.cell)
    return [change, stage, category, who, part, project, indicator, was, is_, *places]


def _ranked(column: pd.Series) -> pd.Series:
    """Changes in the order of their weight: dropped, added, renamed, points, targets, then the rest."""
    if column.name != "变动":
        return column
    order = [DROPPED, ADDED, RENAMED, "分值变动", "目标值变动", "调整部分", "调整考核项目"]
    return column.map(lambda word: f"{order.index(word) if word in order else len(order)}{word}")


def _sums(before: Issue, now: Issue) -> pd.DataFrame:
    """The points of every subject by part (as written) and in all, before and after."""
    totals: dict[tuple[str, str, str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for side, issue in enumerate((before, now)):
        for who, entries in issue.entries.items():
            for entry in entries:
                for part in (entry.fields["part"], ALL_PARTS):
                    totals[*who, part][side] += entry.points
    rows = []
    for key in sorted(totals, key=lambda k: (*k[:3], k[3] == ALL_PARTS, k[3])):
        was, is_ = (float(snap(value)) for value in totals[key])
        rows.append((*key, show_short(was), show_short(is_), show_short(float(snap(is_ - was)))))
    return pd.DataFrame(rows, columns=SUM_COLUMNS)
