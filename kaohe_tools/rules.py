"""Scoring rules (计分规则): what the rows given for one item are worth, in points, and how that came about in words.

Each kind is a small function of the item's points and rows. Conventional names: efficacy is 功效系数法, minmax
极差标准化, rank 排名赋分, ladder 分段赋分. Figures come from the scheme; nothing here knows a regulation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kaohe_tools.exact import exceeds, reaches, show_short
from kaohe_tools.scheme import Rule

BY_DONE = frozenset({"proportional", "gap", "tiers", "efficacy", "minmax", "rank", "ladder"})  # need 完成值
BY_TARGET = frozenset({"proportional", "gap"})  # and 目标值
SIGNED = frozenset({"efficacy", "minmax", "rank", "ladder"})  # 完成值 may be below zero (a balance, a growth rate)
DIRECT = "直接打分"  # how a single score given in points came about
MANY = frozenset({"mean"})  # any number of rows, equal ones too


@dataclass(frozen=True)
class Row:
    """One score row of an item: score in points (NaN where 完成值 is given), done, target, component, rater."""

    score: float = np.nan
    done: float = np.nan
    target: float = np.nan
    component: str = ""
    rater: str = ""


@dataclass(frozen=True)
class Setting:
    """What a rule may look at besides its rows: readings in force, and the 完成值 of the same item in the category."""

    readings: Mapping[str, str] = field(default_factory=dict)
    peers: Sequence[float] = ()


class UnscorableError(ValueError):
    """Rows from which no score can be made; says why."""


def value_of(rule: Rule, points: float, rows: Sequence[Row], setting: Setting) -> tuple[float, str]:
    """The score of an item in points, and how it came about. Raises UnscorableError.

    >>> rule = Rule("量化", "proportional", "", {"floor": 0.6, "cap": 1.0})
    >>> value_of(rule, 10, [Row(done=90, target=120)], Setting())
    (7.5, '完成 90/120=75%')
    """
    kind = _KINDS[rule.kind]
    return kind(rule.options, points, rows, setting)


def _mean(values: Sequence[float]) -> float:
    """A mean that does not depend on the order of the rows."""
    return float(np.sort(np.asarray(values, dtype=float)).sum() / len(values))


def _of_raters(scores: Sequence[float], options: Mapping[str, Any]) -> tuple[float, str]:
    """The scores of several raters as one: their mean, or the trimmed mean (去掉最高最低分) where the rule says."""
    if options.get("trim") and len(scores) > 2:
        return _mean(sorted(scores)[1:-1]), f"{len(scores)}人评分去掉最高最低分的平均"
    return _mean(scores), DIRECT if len(scores) == 1 else f"{len(scores)}人评分的平均"


def _given(options: Mapping[str, Any], points: float, rows: Sequence[Row], setting: Setting) -> tuple[float, str]:
    return _of_raters([row.score for row in rows], options)


def _several(options: Mapping[str, Any], points: float, rows: Sequence[Row], setting: Setting) -> tuple[float, str]:
    return _mean([row.score for row in rows]), f"{len(rows)}项得分的平均"


def _blend(options: Mapping[str, Any], points: float, rows: Sequence[Row], setting: Setting) -> tuple[float, str]:
    total, terms = 0.0, []
    for component, share in options["of"].items():
        scores = [row.score for row in rows if row.component == component]
        if not scores:
            raise UnscorableError(f"缺少来源“{component}”的得分")
        score, _ = _of_raters(scores, options)
        total += share * score
        terms.append(f"{component} {show_short(score)}×{show_short(share * 100)}%")
    return total, " + ".join(terms)


def _single(rows: Sequence[Row]) -> Row:
    if len(rows) > 1:
        raise UnscorableError("完成值有多行")
    return rows[0]


def _proportional(
    options: Mapping[str, Any], points: float, rows: Sequence[Row], setting: Setting
) -> tuple[float, str]:
    """points × min(done / target, cap); nothing below the floor (whether at it counts may be a reading)."""
    row = _single(rows)
    if row.target == 0:
        if options.get("zero_target") == "full":
            return points, "目标值为 0，按满分计"
        raise UnscorableError("目标值为 0")
    if row.target < 0:
        raise UnscorableError(f"目标值 {show_short(row.target)} 是负数，不能按比例计")
    ratio = row.done / row.target
    text = f"完成 {show_short(row.done)}/{show_short(row.target)}={show_short(ratio * 100)}%"
    floor, inclusive = options.get("floor", 0.0), options.get("inclusive", True)
    if isinstance(inclusive, Mapping):
        inclusive = setting.readings[inclusive["reading"]] == "true"
    if floor and not (reaches(ratio, floor) if inclusive else exceeds(ratio, floor)):
        return 0.0, f"{text}，不够 {show_short(floor * 100)}%，不计分"
    return points * min(ratio, options.get("cap", np.inf)), text


def _gap(options: Mapping[str, Any], points: float, rows: Sequence[Row], setting: Setting) -> tuple[float, str]:
    """Full points, and so many for each whole or part point that done is above (up to a limit) or below the target."""
    row = _single(rows)
    gap = row.done - row.target
    text = f"完成 {show_short(row.done)}，目标 {show_short(row.target)}"
    if gap >= 0:
        return points + min(gap * options["above"], options.get("above_at_most", np.inf)), text
    return points + gap * options["below"], text


def _tiers(options: Mapping[str, Any], points: float, rows: Sequence[Row], setting: Setting) -> tuple[float, str]:
    """So many points for each of a number done, tier by tier."""
    done = _single(rows).done
    if done < 0 or done != int(done):
        raise UnscorableError(f"完成值 {show_short(done)} 不是件数")
    total, begun = 0.0, 0.0
    for tier in options["tiers"]:
        end = tier.get("up_to", np.inf)
        worth = max(min(done, end) - begun, 0.0) * tier["each"]
        total += min(worth, tier.get("at_most", np.inf))
        begun = end
    return total, f"完成 {show_short(done)} 件"


def _range(options: Mapping[str, Any], setting: Setting) -> tuple[float, float]:
    """Low and high: the rule's, else the lowest and highest of the category."""
    low = options.get("low", min(setting.peers, default=np.nan))
    high = options.get("high", max(setting.peers, default=np.nan))
    return low, high


def _scaled(options: Mapping[str, Any], done: float, setting: Setting) -> tuple[float, str]:
    low, high = _range(options, setting)
    if high == low:
        raise UnscorableError(f"最高值与最低值相同（{show_short(low)}），无法比较")
    share = (done - low) / (high - low)
    text = f"完成值 {show_short(done)}，在 {show_short(low)} 到 {show_short(high)} 之间"
    return (1 - share if options.get("reverse") else share), text


def _efficacy(options: Mapping[str, Any], points: float, rows: Sequence[Row], setting: Setting) -> tuple[float, str]:
    """功效系数法: base + (1 − base) × (x − low) / (high − low), at most `cap`, of the points."""
    base = options["base"]
    share, text = _scaled(options, _single(rows).done, setting)
    return points * min(base + (1 - base) * share, options.get("cap", np.inf)), f"功效系数 {text}"


def _minmax(options: Mapping[str, Any], points: float, rows: Sequence[Row], setting: Setting) -> tuple[float, str]:
    """极差标准化: (x − low) / (high − low), at most `cap`, of the points."""
    share, text = _scaled(options, _single(rows).done, setting)
    return points * min(share, options.get("cap", np.inf)), f"极差标准化 {text}"


def _rank(options: Mapping[str, Any], points: float, rows: Sequence[Row], setting: Setting) -> tuple[float, str]:
    """排名赋分: points by the place of 完成值 in the category: a list of points, or full points less a step a place."""
    done = _single(rows).done
    better = sum((peer < done) if options.get("reverse") else (peer > done) for peer in setting.peers)
    listed = options.get("points") or [max(points - place * options["step"], 0.0) for place in range(better + 1)]
    worth = listed[min(better, len(listed) - 1)]
    return float(worth), f"完成值 {show_short(done)} 在本类别排第 {better + 1}"


def _ladder(options: Mapping[str, Any], points: float, rows: Sequence[Row], setting: Setting) -> tuple[float, str]:
    """分段: the share of the highest step that 完成值 reaches; below all of them nothing."""
    done = _single(rows).done
    for bar, share in sorted(options["steps"], reverse=True):
        if reaches(done, bar):
            return points * share, f"完成值 {show_short(done)} 达到 {show_short(bar)}，得 {show_short(share * 100)}%"
    return 0.0, f"完成值 {show_short(done)} 没有达到最低一段"


_KINDS = {
    "given": _given,
    "mean": _several,
    "blend": _blend,
    "proportional": _proportional,
    "gap": _gap,
    "tiers": _tiers,
    "efficacy": _efficacy,
    "minmax": _minmax,
    "rank": _rank,
    "ladder": _ladder,
}
