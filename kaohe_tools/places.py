"""Places: pools by category, group, condition or unit, how many each has, and who gets them (顺延, ties left open)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kaohe_tools.case import Case
from kaohe_tools.columns import GROUPINGS
from kaohe_tools.conditions import View, holds
from kaohe_tools.exact import floor_share, parse_share, show_short
from kaohe_tools.ranking import Allocation, allocate
from kaohe_tools.scheme import Pool, Step, in_force

FIXED = "定额"
NO_SHARE = "不设比例"
EVERYONE = "全部"


@dataclass(frozen=True)
class Open:
    """A pool of places as it stands: who is in it, how many take part, its places and the sum in words.

    `places` is None where the year's plan has not said; `members` is a mask over the stage's subjects.
    """

    name: str
    members: np.ndarray
    count: int
    places: int | None
    sum_text: str
    article: str
    every: bool = False

    def quota(self, word: str) -> str:
        """The number of places for a grade, and how it was computed where it was."""
        if self.every:
            return f"{self.name}{word}{self.sum_text.removeprefix(f'{FIXED}：')}"
        how = "" if self.sum_text.startswith(FIXED) else f"（{self.sum_text}）"
        return f"{self.name}{word}名额 {self.places} 个{how}"


def open_pools(case: Case, step: Step, view: View, groups: np.ndarray) -> Iterator[Open]:
    """The pools of a step. `groups`: the name of the group in which each subject is ranked (category, or finer)."""
    if step.pools:
        for pool in step.pools:
            yield from _declared(case, pool, view)
        return
    categories = view.frame["category"].to_numpy()
    if _one_share(case, step) and step.kind == "places" and case.readings["quota_scope"] == "all":
        groups = np.full(len(groups), EVERYONE, dtype=object)
    numbers, names = pd.factorize(groups)
    for number, name in enumerate(names):
        members = numbers == number
        count = int(members.sum())
        category = categories[np.argmax(members)]
        places, text = _places(case, step, category, count)
        label = name if step.kind == "places" else f"{name}·{step.word}"
        yield Open(label, members, count, places, text, step.article)


def all_pools(step: Step, view: View) -> Iterator[tuple[int, str, str]]:
    """Every declared pool that there could be: its index, its value of `per` ("" without) and its name."""
    for index, pool in enumerate(step.pools):
        if not pool.per:
            yield index, "", pool.name
            continue
        for value in sorted(set(view.frame[GROUPINGS[pool.per]])):
            yield index, value, f"{pool.name}·{value}"


def _one_share(case: Case, step: Step) -> bool:
    """Is it one share for all, that may be taken of everyone together (quota_scope: all)?"""
    by_category = isinstance(step.share, Mapping) or isinstance(case.params.get(step.param), Mapping)
    return step.number is None and not step.counted and not step.params and not by_category


def _declared(case: Case, pool: Pool, view: View) -> Iterator[Open]:
    """A pool that the scheme describes; with `per` one for each value of a roster column among its members."""
    members = holds(pool.members, view)
    counted = members if pool.count is None else holds(pool.count, view)
    if not pool.per:
        yield from _one(case, pool, view, pool.name, members, counted)
        return
    values = view.frame[GROUPINGS[pool.per]].to_numpy()
    for value in sorted(set(values[members])):
        here = values == value
        yield from _one(case, pool, view, f"{pool.name}·{value}", members & here, counted & here)


def _one(case: Case, pool: Pool, view: View, name: str, members: np.ndarray, counted: np.ndarray) -> Iterator[Open]:
    if not members.any():
        return
    count = int(counted.sum())
    if pool.every:
        note = f"（{pool.note}）" if pool.note else ""
        text = f"{FIXED}：{NO_SHARE}，符合条件的都可以{note}"
        yield Open(name, members, count, count, text, pool.article, True)
        return
    share = pool.share
    for when, value in pool.shares:
        if share is None and holds(when, view)[members].all():
            share = value
    if share is not None:
        places, text = _by_share(case, share, count)
        yield Open(name, members, count, places, text, pool.article)


def _places(case: Case, step: Step, category: str, count: int) -> tuple[int | None, str]:
    """How many places a group has, and the sum in words; None where the year's plan has not said."""
    value, counted = places_by(step, category, case.params)
    if value is None:
        return None, step.unset or "名额未规定"
    name = step.params.get(category, step.param)
    param = case.scheme.params.get(name)
    own = param and case.params.get(name) != param.default
    source = f"，按本年度方案的{param.title.split('（')[0]}" if own else ""
    if counted:
        return int(value), f"{FIXED} {int(value)} 个{source}"
    places, text = _by_share(case, value, count, step.rounding)
    return places, text + source


def places_by(step: Step, category: str, params: Mapping[str, Any]) -> tuple[float | None, bool]:
    """The number of places of a category or its share of those taking part, and whether it is a number.

    None where it is a parameter that the year's plan has not given.
    """
    name = step.params.get(category, step.param)
    value: Any = params.get(name) if name else step.number
    if name and value is None:
        return None, step.counted
    if isinstance(value, Mapping):
        return int(value.get(category, 0)), True
    if step.number is not None or step.counted:
        return int(value), True
    share = parse_share(value) if name else step.share
    return (share[category] if isinstance(share, Mapping) else share), False


def _by_share(case: Case, share: float, count: int, fixed: str = "") -> tuple[int, str]:
    """Places by share and the sum in words; rounded as the reading says, unless the regulation itself fixes it."""
    rounding = fixed or case.readings["quota_rounding"]
    places = floor_share(share, count, rounding)
    way = case.scheme.readings["quota_rounding"].choices[rounding]
    return places, f"{count}×{show_short(share * 100)}%={show_short(share * count)}，{way}，取 {places}"


def fill(case: Case, step: Step, pool: Open, may: np.ndarray, view: View, order: np.ndarray) -> Allocation:
    """Who of those who may gets a place, by `order` (higher is better); those who go first (可优先) before others."""
    if pool.every:
        return Allocation(may.copy(), np.zeros(len(may), dtype=bool), 0)
    first = np.zeros(len(may), dtype=bool)
    if step.first is not None and in_force(step.first.only_if, case.readings):
        first = may & holds(step.first.when, view)
    if not first.any():
        return allocate(order, may, pool.places)
    before = allocate(order, first, pool.places)
    if before.tied.any():
        return before
    after = allocate(order, may & ~first, before.open_places)
    return Allocation(before.given | after.given, after.tied, after.open_places)
