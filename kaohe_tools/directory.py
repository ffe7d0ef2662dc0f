"""Who is assessed: the roster as numbered subjects, and which stage and subject a row of any sheet speaks of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from difflib import get_close_matches
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from kaohe_tools.columns import GROUPINGS
from kaohe_tools.exact import tidy
from kaohe_tools.problems import Place, Problems
from kaohe_tools.scheme import Scheme, Stage
from kaohe_tools.sheets import Tables

NOBODY = -1  # the subject number of a row that could not be placed (its problem is told)


class Directory:
    """The subjects of a case, numbered in canonical order (stage, category, name, code), and how they are found.

    `subjects`: index = number; columns stage, subject (name), code, category, group, unit, post, staff_type,
    sheet, row.
    """

    def __init__(self, scheme: Scheme, tables: Tables, problems: Problems) -> None:
        self.scheme, self.tables, self.problems = scheme, tables, problems
        self._categories = {name: _by_name(stage) for name, stage in scheme.stages.items()}
        self.subjects = self._read_roster()
        self._members = self.subjects.groupby(["stage", "category"]).indices
        self._stages = [scheme.stages[name] for name in self.subjects["stage"]]
        named = zip(self.subjects["unit"], self.subjects["subject"], strict=True)
        self._homes = [unit or subject for unit, subject in named]
        self._by_key: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._codes = {*self.subjects["code"]} - {""}
        for number, stage, name, code in zip(
            self.subjects.index, self.subjects["stage"], self.subjects["subject"], self.subjects["code"], strict=True
        ):
            for key in {name, code} - {""}:
                self._by_key[stage, key].append(number)
        self._single = self._unambiguous()
        self._tell_useless_codes()
        self._tell_ungrouped()

    def _unambiguous(self) -> dict[tuple[str, str], int]:
        """Subjects by stage ("" where a row names none) and name or code, where one alone is called so."""
        anywhere: dict[tuple[str, str], list[int]] = defaultdict(list)
        for (_, key), numbers in self._by_key.items():
            anywhere["", key] += numbers
        return {key: numbers[0] for key, numbers in (*self._by_key.items(), *anywhere.items()) if len(numbers) == 1}

    def _tell_useless_codes(self) -> None:
        """Sheets with a 编号 column where the roster has none: their rows are found by name (a running number?)."""
        if self._codes:
            return
        for kind in (name for name in self.tables.frames if name != "roster"):
            frame = self.tables[kind]
            for sheet in frame["sheet"][(frame["code"] != "") & (frame["subject"] != "")].unique():
                self.problems.warning(
                    self.tables.sheets[sheet].grid.place(),
                    "名册没有编号，“编号”列没有用到",
                    "如是序号，请改表头为“序号”",
                )

    def _tell_ungrouped(self) -> None:
        """Subjects without a group (分口 …) where others of their category are ranked within theirs."""
        for name, stage in self.scheme.stages.items():
            fields = [GROUPINGS[header] for header in stage.rank_within]
            for _, rows in self.subjects[self.subjects["stage"] == name].groupby("category"):
                grouped = (rows[fields] != "").any(axis=1)
                for row in rows[~grouped].itertuples() if grouped.any() else ():
                    message = f"“{row.subject}”没有{'或'.join(stage.rank_within)}，将单独排名"
                    self.problems.warning(self.place(row, fields[0]), message, "请补填")

    # --- the roster

    def _read_roster(self) -> pd.DataFrame:
        roster = self.tables["roster"].copy()
        stages = [self._roster_stage(row) for row in roster.itertuples()]
        roster["category"] = [
            self.category_named(stage, row.category) or ""
            for stage, row in zip(stages, roster.itertuples(), strict=True)
        ]
        roster["stage"] = stages
        placed = (roster["stage"] != "") & (roster["category"] != "")
        self._broken = {*roster["subject"][~placed], *roster["code"][~placed]} - {""}
        roster = roster[placed]
        seen: dict[tuple[str, str], Place] = {}
        keep = []
        for row in roster.itertuples():
            place = self.place(row, "subject")
            key = (row.stage, row.code or row.subject)
            if not row.subject:
                self.problems.error(place, "考核对象空白", "请填写考核对象，或删除本行")
            elif key in seen:
                message = f"“{row.subject}”在环节“{row.stage}”的名册中重复（另见 {seen[key]}）"
                self.problems.error(place, message, "请删除一行；同名的请各填编号")
            else:
                seen[key] = place
                keep.append(row.Index)
        pairs = [(name, category) for name, stage in self.scheme.stages.items() for category in stage.categories]
        order = {pair: i for i, pair in enumerate(pairs)}
        roster = self._with_same_subjects(roster.loc[keep])
        ranks = [
            (order[s, c], n, k)
            for s, c, n, k in zip(roster["stage"], roster["category"], roster["subject"], roster["code"], strict=True)
        ]
        roster = roster.iloc[sorted(range(len(ranks)), key=ranks.__getitem__)]
        if roster.empty and not self.problems.errors:
            self.problems.error(Place(), "没有名册", "请放入一张含“考核对象”“类别”两列的名册")
        return roster.reset_index(drop=True)

    def _with_same_subjects(self, roster: pd.DataFrame) -> pd.DataFrame:
        """A stage that has the subjects of another one takes them over, where the roster does not list its own."""
        for name, stage in self.scheme.stages.items():
            if stage.same_subjects and not (roster["stage"] == name).any():
                copied = roster[roster["stage"] == stage.same_subjects].assign(stage=name)
                roster = pd.concat([roster, copied], ignore_index=True)
        return roster

    def link(self, number: int, stage: str) -> int:
        """The subject of another stage that a subject belongs to (所属单位) or is itself; NOBODY if there is none."""
        found = self._by_key.get((stage, self._homes[number]), [])
        return found[0] if len(found) == 1 else NOBODY

    def _roster_stage(self, row) -> str:
        """The stage of a roster row: as written, or the one with its category; "" where that fails (told)."""
        if row.stage:
            return row.stage if self._known_stage(row) and self._known_category(row, [row.stage]) else ""
        own = [name for name, stage in self.scheme.stages.items() if not stage.same_subjects]
        fitting = [name for name in own if self.category_named(name, row.category)]
        if len(fitting) > 1:
            message = f"类别“{row.category}”在{'、'.join(fitting)}各环节都有"
            self.problems.error(self.place(row, "category"), message, "请加“环节”列写明")
            return ""
        if self._known_category(row, list(self.scheme.stages)):
            return fitting[0]
        return ""

    def _known_stage(self, row) -> bool:
        if row.stage in self.scheme.stages:
            return True
        advice = suggest(row.stage, self.scheme.stages)
        self.problems.error(self.place(row, "stage"), f"没有环节“{row.stage}”", advice)
        return False

    def _known_category(self, row, stages: list[str]) -> bool:
        if any(self.category_named(stage, row.category) for stage in stages):
            return True
        known = [category for stage in stages for category in self.scheme.stages[stage].categories]
        self.problems.error(self.place(row, "category"), f"没有类别“{row.category}”", suggest(row.category, known))
        return False

    def category_named(self, stage: str, text: str) -> str | None:
        """The category of a stage that goes by this name or alias, or None."""
        return self._categories[stage].get(text) if stage in self._categories and text else None

    # --- finding

    def place(self, row, name: str) -> Place:
        """The cell of a field of a table row (as itertuples gives it)."""
        return self.tables.place(row.sheet, row.row, name)

    def stage_of(self, number: int) -> Stage:
        """The stage in which a subject is assessed."""
        return self._stages[number]

    def members(self, stage: str, category: str) -> np.ndarray:
        """Numbers of the subjects of a category."""
        return self._members.get((stage, category), np.zeros(0, dtype=int))

    def find_all(self, rows: pd.DataFrame, fits: Callable[[Any, int], bool]) -> np.ndarray:
        """The numbers of the subjects that the rows of a table speak of, as `find` gives them one by one."""
        plain = np.ones(len(rows), dtype=bool)
        if self._codes:
            plain = (rows["code"] == "").to_numpy()
        keys = zip(rows["stage"].tolist(), rows["subject"].tolist(), strict=True)
        found = np.fromiter((self._single.get(key, NOBODY) for key in keys), int, len(rows))
        unclear = np.flatnonzero((found == NOBODY) | ~plain)
        for i, row in zip(unclear, rows.iloc[unclear].itertuples(), strict=True):
            found[i] = self.find(row, partial(fits, row))
        return found

    def find(self, row, fits: Callable[[int], bool]) -> int:
        """The number of the subject a row speaks of; NOBODY where that is unclear (told).

        Without a 环节 the subject must be known in one stage only, or only one of them `fits` the rest of the row.
        """
        key = row.code if self._codes and row.code else row.subject
        if not key:
            self.problems.error(self.place(row, "subject"), "考核对象空白", "请填写考核对象，或删除本行")
            return NOBODY
        if row.stage and not self._known_stage(row):
            return NOBODY
        stages = [row.stage] if row.stage else list(self.scheme.stages)
        found = [number for stage in stages for number in self._by_key.get((stage, key), [])]
        if not found:
            if key not in self._broken:  # else its roster row is told already
                self._tell_unknown(row, key, stages)
            return NOBODY
        if len(found) > 1:
            found = [number for number in found if fits(number)] or found
        if len(found) == 1:
            return found[0] if self._same_name(row, found[0]) else NOBODY
        homes = {self.subjects.at[number, "stage"] for number in found}
        if len(homes) == 1:
            message, advice = f"“{key}”有 {len(found)} 个同名对象", "请在“编号”列或考核对象处填写编号"
        else:
            message, advice = f"“{key}”在多个环节（{'、'.join(sorted(homes))}）都有", "请加“环节”列写明"
        self.problems.error(self.place(row, "subject"), message, advice)
        return NOBODY

    def _same_name(self, row, number: int) -> bool:
        """Does a row that gives both 编号 and 考核对象 mean one subject by both?"""
        name = self.subjects.at[number, "subject"]
        if not (self._codes and row.code and row.subject) or row.subject == name:
            return True
        message = f"编号“{row.code}”是“{name}”，与考核对象“{row.subject}”不符"
        self.problems.error(self.place(row, "subject"), message, "请改正编号或考核对象")
        return False

    def _tell_unknown(self, row, key: str, stages: list[str]) -> None:
        names = [name for stage, name in self._by_key if stage in stages]
        self.problems.error(self.place(row, "subject"), f"名册里没有“{key}”", suggest(key, names))


def _by_name(stage: Stage) -> dict[str, str]:
    """The categories of a stage by every name they go by; of two that share one, the first."""
    named: dict[str, str] = {}
    for category, aliases in stage.categories.items():
        for name in (category, *aliases):
            named.setdefault(tidy(name), category)
    return named


def suggest(word: str, known) -> str:
    """What to do about an unknown name: the nearest known one, or the list where it is short."""
    known = list(dict.fromkeys(known))
    near = get_close_matches(word, known, 1, 0.5)
    if near:
        return f"是不是“{near[0]}”？请核对"
    return f"可用：{'、'.join(known)}" if 0 < len(known) <= 12 else "请核对名称"
