"""Progress during the year: one indicator's subjects against the plan, and a small picture of each that is behind."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from kaohe_tools.charts.rows import clean
from kaohe_tools.monitor import Monitoring
from kaohe_tools.monitor.progress import BEHIND, EACH_TIME, LOST, OWN_TARGET, RATE
from kaohe_tools.monitor.times import MONTHS, elapsed
from kaohe_tools.style import ACCENT, FAINT, INK, MUTED, PARTS, Chart, empty_chart, new_chart, shorten

LABELS = 16  # lines that can be named beside the chart
ACROSS, MOST = 4, 24  # small pictures in a row, and in all
_TALL = 1.45  # inches of a row of them
_STATE = {LOST: ACCENT, BEHIND: PARTS[0]}


def progress_lines(look: Monitoring, indicator: str = "", project: str = "") -> Chart:
    """Every subject's reports of one indicator against the plan; those behind and those that would score nothing named.

    Without a name the indicator of which most are behind.
    """
    simulated = look.case.simulated
    rows = _chosen(look, indicator, project)
    if rows.empty:
        what = f"“{indicator}”" if indicator else ""
        return empty_chart(f"{what}进度", "没有带时点的行，看不出进度", simulated)
    last = rows[rows["last"]]
    counts = last["state"].value_counts()
    told = "，".join(f"{state} {counts[state]} 个" for state in (LOST, BEHIND) if state in counts)
    title = f"{rows['indicator'].iloc[0]}：{last['item'].nunique()} 个对象，{told or '都跟得上计划'}"
    basis = rows["basis"].mode().iloc[0]
    named = _named(last)
    rest = f"；只标出最落后的 {len(named)} 个" if len(named) < len(last) else ""
    chart = new_chart(title, f"虚线是计划：{basis}；横轴是月份，纵轴是占全年任务的比例{rest}", 3.6, simulated)
    axes = chart.subplots()
    _frame(axes, rows)
    axes.plot(*_plan(rows[rows["basis"] == basis]), color=INK, linewidth=1.2, linestyle=(0, (4, 3)), zorder=2)
    for _, own in rows.groupby(["item", "component"]):
        state = own["state"].iloc[-1]
        look_ = {"color": _STATE.get(state, FAINT), "linewidth": 1.6 if state in _STATE else 0.9, "markersize": 3.5}
        axes.plot(*_points(own), marker="o", zorder=3 if state in _STATE else 1, **look_)
    _name_ends(axes, named)
    handles = [Line2D([], [], color=colour, marker="o", markersize=3.5, label=name) for name, colour in _STATE.items()]
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, fontsize=9)
    return chart


def behind_multiples(look: Monitoring) -> Chart:
    """A small picture of each report that is behind, most urgent first: plan, reports, where it leads."""
    simulated = look.case.simulated
    order = {alert.item: place for place, alert in reversed(list(enumerate(look.alerts))) if alert.item is not None}
    t = look.progress
    last = t[t["last"] & t["state"].isin([BEHIND, LOST])]
    last = last.assign(order=last["item"].map(order)).sort_values(["order", "component"])
    if last.empty:
        return empty_chart("落后的指标", "没有落后的，或者没有带时点的行", simulated)
    shown = last.head(MOST)
    more = f"；共 {len(last)} 项次，图中为最紧要的 {len(shown)} 项次" if len(shown) < len(last) else ""
    note = f"虚线是计划，点线是照目前速度到年底，横线是计分的最低线{more}"
    down = math.ceil(len(shown) / ACROSS)
    chart = new_chart(f"落后的和可能不计分的：{len(last)} 项次", note, _TALL * down + 0.3, simulated)
    grid = chart.subplots(down, ACROSS, squeeze=False, sharex=True).ravel()
    for axes, row in zip(grid, shown.itertuples(), strict=False):
        own = t[(t["item"] == row.item) & (t["component"] == row.component) & ~t["annual"]]
        _small(axes, own)
    for axes in grid[len(shown) :]:
        axes.set_axis_off()
    return chart


def _chosen(look: Monitoring, indicator: str, project: str) -> pd.DataFrame:
    """The reports of an indicator, results of the year left out."""
    t = look.progress[~look.progress["annual"] & look.progress["progress"].notna()]
    if not indicator and len(t):
        late = t[t["last"]].assign(late=t["state"].isin([BEHIND, LOST]))
        counts = late.groupby(["indicator", "project"])["late"].sum().sort_index()
        indicator, project = counts.idxmax()
    t = t[t["indicator"] == indicator]
    return t[t["project"] == project] if project else t


def _months(rows: pd.DataFrame) -> list[float]:
    return [elapsed(day) * MONTHS for day in rows["date"]]


def _points(rows: pd.DataFrame) -> tuple[list[float], list[float]]:
    return _months(rows), (rows["progress"] * 100).tolist()


def _plan(rows: pd.DataFrame) -> tuple[list[float], list[float]]:
    """The plan as a line: level for rates, in steps for cycles, through the rows' own targets, else even."""
    basis, periods = rows["basis"].iloc[0], int(rows["periods"].iloc[0])
    if basis == RATE or basis.startswith(EACH_TIME):
        return [0, MONTHS], [100, 100]
    if basis == OWN_TARGET:
        own = rows.drop_duplicates("date").sort_values("date")
        return _months(own), (own["plan"] * 100).tolist()
    if periods:
        ends = [MONTHS * k / periods for k in range(periods + 1)]
        return [x for end in ends for x in (end, end)][1:], [
            100 * k / periods for k in range(periods + 1) for _ in "ab"
        ][:-1]
    return [0, MONTHS], [0, 100]


def _frame(axes: Axes, rows: pd.DataFrame) -> None:
    axes.set_xlim(0, MONTHS)
    axes.set_xticks([0, 3, 6, 9, MONTHS], ["年初", "3月", "6月", "9月", "年底"])
    axes.set_ylim(0, max(105, rows["progress"].max() * 105))
    axes.yaxis.set_major_formatter("{x:.0f}%")
    clean(axes, "y")
    axes.tick_params(axis="y", labelsize=8.5)
    axes.tick_params(axis="x", pad=7)


def _named(last: pd.DataFrame) -> pd.DataFrame:
    """Those to name: the ones behind, farthest first; all where they are few."""
    late = last[last["state"].isin([BEHIND, LOST])]
    chosen = last if len(last) <= LABELS else late
    gap = (chosen["plan"] - chosen["progress"]).to_numpy()
    return chosen.assign(gap=gap).sort_values(["gap", "item"], ascending=[False, True]).head(LABELS)


def _name_ends(axes: Axes, named: pd.DataFrame) -> None:
    """Names at the right edge, each led to the end of its line, moved apart where they would overlap."""
    low, high = axes.get_ylim()
    rows = named.sort_values(["progress", "item"])
    wanted = (rows["progress"] * 100).tolist()
    gap = (high - low) / 17
    places: list[float] = []
    for y in wanted:
        places.append(max(y, places[-1] + gap) if places else max(y, low + gap / 2))
    over = max(places[-1] - (high - gap / 2), 0) if places else 0
    for i in range(len(places) - 1, -1, -1):
        limit = high - gap / 2 if i == len(places) - 1 else places[i + 1] - gap
        places[i] = min(places[i], limit) if over else places[i]
    for row, x, y, place in zip(rows.itertuples(), _months(rows), wanted, places, strict=True):
        colour = _STATE.get(row.state, MUTED)
        axes.plot([x + 0.08, MONTHS], [y, place], color=FAINT, linewidth=0.6, linestyle=(0, (1, 3)), zorder=1)
        name = f"{row.who}（{row.component}）" if row.component else row.who
        text = f" {shorten(name, 14)} {row.progress * 100:.0f}%"
        axes.annotate(text, (MONTHS, place), va="center", fontsize=8.5, color=colour, annotation_clip=False)


def _small(axes: Axes, own: pd.DataFrame) -> None:
    """One subject's indicator: plan, reports, the way to the year's end, the floor of its rule."""
    last = own.iloc[-1]
    colour = _STATE.get(last["state"], MUTED)
    x, y = _points(own)
    axes.plot(*_plan(own[own["basis"] == last["basis"]]), color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
    if last["floor"] > 0:
        axes.axhline(last["floor"] * 100, color=ACCENT, linewidth=0.7)
    if not math.isnan(last["expected"]) and x[-1] < MONTHS:
        axes.plot([x[-1], MONTHS], [y[-1], last["expected"] * 100], color=colour, linewidth=1.2, linestyle=":")
    axes.plot(x, y, color=colour, linewidth=1.6, marker="o", markersize=3.5)
    _frame(axes, own)
    axes.set_yticks([0, 50, 100])
    axes.set_ylim(0, 108)
    name = f"{last['who']}·{last['component']}" if last["component"] else last["who"]
    axes.set_title(
        f"{shorten(name, 15)}\n{shorten(last['indicator'], 15)}", loc="left", fontsize=8.5, color=INK, linespacing=1.3
    )
