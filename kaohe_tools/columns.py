"""The dictionary of sheets: which kinds there are, their columns, and what may stand in each.

A kind is recognised by its header row alone. `Column.name` is the name in code, `header` what users write;
`key` columns are compared as names are (NFKC, no white space).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Type = Literal["key", "text", "number", "raw", "count", "date", "year"]

NUMERIC = ("number", "count", "year")  # types read as numbers, NaN where blank


@dataclass(frozen=True)
class Column:
    """One column: its name in code, its header in sheets, and the type its cells are read as."""

    name: str
    header: str
    type: Type = "text"


@dataclass(frozen=True)
class Kind:
    """One kind of sheet. `required`: groups of headers of which each must have at least one present."""

    name: str
    title: str
    required: tuple[tuple[str, ...], ...]
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


SUBJECT = Column("subject", "考核对象", "key")
STAGE = Column("stage", "环节", "key")
CODE = Column("code", "编号", "key")
CATEGORY = Column("category", "类别", "key")
PROJECT = Column("project", "考核项目", "text")
INDICATOR = Column("indicator", "指标", "text")
POINTS = Column("points", "分值", "number")
TARGET = Column("target", "目标值", "raw")
FULL = Column("full", "满分", "number")
BASIS = Column("basis", "依据", "text")

KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "roster",
            "名册",
            (("考核对象",), ("类别",)),
            (
                STAGE, SUBJECT, CODE, CATEGORY, Column("group", "分口", "key"), Column("unit", "所属单位", "key"),
                Column("post", "职务", "key"), Column("staff_type", "人员类型", "key"),
            ),
        ),
        Kind(
            "indicators",
            "指标",
            (("考核对象", "类别"), ("部分",), ("指标",), ("分值",)),
            (
                STAGE, SUBJECT, CODE, CATEGORY, Column("part", "部分", "key"), PROJECT, INDICATOR, POINTS,
                Column("rule", "计分规则", "key"), TARGET, Column("lead", "牵头部门"), Column("grounds", "设置依据"),
                Column("method", "考核方式"), Column("data_source", "数据来源"), Column("cycle", "监测周期"),
            ),
        ),
        Kind(
            "scores",
            "得分",
            (("考核对象",), ("指标",), ("得分", "完成值")),
            (
                STAGE, SUBJECT, CODE, PROJECT, INDICATOR, Column("score", "得分", "number"),
                Column("done", "完成值", "number"), Column("component", "来源", "key"), FULL, TARGET,
                Column("time", "时点", "key"), Column("rater", "评分人", "key"), Column("panel", "考核组", "key"),
                Column("remark", "备注"),
            ),
        ),
        Kind(
            "ballots",
            "测评",
            (("考核对象",), ("评价主体",), ("得分", "*votes")),
            (
                STAGE, SUBJECT, CODE, Column("voters", "评价主体", "key"), Column("item", "测评项", "key"),
                Column("ballot", "票号", "key"), Column("score", "得分", "number"), FULL,
            ),
        ),
        Kind(
            "ledger",
            "加减分",
            (("考核对象",), ("事项",), ("标准",)),
            (
                STAGE, SUBJECT, CODE, Column("matter", "事项"), Column("standard", "标准", "key"),
                Column("times", "次数", "count"), POINTS, Column("date", "日期", "date"), BASIS,
                Column("work", "同一工作", "key"),
            ),
        ),
        Kind(
            "facts",
            "情形",
            (("考核对象",), ("情形",), ("值",)),
            (STAGE, SUBJECT, CODE, Column("fact", "情形", "key"), Column("value", "值", "raw"), BASIS),
        ),
        Kind(
            "history",
            "历年等次",
            (("考核对象",), ("年度",), ("等次",)),
            (
                STAGE, SUBJECT, CODE, Column("year", "年度", "year"), Column("grade", "等次", "key"),
                Column("composite", "综合得分", "number"),
            ),
        ),
    )
}  # fmt: skip

GROUPINGS = {"分口": "group", "所属单位": "unit"}  # roster columns by which subjects may be grouped, and their names
VOTES = "*votes"  # in a ballots sheet: one or more of the vote columns that the scheme names
TOGETHER, AND = "合并列示", "＋"  # the 指标 of a row of 明细 made of several, and what stands between their parts
OWN_TELLING = "反馈说明"  # a column of 理由: how the subject itself is told; blank: as 说明 has it
NO_TEXT = "〔原表无文字〕"  # stands for an indicator that an official table gives points but no text
BESIDE_VOTES = frozenset({  # columns of a ballots sheet that are no votes of their own
    *("序号", "类别", "备注", "合计", "总票数", "票数合计", "有效票", "有效票数"),
    *("应到", "应到人数", "应参评人数", "实到", "实到人数", "参评人数", "实参评人数"),
    *("发出", "发出票数", "发放", "收回", "收回票数", "回收"),
})  # fmt: skip
UNITS = ("分", "票", "张", "人", "次", "年")  # may stand in parentheses after a header: 分值（分）
_TOTAL = re.compile(r"(?:本页|本表|部分|以上)?(?:合计|小计|总计|共计|合计得分|平均|平均分)(?:\(.*\))?:?")
_TOTAL_ENDS = frozenset("计均分):")  # a quick look before the slow one
_REMARKS = re.compile(
    r"(?:注[::\d]|备注:|说明:|(?:填表|填报|审核|制表|复核|经办|负责|联系|单位负责|主要负责)(?:人|单位|日期|时间|电话)|日期:|联系电话).*"
)


def is_total_label(text: str) -> bool:
    """Is a tidied text the label of a row of totals?"""
    return text[-1:] in _TOTAL_ENDS and _TOTAL.fullmatch(text) is not None


def is_remark(text: str) -> bool:
    """Does a tidied text begin like a remark or a signature under a table?"""
    return _REMARKS.match(text) is not None
