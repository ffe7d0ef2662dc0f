"""Bars of the scheme's grades that a subject can no longer reach, or will fall under, at the present pace.

What is known is the score that each watched indicator would end with; all else is taken as full marks. So a bar that is
told is missed even in the best case, bonuses aside.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kaohe_tools.assess import Prepared
from kaohe_tools.exact import publish, show, show_short
from kaohe_tools.monitor.progress import RESULT
from kaohe_tools.scheme import COMPOSITE, Stage, Step, When, in_force

_WORSE = {"set": "将定为{}", "ceiling": "最高只能定为{}", "pending": "将待定（{}）"}
_BETTER = {"give": "达不到“{}”的条件", "places": "达不到“{}”的条件"}


@dataclass(frozen=True)
class Bar:
    """A line of a grade: `below`, or not `above`, the figure of a part leads to what `text` says."""

    part: str
    figure: float
    inclusive: bool
    text: str
    article: str


@dataclass(frozen=True)
class Miss:
    """A subject that misses a bar at best."""

    subject: int
    part: str
    best: float
    text: str
    article: str


def missed(prepared: Prepared, judged: pd.DataFrame) -> list[Miss]:
    """Every bar that a subject misses although all that is not watched is taken as full marks."""
    lines = {name: list(_bars(stage, prepared)) for name, stage in prepared.directory.scheme.stages.items()}
    if not any(lines.values()):
        return []
    last = judged[judged["last"] & (judged["component"] == "") & judged["score"].notna()]
    open_ = set(last.loc[last["state"] != RESULT, "item"])
    scores = last.set_index("item")["score"]
    items = prepared.bound.items
    own = scores.reindex(items.index)
    best = items.assign(best=np.where(own.notna(), own, items["points"]), known=own.notna())
    found = []
    for number, rows in best.groupby("subject"):
        if open_.isdisjoint(rows.index):  # nothing is watched any more: the assessment itself tells
            continue
        subject = prepared.directory.subjects.loc[number]
        stage = prepared.directory.scheme.stages[subject["stage"]]
        for bar in lines[stage.name]:
            figure = _at_best(stage, subject["category"], bar.part, rows)
            if figure is not None and _misses(figure, bar):
                found.append(Miss(int(number), bar.part, figure, bar.text, bar.article))
    return found


def _misses(figure: float, bar: Bar) -> bool:
    return figure <= bar.figure if bar.inclusive else figure < bar.figure


def _at_best(stage: Stage, category: str, part: str, rows: pd.DataFrame) -> float | None:
    """The published score of a part at best; None where nothing of it is watched."""
    named = stage.part_named(part)
    leaves = stage.leaves(category) if part == COMPOSITE else named.leaves(category) if named else []
    total, watched = 0.0, False
    for leaf in leaves:
        own = rows[rows["leaf"] == leaf.name]
        watched |= bool(own["known"].any())
        points = own["points"].sum()
        total += leaf.points[category] * (own["best"].sum() / points if points else 1.0)
    return float(publish(total)) if watched else None


def _bars(stage: Stage, prepared: Prepared) -> Iterator[Bar]:
    """The bars of a stage's grades under the readings in force; those of a composite taken from elsewhere left out."""
    for step in stage.steps:
        if step.when is None or not in_force(step.only_if, prepared.case.readings):
            continue
        worse, better = _WORSE.get(step.kind), _BETTER.get(step.kind)
        if worse:
            yield from _lines(stage, step, step.when, "any", ("below", "at_most"), worse)
        elif better:
            yield from _lines(stage, step, step.when, "all", ("at_least", "above"), better)


def _lines(stage: Stage, step: Step, when: When, through: str, bars: tuple[str, str], text: str) -> Iterator[Bar]:
    """The bars of scores in a condition that decide by themselves (each of `any`, or of `all` where one must hold)."""
    if "named" in when:
        yield from _lines(stage, step, stage.conditions[when["named"]].when, through, bars, text)
    elif through in when:
        for one in when[through]:
            yield from _lines(stage, step, one, through, bars, text)
    elif "score" in when and "of" not in when and not (when["score"] == COMPOSITE and _elsewhere(stage)):
        for bar, inclusive in zip(bars, (False, True), strict=True):
            if bar in when and not (set(when) & {"below", "at_most", "at_least", "above"} - {bar}):
                words = f"低于 {show_short(when[bar])}" if not inclusive else f"不高于 {show_short(when[bar])}"
                yield Bar(when["score"], when[bar], inclusive, f"{words}，{text.format(step.word)}", step.article)


def _elsewhere(stage: Stage) -> bool:
    return bool(stage.composite_from) or stage.rescale is not None


def told(miss: Miss) -> str:
    """A miss in words."""
    return f"即使没有监测的各项都得满分，{miss.part}年底最多 {show(miss.best)}（不计加减分），{miss.text}"
