"""All categories side by side: what grades they got, and how many places were used."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.patches import Patch

from kaohe_tools.charts.grades import BESIDE, LEVELS, PENDING, grade_look, grades_held
from kaohe_tools.charts.lettering import beside
from kaohe_tools.charts.rows import bars, clean
from kaohe_tools.results import Category, Results
from kaohe_tools.style import ACCENT, FAINT, INK, MUTED, PAPER, Chart, empty_chart, new_chart, shorten

HATCHED = {"facecolor": PAPER, "edgecolor": MUTED, "hatch": "////"}
DARK = {ACCENT, LEVELS[3][0], LEVELS[4][0], BESIDE[0]}  # colours that carry white figures
POOLS = 40  # pools of places shown one by one; more are summed by category


def grade_shares(results: Results) -> Chart:
    """Bars of how many subjects of each category hold each grade, 待定 hatched."""
    views = [view for view in results.each_category() if view.grades]
    title = "各类别等次构成"
    if not views:
        return empty_chart(title, "本办法只排名，不定等次。", results.simulated)
    chart = new_chart(title, "条内数字为考核对象数；斜线为待定", 0.6 + 0.36 * len(views), results.simulated)
    axes = chart.subplots()
    for y, view in enumerate(views):
        left = 0.0
        for _, count, look in _counts(view):
            share = count / len(view.scores)
            axes.barh(y, share, left=left, height=0.66, **look)
            ink = PAPER if look["facecolor"] in DARK else INK
            box = {"facecolor": look["facecolor"], "edgecolor": "none", "pad": 0.8}
            place = {"ha": "center", "va": "center", "fontsize": 8.5, "color": ink, "bbox": box}
            axes.text(left + share / 2, y, str(count), **place).set_in_layout(False)
            left += share
    handles = [Patch(facecolor=colour, label=names) for names, colour, _ in grades_held(views)]
    if any(len(view.pending) for view in views):
        handles.append(Patch(label=PENDING, **HATCHED))
    beside(axes, range(len(views)), [shorten(view.full_name) for view in views])
    axes.set_ylim(len(views) - 0.45, -0.55)
    axes.set_xlim(0, 1)
    axes.set_xticks([])
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=5, fontsize=9)
    clean(axes)
    return chart


def _counts(view: Category) -> list[tuple[str, int, dict[str, object]]]:
    """Grade, how many hold it and its look, best first, 待定 last; grades that nobody holds are left out."""
    decided = view.scores.loc[view.scores["待定"] == "", "等次"]
    by_level = decided.value_counts().sort_index().items()
    ordered = sorted(by_level, key=lambda item: (view.level(item[0]) is None, view.level(item[0]) or 0, item[0]))
    looks = {name: {"facecolor": grade_look(view, name)[0], "edgecolor": PAPER} for name, _ in ordered}
    counts = [(name, int(count), looks[name]) for name, count in ordered]
    return counts + ([(PENDING, len(view.pending), HATCHED)] if len(view.pending) else [])


def places_used(results: Results) -> Chart:
    """Places of the top grade and those used, a row for each pool."""
    quotas = results.quotas[results.quotas["名额"].notna()]
    top = list(dict.fromkeys(view.top_grade for view in results.each_category() if view.top_grade))
    title = f"{'、'.join(top)}名额的使用"
    if quotas.empty:
        return empty_chart(title, "没有可用的名额（或名额比例尚未规定）。", results.simulated)
    table = _pools(quotas, len(results.stages()) > 1)
    some = table[table["名额"] > 0]
    without = len(table) - len(some)
    subtitle = "浅色为名额，深色为已用" + (f"；另有 {without} 处按比例算不到 1 个名额，没有列出" if without else "")
    if some.empty:
        return empty_chart(title, "各处按比例都算不到 1 个名额。", results.simulated)
    table = some
    chart = new_chart(title, subtitle, 0.45 + 0.33 * len(table), results.simulated)
    axes = chart.subplots()
    y = range(len(table))
    for column, height, colour in (("名额", 0.66, "#F3D3C5"), ("已用", 0.34, ACCENT)):
        bars(axes, y, np.zeros(len(table)), table[column], height, facecolor=colour)
    beside(axes, y, [shorten(name) for name in table["名称"]])
    notes = [f"{row.已用:.0f}/{row.名额:.0f}（参加 {row.参加数:.0f}）" for row in table.itertuples()]
    beside(axes, y, notes, colours=INK, right=True)
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
