"""How scores spread: by part within a category, between those who judge, and over all categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from kaohe_tools.charts.grades import draw_dots, grade_legend
from kaohe_tools.charts.lettering import beside
from kaohe_tools.charts.rows import bars, clean, name_rows, rows_of, spread, stripe
from kaohe_tools.results import LABEL, TOTAL, Category, Results
from kaohe_tools.style import ACCENT, FAINT, INK, MUTED, PAPER, PARTS, Chart, empty_chart, new_chart, shorten

MARKERS = ("o", "D", "s", "^", "v", "P", "X")


def part_spread(category: Category) -> Chart:
    """One strip for each leaf part: every subject's share of the part's points, with median, quartiles and extremes."""
    rates = category.leaf_rates
    leaves = [leaf for leaf in category.leaves if (rates["部分"] == leaf.name).any()]
    title = f"{category.full_name}：各部分得分率的分布"
    if not leaves:
        return empty_chart(title, "本类别的综合得分没有可分列的部分。", category.simulated)
    subtitle = "每点为一个考核对象；方框为中间一半，竖线为中位数；得分率＝得分÷该部分分值"
    chart = new_chart(title, subtitle, 0.75 + 0.62 * len(leaves), category.simulated)
    axes = chart.subplots()
    limits = spread(rates["得分率"] * 100)
    rows = [rates[rates["部分"] == leaf.name] for leaf in leaves]
    strips = [own["得分率"].to_numpy() * 100 for own in rows]
    boxes(axes, strips)
    levels = [y + swarm(values, (limits[1] - limits[0]) / 75) for y, values in enumerate(strips)]
    look = {"color": PARTS[0], "edgecolor": PAPER, "linewidth": 0.6, "zorder": 3}
    axes.scatter(np.concatenate(strips), np.concatenate(levels), s=26, **look)
    axes.set_xlim(limits)
    beside(axes, range(len(leaves)), [f"{leaf.name}\n{leaf.points:g} 分" for leaf in leaves], spacing=1.4)
    beside(axes, range(len(leaves)), [_extremes(own) for own in rows], 8.5, right=True, spacing=1.5)
    axes.set_ylim(len(leaves) - 0.45, -0.55)
    axes.xaxis.set_major_formatter("{x:g}%")
    clean(axes)
    return chart


def _extremes(rows: pd.DataFrame) -> str:
    """Who has most and who least, in two short lines; how many, where several share it."""
    most, least = rows["得分率"].max(), rows["得分率"].min()
    ends = []
    for share in (most, least):
        own = rows.loc[rows["得分率"] == share, LABEL]
        ends.append(f"{share:.1%} {shorten(own.iloc[0], 12) if len(own) == 1 else f'{len(own)} 个'}")
    if len(rows) == 1:
        return ends[0]
    return f"都是 {most:.1%}" if most == least else f"最高 {ends[0]}\n最低 {ends[1]}"


def judges(category: Category) -> Chart:
    """For each subject, the rates of the parts that are judged as a whole, joined by a line: how far judges differ."""
    title = f"{category.full_name}：测评得分率"
    if not category.judged:
        return empty_chart(title, "本类别没有按整体评分的部分（测评、领导评价等）。", category.simulated)
    judged = category.leaf_rates[category.leaf_rates["部分"].isin(category.judged)]
    rates = judged.pivot_table(index=LABEL, columns="部分", values="得分率") * 100
    rows = rows_of(category, rates.max(axis=1) - rates.min(axis=1))
    table = rates.reindex(rows.table[LABEL])[[leaf for leaf in category.judged if leaf in rates]]
    subtitle = "按排名从上到下；连线越长，各评价主体的看法差别越大" if table.shape[1] > 1 else "按排名从上到下"
    subtitle += rows.note("看法差别最大")
    chart = new_chart(title, subtitle, rows.height + 0.3, category.simulated)
    axes = chart.subplots()
    stripe(axes, rows)
    y = rows.table["y"].to_numpy()
    axes.hlines(y, table.min(axis=1), table.max(axis=1), color=FAINT, linewidth=2.4, zorder=1)
    for leaf, colour, marker in zip(
        table, (*PARTS[0::3], PARTS[2], PARTS[4], *PARTS[7:], PARTS[1]), MARKERS * 2, strict=False
    ):
        look = {"color": colour, "marker": marker, "edgecolor": PAPER, "linewidth": 0.6, "label": leaf, "zorder": 3}
        axes.scatter(table[leaf], y, s=44, **look)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=min(table.shape[1], 5), fontsize=9)
    axes.set_xlim(spread(table.stack()))
    axes.xaxis.set_major_formatter("{x:g}%")
    name_rows(axes, rows)
    clean(axes)
    return chart


def group_spread(category: Category) -> Chart:
    """One strip of 综合得分 for each group that is ranked by itself (分口, 所属单位)."""
    groups = sorted(set(category.scores[category.group]))
    title = f"{category.full_name}：{len(category.scores)} 个考核对象，按{category.group}排名的综合得分"
    subtitle = "每点为一个考核对象；方框为中间一半，竖线为中位数；空心为待定。各人得分和排名见下表"
    chart = new_chart(title, subtitle, 0.9 + 0.46 * len(groups), category.simulated)
    views = [
        replace(category, name=name or "（未分组）", scores=category.scores[category.scores[category.group] == name])
        for name in groups
    ]
    _stage_panel(chart.subplots(), "", views)
    return chart


def category_spread(results: Results) -> Chart:
    """One strip of 综合得分 for each category, a panel for each stage; the colours are those of the grades."""
    stages = results.stages()
    views = {stage: [results.category(stage, name) for name in results.categories(stage)] for stage in stages}
    count = sum(len(entries) for entries in views.values())
    title, subtitle = "各类别综合得分的分布", "每点为一个考核对象；方框为中间一半，竖线为中位数；空心为待定"
    chart = new_chart(title, subtitle, 0.6 + 0.62 * len(stages) + 0.55 * count, results.simulated)
    panels = chart.subplots(len(stages), 1, squeeze=False, height_ratios=[len(views[s]) + 0.7 for s in stages])[:, 0]
    for axes, stage in zip(panels, stages, strict=True):
        _stage_panel(axes, stage if len(stages) > 1 else "", views[stage])
    return chart


def _stage_panel(axes: Axes, heading: str, views: Sequence[Category]) -> None:
    scores = pd.concat([view.scores[TOTAL] for view in views]).dropna()
    limits = spread(scores) if len(scores) else (0.0, 1.0)
    notes, tables = [], [view.scores[view.scores[TOTAL].notna()] for view in views]
    boxes(axes, [table[TOTAL].to_numpy() for table in tables])
    for y, (view, table) in enumerate(zip(views, tables, strict=True)):
        offsets = swarm(table[TOTAL].to_numpy(), (limits[1] - limits[0]) / 75)
        draw_dots(axes, view, table, table[TOTAL], y + offsets, size=28)
        line = view.top_line() if not view.group else None
        if line is not None:
            axes.vlines(line, y - 0.38, y + 0.38, color=ACCENT, linewidth=1.2, zorder=2)
        span = f"{table[TOTAL].min():.2f}–{table[TOTAL].max():.2f}" if len(table) else "尚无得分"
        notes.append(span + (f"\n{view.top_grade}线 {line:.2f}" if line is not None else ""))
    axes.set_xlim(limits)
    labels = [f"{shorten(view.name)}\n{len(view.scores)} 个" for view in views]
    beside(axes, range(len(views)), labels, spacing=1.4)
    beside(axes, range(len(views)), notes, 8.5, right=True, spacing=1.5)
    axes.set_ylim(len(views) - 0.45, -0.55)
    axes.set_title(heading, loc="left", fontsize=10, color=MUTED)
    clean(axes)
    grade_legend(axes, views, right=True)


def boxes(axes: Axes, strips: Sequence[np.ndarray]) -> None:
    """Boxes of quartiles and medians of what lies on each strip, at y = 0, 1, …; none where there are too few."""
    y = np.array([place for place, values in enumerate(strips) if len(values) > 2])
    if len(y):
        low, middle, high = np.array([np.percentile(strips[place], [25, 50, 75]) for place in y]).T
        bars(axes, y, low, high - low, 0.56, facecolor="#EEF2F4", edgecolor=FAINT, linewidth=0.6)
        axes.vlines(middle, y - 0.28, y + 0.28, color=INK, linewidth=1.4, zorder=2)


def swarm(values: np.ndarray, width: float) -> np.ndarray:
    """Vertical offsets, within ±0.36, that keep values closer than `width` from hiding one another.

    >>> swarm(np.array([5.0, 1.0, 1.01, 1.02]), 0.5).tolist()
    [0.0, 0.0, 0.09, -0.09]
    """
    levels, last = np.zeros(len(values), dtype=int), {}
    for index in np.argsort(values, kind="stable"):
        level = 0
        while level in last and values[index] - last[level] < width:
            level = -level if level > 0 else 1 - level  # 0, 1, -1, 2, -2 …
        levels[index], last[level] = level, values[index]
    return levels * min(0.09, 0.36 / max(np.abs(levels).max(initial=0), 1))
