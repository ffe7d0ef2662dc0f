"""Plain data of a checked scheme file → the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kaohe_tools.exact import parse_share
from kaohe_tools.scheme.announcing import build_publicity, build_secrecy
from kaohe_tools.scheme.checks import build_check
from kaohe_tools.scheme.model import (
    GIVEN,
    Ballot,
    Clause,
    Code,
    Composition,
    Consequence,
    Fact,
    Floor,
    Ledger,
    Limit,
    Param,
    Part,
    Pool,
    Reading,
    Rescale,
    Rule,
    Scheme,
    Stage,
    Step,
)

STEP_KINDS = ("set", "give", "ceiling", "flag", "pending", "places", "mark", "baseline")
SHARES = ("floor", "cap", "base")  # options of a rule that are written as shares

Entry = Mapping[str, Any]


def build_scheme(data: Entry, common: Entry, sha256: str) -> Scheme:
    """Build a scheme; `common` is what all schemes share (readings, worth of votes)."""
    readings = {**common["readings"], **data.get("readings", {})}
    params = data.get("params", {}).items()
    return Scheme(
        id=data["id"],
        title=data["title"],
        source={key: str(value) for key, value in data["source"].items()},
        readings={name: _reading(name, entry) for name, entry in readings.items()},
        params={name: Param(name, e["title"], e["article"], e.get("default")) for name, e in params},
        stages=_stages(data["stages"], common),
        sha256=sha256,
        publicity=build_publicity(data.get("publicity")),
        secrecy=build_secrecy(data.get("secrecy")),
    )


def _word(value: object) -> str:
    """A choice as text: YAML reads true and false as such."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _only_if(entry: Entry) -> dict[str, str]:
    return {name: _word(choice) for name, choice in entry.get("only_if", {}).items()}


def _clause(entry: Entry | None) -> Clause | None:
    return None if entry is None else Clause(entry["when"], entry["article"], _only_if(entry))


def _reading(name: str, entry: Entry) -> Reading:
    choices = {_word(code): text for code, text in entry["choices"].items()}
    return Reading(name, entry["question"], entry["article"], choices, _word(entry["default"]))


# --- stages -----------------------------------------------------------------------------------------------------------


def _stages(entries: Entry, common: Entry) -> dict[str, Stage]:
    stages: dict[str, Stage] = {}
    for name, entry in entries.items():
        same = entries.get(entry.get("same_subjects", ""), {})
        stages[name] = _stage(name, {"categories": same.get("categories", {}), **entry}, common)
    return stages


def _stage(name: str, entry: Entry, common: Entry) -> Stage:
    categories = {category: tuple((e or {}).get("aliases", ())) for category, e in entry["categories"].items()}
    ledger, composite, ballot = entry.get("ledger"), entry.get("composite", {}), entry.get("ballot")
    within = entry.get("rank_within", ())
    total = entry.get("total")
    return Stage(
        name=name,
        categories=categories,
        parts=tuple(_part(part, e, categories) for part, e in entry.get("parts", {}).items()),
        votes={vote: _share(share) for vote, share in entry.get("votes", common["votes"]).items()},
        abstain=common["abstain"],
        ledger=None if ledger is None else _ledger(ledger),
        facts={fact: _fact(fact, e) for fact, e in entry.get("facts", {}).items()},
        grades=tuple(entry.get("grades", ())),
        steps=tuple(_step(e) for e in entry.get("grading", ())),
        consequences=tuple(
            Consequence(e["when"], tuple(e["then"]), e["article"], _only_if(e)) for e in entry.get("consequences", ())
        ),
        total={} if total is None else _points(total, categories),
        rank_within=(within,) if isinstance(within, str) else tuple(within),
        same_subjects=entry.get("same_subjects", ""),
        composite_from=composite.get("stage", ""),
        composite_article=composite.get("article", ""),
        ballot=None if ballot is None else Ballot(ballot["item"], tuple(ballot["votes"]), ballot["article"]),
        rules={rule: _rule(rule, e) for rule, e in entry.get("rules", {}).items()},
        conditions={key: Clause(e["when"], e["article"]) for key, e in entry.get("conditions", {}).items()},
        grade_names=tuple((e["when"], e["names"]) for e in entry.get("grade_names", ())),
        limits=tuple(Limit(e["grade"], _share(e["share"]), e["article"]) for e in entry.get("limits", ())),
        marks={key: Clause(e["no_when"], e["article"]) for key, e in entry.get("marks", {}).items()},
        rescale=_rescale(entry.get("rescale")),
        tie_break=tuple(entry.get("tie_break", ())),
        checks=tuple(build_check(e) for e in entry.get("checks", ())),
    )


def _share(value: Any) -> float:
    share = parse_share(value)
    if share is None:
        raise ValueError(f"not a share: {value!r}")
    return share


def _rescale(entry: Entry | None) -> Rescale | None:
    if entry is None:
        return None
    return Rescale(entry["to"], entry["article"], tuple(entry.get("except", ())), _only_if(entry))


def _points(value: Any, categories: Mapping[str, Any]) -> dict[str, float]:
    if isinstance(value, Mapping):
        return {name: float(points) for name, points in value.items()}
    return dict.fromkeys(categories, float(value))


def _part(name: str, entry: Entry, categories: Mapping[str, Any], given: Mapping[str, float] | None = None) -> Part:
    """A part; `given`: its points where they follow from its weight in the part above."""
    points = _points(entry.get("points", {}), categories) if given is None else dict(given)
    below = entry.get("parts", {})
    weights = {sub: e["weight"] for sub, e in below.items() if "weight" in e}
    shares = {sub: weight / sum(weights.values()) for sub, weight in weights.items()}
    parts = tuple(
        _part(sub, e, categories, {c: p * shares[sub] for c, p in points.items()} if sub in shares else None)
        for sub, e in below.items()
    )
    floor = entry.get("floor")
    return Part(
        name=name,
        article=entry["article"],
        points={} if weights else points,
        source=entry.get("from", "scores"),
        parts=parts,
        aliases=tuple(entry.get("aliases", ())),
        indicator_total=entry.get("indicator_total"),
        composition=tuple(
            Composition(e["label"], _points(e["points"], categories), e["article"], e.get("rest", False))
            for e in entry.get("composition", ())
        ),
        fact=entry.get("fact", ""),
        values={choice: float(worth) for choice, worth in entry.get("values", {}).items()},
        stage=entry.get("stage", ""),
        rule=_rule(name, entry["rule"]) if "rule" in entry else GIVEN,
        floor=None if floor is None else Floor(floor["at"], floor["article"], _only_if(floor)),
        zero=_clause(entry.get("zero_when")),
    )


def _rule(name: str, entry: Entry) -> Rule:
    options = {key: value for key, value in entry.items() if key not in ("kind", "article")}
    options |= {key: _share(options[key]) for key in SHARES if key in options}
    if "of" in options:
        options["of"] = {source: _share(share) for source, share in options["of"].items()}
    if "steps" in options:
        options["steps"] = [(e["at_least"], _share(e["share"])) for e in options["steps"]]
    return Rule(name, entry["kind"], entry["article"], options)


def _ledger(entry: Entry) -> Ledger:
    return Ledger(entry["article"], {name: _code(name, e) for name, e in entry["codes"].items()}, entry.get("cap"))


def _code(name: str, entry: Entry) -> Code:
    return Code(
        name=name,
        sign={"plus": 1, "minus": -1}[entry["sign"]],
        article=entry["article"],
        points=entry.get("points"),
        per=entry.get("per", ""),
        level=entry.get("level", 0),
        commend=entry.get("commend", False),
        not_for=entry.get("not_for", {}),
        to=entry.get("to", ""),
        range=tuple(entry["range"]) if "range" in entry else None,
    )


def _fact(name: str, e: Entry) -> Fact:
    return Fact(name, e["type"], e["article"], tuple(e.get("choices", ())), e.get("note", ""), e.get("expected", False))


# --- steps ------------------------------------------------------------------------------------------------------------


def _is_param(value: Any) -> bool:
    return isinstance(value, Mapping) and set(value) == {"param"}


def _step(entry: Entry) -> Step:
    kind = next(kind for kind in STEP_KINDS if kind in entry)
    number, share = entry.get("number"), entry.get("share")
    param = next((value["param"] for value in (number, share) if _is_param(value)), "")
    params: dict[str, str] = {}
    if isinstance(share, Mapping) and not param:
        params = {category: value["param"] for category, value in share.items() if _is_param(value)}
        share = {category: _share(value) for category, value in share.items() if not _is_param(value)}
    elif share is not None and not param:
        share = _share(share)
    return Step(
        kind=kind,
        word=entry[kind],
        article=entry["article"],
        when=entry.get("when"),
        only_if=_only_if(entry),
        proposal=entry.get("proposal", ""),
        lacking=tuple(entry.get("lacking", ())),
        number=None if param else number,
        share=None if param else share,
        param=param,
        counted=_is_param(number),
        params=params,
        unset=entry.get("unset", ""),
        pools=tuple(_pool(e) for e in entry.get("pools", ())),
        first=_clause(entry.get("first")),
        rounding=entry.get("rounding", ""),
        note=entry.get("note", ""),
    )


def _pool(entry: Entry) -> Pool:
    return Pool(
        name=entry["name"],
        members=entry["members"],
        article=entry["article"],
        per=entry.get("per", ""),
        count=entry.get("count"),
        share=_share(entry["share"]) if "share" in entry else None,
        shares=tuple((e["when"], _share(e["share"])) for e in entry.get("shares", ())),
        every=entry.get("all", False),
        note=entry.get("note", ""),
    )
