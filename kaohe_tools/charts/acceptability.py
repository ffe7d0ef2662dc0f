"""How firm ranks are: subjects × ranks, the darker the likelier under random weights; beside it the best grade."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from kaohe_tools.charts.grades import PENDING
from kaohe_tools.charts.lettering import beside, inside
from kaohe_tools.charts.placing import short_names
from kaohe_tools.charts.rows import MOST, bars
from kaohe_tools.charts.standing import HEAD, legend
from kaohe_tools.style import ACCENT, FAINT, GRID, INK, MUTED, PAPER, PARTS, Chart, empty_chart, new_chart
from kaohe_tools.whatif.robust import Robustness
from kaohe_tools.whatif.robust.result import percent

_BLUES = LinearSegmentedColormap.from_list("chances", ["#E3EEF7", "#BDD6EA", "#7FB0D6", PARTS[0], "#0B2F50"])
CHANCES = _BLUES.with_extremes(bad=PAPER)  # from light (just possible) to dark (certain), white: never
SHADES = 16  # steps of colour: more would not be told apart, and would tint the paper where a picture has 256
NAMES = 18  # characters of a name
FIGURES = 24  # ranks up to which the cells have room for figures
TIED = {"facecolor": PAPER, "edgecolor": MUTED, "linewidth": 0.5, "hatch": "//////"}
LEAST = 8  # columns that a drawing is wide at least
SHOWN = (0.05, 0.25, 0.5, 0.75, 1.0)  # probabilities of the legend


def acceptability(found: Robustness, category: str) -> Chart:
    """Rank acceptability of a category; a panel for each group that is ranked by itself."""
    own = found.subjects[found.subjects["category"] == category]
    simulated, best = found.case.simulated, found.best_grade
    title = f"{category}：权重抽样 {found.plan.draws:,} 次的名次"
    if own.empty:
        return empty_chart(title, "没有可以比较的对象。", simulated)
    groups = {name: _rows(found, name, len(own)) for name in dict.fromkeys(own["group"])}
    count = sum(len(rows) for rows, _ in groups.values())
    pitch, size = (0.27, 9.0) if count <= 32 else (0.215, 8.2)
    heights = [max(pitch * len(rows), 0.6) for rows, _ in groups.values()]
    subtitle = f"{found.plan.in_words()}；从上到下按今日名次，颜色越深越可能是这一名，方框为今日名次"
    subtitle += f"；右侧为成为{best}的概率和今日等次" if best else ""
    subtitle += f"\n共 {len(own)} 个，图中为名次最不稳的 {count} 个" if count < len(own) else ""
    full = 1.05 + sum(heights) + (HEAD + 0.28) * (len(groups) - 1)
    chart = new_chart(f"{title}——{_found(own, best)}", subtitle, full, simulated)
    columns = {"width_ratios": [5, 1]} if best else {}
    grid = chart.subplots(len(groups), 1 + bool(best), squeeze=False, height_ratios=heights, **columns)
    for panels, (name, (rows, table)) in zip(grid, groups.items(), strict=True):
        _cells(panels[0], rows, table, size)
        if best:
            _chances(panels[1], rows, size, best)
        if len(groups) > 1:
            panels[0].set_title(name.rpartition("·")[2], loc="left", fontsize=10, color=MUTED)
    _legend(grid[0, 0], len(groups) > 1, bool(best) and bool((own["tied"] > 0).any()))
    return chart


def _rows(found: Robustness, group: str, count: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The subjects of a group that are drawn, by today's rank, and their probabilities by rank (`matrix`)."""
    rows = found.subjects[found.subjects["group"] == group].sort_values(["rank", "subject"], kind="stable")
    table = found.matrix(group)
    most = max(MOST * len(rows) // max(count, MOST), 1)
    order = np.lexsort((rows["rank"], -(rows["high"] - rows["low"])))[:most]
    keep = np.isin(np.arange(len(rows)), order)
    table = table[keep]
    possible = np.flatnonzero((table > 0).any())
    return rows[keep], table.iloc[:, possible.min() : possible.max() + 1]


def _found(own: pd.DataFrame, best: str) -> str:
    """What is to be seen, in words for the title."""
    still = int((own["same"] == 1).sum())
    words = f"{still} 个名次始终不变" if still else "没有名次始终不变的"
    if not best:
        return words
    open_ones = int(((own["top"] > 0) & (own["top"] < 1)).sum())
    return f"{words}，{open_ones} 个能否{best}要看权重" if open_ones else f"{words}，{best}名单始终不变"


def _cells(axes: Axes, rows: pd.DataFrame, table: pd.DataFrame, size: float) -> None:
    first, values = int(table.columns[0]), table.to_numpy()
    shade = np.ma.masked_equal(np.ceil(values * SHADES - 1e-9), 0) / SHADES
    x = np.arange(first, first + values.shape[1] + 1) - 0.5
    y = np.arange(len(rows) + 1) - 0.5
    axes.pcolormesh(x, y, shade, cmap=CHANCES, vmin=0, vmax=1, edgecolors=GRID, linewidth=0.5)
    today = rows["rank"].to_numpy()
    box = {"facecolor": "none", "edgecolor": ACCENT, "linewidth": 1.3, "zorder": 4}
    bars(axes, np.arange(len(rows)), today - 0.47, 0.94, 0.88, **box)
    if max(values.shape[1], LEAST) <= FIGURES:
        possible = np.argwhere(values > 0)
        chances = values[values > 0]
        inks = [PAPER if value > 0.6 else INK for value in chances]
        inside(axes, first + possible[:, 1], possible[:, 0], [_figure(value) for value in chances], 7.6, inks)
    axes.set_xlim(first - 0.5, max(first + values.shape[1], first + LEAST) - 0.5)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    names = short_names(rows["name"].tolist(), NAMES)
    beside(axes, range(len(rows)), [f"{n}  {r:>2}" for n, r in zip(names, today, strict=True)], size)
    axes.xaxis.tick_top()
    step = 1 if values.shape[1] <= 32 else 5
    ticks = [rank for rank in table.columns if step == 1 or rank % step == 0 or rank == first]
    axes.set_xticks(ticks, [str(rank) for rank in ticks], fontsize=8.5, color=MUTED)
    axes.spines[:].set_visible(False)


def _figure(share: float) -> str:
    """A probability in a cell, in hundredths; what is possible is never 0, what is not certain never 100."""
    return "<1" if share < 0.01 else ">99" if 0.99 < share < 1 else f"{percent(share)}".removesuffix("%")


def _chances(axes: Axes, rows: pd.DataFrame, size: float, best: str) -> None:
    """Bars of the probability of the best grade (hatched: tied for a last place), figures and today's grade."""
    y = np.arange(len(rows))
    top, tied = rows["top"].to_numpy(), rows["tied"].to_numpy()
    bars(axes, y, np.zeros(len(y)), 1.0, 0.6, facecolor="#F1F3F5")
    bars(axes, y, np.zeros(len(y)), top, 0.6, facecolor=PARTS[0], zorder=2)
    some = tied > 0
    axes.barh(y[some], tied[some], left=top[some], height=0.6, zorder=2, **TIED)
    axes.set_xlim(0, 1)
    axes.set_xticks([0.5], [f"{best}概率"], fontsize=8.5, color=MUTED)
    axes.xaxis.tick_top()
    axes.set_ylim(len(rows) - 0.5, -0.5)
    records = rows.to_dict("records")
    colours = [MUTED if row["pending"] else ACCENT if row["grade"] == best else INK for row in records]
    beside(axes, y, [_chance_text(row) for row in records], size, colours, right=True)
    axes.spines[:].set_visible(False)


def _chance_text(row: dict) -> str:
    return f"{percent(row['top'])}  {PENDING if row['pending'] else row['called']}".rstrip()


def _legend(axes: Axes, grouped: bool, tied: bool) -> None:
    patches = [
        Patch(facecolor=CHANCES(np.ceil(share * SHADES) / SHADES), edgecolor=FAINT, linewidth=0.5, label=f"{share:.0%}")
        for share in SHOWN
    ]
    look = {"linestyle": "", "marker": "s", "markersize": 8.5, "markerfacecolor": "none", "markeredgewidth": 1.3}
    today = Line2D([], [], markeredgecolor=ACCENT, label="今日名次", **look)
    handles = [*patches, today, *([Patch(label="并列待定", **TIED)] if tied else [])]
    legend(axes, handles, 0.22 + HEAD * grouped, handlelength=1.0)
