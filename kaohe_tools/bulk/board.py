"""What is expected: for every subject the indicators it is to be scored on, as numbers and never row by row.

Subjects that share all their indicators (a category, as a rule) share one shape; the sheets are read by the ordinary
functions on one subject of each.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from kaohe_tools.binding import Bound
from kaohe_tools.directory import Directory
from kaohe_tools.exact import tidy
from kaohe_tools.items import Items, read_items
from kaohe_tools.problems import Place, Problems
from kaohe_tools.rules import DIRECT
from kaohe_tools.sheets import Tables
from kaohe_tools.totals import check_totals

NOWHERE, UNSCORED = -1, -2  # an indicator that a subject does not have; one that carries no points
_DENSE = 1 << 25  # as many cells of (shape, indicator) are kept as a table; of more only those that there are
_PLAIN = "given"


@dataclass(frozen=True)
class Board:
    """Slots for scores: those of a subject lie together, in the order of its items.

    directory: the subjects, by number. subjects: by stage ("": where a row names none) the number by name or code,
    where one alone is called so; doubtful: names that several have. categories: their numbers by name; category, shape:
    by subject. items: of one shape after the other, in canonical order (leaf, order, project, indicator, points,
    source, sheet, row; due: the points of its part; fit: one row of points scores it, where not that is told); first:
    where each shape's items begin. indicators: number by name. keys, positions: see `find`. start: where each
    subject's slots begin.
    """

    directory: Directory
    subjects: dict[str, dict[str, int]]
    doubtful: frozenset[str]
    categories: dict[str, int]
    category: np.ndarray
    shape: np.ndarray
    items: pd.DataFrame
    first: np.ndarray
    indicators: dict[str, int]
    keys: np.ndarray
    positions: np.ndarray
    start: np.ndarray

    @property
    def width(self) -> int:
        """Names of indicators and one more, which is none of them."""
        return len(self.indicators) + 1

    @property
    def slots(self) -> int:
        return int(self.start[-1])

    def find(self, keys: np.ndarray) -> np.ndarray:
        """By shape × width + indicator, the position of the item in the shape; NOWHERE, UNSCORED."""
        if len(self.keys) == 0:
            return self.positions[keys]
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[at] == keys, self.positions[at], NOWHERE)

    def runs(self) -> list[tuple[int, int, int]]:
        """Subjects in a row with one shape: first, last and one more, shape; those without slots are left out."""
        edges = np.flatnonzero(np.r_[True, self.shape[1:] != self.shape[:-1], True])
        runs = [(int(a), int(b), int(self.shape[a])) for a, b in pairwise(edges)]
        return [(a, b, shape) for a, b, shape in runs if self.first[shape + 1] > self.first[shape]]

    def block(self, slots: np.ndarray, run: tuple[int, int, int]) -> np.ndarray:
        """The slots of a run as a view: a row a subject, a column an item of the shape."""
        first, last, _ = run
        return slots[self.start[first] : self.start[last]].reshape(last - first, -1)

    def own(self, shape: int) -> pd.DataFrame:
        """The items of a shape."""
        return self.items.iloc[self.first[shape] : self.first[shape + 1]]


def board_of(tables: Tables, directory: Directory, problems: Problems) -> Board:
    """The board of a case; flaws of its indicators, and rules that need more than points, are told."""
    samples, sample_of = _samples(tables, directory)
    items, numbers = _items(tables, directory, samples, problems)
    shape = pd.Series(range(len(samples)), samples).loc[sample_of].to_numpy()
    wanted = items.table[items.table["source"].isin(("indicators", "scores")) & items.table["subject"].isin(numbers)]
    own = wanted["subject"].map(dict(zip(numbers, range(len(samples)), strict=True))).to_numpy()
    order = np.argsort(own, kind="stable")
    wanted, own = wanted.iloc[order].reset_index(drop=True), own[order].astype(int)
    first = np.searchsorted(own, np.arange(len(samples) + 1))
    fit = _refuse_rules(wanted, own, samples, directory, problems)
    names = [tidy(name) for name in wanted["indicator"]]
    unscored = {(shape, name): UNSCORED for (subject, name), _ in items.unscored.items()
                for shape in np.flatnonzero(numbers == subject)}  # fmt: skip
    indicators = {name: i for i, name in enumerate(dict.fromkeys([*names, *(name for _, name in unscored)]))}
    known = {(s, n): int(i - first[s]) for i, (s, n) in enumerate(zip(own.tolist(), names, strict=True))}
    wanted["fit"] = fit & _refuse_same(wanted, own, names, samples, directory, problems)
    width = len(indicators) + 1
    found = {shape * width + indicators[name]: at for (shape, name), at in (unscored | known).items()}
    keys, positions = _lookup(found, (len(samples) + 1) * width)
    wanted["due"] = _due(wanted, own, samples, directory)
    start = np.r_[0, np.cumsum(np.diff(first)[shape])] if len(shape) else np.zeros(1, int)
    measured = np.bincount(own[(wanted["source"] == "indicators").to_numpy()], minlength=len(samples)) > 0
    subjects, doubtful = _names(directory, measured[shape])
    categories, category = _categories(directory)
    who = (directory, subjects, doubtful, categories, category)
    return Board(*who, shape, wanted, first, indicators, keys, positions, start)


def _samples(tables: Tables, directory: Directory) -> tuple[np.ndarray, np.ndarray]:
    """Subjects that stand for others, and by subject the one that stands for it: itself, if it has rows of its own."""
    rows = tables["indicators"]
    named = {*rows["subject"], *rows["code"]} - {""}
    table = directory.subjects
    alone = (table["subject"].isin(named) | (table["code"].isin(named) & (table["code"] != ""))).to_numpy()
    group = table.groupby(["stage", "category"], sort=False).ngroup().to_numpy()
    key = np.where(alone, -1 - np.arange(len(table)), group)
    _, first, which = np.unique(key, return_index=True, return_inverse=True)
    chosen = np.sort(first)
    return chosen, first[which.reshape(-1)]


def _items(tables: Tables, directory: Directory, samples: np.ndarray, problems: Problems) -> tuple[Items, np.ndarray]:
    """The items of the samples by the ordinary reading, and the samples' numbers there."""
    rows = directory.subjects.iloc[samples]
    roster = tables["roster"]
    places = pd.MultiIndex.from_frame(roster[["sheet", "row"]])
    cut = roster[places.isin(pd.MultiIndex.from_frame(rows[["sheet", "row"]]))]
    few = Tables(tables.sheets, {**tables.frames, "roster": cut.reset_index(drop=True)}, tables.votes)
    small = Directory(directory.scheme, few, Problems())  # what is wrong with the roster is told already
    small.problems = problems
    items = read_items(few, small, problems)
    _tell_totals(items, small, problems)
    at = {(row.stage, row.subject, row.code): row.Index for row in small.subjects.itertuples()}
    numbers = np.array([at[row.stage, row.subject, row.code] for row in rows.itertuples()], dtype=int)
    return items, numbers


def _tell_totals(items: Items, small: Directory, problems: Problems) -> None:
    """Points that do not add up, by the ordinary check; parts without any points cannot be reduced to a score."""
    nothing = pd.DataFrame()
    bound = Bound(items.table, nothing, nothing, nothing, set(), nothing, pd.Series(dtype=float), items.hollow)
    check_totals(bound, small, problems)
    for row in items.hollow.itertuples():
        place = small.tables.place(row.sheet, row.row, "points")
        problems.error(place, f"“{row.leaf}”的指标都没有分值，大表方式不能计", "请补上分值")


def _refuse_rules(
    wanted: pd.DataFrame, own: np.ndarray, samples: np.ndarray, directory: Directory, problems: Problems
) -> np.ndarray:
    """Which items are scored by one row of points. The others are told: nothing here would score them right."""
    fit, told = np.ones(len(wanted), dtype=bool), set()
    for at, (shape, item) in enumerate(zip(own.tolist(), wanted.itertuples(), strict=True)):
        if item.source != "indicators":
            continue
        stage = directory.stage_of(int(samples[shape]))
        rule = stage.rule_of(item.rule, item.leaf)
        key = (item.sheet, item.row)
        fit[at] = rule.kind == _PLAIN
        if not fit[at] and key not in told:
            told.add(key)
            name = rule.name or item.leaf
            message = f"指标“{item.indicator}”按计分规则“{name}”计，大表方式只能计{DIRECT}的指标"
            problems.error(directory.tables.place(item.sheet, item.row, "rule"), message, "请不用大表方式考核")
    return fit


def _refuse_same(
    wanted: pd.DataFrame,
    own: np.ndarray,
    names: list[str],
    samples: np.ndarray,
    directory: Directory,
    problems: Problems,
) -> np.ndarray:
    """Which items are the only ones of their subject with their name. Others, which only 考核项目 parts, are told."""
    counts = Counter(zip(own.tolist(), names, strict=True))
    alone = np.ones(len(wanted), dtype=bool)
    for i, key in enumerate(zip(own.tolist(), names, strict=True)):
        if counts[key] > 1:
            alone[i] = False
            item, subject = wanted.iloc[i], directory.subjects.at[int(samples[key[0]]), "subject"]
            message = f"“{subject}”有 {counts[key]} 个指标叫“{item['indicator']}”，大表方式只按指标名称对应"
            place = directory.tables.place(int(item["sheet"]), int(item["row"]), "indicator")
            problems.error(place, message, "请改名以区分，如把考核项目写进指标名称")
    return alone


def _lookup(found: dict[int, int], cells: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions by key as a whole table (no keys then), or sorted keys with their positions."""
    keys = np.fromiter(found, np.int64, len(found))
    positions = np.fromiter(found.values(), np.int32, len(found))
    if cells > _DENSE:
        order = np.argsort(keys)
        return keys[order], positions[order]
    table = np.full(cells, NOWHERE, dtype=np.int32)
    table[keys] = positions
    return np.zeros(0, np.int64), table


def _names(directory: Directory, measured: np.ndarray) -> tuple[dict[str, dict[str, int]], frozenset[str]]:
    """Subjects by stage and name or code; without a stage, those with indicators before others of the name. And names
    that several have.
    """
    table = directory.subjects
    known: dict[str, dict[str, list[int]]] = {"": {}}
    columns = (table[name].tolist() for name in ("stage", "subject", "code"))
    for number, stage, name, code in zip(table.index, *columns, strict=True):
        for key in {name, code} - {""}:
            for where in ("", tidy(stage)):
                known.setdefault(where, {}).setdefault(key, []).append(number)
    anywhere = known[""].items()
    known[""] = {key: [n for n in numbers if measured[n]] or numbers for key, numbers in anywhere}
    single = {stage: {key: numbers[0] for key, numbers in names.items() if len(numbers) == 1}
              for stage, names in known.items()}  # fmt: skip
    return single, frozenset(known[""].keys() - single[""].keys())


def _due(wanted: pd.DataFrame, own: np.ndarray, samples: np.ndarray, directory: Directory) -> list[float]:
    """By item, the points of its part in the category of those who have it."""
    categories = directory.subjects["category"].to_numpy()
    known: dict[tuple[int, str], float] = {}
    for key in dict.fromkeys(zip(own.tolist(), wanted["leaf"].tolist(), strict=True)):
        number = int(samples[key[0]])
        known[key] = directory.stage_of(number).part_named(key[1]).points[categories[number]]
    return [known[key] for key in zip(own.tolist(), wanted["leaf"].tolist(), strict=True)]


def _categories(directory: Directory) -> tuple[dict[str, int], np.ndarray]:
    """Numbers of the categories by every name and alias, and by subject."""
    table, named = directory.subjects, {}
    for stage, category in table[["stage", "category"]].drop_duplicates().itertuples(index=False):
        aliases = directory.scheme.stages[stage].categories[category]
        named |= {tidy(name): category for name in (category, *aliases)}
    codes = {category: i for i, category in enumerate(dict.fromkeys(named.values()))}
    own = np.array([codes[category] for category in table["category"].tolist()], dtype=np.int64)
    return {name: codes[category] for name, category in named.items()}, own


def item_place(board: Board, item: int) -> Place:
    """Where an item stands in the sheet of indicators (of a part: in the roster)."""
    row = board.items.iloc[item]
    field = "indicator" if row["source"] == "indicators" else "subject"
    return board.directory.tables.place(int(row["sheet"]), int(row["row"]), field)
