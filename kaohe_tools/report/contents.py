"""The index page: every stage and category at a glance, the problems of the data, and where everything came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from kaohe_tools.exact import show_short
from kaohe_tools.problems import ERROR, LEVELS, WARNING, Place
from kaohe_tools.report.pages import Frame, render
from kaohe_tools.report.plan import INDEX, Page
from kaohe_tools.results import LABEL, Category, Results

SHOWN = 12  # subjects of the top grade listed before the rest is folded up
LEVEL_STYLES = {ERROR: "error", WARNING: "warning"}


def write_index(
    folder: Path, frame: Frame, tables: Sequence[str], remarks: Mapping[Page, str], notices: Sequence[str]
) -> None:
    """Write index.html. `tables`: files in tables/; `remarks`: what to say of single pages; `notices`: of the report."""
    results = frame.results
    html = render(
        "contents.html.j2",
        c=frame.context(),
        show=SHOWN,
        tables=tables,
        notices=notices,
        stages=[_stage(results, stage, pages, remarks) for stage, pages in frame.all_stages],
        problems=_problems(results.problems),
        params=_flat(results.run.get("params", {})),
        readings=results.run.get("readings", {}),
        versions=results.run.get("versions", {}),
    )
    (folder / INDEX).write_text(html, encoding="utf-8", newline="\n")


def _stage(results: Results, stage: str, pages: Sequence[Page], remarks: Mapping[Page, str]) -> dict[str, Any]:
    """What the index shows of one stage: a row for each category, and the pools of places that are not categories."""
    quotas = results.quotas[results.quotas["环节"] == stage]
    own = quotas[quotas["类别"].isin([page.category for page in pages])].set_index("类别")
    rows = [_row(results.category(stage, page.category), page, own, remarks.get(page, "")) for page in pages]
    return {
        "name": stage,
        "top": results.category(stage, pages[0].category).top_grade,
        "own_places": len(own) > 0,
        "rows": rows,
        "pools": [_texts(pool) for _, pool in quotas[~quotas["类别"].isin(own.index)].iterrows()],
    }


def _row(category: Category, page: Page, own: pd.DataFrame, remark: str) -> dict[str, Any]:
    scores = category.scores
    best = scores[(scores["等次"] == category.top_grade) & (scores["待定"] == "") & (category.top_grade != "")]
    quota = _texts(own.loc[category.name]) if category.name in own.index else {}
    return {
        "category": category.name,
        "link": page.link,
        "remark": remark,
        "subjects": len(scores),
        "places": quota.get("名额", "—"),
        "used": quota.get("已用", "—"),
        "best": list(best[LABEL]),
        "pending": len(category.pending),
    }


def _texts(row: pd.Series) -> dict[str, str]:
    """A row of a table as text, whole numbers without decimals, — for nothing."""
    return {str(name): _text(value) for name, value in row.items()}


def _text(value: object) -> str:
    if isinstance(value, float):
        return "—" if pd.isna(value) else show_short(value)
    return str(value)


def _problems(table: pd.DataFrame) -> list[tuple[str, str, list[dict[str, str]]]]:
    """The problems by level, worst first, with their place as one text."""
    found = []
    for level in LEVELS:
        rows = table[table["级别"] == level].to_dict("records")
        told = [{**row, "place": str(Place(row["文件"], row["工作表"], row["单元格"]))} for row in rows]
        if told:
            found.append((level, LEVEL_STYLES.get(level, "note"), told))
    return found


def _flat(params: Mapping[str, Any]) -> dict[str, str]:
    """Parameters as name → text; those with a value for each category name them all."""
    texts = {}
    for name, value in params.items():
        if isinstance(value, Mapping):
            value = "、".join(f"{key} {_text(item)}" for key, item in value.items())
        texts[f"参数 {name}"] = "未规定" if value is None else _text(value)
    return texts
