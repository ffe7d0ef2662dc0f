"""What to act on during the year, most urgent first: what would score nothing, is behind, was not reported."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kaohe_tools.assess import Prepared
from kaohe_tools.doubts.given import listed
from kaohe_tools.exact import reaches, show_short, tidy
from kaohe_tools.monitor import bars
from kaohe_tools.monitor.progress import BEHIND, BY_CYCLE, EVEN, LOST, RATE, UNKNOWN, Watch, watches
from kaohe_tools.monitor.reports import Reports, falling
from kaohe_tools.monitor.times import periods
from kaohe_tools.problems import Place
from kaohe_tools.rules import BY_TARGET
from kaohe_tools.scheme import Rule

URGENT, LATE, MISSING, LOOK = "紧急", "落后", "缺报", "核对"
LEVELS = (URGENT, LATE, MISSING, LOOK)


@dataclass(frozen=True)
class Alert:
    """One thing to act on. item, subject: what and whom it concerns (None: several, see the text); stake: in points.
    gap: how far below plan.
    """

    level: str
    place: Place
    text: str
    advice: str = ""
    article: str = ""
    item: int | None = None
    subject: int | None = None
    stake: float = 0.0
    gap: float = 0.0

    def __str__(self) -> str:
        """One line: 紧急 得分.xlsx[得分]!F17：…（第二十四条(一)）；请…."""
        where = f" {self.place}：" if str(self.place) else " "
        article = f"（{self.article}）" if self.article else ""
        return f"{self.level}{where}{self.text}{article}" + (f"；{self.advice}" if self.advice else "")


def alerts(prepared: Prepared, reports: Reports, judged: pd.DataFrame) -> list[Alert]:
    """Everything to act on, most urgent first; within a level by the points at stake, then in canonical order."""
    found = [
        *_behind(prepared, reports, judged),
        *_missed_bars(prepared, judged),
        *_not_reported(prepared, reports),
        *_questions(prepared, reports, judged),
    ]
    return sorted(
        found, key=lambda a: (LEVELS.index(a.level), -round(a.stake, 6), -a.gap, a.item or 0, str(a.place), a.text)
    )


def percent(share: float) -> str:
    """A share as a percentage with at most two decimals.

    >>> percent(0.5), percent(2 / 3)
    ('50%', '66.67%')
    """
    return f"{show_short(round(share * 100, 2))}%"


def _who(prepared: Prepared, item: int) -> str:
    subject, name = (prepared.bound.items.at[item, field] for field in ("subject", "indicator"))
    return f"{prepared.directory.subjects.at[subject, 'subject']}“{name}”"


def _place(prepared: Prepared, row) -> Place:
    """The cell of a report's figure."""
    field = "score" if row.scored else "done"
    return prepared.directory.tables.place(int(row.sheet), int(row.row), field)


def _behind(prepared: Prepared, reports: Reports, judged: pd.DataFrame) -> Iterator[Alert]:
    """Latest reports that are below plan, or after which the rule would give nothing at the year's end."""
    for row in judged[judged["last"] & judged["state"].isin([BEHIND, LOST])].itertuples():
        item, rule = int(row.item), reports.rules[int(row.item)]
        points = float(prepared.bound.items.at[item, "points"])
        source = f"（{row.component}）" if row.component else ""
        text = f"{_who(prepared, item)}{source}{row.time} {_done(row)}，{_due(row)}"
        if row.state == LOST:
            text += f"；{_lost(row, rule)}"
            yield Alert(
                URGENT, _place(prepared, row), text, "", rule.article, item, None, points, row.plan - row.progress
            )
        else:
            text += "" if math.isnan(row.expected) else f"；照此年底预计 {percent(row.expected)}"
            stake = points * (row.plan - row.progress)
            yield Alert(LATE, _place(prepared, row), text, "", "", item, None, stake)


def _done(row) -> str:
    word = "得分" if row.scored else "完成"
    return f"{word} {show_short(row.value)}/{show_short(row.whole)}={percent(row.progress)}"


def _due(row) -> str:
    return f"要求 {percent(row.plan)}" if row.basis == RATE else f"计划 {percent(row.plan)}"


def _lost(row, rule: Rule) -> str:
    """What the rule will do at the year's end, with its own figures."""
    floor = rule.options.get("floor")
    if floor:
        short = "不高于" if reaches(row.expected, floor) else "不足"
        return f"照此年底 {percent(row.expected)}，预计{short} {percent(floor)}，将不计分"
    return f"照此年底 {percent(row.expected)}，预计达不到“{rule.name}”的最低一段，将不得分"


def _missed_bars(prepared: Prepared, judged: pd.DataFrame) -> Iterator[Alert]:
    last = judged[judged["last"]]
    owners = prepared.bound.items["subject"].to_numpy()[last["item"].to_numpy(dtype=int)]
    for miss in bars.missed(prepared, judged):
        own = last[owners == miss.subject]
        row = next(own.sort_values(["date", "item"]).iloc[[-1]].itertuples())
        name = prepared.directory.subjects.at[miss.subject, "subject"]
        text = f"{name}：{bars.told(miss)}"
        yield Alert(URGENT, _place(prepared, row), text, "", miss.article, None, miss.subject, math.inf)


# --- what was not reported --------------------------------------------------------------------------------------------


def _not_reported(prepared: Prepared, reports: Reports) -> Iterator[Alert]:
    """Reports that are due by an indicator's 监测周期 and are not there, one line for an indicator and period."""
    if reports.asof is None:
        return
    watched = watches(prepared)
    due = _due_reports(prepared, reports, watched)
    if due.empty:
        return
    items = prepared.bound.items
    for (end, period), rows in due.groupby(["end", "period"], sort=True):
        lacking = rows[~rows["there"]]
        if len(lacking) == len(rows) and len(rows) > 1:
            article = "；".join(sorted({watched[i].article for i in rows["item"]} - {""}))
            yield Alert(
                MISSING, Place(), f"{period}应报的 {len(rows)} 项次一项也没有报（截至 {end}）", "请催报", article
            )
            continue
        names = [
            items[name].map(tidy).to_numpy()[lacking["item"].to_numpy(dtype=int)] for name in ("project", "indicator")
        ]
        for _, own in lacking.groupby(names):
            yield _lacking(prepared, reports, watched, period, own["item"].astype(int).tolist())


def _due_reports(prepared: Prepared, reports: Reports, watched: list[Watch]) -> pd.DataFrame:
    """Every report that is due by now: item, end and name of its period, and whether it is there.

    A cycle that the scheme states holds where the case is monitored at all: then somebody has reported something.
    """
    rows, year = reports.rows, prepared.case.year
    days = {int(item): sorted(own) for item, own in rows.groupby("item")["date"]}
    table = []
    for item, watch in enumerate(watched):
        if watch.cycle is None or (watch.article and rows.empty):
            continue
        before = datetime.date.min
        for end, name in periods(watch.cycle, year, reports.asof):
            there = any(before < day <= end for day in days.get(item, ()))
            table.append((item, end, name, there))
            before = end
    return pd.DataFrame(table, columns=["item", "end", "period", "there"]).astype({"there": bool})


def _lacking(prepared: Prepared, reports: Reports, watched: list[Watch], period: str, items: list[int]) -> Alert:
    """One line for an indicator that some have not reported, at the cell of the last report of it, else its own."""
    tables, own = prepared.directory.tables, prepared.bound.items
    subjects = prepared.directory.subjects["subject"]
    last = reports.rows[reports.rows["item"].isin(items)].sort_values(["date", "item"])
    if len(last):
        row = next(last.iloc[[-1]].itertuples())
        place, told = _place(prepared, row), f"，上次是 {row.time}"
    else:
        row, told = own.loc[items[0]], "，从未报过"
        place = tables.place(int(row["sheet"]), int(row["row"]), "indicator")
    names = listed(subjects[own.at[i, "subject"]] for i in items)
    text = f"“{own.at[items[0], 'indicator']}”{period}没有报：{names}{told}"
    watch = watched[items[0]]
    stake = float(own.loc[items, "points"].sum())
    item = items[0] if len(items) == 1 else None
    how = f"办法要求{watch.cycle.name}监测一次" if watch.article else f"监测周期是{watch.cycle.name}"
    return Alert(MISSING, place, text, f"{how}，请催报", watch.article, item, None, stake)


# --- what is unclear --------------------------------------------------------------------------------------------------


def _questions(prepared: Prepared, reports: Reports, judged: pd.DataFrame) -> Iterator[Alert]:
    """What only people can settle: unclear times and cycles, figures that fall, tasks without a target."""
    for one in reports.questions:
        yield Alert(LOOK, one.place, one.message, one.advice, "", one.item if one.item >= 0 else None)
    adds_up = judged[judged["basis"].eq(EVEN) | judged["basis"].str.startswith(BY_CYCLE)] if len(judged) else judged
    for row in falling(adds_up).itertuples():
        less = f"{row.time}报 {show_short(row.value)}，比{row.since}的 {show_short(row.before)} 少"
        advice = "进度按年初以来的累计数算，请核对是否报成了当期数"
        yield Alert(LOOK, _place(prepared, row), _who(prepared, int(row.item)) + less, advice, "", int(row.item))
    yield from _unknown_cycles(prepared)
    yield from _without_target(prepared, reports, judged)


def _unknown_cycles(prepared: Prepared) -> Iterator[Alert]:
    watched, items, told = watches(prepared), prepared.bound.items, set()
    for item, watch in ((i, one) for i, one in enumerate(watched) if one.unknown):
        place = prepared.directory.tables.place(int(items.at[item, "sheet"]), int(items.at[item, "row"]), "cycle")
        if place not in told:
            told.add(place)
            text = f"监测周期“{watch.unknown}”看不懂，“{items.at[item, 'indicator']}”的进度按全年匀速看"
            yield Alert(
                LOOK, place, text, "请写 月、季度、半年 或 年", "", item if not items.at[item, "shared"] else None
            )


def _without_target(prepared: Prepared, reports: Reports, judged: pd.DataFrame) -> Iterator[Alert]:
    """Latest reports of which nothing can be said for want of a target, one line for an indicator."""
    last = judged[judged["last"] & (judged["state"] == UNKNOWN)]
    last = last[np.array([reports.rules[int(i)].kind in BY_TARGET for i in last["item"]], dtype=bool)]
    names = prepared.bound.items["indicator"].to_numpy()[last["item"].to_numpy(dtype=int)]
    for name, own in last.groupby(np.asarray(names, dtype=object)):
        row = next(own.iloc[[-1]].itertuples())
        text = f"“{name}”没有大于 0 的目标值，{len(own)} 个对象的进度不能判断"
        yield Alert(LOOK, _place(prepared, row), text, "请在指标表填写目标值")
