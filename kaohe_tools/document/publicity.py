"""公示: who holds the best grade, by name only, and for how long it is shown."""

from __future__ import annotations

from typing import Any

import pandas as pd

from kaohe_tools.document.phrases import basis, common, count, marks, names, showing, titled, top_grades
from kaohe_tools.results import LABEL, Category, Results


def is_asked(results: Results) -> bool:
    """Does the regulation, or the case, want the best to be shown in public?"""
    return bool(results.run.get("publicity"))


def concerned(results: Results) -> list[Category]:
    """The categories whose best are shown."""
    stages = results.run["publicity"]["stages"]
    return [view for view in results.each_category() if view.stage in stages and view.top_grade]


def publicity_context(results: Results) -> dict[str, Any]:
    """What the template of 公示 may use; no score, no rank, nobody who is pending."""
    views, rule = concerned(results), results.run["publicity"]
    top, best = top_grades(views), sum(len(view.best) for view in views)
    article = f"{rule['article']}规定" if rule["article"] else "有关规定"
    pending = any(len(view.pending) for view in views)
    return {
        **common(results),
        "标题": titled(f"关于{results.title}", f"{top}名单的公示"),
        "依据句": f"根据{basis(results)}{article}，现将{results.title}中定为{top}的名单予以公示（不分先后）。"
        if best
        else "",
        "等次名": top,
        "有名单": best > 0,
        "总数": count(best),
        "没有名单句": f"截至目前，{results.title}没有定为{top}的考核对象。",
        "公示时间": showing(results)[0],
        "待定句": f"另有考核对象的等次尚未确定，如定为{top}，另行公示。" if pending else "",
        "环节": [_stage(stage, [view for view in views if view.stage == stage]) for stage in rule["stages"]],
    }


def _best(view: Category) -> pd.DataFrame:
    """Who holds the best grade, by name: the order must not tell ranks."""
    return view.best.sort_values([*filter(None, [view.group]), LABEL])


def _stage(stage: str, views: list[Category]) -> dict[str, Any]:
    shown = [view for view in views if len(view.best)]
    return {
        "名称": stage,
        "数": count(sum(len(view.best) for view in shown)),
        "有": bool(shown),
        "类别": [
            {
                "名称": view.name,
                "等次": view.top_grade,
                "数": count(len(view.best)),
                "名单": names(view, _best(view)),
                "其中": [
                    f"其中{mark}{len(rows)}个：{names(view, rows)}。"
                    for mark in marks(view)
                    if len(rows := _best(view)[_best(view)[mark] == "是"])
                ],
            }
            for view in shown
        ],
    }


def publicity_remark(results: Results) -> str:
    """What the office should know of the period before it signs; "" where there is nothing."""
    rule = results.run["publicity"]
    found = showing(results)[1]
    if rule.get("note"):
        return f"{rule['note']}，公示天数请在 case.yaml 的 publicity 里写明" if not rule["days"] else rule["note"]
    if not rule["start"]:
        return "公示时间留空待填；在 case.yaml 写 publicity: {start: 日期}，截止日期按工作日历推算"
    if found and found.unknown:
        return f"工作日历里还没有 {found.unknown} 年的放假安排，公示截止日期留空，请按国务院办公厅的通知填写"
    if found and found.begins_off:
        return "公示开始那天不是工作日，从其后第一个工作日起算"
    return ""
