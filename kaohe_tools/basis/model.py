"""The model of what a result was made of: scheme, readings, inputs by subject, and what each step of grading did."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kaohe_tools.scheme import Scheme, Stage, When

BASIS = "联动.json"
LARGEST = 200_000  # contributions; with more the workbook holds values only


@dataclass(frozen=True)
class Line:
    """One row of 明细.csv. kind: item, stage (an earlier stage's score), entry (ledger), adjust (cap, floor, zero,
    rescaling) or together (merged, see `anonymity`).

    total: points of all items of the leaf; shared: the leaves of its top part that were scored, where others were left
    out; how: kind, options and figures of a rule that a short formula can say; merged: items of the leaf are hidden.
    """

    subject: int
    kind: str
    top: str
    leaf: str
    component: str
    points: float | None
    score: float
    value: float
    what: str = ""
    total: float | None = None
    shared: tuple[str, ...] = ()
    how: Mapping[str, Any] = field(default_factory=dict)
    merged: bool = False


@dataclass(frozen=True)
class OpenPool:
    """A pool of places as it stood. index: of the declared pool (−1: a group); value: group, or value of the column."""

    index: int
    value: str
    name: str
    count: int
    places: int | None
    sum: str


@dataclass(frozen=True)
class Taken:
    """What a step did, by position in the stage: whom it took; with places, who might have had one and who tied."""

    step: int
    took: tuple[int, ...]
    pool: OpenPool | None = None
    may: tuple[int, ...] = ()
    tied: tuple[int, ...] = ()


@dataclass(frozen=True)
class StageBasis:
    """One stage; every list runs over its subjects in the order of 结果.csv.

    facts: None where not given; votes: counts, None where too few voted; links: numbers in earlier stages (−1: none).
    literals: by condition (`key_of`), what it comes to for those of whom its figures are not told, None for the others;
    of a condition on history, what the years before come to. flags: conditions that the state of the grading does not
    touch. names: what grades are called. hidden: by part, whose figure is not told. sums: unrounded, by part, ADJUST
    and composite. spare: pools that nobody was in.
    """

    name: str
    numbers: tuple[int, ...]
    categories: tuple[str, ...]
    subjects: tuple[str, ...]
    groups: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]
    facts: Mapping[str, tuple[Any, ...]]
    votes: Mapping[str, tuple[float | None, ...]]
    links: Mapping[str, tuple[int, ...]]
    literals: Mapping[str, tuple[bool | None, ...]]
    flags: Mapping[str, tuple[bool, ...]]
    names: tuple[Mapping[str, str], ...]
    hidden: Mapping[str, tuple[bool, ...]]
    sums: Mapping[str, tuple[float | None, ...]]
    grade: tuple[str, ...]
    pending: tuple[str, ...]
    taken: tuple[Taken, ...]
    spare: tuple[Taken, ...] = ()


@dataclass(frozen=True)
class Basis:
    """A whole case. lines: in the order of 明细.csv; result: a fingerprint of the tables that it belongs to."""

    scheme: Scheme
    readings: Mapping[str, str]
    params: Mapping[str, Any]
    stages: Mapping[str, StageBasis]
    lines: tuple[Line, ...]
    result: str = ""


def key_of(when: When) -> str:
    """A condition as text, by which what it comes to is found."""
    return json.dumps(when, ensure_ascii=False, sort_keys=True)


def own_state(when: When | None, stage: Stage) -> bool:
    """Does a condition look at grades or questions of its own stage, which change from step to step?"""
    if when is None or "of" in when:
        return False
    if "named" in when:
        return own_state(stage.conditions[when["named"]].when, stage)
    if "not" in when:
        return own_state(when["not"], stage)
    inner = when.get("all", when.get("any"))
    if inner is not None:
        return any(own_state(each, stage) for each in inner)
    return any(name in when for name in ("grade", "pending", "history"))
