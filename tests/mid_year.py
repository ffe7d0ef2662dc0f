"""A county in the middle of its year, for tests of monitoring: quantified and scored indicators, reports by 时点.

Simulated; no annual scores yet. 绿化 is for all towns (target 100 of 亩), 投资 for 甲镇 alone, 满意率 is a rate.
"""

from __future__ import annotations

import copy
from pathlib import Path

from offices import make_case

SEEN, LAW = "查资料", "县发〔2022〕1号"
PART = "目标任务"
TOWNS = ("甲镇", "乙镇", "丙镇", "丁镇")
INDICATOR_HEAD = [
    *("类别", "考核对象", "部分", "考核项目", "指标", "分值", "计分规则", "目标值", "牵头部门"),
    *("设置依据", "考核方式", "数据来源", "监测周期", "环节"),
]
SHEETS: dict[str, list[list[object]]] = {
    "名册": [["考核对象", "类别"], *([town, "镇办"] for town in TOWNS)],
    "指标": [
        INDICATOR_HEAD,
        ["镇办", None, PART, "生态", "绿化造林", 30, "量化", 100, "林业局", LAW, SEEN, "台账", "季度", "单位"],
        ["镇办", None, PART, "民生", "群众满意率", 20, "量化", "90%", "统计局", LAW, "测评", "统计局", None, "单位"],
        ["镇办", None, PART, "党建", "党的建设", 20, "非量化", None, "组织部", LAW, SEEN, "台账", "半年", "单位"],
        [None, "甲镇", PART, "经济", "固定资产投资", 30, "量化", 400, "发改局", LAW, SEEN, "统计局", None],
        [None, "乙镇", PART, "经济", "招商引资", 30, "量化", 60, "商务局", LAW, SEEN, "台账", "年度"],
        [None, "丙镇", PART, "经济", "旅游收入", 30, "量化", 80, "文旅局", LAW, SEEN, "文旅局", None],
        [None, "丁镇", PART, "经济", "粮食产量", 30, "量化", 50, "农业局", LAW, SEEN, "农业局", None],
    ],
    "得分": [
        ["考核对象", "考核项目", "指标", "时点", "得分", "完成值", "目标值", "备注"],
        ["甲镇", "生态", "绿化造林", "一季度", None, 26],
        ["甲镇", "生态", "绿化造林", "2022Q2", None, 55],
        ["乙镇", "生态", "绿化造林", "一季度", None, 10],
        ["乙镇", "生态", "绿化造林", "2022-06", None, 20],
        ["丙镇", "生态", "绿化造林", "一季度", None, 24],
        ["丙镇", "生态", "绿化造林", "半年", None, 36],
        ["丁镇", "生态", "绿化造林", "一季度", None, 30],
        ["甲镇", "民生", "群众满意率", "上半年", None, 0.92],
        ["乙镇", "民生", "群众满意率", "上半年", None, 0.5],
        ["甲镇", "党建", "党的建设", "上半年", 12, None],
        ["乙镇", "党建", "党的建设", "上半年", 6, None],
        ["甲镇", "经济", "固定资产投资", "2022年6月", None, 220],
        ["乙镇", "经济", "招商引资", "6月", None, 0],
        ["丙镇", "经济", "旅游收入", "6月30日", None, 30],
    ],
}  # fmt: skip


def mid_year(folder: Path, changes: dict[str, object] | None = None, more: dict | None = None, **yaml: object) -> Path:
    """Write the case; `changes` as in `offices.make_case`, `more`: rows added to sheets."""
    sheets = copy.deepcopy(SHEETS)
    for name, rows in (more or {}).items():
        sheets.setdefault(name, []).extend(rows)
    options = {"scheme": "zhashui-2022", "year": 2022, "title": "年中小县", "params": None, "simulated": "true"}
    return make_case(folder, changes, sheets, **{**options, **yaml})
