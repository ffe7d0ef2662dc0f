"""How grades look: the top one stands out, lower ones darken, what is pending is hollow."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from kaohe_tools.results import Category
from kaohe_tools.style import ACCENT, INK, MUTED, PAPER

PENDING = "待定"
# by level, best first: colour and marker; then grades that stand beside the scale, and schemes without grades
LEVELS = ((ACCENT, "o"), ("#8397A6", "o"), ("#C79A2B", "^"), ("#3D4B57", "s"), ("#111111", "X"))
BESIDE, UNGRADED = ("#8A63B0", "P"), (INK, "o")


def grade_look(category: Category, grade: str) -> tuple[str, str]:
    """Colour and marker of a grade in a category."""
    level = category.level(grade)
    if level is None:
        return BESIDE if grade else UNGRADED
    return LEVELS[min(level, len(LEVELS) - 1)]


def grades_held(views: Sequence[Category]) -> list[tuple[str, str, str]]:
    """What a legend lists, best first: names that share a level, their colour and their marker; only those decided."""
    found: dict[tuple[str, str], list[str]] = {}
    for view in views:
        decided = set(view.scores.loc[view.scores["待定"] == "", "等次"]) - {""}
        for grade in sorted(decided, key=lambda name: (view.level(name) is None, view.level(name) or 0, name)):
            names = found.setdefault(grade_look(view, grade), [])
            names += [grade] if grade not in names else []
    order = [*LEVELS, BESIDE]
    return [("、".join(found[look]), *look) for look in order if look in found]


def grade_legend(axes: Axes, views: Sequence[Category], right: bool = False) -> None:
    """A legend of dots above the axes, for grades and 待定; none where nobody has a grade."""
    handles = [dot(names, colour, marker) for names, colour, marker in grades_held(views)]
    if any(len(view.pending) for view in views):
        handles.append(dot(PENDING, PAPER, "D", MUTED))
    if handles:
        side, corner = ("right", (1, 1)) if right else ("left", (0, 1))
        place = {"loc": f"lower {side}", "bbox_to_anchor": corner}
        axes.legend(handles=handles, ncols=len(handles), fontsize=9, columnspacing=1.2, handletextpad=0.4, **place)


def dot(label: str, colour: str, marker: str, edge: str | None = None) -> Line2D:
    """An entry of a legend for a marker."""
    look = {"markersize": 6.5, "markerfacecolor": colour, "markeredgecolor": edge or colour}
    return Line2D([], [], linestyle="", marker=marker, label=label, **look)


def draw_dots(axes: Axes, category: Category, table: pd.DataFrame, x: pd.Series, y: pd.Series, size: float) -> None:
    """A dot for each row of `table` in the look of its grade; hollow where it is pending."""
    looks = [
        (PAPER, "D", MUTED) if row["待定"] else (*grade_look(category, row["等次"]), PAPER)
        for row in table.to_dict("records")
    ]
    for colour, marker, edge in dict.fromkeys(looks):
        chosen = [look == (colour, marker, edge) for look in looks]
        look = {"color": colour, "marker": marker, "edgecolors": edge, "linewidths": 0.7}
        axes.scatter(x[chosen], y[chosen], s=size, zorder=3, **look)
