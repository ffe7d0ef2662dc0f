"""What changed since last year, where the case gives last year's results: who rose, who fell, grade by grade."""

from __future__ import annotations

from typing import Any

import pandas as pd

from kaohe_tools.document.phrases import NONE, figure
from kaohe_tools.results import LABEL, TOTAL, Category, Results
from kaohe_tools.results.years import FALLS, RISES, STAYS, step_of

UNKNOWN = "不能比较"


def past_context(results: Results) -> dict[str, Any]:
    """What the template of 考核工作报告 may use of last year; 有上年 is false where nothing is known of it."""
    last = _last_year(results)
    if last.empty:
        return {"有上年": False, "上年句": "", "上年": []}
    rows = [row for view in results.each_category() for row in _category(view, last)]
    moved = [row for row in rows if row["变化"] in (RISES, FALLS)]
    counts = {name: sum(row["变化"] == name for row in rows) for name in (RISES, FALLS, STAYS, UNKNOWN)}
    told = "、".join(f"{name}{number}个" for name, number in counts.items() if number)
    year = int(results.run["year"]) - 1
    sentence = f"有{year}年度结果的考核对象{len(rows)}个，与上年相比，等次{told}。"
    return {"有上年": True, "上年句": sentence, "上年": moved}


def _last_year(results: Results) -> pd.DataFrame:
    year = results.run.get("year")
    return results.past[results.past["年度"] == year - 1] if year and len(results.past) else results.past[:0]


def _category(view: Category, last: pd.DataFrame) -> list[dict[str, str]]:
    before = last[last["环节"] == view.stage].set_index(LABEL)
    rows = [row for row in view.scores.to_dict("records") if row[LABEL] in before.index]
    return [_row(view, row, before.loc[row[LABEL]]) for row in rows]


def _row(view: Category, row: dict[str, Any], before: pd.Series) -> dict[str, str]:
    change = step_of(view, before["等次"], "" if row["待定"] else row["等次"]) or UNKNOWN
    return {
        "考核对象": row[LABEL],
        "类别": view.full_name,
        "上年等次": _called(view, before["等次"], row["等次"]) or NONE,
        "本年等次": "待定" if row["待定"] else row["等次"],
        "上年得分": figure(before[TOTAL]),
        "本年得分": figure(row[TOTAL]),
        "变化": change,
    }


def _called(view: Category, grade: str, like: str) -> str:
    """A grade of last year under the name that it has for this subject (合格 for 称职), where this year's tells."""
    aliases = view.spec.get("grade_aliases", {})
    own = {meant: name for name, meant in aliases.items()}
    return own.get(grade, grade) if like in aliases else grade
