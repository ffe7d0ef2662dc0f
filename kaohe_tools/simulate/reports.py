"""Simulated reports during the year (时点): what was done up to each quarter, half-year marks of what is marked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kaohe_tools.monitor.progress import is_rate
from kaohe_tools.rules import BY_DONE
from kaohe_tools.simulate.scores import HALF, HALVES_FROM, TENTH
from kaohe_tools.simulate.setting import Setting

QUARTERS = {"一季度": 0.25, "二季度": 0.5, "三季度": 0.75}
HALF_YEAR = "二季度"
COLUMNS = ["环节", "考核对象", "考核项目", "指标", "来源", "时点", "得分", "完成值"]
FORGOTTEN = 0.03  # how often a report is not made
LAG, WORK, MARK = 0.05, 0.25, 0.1  # work gets done a little late, by some later than by others; marks follow evenly


def report_table(setting: Setting, scores: pd.DataFrame) -> pd.DataFrame:
    """Reports on every indicator, that lead to the scores of the year: columns COLUMNS, 来源 only where there is one.

    What is measured is reported each quarter, sums up to then or a rate as it stands; what is marked once, by half-year
    (of several 来源 the first), with about half of the year's mark.
    """
    results = scores.groupby(["环节", "考核对象", "考核项目", "指标"], sort=False)
    rows: list[dict[str, Any]] = []
    for item in setting.items[setting.items["source"] == "indicators"].itertuples():
        who = setting.directory.subjects.loc[item.subject]
        name = {"环节": who["stage"], "考核对象": who["subject"], "考核项目": item.project, "指标": item.indicator}
        own = results.get_group(tuple(name.values())).iloc[0]
        made = _measured(item, own, setting) if setting.rule(item).kind in BY_DONE else _marked(item, own, setting)
        rows.extend({**name, **row} for row in made if setting.reporting.random() >= FORGOTTEN)
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.drop(columns=[name for name in ("来源", "得分", "完成值") if table[name].isna().all()])


def _measured(item, own: pd.Series, setting: Setting) -> list[dict[str, Any]]:
    """What was done by each quarter's end; never less than before, unless it is a rate."""
    done = float(own["完成值"])
    digits = 0 if done == int(done) else 1
    if is_rate(item.indicator, item.target, float(item.target)):
        noise = setting.reporting.normal(0.0, 0.1, len(QUARTERS))
        values = [done * (1.0 + more) for more in noise]
    else:
        late = _pace(setting, WORK)
        values = [done * share**late for share in QUARTERS.values()]
    return [{"时点": time, "完成值": round(value, digits)} for time, value in zip(QUARTERS, values, strict=True)]


def _marked(item, own: pd.Series, setting: Setting) -> list[dict[str, Any]]:
    """The mark at half-year: so much of the year's as was earned by then."""
    step = HALF if item.points >= HALVES_FROM else TENTH
    mark = float(own["得分"]) * QUARTERS[HALF_YEAR] ** _pace(setting, MARK)
    return [{"来源": own.get("来源"), "时点": HALF_YEAR, "得分": round(round(mark / step) * step, 2)}]


def _pace(setting: Setting, spread: float) -> float:
    """The exponent of the share of the year that is over: above 1 what is done late."""
    return float(np.exp(setting.reporting.normal(LAG, spread)))
