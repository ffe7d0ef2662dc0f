"""Year on year: each subject's scores over the years, and how far every category moved against last year."""

from __future__ import annotations

import pandas as pd

from kaohe_tools.charts.distribution import years_lines
from kaohe_tools.charts.lettering import beside
from kaohe_tools.charts.rows import clean, spread
from kaohe_tools.charts.spread import swarm
from kaohe_tools.exact import publish
from kaohe_tools.results import Category, Results
from kaohe_tools.results.years import latest, years_of
from kaohe_tools.style import ACCENT, FAINT, INK, PAPER, PARTS, Chart, empty_chart, new_chart, shorten


def score_years(view: Category) -> Chart:
    """Composite scores of every subject that has earlier years: a line each, falls against last year in red."""
    return years_lines(years_of(view), f"{view.full_name}：历年综合得分", view.simulated)


def score_changes(results: Results) -> Chart:
    """A strip for each category: how far each subject's composite score moved against last year, and the median."""
    title = "各类别综合得分与上年比"
    found = [(view, latest(years_of(view), view.year)["change"].dropna()) for view in results.each_category()]
    found = [(view, changes) for view, changes in found if len(changes)]
    if not found:
        return empty_chart(title, "历年表没有上年的综合得分。", results.simulated)
    subtitle = "每点为一个考核对象；竖线为中位数；红点为比上年下降"
    chart = new_chart(title, subtitle, 0.6 + 0.62 * len(found), results.simulated)
    axes = chart.subplots()
    low, high = spread(pd.concat([changes for _, changes in found] + [pd.Series([0.0])]))
    for y, (_, changes) in enumerate(found):
        offsets = swarm(changes.to_numpy(), (high - low) / 75)
        colours = [ACCENT if value < 0 else PARTS[0] for value in changes]
        axes.scatter(changes, y + offsets, s=26, color=colours, edgecolor=PAPER, linewidth=0.6, zorder=3)
        axes.vlines(changes.median(), y - 0.3, y + 0.3, color=INK, linewidth=1.4, zorder=2)
    axes.axvline(0, color=FAINT, linewidth=1.0, zorder=1)
    axes.set_xlim(low, high)
    beside(axes, range(len(found)), [f"{shorten(v.full_name)}\n{len(c)} 个" for v, c in found], spacing=1.4)
    notes = [f"中位 {publish(c.median()):+.2f}\n{c.min():+.2f} 到 {c.max():+.2f}" for _, c in found]
    beside(axes, range(len(found)), notes, 8.5, right=True, spacing=1.5)
    axes.set_ylim(len(found) - 0.45, -0.55)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:+g} 分" if value else "0")
    clean(axes)
    return chart
