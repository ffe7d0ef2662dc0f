"""One subject's rates part by part beside the middle of its category: small enough to stand beside a table."""

from __future__ import annotations

import math

import pandas as pd

from kaohe_tools.exact import show
from kaohe_tools.style import ACCENT, FAINT, GRID, INK, MUTED, PARTS, SIMULATED, Chart, shorten, use_style

WIDTH, ROW, HEAD, FOOT = 3.5, 0.235, 0.34, 0.24  # inches
NAMES, FIGURES = 1.28, 0.52  # inches at the left for names, at the right for figures
LONGEST = 11  # characters of a name


def rates_against_median(parts: pd.DataFrame, title: str, simulated: bool = False) -> Chart:
    """Points for own rates, ticks for the medians where there are any; one row for each part.

    parts: 部分, 级 (2 for leaves, drawn lighter), 得分率, 中位 (1 = full; NaN: none), top to bottom.
    """
    use_style()
    rows = parts[parts["得分率"].notna()].reset_index(drop=True)
    height = HEAD + ROW * max(len(rows), 1) + FOOT
    chart = Chart(figsize=(WIDTH, height))
    chart.title = title
    place = (NAMES / WIDTH, FOOT / height, 1 - (NAMES + FIGURES) / WIDTH, 1 - (HEAD + FOOT) / height)
    axes = chart.add_axes(place)
    axes.spines[:].set_visible(False)
    axes.set_yticks([])
    axes.set_ylim(max(len(rows), 1) - 0.5, -0.5)
    _key(chart, height, bool(rows["中位"].notna().any()), simulated)
    if rows.empty:
        axes.set_xticks([])
        axes.text(
            0.5, 0, "没有可画的得分率", transform=axes.get_yaxis_transform(), ha="center", color=MUTED, fontsize=8
        )
        return chart
    _scale(axes, rows)
    for y, row in enumerate(rows.itertuples()):
        _row(axes, y, row)
    return chart


def _key(chart: Chart, height: float, compared: bool, simulated: bool) -> None:
    """The key on one line above the drawing, and the stamp."""
    y = 1 - 0.16 / height
    chart.text(0.02, y, "● 得分率", fontsize=8, color=PARTS[0], va="center")
    if compared:
        chart.text(0.22, y, "｜ 同类中位数", fontsize=8, color=INK, va="center")
    if simulated:
        chart.text(0.985, y, SIMULATED, fontsize=8, color=ACCENT, va="center", ha="right")


def _scale(axes, rows: pd.DataFrame) -> None:
    """Whole tens of per cent at both ends, so that differences show; a grid between."""
    values = pd.concat([rows["得分率"], rows["中位"]]).dropna()
    low, high = math.floor(values.min() * 10 - 0.15) / 10, math.ceil(values.max() * 10 - 1e-6) / 10
    ticks = [low, (low + high) / 2, high]
    axes.set_xlim(low, high)
    axes.set_xticks(ticks, [f"{tick * 100:.0f}%" for tick in ticks], fontsize=7.5)
    axes.tick_params(axis="x", pad=2)
    axes.grid(axis="x", color=GRID)


def _row(axes, y: int, row) -> None:
    whole = row.级 < 2
    colour = PARTS[0] if whole else PARTS[1]
    edge = axes.get_yaxis_transform()
    if not math.isnan(row.中位):
        axes.plot([row.中位, row.得分率], [y, y], color=FAINT, linewidth=1.2, zorder=2)
        axes.plot([row.中位, row.中位], [y - 0.3, y + 0.3], color=INK, linewidth=1.3, zorder=3, clip_on=False)
    dot = {"markersize": 6 if whole else 5, "color": colour, "markeredgecolor": PARTS[0], "clip_on": False}
    axes.plot(row.得分率, y, "o", zorder=4, **dot)
    look = {"va": "center", "fontsize": 8 if whole else 7.5, "color": INK if whole else MUTED, "transform": edge}
    axes.text(-0.04, y, shorten(row.部分, LONGEST), ha="right", **look)
    axes.text(1.27, y, f"{show(row.得分率 * 100, 1)}%", ha="right", **look)
