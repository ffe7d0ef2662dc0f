"""The index page: every stage and category at a glance, the problems of the data, and where everything came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd

from kaohe_tools.document import Written
from kaohe_tools.exact import show_short
from kaohe_tools.problems import ERROR, LEVELS, WARNING, Place
from kaohe_tools.report.pages import Frame, render
from kaohe_tools.report.plan import INDEX, Page
from kaohe_tools.results import LABEL, Category, Results

SHOWN = 12  # subjects of the top grade listed before the rest is folded up
LEVEL_STYLES = {ERROR: "error", WARNING: "warning"}


def write_index(
    folder: Path,
    frame: Frame,
    pages: Sequence[Page],
    tables: Sequence[str],
    remarks: Mapping[Page, str],
    notices: Sequence[str],
    documents: Sequence[Written] = (),
    pdf: str = "",
) -> None:
    """Write index.html.

    `pages` are all that the case has (those that frame lacks get no link), `tables` the files in tables/; `remarks`
    says something of single pages, `notices` of the whole report. `documents` are those in Word,
    `pdf` is the file that holds the whole, where there is one.
    """
    results = frame.results
    html = render(
        "contents.html.j2",
        c=frame.context(),
        show=SHOWN,
        headline=_headline(results),
        time=str(results.run.get("time", ""))[:16].replace("T", " "),
        tables=tables,
        notices=notices,
        documents=documents,
        pdf=pdf,
        stages=[_stage(frame, stage, list(own), remarks) for stage, own in _by_stage(pages)],
        problems=_problems(results.problems),
        params=results.params,
        readings=results.run.get("readings", {}),
        versions=results.run.get("versions", {}),
    )
    (folder / INDEX).write_text(html, encoding="utf-8", newline="\n")


def _headline(results: Results) -> str:
    """The report in one sentence: how many were assessed, how many are pending, what is wrong with the data."""
    stages = [f"{stage} {(results.scores['环节'] == stage).sum()} 个" for stage in results.stages()]
    pending = int((results.scores["待定"] != "").sum())
    counts = [(level, int((results.problems["级别"] == level).sum())) for level in LEVELS]
    told = "、".join(f"{level} {count} 条" for level, count in counts if count) or "没有问题"
    return f"考核对象：{'、'.join(stages)}；待定 {pending} 个；数据检查：{told}。"


def _by_stage(pages: Sequence[Page]) -> Iterator[tuple[str, Iterator[Page]]]:
    return groupby((page for page in pages if not page.is_overview), key=lambda page: page.stage)


def _stage(frame: Frame, stage: str, pages: Sequence[Page], remarks: Mapping[Page, str]) -> dict[str, Any]:
    """What the index shows of one stage: a row for each category, and the pools of places that are not categories."""
    results = frame.results
    quotas = results.quotas[results.quotas["环节"] == stage]
    single = quotas["类别"].isin([page.category for page in pages]) & ~quotas.duplicated("类别", keep=False)
    own = quotas[single].set_index("类别")
    rows = []
    for page in pages:
        about = {"link": page.link if page in frame.pages else "", "remark": remarks.get(page, "")}
        rows.append({**_row(results.category(stage, page.category), own), **about})
    return {
        "name": stage,
        "top": results.category(stage, pages[0].category).top_grade,
        "own_places": len(own) > 0,
        "rows": rows,
        "pools": [_texts(pool) for _, pool in quotas[~single].iterrows()],
    }


def _row(category: Category, own: pd.DataFrame) -> dict[str, Any]:
    scores = category.scores
    quota = _texts(own.loc[category.name]) if category.name in own.index else {}
    return {
        "category": category.name,
        "subjects": len(scores),
        "places": quota.get("名额", "—"),
        "used": quota.get("已用", "—"),
        "best": list(category.best[LABEL]),
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
