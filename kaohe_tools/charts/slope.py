"""Today beside a scenario: a line for each subject from its rank to its new rank, who gains or loses the best grade."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from kaohe_tools.charts.placing import flanked, room_for, short_names, side_labels
from kaohe_tools.charts.rows import MOST, score_text
from kaohe_tools.charts.standing import (
    BEST_DOT,
    FALLS,
    GAINS,
    HEAD,
    KEEPS,
    LOSES,
    MOVES,
    OTHER_DOT,
    PENDING_DOT,
    PENDS,
    RESTS,
    RISES,
    Look,
    has_line,
    legend,
    line_handle,
    quiet,
)
from kaohe_tools.style import ACCENT, GRID, MUTED, Chart, empty_chart, new_chart, shorten
from kaohe_tools.whatif.compare import GAIN, LOSE, Comparison

NAMES = 16  # characters of a name
RANK_MOVES = "排名变化"
ENDS = (("was", 0.0), ("new", 1.0))


def slope(comparison: Comparison, stage: str, category: str) -> Chart:
    """Ranks today (left) and under a scenario (right), with composite scores; a panel for each group that is ranked."""
    frame = comparison.frame
    own = frame[(frame["stage"] == stage) & (frame["category"] == category)]
    simulated = comparison.base.case.simulated
    best = next(iter(comparison.base.case.scheme.stages[stage].grades), "")
    title = f"{category}：现行与“{comparison.name or '方案'}”对照"
    if own.empty:
        return empty_chart(title, "没有可以比较的对象。", simulated)
    own = own.assign(look=[_look(row, bool(best)) for row in own.to_dict("records")])
    groups = {name: _chosen(rows) for name, rows in own.groupby("group", sort=False)}
    lined = bool(best) and any(has_line(own["group"], own[f"rank_{when}"], own[f"best_{when}"]) for when, _ in ENDS)
    labels = [[_labels(rows, when) for when, _ in ENDS] for rows in groups.values()]
    count = sum(len(rows) for rows in groups.values())
    pitch, size = (0.27, 9.0) if count <= 32 else (0.215, 8.2)
    heights = [max(pitch * (len(rows) + 0.8), 0.8) for rows in groups.values()]
    subtitle = "每条线为一个对象，左为现行、右为方案；写名次、综合得分和名称，右侧末尾为等次的变化"
    subtitle += f"；共 {len(own)} 个，图中为 {count} 个" if count < len(own) else ""
    subtitle += "".join(f"\n{note}" for note in comparison.notes if note.startswith("注意") and category in note)
    full = 0.75 + sum(heights) + HEAD * len(groups) * (len(groups) > 1)
    chart = new_chart(f"{title}——{_found(own, best)}", subtitle, full, simulated)
    panels = chart.subplots(len(groups), 1, squeeze=False, sharex=True, height_ratios=heights)[:, 0]
    flanked(panels[0], (0.0, 1.0), [[text for pair in labels for text in pair[k]["text"]] for k in (0, 1)], size)
    for axes, (name, rows), ends, height in zip(panels, groups.items(), labels, heights, strict=True):
        _panel(axes, rows, lined)
        _name_ends(axes, ends, room_for(height, size), size)
        if len(groups) > 1:
            axes.set_title(name.rpartition("·")[2], loc="left", fontsize=10, color=MUTED)
    panels[-1].set_xticks([0.0, 1.0], ["现行", shorten(comparison.name or "方案", NAMES)])
    legend(panels[0], _handles(own, best, lined), HEAD * (len(groups) > 1))
    return chart


def _look(row: dict, graded: bool) -> Look:
    if row["pending_new"] and not row["pending_was"]:
        return PENDS
    if row["best_new"] != row["best_was"]:
        return GAINS if row["best_new"] else LOSES
    if row["rank_new"] == row["rank_was"]:
        return RESTS if not row["change"] else MOVES
    if graded:
        return KEEPS if row["best_new"] else MOVES
    return RISES if row["rank_new"] < row["rank_was"] else FALLS


def _chosen(rows: pd.DataFrame) -> pd.DataFrame:
    """At most MOST subjects: those whose look says most, then the best ranks."""
    order = sorted(rows.index, key=lambda n: (-rows.at[n, "look"].order, rows.at[n, "rank_was"], n))
    return rows.loc[rows.index.isin(order[:MOST])]


def _found(own: pd.DataFrame, best: str) -> str:
    """What is to be seen, in words for the title."""
    moved = int((own["rank_new"] != own["rank_was"]).sum())
    words = [f"{moved} 个名次变动" if moved else "名次都不变"]
    counts = {
        f"{GAIN}{best}": (own["best_new"] & ~own["best_was"]).sum(),
        f"{LOSE}{best}": (own["best_was"] & ~own["best_new"]).sum(),
        "转为待定": ((own["pending_new"] != "") & (own["pending_was"] == "")).sum(),
    }
    told = [f"{count} 个{word}" for word, count in counts.items() if count and (best or "待定" in word)]
    return "，".join([*words, *(told or ([f"{best}名单不变"] if best else []))])


def _labels(rows: pd.DataFrame, when: str) -> pd.DataFrame:
    """What stands at one end: rank, text and colour of each subject, by rank."""
    end = rows.sort_values([f"rank_{when}", "subject"], kind="stable")
    names = short_names(end["subject"].tolist(), NAMES)
    texts = []
    for name, row in zip(names, end.to_dict("records"), strict=True):
        score, rank = score_text(row[f"composite_{when}"]), row[f"rank_{when}"]
        texts.append(f"{name}  {score}  {rank}" if when == "was" else f"{rank}  {score}  {name}{_outcome(row)}")
    colours = [look.label for look in end["look"]]
    return pd.DataFrame({"rank": end[f"rank_{when}"].to_numpy(), "text": texts, "colour": colours})


def _outcome(row: dict) -> str:
    """What changes beside the rank: 得优秀, 失优秀、待定."""
    words = [word for word in row["change"].split("、") if word and word != RANK_MOVES]
    sign = row["look"].sign
    return f"  {sign} {'、'.join(words)}".replace("  ", " ").rstrip() if words else ""


def _panel(axes: Axes, rows: pd.DataFrame, lined: bool) -> None:
    ranks = pd.concat([rows["rank_was"], rows["rank_new"]])
    top, bottom = ranks.min() - 0.7, ranks.max() + 0.7
    axes.set_ylim(bottom, top)
    axes.vlines([0, 1], bottom, top, color=GRID, linewidth=0.8, zorder=0)
    for row in rows.to_dict("records"):
        look = row["look"]
        line = {"color": look.colour, "linewidth": look.width, "linestyle": look.style, "zorder": look.order}
        axes.plot([0, 1], [row["rank_was"], row["rank_new"]], **line)
    for when, x in ENDS:
        _dots(axes, rows, when, x, lined)
    quiet(axes)


def _dots(axes: Axes, rows: pd.DataFrame, when: str, x: float, lined: bool) -> None:
    """The standing at one end as dots, and where places go by rank the line under the last who has the best grade."""
    best, pending = rows[f"best_{when}"], rows[f"pending_{when}"] != ""
    for chosen, dot in ((best, BEST_DOT), (pending, PENDING_DOT), (~best & ~pending, OTHER_DOT)):
        dot.draw(axes, x, rows.loc[chosen, f"rank_{when}"].tolist())
    if lined and best.any():
        level, out = rows.loc[best, f"rank_{when}"].max() + 0.5, 0.06 if when == "was" else -0.06
        axes.plot([x - out / 3, x + out], [level, level], color=ACCENT, linewidth=1.2, zorder=5)


def _name_ends(axes: Axes, ends: list[pd.DataFrame], share: float, size: float) -> None:
    low, high = sorted(axes.get_ylim())
    left, right = axes.get_xlim()
    gap = 0.03 * (right - left)
    for end, (_, x), outwards in zip(ends, ENDS, (-1, 1), strict=True):
        look = {"size": size, "colours": end["colour"].tolist(), "left": outwards < 0, "reach": 0.02}
        points = [(x + outwards * gap / 4, rank) for rank in end["rank"]]
        side_labels(axes, points, end["text"].tolist(), x + outwards * gap, share * (high - low), **look)


def _handles(own: pd.DataFrame, best: str, lined: bool) -> list:
    held = set(own["look"])
    names = {GAINS: f"{GAIN}{best}", LOSES: f"{LOSE}{best}", PENDS: "转为待定", RISES: "名次上升", FALLS: "名次下降"}
    handles = [look.handle(name) for look, name in names.items() if look in held]
    handles += [MOVES.handle("只是名次变")] if MOVES in held else []
    ends = pd.concat([own["best_was"], own["best_new"]]), pd.concat([own["pending_was"], own["pending_new"]])
    if best and ends[0].any():
        handles += [BEST_DOT.handle(best), *([OTHER_DOT.handle("其他")] if not ends[0].all() else [])]
    handles += [line_handle(f"{best}线", color=ACCENT, linewidth=1.2)] if lined else []
    handles += [PENDING_DOT.handle("待定")] if (ends[1] != "").any() else []
    return handles
