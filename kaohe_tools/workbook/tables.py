"""The tables of a results folder as sheets of values: what the workbook holds where nothing is told to recompute it."""

from __future__ import annotations

import pandas as pd

from kaohe_tools.results import ADJUST, LABEL, TOTAL, Category, Results
from kaohe_tools.workbook.grid import LONG, SCORE, Grid, grid_of

SCORE_STEPS = ("得分", "计分", "台账", "排名")  # steps of 理由 that tell how the score came about, not the grade
RECORDS = ("名额", "理由", "运用", "明细", "问题")
DETAIL = {"计入得分": LONG, "计入满分": LONG}


def summary_table(results: Results) -> pd.DataFrame:
    """One row for each category: how many take part, places, grades, what is pending, and the scores' range."""
    rows = []
    for category in results.each_category():
        scores = category.scores
        settled = scores.loc[scores["待定"] == "", "等次"].map(category.level)
        quota = category.quotas[category.quotas["类别"] == category.name]
        row = {"环节": category.stage, "类别": category.name, "参加数": len(scores)}
        row |= {name: quota[name].iloc[0] if len(quota) == 1 else None for name in ("名额", "已用")}
        row |= {grade: int((settled == level).sum()) for level, grade in enumerate(category.grades)}
        row |= {"待定": len(category.pending), "最高分": scores[TOTAL].max(), "最低分": scores[TOTAL].min()}
        rows.append(row)
    table = pd.DataFrame(rows)
    last = ["待定", "最高分", "最低分"]
    return table[[*(name for name in table if name not in last), *last]]


def summary(results: Results, name: str) -> Grid:
    """汇总 as a sheet of values."""
    return grid_of(name, f"{results.title}　汇总", summary_table(results), {"最高分": SCORE, "最低分": SCORE})


def grade_table(category: Category) -> tuple[pd.DataFrame, list[str]]:
    """The grade table of one category, in the order of 结果.csv (that of the ranks), and its columns of figures."""
    scores = category.scores
    parts = [part.name for part in category.parts if part.name in scores]
    rows = pd.DataFrame({"排名": scores["排名"], "考核对象": scores[LABEL]})
    for name in ("分口", "所属单位"):
        if name in scores and (scores[name] != "").any():
            rows[name] = scores[name]
    adjust = [ADJUST] if scores[ADJUST].notna().any() else []
    figures = [*parts, *adjust, TOTAL]
    rows[figures] = scores[figures]
    rows[["等次", "待定"]] = scores[["等次", "待定"]]
    reasons = _main_reasons(category.reasons)
    rows["主要理由"] = [reasons.get(label, "") for label in scores[LABEL]]
    return rows, figures


def grades(category: Category, name: str) -> Grid:
    """A grade table as a sheet of values."""
    rows, figures = grade_table(category)
    return grid_of(name, grade_title(category), rows, dict.fromkeys(figures, SCORE), **grade_looks(category, rows))


def grade_title(category: Category) -> str:
    """The title over a grade table."""
    return f"{category.title}　{category.full_name}等次表"


def grade_looks(category: Category, rows: pd.DataFrame) -> dict:
    """How a grade table is laid out: with its parts' points below the title, to be signed."""
    points = "　".join(f"{part.name} {part.points:g} 分" for part in category.parts)
    return {"note": points, "to_sign": True, "fixed": list(rows).index("考核对象") + 1}


def _main_reasons(reasons: pd.DataFrame) -> dict[str, str]:
    """By subject, what decided its grade, with the articles; how the score came about stands in the sheet 理由."""
    rows = reasons[~reasons["步骤"].isin(SCORE_STEPS)]
    told = rows["说明"] + rows["条款"].map(lambda article: f"（{article}）" if article else "")
    return told.groupby(rows[LABEL], sort=False).agg("；".join).to_dict()


def record_table(results: Results, name: str) -> pd.DataFrame:
    """A table that stands behind the grades, as the results folder has it."""
    tables = {
        "名额": results.quotas, "理由": results.reasons, "运用": results.consequences, "明细": results.contributions,
        "问题": results.problems,
    }  # fmt: skip
    return tables[name].drop(columns=LABEL, errors="ignore")


def record(results: Results, name: str, sheet: str) -> Grid:
    """The same as a sheet of values."""
    table = record_table(results, name)
    fixed = list(table).index("考核对象") + 1 if "考核对象" in table and name != "问题" else 0
    return grid_of(sheet, f"{results.title}　{name}", table, DETAIL if name == "明细" else {}, fixed=fixed)
