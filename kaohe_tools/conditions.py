"""Conditions of a scheme (fact, score, last, rank, category, grade; all, any, not) over the subjects of a stage.

A condition is structured data, never code. `holds` tells for whom it is true, `in_words` says it with the figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kaohe_tools.exact import exceeds, parse_share, reaches, show, show_short
from kaohe_tools.scheme import COMPOSITE, Stage

BARS = ("at_least", "above", "below", "at_most")
_BAR_WORDS = {"at_least": "达到", "above": "超过", "below": "低于", "at_most": "不超过"}


@dataclass
class View:
    """What conditions may look at: the subjects of one stage with their published figures.

    frame: index = subject number; columns category, group, one per part and 综合得分 (published), 排名, count (of those
    ranked together), grade. facts: (subject, fact) → value.
    """

    stage: Stage
    frame: pd.DataFrame
    facts: Mapping[tuple[int, str], Any]

    def fact(self, name: str) -> list[Any]:
        return [self.facts.get((number, name)) for number in self.frame.index]


def holds(when: Mapping[str, Any] | None, view: View) -> np.ndarray:
    """For which subjects of the view a condition is true (a boolean for each row of its frame)."""
    everyone = np.ones(len(view.frame), dtype=bool)
    if when is None:
        return everyone
    if "all" in when:
        return np.logical_and.reduce([holds(inner, view) for inner in when["all"]])
    if "any" in when:
        return np.logical_or.reduce([holds(inner, view) for inner in when["any"]])
    if "not" in when:
        return ~holds(when["not"], view)
    if "fact" in when:
        return _fact_holds(when, view)
    if "score" in when:
        return _compare(view.frame[when["score"]].to_numpy(dtype=float), when)
    if "last" in when:
        return _last(view.frame, when["last"])
    if "rank_share" in when:
        bar = _number(when["rank_share"])
        return ~exceeds(view.frame["排名"].to_numpy(), bar * view.frame["count"].to_numpy())
    key = "category" if "category" in when else "grade"
    wanted = [when[key]] if isinstance(when[key], str) else when[key]
    return view.frame[key].isin(wanted).to_numpy()


def _number(value: object) -> float:
    share = parse_share(value)
    if share is None:
        raise ValueError(f"not a figure: {value!r}")
    return share


def _compare(values: np.ndarray, when: Mapping[str, Any]) -> np.ndarray:
    """Figures against the bars of a condition; an unknown figure meets none."""
    met = np.isfinite(values)
    for bar in BARS:
        if bar in when:
            limit = _number(when[bar])
            test = {"at_least": reaches(values, limit), "above": exceeds(values, limit)}
            test |= {"below": ~reaches(values, limit), "at_most": ~exceeds(values, limit)}
            met &= test[bar]
    return met


def _fact_holds(when: Mapping[str, Any], view: View) -> np.ndarray:
    values = view.fact(when["fact"])
    if any(bar in when for bar in BARS):
        return _compare(np.array([np.nan if v is None else float(v) for v in values]), when)
    if "is" in when:
        wanted = when["is"] if isinstance(when["is"], list) else [when["is"]]
        return np.array([value in wanted for value in values], dtype=bool)
    return np.array([value is True for value in values], dtype=bool)


def _last(frame: pd.DataFrame, name: str) -> np.ndarray:
    """The lowest published score of a category of at least two; all who tie for it are last."""
    grouped = frame.groupby("category")[name]
    lowest, count = grouped.transform("min"), grouped.transform("count")
    return ((frame[name] == lowest) & (count >= 2)).to_numpy()


def in_words(when: Mapping[str, Any], view: View, number: int) -> str:
    """A condition that holds for a subject, said with its own figures."""
    row = view.frame.loc[number]
    if "all" in when:
        return "，且".join(in_words(inner, view, number) for inner in when["all"])
    if "any" in when:
        position = view.frame.index.get_loc(number)
        true = [inner for inner in when["any"] if holds(inner, view)[position]]
        return "；".join(in_words(inner, view, number) for inner in true)
    if "not" in when:
        return f"并非（{in_words(when['not'], view, number)}）"
    if "fact" in when:
        value = view.facts.get((number, when["fact"]))
        shown = (
            {True: "是", False: "否", None: "未给出"}.get(value, value)
            if not isinstance(value, float)
            else show_short(value)
        )
        return f"情形“{when['fact']}”为{shown}{_bars(when)}"
    if "score" in when:
        return f"{when['score']} {show(row[when['score']])}{_bars(when)}"
    if "last" in when:
        what = when["last"] if when["last"] == COMPOSITE else f"“{when['last']}”得分"
        return f"{what} {show(row[when['last']])} 为{row['category']}末位"
    if "rank_share" in when:
        return (
            f"排名第 {row['排名']}，在参加数 {row['count']} 的前 {show_short(_number(when['rank_share']) * 100)}% 以内"
        )
    return f"属于{row['category']}" if "category" in when else f"等次为{row['grade']}"


def _bars(when: Mapping[str, Any]) -> str:
    return "".join(f"，{_BAR_WORDS[bar]} {when[bar]}" for bar in BARS if bar in when)
