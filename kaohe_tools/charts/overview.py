"""All categories side by side: what grades they got, and how many places were used."""

from __future__ import annotations

import pandas as pd
from matplotlib.patches import Patch

from kaohe_tools.charts.rows import clean, inside
from kaohe_tools.results import Results
from kaohe_tools.style import ACCENT, FAINT, INK, MUTED, PAPER, Chart, empty_chart, new_chart, shorten

GRADES = (ACCENT, "#8FA7B8", "#D9B44A", "#3D4B57", "#111111")  # best to worst
POOLS = 40  # pools of places shown one by one; more are summed by category


def grade_shares(results: Results) -> Chart:
    """Bars of how many subjects of each category hold each grade, 待定 hatched."""
    views = [view for view in results.each_category() if view.grades]
    title = "各类别等次构成"
    if not views:
        return empty_chart(title, "本办法只排名，不定等次。", results.simulated)
    chart = new_chart(title, "条内数字为考核对象数；斜线为待定", 0.55 + 0.36 * len(views), results.simulated)
    axes, handles = chart.subplots(), {}
    for y, view in enumerate(views):
        left = 0.0
        decided = view.scores.loc[view.scores["待定"] == "", "等次"]
        counts = [(grade, int((decided == grade).sum())) for grade in dict.fromkeys([*view.grades, *decided])]
        for grade, count in [*counts, ("待定", len(view.pending))]:
            look = _look(grade, view.grades)
            share = count / len(view.scores)
            if count:
                axes.barh(y, share, left=left, height=0.66, edgecolor=look.pop("edgecolor", PAPER), **look)
                light = look["facecolor"] in (PAPER, GRADES[1], GRADES[2])
                ink, box = INK if light else PAPER, {"facecolor": look["facecolor"], "edgecolor": "none", "pad": 0.8}
                inside(axes, left + share / 2, y, str(count), fontsize=8.5, color=ink, bbox=box)
                handles[grade] = Patch(label=grade, **_look(grade, view.grades))
            left += share
    axes.set_yticks(range(len(views)), [shorten(view.full_name) for view in views])
    axes.set_ylim(len(views) - 0.45, -0.55)
    axes.set_xlim(0, 1)
    axes.set_xticks([])
    names = dict.fromkeys([grade for view in views for grade in view.grades])
    order = sorted(handles, key=lambda grade: list(names).index(grade) if grade in names else len(names))
    axes.legend(
        handles=[handles[grade] for grade in order], loc="lower left", bbox_to_anchor=(0, 1), ncols=8, fontsize=9
    )
    clean(axes)
    return chart


def _look(grade: str, grades: list[str]) -> dict[str, object]:
    if grade == "待定" or grade not in grades:
        return {"facecolor": PAPER, "edgecolor": MUTED, "hatch": "////" if grade == "待定" else "...."}
    return {"facecolor": GRADES[min(grades.index(grade), len(GRADES) - 1)]}


def places_used(results: Results) -> Chart:
    """Places of the top grade and those used, a row for each pool."""
    quotas = results.quotas[results.quotas["名额"].notna()]
    top = list(dict.fromkeys(view.top_grade for view in results.each_category() if view.top_grade))
    title = f"{'、'.join(top)}名额的使用"
    if quotas.empty:
        return empty_chart(title, "没有可用的名额（或名额比例尚未规定）。", results.simulated)
    table = _pools(quotas, len(results.stages()) > 1)
    chart = new_chart(title, "浅色为名额，深色为已用", 0.45 + 0.33 * len(table), results.simulated)
    axes = chart.subplots()
    y = range(len(table))
    axes.barh(y, table["名额"], height=0.66, color="#F3D3C5")
    axes.barh(y, table["已用"], height=0.34, color=ACCENT)
    axes.set_yticks(y, [shorten(name) for name in table["名称"]])
    edge = axes.secondary_yaxis("right")
    edge.set_yticks(y, [f"{row.已用:.0f}/{row.名额:.0f}（参加 {row.参加数:.0f}）" for row in table.itertuples()])
    edge.spines[:].set_visible(False)
    axes.set_ylim(len(table) - 0.45, -0.55)
    axes.set_xlim(0, max(table[["名额", "已用"]].max().max(), 1) * 1.02)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.spines[:].set_color(FAINT)
    clean(axes)
    return chart


def _pools(quotas: pd.DataFrame, staged: bool) -> pd.DataFrame:
    """One row for each pool, or, where there are too many to show, for each category they belong to."""
    pools = quotas if len(quotas) <= POOLS else quotas.assign(类别=quotas["类别"].str.split("·").str[0])
    sums = pools.groupby(["环节", "类别"], sort=False, as_index=False)[["参加数", "名额", "已用"]].sum()
    names = sums["环节"] + "·" + sums["类别"] if staged else sums["类别"]
    return sums.assign(名称=names)
