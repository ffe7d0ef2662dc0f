"""Scores and ballots bound to the items they speak of.

Here names meet the scheme and the roster. Whatever does not fit is told at its cell; what comes out is sound.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from kaohe_tools.directory import NOBODY, Directory, suggest
from kaohe_tools.exact import exceeds, show_short, tidy
from kaohe_tools.items import Items, number_of, read_items
from kaohe_tools.problems import Place, Problems
from kaohe_tools.rules import BY_DONE, BY_TARGET, MANY, SIGNED
from kaohe_tools.scheme import Rule
from kaohe_tools.sheets import Tables

SCORE_COLUMNS = ["item", "score", "done", "target", "component", "rater", "sheet", "row"]


@dataclass(frozen=True)
class Bound:
    """All of a case that counts, bound to numbered items.

    items: see `items.Items.table`. scores: SCORE_COLUMNS, one row for each score that counts. tallies: item, sheet,
    row, one column per vote. votes: subject and one column per vote, of ballots that are not scored (得票率).
    attempted: items given something that had an error (told). blanks: items whose score cell is blank, and that cell.
    """

    items: pd.DataFrame
    scores: pd.DataFrame
    tallies: pd.DataFrame
    votes: pd.DataFrame
    attempted: set[int]
    blanks: dict[int, Place]


def bind(tables: Tables, directory: Directory, problems: Problems) -> Bound:
    """Build the items of every subject, then bind scores and ballots to them."""
    items = read_items(tables, directory, problems)
    binder = _Binder(tables, directory, items, problems)
    scores = binder.scores()
    tallies, marks, votes = binder.ballots()
    binder.refuse_both(scores, pd.concat([tallies[["item", "sheet", "row"]], marks]))
    scores = pd.concat([scores, marks], ignore_index=True) if len(marks) else scores
    return Bound(items.table, scores, tallies, votes, binder.attempted, binder.blanks)


class _Binder:
    """Finds the item that a row of scores or ballots speaks of, and keeps what is sound."""

    def __init__(self, tables: Tables, directory: Directory, items: Items, problems: Problems) -> None:
        self.tables, self.directory, self.problems = tables, directory, problems
        self.rows, self.unscored = list(items.table.itertuples()), items.unscored
        self.rules: dict[int, Rule] = {}
        self.attempted: set[int] = set()
        self.blanks: dict[int, Place] = {}
        self.indicators: dict[tuple[int, str], list[tuple[str, int]]] = defaultdict(list)
        self.parts: dict[tuple[int, str], int] = {}
        for item in self.rows:
            if item.source == "indicators":
                self.indicators[item.subject, tidy(item.indicator)].append((tidy(item.project), item.Index))
            else:
                self.parts[item.subject, tidy(item.leaf)] = item.Index

    def fitting(self, number: int, indicator: str, project: str) -> list[int]:
        """The items that fit: one is right, several need a 考核项目, none is unknown."""
        found = self.indicators.get((number, indicator), [])
        if project:
            found = [entry for entry in found if entry[0] == project]
        if found:
            return [index for _, index in found]
        return [self.parts[number, indicator]] if (number, indicator) in self.parts else []

    # --- scores

    def rule_of(self, item: int) -> Rule:
        """The scoring rule of an item: its 计分规则, or its part's."""
        if item not in self.rules:
            row = self.rows[item]
            self.rules[item] = self.directory.stage_of(row.subject).rule_of(row.rule, row.leaf)
        return self.rules[item]

    def scores(self) -> pd.DataFrame:
        """Score rows that count for the year: columns SCORE_COLUMNS, score in points of the item."""
        kept: list[tuple] = []
        seen: dict[tuple, Place] = {}
        progress = 0
        for row in self.tables["scores"].itertuples():
            item = self._item_of(row)
            if item is None:
                continue
            if row.time:
                progress += 1
                continue
            place, name = self.directory.place(row, "score"), self.rows[item].indicator
            rule = self.rule_of(item)
            key = (item, row.component, row.rater)
            if key in seen and rule.kind not in MANY:
                message = f"“{name}”的得分重复（另见 {seen[key]}）"
                self.problems.error(place, message, "请删除一行；多人评分请填评分人")
                continue
            seen[key] = place
            read = self._done(row, item, rule) if rule.kind in BY_DONE else self._score(row, item, rule)
            if read is not None:
                kept.append((item, *read, row.component, row.rater, row.sheet, row.row))
        if progress:
            self.problems.note(Place(), f"有时点的得分 {progress} 行只用于过程监测，不计入年度得分")
        return pd.DataFrame(kept, columns=SCORE_COLUMNS).astype({"item": int})

    def _score(self, row, item: int, rule: Rule) -> tuple[float, float, float] | None:
        """(score, NaN, NaN) of a row scored by 得分; None where it is blank or has an error (told)."""
        name = self.rows[item].indicator
        place = self.directory.place(row, "score")
        if rule.kind == "blend":
            self._check_component(row, item, rule, name)
        elif row.component:
            message = f"“{name}”不分来源，却写了来源“{row.component}”"
            self.problems.error(self.directory.place(row, "component"), message, "请留空")
        if np.isnan(row.score):
            self.blanks[item] = place
            if not np.isnan(row.done):
                message = f"“{name}”按得分计，不能由完成值折算"
                self.problems.error(self.directory.place(row, "done"), message, "请填写得分")
                self.attempted.add(item)
            return None
        score = self._in_points(row, item, place)
        if score is None:
            self.attempted.add(item)
            return None
        return score, np.nan, np.nan

    def _check_component(self, row, item: int, rule: Rule, name: str) -> None:
        if row.component not in map(tidy, known := list(rule.options["of"])):
            what = f"没有来源“{row.component}”" if row.component else "没有写来源"
            message = f"“{name}”由{'、'.join(known)}合成，{what}"
            advice = suggest(row.component, known) if row.component else f"请填写来源：{'、'.join(known)}"
            self.problems.error(self.directory.place(row, "component"), message, advice)
            self.attempted.add(item)

    def _done(self, row, item: int, rule: Rule) -> tuple[float, float, float] | None:
        """(NaN, done, target) of a row scored by 完成值; None where it is blank or has an error (told)."""
        name = self.rows[item].indicator
        place = self.directory.place(row, "done")
        if np.isnan(row.done):
            if not np.isnan(row.score):
                message = f"“{name}”按完成值计，不能直接打分"
                self.problems.error(self.directory.place(row, "score"), message, "请填写完成值")
                self.attempted.add(item)
            self.blanks[item] = place
            return None
        target = self._target(row, item) if rule.kind in BY_TARGET else np.nan
        if rule.kind in BY_TARGET and np.isnan(target):
            self.problems.error(
                self.directory.place(row, "target"), f"“{name}”没有目标值", "请在得分表或指标表填写目标值"
            )
            self.attempted.add(item)
            return None
        if row.done < 0 and rule.kind not in SIGNED:
            message = f"完成值 {show_short(row.done)} 是负数（指标“{name}”）"
            self.problems.error(place, message, "请填写不小于 0 的数")
            self.attempted.add(item)
            return None
        return np.nan, row.done, target

    def _target(self, row, item: int) -> float:
        """目标值 of a score row, else of the indicator; where both are given and differ the row's counts (told)."""
        place = self.directory.place(row, "target")
        own = number_of(row.target, place, "目标值", self.problems)
        kept = self.rows[item].target
        if np.isnan(own):
            return kept
        if not np.isnan(kept) and own != kept:
            message = f"目标值 {show_short(own)} 与指标表的 {show_short(kept)} 不同，按本行计"
            self.problems.warning(place, message, "请核对")
        return own

    def _item_of(self, row) -> int | None:
        """The item a score row names; None (told) where that is unclear or the indicator carries no points."""
        indicator, project = tidy(row.indicator), tidy(row.project)
        number = self.directory.find(row, lambda n: bool(self.fitting(n, indicator, project)))
        if number == NOBODY:
            return None
        found = self.fitting(number, indicator, project)
        if len(found) == 1 and self.rows[found[0]].source in ("scores", "indicators"):
            return found[0]
        place = self.directory.place(row, "indicator")
        subject = self.directory.subjects.at[number, "subject"]
        if len(found) > 1:
            message = f"“{subject}”有 {len(found)} 个指标叫“{row.indicator}”"
            self.problems.error(place, message, "请填写考核项目以区分")
        elif found:
            origin = {"fact": "情形", "ledger": "台账", "stage": "前一环节"}[self.rows[found[0]].source]
            self.problems.error(place, f"“{row.indicator}”由{origin}计分，不能直接打分", "请删除本行")
            self.attempted.add(found[0])
        elif (number, indicator) in self.unscored:
            if self.unscored[number, indicator]:
                message = f"指标“{row.indicator}”没有分值，得分不计入"
                self.problems.note(place, message, "要计分请在指标表补上分值")
        elif not indicator:
            self.problems.error(place, "指标空白", "请填写指标名称，或删除本行")
        else:
            names = [name for n, name in (*self.indicators, *self.parts) if n == number]
            self.problems.error(place, f"“{subject}”没有指标或部分“{row.indicator}”", suggest(indicator, names))
        return None

    def _in_points(self, row, item: int, place: Place) -> float | None:
        """A score converted from its 满分 to the item's points; None (told) where it is out of range."""
        points, name = self.rows[item].points, self.rows[item].indicator
        full = points if np.isnan(row.full) else row.full
        if full <= 0:
            where = self.directory.place(row, "full")
            self.problems.error(where, f"满分 {full:g} 不是正数", "请填写大于 0 的满分，或留空")
            return None
        if row.score < 0 or exceeds(row.score, full):
            word = "分值" if np.isnan(row.full) else "满分"
            what = "是负数" if row.score < 0 else f"高于{word} {show_short(full)}"
            message = f"得分 {show_short(row.score)} {what}（指标“{name}”）"
            self.problems.error(place, message, f"应在 0 到 {show_short(full)} 之间")
            return None
        return row.score if full == points else row.score * points / full

    # --- ballots

    def ballots(self) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Tallies bound to their items, ballots that give marks as scores, and votes that are not scored."""
        tallies: list[tuple] = []
        votes: list[tuple] = []
        marks: list[tuple] = []
        for row in self.tables["ballots"].itertuples():
            number = self.directory.find(row, partial(self._speaks_to, row))
            if number == NOBODY:
                continue
            if self._is_vote(row, number):
                counts = self._counts(row, number, None)
                if counts is not None:
                    votes.append((number, *counts))
                continue
            item = self._voted_item(row, number)
            if item is None:
                continue
            counts = self._counts(row, number, item)
            if counts is not None:
                tallies.append((item, row.sheet, row.row, *counts))
            elif not np.isnan(row.score) and item not in self.attempted:
                score = self._in_points(row, item, self.directory.place(row, "score"))
                if score is None:
                    self.attempted.add(item)
                else:
                    marks.append((item, score, np.nan, np.nan, "", "", row.sheet, row.row))
        return (
            pd.DataFrame(tallies, columns=["item", "sheet", "row", *self.tables.votes]),
            pd.DataFrame(marks, columns=SCORE_COLUMNS),
            pd.DataFrame(votes, columns=["subject", *self.tables.votes]),
        )

    def _speaks_to(self, row, number: int) -> bool:
        return (number, row.voters) in self.parts or self._is_vote(row, number)

    def _is_vote(self, row, number: int) -> bool:
        """Is a ballot row a vote that its stage looks at but does not score (班子总体评价 …)?"""
        ballot = self.directory.stage_of(number).ballot
        if ballot is None:
            return False
        return row.item == tidy(ballot.item) or (not row.item and (number, row.voters) not in self.parts)

    def _voted_item(self, row, number: int) -> int | None:
        """The part that a row's voters assess; None (told) where there is none."""
        item = self.parts.get((number, row.voters))
        if item is not None and self.rows[item].source == "scores":
            return item
        names = [name for (n, name), i in self.parts.items() if n == number and self.rows[i].source == "scores"]
        subject = self.directory.subjects.at[number, "subject"]
        message = f"“{subject}”没有以“{row.voters}”为评价主体的部分" if row.voters else "评价主体空白"
        self.problems.error(self.directory.place(row, "voters"), message, suggest(row.voters, names))
        return None

    def _counts(self, row, number: int, item: int | None) -> list[float] | None:
        """Votes of a row, one for each vote column; None where the row gives marks or has an error (told).

        `item`: the part that is scored by them, None for votes that are not scored.
        """
        stage = self.directory.stage_of(number)
        known = stage.votes if item is not None else stage.ballot.votes
        cells = {vote: getattr(row, vote) for vote in self.tables.votes}
        foreign = [vote for vote, n in cells.items() if vote not in (*known, stage.abstain) and n > 0]
        for vote in foreign:
            place = self.directory.place(row, vote)
            self.problems.error(place, f"本环节的测评没有“{vote}”票", f"可用：{'、'.join(known)}")
        given = {vote: n for vote, n in cells.items() if vote in known and not np.isnan(n)}
        marked = not np.isnan(row.score)
        place = self.directory.place(row, next(iter(given), "voters"))
        if given and marked:
            self.problems.error(self.directory.place(row, "score"), "同一行既有票数又有得分", "请只留一种")
        elif given and not sum(given.values()):
            self.problems.error(place, "没有有效票", "请核对票数")
        elif not given and (item is None or not marked):
            self.problems.error(place, "票数和得分都空白" if item is not None else "票数空白", "请填写各等次票数")
        elif given:
            return [float(np.nan_to_num(n)) for n in cells.values()]
        else:
            return None
        if item is not None:
            self.attempted.add(item)
        return None

    def refuse_both(self, scores: pd.DataFrame, ballots: pd.DataFrame) -> None:
        """Scores and ballots for the same part of the same subject are an error."""
        scored = scores.drop_duplicates("item").set_index("item")
        for row in ballots.itertuples():
            if row.item in scored.index:
                other = scored.loc[row.item]
                where = self.tables.place(int(other["sheet"]), int(other["row"]), "score")
                message = f"“{self.rows[row.item].leaf}”既有测评又有得分（另见 {where}）"
                self.problems.error(self.tables.place(row.sheet, row.row, "voters"), message, "请只留一种")
