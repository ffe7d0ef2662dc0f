"""The rows of 明细.csv with what their figures were made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any

import pandas as pd

from kaohe_tools.assess import Assessment
from kaohe_tools.basis.model import Line
from kaohe_tools.columns import TOGETHER
from kaohe_tools.rules import BY_DONE, Row, Setting, UnscorableError, value_of
from kaohe_tools.scheme import COMPOSITE, Rule, Scheme

NEAR = 1e-9
_BY_PEERS = ("efficacy", "minmax")  # rules that take low and high from others where the scheme does not give them


def lines_of(assessment: Assessment, shown: Assessment) -> Iterator[Line]:
    """A line for each contribution that is told (`shown`: as it may be written out)."""
    subjects, scheme = assessment.subjects, assessment.case.scheme
    whole = assessment.contributions
    scored = whole[whole["points"].notna()]
    totals = scored.groupby(["subject", "leaf"])["points"].sum().to_dict()
    there = {number: frozenset(leaves) for number, leaves in scored.groupby("subject")["leaf"]}
    counts = scored.groupby(["subject", "leaf"]).size().to_dict()
    told = shown.contributions[shown.contributions["points"].notna()].groupby(["subject", "leaf"]).size().to_dict()
    hows = _hows(assessment)
    stages, categories = subjects["stage"].to_dict(), subjects["category"].to_dict()
    shared, taken_over = cache(partial(_shared, scheme)), cache(partial(_taken_over, scheme))
    for row in shown.contributions.astype(object).itertuples():  # columns of pandas' own texts are walked slowly
        number, leaf = row.subject, row.leaf
        points = None if pd.isna(row.points) else float(row.points)
        kind = _kind(row, taken_over(stages[number], leaf))
        line = {
            "subject": int(number), "kind": kind, "top": row.top, "leaf": leaf, "component": row.component,
            "points": points, "score": float(row.score), "value": float(row.value),
        }  # fmt: skip
        if kind == "adjust":
            line["what"] = row.indicator
        if kind == "item":
            key = (number, leaf)
            line |= {"total": float(totals[key]), "merged": counts[key] != told[key]}
            line["shared"] = shared(stages[number], categories[number], leaf, there[number])
            line["how"] = hows.get((number, leaf, row.project, row.indicator), {})
        yield Line(**line)


def _kind(row: Any, taken_over: bool) -> str:
    if row.indicator == TOGETHER:
        return "together"
    if row.component:
        return "entry"
    if pd.isna(row.points):
        return "adjust"
    return "stage" if taken_over else "item"


def _taken_over(scheme: Scheme, stage: str, leaf: str) -> bool:
    """Is a part the score of another stage?"""
    part = scheme.stages[stage].part_named(leaf)
    return leaf == COMPOSITE or (part is not None and part.source == "stage")


def _shared(scheme: Scheme, stage: str, category: str, leaf: str, there: frozenset[str]) -> tuple[str, ...]:
    """The leaves among which the points of a top part are shared, where others of it were left out (missing)."""
    for top in scheme.stages[stage].parts:
        own = [part.name for part in top.leaves(category) if part.source != "stage"]
        if leaf in own:
            present = tuple(name for name in own if name in there)
            return present if len(present) < len(own) else ()
    return ()


# --- how a score came about -------------------------------------------------------------------------------------------


def _hows(assessment: Assessment) -> dict[tuple, dict[str, Any]]:
    """By subject, leaf, project and indicator: the rule of an item that a short formula can say, with its figures."""
    bound, case = assessment.bound, assessment.case
    stages = assessment.subjects["stage"].to_dict()
    scores: dict[int, list[Any]] = {}
    for given in bound.scores.astype(object).itertuples():
        scores.setdefault(given.item, []).append(given)
    found: dict[tuple, dict[str, Any]] = {}
    rules = cache(lambda stage, rule, leaf: case.scheme.stages[stage].rule_of(rule, leaf))
    for item in bound.items.astype(object).itertuples():
        stage = case.scheme.stages[stages[item.subject]]
        key = (item.subject, item.leaf, item.project, item.indicator)
        if item.source == "ledger":
            found[key] = {"kind": "full"}
        elif item.source == "fact":
            part = stage.part_named(item.leaf)
            found[key] = {"kind": "fact", "fact": part.fact, "values": dict(part.values)}
        elif item.Index in scores:
            how = _how(rules(stage.name, item.rule, item.leaf), item.points, scores[item.Index], case.readings)
            found[key] = how
    return found


def _how(rule: Rule, points: float, rows: Sequence[Any], readings: Mapping[str, str]) -> dict[str, Any]:
    """`rows`: the score rows of an item, as itertuples gives them."""
    options = dict(rule.options)
    if rule.kind in BY_DONE:
        low_and_high = {"low", "high"} <= options.keys()
        if len(rows) > 1 or rule.kind == "rank" or (rule.kind in _BY_PEERS and not low_and_high):
            return {"kind": "fixed"}
        inclusive = options.get("inclusive", True)
        if isinstance(inclusive, Mapping):
            options["inclusive"] = readings[inclusive["reading"]] == "true"
        row = rows[0]
        target = {} if pd.isna(row.target) else {"target": float(row.target)}
        return {"kind": rule.kind, "options": options, "done": float(row.done), **target}
    if rule.kind == "blend":
        return _blend(rule, points, rows)
    return {}


def _blend(rule: Rule, points: float, rows: Sequence[Any]) -> dict[str, Any]:
    """The score of each 来源 and its share; nothing where one is lacking."""
    own = Rule("", "given", "", {"trim": rule.options.get("trim", False)})
    terms = []
    for component, share in rule.options["of"].items():
        given = [Row(score=row.score) for row in rows if row.component == component]
        if not given:
            return {}
        try:
            terms.append([value_of(own, points, given, Setting())[0], share])
        except UnscorableError:
            return {}
    return {"kind": "blend", "terms": terms}
