"""Words that all documents share: dates, counts, lists of names, and what is written where nothing is known."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable

import pandas as pd

from kaohe_tools.document.calendar import Period, period
from kaohe_tools.exact import show
from kaohe_tools.results import LABEL, Category, Results
from kaohe_tools.scheme import UNITS
from kaohe_tools.style import SIMULATED

BLANK_DATE = "＿＿＿＿年＿＿月＿＿日"
NONE = "—"
TITLE_LINE = 37  # half-width characters that a line of a title surely holds


def date_text(day: datetime.date | None) -> str:
    """A date as officials write it, or blanks to be filled in.

    >>> date_text(datetime.date(2024, 1, 8))
    '2024年1月8日'
    """
    return BLANK_DATE if day is None else f"{day.year}年{day.month}月{day.day}日"


def titled(subject: str, rest: str) -> str:
    """A title; one too long for a line is broken after its subject, or else before the year, so that no word is torn.

    >>> titled("关于某厅2023年度考核", "结果的通报")
    '关于某厅2023年度考核结果的通报'
    >>> titled("关于某省自然资源厅系统2023年度目标责任考核", "结果的通报").splitlines()
    ['关于某省自然资源厅系统', '2023年度目标责任考核结果的通报']
    """
    whole = subject + rest
    year = re.search(r"(?<=.)\d{4}年", subject)
    if _fits(whole):
        return whole
    if _fits(subject):
        return f"{subject}\n{rest}"
    if year and _fits(whole[: year.start()]) and _fits(whole[year.start() :]):
        return f"{whole[: year.start()]}\n{whole[year.start() :]}"
    return whole


def _fits(text: str) -> bool:
    return len(text.encode("gb18030")) <= TITLE_LINE


def figure(value: float) -> str:
    """A score as published, or a dash."""
    return show(float(value)) or NONE


def count(value: float) -> str:
    """A whole number, or a dash."""
    return NONE if pd.isna(value) else f"{value:.0f}"


def basis(results: Results) -> str:
    """The document that the assessment follows, in title marks."""
    scheme = results.run.get("scheme", {})
    return f"《{scheme.get('document') or scheme.get('title', '')}》"


def common(results: Results) -> dict[str, object]:
    """What every template may use."""
    scheme = results.run.get("scheme", {})
    return {
        "名称": results.title,
        "年度": str(results.run.get("year", "")),
        "依据": basis(results),
        "办法": scheme.get("title", ""),
        "发文机关": scheme.get("issuer", ""),
        "演示": SIMULATED if results.simulated else "",
        "空白日期": BLANK_DATE,
    }


def top_grades(views: Iterable[Category]) -> str:
    """The best grade of these categories as it is called, several joined."""
    return "、".join(dict.fromkeys(view.top_grade for view in views if view.top_grade))


def names(category: Category, rows: pd.DataFrame) -> str:
    """Names by rank; where ranks are given within groups, by group."""
    if not category.group:
        return "、".join(rows[LABEL])
    groups = rows.groupby(category.group, sort=False)[LABEL].agg("、".join)
    return "；".join(f"{group or '未分组'}：{listed}" for group, listed in groups.items())


def sizes(results: Results, stage: str) -> str:
    """Who took part in a stage: 单位28个，其中甲类4个、乙类24个."""
    views = [view for view in results.each_category() if view.stage == stage]
    total = sum(len(view.scores) for view in views)
    if [view.name for view in views] == [stage]:
        return f"{stage}{total}个"
    parts = "、".join(f"{view.name}{len(view.scores)}个" for view in views)
    if len(views) > 1:
        return f"{stage}{total}个，其中{parts}"
    return f"{stage}{total}个，{'均为' if total > 1 else '为'}{views[0].name}"


def marked(category: Category) -> list[tuple[str, str, pd.DataFrame]]:
    """The yes/no columns of a category: name, 是 or 否 (what fewer have), and who has it; nobody who is pending."""
    scores, found = category.scores, []
    for name in marks(category):
        decided = scores[(scores["待定"] == "") & scores[name].isin(["是", "否"])]
        answer = "是" if (decided[name] == "是").sum() <= (decided[name] == "否").sum() else "否"
        if len(decided):
            found.append((name, answer, decided[decided[name] == answer]))
    return found


def marks(category: Category) -> list[str]:
    """The names of the yes/no columns (表彰, 评先) that say something in a category."""
    columns = list(category.scores.columns)
    own = [name for name in columns[columns.index("待定") + 1 :] if name != LABEL]
    return [name for name in own if category.scores[name].isin(["是", "否"]).any()]


def showing(results: Results) -> tuple[str, Period | None]:
    """For how long the best are shown in public, in words; and the period where its first day is known."""
    rule = results.run["publicity"]
    unit, days = UNITS[rule["unit"]], rule["days"]
    length = f"不少于{days}{unit}" if days else f"＿＿{unit}"
    if not rule["start"]:
        return f"{BLANK_DATE}至{BLANK_DATE}（{length}）", None
    start = datetime.date.fromisoformat(rule["start"])
    if not days:
        return f"{date_text(start)}至{BLANK_DATE}（{length}）", None
    found = period(start, days, rule["unit"])
    told = f"{days}{unit}" if found.end else length
    return f"{date_text(start)}至{date_text(found.end)}（{told}）", found
