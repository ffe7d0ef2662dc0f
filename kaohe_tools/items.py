"""What is scored: every subject's items, that is its indicators and the parts that are scored as a whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kaohe_tools.cells import as_text, shortened, tell_sum
from kaohe_tools.columns import NO_TEXT
from kaohe_tools.directory import NOBODY, Directory, suggest
from kaohe_tools.exact import in_bounds, parse_number, parse_share, tidy
from kaohe_tools.problems import Place, Problems
from kaohe_tools.scheme import Part, Stage
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
    because their points are blank (True) or because the row has an error (False). hollow: subject, leaf, sheet, row of
    parts whose indicators all lack points.
    """

    table: pd.DataFrame
    unscored: dict[tuple[int, str], bool]
    hollow: pd.DataFrame


def read_items(tables: Tables, directory: Directory, problems: Problems) -> Items:
    """All items of all subjects of the roster; indicator rows that cannot be used are told at their cell."""
    given = tables["indicators"]
    reader = _Reader(directory, problems)
    rows = [reader.read(row) for row in given.itertuples()]
    spread = pd.DataFrame(
        {
            "subject": np.concatenate([row.numbers for row in rows] or [np.zeros(0, int)]).astype(int),
            "at": np.repeat(np.arange(len(rows)), [len(row.numbers) for row in rows]),
        }
    )
    names = [tidy(name) for name in given["indicator"].tolist()]
    projects = [tidy(name) for name in given["project"].tolist()]
    at = spread["at"].to_numpy()
    spread["key"] = pd.factorize(pd.Series(list(zip(projects, names, strict=True)), dtype=object))[0][at]
    named = np.array([bool(name) for name in names], dtype=bool)[at]
    again = spread.duplicated(["subject", "key"]).to_numpy() & named
    _tell_again(spread, again, given, directory, problems)
    sound = np.array([row.leaf is not None and row.scored for row in rows], dtype=bool)[at]
    unscored = {
        (number, names[at]): rows[at].sound and rows[at].leaf is not None
        for number, at in spread.loc[~again & ~sound, ["subject", "at"]].itertuples(index=False)
    }
    indicators = _table(spread[~again & sound], rows, given)
    covered = {(number, rows[i].leaf) for number, i in spread[["subject", "at"]].itertuples(index=False)}
    table = pd.concat([indicators, _direct_items(directory, covered)], ignore_index=True)
    table = table.astype({"subject": int, "order": int, "points": float, "target": float, "sheet": int, "row": int})
    by = ["subject", "order", "project", "indicator"]
    table = table.sort_values(by, kind="stable", ignore_index=True)
    return Items(table, unscored, _hollow(spread, rows, given, table))


def _hollow(spread: pd.DataFrame, rows: list[_Row], given: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Parts of which a subject has indicators, all without points: subject, leaf, and the first such row."""
    leaves = np.array([row.leaf if row.sound else None for row in rows], dtype=object)
    found = spread[["subject"]].assign(leaf=leaves[spread["at"]])
    found[["sheet", "row"]] = given[["sheet", "row"]].to_numpy()[spread["at"]]
    known = pd.MultiIndex.from_frame(table[["subject", "leaf"]])
    lacking = found["leaf"].notna() & ~pd.MultiIndex.from_frame(found[["subject", "leaf"]]).isin(known)
    return found[lacking].sort_values(["sheet", "row"]).drop_duplicates(["subject", "leaf"])


def _tell_again(
    spread: pd.DataFrame, again: np.ndarray, given: pd.DataFrame, directory: Directory, problems: Problems
) -> None:
    """Indicators that a subject has twice, each row told once."""
    if not again.any():
        return
    firsts = spread.groupby(["subject", "key"])["at"].transform("first")
    pairs = spread.assign(first=firsts)[again].drop_duplicates("at")
    for at, first in pairs[["at", "first"]].itertuples(index=False):
        row, other = next(given.iloc[[at]].itertuples()), next(given.iloc[[first]].itertuples())
        message = f"指标“{row.indicator}”重复（另见 {directory.place(other, 'indicator')}）"
        problems.error(directory.place(row, "indicator"), message, "请删除一行，或以考核项目区分")


def _table(spread: pd.DataFrame, rows: list[_Row], given: pd.DataFrame) -> pd.DataFrame:
    """The items that indicator rows make, one for each subject a row holds for."""
    at = spread["at"].to_numpy()
    used = [rows[i] for i in at]
    own = given[["part", "project", "indicator", "points", "rule", "sheet", "row"]].iloc[at]
    return pd.DataFrame({
        "subject": spread["subject"].to_numpy(), "leaf": [row.leaf for row in used],
        "order": [row.order for row in used], "label": own["part"].to_numpy(), "project": own["project"].to_numpy(),
        "indicator": own["indicator"].to_numpy(), "points": own["points"].to_numpy(dtype=float),
        "source": "indicators", "rule": own["rule"].to_numpy(), "target": [row.target for row in used],
        "shared": [row.shared for row in used], "sheet": own["sheet"].to_numpy(), "row": own["row"].to_numpy(),
    }, columns=ITEM_COLUMNS)  # fmt: skip


@dataclass(frozen=True)
class _Row:
    """An indicator row as read: for whom it holds, its leaf part, and whether it is sound and carries points."""

    numbers: np.ndarray
    leaf: str | None
    order: int
    target: float
    sound: bool
    scored: bool
    shared: bool


class _Reader:
    """Reads indicator rows; what depends on stage, category and part alone is looked up once."""

    def __init__(self, directory: Directory, problems: Problems) -> None:
        self.directory, self.problems = directory, problems
        self.stages = directory.subjects["stage"].to_numpy()
        self.categories = directory.subjects["category"].to_numpy()
        self.leaves: dict[tuple[str, str, str], Part | None] = {}
        self.members: dict[tuple[str, str], np.ndarray] = {}

    def read(self, row) -> _Row:
        sound = _check_row(row, self.directory, self.problems)
        target = number_of(row.target, self.directory.place(row, "target"), "目标值", self.problems)
        numbers, shared = self._subjects(row), not (row.subject or row.code)
        if not len(numbers):
            return _Row(numbers, None, 0, target, sound, False, shared)
        stage, category = self.stages[numbers[0]], self.categories[numbers[0]]
        leaf = self._leaf(row, stage, category)
        sound = _known_rule(row, int(numbers[0]), self.directory, self.problems) and sound
        order = _order(self.directory.scheme.stages[stage], leaf.name) if leaf else 0
        scored = sound and not np.isnan(row.points)
        return _Row(numbers, leaf.name if leaf else None, order, target, sound, scored, shared)

    def _subjects(self, row) -> np.ndarray:
        """The subjects an indicator row holds for: the one it names, or all of its category."""
        if row.subject or row.code:
            number = self.directory.find(row, lambda n: self.directory.stage_of(n).part_named(row.part) is not None)
            if number == NOBODY:
                return np.zeros(0, dtype=int)
            _check_category(row, number, self.directory, self.problems)
            return np.array([number])
        key = (row.stage, row.category)
        if not len(self.members.get(key, ())):
            self.members[key] = _category_members(row, self.directory, self.problems)
        return self.members[key]

    def _leaf(self, row, stage: str, category: str) -> Part | None:
        """The leaf part that an indicator row belongs to, by the part's name or alias."""
        key = (stage, category, row.part)
        if self.leaves.get(key) is not None:
            return self.leaves[key]
        leaves = [p for p in self.directory.scheme.stages[stage].leaves(category) if p.source == "indicators"]
        if key not in self.leaves:
            called = (part for part in leaves if row.part in (tidy(part.name), *map(tidy, part.aliases)))
            self.leaves[key] = next(called, None)
        if self.leaves[key] is None:
            names = [name for part in leaves for name in (part.name, *part.aliases)]
            message = f"类别“{category}”没有由指标构成的部分“{row.part}”" if row.part else "部分空白"
            self.problems.error(self.directory.place(row, "part"), message, suggest(row.part, names))
        return self.leaves[key]


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
    """A number or share from a cell kept as it was; NaN where it is blank, or no number (told)."""
    if cell is None:
        return np.nan
    read = parse_number(cell) or ((share, False) if (share := parse_share(cell)) is not None else None)
    if read is None or not in_bounds(read[0]):
        found = "不是数字" if read is None else "大得或小得不合情理"
        problems.error(place, f"{header}“{shortened(as_text(cell))}”{found}", "请填写数字")
        return np.nan
    if read[1]:
        tell_sum(header, cell, read[0], place, problems)
    return read[0]


def _known_rule(row, number: int, directory: Directory, problems: Problems) -> bool:
    """Is the 计分规则 of an indicator row one that its stage declares?"""
    if not row.rule:
        return True
    rules = {tidy(name): name for name in directory.stage_of(number).rules}
    if row.rule in rules:
        return True
    advice = suggest(row.rule, rules.values()) if rules else "本环节的指标都按得分计，请留空"
    problems.error(directory.place(row, "rule"), f"没有计分规则“{row.rule}”", advice)
    return False


def _check_category(row, number: int, directory: Directory, problems: Problems) -> None:
    """A row that names both a subject and a category must not contradict the roster."""
    own = directory.subjects.at[number, "category"]
    if row.category and directory.category_named(directory.stage_of(number).name, row.category) != own:
        message = f"类别“{row.category}”与名册不符（“{row.subject}”属于{own}）"
        problems.error(directory.place(row, "category"), message, "请改正类别，或留空")


def _category_members(row, directory: Directory, problems: Problems) -> np.ndarray:
    """All subjects of the category that a row names; none, told, where there is no such category or several."""
    stages = [row.stage] if row.stage else list(directory.scheme.stages)
    fitting = [(s, c) for s in stages if (c := directory.category_named(s, row.category))]
    if len(fitting) > 1:  # stages over the same subjects: only those of which indicators make up a part are meant
        fitting = [(s, c) for s, c in fitting if _by_indicators(directory.scheme.stages[s], c)] or fitting
    place = directory.place(row, "category")
    if len(fitting) == 1:
        members = directory.members(*fitting[0])
        if not len(members):
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
    return np.zeros(0, dtype=int)


def _by_indicators(stage: Stage, category: str) -> bool:
    return any(leaf.source == "indicators" for leaf in stage.leaves(category))


def _direct_items(directory: Directory, covered: set[tuple[int, str | None]]) -> pd.DataFrame:
    """One item for each leaf part that is scored as a whole (by score, ballot or fact), placed at the roster row.

    A part that indicators should make up and for which a subject has none (`covered`: subject and leaf that have) is
    scored as a whole too.
    """
    rows = []
    leaves = {
        (name, category): [(part, _order(stage, part.name)) for part in stage.leaves(category)]
        for name, stage in directory.scheme.stages.items()
        for category in stage.categories
    }
    for row in directory.subjects.itertuples():
        for part, order in leaves[row.stage, row.category]:
            by_indicators = part.source == "indicators"
            if not by_indicators or not {(row.Index, part.name), (row.Index, None)} & covered:
                points, source = part.points[row.category], "scores" if by_indicators else part.source
                what = (part.name, "", part.name, points, source, "", np.nan)
                rows.append((row.Index, part.name, order, *what, False, row.sheet, row.row))
    return pd.DataFrame(rows, columns=ITEM_COLUMNS)


def _order(stage: Stage, leaf: str) -> int:
    return [part.name for top in stage.parts for part in top.walk()].index(leaf)
