"""The sheets that recompute themselves: inputs, weights, contributions, steps, and the tables to print over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from kaohe_tools.basis import Basis
from kaohe_tools.results import TOTAL, Category, Results
from kaohe_tools.scheme import COMPOSITE
from kaohe_tools.spreadsheet import sheet_names
from kaohe_tools.workbook import tables
from kaohe_tools.workbook.asking import Layout
from kaohe_tools.workbook.detail import Detail
from kaohe_tools.workbook.formulas import count_if, number, same, text
from kaohe_tools.workbook.grid import FIXED, LIVE, SCORE, Grid, breaks_by
from kaohe_tools.workbook.guide import guide_of
from kaohe_tools.workbook.quotas import NOTE, Quotas
from kaohe_tools.workbook.scores import Scores, sheet_of
from kaohe_tools.workbook.steps import Steps
from kaohe_tools.workbook.weights import Weights, weights_of

SAME, OTHER_GRADE, OTHER_SCORE = "一致", "等次不同", "得分或排名不同"
AGAINST = "与公布结果"


@dataclass
class Live:
    """The sheets of one workbook while their formulas are made."""

    results: Results
    basis: Basis
    names: Mapping[str, str]
    weights: Weights
    layouts: dict[str, Layout]
    detail: Detail
    quotas: Quotas


def live_sheets(results: Results, basis: Basis) -> list[Grid]:
    """All sheets in order: 说明, 权重, 汇总, grade tables, 名额, 理由, 运用, 明细, 推演, 问题."""
    categories = results.each_category()
    keys = ["说明", "权重", "汇总", *(f"{c.stage}·{c.name}" for c in categories), "名额", "理由", "运用", "明细"]
    keys += [*(f"推演·{stage}" for stage in basis.stages), "问题"]
    names = dict(zip(keys, sheet_names(keys), strict=True))
    made = _made(results, basis, names)
    grades = {(c.stage, c.name): _grades(made, c, names[f"{c.stage}·{c.name}"]) for c in categories}
    summary = _summary(made, categories, grades)
    records = {name: tables.record(results, name, names[name]) for name in ("理由", "运用", "问题")}
    records["理由"].note = "理由是公布结果的理由，不随表中改动变化"
    records["运用"].note = "运用是公布结果的运用，不随表中改动变化"
    for grid, keys in (
        (made.weights.grid, ["环节"]),
        (made.detail.grid, ["环节", "类别"]),
        (records["理由"], ["环节"]),
    ):
        grid.breaks = breaks_by(list(zip(*(grid.columns[key].values for key in keys), strict=True)))
    guide = guide_of(names["说明"], results, made.layouts, basis)
    sheets = [layout.grid for layout in made.layouts.values()]
    behind = [made.quotas.grid, records["理由"], records["运用"], made.detail.grid]
    return [guide, made.weights.grid, summary, *grades.values(), *behind, *sheets, records["问题"]]


def _made(results: Results, basis: Basis, names: Mapping[str, str]) -> Live:
    """Inputs, contributions, steps and places, with all their formulas."""
    title = results.title
    weights = weights_of(basis, names["权重"], f"{title}　权重")
    layouts: dict[str, Layout] = {}
    for stage, there in basis.stages.items():
        grid = sheet_of(stage, names[f"推演·{stage}"], f"{title}　推演·{stage}", len(there.numbers))
        layouts[stage] = Layout(basis.scheme.stages[stage], there, grid)
    detail = Detail(
        basis, Grid(names["明细"], f"{title}　明细", len(basis.lines), fixed=3, widest=28), layouts, weights
    )
    detail.grid.note = "黄色的分值、完成值、得分可以改；“计入得分”=得分×部分分值/本部分分值合计"
    detail.reserve(tables.record_table(results, "明细"))
    published = {stage: results.scores[results.scores["环节"] == stage] for stage in basis.stages}
    quotas = Quotas(
        basis, Grid(names["名额"], f"{title}　名额", 0, NOTE), layouts, tables.record_table(results, "名额"),
        {stage: rows["等次"].tolist() for stage, rows in published.items()},
        {stage: {m: rows[m].tolist() for m in layouts[stage].stage.mark_names} for stage, rows in published.items()},
    )  # fmt: skip
    scores = {stage: Scores(layout, layouts, basis) for stage, layout in layouts.items()}
    steps = {stage: Steps(layout, layouts, basis, quotas) for stage, layout in layouts.items()}
    for stage in layouts:
        scores[stage].reserve()
        steps[stage].reserve()
    for stage in layouts:
        ranks = {name: published[stage][name].tolist() for name in ("排名", TOTAL)}
        scores[stage].fill(detail, ranks)
        steps[stage].fill()
    detail.fill()
    quotas.fill()
    return Live(results, basis, names, weights, layouts, detail, quotas)


def _grades(made: Live, category: Category, name: str) -> Grid:
    """The grade table of a category; its figures are those of 推演, each beside what was published."""
    rows, figures = tables.grade_table(category)
    layout = made.layouts[category.stage]
    grid = Grid(name, tables.grade_title(category), len(rows), **tables.grade_looks(category, rows))
    marks = [mark for mark in layout.stage.mark_names if mark in category.scores]
    at = [i for i, own in enumerate(layout.basis.categories) if own == category.name]
    there = layout.grid.there
    sources = {"排名": "rank", TOTAL: f"score:{COMPOSITE}", "等次": "shown", "待定": "pending"}
    sources |= {figure: f"score:{figure}" for figure in figures if figure != TOTAL} | {m: f"mark:{m}" for m in marks}
    rows = pd.concat([rows, category.scores[marks]], axis=1)
    order = [key for key in rows if key not in (*marks, "主要理由")] + [*marks, AGAINST, "主要理由"]
    for key in order:
        grid.reserve(key, number_format=SCORE if key in figures else "General")
    for key in rows:
        source = sources.get(key)
        if source is None or source not in layout.grid.columns:
            grid.fill(key, rows[key].tolist())
            continue
        told = [value is not None and value == value for value in rows[key]]
        formulas = [there(source, i) if known else None for i, known in zip(at, told, strict=True)]
        grid.fill(key, rows[key].tolist(), formulas, [LIVE if known else FIXED for known in told])
    grid.fill(AGAINST, [SAME] * len(rows), [_against(grid, rows, row, marks) for row in range(len(rows))])
    return grid


def _against(grid: Grid, rows: pd.DataFrame, row: int, marks: list[str]) -> str:
    """Does what is computed now agree with what was published?"""
    words = [key for key in ("等次", "待定", *marks)]
    grade = ",".join(f"{grid.here(key, row)}={text(rows[key].iloc[row])}" for key in words)
    figures = f"{grid.here('排名', row)}={number(rows['排名'].iloc[row])}"
    figures += f",{grid.here(TOTAL, row)}={number(rows[TOTAL].iloc[row])}"
    return f"IF(AND({grade}),IF(AND({figures}),{text(SAME)},{text(OTHER_SCORE)}),{text(OTHER_GRADE)})"


def _summary(made: Live, categories: list[Category], grades: Mapping[tuple[str, str], Grid]) -> Grid:
    """汇总: counts over the sheets 推演, places of 名额, the range of scores of each grade table."""
    grid = tables.summary(made.results, made.names["汇总"])
    pools = [(row.stage, row.pool.name) for row in made.quotas.rows]
    formulas: dict[str, list[str | None]] = {key: [None] * len(categories) for key in grid.columns}
    for row, category in enumerate(categories):
        layout, table = made.layouts[category.stage], grades[category.stage, category.name]
        code = layout.codes["类"][layout.basis.categories.index(category.name)]
        inside = [layout.grid.span("code:类", outside=True), str(code)]
        formulas["参加数"][row] = count_if(*inside)
        if pools.count((category.stage, category.name)) == 1:
            at = pools.index((category.stage, category.name))
            for name in ("名额", "已用"):
                formulas[name][row] = made.quotas.grid.there(name, at)
        for grade in category.grades:
            formulas[grade][row] = count_if(*inside, layout.grid.span("grade", outside=True), same(grade))
        total = table.span(TOTAL, outside=True)
        formulas["最高分"][row], formulas["最低分"][row] = f"MAX({total})", f"MIN({total})"
        if layout.stage.grades:
            pending = layout.grid.span("pending", outside=True)
            formulas["待定"][row] = f'SUMPRODUCT(({inside[0]}={code})*({pending}<>""))'
    for key, column in grid.columns.items():
        if any(formulas[key]):
            grid.fill(key, column.values, formulas[key])
    return grid
