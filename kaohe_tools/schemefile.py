"""Scheme files → `Scheme`: YAML checked against the language's JSON Schema, then for sense; every flaw with its line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from kaohe_tools.exact import parse_share
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.scheme import (
    COMPOSITE,
    UNSETTLED,
    Code,
    Composition,
    Consequence,
    Fact,
    Ledger,
    Param,
    Part,
    Reading,
    Scheme,
    Stage,
    Step,
)
from kaohe_tools.yamlfile import Document, read_yaml

SCHEMES = Path(__file__).parent / "schemes"
STEP_KINDS = ("set", "ceiling", "flag", "places", "baseline")


def built_in() -> list[str]:
    """The ids of the schemes that come with the package."""
    return sorted(path.stem for path in SCHEMES.glob("*.yaml") if path.stem != "common")


def load_scheme(name: str, folder: Path | None = None) -> Scheme:
    """A built-in scheme by its id, or a scheme file by its path (relative to `folder`).

    Raises InputError with every flaw of the file, or where there is no such scheme.
    """
    path = SCHEMES / f"{name}.yaml" if name in built_in() else (folder or Path()) / name
    problems = Problems()
    if not path.is_file():
        near = get_close_matches(name, built_in(), 1)
        hint = f"是不是“{near[0]}”？" if near else ""
        problems.error(
            Place(), f"没有考核办法“{name}”", f"{hint}内置办法：{'、'.join(built_in())}；也可写办法文件的路径"
        )
        raise InputError(problems)
    document = read_yaml(path, problems)
    if document is None or problems.errors:
        raise InputError(problems)
    _check_language(document, problems)
    if problems.errors:
        raise InputError(problems)
    scheme = _build(document.data, hashlib.sha256(path.read_bytes()).hexdigest())
    _check_sense(scheme, document, problems)
    if problems.errors:
        raise InputError(problems)
    return scheme


def category_vocabulary() -> dict[str, tuple[str, ...]]:
    """Every category that a built-in scheme knows, with the other names it goes by."""
    stages = [stage for name in built_in() for stage in load_scheme(name).stages.values()]
    return {category: aliases for stage in stages for category, aliases in stage.categories.items()}


@cache
def _common() -> Mapping[str, Any]:
    problems = Problems()
    document = read_yaml(SCHEMES / "common.yaml", problems)
    if document is None:
        raise InputError(problems)
    return document.data


# --- language -----------------------------------------------------------------------------------------------------


def _check_language(document: Document, problems: Problems) -> None:
    """Compare the file with the JSON Schema of the language; one message for each flaw, at its line."""
    import jsonschema

    schema = json.loads((SCHEMES / "scheme.schema.json").read_text(encoding="utf-8"))
    for error in jsonschema.Draft202012Validator(schema).iter_errors(document.data):
        for leaf in _innermost(error):
            message, advice = _in_words(leaf)
            problems.error(document.place(*leaf.absolute_path), message, advice)


def _innermost(error) -> Iterator:
    """The errors that say most: for a choice of forms, those of the form that comes nearest."""
    if error.validator in ("oneOf", "anyOf") and error.context:
        deepest = max(len(sub.absolute_path) for sub in error.context)
        if deepest > len(error.absolute_path):
            for sub in error.context:
                if len(sub.absolute_path) == deepest:
                    yield from _innermost(sub)
            return
    yield error


def _in_words(error) -> tuple[str, str]:
    where = f"“{error.absolute_path[-1]}”" if error.absolute_path else "文件"
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        if "article" in missing:
            return f"{where}没有条款", "每个数字和规定都要写 article（依据的条款）"
        return f"{where}缺少 {'、'.join(missing)}", "请补上"
    if error.validator == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        extra = [key for key in error.instance if key not in known]
        near = {key: get_close_matches(key, known, 1) for key in extra}
        hints = "；".join(f"{key} 是不是 {match[0]}？" for key, match in near.items() if match)
        return f"{where}里有不认识的条目 {'、'.join(extra)}", hints or f"可用：{'、'.join(known)}"
    if error.validator == "enum":
        return f"{where}的值“{error.instance}”不在可选范围", f"可选：{'、'.join(map(str, error.validator_value))}"
    if error.validator == "oneOf" and isinstance(error.instance, Mapping):
        needed = [key for form in error.validator_value for key in form.get("required", [])]
        return f"{where}写法不对", f"以下条目应当恰好写一个：{'、'.join(needed)}" if needed else "请对照手册"
    if error.validator == "anyOf" and isinstance(error.instance, Mapping):
        return f"{where}没有分值", "请写 points（分值）或 parts（下级部分）"
    return f"{where}的值“{error.instance}”不合要求", "请对照手册改正写法"


# --- building -----------------------------------------------------------------------------------------------------


def _build(data: Mapping[str, Any], sha256: str) -> Scheme:
    common = _common()
    readings = {**common["readings"], **data.get("readings", {})}
    stages = {name: _stage(name, entry, common) for name, entry in data["stages"].items()}
    return Scheme(
        id=data["id"],
        title=data["title"],
        source={key: str(value) for key, value in data["source"].items()},
        readings={name: _reading(name, entry) for name, entry in readings.items()},
        params={
            name: Param(name, e["title"], e["article"], e.get("default")) for name, e in data.get("params", {}).items()
        },
        stages=stages,
        sha256=sha256,
    )


def _plain_word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _reading(name: str, entry: Mapping[str, Any]) -> Reading:
    choices = {_plain_word(code): text for code, text in entry["choices"].items()}
    return Reading(name, entry["question"], entry["article"], choices, _plain_word(entry["default"]))


def _stage(name: str, entry: Mapping[str, Any], common: Mapping[str, Any]) -> Stage:
    categories = {category: tuple((e or {}).get("aliases", ())) for category, e in entry["categories"].items()}
    ledger = entry.get("ledger")
    return Stage(
        name=name,
        categories=categories,
        parts=tuple(_part(part, e, categories) for part, e in entry.get("parts", {}).items()),
        votes={vote: parse_share(share) for vote, share in entry.get("votes", common["votes"]).items()},
        abstain=common["abstain"],
        ledger=None if ledger is None else _ledger(ledger),
        facts={fact: _fact(fact, e) for fact, e in entry.get("facts", {}).items()},
        grades=tuple(entry.get("grades", ())),
        steps=tuple(_step(e) for e in entry.get("grading", ())),
        consequences=tuple(
            Consequence(e["when"], tuple(e["then"]), e["article"]) for e in entry.get("consequences", ())
        ),
        total=entry.get("total"),
    )


def _points(value: Any, categories: Mapping[str, Any]) -> dict[str, float]:
    return (
        {name: float(p) for name, p in value.items()}
        if isinstance(value, Mapping)
        else dict.fromkeys(categories, float(value))
    )


def _part(name: str, entry: Mapping[str, Any], categories: Mapping[str, Any]) -> Part:
    return Part(
        name=name,
        article=entry["article"],
        points=_points(entry.get("points", {}), categories),
        source=entry.get("from", "scores"),
        parts=tuple(_part(sub, e, categories) for sub, e in entry.get("parts", {}).items()),
        aliases=tuple(entry.get("aliases", ())),
        indicator_total=entry.get("indicator_total"),
        composition=tuple(
            Composition(e["label"], _points(e["points"], categories), e["article"], e.get("rest", False))
            for e in entry.get("composition", ())
        ),
        fact=entry.get("fact", ""),
        values={choice: float(points) for choice, points in entry.get("values", {}).items()},
    )


def _ledger(entry: Mapping[str, Any]) -> Ledger:
    codes = {
        name: Code(
            name,
            {"plus": 1, "minus": -1}[e["sign"]],
            e["article"],
            e.get("points"),
            e.get("per", ""),
            e.get("level", 0),
            e.get("commend", False),
            e.get("not_for", {}),
        )
        for name, e in entry["codes"].items()
    }
    return Ledger(entry["article"], codes, entry.get("cap"))


def _fact(name: str, e: Mapping[str, Any]) -> Fact:
    return Fact(name, e["type"], e["article"], tuple(e.get("choices", ())), e.get("note", ""), e.get("expected", False))


def _step(entry: Mapping[str, Any]) -> Step:
    kind = next(kind for kind in STEP_KINDS if kind in entry)
    number, share = entry.get("number"), entry.get("share")
    param = next((v["param"] for v in (number, share) if isinstance(v, Mapping) and set(v) == {"param"}), "")
    return Step(
        kind=kind,
        grade=entry[kind],
        article=entry["article"],
        when=entry.get("when"),
        number=None if param else number,
        share=None if param or share is None else parse_share(share),
        param=param,
        note=entry.get("note", ""),
    )


# --- sense --------------------------------------------------------------------------------------------------------


def _check_sense(scheme: Scheme, document: Document, problems: Problems) -> None:
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
