"""How scores spread: the crowd around the line of the top grade, strips for any grouping, one subject, the years."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from kaohe_tools.charts.lettering import beside
from kaohe_tools.charts.placing import room_for, short_names, side_labels
from kaohe_tools.charts.rows import bars, clean, spread
from kaohe_tools.charts.spread import boxes, swarm
from kaohe_tools.explore import Study, near_line, top_line
from kaohe_tools.explore import spread as spread_of
from kaohe_tools.explore.distributions import NEAR, holders
from kaohe_tools.style import ACCENT, FAINT, GRID, INK, MUTED, PAPER, PARTS, Chart, empty_chart, new_chart, shorten

TALL = 5.6  # inches of the drawing where scores run upwards
LANES = 3  # groups side by side with names; more are strips
NAMED = 26  # names beside one lane at most: those nearest to the line
STRIPS = 60  # groups that one chart shows
SUBJECTS = 40  # lines of a chart of years
BAND, OTHERS = "#FBE9E1", "#8397A6"


def line_crowd(what: Study) -> Chart:
    """Every composite score with the line of the top grade; the NAMED nearest to it are named."""
    lines = top_line(what)
    grade = what.stage.grades[0] if what.stage.grades else ""
    title = f"{what.title}：综合得分与{grade or '最好等次'}线"
    if lines.empty:
        return empty_chart(title, "本环节不定等次，或名额不是按得分统一划线。", what.simulated)
    if len(lines) > LANES:
        return _line_strips(what, lines, title)
    subtitle = f"每点为一个对象；横线为{grade}线，浅色带为线上下 {NEAR[-1]:g} 分；空心为待定"
    subtitle += f"；写出名称的为离线最近的 {NAMED} 个" if lines["count"].max() > NAMED else ""
    chart = new_chart(title, subtitle, TALL, what.simulated)
    axes = chart.subplots()
    low, high = spread(what.subjects["composite"])
    axes.set_ylim(low, high)
    axes.set_xlim(0, len(lines))
    for lane, row in enumerate(lines.to_dict("records")):
        _lane(axes, what, row, lane)
    axes.set_xticks(np.arange(len(lines)) + 0.5, [_lane_text(row, grade) for row in lines.to_dict("records")])
    axes.legend(handles=_line_legend(grade), loc="lower left", bbox_to_anchor=(0, 1), ncols=3, fontsize=9)
    clean(axes, "y")
    return chart


def _line_legend(grade: str) -> list[Line2D]:
    dot = {"linestyle": "", "marker": "o", "markersize": 6.5}
    return [
        Line2D([], [], markerfacecolor=ACCENT, markeredgecolor=ACCENT, label=f"已定{grade}", **dot),
        Line2D([], [], markerfacecolor=OTHERS, markeredgecolor=OTHERS, label="其他", **dot),
        Line2D([], [], markerfacecolor=PAPER, markeredgecolor=MUTED, label="待定", **{**dot, "marker": "D"}),
    ]  # fmt: skip


def _lane_text(row: dict, grade: str) -> str:
    if np.isnan(row["line"]):
        return f"{row['group']}　{row['count']} 个，{grade}未定"
    return f"{row['group']}　{row['count']} 个，{grade}线 {row['line']:.2f}"


def _lane(axes: Axes, what: Study, row: dict, lane: int) -> None:
    """One group of a `line_crowd`: its dots at the left of the lane, the names at the right."""
    own = what.subjects[what.subjects["within"] == row["group"]]
    own = own.sort_values(["composite", "label"], kind="stable")
    low, high = axes.get_ylim()
    offsets = swarm(own["composite"].to_numpy(), (high - low) / 45)
    across = pd.Series(lane + 0.2 + offsets * 0.4, index=own.index)
    holds, waits = holders(what, own), own["pending"] != ""
    looks = ((holds, ACCENT, "o", PAPER), (waits, PAPER, "D", MUTED), (~holds & ~waits, OTHERS, "o", PAPER))
    for chosen, colour, marker, edge in looks:
        place = (across[chosen], own.loc[chosen, "composite"])
        axes.scatter(*place, s=34, color=colour, marker=marker, edgecolors=edge, linewidths=0.7, zorder=3)
    if np.isnan(row["line"]):
        return
    axes.fill_between([lane + 0.02, lane + 0.38], row["line"] - NEAR[-1], row["line"] + NEAR[-1], color=BAND, zorder=0)
    axes.hlines(row["line"], lane + 0.02, lane + 0.38, color=ACCENT, linewidth=1.2, zorder=2)
    near = near_line(what, np.inf)
    near = near[near["group"] == row["group"]]
    near = near.loc[near["distance"].abs().sort_values(kind="stable").index[:NAMED]]
    names = short_names(near["label"].tolist(), 16)
    texts = [f"{value:.2f}  {name}" for value, name in zip(near["value"], names, strict=True)]
    points = [(across[one.subject] + 0.012, one.value) for one in near.itertuples()]
    colours = [ACCENT if holds[number] else INK for number in near["subject"]]
    side_labels(axes, points, texts, lane + 0.44, room_for(TALL, 9) * (high - low), size=8.6, colours=colours)


def _line_strips(what: Study, lines: pd.DataFrame, title: str) -> Chart:
    """Groups that are too many for names: a strip each, with its line."""
    long = spread_of(what, "综合得分").assign(group=lambda t: t["subject"].map(what.subjects["within"]))
    chart = strips(long, title, what.simulated, share=False, note="；短竖线为各组的线")
    axes = chart.axes[0]
    order = {name: y for y, name in enumerate(dict.fromkeys(long.sort_values("group", kind="stable")["group"]))}
    for row in lines.dropna(subset="line").itertuples():
        if row.group in order and order[row.group] < STRIPS:
            axes.vlines(
                row.line, order[row.group] - 0.42, order[row.group] + 0.42, color=ACCENT, linewidth=1.4, zorder=4
            )
    return chart


def strips(long: pd.DataFrame, title: str, simulated: bool, share: bool = True, note: str = "") -> Chart:
    """A strip for each group of a spread (group, label, value): dots, the middle half, the median, the extremes named.

    `share`: values are shares of points and shown as percentages. At most STRIPS groups, those that spread widest.
    """
    if long.empty:
        return empty_chart(title, "没有可比较的得分。", simulated)
    long = long.assign(shown=long["value"] * 100 if share else long["value"])
    long = long.sort_values("group", kind="stable") if note else long
    groups = list(dict.fromkeys(long["group"]))
    if len(groups) > STRIPS:
        widest = (
            long.groupby("group")["shown"].std().fillna(0.0).sort_values(ascending=False, kind="stable").index[:STRIPS]
        )
        note += f"；共 {len(groups)} 组，图中为差别最大的 {STRIPS} 组"
        groups = [name for name in groups if name in set(widest)]
        long = long[long["group"].isin(groups)]
    what = "得分率" if share else "分数"
    subtitle = f"每点为一个对象；方框为中间一半，竖线为中位数；右侧为最低、最高{what}和是谁{note}"
    per_row = 0.46 if len(groups) <= 12 else 0.34 if len(groups) <= 24 else 0.27
    chart = new_chart(title, subtitle, 0.75 + per_row * len(groups), simulated)
    axes = chart.subplots()
    limits = spread(long["shown"])
    size = 9.0 if len(groups) <= 24 else 8.2
    own = [long[long["group"] == name] for name in groups]
    _strips(axes, [np.sort(rows["shown"].to_numpy()) for rows in own], limits)
    axes.set_xlim(limits)
    beside(axes, range(len(groups)), [shorten(name, 18) for name in groups], size)
    beside(axes, range(len(groups)), [_ends(rows, share) for rows in own], size - 0.5, right=True)
    axes.set_ylim(len(groups) - 0.4, -0.6)
    if share:
        axes.xaxis.set_major_formatter("{x:g}%")
    clean(axes)
    return chart


def _strips(axes: Axes, own: list[np.ndarray], limits: tuple[float, float]) -> None:
    """Boxes and dots of the values of each group, which are sorted."""
    boxes(axes, own)
    levels = [y + swarm(values, (limits[1] - limits[0]) / 75) for y, values in enumerate(own)]
    look = {"color": PARTS[0], "alpha": 0.75, "edgecolor": PAPER, "linewidth": 0.5, "zorder": 3}
    axes.scatter(np.concatenate(own), np.concatenate(levels), s=18, **look)


def _ends(rows: pd.DataFrame, share: bool) -> str:
    """Who is lowest and who highest, in one line; without names where there is no difference."""
    ordered = rows.sort_values(["value", "label"], kind="stable")
    texts = [f"{value:.0f}%" if share else f"{value:.2f}" for value in ordered["shown"].iloc[[0, -1]]]
    if texts[0] == texts[1]:
        return f"都是 {texts[0]}" if len(rows) > 1 else texts[0]
    names = [_whose(ordered[ordered["shown"].round(9) == ordered["shown"].round(9).iloc[end]]) for end in (0, -1)]
    return f"{texts[0]} {names[0]}–{texts[1]} {names[1]}"


def _whose(tied: pd.DataFrame) -> str:
    """The name of one subject, the number of several."""
    return shorten(tied["label"].iloc[0], 7) if len(tied) == 1 else f"（{len(tied)} 个）"


def profile_bars(table: pd.DataFrame, title: str, simulated: bool) -> Chart:
    """One subject against its category (`explore.profile`): its share of each item beside quartiles and extremes."""
    if table.empty:
        return empty_chart(title, "没有可比较的项目。", simulated)
    kept = table.loc[table["behind"].abs().sort_values(ascending=False, kind="stable").index[:STRIPS]].sort_index()
    subtitle = "圆点为该对象（红为低于中位数），方框为同类中间一半，细线为最低到最高；右侧为名次、与中位数之差（分）"
    chart = new_chart(title, subtitle, 0.7 + 0.27 * len(kept), simulated)
    axes = chart.subplots()
    y = np.arange(len(kept))
    for name in ("share", "low", "q1", "median", "q3", "high"):
        kept = kept.assign(**{name: kept[name] * 100})
    axes.hlines(y, kept["low"], kept["high"], color=FAINT, linewidth=1)
    look = {"facecolor": "#EEF2F4", "edgecolor": FAINT, "linewidth": 0.6, "zorder": 2}
    bars(axes, y, kept["q1"], kept["q3"] - kept["q1"], 0.5, **look)
    axes.vlines(kept["median"], y - 0.25, y + 0.25, color=INK, linewidth=1.4, zorder=3)
    colours = [ACCENT if behind > 1e-9 else PARTS[0] for behind in kept["behind"]]
    axes.scatter(kept["share"], y, s=42, c=colours, edgecolor=PAPER, linewidth=0.6, zorder=4)
    beside(axes, y, [shorten(name, 18) for name in kept["item"]], 9)
    notes = [f"{row.place}/{row.count_}　{-row.behind + 0.0:+.2f}" for row in _renamed(kept)]
    beside(axes, y, notes, 8.5, INK, right=True)
    axes.set_ylim(len(kept) - 0.4, -0.6)
    axes.set_xlim(spread(pd.concat([kept["low"], kept["high"]])))
    axes.xaxis.set_major_formatter("{x:g}%")
    clean(axes)
    return chart


def _renamed(table: pd.DataFrame):
    """Rows as tuples; `count` is a method of tuples."""
    return table.rename(columns={"count": "count_"}).itertuples()


def years_lines(table: pd.DataFrame, title: str, simulated: bool) -> Chart:
    """Composite scores year on year (`explore.years`): a line for each subject, named at the right; falls in red."""
    if table.empty:
        return empty_chart(title, "没有以前年度的得分（历年表）。", simulated)
    scored = table.dropna(subset="value")
    last = (
        scored.sort_values("year")
        .groupby("label")
        .agg(year=("year", "last"), value=("value", "last"), n=("year", "size"))
    )
    change = table.dropna(subset="change").sort_values("year").groupby("label")["change"].last()
    if last.empty or (last["n"] < 2).all():
        return empty_chart(title, "历年表只有等次，没有综合得分，画不出变化。", simulated)
    last = last.assign(change=change).sort_values(["value"], ascending=False, kind="stable")
    named = last.loc[last["change"].abs().sort_values(ascending=False, kind="stable").index[:SUBJECTS]]
    subtitle = "每条线为一个对象；红线为比上年下降"
    subtitle += f"；共 {len(last)} 个，写出名称的为变化最大的 {len(named)} 个" if len(last) > len(named) else ""
    height = max(3.2, 0.7 + 0.2 * len(named))
    chart = new_chart(title, subtitle, height, simulated)
    axes = chart.subplots()
    first, end = int(scored["year"].min()), int(scored["year"].max())
    axes.set_ylim(*spread(scored["value"]))
    axes.set_xlim(first - 0.1, end + 0.55 * (end - first))
    for label, own in scored.sort_values("year").groupby("label"):
        falls = last.at[label, "change"] < 0
        look = {"color": ACCENT if falls else PARTS[0], "linewidth": 1.1, "alpha": 0.8, "markersize": 3.5}
        axes.plot(own["year"], own["value"], marker="o", **look)
    points = [(row.year, row.value) for row in named.itertuples()]
    names = short_names(named.index.tolist(), 14)
    texts = [
        f"{row.value:.2f}{_change(row.change)}  {name}" for row, name in zip(named.itertuples(), names, strict=True)
    ]
    room = room_for(height, 8.6) * (axes.get_ylim()[1] - axes.get_ylim()[0])
    side_labels(axes, points, texts, end + 0.1 * (end - first), room, size=8.4, colours=INK)
    axes.set_xticks(range(first, end + 1), [f"{year}年" for year in range(first, end + 1)])
    axes.vlines(range(first, end + 1), *axes.get_ylim(), color=GRID, linewidth=0.7, zorder=0)
    clean(axes, "y")
    return chart


def _change(value: float) -> str:
    return "" if pd.isna(value) else f"（{value:+.2f}）"
