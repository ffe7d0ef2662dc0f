"""A category's grades and scores over the years: those of 历年.csv beside this year's, selected, never graded anew."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kaohe_tools.exact import publish
from kaohe_tools.results.category import LABEL, TOTAL, Category

_COLUMNS = {
    "label": str, "year": int, "value": float, "grade": str, "pending": str, "change": float, "step": str,
}  # fmt: skip
RISES, FALLS, STAYS = "上升", "下降", "持平"


def years_of(view: Category) -> pd.DataFrame:
    """Every year of the subjects that have an earlier one: label, year, value, grade, pending, change, step.

    value: published 综合得分 (NaN where not known); change: against the year before, in points, NaN where either is not
    known; step: RISES, FALLS or STAYS on the scale of grades, '' where either grade is not known, decided or on it.
    By subject in the order of `scores`, then by year. Without rows where the case tells of no earlier year.
    """
    earlier = view.past[view.past["年度"] < view.year]
    if earlier.empty:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _COLUMNS.items()})
    now = view.scores[view.scores[LABEL].isin(earlier[LABEL])].assign(年度=float(view.year))
    rows = pd.concat([earlier.assign(待定=""), now])[[LABEL, "年度", TOTAL, "等次", "待定"]]
    rows = rows.set_axis(["label", "year", "value", "grade", "pending"], axis=1)
    places = {name: place for place, name in enumerate(view.scores[LABEL])}
    rows = rows.assign(_place=rows["label"].map(places), year=rows["year"].astype(int))
    rows = rows.sort_values(["_place", "year"], ignore_index=True).drop(columns="_place")
    own = rows.groupby("label", sort=False)
    follows = own["year"].diff() == 1
    change = pd.Series(publish(own["value"].diff().astype(float)), index=rows.index).where(follows)
    held = rows["grade"].where(rows["pending"] == "", "")
    before = held.groupby(rows["label"], sort=False).shift(fill_value="")
    steps = [step_of(view, *grades) if known else "" for *grades, known in zip(before, held, follows, strict=True)]
    return rows.assign(value=rows["value"].astype(float), change=change, step=np.array(steps, dtype=object))


def step_of(view: Category, before: str, now: str) -> str:
    """How a grade compares with that of the year before; '' where one of them is not on the scale."""
    first, second = view.level(before), view.level(now)
    if first is None or second is None:
        return ""
    return STAYS if first == second else RISES if second < first else FALLS


def count_changes(changes: Sequence[float]) -> dict[str, int]:
    """How many scores rose, fell and stayed as they were; unknown ones (NaN) count nowhere.

    >>> count_changes([1.0, -0.5, 0.0, float("nan"), 2.0])
    {'上升': 2, '下降': 1, '持平': 1}
    """
    values = pd.Series(changes, dtype=float)
    return {RISES: int((values > 0).sum()), FALLS: int((values < 0).sum()), STAYS: int((values == 0).sum())}


def latest(years: pd.DataFrame, year: int) -> pd.DataFrame:
    """The rows of this year that have a year before: what the comparison with last year rests on."""
    return years[(years["year"] == year) & (years["change"].notna() | (years["step"] != ""))]
