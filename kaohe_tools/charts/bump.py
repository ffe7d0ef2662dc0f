"""Ranks along a weight: a line for each subject from few points of a part to many; who gains or loses the best."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.ticker import MaxNLocator

from kaohe_tools.charts.placing import flanked, room_for, short_names, side_labels
from kaohe_tools.charts.rows import MOST
from kaohe_tools.charts.standing import (
    DOTS,
    FALLS,
    GAINS,
    HEAD,
    KEEPS,
    LOSES,
    PEND_COLOUR,
    PENDS,
    RESTS,
    RISES,
    THICK,
    Look,
    has_line,
    legend,
    line_handle,
    quiet,
)
from kaohe_tools.style import ACCENT, GRID, INK, MUTED, Chart, empty_chart, new_chart
from kaohe_tools.whatif.break_even import SEARCHED
from kaohe_tools.whatif.compare import PEND
from kaohe_tools.whatif.flow import Flow

NAMES = 18  # characters of a name
NEAR_TODAY = 0.07  # of the width: other figures keep that far from today's
BEST_LINE = (0, (6, 2))


def rank_flow(flow: Flow) -> Chart:
    """Ranks along a weight (`whatif.flow.rank_flow`): one panel for each group that is ranked by itself."""
    title = f"{flow.category}：“{flow.part}”由 {flow.low:g} 到 {flow.high:g} 分的名次"
    if flow.table.empty:
        return empty_chart(title, flow.note or "没有可以比较的对象。", flow.simulated)
    looks = _looks(flow)
    groups = {name: _chosen(own, looks) for name, own in flow.table.groupby("group", sort=False)}
    shades = _shades(flow, looks)
    lined = bool(flow.best_grade) and _lined(flow)
    labels = [_labels(flow, own, shades) for own in groups.values()]
    count = sum(len(left) for left, _ in labels)
    pitch, size = (0.27, 9.0) if count <= 32 else (0.215, 8.2)
    heights = [max(pitch * (len(left) + 0.8), 0.8) for left, _ in labels]
    full = 0.85 + sum(heights) + HEAD * (len(groups) > 1) * len(groups)
    chart = new_chart(f"{title}——{_found(flow, looks)}", _told(flow, count), full, flow.simulated)
    panels = chart.subplots(len(groups), 1, squeeze=False, sharex=True, height_ratios=heights)[:, 0]
    sides = [[text for pair in labels for text in pair[side]["text"]] for side in (0, 1)]
    flanked(panels[0], (flow.low, flow.high), sides, size)
    for axes, (name, own), ends, height in zip(panels, groups.items(), labels, heights, strict=True):
        _panel(axes, flow, own, shades, lined)
        _name_ends(axes, (flow.low, flow.high), ends, room_for(height, size), size)
        if len(groups) > 1:
            axes.set_title(name.rpartition("·")[2], loc="left", fontsize=10, color=MUTED)
    _points(panels[-1], flow)
    legend(panels[0], _handles(flow, looks, lined), HEAD * (len(groups) > 1))
    return chart


def _looks(flow: Flow) -> dict[int, Look]:
    """By subject how it is drawn: what the way along the weight means for it, from today's points."""
    found = {}
    for number, own in flow.table.groupby("number", sort=False):
        holds = (own["grade"] == flow.best_grade).to_numpy() if flow.best_grade else np.zeros(len(own), bool)
        now = number in flow.holders
        if holds.all() and now:
            found[number] = KEEPS
        elif holds.any() or now:
            found[number] = LOSES if now else GAINS
        elif flow.best_grade:
            found[number] = PENDS if (own["grade"] == PEND).any() else RESTS
        else:
            change = own["rank"].iloc[-1] - own["rank"].iloc[0]
            found[number] = RISES if change < 0 else FALLS if change > 0 else RESTS
    return found


def _shades(flow: Flow, looks: dict[int, Look]) -> dict[int, Look]:
    """Neighbours of one kind, by their rank at most points, in shades of their own."""
    end = flow.table[flow.table["points"] == flow.high].sort_values(["rank", "subject", "number"], kind="stable")
    turns: dict[Look, int] = {}
    found = {}
    for number in end["number"]:
        turns[looks[number]] = turns.get(looks[number], -1) + 1
        found[number] = looks[number].shaded(turns[looks[number]])
    return found


def _lined(flow: Flow) -> bool:
    """Do places of the best grade go by rank, so that there is a line to draw?"""
    table = flow.table
    where = table["group"] + "@" + table["points"].astype(str)
    return has_line(where, table["rank"], table["grade"] == flow.best_grade)


def _chosen(own: pd.DataFrame, looks: dict[int, Look]) -> pd.DataFrame:
    """The rows of at most MOST subjects: those whose look says most, then the best ranks."""
    ranks = own.groupby("number")["rank"].min()
    order = sorted(ranks.index, key=lambda number: (-looks[number].order, ranks[number], number))
    return own[own["number"].isin(order[:MOST])]


def _found(flow: Flow, looks: dict[int, Look]) -> str:
    """What is to be seen, in words for the title."""
    if not flow.best_grade:
        moved = sum(look in (RISES, FALLS) for look in looks.values())
        return f"{moved} 个名次变动" if moved else "名次都不变"
    gain, lose = (sum(look is kind for look in looks.values()) for kind in (GAINS, LOSES))
    words = [f"{lose} 个会失去{flow.best_grade}"] * bool(lose) + [f"{gain} 个会得到"] * bool(gain)
    return "，".join(words) or f"{flow.best_grade}名单不变"


def _told(flow: Flow, drawn: int) -> str:
    text = "其余部分按比例让出，总分不变；两端为名次和名称，并列的写同一名次"
    text += f"；细灰线为始终不是{flow.best_grade}的" if flow.best_grade else ""
    text += f"；每 {flow.step:g} 分重新考核一次" if flow.way == SEARCHED else ""
    held = flow.table["number"].nunique()
    return text + (f"\n共 {held} 个，图中为等次会变的和排名在前的 {drawn} 个" if drawn < held else "")


def _handles(flow: Flow, looks: dict[int, Look], lined: bool) -> list:
    best = flow.best_grade
    kinds = set(looks.values())
    if not best:
        return [
            look.handle(name) for look, name in ((RISES, "右端比左端靠前"), (FALLS, "右端比左端靠后")) if look in kinds
        ]
    names = {LOSES: f"今日{best}，会失去", GAINS: f"今日不是，会得到{best}"}
    handles = [look.handle(name) for look, name in names.items() if look in kinds]
    if (flow.table["grade"] == best).any():
        handles.append(line_handle(f"粗线一段：{best}", color=KEEPS.colour, linewidth=THICK))
    if lined:
        handles.append(line_handle(f"{best}线", color=ACCENT, linewidth=1.0, linestyle=BEST_LINE))
    if (flow.table["grade"] == PEND).any():
        handles.append(line_handle("◇ 点线一段：待定", color=PEND_COLOUR, linewidth=1.7, linestyle=DOTS))
    return handles


def _labels(flow: Flow, own: pd.DataFrame, looks: dict[int, Look]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What stands at both ends: rank, text and colour of each subject, by rank."""
    found = []
    for at in (flow.low, flow.high):
        end = own[own["points"] == at].sort_values(["rank", "subject", "number"], kind="stable")
        names = short_names(end["subject"].tolist(), NAMES)
        signs = [looks[number].sign for number in end["number"]]
        texts = [
            f"{sign} {name}  {rank}" if at == flow.low else f"{rank}  {name} {sign}"
            for name, sign, rank in zip(names, signs, end["rank"], strict=True)
        ]
        colours = [looks[number].label for number in end["number"]]
        found.append(pd.DataFrame({"rank": end["rank"].to_numpy(), "text": texts, "colour": colours}))
    for end in found:
        end["text"] = end["text"].str.strip()
    return found[0], found[1]


def _panel(axes: Axes, flow: Flow, own: pd.DataFrame, looks: dict[int, Look], lined: bool) -> None:
    top, bottom = own["rank"].min() - 0.7, own["rank"].max() + 0.7
    axes.set_ylim(bottom, top)
    axes.vlines([flow.low, flow.high], bottom, top, color=GRID, linewidth=0.8, zorder=0)
    if flow.low <= flow.today <= flow.high:
        axes.vlines(flow.today, bottom, top, color=INK, linewidth=1.1, zorder=1)
    for number, path in own.groupby("number", sort=False):
        _path(axes, path, looks[number], flow.best_grade)
    if lined:
        _line(axes, flow, own[own["grade"] == flow.best_grade])
    quiet(axes)


def _line(axes: Axes, flow: Flow, holders: pd.DataFrame) -> None:
    """Under the last who has the best grade, at every point of the grid."""
    even = [at for at in flow.table["points"].unique() if abs(at / flow.step - round(at / flow.step)) < 1e-9]
    lowest = holders.groupby("points")["rank"].max().reindex(even) + 0.5
    edges = np.concatenate([lowest.index[:1], (lowest.index[1:] + lowest.index[:-1]) / 2, lowest.index[-1:]])
    level = lowest.to_numpy()
    begins = np.flatnonzero(np.concatenate([[True], level[1:] != level[:-1]]))  # where a level stretch begins
    ends = np.concatenate([begins[1:], [len(level)]])
    axes.hlines(level[begins], edges[begins], edges[ends], color=ACCENT, linewidth=1.0, linestyle=BEST_LINE, zorder=5)


def _path(axes: Axes, path: pd.DataFrame, look: Look, best_grade: str) -> None:
    """One subject: its ranks as a line, thicker where it has the best grade, dotted where it is pending."""
    x, y = path["points"].to_numpy(), path["rank"].to_numpy(dtype=float)
    best = (path["grade"] == best_grade).to_numpy() & bool(best_grade)
    pending = (path["grade"] == PEND).to_numpy()
    plain = LineCollection(list(_runs(x, y, ~best & ~pending)), linestyles=[look.style])
    thick = LineCollection(list(_runs(x, y, best)), linestyles=["solid"])
    dotted = LineCollection(list(_runs(x, y, pending)), linestyles=[DOTS])
    for lines, width in ((plain, look.width), (thick, THICK), (dotted, THICK - 0.6)):
        lines.set(color=PEND_COLOUR if lines is dotted else look.colour, linewidth=width, zorder=look.order)
        axes.add_collection(lines, autolim=False)


def _runs(x: np.ndarray, y: np.ndarray, chosen: np.ndarray) -> Iterator[np.ndarray]:
    """The stretches of a line on which something holds, each led on to the next point."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], chosen, [False]]).astype(int)))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        stop = min(end + 1, len(x))
        yield np.column_stack([x[begin:stop], y[begin:stop]])


def _name_ends(
    axes: Axes, ends: tuple[float, float], labels: tuple[pd.DataFrame, pd.DataFrame], share: float, size: float
) -> None:
    """Ranks and names at both ends of the lines."""
    low, high = sorted(axes.get_ylim())
    left, right = axes.get_xlim()
    gap = 0.03 * (right - left)
    for end, at, outwards in zip(labels, ends, (-1, 1), strict=True):
        points = [(at, rank) for rank in end["rank"]]
        look = {"size": size, "colours": end["colour"].tolist(), "left": outwards < 0, "reach": 0.026}
        side_labels(axes, points, end["text"].tolist(), at + outwards * gap, share * (high - low), **look)


def _points(axes: Axes, flow: Flow) -> None:
    """Round figures of points under the drawing, and today's, which keeps them at a distance."""
    ticks = [tick for tick in MaxNLocator(6).tick_values(flow.low, flow.high) if flow.low <= tick <= flow.high]
    shown = flow.low <= flow.today <= flow.high
    near = NEAR_TODAY * (flow.high - flow.low)
    ticks = [tick for tick in ticks if not shown or abs(tick - flow.today) > near]
    texts = [f"{tick:g} 分" for tick in ticks]
    axes.set_xticks(
        [*ticks, flow.today][: len(ticks) + shown], [*texts, f"今日 {flow.today:g} 分"][: len(ticks) + shown]
    )
    for text in axes.get_xticklabels()[len(ticks) :]:
        text.set_color(INK)
