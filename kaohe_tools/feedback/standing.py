"""What stands between a subject and the next better grade, said no further than the tables bear out."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from kaohe_tools.audience import SUBJECT
from kaohe_tools.exact import show, snap
from kaohe_tools.places import NO_SHARE
from kaohe_tools.results import LABEL, TOTAL, Category

SET, CEILING, LACKING, OPEN, PLACE = "直接定等", "限制", "条件", "待定", "名额"  # steps of 理由
GIVES_WAY = "让出名额"  # in the reason of one whose score was enough
LEAST_HOLDERS = 3  # of fewer who hold the top grade the line would tell a score: their names are made public


def next_grade(category: Category, row: pd.Series, reasons: pd.DataFrame, audience: str, few: bool) -> Iterator[str]:
    """Sentences on the next better grade: what bars it, and how far the line is where there is one.

    row: of 结果. reasons: as the page lists them, by whose numbers the sentences speak.
    """
    if not category.grades:
        yield "本环节只排名，不定等次。"
        return
    if row["待定"]:
        yield f"等次待定（{row['待定']}）{_see(reasons, OPEN)}；决定以前，不能说离上一等次差多少。"
        return
    level = category.level(row["等次"])
    if level is None:
        yield f"“{row['等次']}”不在等次的高低顺序里，没有上一等次。"
        return
    if level == 0:
        yield "已是最好等次。"
        return
    yield f"上一等次是{_called(category, row['等次'], category.grades[level - 1])}。"
    yield from _bars(reasons)
    if level == 1:
        yield from _line(category, row, audience, few)


def _called(category: Category, own: str, grade: str) -> str:
    """A grade as it is called for one whose own grade goes by another name (合格 for 称职)."""
    aliases = category.spec.get("grade_aliases", {})
    return {grade: name for name, grade in aliases.items()}.get(grade, grade) if own in aliases else grade


def _numbers(reasons: pd.DataFrame, *steps: str) -> str:
    """第 1、3 条 of the reasons that are of these steps; "" without any."""
    found = [str(place) for place, step in enumerate(reasons["步骤"], start=1) if step in steps]
    return f"第 {'、'.join(found)} 条" if found else ""


def _see(reasons: pd.DataFrame, *steps: str) -> str:
    numbers = _numbers(reasons, *steps)
    return f"，见理由{numbers}" if numbers else ""


def _bars(reasons: pd.DataFrame) -> Iterator[str]:
    if numbers := _numbers(reasons, SET):
        yield f"现在的等次由理由{numbers}直接确定，不看名次。"
    if numbers := _numbers(reasons, CEILING):
        yield f"理由{numbers}限制了可定的最好等次。"
    if numbers := _numbers(reasons, LACKING):
        yield f"没有满足的条件见理由{numbers}。"


def _line(category: Category, row: pd.Series, audience: str, few: bool) -> Iterator[str]:
    """How far the line of the top grade is, where places go by score alone and nobody's score is told by it."""
    top = category.top_grade
    together = _together(category, row)
    line = _clean_line(category, together, row)
    if line is None:
        yield f"{top}不是单按一起排名的得分给的（见理由），不能说差几分。"
        return
    gap = float(snap(line - row[TOTAL]))
    if gap <= 0:
        yield f"得分已经达到{top}线（已定{top}的最低分）。"
    elif audience != SUBJECT:
        yield f"离{top}线（已定{top}的最低分 {show(line)}）还差 {show(gap)} 分。"
    elif few:
        yield f"一起排名的太少，离{top}线差几分会透露他人得分，不列。"
    elif (holders := int(together.index.isin(category.best.index).sum())) < LEAST_HOLDERS:
        yield f"已定{top}的只有 {holders} 个，差几分会透露其得分，不列。"
    else:
        yield f"离{top}线（已定{top}的最低分）还差{_coarsely(gap)}（其他考核对象的得分不变时）。"
    if (together["待定"] != "").any():
        yield f"还有对象的等次待定，{top}线可能变化。"


def _coarsely(gap: float) -> str:
    """A distance to the next whole point, so that no score can be told from it.

    >>> _coarsely(0.4), _coarsely(2.0), _coarsely(2.37)
    ('不到 1 分', ' 2 至 3 分', ' 2 至 3 分')
    """
    return f" {math.floor(gap)} 至 {math.floor(gap) + 1} 分" if gap >= 1 else "不到 1 分"


def _together(category: Category, row: pd.Series) -> pd.DataFrame:
    scores = category.scores
    return scores[scores[category.group] == row[category.group]] if category.group else scores


def _clean_line(category: Category, together: pd.DataFrame, row: pd.Series) -> float | None:
    """The lowest score that holds the top grade; None where it is no line that a score alone could cross.

    That is so where places are no shares of those ranked together (several pools, one pool over all categories, no
    limit of places), or somebody above it has none although nothing barred it (可优先).
    """
    own_pools = category.quotas["类别"].str.split("·").str[0] == category.name
    if not own_pools.all() or category.quotas["算式"].str.contains(NO_SHARE, regex=False).any():
        return None
    line = category.top_line(row[category.group] if category.group else None)
    if line is None:
        return None
    above = together[(together[TOTAL] > line) & ~together.index.isin(category.best.index) & (together["待定"] == "")]
    way = category.reasons[category.reasons["说明"].str.contains(GIVES_WAY, regex=False)]
    return line if above[LABEL].isin(way[LABEL]).all() else None
