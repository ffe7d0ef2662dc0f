"""The sense of a scheme file: totals, and names that must be declared elsewhere in it; each flaw at its line."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from kaohe_tools.problems import Place, Problems
from kaohe_tools.scheme.model import COMPOSITE, UNSETTLED, Part, Scheme, Stage
from kaohe_tools.yamlfile import Document


def check_sense(scheme: Scheme, document: Document, problems: Problems) -> None:
    """What the JSON Schema cannot see: totals, and names that must be declared somewhere else in the file."""
    for name, reading in scheme.readings.items():
        if reading.default not in reading.choices:
            place = document.place("readings", name, "default")
            problems.error(place, f"读法“{name}”的默认值“{reading.default}”不在 choices 中", "请改为其中之一")
    for stage in scheme.stages.values():
        _check_parts(stage, document, problems)
        _check_steps(scheme, stage, document, problems)


def _check_parts(stage: Stage, document: Document, problems: Problems) -> None:
    for category in stage.categories:
        total = sum(part.total(category) for part in stage.parts)
        if stage.total is not None and abs(total - stage.total) > 1e-9:
            place = document.place("stages", stage.name, "parts")
            problems.error(
                place, f"类别“{category}”各部分分值合计 {total:g}，与总分 {stage.total:g} 不符", "请核对分值"
            )
    for part in (part for top in stage.parts for part in top.walk()):
        place = document.place("stages", stage.name, "parts", *_path_to(stage, part))
        for category in part.points:
            if category not in stage.categories:
                problems.error(place, f"部分“{part.name}”的分值写了未声明的类别“{category}”", "请核对类别名称")
        if part.source == "fact":
            fact = stage.facts.get(part.fact)
            if fact is None:
                problems.error(place, f"部分“{part.name}”取自未声明的情形“{part.fact}”", "请在 facts 中声明")
            elif set(fact.choices) != set(part.values):
                problems.error(place, f"部分“{part.name}”的 values 与情形“{part.fact}”的选项不一致", "请逐项写明得分")


def _path_to(stage: Stage, part: Part) -> list[str]:
    def search(parts: tuple[Part, ...], path: list[str]) -> list[str] | None:
        for entry in parts:
            here = [*path, entry.name]
            if entry is part:
                return here
            below = search(entry.parts, [*here, "parts"])
            if below:
                return below
        return None

    return search(stage.parts, []) or []


def _check_steps(scheme: Scheme, stage: Stage, document: Document, problems: Problems) -> None:
    for i, step in enumerate(stage.steps):
        place = document.place("stages", stage.name, "grading", i)
        if step.kind != "flag" and step.grade not in (*stage.grades, UNSETTLED):
            problems.error(place, f"等次“{step.grade}”没有在 grades 中声明", f"已声明：{'、'.join(stage.grades)}")
        if step.param and step.param not in scheme.params:
            problems.error(place, f"参数“{step.param}”没有在 params 中声明", "请声明它的条款和默认值")
        _check_condition(step.when, stage, place, problems)
    for i, consequence in enumerate(stage.consequences):
        _check_condition(consequence.when, stage, document.place("stages", stage.name, "consequences", i), problems)


def _check_condition(when: Mapping[str, Any] | None, stage: Stage, place: Place, problems: Problems) -> None:
    """Every name in a condition is one that the stage declares."""
    if when is None:
        return
    parts = [part.name for top in stage.parts for part in top.walk()]
    known = {"fact": list(stage.facts), "score": [*parts, COMPOSITE], "last": [*parts, COMPOSITE]}
    known |= {"grade": list(stage.grades), "category": list(stage.categories)}
    for key, names in known.items():
        given = when.get(key, [])
        for name in [given] if isinstance(given, str) else given:
            if name not in names:
                near = get_close_matches(name, names, 1)
                problems.error(
                    place, f"条件里的“{name}”没有声明", f"是不是“{near[0]}”？" if near else f"可用：{'、'.join(names)}"
                )
    for inner in [*when.get("all", []), *when.get("any", []), *([when["not"]] if "not" in when else [])]:
        _check_condition(inner, stage, place, problems)
