"""The model of a scheme: one regulation as data, each figure with its article (条款).

A scheme is read from a YAML file whose language `schemes/scheme.schema.json` defines; nothing else in the package knows
a figure or a name of any regulation. `load_scheme` (module `schemefile`) builds these objects and checks them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

COMPOSITE = "综合得分"
UNSETTLED = "不确定等次"


@dataclass(frozen=True)
class Reading:
    """A question that the text leaves open, its choices (code → what it means) and the one in force unless chosen."""

    name: str
    question: str
    article: str
    choices: Mapping[str, str]
    default: str


@dataclass(frozen=True)
class Param:
    """A value that the regulation leaves to the year's plan; `default` is None where the plan must give it."""

    name: str
    title: str
    article: str
    default: Any = None


@dataclass(frozen=True)
class Composition:
    """What a group of a part's indicators should add up to; `rest` means all rows not named by another group."""

    label: str
    points: Mapping[str, float]
    article: str
    rest: bool = False


@dataclass(frozen=True)
class Part:
    """A part of the composite score. `points` by category; where a category has none here, its points are its parts'.

    `source`: where a leaf's score comes from (scores, indicators, fact).
    """

    name: str
    article: str
    points: Mapping[str, float]
    source: str = "scores"
    parts: tuple[Part, ...] = ()
    aliases: tuple[str, ...] = ()
    indicator_total: float | None = None
    composition: tuple[Composition, ...] = ()
    fact: str = ""
    values: Mapping[str, float] = field(default_factory=dict)

    def leaves(self, category: str) -> list[Part]:
        """The parts that are scored themselves in a category: this one, or those below it, or none."""
        if category in self.points:
            return [self]
        return [leaf for part in self.parts for leaf in part.leaves(category)]

    def total(self, category: str) -> float:
        """Points of this part in a category (0 where the category does not have it)."""
        return sum(leaf.points[category] for leaf in self.leaves(category))

    def walk(self) -> Iterator[Part]:
        """This part and all below it."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(frozen=True)
class Code:
    """A 标准 of the ledger: its sign (+1, −1) and fixed points (None: the ledger row gives them)."""

    name: str
    sign: int
    article: str
    points: float | None = None
    per: str = ""
    level: int = 0
    commend: bool = False
    not_for: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ledger:
    """Bonuses and penalties of a stage; `cap` bounds them to ±cap (None: unbounded)."""

    article: str
    codes: Mapping[str, Code]
    cap: float | None = None


@dataclass(frozen=True)
class Fact:
    """A 情形 that may be given for a subject: yes_no, share, count or choice."""

    name: str
    type: str
    article: str
    choices: tuple[str, ...] = ()
    note: str = ""
    expected: bool = False


@dataclass(frozen=True)
class Step:
    """One step of grading: its kind (set, ceiling, flag, places, baseline), grade and condition.

    Places come by `number` (one for all, or by category) or `share` of those taking part; either may be a `param`.
    """

    kind: str
    grade: str
    article: str
    when: Mapping[str, Any] | None = None
    number: Mapping[str, int] | int | None = None
    share: float | None = None
    param: str = ""
    note: str = ""


@dataclass(frozen=True)
class Consequence:
    """What follows from a result: when the condition holds, these."""

    when: Mapping[str, Any]
    then: tuple[str, ...]
    article: str


@dataclass(frozen=True)
class Stage:
    """One stage (环节): who is assessed, by what parts, and how grades come about."""

    name: str
    categories: Mapping[str, tuple[str, ...]]
    parts: tuple[Part, ...]
    votes: Mapping[str, float]
    abstain: str
    ledger: Ledger | None
    facts: Mapping[str, Fact]
    grades: tuple[str, ...]
    steps: tuple[Step, ...]
    consequences: tuple[Consequence, ...]
    total: float | None = None

    def leaves(self, category: str) -> list[Part]:
        """All leaf parts of a category, in the scheme's order."""
        return [leaf for part in self.parts for leaf in part.leaves(category)]

    def top_of(self, leaf: str) -> str:
        """The top-level part to which a leaf belongs."""
        return next(top.name for top in self.parts if any(part.name == leaf for part in top.walk()))

    def part_named(self, name: str) -> Part | None:
        """The part of that name, or None."""
        return next((part for top in self.parts for part in top.walk() if part.name == name), None)


@dataclass(frozen=True)
class Scheme:
    """A regulation: stages in order, the readings it declares and the parameters it leaves open."""

    id: str
    title: str
    source: Mapping[str, str]
    readings: Mapping[str, Reading]
    params: Mapping[str, Param]
    stages: Mapping[str, Stage]
    sha256: str
