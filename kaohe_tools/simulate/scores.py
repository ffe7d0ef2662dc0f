"""Simulated score rows: by mark, by parts that are blended, by several rows or by what was done, as the rules ask."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kaohe_tools.rules import BY_DONE
from kaohe_tools.scheme import Rule
from kaohe_tools.simulate.raters import Panel, panels
from kaohe_tools.simulate.setting import Setting

COLUMNS = ["环节", "考核对象", "考核项目", "指标", "来源", "得分", "完成值", "目标值", "评分人", "考核组"]
OPTIONAL = ("来源", "得分", "完成值", "目标值", "评分人")  # left out where no row has one
TENTH, HALF, HALVES_FROM = 0.1, 0.5, 5
INDICATORS, PARTS = (2.1, 1.0), (1.7, 0.4)  # level and spread: parts scored as a whole are few and do not even out


def score_table(setting: Setting) -> pd.DataFrame:
    """The rows of every item that is not voted on: columns COLUMNS, those of OPTIONAL only where something has them."""
    indicators = setting.items[setting.items["source"] == "indicators"]
    direct = setting.items[setting.items["source"] == "scores"]
    marked = direct[[not setting.is_voted(item) for item in direct.itertuples()]]
    shares = [
        _shares(indicators, setting, setting.random, *INDICATORS),
        _shares(marked, setting, setting.extra, *PARTS),
    ]
    items = pd.concat([indicators, marked])
    known = panels(setting)
    rows: list[dict[str, Any]] = []
    for item, share in zip(items.itertuples(), np.concatenate(shares), strict=True):
        who = setting.directory.subjects.loc[item.subject]
        name = {"环节": who["stage"], "考核对象": who["subject"], "考核项目": item.project, "指标": item.indicator}
        panel = known[who["stage"], who["category"]]
        made = _rows(setting.rule(item), item, float(share), float(setting.ability[item.subject]), setting.extra)
        if panel.members and item.source == "indicators" and setting.rule(item).kind == "given":
            made = _by_member(made[0]["得分"], item, panel, setting.marking)
        rows.extend({**name, **row, "考核组": panel.name} for row in made)
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.drop(columns=[name for name in OPTIONAL if table[name].isna().all()])


def _shares(
    items: pd.DataFrame, setting: Setting, random: np.random.Generator, level: float, spread: float
) -> np.ndarray:
    """The share of its points that each item gets, by ability, difficulty and leniency: 0.3 to 1."""
    who = setting.directory.subjects.loc[items["subject"]]
    groups = (who["stage"] + "/" + who["category"]).to_numpy()
    leniency = dict(zip(pd.unique(groups), random.normal(0.0, 0.25, len(pd.unique(groups))), strict=True))
    names = items["indicator"].to_numpy()
    difficulty = dict(zip(pd.unique(names), random.normal(0.0, 0.7 * spread, len(pd.unique(names))), strict=True))
    pull = (
        level
        + 0.32 * setting.ability.loc[items["subject"]].to_numpy()
        - np.array([difficulty[name] for name in names])
        + np.array([leniency[group] for group in groups])
        + random.normal(0.0, 0.7 * spread, len(items))
    )
    return np.clip(1.08 / (1.0 + np.exp(-pull)), 0.3, 1.0)


def _mark(share: float, points: float, step: float) -> float:
    """A mark in whole steps that does not exceed the points."""
    return round(min(round(share * points / step) * step, points), 2)


def step_of(item) -> float:
    """In which steps an item is marked: halves, tenths where it is worth little or scored as a whole."""
    return TENTH if item.source != "indicators" or item.points < HALVES_FROM else HALF


def _by_member(mark: float, item, panel: Panel, random: np.random.Generator) -> list[dict[str, Any]]:
    """A mark as the members of a panel gave it."""
    marks = panel.marks(mark, item.points, step_of(item), random)
    return [{"得分": own, "评分人": name} for name, own in zip(panel.members, marks, strict=True)]


def _rows(rule: Rule, item, share: float, ability: float, random: np.random.Generator) -> list[dict[str, Any]]:
    """The rows of one item, as its rule wants them."""
    if rule.kind in BY_DONE:
        return [_done(rule, item, share, ability, random)]
    step = step_of(item)
    if rule.kind == "blend":
        noise = random.normal(0.0, 0.03, len(rule.options["of"]))
        pairs = zip(rule.options["of"], noise, strict=True)
        return [{"来源": name, "得分": _mark(min(share + more, 1.0), item.points, step)} for name, more in pairs]
    if rule.kind == "mean":
        noise = random.normal(0.0, 0.04, int(random.integers(3, 7)))
        return [{"得分": _mark(min(share + more, 1.0), item.points, HALF)} for more in noise]
    return [{"得分": _mark(share, item.points, step)}]


def _done(rule: Rule, item, share: float, ability: float, random: np.random.Generator) -> dict[str, Any]:
    """What was done (and its target where the rule compares them): counts whole, percentages with one decimal."""
    if rule.kind == "gap":
        return {"完成值": round(100.0 + float(random.normal(2.0 + 2.0 * ability, 5.0)), 1), "目标值": 100}
    if rule.kind == "tiers":
        return {"完成值": max(round(random.normal(2.0 + 0.7 * ability, 1.0)), 0)}
    if rule.kind == "proportional":
        given = item.target == item.target
        target = float(item.target) if given else float(random.integers(6, 25))
        done = round(target * min(share * 1.05, 1.05), 1 if given and target < 50 else 0)
        return {"完成值": done} if given else {"完成值": done, "目标值": target}
    low, high = float(rule.options.get("low", 50.0)), float(rule.options.get("high", 100.0))
    return {"完成值": round(low + share * (high - low), 1)}
