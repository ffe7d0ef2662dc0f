"""Progress against plan: how far each report is, how far it should be, and where the year would end at this pace."""

from __future__ import annotations

import datetime
import math
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kaohe_tools.assess import Prepared
from kaohe_tools.exact import exceeds, snap, tidy
from kaohe_tools.monitor.reports import ANNUAL, Reports, indicator_rows, raw_share
from kaohe_tools.monitor.times import Cycle, elapsed, planned, read_cycle
from kaohe_tools.rules import Row, Setting, UnscorableError, value_of
from kaohe_tools.scheme import Rule

ADDED_UP, EACH_TIME = "累计", "当期"  # what a 得分 with a 时点 is: so much of the year's, or of what was due by then
EVEN, BY_CYCLE, OWN_TARGET = "匀速", "按监测周期", "本行目标值"
RATE, SCORED_THEN, RESULT = "比率，不随时间折算", "当期得分，应得满分", "全年结果"
BEHIND, LOST, ON_TIME, UNKNOWN = "落后", "预计不计分", "正常", "不判断"

_RATE = re.compile(r"(率|增速|增幅)(\(.*\))?$")
_ADDS_UP = re.compile(r"完成|执行|支出|到位|开工|竣工|进度|交付|拨付")  # a rate of these grows over the year
_FIXED = frozenset({"gap"})  # rules that compare levels, not sums that grow
_FORESEEN = frozenset({"proportional", "gap", "ladder"})  # rules that need nobody else's figures


@dataclass(frozen=True)
class Plan:
    """How progress is judged. margin: a share of the task by which a report may lie below plan; scores: ADDED_UP …"""

    margin: float = 0.1
    scores: str = ADDED_UP


@dataclass(frozen=True)
class Watch:
    """How an item is watched. cycle: None where none is stated; article: of a cycle that the scheme states."""

    cycle: Cycle | None
    article: str = ""
    unknown: str = ""

    @property
    def pace(self) -> Cycle | None:
        """The cycle by which the plan goes: only the indicator's own; that of the scheme says when to report."""
        return None if self.article else self.cycle


@dataclass(frozen=True)
class Judged:
    """One report as judged; NaN where nothing can be said. score: at the year's end, in points of the item."""

    whole: float
    progress: float
    plan: float
    basis: str
    expected: float
    score: float


def watches(prepared: Prepared) -> list[Watch]:
    """By item: its 监测周期, else the one that the scheme states for its stage."""
    cycles = indicator_rows(prepared, ["cycle"])["cycle"]
    stages = prepared.directory.subjects["stage"].to_numpy()[prepared.bound.items["subject"].to_numpy()]
    usual = {
        name: next((Watch(read_cycle(c.value), c.article) for c in stage.checks if c.kind == "monitored"), Watch(None))
        for name, stage in prepared.directory.scheme.stages.items()
    }
    found = []
    indicator = (prepared.bound.items["source"] == "indicators").tolist()
    for text, stage, own in zip(cycles, stages, indicator, strict=True):
        cycle = read_cycle(text) if text else None
        if text:
            found.append(Watch(cycle, "", "" if cycle else text))
        else:
            found.append(usual[stage] if own else Watch(None))
    return found


def judge(prepared: Prepared, reports: Reports, plan: Plan) -> pd.DataFrame:
    """The reports with whole, progress, plan, basis, expected, score (see Judged), state, and last (the latest one)."""
    rows, items = reports.rows, prepared.bound.items
    raw = indicator_rows(prepared, ["target"])["target"].tolist()
    target, points, names = (items[name].tolist() for name in ("target", "points", "indicator"))
    followed = watches(prepared)
    single = _single_targets(rows)
    setting = Setting(prepared.case.readings)
    judged = []
    for row in rows.itertuples():
        item = int(row.item)
        rule = reports.rules[item]
        if row.scored:
            one = _by_score(row, points[item], followed[item].pace, plan)
        else:
            whole = target[item] if not math.isnan(target[item]) else single.get(item, math.nan)
            level = rule.kind in _FIXED or is_rate(names[item], raw[item], whole)
            one = _by_done(row, whole, level, followed[item].pace, rule, points[item], setting)
        judged.append(one)
    fields = ("whole", "progress", "plan", "basis", "expected", "score")
    table = rows.assign(**{name: pd.Series([getattr(one, name) for one in judged], dtype=object) for name in fields})
    for name in fields:
        if name != "basis":
            table[name] = snap(table[name].to_numpy(dtype=float))
    lost = [
        _floored(reports.rules[i], score, p)
        for i, score, p in zip(rows["item"], table["score"], table["progress"], strict=True)
    ]
    table["state"] = _states(table, np.array(lost, dtype=bool), plan.margin)
    table["last"] = ~table.duplicated(["item", "component"], keep="last")
    return table


def _single_targets(rows: pd.DataFrame) -> dict[int, float]:
    """目标值 of items whose rows all give the same one: it is the whole year's where the indicator states none."""
    given = rows[rows["own"].notna()]
    annual = given[given["time"] == ANNUAL].set_index("item")["own"].to_dict()
    counts = given.groupby("item")["own"].agg(["nunique", "first"])
    return {int(i): value for i, value in counts.loc[counts["nunique"] == 1, "first"].items()} | annual


def is_rate(name: str, raw: object, whole: float) -> bool:
    """Is an indicator a level that holds all year (满意率 95%, 收入增速), not a sum that grows?"""
    plain = tidy(name)
    if _ADDS_UP.search(plain):
        return False
    return raw_share(raw) or 0 < whole < 1 or _RATE.search(plain) is not None


def _by_score(row, points: float, cycle: Cycle | None, plan: Plan) -> Judged:
    progress = row.value / points
    if row.time == ANNUAL:
        return Judged(points, progress, 1.0, RESULT, progress, row.value)
    if plan.scores == EACH_TIME:
        return Judged(points, progress, 1.0, SCORED_THEN, progress, row.value)
    expected = min(_at_pace(progress, row.date, cycle), 1.0)
    return Judged(points, progress, planned(row.date, cycle), _basis(cycle), expected, expected * points)


def _by_done(
    row, whole: float, level: bool, cycle: Cycle | None, rule: Rule, points: float, setting: Setting
) -> Judged:
    """A 完成值 against the whole year's target; against its own row's where the year has none."""
    if math.isnan(whole):
        own = row.own if row.own > 0 else math.nan
        return Judged(own, row.value / own, 1.0 if own > 0 else math.nan, OWN_TARGET, math.nan, math.nan)
    if whole <= 0:
        return Judged(whole, math.nan, math.nan, "目标值不是正数", math.nan, math.nan)
    progress = row.value / whole
    if row.time == ANNUAL or level:
        share, basis, expected = 1.0, RESULT if row.time == ANNUAL else RATE, progress
    elif not math.isnan(row.own) and row.own != whole:
        share, basis = row.own / whole, OWN_TARGET
        expected = progress / share if share > 0 else math.nan
    else:
        share, basis, expected = planned(row.date, cycle), _basis(cycle), _at_pace(progress, row.date, cycle)
    return Judged(whole, progress, share, basis, expected, _foreseen(rule, points, expected, whole, setting))


def _basis(cycle: Cycle | None) -> str:
    return EVEN if cycle is None else f"{BY_CYCLE}（{cycle.name}）"


def _at_pace(progress: float, day: datetime.date, cycle: Cycle | None) -> float:
    """What the year ends with if it goes on like this; unknown for what is only due once a year, before its end."""
    if cycle is not None and cycle.per_year == 1 and elapsed(day) < 1:
        return math.nan
    return progress / elapsed(day)


def _foreseen(rule: Rule, points: float, expected: float, whole: float, setting: Setting) -> float:
    """The score that a rule would give at the year's end; NaN where it depends on others or nothing is known."""
    if rule.kind not in _FORESEEN or math.isnan(expected):
        return math.nan
    try:
        return value_of(rule, points, [Row(done=float(snap(expected * whole)), target=whole)], setting)[0]
    except UnscorableError:
        return math.nan


def _floored(rule: Rule, score: float, progress: float) -> bool:
    """Would the rule give nothing at all, though something is done or there is a floor to reach?"""
    has_floor = bool(rule.options.get("floor")) or rule.kind == "ladder"
    return has_floor and not math.isnan(score) and score == 0 and not math.isnan(progress)


def _states(table: pd.DataFrame, lost: np.ndarray, margin: float) -> list[str]:
    gap = table["plan"].to_numpy(dtype=float) - table["progress"].to_numpy(dtype=float)
    unknown = np.isnan(gap)
    result = table["time"].eq(ANNUAL).to_numpy()
    behind = ~unknown & exceeds(np.nan_to_num(gap), margin)
    return np.select([result, lost, unknown, behind], [RESULT, LOST, UNKNOWN, BEHIND], ON_TIME).tolist()
