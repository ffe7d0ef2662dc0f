"""Whether the measurement is any good: item map, effective weights, leniency of raters, and subjects × items."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from kaohe_tools.charts.lettering import beside
from kaohe_tools.charts.placing import room_for, side_labels
from kaohe_tools.charts.rows import clean, spread
from kaohe_tools.explore import Study, effective_weights, item_table, leniency, matrix
from kaohe_tools.explore.items import ALL_FULL, ALL_SAME, GOOD, LEAST, POOR, REVERSED, TOO_FEW, VERDICTS, WEAK
from kaohe_tools.style import (
    ACCENT,
    FAINT,
    GRID,
    INK,
    LOSSES,
    MUTED,
    PAPER,
    PARTS,
    Chart,
    empty_chart,
    new_chart,
    shorten,
)

LABELS = 28  # items named on the map: those that tell least apart
COLUMNS = 40  # items of a heat map
ROWS = 80  # subjects of a heat map
SHADES = 16  # steps of colour: more would not be told apart, and would tint the paper where a picture has 256
RATERS = 40  # raters of a chart: those farthest from the others
LOOKS = {
    "区分度好": (PARTS[0], "o"), "区分度较好": (PARTS[1], "s"), "区分度一般": (PARTS[3], "^"),
    WEAK: (ACCENT, "D"), REVERSED: (PARTS[4], "X"),
}  # fmt: skip


def item_map(what: Study, level: str = "指标") -> Chart:
    """Each item by difficulty (mean share of points, across) and discrimination (item–rest correlation, upwards)."""
    title = f"{what.title}：各项目的难度和区分度"
    if what.count < LEAST:
        text = f"只有 {what.count} 个对象，不足 {LEAST} 个，相关系数没有意义，不画区分度。"
        return empty_chart(title, text, what.simulated)
    table = item_table(matrix(what, level))
    still = int(table["verdict"].isin([ALL_FULL, ALL_SAME]).sum())
    shown = table[~table["verdict"].isin([ALL_FULL, ALL_SAME, TOO_FEW])]
    if shown.empty:
        return empty_chart(title, f"{still} 项都是人人满分或人人同分，没有一项能把好差分开。", what.simulated)
    subtitle = f"横：平均得分率，越靠右越容易；纵：与其余各项合计的相关，低于 {POOR:g} 的几乎没有区分度"
    subtitle += f"；另有 {still} 项人人满分或同分，不在图中" if still else ""
    named = shown.loc[shown["rest"].sort_values(kind="stable").index[:LABELS]]
    subtitle += f"\n共 {len(shown)} 项，写出名称的为区分度最低的 {len(named)} 项" if len(named) < len(shown) else ""
    height = max(3.6, 0.9 + 0.2 * len(named))
    chart = new_chart(title, subtitle, height, what.simulated)
    axes = chart.subplots()
    _draw_items(axes, shown)
    room = room_for(height - 0.6, 8.4) * (axes.get_ylim()[1] - axes.get_ylim()[0])
    points = [(row.mean_ * 100, row.rest) for row in named.rename(columns={"mean": "mean_"}).itertuples()]
    edge = _map_edge(shown)
    side_labels(axes, points, [shorten(name, 18) for name in named["item"]], edge[1], room, size=8.4, colours=INK)
    handles = [_dot(*LOOKS[word], word) for word in LOOKS if (shown["verdict"] == word).any()]
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=len(handles), fontsize=9)
    return chart


def _map_edge(shown: pd.DataFrame) -> tuple[float, float, float]:
    """Left end of the shares, where the names begin, and the right end of the axes."""
    low, high = spread(shown["mean"] * 100)
    return low, high + 0.05 * (high - low), high + 0.5 * (high - low)


def _draw_items(axes: Axes, shown: pd.DataFrame) -> None:
    low, names, right = _map_edge(shown)
    axes.set_xlim(low, right)
    axes.set_ylim(min(float(shown["rest"].min()) - 0.1, -0.1), max(float(shown["rest"].max()) + 0.1, GOOD + 0.1))
    ticks = [tick for tick in axes.get_xticks() if low <= tick <= names and tick <= 100.0001]
    axes.set_xticks(ticks, [f"{tick:g}%" for tick in ticks])
    for bar in VERDICTS:
        axes.hlines(bar, low, names, color=FAINT, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    axes.hlines(0, low, names, color=MUTED, linewidth=0.8, zorder=1)
    for word, (colour, marker) in LOOKS.items():
        own = shown[shown["verdict"] == word]
        look = {"color": colour, "marker": marker, "edgecolors": PAPER, "linewidths": 0.6}
        axes.scatter(own["mean"] * 100, own["rest"], s=46, zorder=3, **look)
    clean(axes, "y")


def _dot(colour: str, marker: str, label: str, hollow: bool = False) -> Line2D:
    face = PAPER if hollow else colour
    look = {
        "markersize": 7,
        "markerfacecolor": face,
        "markeredgecolor": colour,
        "markeredgewidth": 1.3 if hollow else 0.6,
    }
    return Line2D([], [], linestyle="", marker=marker, label=label, **look)


def weight_dumbbell(what: Study, level: str = "部分") -> Chart:
    """Nominal weights beside what makes the differences: share of variance, and normalised squared correlations."""
    title = f"{what.title}：名义权重与实际作用"
    table = effective_weights(what, level)
    table = table[table["variance"].notna()].reset_index(drop=True)
    if len(table) < 2:
        few = what.count < LEAST
        text = f"只有 {what.count} 个对象，不足 {LEAST} 个，比例没有意义。" if few else "没有两个以上可比的部分。"
        return empty_chart(title, text, what.simulated)
    subtitle = "空心圆为分值占比；实心圆为综合得分的差距有多少来自它（合计 100%）"
    subtitle += (
        "\n菱形为与综合得分的相关平方在各部分中的占比（Paruolo、Saisana、Saltelli 2013）；右侧：名义 → 差距来自它"
    )
    chart = new_chart(title, subtitle, 0.9 + 0.36 * len(table), what.simulated)
    axes = chart.subplots()
    y = np.arange(len(table))
    nominal, variance, effective = (
        table[name].to_numpy(dtype=float) * 100 for name in ("nominal", "variance", "effective")
    )
    ends = np.vstack([np.nan_to_num(nominal), variance])
    axes.hlines(y, ends.min(axis=0), ends.max(axis=0), color=FAINT, linewidth=2.4, zorder=1)
    axes.vlines(0, -0.5, len(table) - 0.5, color=GRID, linewidth=1.0, zorder=0)
    axes.scatter(effective, y, s=44, marker="D", color=PARTS[3], edgecolor=PAPER, linewidth=0.6, zorder=2)
    axes.scatter(variance, y, s=64, color=PARTS[0], edgecolor=PAPER, linewidth=0.6, zorder=3)
    axes.scatter(nominal, y, s=72, facecolor="none", edgecolor=ACCENT, linewidth=1.5, zorder=4)
    beside(axes, y, [shorten(name, 18) for name in table["part"]])
    beside(axes, y, [_weights_text(row) for row in table.to_dict("records")], 8.6, INK, right=True)
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.xaxis.set_major_formatter("{x:g}%")
    handles = [
        _dot(ACCENT, "o", "名义权重", hollow=True), _dot(PARTS[0], "o", "差距来自它"), _dot(PARTS[3], "D", "实际权重"),
    ]  # fmt: skip
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, fontsize=9)
    clean(axes)
    return chart


def _weights_text(row: dict) -> str:
    nominal = "没有分值" if pd.isna(row["nominal"]) else f"{row['nominal'] * 100:.1f}%"
    return f"{nominal} → {row['variance'] * 100:.1f}%"


def leniency_intervals(marked: pd.DataFrame, title: str, simulated: bool, by: str = "rater") -> Chart:
    """How far each rater lies above the others on the same items, with 95 % intervals; strictest on top."""
    table = leniency(marked, by)
    if table.empty:
        return empty_chart(title, "没有两位评分人评过同一项（或得分表没有写评分人），不能比较松紧。", simulated)
    kept = table.loc[table["deviation"].abs().sort_values(ascending=False, kind="stable").index[:RATERS]].sort_index()
    subtitle = "与同评一项的其他人相比的平均差（百分点）；横线为 95% 区间，不碰零线的（红）超出偶然"
    subtitle += f"；共 {len(table)} 位，图中为差别最大的 {len(kept)} 位" if len(kept) < len(table) else ""
    chart = new_chart(title, subtitle, 0.75 + 0.3 * len(kept), simulated)
    axes = chart.subplots()
    y = np.arange(len(kept))
    colours = [ACCENT if firm else PARTS[0] for firm in kept["firm"]]
    axes.hlines(y, kept["low"] * 100, kept["high"] * 100, color=colours, linewidth=1.8, zorder=2)
    axes.scatter(kept["deviation"] * 100, y, s=44, c=colours, edgecolor=PAPER, linewidth=0.6, zorder=3)
    axes.vlines(0, -0.6, len(kept) - 0.4, color=INK, linewidth=0.9, zorder=1)
    beside(axes, y, [shorten(name) for name in kept["who"]], 9)
    notes = [f"{row.deviation * 100:+.1f}（{row.subjects} 个对象）" for row in kept.itertuples()]
    beside(axes, y, notes, 8.6, INK, right=True)
    axes.set_ylim(len(kept) - 0.4, -0.6)
    reach = np.nanmax(np.abs(kept[["low", "high", "deviation"]].to_numpy() * 100)) * 1.1 + 0.5
    axes.set_xlim(-reach, reach)
    axes.set_xlabel("← 偏严　　　偏松 →", fontsize=9)
    clean(axes)
    return chart


def item_heat(what: Study, level: str = "指标") -> Chart:
    """Subjects by rank (down) × items from hard to easy (across): the darker, the lower the share of points."""
    cells = matrix(what, level)
    title = f"{what.title}：对象 × 项目得分率"
    if cells.shares.empty or not cells.shares.shape[1]:
        return empty_chart(title, "没有可分项的得分。", what.simulated)
    means = cells.shares.mean().sort_values(kind="stable")
    order = what.subjects.sort_values(["within", "rank", "label"], kind="stable").index[:ROWS]
    shares = cells.shares.loc[order, means.index[:COLUMNS]]
    subtitle = (
        "从上到下按排名，从左到右由难到易，颜色越深得分率越低；灰色为没有此项。好指标上浅下深，杂乱的说明区分不开"
    )
    subtitle += f"\n共 {len(means)} 项，图中为最难的 {COLUMNS} 项" if len(means) > COLUMNS else ""
    subtitle += f"\n共 {what.count} 个对象，图中为排名在前的 {ROWS} 个" if what.count > ROWS else ""
    longest = max(len(shorten(name, 14)) for name in shares)
    per_row = 0.25 if len(order) <= 32 else 0.2
    chart = new_chart(title, subtitle, max(1.4, 0.5 + per_row * len(order)) + 0.115 * longest, what.simulated)
    axes = chart.subplots()
    low = min(0.6, float(np.floor(np.nanmin(shares.to_numpy()) * 10) / 10))
    shade = np.round(np.ma.masked_invalid((shares.to_numpy() - low) / (1 - low)) * SHADES) / SHADES
    axes.pcolormesh(shade, cmap=LOSSES, vmin=0, vmax=1, edgecolors=GRID, linewidth=0.6)
    beside(axes, np.arange(len(order)) + 0.5, _names(what, order), 9 if len(order) <= 32 else 7.8)
    axes.set_xlim(0, max(shares.shape[1] + 0.5, 8))
    axes.set_ylim(len(order), 0)
    axes.xaxis.tick_top()
    look = {"rotation": 55, "ha": "left", "rotation_mode": "anchor"}
    axes.set_xticks(
        np.arange(shares.shape[1]) + 0.5, [shorten(name, 14) for name in shares], fontsize=8.4, color=INK, **look
    )
    axes.spines[:].set_visible(False)
    return chart


def _names(what: Study, order: pd.Index) -> list[str]:
    rows = what.subjects.loc[order]
    return [f"{shorten(row.label, 18)}  {row.rank_:>2}" for row in rows.rename(columns={"rank": "rank_"}).itertuples()]
