"""Where points were lost: by subject, by item that all share, and by the items that are each subject's own."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from kaohe_tools.charts.lettering import beside, inside
from kaohe_tools.charts.rows import Rows, bars, clean, name_rows, rows_of, stripe
from kaohe_tools.results import LABEL, Category
from kaohe_tools.style import ACCENT, INK, LOSSES, MUTED, PAPER, PARTS, Chart, empty_chart, new_chart, shorten

COLUMNS = 22  # shared items a heat map shows at most: those with most points lost
OWN = "自有项目"
TOP_ITEMS = 15
APART = 0.35  # the gap before the column of own items


def rate_table(category: Category) -> pd.DataFrame:
    """Score rates (1 = full) of subject (index) × shared item, then all own items together as 自有项目.

    Columns are in the order of the scheme's parts, within a part those with most points lost first; at most COLUMNS.
    """
    items = category.items
    shared = items[items["共有"]]
    lost = shared.groupby(["部分", "项目"], as_index=False)["失分"].sum()
    kept = lost.sort_values(["失分", "项目"], ascending=[False, True]).head(COLUMNS)
    places = {leaf.name: place for place, leaf in enumerate(category.leaves)}
    order = kept.assign(处=kept["部分"].map(places)).sort_values("处", kind="stable")["项目"].drop_duplicates()
    sums = shared.groupby(["项目", LABEL])[["得分", "分值"]].sum()
    table = (sums["得分"] / sums["分值"]).unstack("项目").reindex(columns=order)
    own = items[~items["共有"]].groupby(LABEL)[["得分", "分值"]].sum()
    if len(own):
        table = table.reindex(table.index.union(own.index)).assign(**{OWN: own["得分"] / own["分值"]})
    return table


def lost_points(category: Category) -> pd.Series:
    """Points lost by each subject in all parts together, by its name."""
    rates = category.leaf_rates
    return (rates["满分"] - rates["得分"]).clip(lower=0).groupby(rates[LABEL]).sum()


def heat_map(category: Category) -> Chart:
    """Subject × item: the darker, the more was lost; items of one subject only are one column."""
    rows, table = rows_of(category, lost_points(category)), rate_table(category)
    title = f"{category.full_name}：各项目得分率（%），颜色越深失分越多"
    if table.empty:
        return empty_chart(title, "没有可分项的得分。", category.simulated)
    held = category.items.loc[category.items["共有"], "项目"].nunique()
    shown = table.shape[1] - (OWN in table)
    subtitle = "按排名从上到下，各列按失分多少排列；灰色为没有此项"
    subtitle += f"；共有项目 {held} 个，列出失分最多的 {shown} 个" if held > shown else ""
    subtitle += f"；“{OWN}”为只属于少数对象的项目合计" if OWN in table else ""
    subtitle += rows.note("失分最多")
    longest = max(len(shorten(name, 14)) for name in table)
    chart = new_chart(title, subtitle, rows.height + 0.105 * longest, category.simulated)
    axes = chart.subplots()
    _cells(axes, rows, (table * 100).reindex(rows.table[LABEL]))
    name_rows(axes, rows)
    return chart


def _cells(axes: Axes, rows: Rows, rates: pd.DataFrame) -> None:
    low = min(60.0, float(np.floor(np.nanmin(rates.to_numpy()) / 10) * 10))
    lefts = [position + (APART if name == OWN else 0) for position, name in enumerate(rates)]
    centres = [left + 0.47 for left in lefts]
    values = rates.to_numpy().T.ravel()
    shades = np.ma.masked_invalid(np.clip((values - low) / (100 - low), 0, 1))
    y = np.tile(rows.table["y"].to_numpy(), len(lefts))
    bars(axes, y, np.repeat(lefts, len(rates)), 0.94, 0.88, facecolor=LOSSES(shades))
    held = ~np.isnan(values)
    inks = [PAPER if shade < 0.4 else INK for shade in shades[held].filled(1)]
    texts = [f"{rate:.0f}" for rate in values[held]]
    inside(axes, np.repeat(centres, len(rates))[held], y[held], texts, rows.size - 1.2, inks)
    axes.set_xlim(-0.1, max(centres[-1] + 0.6, 8))
    axes.xaxis.tick_top()
    steep = rates.shape[1] > 6
    look = {"rotation": 55, "ha": "left", "rotation_mode": "anchor"} if steep else {}
    axes.set_xticks(centres, [shorten(name, 14) for name in rates], fontsize=9, color=INK, **look)
    axes.spines[:].set_visible(False)


def own_items(category: Category) -> Chart:
    """Each subject's own items as dots on a scale of score rates; the one that cost most is named."""
    own = category.items[~category.items["共有"]]
    title = f"{category.full_name}：各对象自有项目的得分率"
    if own.empty:
        return empty_chart(title, "本类别的考核项目为各对象共有，没有自有项目。", category.simulated)
    rows = rows_of(category, own.groupby(LABEL)["失分"].sum())
    subtitle = "每点为一个项目，点越大分值越高；红圈为失分最多的一项，右侧为其名称和失分（折成综合得分）"
    chart = new_chart(title, subtitle + rows.note("失分最多"), rows.height, category.simulated)
    axes = chart.subplots()
    stripe(axes, rows)
    own = own[own[LABEL].isin(rows.table[LABEL])]
    placed = own.assign(y=own[LABEL].map(rows.y), 率=own["得分率"] * 100).sort_values(["y", "率", "项目"])
    size = 18 + 90 * placed["分值"] / placed["分值"].max()
    axes.scatter(placed["率"], placed["y"], s=size, color=PARTS[0], alpha=0.55, edgecolor=PAPER, linewidth=0.5)
    worst = placed.sort_values(["失分", "项目"], ascending=[False, True]).drop_duplicates(LABEL).set_index(LABEL)
    lost = worst[worst["失分"] > 0]
    axes.scatter(lost["率"], lost["y"], s=size[placed.index].max() * 0.55, facecolor="none", edgecolor=ACCENT, zorder=4)
    notes = {name: f"{shorten(row['项目'], 14)}  -{row['失分']:.2f}" for name, row in lost.iterrows()}
    beside(axes, rows.table["y"], [notes.get(name, "") for name in rows.table[LABEL]], rows.size - 0.3, right=True)
    low = min(float(placed["率"].min()) - 3, 90.0)
    axes.set_xlim(low, max(102.0, float(placed["率"].max()) + 2))
    axes.xaxis.set_major_formatter("{x:g}%")
    name_rows(axes, rows)
    clean(axes)
    return chart


def loss_by_subject(category: Category) -> Chart:
    """Points lost by each subject, by leaf part: the distance to full marks before bonuses and penalties."""
    rates = category.leaf_rates
    title = f"{category.full_name}：各对象失分构成"
    if rates.empty:
        return empty_chart(title, "没有可分部分的得分。", category.simulated)
    rows = rows_of(category, lost_points(category))
    lost = rates.assign(失分=(rates["满分"] - rates["得分"]).clip(lower=0))
    names = _shown_names(category)
    sums = lost.assign(名=lost["部分"].map(names)).pivot_table(index=LABEL, columns="名", values="失分", aggfunc="sum")
    leaves = [name for name in dict.fromkeys(names.values()) if name in sums]
    table = sums.reindex(rows.table[LABEL])[leaves].fillna(0.0)
    subtitle = "按排名从上到下；失分＝分值－得分，不含加减分；右侧为失分合计"
    subtitle += rows.note("失分最多")
    chart = new_chart(title, subtitle, rows.height + 0.3, category.simulated)
    axes = chart.subplots()
    left = np.zeros(len(table))
    for leaf, colour in zip(leaves, PARTS * 3, strict=False):
        values = table[leaf].to_numpy()
        bars(axes, rows.table["y"], left, values, 0.72, facecolor=colour, edgecolor=PAPER, linewidth=0.6)
        left = left + values
    beside(axes, rows.table["y"], [f"{total:.2f}" for total in left], rows.size - 0.3, right=True)
    handles = [Patch(color=colour, label=leaf) for leaf, colour in zip(leaves, PARTS * 3, strict=False)]
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=min(len(leaves), 5), fontsize=9)
    axes.set_xlim(0, max(float(left.max()) * 1.02, 1.0))
    name_rows(axes, rows)
    clean(axes)
    return chart


def _shown_names(category: Category) -> dict[str, str]:
    """The name under which each leaf part is shown: its own, or that of its top part where colours would not do."""
    if len(category.leaves) <= len(PARTS):
        return {leaf.name: leaf.name for leaf in category.leaves}
    return {leaf.name: part.name for part in category.parts for leaf in (part.leaves or (part,))}


def loss_by_item(category: Category) -> Chart:
    """The shared items that cost the category most: points lost on average by those who have the item."""
    title, means = f"{category.full_name}：失分最多的共有项目", category.shared_losses
    if means.empty:
        return empty_chart(title, "共有项目没有失分。", category.simulated)
    top = means.head(TOP_ITEMS)
    subtitle = f"平均每个对象失去的分数（折成综合得分）；右侧为得分率。共有项目 {len(means)} 个有失分"
    chart = new_chart(title, subtitle, 0.85 + 0.29 * len(top), category.simulated)
    axes = chart.subplots()
    names = _shown_names(category)
    colours = dict(zip(dict.fromkeys(names.values()), PARTS * 3, strict=False))
    own = [colours.get(names.get(leaf, ""), MUTED) for leaf in top["部分"]]
    y, lost = range(len(top)), top["失分"]
    bars(axes, y, np.zeros(len(top)), lost, 0.66, facecolor=own)
    beside(axes, y, [shorten(name) for name in top["项目"]])
    notes = [f"{row.失分:.2f} 分   {row.得分 / row.分值:.1%}" for row in top.itertuples()]
    beside(axes, y, notes, colours=INK, right=True)
    axes.set_xlim(0, lost.max() * 1.05)
    axes.set_ylim(len(top) - 0.4, -0.6)
    shown = list(dict.fromkeys(name for leaf, name in names.items() if leaf in set(top["部分"])))
    handles = [Patch(color=colours[name], label=name) for name in shown]
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=min(len(shown), 5), fontsize=9)
    clean(axes)
    return chart
