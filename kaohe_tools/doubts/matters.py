"""Ledger entries: dated outside the year, or the same matter entered twice in nearly the same words?"""

from __future__ import annotations

import datetime
from itertools import combinations

import numpy as np
import pandas as pd

from kaohe_tools.doubts.given import LOOK, MANY_LINES, Given
from kaohe_tools.doubts.likeness import near_pairs
from kaohe_tools.exact import tidy
from kaohe_tools.problems import WARNING, Problem


def dates(given: Given) -> list[Problem]:
    """Entries dated outside the assessed year, or outside the twelve months before the cut-off where there is one."""
    year, cutoff = given.case.year, given.case.cutoff
    begin, end = datetime.date(year, 1, 1), datetime.date(year, 12, 31)
    if cutoff is not None:
        day = cutoff.day if (cutoff.month, cutoff.day) != (2, 29) else 28
        begin, end = min(begin, cutoff.replace(year=cutoff.year - 1, day=day)), max(end, cutoff)
    frame = given.tables["ledger"]
    outside = np.array([date is not None and not begin <= date <= end for date in frame["date"]], dtype=bool)
    found: list[Problem] = []
    for _, rows in frame[outside].groupby("sheet"):
        rows = rows.sort_values("row")
        for row in list(rows.itertuples())[: len(rows) if len(rows) <= MANY_LINES else 1]:
            message = f"日期 {row.date} 不在 {year} 年度"
            if len(rows) > MANY_LINES:
                message += f"；这张表还有 {len(rows) - 1} 行也不在"
            found.append(Problem(WARNING, given.place(row, "date"), message, f"年份是否写错，应否计入本年度？{LOOK}"))
    return found


def similar_matters(given: Given) -> list[Problem]:
    """One matter entered twice for a subject on one date: in nearly the same words, or under two standards."""
    frame = given.tables["ledger"]
    frame = frame.assign(subject=given.spoken_of("ledger"))
    frame = frame[(frame["subject"] >= 0) & frame["date"].notna()]
    frame = frame[frame.duplicated(["subject", "date"], keep=False)]
    found: list[Problem] = []
    for _, group in frame.groupby(["subject", "date"]):
        rows = list(group.sort_values(["sheet", "row"]).itertuples())
        for first, second in combinations(rows[:40], 2):  # more on one day are a list, not a slip
            if _comparable(given, first, second) and _same_matter(first, second):
                other = given.place(first, "matter")
                message = f"“{second.matter}”与同一天的“{first.matter}”几乎相同（另见 {other}），两行都计"
                found.append(Problem(WARNING, given.place(second, "matter"), message, f"是否重复登记？{LOOK}"))
    return found


def _same_matter(first, second) -> bool:
    """Are two matters the same but for one character (a number or the like tells two apart), or altogether?

    Rows that are the same in everything are told when they are read.
    """
    one, other = tidy(first.matter), tidy(second.matter)
    if one == other:
        same = ("standard", "points", "times", "work")
        return bool(one) and any(_text(getattr(first, name)) != _text(getattr(second, name)) for name in same)
    pairs = near_pairs([one, other])
    return any(pair.confused or pair.plain(one) for pair in pairs)


def _text(value: object) -> str:
    return "" if value is None or pd.isna(value) else str(value)


def _comparable(given: Given, first, second) -> bool:
    """Of one standard, or both bonuses; entries marked as one work are dealt with by the scheme."""
    if first.work and first.work == second.work:
        return False
    if first.standard == second.standard:
        return True
    ledger = given.directory.stage_of(first.subject).ledger
    signs = {tidy(name): code.sign for name, code in ledger.codes.items()} if ledger else {}
    return signs.get(first.standard, 0) > 0 and signs.get(second.standard, 0) > 0
