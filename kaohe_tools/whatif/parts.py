"""Other points for parts, named as people name them: which stage, category and leaf each word means.

A part is named 部分, 环节:部分, 类别:部分 or 环节:类别:部分; one that has parts shares its points among its leaves as
today. What is named more closely counts before what is named more widely.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from kaohe_tools.directory import suggest
from kaohe_tools.exact import show_short, tidy
from kaohe_tools.problems import Place, Problems
from kaohe_tools.scheme import Part, Scheme, Stage
from kaohe_tools.whatif.scenario import Scenario
from kaohe_tools.whatif.weights import points_of, pro_rata, reweighed

_COLON = re.compile("[:：]")
_CLOSE = 1e-9


@dataclass(frozen=True)
class _Named:
    """A part as a word names it, in one category: how closely (number of words), its leaves and its points."""

    key: str
    closeness: int
    part: str
    leaves: tuple[str, ...]
    points: float


def with_points(
    scheme: Scheme, present: Collection[tuple[str, str]], scenario: Scenario, problems: Problems, notes: list[str]
) -> Scheme:
    """The scheme with the points that a scenario names. `present`: the (stage, category) pairs that have subjects.

    Words that name nothing, or several things, are told; `notes` gets a sentence for each category that changes.
    """
    named: dict[tuple[str, str], list[_Named]] = {}
    for key, points in scenario.points.items():
        place = scenario.place("部分", key)
        found = _meant(scheme, present, key, place, problems, notes)
        for stage, category, part in found:
            leaves = tuple(leaf.name for leaf in part.leaves(category))
            closeness = len(_COLON.split(key)) + (part.name not in {top.name for top in scheme.stages[stage].parts})
            named.setdefault((stage, category), []).append(_Named(key, closeness, part.name, leaves, points))
    changed: dict[str, dict[str, dict[str, float]]] = {}
    for (stage, category), words in named.items():
        place = scenario.place("部分", words[0].key)
        new = _shared_out(scheme.stages[stage], category, words, scenario.free, place, problems)
        today = points_of(scheme.stages[stage], category)
        if new is not None and any(abs(new[leaf] - today[leaf]) > _CLOSE for leaf in today):
            notes.append(_told(scheme.stages[stage], category, words, new))
            for leaf, points in new.items():
                changed.setdefault(stage, {}).setdefault(leaf, {})[category] = points
    for stage, points in changed.items():
        scheme = reweighed(scheme, stage, points)
    return scheme


def _meant(
    scheme: Scheme,
    present: Collection[tuple[str, str]],
    key: str,
    place: Place,
    problems: Problems,
    notes: list[str],
) -> list[tuple[str, str, Part]]:
    """Stage, category and part that a word names; none, told, where it is unclear."""
    *where, name = (tidy(word) for word in _COLON.split(key))
    pairs = list(present)
    for word in where:
        pairs = [pair for pair in pairs if word in map(tidy, pair)]
    absent = [(s, c) for s, stage in scheme.stages.items() for c in stage.categories if (s, c) not in present]
    if not pairs and any(all(word in map(tidy, pair) for word in where) for pair in absent) and len(where) <= 2:
        notes.append(f"“{key}”：名册里没有这个类别的对象，没有用到")
        return []
    if len(where) > 2 or not pairs:
        known = [*dict.fromkeys(stage for stage, _ in present), *dict.fromkeys(category for _, category in present)]
        wrong = next((word for word in where if word not in map(tidy, known)), key)
        problems.error(place, f"“{key}”：没有环节或类别“{wrong}”", suggest(wrong, known))
        return []
    found = [(s, c, part) for s, c in pairs if (part := _part(scheme.stages[s], name)) and part.leaves(c)]
    stages = list(dict.fromkeys(stage for stage, *_ in found))
    if len(stages) > 1:
        problems.error(
            place, f"“{key}”在多个环节都有：{'、'.join(stages)}", f"请写明环节，如 {stages[0]}:{found[0][2].name}"
        )
        return []
    if not found:
        _tell_unknown(scheme, pairs, key, name, place, problems)
    return found


def _part(stage: Stage, name: str) -> Part | None:
    return next((part for top in stage.parts for part in top.walk() if tidy(part.name) == name), None)


def _tell_unknown(scheme: Scheme, pairs: list, key: str, name: str, place: Place, problems: Problems) -> None:
    parts = [part for s, c in pairs for top in scheme.stages[s].parts for part in top.walk() if part.leaves(c)]
    within = next((part.name for part in parts if name in map(tidy, part.aliases)), "")
    if within:
        problems.error(place, f"“{key}”是“{within}”里的一类指标，不是部分", f"请写“{within}”，或在方案文件里改指标")
    else:
        problems.error(place, f"没有部分“{key}”", suggest(name, [part.name for part in parts]))


def _shared_out(
    stage: Stage, category: str, words: list[_Named], free: bool, place: Place, problems: Problems
) -> dict[str, float] | None:
    """By leaf its new points; None (told) where the words cannot all be met."""
    today = points_of(stage, category)
    fixed: dict[str, float] = {}
    by: dict[str, _Named] = {}
    for word in sorted(words, key=lambda word: -word.closeness):
        same = next((by[leaf] for leaf in word.leaves if leaf in by and by[leaf].closeness == word.closeness), None)
        if same is not None:
            problems.error(place, f"“{same.key}”和“{word.key}”说的是同一部分（类别“{category}”）", "请只留一处")
            return None
        rest = {leaf: today[leaf] for leaf in word.leaves if leaf not in fixed}
        if not rest:
            continue
        left = word.points - sum(fixed.get(leaf, 0.0) for leaf in word.leaves)
        if left < -_CLOSE:
            problems.error(place, f"“{word.part}”定为 {show_short(word.points)}，少于其中已写明的各项之和", "请改正")
            return None
        fixed |= _spread(rest, max(left, 0.0))
        by |= dict.fromkeys(rest, word)
    if free:
        return {**today, **fixed}
    try:
        return pro_rata(today, fixed)
    except ValueError:
        what = "、".join(f"{word.part} {show_short(word.points)}" for word in words)
        total = f"类别“{category}”各部分合计应为 {show_short(sum(today.values()))}"
        problems.error(
            place, f"{what}：{total}，写明的共 {show_short(sum(fixed.values()))}", "请改正，或让总分改变（--free）"
        )
        return None


def _spread(today: Mapping[str, float], points: float) -> dict[str, float]:
    """Points shared among leaves as today; alike where they have none today."""
    total = sum(today.values())
    return {leaf: points * own / total if total else points / len(today) for leaf, own in today.items()}


def _told(stage: Stage, category: str, words: list[_Named], new: Mapping[str, float]) -> str:
    """One sentence on what becomes of a category's parts."""
    today = points_of(stage, category)
    named = {leaf for word in words for leaf in word.leaves}

    def moved(what: str, leaves: Iterable[str]) -> str:
        before, after = (sum(points[leaf] for leaf in leaves) for points in (today, new))
        return f"{what} {show_short(before)}→{show_short(after)}" if abs(before - after) > _CLOSE else ""

    own = "、".join(filter(None, (moved(word.part, word.leaves) for word in {w.part: w for w in words}.values())))
    others = "、".join(filter(None, (moved(leaf, [leaf]) for leaf in today if leaf not in named)))
    before, after = sum(today.values()), sum(new.values())
    kept = abs(before - after) < _CLOSE
    total = f"合计 {show_short(after)} 不变" if kept else f"合计 {show_short(before)}→{show_short(after)}"
    rest = f"其余按比例：{others}" if others else "其余不变"
    return f"{stage.name}·{category}：{own or '写明的不变'}；{rest}；{total}"
