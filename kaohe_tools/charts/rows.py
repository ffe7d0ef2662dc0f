"""What charts with one row for each subject share: the order of rows, their height, labels and group headings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from kaohe_tools.charts.lettering import Lettering, beside
from kaohe_tools.charts.placing import short_names
from kaohe_tools.results import LABEL, TOTAL, Category
from kaohe_tools.style import FAINT, FONT, GRID, MUTED

GAP = 1.3  # rows of room that the heading of a group takes
LONGEST = 20  # characters of a name that are drawn
MOST = 80  # rows that one chart shows; of more, those that matter most to it


@dataclass(frozen=True)
class Rows:
    """Subjects from top to bottom: `table` is rows of 结果.csv with `y`; `headings` are group names with their y."""

    table: pd.DataFrame
    headings: list[tuple[str, float]]
    left_out: int = 0

    def note(self, chosen: str) -> str:
        """Words for a subtitle that say which rows are shown where not all are; '' where all are."""
        return f"；共 {self.count + self.left_out} 个，图中为{chosen}的 {self.count} 个" if self.left_out else ""

    @property
    def count(self) -> int:
        return len(self.table)

    @property
    def y(self) -> pd.Series:
        """Positions by subject."""
        return self.table.set_index(LABEL)["y"]

    @property
    def size(self) -> float:
        """Points of the labels: smaller where there are many."""
        return 9.0 if self.count <= 32 else 8.2

    @property
    def height(self) -> float:
        """Inches that all rows take, axis and room included."""
        per_row = 0.27 if self.count <= 32 else 0.225
        return max(1.2, 0.7 + per_row * (self.count + GAP * len(self.headings)))


def rows_of(category: Category, matter: pd.Series | None = None) -> Rows:
    """Subjects by rank (within their group, where ranks are per group), best on top.

    Of more than MOST the ones are shown for whom `matter` (by subject; default: a good rank) is largest.
    """
    table = category.scores.assign(_order=category.scores["排名"].fillna(float("inf")))
    weight = -table["_order"] if matter is None else table[LABEL].map(matter).fillna(float("-inf"))
    by_weight = table.assign(_weight=weight).sort_values(["_weight", LABEL], ascending=[False, True], kind="stable")
    left_out = max(len(table) - MOST, 0)
    table = table.loc[by_weight.index[:MOST]]
    table = table.sort_values([*filter(None, [category.group]), "_order", LABEL], kind="stable")
    position, before, places, headings = 0.0, None, [], []
    for group in table[category.group].tolist() if category.group else [None] * len(table):
        if group != before:
            before = group
            headings.append((before or "（未分组）", position + 0.15))
            position += GAP
        places.append(position)
        position += 1
    return Rows(table.assign(y=places).drop(columns="_order").reset_index(drop=True), headings, left_out)


def name_rows(axes: Axes, rows: Rows, ranked: bool = True) -> None:
    """Label the rows of the left axes with rank and name, and write the headings of groups above their rows."""
    ranks = [f"{rank:.0f}" if ranked and pd.notna(rank) else "" for rank in rows.table["排名"]]
    names = short_names(rows.table[LABEL].tolist(), LONGEST)
    labels = [f"{name}  {rank:>2}" if ranked else name for name, rank in zip(names, ranks, strict=True)]
    beside(axes, rows.table["y"], labels, rows.size)
    axes.set_ylim(rows.table["y"].max() + 0.7, min(-0.7, *(y - 0.7 for _, y in rows.headings), 0))
    place = axes.get_yaxis_transform()
    if rows.headings:
        points = np.array([(0.0, y) for _, y in rows.headings])
        texts = [heading for heading, _ in rows.headings]
        axes.add_artist(Lettering(points, texts, rows.size + 0.5, place, colours=MUTED, side="left"))
        axes.hlines(points[:, 1] + 0.42, 0, 1, transform=place, color=FAINT, linewidth=0.6)


def clean(axes: Axes, grid: str = "x") -> None:
    """No frame but a faint grid across the values; where they run across, rows have names `beside` them, no axis."""
    axes.spines[:].set_visible(False)
    axes.grid(axis=grid)
    figures = {"labelfontfamily": FONT} if grid == "x" else {}  # it has them all: no need to look into other fonts
    axes.tick_params(axis="x", labelsize=8.5, **figures)
    axes.yaxis.set_visible(grid != "x")


def bars(
    axes: Axes,
    y: Sequence[float],
    left: Sequence[float],
    width: Sequence[float],
    height: float,
    **look: Any,
) -> None:
    """Bars from `left` on, `height` high, as one artist; the limits of the axes are not changed."""
    x0, x1, y = np.asarray(left, dtype=float), np.add(left, width, dtype=float), np.asarray(y, dtype=float)
    low, high = y - height / 2, y + height / 2
    corners = np.stack([np.stack(corner, axis=-1) for corner in ((x0, low), (x1, low), (x1, high), (x0, high))], axis=1)
    axes.add_collection(PolyCollection(corners, **{"joinstyle": "miter", "zorder": 1, **look}), autolim=False)


def stripe(axes: Axes, rows: Rows) -> None:
    """Thin lines that lead the eye from a name to its values."""
    look = {"color": GRID, "linewidth": 0.6, "zorder": 0}
    axes.hlines(rows.table["y"], 0, 1, transform=axes.get_yaxis_transform(), **look)


def spread(values: pd.Series) -> tuple[float, float]:
    """Limits that show the differences between values, with room on both sides."""
    low, high = float(values.min()), float(values.max())
    room = max((high - low) * 0.08, 0.5)
    return low - room, high + room


def score_text(value: float) -> str:
    """A published score as it is published."""
    return "—" if pd.isna(value) else f"{value:.2f}"


def verdict(row: dict[str, object]) -> str:
    """What stands beside a score: the grade, or 待定 where a person still decides."""
    return "待定" if row["待定"] else str(row["等次"])


def score_range(category: Category) -> str:
    """The span of 综合得分 in words."""
    scores = category.scores[TOTAL].dropna()
    if scores.empty:
        return "尚无综合得分"
    if len(scores) == 1:
        return f"综合得分 {scores.iloc[0]:.2f}"
    return f"综合得分 {scores.min():.2f}–{scores.max():.2f}"
