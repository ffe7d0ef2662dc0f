"""Ballots bound to what they are about: tallies and marks of scored parts, and votes that are looked at (得票率).

Rows of one subject and 评价主体 are pooled, so whether a sheet holds tallies or one row a ballot makes no difference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pandas as pd

from kaohe_tools.directory import NOBODY, suggest
from kaohe_tools.exact import tidy
from kaohe_tools.matching import NO_ITEM, Matcher
from kaohe_tools.problems import Place
from kaohe_tools.scheme import Stage
from kaohe_tools.score_rows import SCORE_COLUMNS

VOTE = -2  # stands for an item where a row is a vote that is not scored
_ALIKE = 0.7  # how near a 评价主体 is to a part's name that was probably meant


@dataclass(frozen=True)
class Ballots:
    """Ballots by what they are about.

    tallies: item, sheet, row and one column per vote. marks: SCORE_COLUMNS. votes: subject and one column per vote.
    """

    tallies: pd.DataFrame
    marks: pd.DataFrame
    votes: pd.DataFrame


def bind_ballots(matcher: Matcher) -> Ballots:
    """All ballots of a case; what cannot be placed or counted is told at its cell."""
    rows = matcher.tables["ballots"]
    binder = _Binder(matcher, rows)
    return binder.bound()


class _Binder:
    """The ballot rows as columns: whom and what each speaks of, and its counts."""

    def __init__(self, matcher: Matcher, rows: pd.DataFrame) -> None:
        self.matcher, self.directory, self.problems = matcher, matcher.directory, matcher.problems
        self.rows, self.votes = rows, matcher.tables.votes
        self.numbers = self.directory.find_all(rows, self._speaks_to)
        self.items = self._items()
        self.counts = rows[self.votes].to_numpy(dtype=float)
        self.score = rows["score"].to_numpy(dtype=float)

    def bound(self) -> Ballots:
        known, abstained = self._vote_masks()
        about = self.items != NO_ITEM
        about &= ~self._repeated(about)
        foreign = about[:, None] & ~known & ~abstained & (self.counts > 0)
        self._tell_foreign(foreign)
        given = (known | abstained) & ~np.isnan(self.counts)
        tallied = about & given.any(axis=1)
        marked = about & ~np.isnan(self.score)
        scored = self.items >= 0
        wrong = self._refuse(tallied & marked, "score", lambda i: "同一行既有票数又有得分", "请只留一种")
        nobody = np.where(given, self.counts, 0.0).sum(axis=1) == 0
        invalid = tallied & ~marked & (nobody | self._without_valid(tallied, np.where(known, self.counts, 0.0)))
        wrong |= self._refuse(invalid, "", lambda i: "没有有效票", "请核对票数", first=given)
        blank = about & ~tallied & ~(marked & scored)
        wrong |= self._refuse(
            blank, "voters", lambda i: "票数和得分都空白" if scored[i] else "票数空白", "请填写各等次票数"
        )
        tallied &= ~wrong
        marked &= ~wrong & scored
        marked &= ~self._both_ways(tallied, marked)
        return self._tables(tallied, marked)

    def _without_valid(self, tallied: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Rows about something that got no valid vote in all its rows together; a single one may abstain."""
        valid = np.where(tallied, np.nan_to_num(counts).sum(axis=1), 0.0)
        keys = pd.DataFrame({"item": self.items, "number": self.numbers, "valid": valid})
        return keys.groupby(["item", "number"])["valid"].transform("sum").to_numpy() == 0

    def _tables(self, tallied: np.ndarray, marked: np.ndarray) -> Ballots:
        counts = pd.DataFrame(np.nan_to_num(self.counts), columns=self.votes)
        whole = pd.concat([self.rows[["sheet", "row"]].assign(item=self.items, subject=self.numbers), counts], axis=1)
        marks = self.rows[marked].assign(item=self.items[marked], done=np.nan, target=np.nan, component="", rater="")
        marks["score"] = self.matcher.in_points(self.rows[marked], self.items[marked])
        return Ballots(
            whole.loc[tallied & (self.items >= 0), ["item", "sheet", "row", *self.votes]].reset_index(drop=True),
            marks.loc[marks["score"].notna(), SCORE_COLUMNS].reset_index(drop=True),
            whole.loc[tallied & (self.items == VOTE), ["subject", *self.votes]].reset_index(drop=True),
        )

    # --- what a row is about

    def _speaks_to(self, row, number: int) -> bool:
        return (number, row.voters) in self.matcher.parts or self._is_vote(row.voters, row.item, number)

    def _is_vote(self, voters: str, item: str, number: int) -> bool:
        """Is a ballot row a vote that its stage looks at but does not score (班子总体评价 …)?"""
        ballot = self.directory.stage_of(number).ballot
        if ballot is None:
            return False
        if item:
            return item == tidy(ballot.item)
        return (number, voters) not in self.matcher.parts and not self._nearly(voters, number)

    def _nearly(self, voters: str, number: int) -> str:
        """The scored part that a 评价主体 was probably meant to be; "" where it is like none."""
        names = self._scored_parts(number)
        return next(iter(get_close_matches(voters, names, 1, _ALIKE)), "") if voters else ""

    def _scored_parts(self, number: int) -> list[str]:
        parts = self.matcher.parts.items()
        return [name for (n, name), i in parts if n == number and self.matcher.source[i] == "scores"]

    def _items(self) -> np.ndarray:
        """By row: the part that is scored by it, VOTE, or NO_ITEM (told)."""
        known: dict[tuple[int, str, str], int] = {}
        keys = list(zip(self.numbers.tolist(), self.rows["voters"], self.rows["item"], strict=True))
        for key in dict.fromkeys(keys):
            known[key] = self._item(*key)
        items = np.array([known[key] for key in keys], dtype=int)
        for i in np.flatnonzero((items == NO_ITEM) & (self.numbers != NOBODY)):
            self._tell_unknown(i, *keys[i])
        return items

    def _item(self, number: int, voters: str, item: str) -> int:
        if number == NOBODY:
            return NO_ITEM
        if self._is_vote(voters, item, number):
            return VOTE
        part = self.matcher.parts.get((number, voters), NO_ITEM)
        return part if part != NO_ITEM and self.matcher.source[part] == "scores" else NO_ITEM

    def _tell_unknown(self, i: int, number: int, voters: str, item: str) -> None:
        subject, ballot = self.directory.subjects.at[number, "subject"], self.directory.stage_of(number).ballot
        if ballot is not None and item and item != tidy(ballot.item):
            message = f"没有测评项“{item}”，也没有以“{voters}”为评价主体的部分"
            self.problems.error(self._place(i, "item"), message, suggest(item, [ballot.item]))
            return
        message = f"“{subject}”没有以“{voters}”为评价主体的部分" if voters else "评价主体空白"
        advice = suggest(voters, self._scored_parts(number))
        if ballot is not None and voters:
            advice += f"；如是“{ballot.item}”的票，请在测评项写明"
        self.problems.error(self._place(i, "voters"), message, advice)

    # --- counts

    def _vote_masks(self) -> tuple[np.ndarray, np.ndarray]:
        """By row and vote column: is it a vote of what the row is about; is it the abstention of its stage."""
        shape = (len(self.rows), len(self.votes))
        known, abstained = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        names = self.directory.subjects["stage"].to_numpy()
        placed = self.numbers != NOBODY
        stages = np.full(len(self.rows), "", dtype=object)
        stages[placed] = names[self.numbers[placed]]
        for stage in self.directory.scheme.stages.values():
            for scored, about in ((True, self.items >= 0), (False, self.items == VOTE)):
                mine = about & (stages == stage.name)
                known[mine] = np.isin(self.votes, _votes_of(stage, scored))
                abstained[mine] = np.array(self.votes) == stage.abstain
        return known, abstained

    def _tell_foreign(self, foreign: np.ndarray) -> None:
        for i, k in np.argwhere(foreign):
            stage = self.directory.stage_of(int(self.numbers[i]))
            known = _votes_of(stage, self.items[i] >= 0)
            message = f"本环节的测评没有“{self.votes[k]}”票"
            self.problems.error(self._place(i, self.votes[k]), message, f"可用：{'、'.join(known)}")

    def _refuse(
        self,
        mask: np.ndarray,
        column: str,
        message: Callable[[int], str],
        advice: str,
        first: np.ndarray | None = None,
    ) -> np.ndarray:
        """Tell each row of a mask as an error, at a column or at the first given vote; returns the mask."""
        for i in np.flatnonzero(mask):
            at = column if first is None else self.votes[int(np.argmax(first[i]))]
            self.problems.error(self._place(i, at), message(i), advice)
            if self.items[i] >= 0:
                self.matcher.attempted.add(int(self.items[i]))
        return mask

    def _place(self, i: int, column: str) -> Place:
        return self.matcher.tables.place(self.rows.at[i, "sheet"], self.rows.at[i, "row"], column)

    # --- the same thing twice

    def _repeated(self, about: np.ndarray) -> np.ndarray:
        """One ballot (票号) entered twice for the same subject, 评价主体 and 测评项."""
        keys = self.rows[["voters", "item", "ballot"]].assign(number=self.numbers)
        again = about & (self.rows["ballot"] != "").to_numpy() & keys.duplicated().to_numpy()
        return self._refuse(again, "ballot", lambda i: f"票号“{self.rows.at[i, 'ballot']}”重复", "请删除一行")

    def _both_ways(self, tallied: np.ndarray, marked: np.ndarray) -> np.ndarray:
        """Marks of a part that has tallies too, in other rows."""
        both = marked & np.isin(self.items, self.items[tallied])
        names = self.matcher.items["leaf"].to_numpy()
        return self._refuse(both, "score", lambda i: f"“{names[self.items[i]]}”既有票数又有得分", "请只留一种")


def _votes_of(stage: Stage, scored: bool) -> list[str]:
    return list(stage.votes) if scored or stage.ballot is None else list(stage.ballot.votes)
