"""What the questions are asked of: a case's sound rows as numbered arrays, and how their answers are worded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from kaohe_tools.binding import Bound
from kaohe_tools.case import Case
from kaohe_tools.directory import Directory
from kaohe_tools.exact import show_short, snap, tidy
from kaohe_tools.problems import Place
from kaohe_tools.sheets import Tables

# None of these is any regulation's: they part what a clerk would ask about from what is common in an office.
FEW_PEERS = 3  # of fewer others nobody can say what is usual among them
MANY_LINES = 3  # more of one sort, from one cause, are told in one line

AS_IS = "属实的不必改，警告不影响计算"
LOOK = f"请核对；{AS_IS}"
SCORE, RATIO, DONE = 0, 1, 2  # a mark is 得分 / 分值, 完成值 / 目标值, or 完成值 as it is


@dataclass(frozen=True)
class Given:
    """A case read and bound, before any reading is applied."""

    case: Case
    directory: Directory
    bound: Bound
    facts: pd.DataFrame

    @property
    def tables(self) -> Tables:
        return self.directory.tables

    @property
    def subjects(self) -> pd.DataFrame:
        return self.directory.subjects

    @cached_property
    def category(self) -> np.ndarray:
        """By subject: the number of its category (of its stage)."""
        return numbered(self.subjects["stage"], self.subjects["category"])

    @cached_property
    def items(self) -> pd.DataFrame:
        """By item: subject, category, what (number of its project and name), peers (of `what` in its category)."""
        items = self.bound.items
        subject = items["subject"].to_numpy(dtype=int)
        category = self.category[subject]
        stage = numbered(self.subjects["stage"])[subject]
        what = numbered(stage, compared(items["project"]), compared(items["indicator"]))
        frame = items[["indicator", "project", "points", "source", "sheet", "row"]]
        return frame.assign(subject=subject, category=category, what=what, peers=numbered(category, what))

    @cached_property
    def raters(self) -> list[str]:
        """The names of all examiners, sorted."""
        return sorted(set(self.bound.scores["rater"]) - {""})

    @cached_property
    def marks(self) -> pd.DataFrame:
        """Every score row that counts, ballots left out (nobody's single vote is looked at here).

        Columns item, subject, category, what and peers (with 来源), kind (SCORE, RATIO, DONE), value (a share of the
        points or of 目标值, else 完成值), rater (number of `raters`; −1: none), sheet, row; canonical order.
        """
        scores = self.bound.scores
        sheets = scores["sheet"].to_numpy(dtype=int)
        opened = np.array([sheet.kind.name == "scores" for sheet in self.tables.sheets], dtype=bool)
        scores = scores[opened[sheets]] if len(sheets) else scores
        item = scores["item"].to_numpy(dtype=int)
        of_item = {name: self.items[name].to_numpy()[item] for name in ("subject", "category", "what", "peers")}
        points = self.items["points"].to_numpy(dtype=float)[item]
        score, done, target = (scores[name].to_numpy(dtype=float) for name in ("score", "done", "target"))
        kind = np.select([np.isnan(done), target > 0], [SCORE, RATIO], DONE)
        base = np.select([kind == SCORE, kind == RATIO], [points, target], 1.0)
        value = snap(np.where(kind == SCORE, score, done) / base)
        of_item["what"] = numbered(of_item["what"], scores["component"], kind)
        of_item["peers"] = numbered(of_item["category"], of_item["what"])
        rater = np.searchsorted(self.raters, scores["rater"].to_numpy(dtype=object)) if self.raters else -1
        rater = np.where(scores["rater"].to_numpy(dtype=object) == "", -1, rater)
        kept = {name: scores[name].to_numpy() for name in ("sheet", "row")}
        frame = pd.DataFrame({"item": item, **of_item, "kind": kind, "value": value, "rater": rater, **kept})
        return frame.sort_values(["item", "sheet", "row"], ignore_index=True)

    @cached_property
    def leads(self) -> np.ndarray:
        """By item: the 牵头部门 of its indicator row, as compared; "" where none is named."""
        rows, items = self.tables["indicators"], self.bound.items
        leads = pd.Series(rows["lead"].map(tidy).to_numpy(), index=pd.MultiIndex.from_frame(rows[["sheet", "row"]]))
        found = leads.reindex(pd.MultiIndex.from_frame(items[["sheet", "row"]])).to_numpy()
        return np.where((items["source"] == "indicators").to_numpy(), found, "")

    def name(self, subject: int) -> str:
        """A subject as people call it: its name, with its 编号 where it has one."""
        code = self.subjects.at[subject, "code"]
        return self.subjects.at[subject, "subject"] + (f"（{code}）" if code else "")

    def place(self, row, field: str) -> Place:
        """The cell of a field of a row that has `sheet` and `row`."""
        return self.tables.place(int(row.sheet), int(row.row), field)

    def mark_place(self, mark) -> Place:
        """The cell of a row of `marks`."""
        return self.place(mark, "score" if mark.kind == SCORE else "done")

    def spoken_of(self, kind: str) -> np.ndarray:
        """By row of a kind's table: the number of the subject it names; −1 where none is known or several share it.

        A row without 环节 that names a unit of several stages counts for the first of them.
        """
        if kind not in self._spoken:
            self._spoken[kind] = self._find(self.tables[kind])
        return self._spoken[kind]

    @cached_property
    def _spoken(self) -> dict[str, np.ndarray]:
        return {}

    def _find(self, frame: pd.DataFrame) -> np.ndarray:
        stages, stage_names = pd.factorize(frame["stage"].to_numpy(dtype=object))
        codes, subjects = (frame[name].to_numpy(dtype=object) for name in ("code", "subject"))
        keys, key_names = pd.factorize(np.where(codes != "", codes, subjects))
        numbers, pairs = pd.factorize(stages * (len(key_names) + 1) + keys)
        called = [(stage_names[pair // (len(key_names) + 1)], key_names[pair % (len(key_names) + 1)]) for pair in pairs]
        found = [self._known.get(key, [-1])[0] for key in called]
        return np.array(found, dtype=int)[numbers]

    @cached_property
    def _known(self) -> dict[tuple[str, str], list[int]]:
        """Subjects by (环节 or "", name or 编号), namesakes within a stage left out."""
        known: dict[tuple[str, str], list[int]] = defaultdict(list)
        for row in self.subjects.itertuples():
            for key in {row.subject, row.code} - {""}:
                known[row.stage, key].append(row.Index)
        for (stage, key), numbers in list(known.items()):
            if len(numbers) > 1:
                del known[stage, key]
            else:
                known["", key] += numbers
        return known


def compared(texts: Iterable[str]) -> np.ndarray:
    """Numbers of texts, equal where they are the same as names are compared."""
    codes, uniques = pd.factorize(np.asarray(texts, dtype=object))
    return pd.factorize(np.array([tidy(text) for text in uniques], dtype=object))[0][codes] if len(codes) else codes


def numbered(*columns: Iterable) -> np.ndarray:
    """A number for each row, equal where all the columns are."""
    code = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        part, uniques = pd.factorize(np.asarray(column))
        code = pd.factorize(code * (len(uniques) + 1) + part)[0]
    return code


def few(lacking: int, having: int) -> bool:
    """Do so few lack what their peers have that it looks forgotten? One, or one in ten, of at least four."""
    return having >= FEW_PEERS and 0 < lacking <= max(1, (lacking + having) // 10)


def listed(names: Iterable[str], most: int = 5) -> str:
    """“甲局”“乙局”等 7 个, the first few in their order."""
    names = list(dict.fromkeys(names))
    return "".join(f"“{name}”" for name in names[:most]) + (f"等 {len(names)} 个" if len(names) > most else "")


def share(value: float) -> str:
    """A share as people write it: 85%; 满分 for the whole."""
    return "满分" if value == 1 else f"{show_short(round(value * 100, 2))}%"


def first_place(places: Sequence[Place]) -> Place:
    """The first of several cells as a sheet is read: by row, then column."""
    return min(places, key=lambda p: (p.file, p.sheet, int("".join(filter(str.isdigit, p.cell)) or 0), p.cell))
