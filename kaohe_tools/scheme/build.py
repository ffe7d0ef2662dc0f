"""Plain data of a checked scheme file → the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kaohe_tools.exact import parse_share
from kaohe_tools.scheme.model import (
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

STEP_KINDS = ("set", "ceiling", "flag", "places", "baseline")


def build_scheme(data: Mapping[str, Any], common: Mapping[str, Any], sha256: str) -> Scheme:
    """Build a scheme; `common` is what all schemes share (readings, worth of votes)."""
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
