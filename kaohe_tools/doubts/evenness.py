"""Does somebody give everyone the same? An examiner, else a lead department, else a whole sheet."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kaohe_tools.doubts.given import LOOK, SCORE, Given, first_place, listed, numbered, share
from kaohe_tools.problems import NOTE, WARNING, Problem

SUBJECTS = 5  # equal marks for fewer happen by themselves where marks are coarse …
REPEATS = 10  # … unless mark after mark repeats the one before: so many, for at least
FEW_SUBJECTS = 3


def same_marks(given: Given) -> list[Problem]:
    """A warning for who gives all subjects the same on all his indicators; one note for indicators that part nobody.

    Full marks for everyone are common, so they are a warning only from an examiner, over several indicators or where
    others examine the same.
    """
    marks = given.marks[given.marks["kind"] == SCORE]
    if marks.empty:
        return []
    marks = marks.assign(giver=_givers(given, marks))
    found: list[Problem] = []
    covered: set[int] = set()
    for giver, rows in _even(marks):
        named = rows["rater"].iloc[0] >= 0
        full = (rows["value"] == 1).all()
        if full and not (named and (rows["what"].nunique() > 1 or _shared(marks, rows))):
            continue
        found.append(_giver_problem(given, rows))
        covered |= (
            set(rows["peers"]) if (marks.loc[marks["peers"].isin(rows["peers"]), "giver"] == giver).all() else set()
        )
    return found + _note(given, marks[~marks["peers"].isin(covered)])


def _givers(given: Given, marks: pd.DataFrame) -> np.ndarray:
    """By mark: a number for its examiner, else its lead department, else its sheet."""
    rater, sheet = marks["rater"].to_numpy(), marks["sheet"].to_numpy()
    lead, names = pd.factorize(given.leads)
    lead = np.where(np.asarray(names == "")[lead], -1, lead)[marks["item"].to_numpy()]
    how = np.select([rater >= 0, lead >= 0], [0, 1], 2)
    return numbered(how, np.choose(how, [rater, lead, sheet]))


def _even(marks: pd.DataFrame):
    """Each giver, with the marks, who gives every subject the same wherever it can be compared (within a category)."""
    groups = marks.groupby(["giver", "peers"])["value"].agg(["min", "max", "size"]).reset_index()
    uneven = set(groups.loc[groups["min"] != groups["max"], "giver"])
    counts = marks.groupby("giver")["subject"].nunique()
    repeats = (groups["size"] - 1).groupby(groups["giver"]).sum()
    for giver, subjects in counts.items():
        enough = subjects >= SUBJECTS and repeats[giver] >= SUBJECTS - 1
        if giver not in uneven and (enough or (subjects >= FEW_SUBJECTS and repeats[giver] >= REPEATS)):
            yield giver, marks[marks["giver"] == giver]


def _shared(marks: pd.DataFrame, rows: pd.DataFrame) -> bool:
    """Do other examiners mark the same items?"""
    return (marks["item"].isin(rows["item"]) & (marks["giver"] != rows["giver"].iloc[0])).any()


def _giver_problem(given: Given, rows: pd.DataFrame) -> Problem:
    first = rows.sort_values(["sheet", "row"]).iloc[0]
    rater, lead = int(first["rater"]), given.leads[int(first["item"])]
    who = f"评分人“{given.raters[rater]}”" if rater >= 0 else f"牵头部门“{lead}”" if lead else "这张表"
    names = given.items["indicator"].to_numpy()[rows["item"]]
    values = rows["value"].unique()
    if len(values) == 1:
        what = "都是满分" if values[0] == 1 else f"都是分值的 {share(values[0])}"
    else:
        what = "每一项给各对象的都相同"
    message = f"{who}给 {rows['subject'].nunique()} 个对象的 {len(rows)} 个得分（{listed(names, 3)}）{what}"
    return Problem(WARNING, given.mark_place(first), message, f"是否逐个评过？{LOOK}")


def _note(given: Given, marks: pd.DataFrame) -> list[Problem]:
    """One note for all indicators on which everyone of a category has the same."""
    groups = marks.groupby("peers").agg(
        low=("value", "min"), high=("value", "max"), subjects=("subject", "nunique"), item=("item", "first")
    )
    even = groups[(groups["low"] == groups["high"]) & (groups["subjects"] >= SUBJECTS)]
    if even.empty:
        return []
    items = given.items.loc[even["item"]]
    categories = given.subjects["category"].to_numpy()[items["subject"]]
    labels = [f"{category}：{name}" for category, name in zip(categories, items["indicator"], strict=True)]
    rows = marks[marks["peers"].isin(even.index)].drop_duplicates("sheet")
    full = int((even["low"] == 1).sum())
    message = f"{len(even)} 项指标在同一类别里得分都相同（其中 {full} 项都是满分），区分不出高低：{listed(labels)}"
    places = [given.mark_place(row) for row in rows.itertuples()]
    return [Problem(NOTE, first_place(places), message, "如没有逐个评分，请补评；属实的不必改")]
