"""A look at a case during the year, as lines for a terminal and as tables for files."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from kaohe_tools.aside import made_aside, put_files
from kaohe_tools.exact import show_short
from kaohe_tools.monitor.alerts import LEVELS, Alert, percent
from kaohe_tools.monitor.demands import Finding
from kaohe_tools.monitor.issues import CHANGE_COLUMNS, EVERYONE, RENAMED, SUM_COLUMNS
from kaohe_tools.monitor.progress import BEHIND, LOST, ON_TIME
from kaohe_tools.monitor.watching import Monitoring, too_late
from kaohe_tools.problems import Place
from kaohe_tools.spreadsheet import printable, write_csv

PROGRESS, ALERTS, CHANGES, SUMS, DEMANDS = "进度", "预警", "指标变动", "指标合计", "指标检查"
MOST = 40  # lines of one sort on a terminal; the tables have all
SIMULATED = "演示数据"
_ALERT_COLUMNS = [
    *("级别", "环节", "类别", "考核对象", "部分", "考核项目", "指标", "说明", "建议", "条款"),
    *("文件", "工作表", "单元格"),
]
_FINDING_COLUMNS = [
    *("要求", "条款", "环节", "类别", "考核对象", "考核项目", "指标", "问题", "文件", "工作表", "单元格"),
]


def tables(look: Monitoring) -> dict[str, pd.DataFrame]:
    """All tables by the name of their file; of simulated data a last column says so."""
    found = {
        PROGRESS: progress_table(look),
        ALERTS: alert_table(look),
        CHANGES: change_table(look),
        SUMS: sum_table(look),
        DEMANDS: finding_table(look),
    }
    return {name: t.assign(数据=SIMULATED) for name, t in found.items()} if look.case.simulated else found


def write(look: Monitoring, folder: Path) -> list[Path]:
    """Write all tables; returns their paths."""
    made = tables(look)
    with made_aside(folder) as aside:
        for name, table in made.items():
            write_csv(table, aside / f"{name}.csv")
        put_files(aside, folder)
    return [folder / f"{name}.csv" for name in made]


def progress_table(look: Monitoring) -> pd.DataFrame:
    """进度.csv: a row for each report, in the order of subjects, indicators and days."""
    t = look.progress
    texts = {
        "环节": t["stage"], "类别": t["category"], "考核对象": t["who"], "编号": t["code"], "部分": t["part"],
        "考核项目": t["project"], "指标": t["indicator"], "来源": t["component"], "牵头部门": t["lead"],
        "时点": t["time"], "截至": [day.isoformat() for day in t["date"]],
        "数值种类": ["得分" if scored else "完成值" for scored in t["scored"]],
        "数值": _figures(t["value"]), "全年目标": _figures(t["whole"]), "进度": _shares(t["progress"]),
        "计划": _shares(t["plan"]), "差距": _shares(t["progress"] - t["plan"]), "计划依据": t["basis"],
        "年底预计": _shares(t["expected"]), "预计得分": _figures(t["score"]), "分值": _figures(t["points"]),
        "状态": t["state"], "最新": ["是" if last else "" for last in t["last"]],
        "文件": t["file"], "工作表": t["sheet_name"], "单元格": t["cell"],
    }  # fmt: skip
    return pd.DataFrame({name: list(values) for name, values in texts.items()})


def _figures(values: pd.Series) -> list[str]:
    return ["" if math.isnan(value) else show_short(value) for value in values]


def _shares(values: pd.Series) -> list[str]:
    return ["" if math.isnan(value) else percent(value) for value in values]


def alert_table(look: Monitoring) -> pd.DataFrame:
    """预警.csv: what to act on, most urgent first."""
    items = look.prepared.bound.items[["subject", "leaf", "project", "indicator"]].to_numpy(dtype=object).tolist()
    subjects = look.prepared.directory.subjects[["stage", "category", "subject"]].to_numpy(dtype=object).tolist()
    return pd.DataFrame([_alert_row(alert, items, subjects) for alert in look.alerts], columns=_ALERT_COLUMNS)


def _alert_row(alert: Alert, items: list[list], subjects: list[list]) -> list[str]:
    """A row; `items` and `subjects`: what they are called, by number."""
    number = alert.subject if alert.item is None else items[alert.item][0]
    who = ["", "", ""] if number is None else subjects[number]
    what = ["", "", ""] if alert.item is None else items[alert.item][1:]
    return [alert.level, *who, *what, alert.text, alert.advice, alert.article, *_cells(alert.place)]


def change_table(look: Monitoring) -> pd.DataFrame:
    """指标变动.csv: what changed since the earlier issue; no rows where none was named."""
    return pd.DataFrame(columns=CHANGE_COLUMNS) if look.comparison is None else look.comparison.changes


def sum_table(look: Monitoring) -> pd.DataFrame:
    """指标合计.csv: the points of every subject by part in both issues."""
    return pd.DataFrame(columns=SUM_COLUMNS) if look.comparison is None else look.comparison.sums


def finding_table(look: Monitoring) -> pd.DataFrame:
    """指标检查.csv: the demands that are not met, in the order of the scheme and the sheets."""
    rows = [
        [f.demand, f.article, f.stage, f.category, f.who, f.project, f.indicator, f.text, *_cells(f.place)]
        for f in look.findings
    ]
    return pd.DataFrame(rows, columns=_FINDING_COLUMNS)


def _cells(place: Place) -> list[str]:
    return [place.file, place.sheet, place.cell]


# --- lines ------------------------------------------------------------------------------------------------------------


def lines(look: Monitoring) -> list[str]:
    """All of it for a terminal: what to act on, what changed, what is asked, and what was taken for granted."""
    found = heading(look)
    found += _section("要处理的", [str(alert) for alert in look.alerts], ALERTS)
    if look.comparison is not None:
        found += _changed(look)
    if look.demanded:
        texts = [f"{f.demand} {_where(f.place)}{_named(f)}{f.text}（{f.article}）" for f in look.findings]
        found += _section("指标检查", texts, DEMANDS)
        found += [] if texts else ["", "指标检查：办法对指标的要求都满足"]
    else:
        found += ["", "指标检查：办法文件没有写对指标的要求（checks 一节），没有检查"]
    if not look.progress["annual"].all():
        found += ["", "推算的前提：", *(f"  {line}" for line in look.assumptions)]
    return [" ".join(printable(line).splitlines()).rstrip() for line in found]


def _named(finding: Finding) -> str:
    """Whose indicator a finding is about, and its name; "" for a whole sheet."""
    return f"{finding.who or finding.category}“{finding.indicator}”" if finding.indicator else ""


def _where(place: Place) -> str:
    return f"{place}：" if str(place) else ""


def heading(look: Monitoring) -> list[str]:
    """The title, and what there is in one sentence."""
    title = f"{look.case.title}：过程监测" + (f"（截至 {look.asof}）" if look.asof else "")
    return [f"{title}（{SIMULATED}）" if look.case.simulated else title, _summary(look)]


def _summary(look: Monitoring) -> str:
    """How many reports there are, how many of the latest are behind, and how many things there are to do."""
    last = look.progress[look.progress["last"] & ~look.progress["annual"]]
    if last.empty:
        upto = "这一天以前" if look.later else "得分表里"
        return f"{upto}没有带时点的行，看不出进度；时点写成 一季度、{look.case.year}Q2、{look.case.year}-06 都可以"
    counts = [f"{word} {int((last['state'] == word).sum())} 项次" for word in (ON_TIME, BEHIND, LOST)]
    later = f"；另有 {look.later} 行晚于这一天，没有看" if look.later else ""
    acts = "，".join(f"{word} {n} 条" for word in LEVELS if (n := sum(a.level == word for a in look.alerts)))
    told = f"；{acts}" if acts else "；没有要处理的"
    return f"{len(last)} 项次有报送，其中{'，'.join(counts)}{later}{told}"


def _section(title: str, texts: list[str], table: str) -> list[str]:
    """A list with its heading; of very many lines the first."""
    if not texts:
        return []
    more = [f"……另有 {len(texts) - MOST} 条，用 --out 写出，见 {table}.csv"] if len(texts) > MOST else []
    return ["", f"{title}（{len(texts)} 条）：", *texts[:MOST], *more]


def _changed(look: Monitoring) -> list[str]:
    """The changes of the indicator table, what the scheme asks of them, and whose points no longer add up as before."""
    changes, sums = look.comparison.changes, look.comparison.sums
    if changes.empty:
        return ["", "指标变动：两个版本相同"]
    texts = []
    for row in changes.to_dict("records"):
        texts.append(f"{row['变动']} {_changed_at(row)}{_whose(row)}{_change(row)}")
    found = _section("指标变动", texts, CHANGES)
    for stage, check in look.changes.items():
        late = f"，{check.until}后原则上不再调整" if check.until else ""
        late += "，现在已过" if too_late(check, look.asof) else ""
        found.append(f"环节“{stage}”：调整指标{check.value}{late}（{check.article}）")
    moved = sums[(sums["增减"] != "0") & (sums["部分"] == "合计")]
    for row in moved.to_dict("records")[:MOST]:
        found.append(f"分值合计：{row['考核对象'] or row['类别']}由 {row['原分值']} 改为 {row['现分值']}")
    return found


def _whose(row: Mapping[str, str]) -> str:
    """Whose indicator changed: the subjects, or all of a category."""
    everyone = row["考核对象"].startswith(EVERYONE)
    return f"{row['类别']}{row['考核对象']}对象" if everyone else row["考核对象"] or row["类别"]


def _change(row: Mapping[str, str]) -> str:
    """The indicator and what became of it."""
    was, now = row["原值"], row["现值"]
    if row["变动"] in ("新增", "删除"):
        return f"“{row['指标']}”（{now or was or 0} 分）"
    if row["变动"] == RENAMED:
        return f"“{was}”改成“{now}”"
    return f"“{row['指标']}”" + (f"由 {was or '空白'} 改为 {now or '空白'}" if was or now else "")


def _changed_at(row: Mapping[str, str]) -> str:
    """The cell of a change: in the present issue, of what was dropped in the old one."""
    if row["文件"]:
        return f"{Place(row['文件'], row['工作表'], row['单元格'])}："
    return f"原表 {Place(row['原文件'], row['原工作表'], row['原单元格'])}："
