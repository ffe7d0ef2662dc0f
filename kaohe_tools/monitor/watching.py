"""One look at a case during the year: progress, what to act on, the earlier issue of its indicators, its demands."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from kaohe_tools.assess import Prepared, prepare
from kaohe_tools.case import Case
from kaohe_tools.monitor.alerts import Alert, alerts, percent
from kaohe_tools.monitor.demands import Finding, demanded, findings
from kaohe_tools.monitor.issues import Comparison, compare_issues
from kaohe_tools.monitor.progress import ADDED_UP, Plan, judge, watches
from kaohe_tools.monitor.reports import ANNUAL, Reports, indicator_rows, read_reports
from kaohe_tools.monitor.times import month_end, read_time
from kaohe_tools.problems import InputError
from kaohe_tools.scheme import Check, Rule


class WrongDayError(ValueError):
    """A day that is none, or lies before the assessed year; says so in Chinese."""


@dataclass(frozen=True)
class Monitoring:
    """What there is to know about a case during its year.

    progress: a row for each report, as `progress.judge` gives it, with subject, stage, category, who, code, part,
    project, indicator, lead, points, file, sheet_name and cell; periods a year of its own cycle (0: even), floor of its
    rule (0: none), annual (is it the year's result). comparison: None where no issue was named.
    changes: by stage, what an adjustment of indicators needs.
    """

    case: Case
    asof: datetime.date | None
    plan: Plan
    reports: Reports
    progress: pd.DataFrame
    alerts: list[Alert]
    findings: list[Finding]
    demanded: bool
    comparison: Comparison | None
    changes: dict[str, Check]
    prepared: Prepared = field(repr=False)

    @property
    def assumptions(self) -> list[str]:
        """What the plan takes for granted, in sentences."""
        added = "得分是年初以来的累计得分" if self.plan.scores == ADDED_UP else "得分是当期的评分，应得满分"
        lines = [
            "计划按全年匀速推算（每月十二分之一）；指标自己写了监测周期的按周期推算，到期末才要求完成那一份",
            f"完成值是年初以来的累计数，{added}；时点行自己写了目标值且与全年目标不同的，以它为该时点的计划",
            "比率（目标值写成百分数或小于 1，或名称以率、增速、增幅结尾；完成率等除外）不随时间折算，总与目标值比",
            f"低于计划超过 {percent(self.plan.margin)}（百分点）算落后；年底预计按目前的速度推算，不是结论",
        ]
        return lines

    @property
    def later(self) -> int:
        """How many reports lie after the day and were not looked at."""
        return self.reports.later


def monitor(
    folder: Path, asof: datetime.date | None = None, compare: Path | None = None, plan: Plan | None = None
) -> Monitoring:
    """Look at a case as it stood on a day (default: the latest 时点 there); scores of the year may be missing.

    `compare`: an earlier issue of the indicators, as case folder or file. Raises InputError where the case has errors
    that keep it from being read, WrongDayError for a day before its year.
    """
    prepared = prepare(folder)
    if prepared.problems.errors:
        raise InputError(prepared.problems)
    return monitor_prepared(prepared, asof, compare, plan)


def look_at(case_dir: str, asof: str = "", compare: str = "", margin: float = 0.1) -> Monitoring:
    """`monitor` for a notebook: everything as text, blank where there is nothing to say."""
    try:
        day = datetime.date.fromisoformat(asof) if asof else None
    except ValueError:
        raise WrongDayError(f"“{asof}”不是日期，请写成 2023-09-30") from None
    return monitor(Path(case_dir), day, Path(compare) if compare else None, Plan(margin))


def monitor_prepared(
    prepared: Prepared, asof: datetime.date | None = None, compare: Path | None = None, plan: Plan | None = None
) -> Monitoring:
    """As `monitor`, of a case that is read already and has no errors."""
    plan, case = plan or Plan(), prepared.case
    if asof is not None and asof.year < case.year:
        raise WrongDayError(f"{asof} 在 {case.year} 年度以前")
    reports = read_reports(prepared, None if asof is None else min(asof, month_end(case.year, 12)))
    judged = judge(prepared, reports, plan)
    return Monitoring(
        case=case,
        asof=reports.asof,
        plan=plan,
        reports=reports,
        progress=_named(prepared, judged, reports.rules),
        alerts=alerts(prepared, reports, judged),
        findings=findings(prepared, reports),
        demanded=demanded(prepared),
        comparison=compare_issues(prepared, compare) if compare else None,
        changes={
            name: check
            for name, stage in prepared.directory.scheme.stages.items()
            for check in stage.checks
            if check.kind == "changes"
        },
        prepared=prepared,
    )


def too_late(check: Check, asof: datetime.date | None) -> bool:
    """Is a day after the quarter up to which a scheme lets indicators be adjusted?"""
    return bool(check.until) and asof is not None and asof > read_time(check.until, asof.year)


def _named(prepared: Prepared, judged: pd.DataFrame, rules: Sequence[Rule]) -> pd.DataFrame:
    """The reports with everything that a reader wants to know of them, in canonical order."""
    items, subjects = prepared.bound.items, prepared.directory.subjects
    item = judged["item"].to_numpy(dtype=int)
    own = items.iloc[item].reset_index(drop=True)
    owner = subjects.loc[own["subject"]].reset_index(drop=True)
    fields = ["score" if scored else "done" for scored in judged["scored"]]
    places = prepared.directory.tables.places(judged, fields)
    lead = indicator_rows(prepared, ["lead"])["lead"].to_numpy()[item]
    columns = {
        "subject": own["subject"], "stage": owner["stage"], "category": owner["category"], "who": owner["subject"],
        "code": owner["code"], "part": own["leaf"], "project": own["project"], "indicator": own["indicator"],
        "points": own["points"], "lead": lead, "file": places["file"].to_numpy(),
        "sheet_name": places["sheet"].to_numpy(), "cell": places["cell"].to_numpy(),
    }  # fmt: skip
    paces = [watch.pace for watch in watches(prepared)]
    columns["periods"] = [paces[i].per_year if paces[i] else 0 for i in item]
    columns["floor"] = [float(rules[i].options.get("floor", 0.0)) for i in item]
    return judged.reset_index(drop=True).assign(**columns, annual=judged["time"].eq(ANNUAL).to_numpy())
