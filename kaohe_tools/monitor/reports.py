"""Reports during the year: score rows with a 时点, each as a share of its whole-year task; what is unclear is told."""

from __future__ import annotations

import copy
import datetime
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kaohe_tools.assess import Prepared
from kaohe_tools.doubts.given import first_place, listed
from kaohe_tools.exact import parse_number, parse_share, snap, tidy
from kaohe_tools.items import read_items
from kaohe_tools.matching import NO_ITEM, Matcher
from kaohe_tools.monitor.times import UnclearTimeError, month_end, read_time
from kaohe_tools.problems import Place, Problems
from kaohe_tools.rules import BY_DONE, MANY
from kaohe_tools.scheme import Rule

ANNUAL = "全年结果"  # stands for the 时点 of a row without one
COLUMNS = ["item", "component", "time", "date", "value", "own", "scored", "sheet", "row"]


@dataclass(frozen=True)
class Question:
    """Something about the reports that only people can settle: where it stands, what it is, what to do."""

    place: Place
    message: str
    advice: str
    item: int = NO_ITEM


@dataclass(frozen=True)
class Reports:
    """All reports of a case up to a day. rows: COLUMNS, one for each item, 来源 and day, in canonical order.

    value: 完成值, or the mean 得分 in points of the item; own: the row's 目标值 (NaN: none); scored: is it a 得分.
    rules: the rule of each item. asof: None where there is nothing to go by.
    """

    rows: pd.DataFrame
    rules: list[Rule]
    asof: datetime.date | None
    later: int
    questions: list[Question]


def read_reports(prepared: Prepared, asof: datetime.date | None) -> Reports:
    """The reports up to a day (default: the latest 时点 there); rows without a 时点 count at the end of the year."""
    quiet = copy.copy(prepared.directory)  # what is wrong with the rows has been told when the case was read
    quiet.problems = Problems()
    matcher = Matcher(quiet.tables, quiet, read_items(quiet.tables, quiet, quiet.problems), quiet.problems)
    rows = quiet.tables["scores"]
    items = matcher.items_of(rows)
    rows = rows.assign(item=items)[items != NO_ITEM].reset_index(drop=True)
    rows = _valued(rows, matcher)
    questions: list[Question] = []
    rows = _dated(rows, prepared, questions)
    rows = _once(rows, prepared, matcher, questions)
    timed = rows["date"][rows["time"] != ANNUAL]
    if asof is None and len(timed):
        asof = timed.max()
    end = asof or month_end(prepared.case.year, 12)
    late = np.array([day > end for day in rows["date"]], dtype=bool)
    kept = rows[~late].reset_index(drop=True)
    later = int((rows.loc[late, "time"] != ANNUAL).sum())
    return Reports(kept[COLUMNS], matcher.rules, asof, later, questions)


def _valued(rows: pd.DataFrame, matcher: Matcher) -> pd.DataFrame:
    """The rows that give a figure, with value, own and scored."""
    item = rows["item"].to_numpy(dtype=int)
    scored = ~np.isin(matcher.kinds[item], list(BY_DONE)) if len(item) else np.zeros(0, dtype=bool)
    value = rows["done"].to_numpy(dtype=float).copy()
    value[scored] = matcher.in_points(rows[scored], item[scored])
    own = np.array([np.nan if plain else figure(cell) for cell, plain in zip(rows["target"], scored, strict=True)])
    rows = rows.assign(value=value, own=own.astype(float), scored=scored)
    return rows[rows["value"].notna()].reset_index(drop=True)


def figure(cell: object) -> float:
    """A 目标值 as a number, a share as a fraction; NaN where it is blank or neither."""
    number = parse_number(cell)
    if number is not None:
        return number[0]
    share = parse_share(cell)
    return np.nan if share is None else share


def _dated(rows: pd.DataFrame, prepared: Prepared, questions: list[Question]) -> pd.DataFrame:
    """The rows whose 时点 is clear, with the day it means; each unclear one is told once, with its number of rows."""
    year = prepared.case.year
    days: dict[str, datetime.date] = {"": month_end(year, 12)}
    for text, own in rows[rows["time"] != ""].groupby("time"):
        try:
            days[text] = read_time(text, year)
        except UnclearTimeError as error:
            places = [_place(prepared, row, "time") for row in own.itertuples()]
            message = f"时点“{text}”{error}，{len(own)} 行没有用到"
            questions.append(Question(first_place(places), message, f"请写成 {year}Q2、{year}-06、上半年 这样的时点"))
    rows = rows[rows["time"].isin(list(days))].reset_index(drop=True)
    return rows.assign(date=[days[text] for text in rows["time"]], time=rows["time"].replace("", ANNUAL))


def _once(rows: pd.DataFrame, prepared: Prepared, matcher: Matcher, questions: list[Question]) -> pd.DataFrame:
    """One row for each item, 来源 and day: raters are averaged; the same said twice in other words counts for nothing.

    Where the year's result stands beside a report of its last day, the result counts.
    """
    rows = rows.assign(annual=rows["time"] == ANNUAL).sort_values(["item", "component", "date", "sheet", "row"])
    key = ["item", "component", "date", "annual"]
    many = np.isin(matcher.kinds[rows["item"].to_numpy(dtype=int)], list(MANY)) if len(rows) else []
    again = rows.duplicated([*key, "rater"], keep=False) & ~rows["annual"] & ~np.asarray(many, dtype=bool)
    for (item, *_), own in rows[again].groupby(key):
        place = _place(prepared, next(own.iloc[[-1]].itertuples()), "time")
        message = f"“{matcher.names[item]}”同一天报了 {len(own)} 次（时点写作{listed(own['time'])}），都没有用到"
        questions.append(Question(place, message, "请只留一行", int(item)))
    rows = rows[~again]
    value = snap(rows.groupby(key)["value"].transform("mean"))
    rows = rows.assign(value=value).drop_duplicates(key).sort_values([*key])
    return rows.drop_duplicates(["item", "component", "date"], keep="last").reset_index(drop=True)


def _place(prepared: Prepared, row, field: str) -> Place:
    return prepared.directory.tables.place(int(row.sheet), int(row.row), field)


def indicator_rows(prepared: Prepared, fields: list[str]) -> pd.DataFrame:
    """By item: what its indicator row says in some columns ("" or None for items that have no such row)."""
    items, rows = prepared.bound.items, prepared.directory.tables["indicators"]
    known = rows.set_index(["sheet", "row"])[fields]
    known = known[~known.index.duplicated()]
    found = known.reindex(pd.MultiIndex.from_frame(items[["sheet", "row"]])).set_axis(items.index)
    own = (items["source"] == "indicators").to_numpy()
    return found.astype(object).where(own[:, None] & found.notna().to_numpy(), "")


def raw_share(cell: object) -> bool:
    """Is a 目标值 written as a share (95%)?"""
    return isinstance(cell, str) and tidy(cell).endswith(("%", "‰"))


def falling(rows: pd.DataFrame) -> pd.DataFrame:
    """The reports that say less than the one before of their item, with its value and time: `before`, `since`."""
    before = rows.groupby(["item", "component"])[["value", "time"]].shift()
    return rows.assign(before=before["value"], since=before["time"])[rows["value"] < before["value"]]
