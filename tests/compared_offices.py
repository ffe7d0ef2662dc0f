"""Offices of any number of units in one category, so that it matters with how many others one is compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from offices import make_case

LONG = "国土空间生态修复与综合整治技术指导中心"


def make_office(
    folder: Path, count: int, marks: Mapping[int, float] | None = None, names: Sequence[str] = (), **yaml: object
) -> Path:
    """Write a case of `count` units of 厅机关, the first the best, half a point apart.

    `marks` gives single units (by place, from 0) another mark for 业务; `names` are theirs, else 第01处 and so on.
    """
    named = list(names) or [f"第{place + 1:02d}处" for place in range(count)]
    given = {place: 69.0 - place / 2 for place in range(count)} | dict(marks or {})
    sheets: dict[str, list[list[object]]] = {
        "名册": [["考核对象", "类别"], *([name, "厅机关"] for name in named)],
        "指标": [
            ["类别", "部分", "考核项目", "指标", "分值"],
            ["厅机关", "党政建设", "党建", "党建", 30],
            ["厅机关", "个性指标", "业务", "业务", 70],
        ],
        "得分": [["考核对象", "考核项目", "指标", "得分"]],
        "测评": [["考核对象", "评价主体", "优秀", "良好", "一般", "较差"]],
    }
    for place, name in enumerate(named):
        sheets["得分"] += [[name, "党建", "党建", 27], [name, "业务", "业务", given[place]]]
        sheets["测评"] += [[name, who, 20, 4, 1, 0] for who in ("领导小组测评", "负责人和群众测评")]
    return make_case(folder, sheets=sheets, **{"params": "{places: {厅机关: 4}}", **yaml})
