"""An office made for exploring: any number of units, ten shared items, raters in panels, two voter groups, history."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from offices import make_case

FULL, SAME = "人人满分项", "人人同分项"
RATERS = {"甲组": ("张三", "李四", "王五"), "乙组": ("赵六", "钱七", "孙八")}
LENIENT, STRICT = "李四", "钱七"
SHARED = ("党建", "保密", "信访", "政务公开", "信息化", "精神文明", FULL, SAME)
LEADERS, PEOPLE = "领导小组测评", "负责人和群众测评"


def make_office(
    folder: Path, count: int = 12, *, seed: int = 3, raters: bool = True, opposed: bool = False, flat: bool = False,
    few: int = 0, **yaml: object,
) -> Path:  # fmt: skip
    """Write a case of `count` units of 厅机关.

    opposed: the voter groups rank the units in opposite order. flat: the leaders give all the same. few: how many units
    have only two leaders' votes.
    """
    random = np.random.default_rng(seed)
    names = [f"第{i + 1:02d}处" for i in range(count)]
    names[-1] = "自然资源节约集约利用与国土空间用途管制处"[:20]
    ability = random.normal(0.0, 1.0, count)
    sheets = {
        "名册": [["考核对象", "类别"], *([name, "厅机关"] for name in names)],
        "指标": _indicators(names),
        "得分": _scores(names, ability, raters, random),
        "测评": _ballots(names, ability, opposed, flat, few),
        "历年等次": _history(names, ability, random),
    }
    settings = {"params": f"{{places: {{厅机关: {max(1, count // 4)}}}}}", "simulated": "true"}
    return make_case(folder, sheets=sheets, **{**settings, **yaml})


def _history(names: list[str], ability: np.ndarray, random: np.random.Generator) -> list[list[object]]:
    years = [(name, level, year) for name, level in zip(names, ability, strict=True) for year in (2017, 2018)]
    rows = [[name, year, "良好及以下", round(86 + 2 * level + random.normal(), 2)] for name, level, year in years]
    return [["考核对象", "年度", "等次", "综合得分"], *rows]


def _indicators(names: list[str]) -> list[list[object]]:
    shared = [["厅机关", None, "党政建设", "共性", item, 5 if item != "党建" else 10] for item in SHARED[:5]]
    shared += [["厅机关", None, "个性指标", "业务", item, 10] for item in SHARED[5:]]
    own = [[None, name, "个性指标", "特色", f"{name[:8]}特色工作", 40] for name in names]
    return [["类别", "考核对象", "部分", "考核项目", "指标", "分值"], *shared, *own]


def _scores(names: list[str], ability: np.ndarray, raters: bool, random: np.random.Generator) -> list[list[object]]:
    rows: list[list[object]] = [["考核对象", "考核项目", "指标", "得分", "满分", "评分人", "考核组"]]
    for i, name in enumerate(names):
        panel = "甲组" if i < len(names) / 2 else "乙组"
        items = [("共性", item) for item in SHARED[:5]] + [("业务", item) for item in SHARED[5:]]
        for project, item in [*items, ("特色", f"{name[:8]}特色工作")]:
            truth = 82 + 7 * ability[i] + random.normal(0.0, 4.0)
            for rater in RATERS[panel] if raters else ("",):
                lean = {LENIENT: 6.0, STRICT: -6.0}.get(rater, 0.0)
                mark = float(np.clip(round(truth + lean + random.normal(0.0, 1.5)), 30, 100))
                mark = {FULL: 100.0, SAME: 90.0}.get(item, mark)
                rows.append([name, project, item, mark, 100, rater or None, panel if raters else None])
    return rows


def _ballots(names: list[str], ability: np.ndarray, opposed: bool, flat: bool, few: int) -> list[list[object]]:
    rows: list[list[object]] = [["考核对象", "评价主体", "优秀", "良好", "一般", "较差"]]
    for i, name in enumerate(names):
        level = int(np.clip(round(10 + 4 * ability[i]), 0, 20))
        against = 20 - level if opposed else level
        leaders = [10, 10, 0, 0] if flat else [against, 20 - against, 0, 0]
        rows.append([name, LEADERS, *([1, 1, 0, 0] if i < few else leaders)])
        rows.append([name, PEOPLE, level, 20 - level, 0, 0])
    return rows


def with_covariances(covariances: np.ndarray, count: int) -> pd.DataFrame:
    """Figures whose sample covariances are exactly these."""
    raw = np.random.default_rng(1).normal(size=(count, len(covariances)))
    raw -= raw.mean(axis=0)
    plain = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw.T))).T
    figures = plain @ np.linalg.cholesky(covariances).T
    return pd.DataFrame(figures, columns=[f"第{i + 1}项" for i in range(len(covariances))])
