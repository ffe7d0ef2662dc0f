"""The tables of this package as people read them: Chinese headers, shares as percentages, gaps as dashes."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from kaohe_tools.exact import show

DASH = "—"
PERCENT, POINTS, COEFFICIENT, COUNT, TEXT = "percent", "points", "coefficient", "count", "text"

ITEMS = {
    "item": ("项目", TEXT), "leaf": ("部分", TEXT), "points": ("分值", POINTS), "count": ("对象数", COUNT),
    "full": ("满分比例", PERCENT), "mean": ("平均得分率", PERCENT), "spread": ("标准差", PERCENT),
    "low": ("最低", PERCENT), "high": ("最高", PERCENT), "rest": ("与其余的相关", COEFFICIENT),
    "tails": ("高低组之差", PERCENT), "verdict": ("判断", TEXT),
}  # fmt: skip
PAIRS = {
    "one": ("一项", TEXT), "other": ("另一项", TEXT), "correlation": ("相关系数", COEFFICIENT),
    "count": ("对象数", COUNT), "firm": ("不是偶然", TEXT),
}  # fmt: skip
WEIGHTS = {
    "part": ("部分", TEXT), "points": ("分值", POINTS), "nominal": ("名义权重", PERCENT), "spread": ("标准差", POINTS),
    "variance": ("差距来自它", PERCENT), "linear": ("S（相关平方）", COEFFICIENT), "smooth": ("S（平滑）", COEFFICIENT),
    "effective": ("实际权重", PERCENT), "even": ("差距相符的分值", POINTS), "balanced": ("实际权重最近的分值", POINTS),
    "after": ("改后实际权重", PERCENT),
}  # fmt: skip
LENIENCY = {
    "who": ("评分人", TEXT), "marks": ("评分数", COUNT), "subjects": ("对象数", COUNT),
    "deviation": ("比他人高", PERCENT), "low": ("区间下限", PERCENT), "high": ("区间上限", PERCENT),
    "firm": ("超出偶然", TEXT),
}  # fmt: skip
AGREEMENT = {
    "panel": ("考核组", TEXT), "raters": ("评分人数", COUNT), "subjects": ("对象数", COUNT), "w": ("W", COEFFICIENT),
    "chi": ("χ²", POINTS), "p": ("p", COEFFICIENT), "lacking": ("没有算的原因", TEXT),
}  # fmt: skip
PANELS = {
    "panel": ("考核组", TEXT), "subjects": ("对象数", COUNT), "mean": ("平均得分率", PERCENT),
    "spread": ("标准差", PERCENT),
}  # fmt: skip
BALLOTS = {
    "group": ("评价主体", TEXT), "subjects": ("对象数", COUNT), "mean": ("平均得分率", PERCENT),
    "spread": ("标准差", PERCENT), "low": ("最低", PERCENT), "high": ("最高", PERCENT),
    "distinct": ("不同得分数", COUNT), "flat": ("没有区分", TEXT),
}  # fmt: skip
BALLOT_PAIRS = {
    "one": ("一方", TEXT), "other": ("另一方", TEXT), "subjects": ("对象数", COUNT), "rho": ("等级相关", COEFFICIENT),
    "p": ("p", COEFFICIENT), "verdict": ("判断", TEXT),
}  # fmt: skip
LINE = {
    "group": ("范围", TEXT), "count": ("对象数", COUNT), "holders": ("已定", COUNT), "open": ("待定", COUNT),
    "line": ("优秀线", POINTS), "first_out": ("线下第一", POINTS), "gap": ("相差", POINTS),
    "above": ("线上未得", COUNT), "within_0.5": ("±0.5分内", COUNT), "within_1": ("±1分内", COUNT),
}  # fmt: skip
NEAR = {
    "group": ("范围", TEXT), "label": ("考核对象", TEXT), "value": ("综合得分", POINTS), "distance": ("离线", POINTS),
    "grade": ("等次", TEXT), "pending": ("待定", TEXT),
}  # fmt: skip
PROFILE = {
    "item": ("项目", TEXT), "points": ("分值", POINTS), "share": ("得分率", PERCENT), "low": ("最低", PERCENT),
    "q1": ("下四分位", PERCENT), "median": ("中位数", PERCENT), "q3": ("上四分位", PERCENT), "high": ("最高", PERCENT),
    "place": ("名次", COUNT), "count": ("对象数", COUNT), "behind": ("低于中位数（分）", POINTS),
}  # fmt: skip
ONE_ITEM = {
    "place": ("名次", COUNT), "label": ("考核对象", TEXT), "share": ("得分率", PERCENT),
    "value": ("计入综合得分", POINTS),
}  # fmt: skip
YEARS = {
    "label": ("考核对象", TEXT), "year": ("年度", COUNT), "value": ("综合得分", POINTS), "grade": ("等次", TEXT),
    "change": ("比上年", POINTS),
}  # fmt: skip
Sheet = Mapping[str, tuple[str, str]]


def summary_sheet(share: bool) -> Sheet:
    """The columns of `distributions.summary`, of shares or of points."""
    kind = PERCENT if share else POINTS
    names = {
        "low": "最低",
        "q1": "下四分位",
        "median": "中位数",
        "q3": "上四分位",
        "high": "最高",
        "mean": "平均",
        "spread": "标准差",
    }
    return {"group": ("分组", TEXT), "count": ("个数", COUNT), **{key: (name, kind) for key, name in names.items()}}


def shown(table: pd.DataFrame, sheet: Sheet) -> pd.DataFrame:
    """A table as text, with the columns of `sheet` that it has."""
    columns = {header: table[name].map(_writer(kind)) for name, (header, kind) in sheet.items() if name in table}
    return pd.DataFrame(columns).astype(object)


def numbers(sheet: Sheet) -> list[str]:
    """The headers of a sheet that hold figures."""
    return [header for header, kind in sheet.values() if kind != TEXT]


def _writer(kind: str):
    """How a value of a kind is written."""
    if kind == TEXT:
        return lambda value: {True: "是", False: "否"}[bool(value)] if isinstance(value, bool) else str(value)
    ways = {
        PERCENT: lambda value: f"{show(value * 100, 1)}%",
        POINTS: show,
        COEFFICIENT: show,
        COUNT: lambda value: f"{value:.0f}",
    }
    return lambda value: DASH if pd.isna(value) else ways[kind](float(value))
