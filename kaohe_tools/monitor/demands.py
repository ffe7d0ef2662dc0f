"""Indicators against what the regulation asks of them: every demand, its figures and article stand in the scheme."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from kaohe_tools.assess import Prepared
from kaohe_tools.columns import KINDS
from kaohe_tools.doubts.given import FEW_PEERS, few, listed
from kaohe_tools.doubts.likeness import LONG, near_pairs
from kaohe_tools.exact import exceeds, reaches, show_short, tidy
from kaohe_tools.monitor.reports import Reports
from kaohe_tools.problems import Place
from kaohe_tools.rules import BY_TARGET
from kaohe_tools.scheme import Check, Stage

WORDS = {
    "columns": "要素齐全", "targets": "有目标值", "distinct": "不交叉重叠", "same_standard": "标准统一",
    "telling": "有区分度", "covering": "全覆盖", "count": "指标项数", "worth": "指标分值",
}  # fmt: skip
_FIELDS = {column.header: column.name for column in KINDS["indicators"].columns}


@dataclass(frozen=True)
class Finding:
    """A demand that an indicator does not meet, and where it stands."""

    demand: str
    article: str
    stage: str
    category: str
    who: str
    project: str
    indicator: str
    text: str
    place: Place


class _Given:
    """The indicators of one stage: `items` (with subject name, category, key, kind of rule) and their distinct rows."""

    def __init__(self, prepared: Prepared, reports: Reports, stage: Stage) -> None:
        self.prepared, self.reports, self.stage = prepared, reports, stage
        subjects, items = prepared.directory.subjects, prepared.bound.items
        items = items[(items["source"] == "indicators").to_numpy()]
        owner = subjects.loc[items["subject"]]
        items = items.assign(
            who=owner["subject"].to_numpy(), category=owner["category"].to_numpy(),
            key=list(zip(items["project"].map(tidy), items["indicator"].map(tidy), strict=True)),
            kind=[reports.rules[i].kind for i in items.index],
        )  # fmt: skip
        self.items = items[(owner["stage"] == stage.name).to_numpy()]
        given = prepared.directory.tables["indicators"]
        rows = set(self.items[["sheet", "row"]].itertuples(index=False, name=None))
        mine = [place in rows for place in zip(given["sheet"], given["row"], strict=True)]
        self.rows = given[np.array(mine, dtype=bool)]

    def place(self, row, field: str) -> Place:
        return self.prepared.directory.tables.place(int(row.sheet), int(row.row), field)

    def finding(self, check: Check, row, text: str, field: str = "indicator", who: str | None = None) -> Finding:
        """A finding at an item's cell."""
        mine = self.items[(self.items["sheet"] == row.sheet) & (self.items["row"] == row.row)]
        category = "、".join(dict.fromkeys(mine["category"]))
        names = list(dict.fromkeys(mine["who"]))
        named = (names[0] if len(names) == 1 else f"{len(names)} 个对象") if who is None else who
        return Finding(
            WORDS[check.kind], check.article, self.stage.name, category, named, row.project, row.indicator, text,
            self.place(row, field),
        )  # fmt: skip


def findings(prepared: Prepared, reports: Reports) -> list[Finding]:
    """Every demand of every stage's checks that is not met, in the order of the scheme and the sheets."""
    found: list[Finding] = []
    for stage in prepared.directory.scheme.stages.values():
        checks = [check for check in stage.checks if check.kind in _CHECKS]
        given = _Given(prepared, reports, stage) if checks else None
        for check in checks if given is not None and len(given.items) else ():
            found += sorted(_CHECKS[check.kind](given, check), key=_order)
    return list(dict.fromkeys(found))


def _order(finding: Finding) -> tuple:
    cell = finding.place.cell
    number = "".join(filter(str.isdigit, cell))
    return finding.place.file, finding.place.sheet, int(number or 0), cell, finding.text


def demanded(prepared: Prepared) -> bool:
    """Does the scheme ask anything of its indicators?"""
    return any(check.kind in _CHECKS for stage in prepared.directory.scheme.stages.values() for check in stage.checks)


def _columns(given: _Given, check: Check) -> Iterator[Finding]:
    """Columns that an indicator must fill in; a column that a sheet lacks altogether is told once."""
    for sheet, rows in given.rows.groupby("sheet"):
        positions = given.prepared.directory.tables.sheets[int(sheet)].positions
        for header in check.value:
            field = _FIELDS[header]
            blank = rows[[tidy(cell) == "" for cell in rows[field]]]
            if field not in positions or (len(blank) == len(rows) > 1):
                row = next(rows.sort_values("row").iloc[[0]].itertuples())
                what = "没有这一列" if field not in positions else "这一列全部空白"
                text = f"“{header}”{what}（{len(rows)} 项指标）"
                whole = given.finding(check, row, text, "indicator" if field not in positions else field, who="")
                yield replace(whole, category="", project="", indicator="")
                continue
            for row in blank.itertuples():
                yield given.finding(check, row, f"没有写“{header}”", field)


def _targets(given: _Given, check: Check) -> Iterator[Finding]:
    """Indicators scored by 完成值 and 目标值 for which no target is stated anywhere."""
    scores = given.reports.rows
    stated = set(scores.loc[scores["own"].notna(), "item"]) | set(
        given.prepared.bound.scores.dropna(subset="target")["item"]
    )
    lacking = given.items[given.items["kind"].isin(list(BY_TARGET)) & given.items["target"].isna()]
    lacking = lacking[~lacking.index.isin(list(stated))]
    for row in lacking.drop_duplicates(["sheet", "row"]).itertuples():
        yield given.finding(check, row, "按完成值与目标值计分，却没有目标值", "target")


def _distinct(given: _Given, check: Check) -> Iterator[Finding]:
    """Two indicators of one subject that are the same, nearly the same, or of which one name contains the other."""
    seen: set[tuple] = set()
    for _, own in given.items.groupby("subject"):
        own = own.sort_values(["sheet", "row"])
        rows = list(own.itertuples())
        table = tuple((row.sheet, row.row) for row in rows)
        if table in seen:
            continue
        seen.add(table)
        names = [tidy(row.indicator) for row in rows]
        near = {(p.first, p.second) for p in near_pairs(names) if p.confused or p.plain(names[p.first])}
        for j, later in enumerate(rows):
            for i, earlier in enumerate(rows[:j]):
                how = _overlap(names[i], names[j], (i, j) in near)
                if how:
                    other = given.place(earlier, "indicator")
                    text = f"与“{earlier.indicator}”{how}（另见 {other}），是否交叉重叠"
                    yield given.finding(check, later, text)


def _overlap(one: str, other: str, near: bool) -> str:
    if one == other:
        return "名称相同"
    if near:
        return "名称几乎相同"
    short, long = sorted((one, other), key=len)
    return "名称互相包含" if len(short) >= LONG and short in long else ""


def _same_standard(given: _Given, check: Check) -> Iterator[Finding]:
    """One indicator of a category that has different points, rules or ways of assessment for different subjects."""
    method = given.rows.set_index(["sheet", "row"])["method"].map(tidy)
    for (_, _), own in given.items.groupby(["category", "key"]):
        for header, values in {
            "分值": own["points"].map(show_short), "计分规则": own["rule"],
            "考核方式": pd.Series([method[place] for place in zip(own["sheet"], own["row"], strict=True)], own.index),
        }.items():  # fmt: skip
            said = values[values != ""]
            if said.nunique() > 1:
                kinds = "；".join(f"{value}：{listed(own.loc[said == value, 'who'], 3)}" for value in sorted(set(said)))
                row = next(own.loc[[said.index[-1]]].itertuples())
                yield given.finding(check, row, f"同一类别里“{header}”不一致（{kinds}）", _FIELDS[header], who="")


def _telling(given: _Given, check: Check) -> Iterator[Finding]:
    """Indicators of which all subjects of a category have the same share of the points."""
    values = _rates(given)
    items = given.items.assign(rate=values.reindex(given.items.index))
    for _, own in items[items["rate"].notna()].groupby(["category", "key"]):
        if len(own) > FEW_PEERS and own["rate"].nunique() == 1:
            rate = own["rate"].iloc[0]
            text = f"{len(own)} 个对象的得分率都是 {show_short(rate * 100)}%，拉不开差距"
            yield given.finding(check, next(own.sort_values(["sheet", "row"]).iloc[[0]].itertuples()), text, who="")


def _rates(given: _Given) -> pd.Series:
    """By item: its latest report as a share (of the points, or of the target), the year's result before others."""
    annual, rows = given.prepared.bound.scores, given.reports.rows
    items = given.prepared.bound.items
    share = np.where(
        annual["done"].isna(),
        annual["score"] / items["points"].reindex(annual["item"]).to_numpy(),
        annual["done"] / annual["target"],
    )
    found = pd.Series(share, annual["item"]).groupby(level=0).mean()
    last = rows.drop_duplicates("item", keep="last").set_index("item")
    whole = np.where(last["scored"], items["points"].reindex(last.index), items["target"].reindex(last.index))
    return found.combine_first(last["value"].astype(float) / whole).round(9).replace([np.inf, -np.inf], np.nan)


def _covering(given: _Given, check: Check) -> Iterator[Finding]:
    """Indicators that nearly all subjects of a category have, and a few have not."""
    subjects = given.prepared.directory.subjects
    here = subjects[subjects["stage"] == given.stage.name]
    for (category, _), own in given.items.groupby(["category", "key"]):
        members = here[here["category"] == category]
        lacking = members.index.difference(own["subject"])
        if few(len(lacking), len(members) - len(lacking)):
            names = listed(members.loc[lacking, "subject"])
            row = next(own.sort_values(["sheet", "row"]).iloc[[0]].itertuples())
            yield given.finding(
                check, row, f"{names}没有这项指标，同类别其余 {own['subject'].nunique()} 个都有", who=""
            )


def _count(given: _Given, check: Check) -> Iterator[Finding]:
    for _, own in given.items.groupby("subject"):
        row = next(own.sort_values(["shared", "sheet", "row"]).iloc[[0]].itertuples())
        if off := _outside(len(own), check.value):
            yield given.finding(check, row, f"共 {len(own)} 项指标，{off}", who=own["who"].iloc[0])


def _worth(given: _Given, check: Check) -> Iterator[Finding]:
    for row in given.items.drop_duplicates(["sheet", "row"]).itertuples():
        if off := _outside(row.points, check.value):
            yield given.finding(check, row, f"分值 {show_short(row.points)}，{off}", "points")


def _outside(value: float, bars: Mapping[str, float]) -> str:
    low, high = bars.get("at_least"), bars.get("at_most")
    if low is not None and not reaches(value, low):
        return f"少于 {show_short(low)}"
    return f"多于 {show_short(high)}" if high is not None and exceeds(value, high) else ""


_CHECKS = {
    "columns": _columns, "targets": _targets, "distinct": _distinct, "same_standard": _same_standard,
    "telling": _telling, "covering": _covering, "count": _count, "worth": _worth,
}  # fmt: skip
