"""通报: who took part, who holds which grade, what follows from it; what is open is told as open.

Scores are shown only where the case asks for them and the regulation does not keep them secret (see `case`).
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from kaohe_tools.document.phrases import basis, common, count, figure, marked, names, showing, sizes, titled, top_grades
from kaohe_tools.document.publicity import concerned, is_asked
from kaohe_tools.results import LABEL, TOTAL, Category, Results

FEW = 5  # names that are listed again rather than referred to
LIST = "list"  # names by grade, in the order of ranks; otherwise a table


def notice_context(results: Results) -> dict[str, Any]:
    """What the template of 通报 may use."""
    views = results.each_category()
    show = results.run.get("notice", LIST)
    pending = [view for view in views if len(view.pending)]
    matters = consequence_rows(results)
    return {
        **common(results),
        "标题": titled(f"关于{results.title}", "结果的通报"),
        "依据句": f"根据{basis(results)}，对各{_stages(results)}进行了考核，现将结果通报如下。",
        "参加": [f"{sizes(results, stage)}。" for stage in results.stages()],
        "顺序句": _order(views, show),
        "环节": [
            {"名称": stage, "类别": [_category(view, show) for view in views if view.stage == stage]}
            for stage in results.stages()
        ],
        "公示句": _shown(results),
        "有运用": bool(matters),
        "运用": matters,
        "有待定": bool(pending),
        "待定句": f"以下{sum(len(view.pending) for view in pending)}个考核对象的等次尚未确定，确定后另行通报。",
        "待定": [
            {"类别": view.full_name, "数": count(len(view.pending)), "名单": names(view, view.pending)}
            for view in pending
        ],
    }


def _stages(results: Results) -> str:
    return "、".join(results.stages())


def _order(views: list[Category], show: str) -> str:
    """In which order names stand."""
    lists = show == LIST and any(view.grades and len(view.scores) > 1 for view in views)
    grouped = any(view.group for view in views)
    within = "（分组排名的，按组分别排列）" if grouped else ""
    return f"同一等次内按名次排列{within}，名次相同的按名称排列。" if lists else ""


def _category(view: Category, show: str) -> dict[str, Any]:
    listed = show == LIST and bool(view.grades)
    return {
        "名称": view.name,
        "数": count(len(view.scores)),
        "列名单": listed,
        "等次": grade_lists(view) if listed else [],
        "列": [] if listed else _columns(view, show),
        "行": [] if listed else _rows(view, show),
        "说明": _marks(view),
    }


def grade_lists(view: Category) -> list[dict[str, str]]:
    """Each grade, best first, with how many hold it and who; nobody who is pending."""
    decided = view.scores[view.scores["待定"] == ""]
    held = sorted(set(decided["等次"]), key=lambda name: (view.level(name) is None, view.level(name) or 0, name))
    found = []
    for grade in held:
        rows = decided[decided["等次"] == grade]
        found.append({"等次": grade, "数": count(len(rows)), "名单": names(view, rows)})
    if view.top_grade and view.top_grade not in held:
        found.insert(0, {"等次": view.top_grade, "数": "0", "名单": "无"})
    return found


def _columns(view: Category, show: str) -> list[str]:
    group = [view.group] if view.group else []
    return [*group, "名次", "考核对象", *([TOTAL] if show == "scores" else []), *(["等次"] if view.grades else [])]


def _rows(view: Category, show: str) -> list[list[str]]:
    cells = {"名次": lambda row: count(row["排名"]), "考核对象": lambda row: row[LABEL], "等次": _grade}
    cells |= {TOTAL: lambda row: figure(row[TOTAL])}
    columns = _columns(view, show)
    return [
        [cells[name](row) if name in cells else str(row[name]) for name in columns]
        for row in view.scores.to_dict("records")
    ]


def _grade(row: dict[str, Any]) -> str:
    return "待定" if row["待定"] else row["等次"]


def _marks(view: Category) -> list[str]:
    """The yes/no columns (表彰, 评先) in words: those who differ from the others are named."""
    told = []
    for name, answer, rows in marked(view):
        others = "否" if answer == "是" else "是"
        differing = f"{name}为“{answer}”的{len(rows)}个：{names(view, rows)}。"
        told.append(differing if len(rows) else f"{name}：均为“{others}”。")
    return told


def _shown(results: Results) -> str:
    """That the best are shown in public before the notice goes out."""
    if not is_asked(results) or not any(len(view.best) for view in concerned(results)):
        return ""
    rule = results.run["publicity"]
    article = f"按照{rule['article']}，" if rule["article"] else ""
    named = f"{article}定为{top_grades(concerned(results))}的名单应先行公示"
    return f"{named}，公示时间：{showing(results)[0]}；公示无异议后印发本通报。"


def consequence_rows(results: Results, pending: bool = False) -> list[dict[str, str]]:
    """What follows from results: stage, matter, article, how many, who; `pending`: whose grade is open are kept too."""
    table = results.consequences
    open_keys = results.scores.loc[results.scores["待定"] != "", ["环节", LABEL]].apply(tuple, axis=1)
    is_open = table[["环节", LABEL]].apply(tuple, axis=1).isin(set(open_keys)) if len(table) else pd.Series(dtype=bool)
    kept = table.assign(名=table[LABEL].mask(is_open, table[LABEL] + "（等次待定）")) if len(table) else table
    if not pending and len(table):
        kept = kept[~is_open]
    if not len(kept):
        return []
    several, grouped = len(results.stages()) > 1, kept.groupby(["环节", "事项", "条款"], sort=False)["名"]
    return [
        {
            "环节": stage,
            "事项": f"{stage}·{matter}" if several else matter,
            "条款": article,
            "数": count(len(who)),
            "名单": _who(results, stage, who),
        }
        for (stage, matter, article), who in grouped
    ]


def _who(results: Results, stage: str, who: pd.Series) -> str:
    """Names; in one phrase where they are all who hold the best grade, listed already."""
    views = [view for view in results.each_category() if view.stage == stage]
    best = [name for view in views for name in view.best[LABEL]]
    if len(best) > FEW and sorted(best) == sorted(who):
        where = f"{stage}环节" if len(results.stages()) > 1 else ""
        return f"{where}定为{top_grades(views)}的全部对象"
    return "、".join(who)
