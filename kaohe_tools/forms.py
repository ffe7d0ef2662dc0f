"""Scanned ballot forms: one row a ballot, one column for each thing voted on, the vote itself in the cell.

Two layouts: columns of 测评项 beside 考核对象 and 评价主体, or a column for each subject beside 评价主体. Either
becomes ballots rows, one for each vote, whose place is the very cell it stands in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kaohe_tools.cells import blank_of
from kaohe_tools.columns import BESIDE_VOTES, KINDS
from kaohe_tools.exact import parse_number, tidy
from kaohe_tools.grid import Grid, Unusable
from kaohe_tools.headers import KNOWN, Sheet, header_names, positions_of
from kaohe_tools.problems import Problems

BALLOTS = KINDS["ballots"]
SUBJECT, VOTERS = "考核对象", "评价主体"


@dataclass(frozen=True)
class Form:
    """A recognised form. sheet: where 评价主体, 票号 … stand. items: the columns voted in and their headers."""

    sheet: Sheet
    items: Mapping[int, str]
    votes: tuple[str, ...]

    def columns(
        self, rows: pd.DataFrame, cells: list[list[object]], problems: Problems
    ) -> Iterator[tuple[Sheet, pd.DataFrame]]:
        """Each item column as a sheet of its own: its positions, and a ballots table with a row for each vote."""
        of_subjects = "subject" not in self.sheet.positions
        for j, name in self.items.items():
            field = "subject" if of_subjects else "item"
            places = {**self.sheet.positions, **dict.fromkeys((*self.votes, "score", field), j)}
            sheet = Sheet(self.sheet.grid, BALLOTS, self.sheet.header, places, self.sheet.top, self.sheet.names)
            given = self._given([cells[i][j] for i in rows["row"]], sheet, rows["row"].tolist(), problems)
            frame = pd.DataFrame(
                {c.name: rows[c.name] if c.name in rows else blank_of(c.type) for c in BALLOTS.columns}
            )
            frame[field] = name
            frame[["score", *self.votes]] = given
            frame["row"] = rows["row"]
            yield sheet, frame[~np.isnan(given).all(axis=1)].reset_index(drop=True)

    def _given(self, cells: list[object], sheet: Sheet, rows: list[int], problems: Problems) -> np.ndarray:
        """What each cell of a column gives: first the mark, then one figure for each vote; all NaN where blank."""
        order = {tidy(vote): i for i, vote in enumerate(self.votes, start=1)}
        given = np.full((len(cells), len(self.votes) + 1), np.nan)
        for i, cell in enumerate(cells):
            number = parse_number(cell)
            if tidy(cell) in order:
                given[i, order[tidy(cell)]] = 1.0
            elif number is not None and "subject" not in self.sheet.positions:
                given[i, 0] = number[0]
            elif tidy(cell):
                place = sheet.place(rows[i], "score")
                why, advice = "这一格不是票种，也不是分数", f"可填：{'、'.join(self.votes)}"
                if isinstance(cell, Unusable):
                    why, advice = f"这一格{cell.why}", cell.advice
                problems.error(place, why, advice)
        return given


def recognise_form(grid: Grid, votes: Collection[str], subjects: Collection[str]) -> Form | None:
    """The form that a sheet is, or None. `subjects`: the names and codes of the roster."""
    cells = grid.filled()
    for i, row in enumerate(cells):
        names = header_names(row, votes)
        if VOTERS not in names.values():
            continue
        others = {j: name for j, name in names.items() if name not in KNOWN and name not in BESIDE_VOTES}
        if SUBJECT in names.values():
            items = {j: name for j, name in others.items() if _only_votes(cells[i + 1 :], j, votes)}
        else:
            items = {j: name for j, name in others.items() if name in subjects}
        if items:
            sheet = Sheet(grid, BALLOTS, i, positions_of(BALLOTS, names, ()), i, names)
            return Form(sheet, items, tuple(votes))
    return None


def _only_votes(cells: list[list[object]], j: int, votes: Collection[str]) -> bool:
    """Does a column hold votes and nothing else? A column of numbers may be anything."""
    known = {tidy(vote) for vote in votes}
    texts = {tidy(row[j]) for row in cells} - {""}
    return bool(texts & known) and not any(parse_number(text) for text in texts)
