"""The ranking of one category: what each subject's score is made of, and where the line of the top grade runs."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from kaohe_tools.charts.grades import draw_dots, grade_legend
from kaohe_tools.charts.lettering import beside, inside
from kaohe_tools.charts.rows import (
    MOST,
    Rows,
    bars,
    clean,
    name_rows,
    rows_of,
    score_range,
    score_text,
    spread,
    stripe,
    verdict,
)
from kaohe_tools.charts.spread import group_spread
from kaohe_tools.results import ADJUST, TOTAL, Category
from kaohe_tools.style import ACCENT, BONUS, INK, MUTED, PAPER, PARTS, PENALTY, Chart, new_chart

LEGEND = 36  # characters that fit above the bars, three of them for each patch


def ranking(category: Category) -> Chart:
    """Bars of the published parts by rank (left), 综合得分 on a scale that shows the differences (right).

    A category of very many subjects that is ranked in groups is shown as one strip for each group.
    """
    if category.group and len(category.scores) > MOST:
        return group_spread(category)
    rows, line = rows_of(category), category.top_line()
    title = f"{category.full_name}：{len(category.scores)} 个考核对象，{score_range(category)}"
    if line is not None and not category.group:
        title += f"，{category.top_grade}线 {line:.2f}"
    left = f"各部分得分累加（满分 {category.points:g}）" if category.parts else "综合得分（不分部分）"
    subtitle = f"左：{left}；右：综合得分，刻度放大{rows.note('排名在前')}"
    chart = new_chart(title, subtitle, rows.height + 0.35, category.simulated)
    bars, dots = chart.subplots(1, 2, sharey=True, width_ratios=[3, 2])
    _draw_parts(bars, rows, category)
    _draw_scores(dots, rows, category)
    name_rows(bars, rows)
    return chart


def _draw_parts(axes: Axes, rows: Rows, category: Category) -> None:
    table, left = rows.table, pd.Series(0.0, index=rows.table.index)
    shown = [part.name for part in category.parts if part.name in table]
    handles = []
    widest = max(category.points, table[TOTAL].max()) if table[TOTAL].notna().any() else category.points
    for name, colour in zip(shown or [TOTAL], PARTS * 3, strict=False):
        values = table[name].fillna(0.0)
        bars(axes, table["y"], left, values, 0.72, facecolor=colour, edgecolor=PAPER, linewidth=0.6)
        wide, ink = values > 0.07 * widest, INK if colour in PARTS[1::2] else PAPER
        texts = [f"{value:.2f}" for value in values[wide]]
        inside(axes, (left + values / 2)[wide], table["y"][wide], texts, rows.size - 1.7, ink)
        left = left + values
        handles.append(Patch(color=colour, label=name))
    if shown:
        handles += _draw_adjustments(axes, table, left)
    axes.set_xlim(0, max(widest, (left + table[ADJUST].fillna(0)).max()) * 1.01)
    columns = max(LEGEND // (3 + max(len(str(handle.get_label())) for handle in handles)), 1)
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=min(len(handles), columns), fontsize=9)
    clean(axes)


def _draw_adjustments(axes: Axes, table: pd.DataFrame, end: pd.Series) -> list[Patch]:
    """加分 goes on at the end of the bar, 扣分 is taken back from it, hatched."""
    change, handles = table[ADJUST].fillna(0.0), []
    for sign, name, colour, hatch in ((1, "加分", BONUS, None), (-1, "扣分", PENALTY, "/////")):
        some = change * sign > 0
        if some.any():
            face = colour if hatch is None else PAPER
            look = {"height": 0.72, "facecolor": face, "edgecolor": colour, "linewidth": 0.6, "hatch": hatch}
            axes.barh(table["y"][some], change[some], left=end[some], **look)
            handles.append(Patch(facecolor=face, edgecolor=colour, hatch=hatch, label=name))
    return handles


def _draw_scores(axes: Axes, rows: Rows, category: Category) -> None:
    table = rows.table[rows.table[TOTAL].notna()]
    stripe(axes, rows)
    draw_dots(axes, category, table, table[TOTAL], table["y"], size=38)
    if not table.empty:
        axes.set_xlim(spread(table[TOTAL]))
    _draw_lines(axes, rows, category)
    _name_scores(axes, rows, category)
    grade_legend(axes, [category])
    clean(axes)


def _draw_lines(axes: Axes, rows: Rows, category: Category) -> None:
    """The line of the top grade, over the rows of its group."""
    for group, members in rows.table.groupby(category.group) if category.group else [(None, rows.table)]:
        line = category.top_line(group)
        if line is not None:
            axes.vlines(line, members["y"].min() - 0.6, members["y"].max() + 0.6, color=ACCENT, linewidth=1, zorder=1)


def _name_scores(axes: Axes, rows: Rows, category: Category) -> None:
    """Score and grade of each row at the right edge."""
    records = rows.table.to_dict("records")
    labels = [f"{score_text(row[TOTAL])}  {verdict(row)}".rstrip() for row in records]
    best = category.top_grade
    colours = [MUTED if row["待定"] else ACCENT if best and row["等次"] == best else INK for row in records]
    beside(axes, rows.table["y"], labels, rows.size, colours, right=True)
