"""Which item a row of scores or ballots speaks of: found by subject, 考核项目 and 指标, or by the name of a part."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd

from kaohe_tools.directory import NOBODY, Directory, suggest
from kaohe_tools.exact import exceeds, show_short, tidy
from kaohe_tools.items import Items
from kaohe_tools.problems import Problems
from kaohe_tools.scheme import Rule
from kaohe_tools.sheets import Tables

NO_ITEM = -1  # the item of a row that could not be matched (told)
SCORABLE = ("scores", "indicators")
_ORIGINS = {"fact": "情形", "ledger": "台账", "stage": "前一环节"}


class Matcher:
    """Finds items by name. `attempted`: items given something that had an error, so that none is told as missing."""

    def __init__(self, tables: Tables, directory: Directory, items: Items, problems: Problems) -> None:
        self.tables, self.directory, self.problems = tables, directory, problems
        self.items, self.unscored = items.table, items.unscored
        self.attempted: set[int] = set()
        self.subject = items.table["subject"].to_numpy()
        self.source = items.table["source"].to_numpy(dtype=object)
        self.points = items.table["points"].to_numpy(dtype=float)
        self.names = items.table["indicator"].tolist()
        self.rules = self._rules()
        self.kinds = np.array([rule.kind for rule in self.rules], dtype=object)
        self.indicators: dict[tuple[int, str], list[tuple[str, int]]] = defaultdict(list)
        self.parts: dict[tuple[int, str], int] = {}
        for index, number, source, leaf, project, indicator in zip(
            *(column.tolist() for column in (items.table.index, self.subject, self.source)),
            *(items.table[name].tolist() for name in ("leaf", "project", "indicator")),
            strict=True,
        ):
            if source == "indicators":
                self.indicators[number, tidy(indicator)].append((tidy(project), index))
            else:
                self.parts[number, tidy(leaf)] = index
        self._single = self._unambiguous()

    def _rules(self) -> list[Rule]:
        """The scoring rule of each item: its 计分规则, or its part's."""
        known: dict[tuple[str, str, str], Rule] = {}
        rules = []
        stages = self.directory.subjects["stage"].to_numpy(dtype=object)[self.subject] if len(self.items) else []
        for key in zip(stages, self.items["rule"].tolist(), self.items["leaf"].tolist(), strict=True):
            if key not in known:
                known[key] = self.directory.scheme.stages[key[0]].rule_of(*key[1:])
            rules.append(known[key])
        return rules

    def _unambiguous(self) -> dict[tuple[int, str, str], int]:
        """Items by subject, name and 考核项目 ("" where a row leaves it out), where one item alone fits."""
        single = {(*key, ""): index for key, index in self.parts.items() if self.source[index] in SCORABLE}
        for key, entries in self.indicators.items():
            single.pop((*key, ""), None)
            single |= {(*key, project): index for project, index in entries if project}
            if len(entries) == 1:
                single[*key, ""] = entries[0][1]
        return single

    def fitting(self, number: int, indicator: str, project: str) -> list[int]:
        """The items that fit: one is right, several need a 考核项目, none is unknown."""
        found = self.indicators.get((number, indicator), [])
        if project:
            found = [entry for entry in found if entry[0] == project]
        if found:
            return [index for _, index in found]
        return [self.parts[number, indicator]] if (number, indicator) in self.parts else []

    def items_of(self, rows: pd.DataFrame) -> np.ndarray:
        """The item that each score row names; NO_ITEM (told) where that is unclear or carries no points."""
        indicators, projects = [[tidy(cell) for cell in rows[name].tolist()] for name in ("indicator", "project")]
        numbers = self.directory.find_all(
            rows, lambda row, number: bool(self.fitting(number, tidy(row.indicator), tidy(row.project)))
        )
        keys = zip(numbers.tolist(), indicators, projects, strict=True)
        found = np.array([self._single.get(key, NO_ITEM) for key in keys], dtype=int)
        unclear = np.flatnonzero((found == NO_ITEM) & (numbers != NOBODY))
        for i, row in zip(unclear, rows.iloc[unclear].itertuples(), strict=True):
            found[i] = self._unclear(row, int(numbers[i]))
        return found

    def _unclear(self, row, number: int) -> int:
        """The item of a row that is not plain; NO_ITEM, told, where there is none or more than one."""
        indicator, project = tidy(row.indicator), tidy(row.project)
        found = self.fitting(number, indicator, project)
        place = self.directory.place(row, "indicator")
        subject = self.directory.subjects.at[number, "subject"]
        if len(found) > 1:
            message = f"“{subject}”有 {len(found)} 个指标叫“{row.indicator}”"
            self.problems.error(place, message, "请填写考核项目以区分")
        elif found and self.source[found[0]] in SCORABLE:
            return found[0]
        elif found:
            origin = _ORIGINS[self.source[found[0]]]
            self.problems.error(place, f"“{row.indicator}”由{origin}计分，不能直接打分", "请删除本行")
            self.attempted.add(found[0])
        elif (number, indicator) in self.unscored:
            if self.unscored[number, indicator]:
                message = f"指标“{row.indicator}”没有分值，得分不计入"
                self.problems.note(place, message, "要计分请在指标表补上分值")
        elif not indicator:
            self.problems.error(place, "指标空白", "请填写指标名称，或删除本行")
        elif project and (number, indicator) in self.indicators:
            known = [name for name, _ in self.indicators[number, indicator]]
            message = f"“{subject}”没有指标或部分“{row.project}·{row.indicator}”"
            self.problems.error(self.directory.place(row, "project"), message, suggest(project, filter(None, known)))
        else:
            names = [name for n, name in (*self.indicators, *self.parts) if n == number]
            self.problems.error(place, f"“{subject}”没有指标或部分“{row.indicator}”", suggest(indicator, names))
        return NO_ITEM

    def in_points(self, rows: pd.DataFrame, items: np.ndarray) -> np.ndarray:
        """得分 of rows converted from 满分 to the items' points; NaN, told, where one is out of range; NaN if blank."""
        score, points = rows["score"].to_numpy(dtype=float), self.points[items]
        own = rows["full"].to_numpy(dtype=float)
        full = np.where(np.isnan(own), points, own)
        with np.errstate(invalid="ignore", divide="ignore"):
            no_full = full <= 0
            wrong = ~no_full & ((score < 0) | exceeds(score, full)) & ~np.isnan(score)
            worth = np.where(full == points, score, score * points / full)
        for i in np.flatnonzero(no_full | wrong):
            row = next(rows.iloc[[i]].itertuples())
            if no_full[i]:
                where = self.directory.place(row, "full")
                self.problems.error(where, f"满分 {full[i]:g} 不是正数", "请填写大于 0 的满分，或留空")
            else:
                word = "分值" if np.isnan(own[i]) else "满分"
                what = "是负数" if score[i] < 0 else f"高于{word} {show_short(full[i])}"
                message = f"得分 {show_short(score[i])} {what}（指标“{self.names[items[i]]}”）"
                self.problems.error(
                    self.directory.place(row, "score"), message, f"应在 0 到 {show_short(full[i])} 之间"
                )
            self.attempted.add(int(items[i]))
        return np.where(no_full | wrong, np.nan, worth)
