"""The model of a scheme: one regulation as data, each figure with its article (条款).

A scheme is read from a YAML file in the language of `schemes/scheme.schema.json`; `load_scheme` builds and checks it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kaohe_tools.exact import tidy
from kaohe_tools.scheme.announcing import Publicity, Secrecy
from kaohe_tools.scheme.checks import Check

COMPOSITE = "综合得分"
UNSETTLED = "不确定等次"

When = Mapping[str, Any]  # a condition: structured data, see `conditions`
OnlyIf = Mapping[str, str]  # readings and the choices under which something is in force; empty: always


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
class Rule:
    """A way of scoring (计分规则); `options` are the figures of its kind, shares as fractions."""

    name: str
    kind: str
    article: str
    options: Mapping[str, Any] = field(default_factory=dict)


GIVEN = Rule("", "given", "")


@dataclass(frozen=True)
class Composition:
    """What a group of a part's indicators should add up to; `rest` means all rows not named by another group."""

    label: str
    points: Mapping[str, float]
    article: str
    rest: bool = False


@dataclass(frozen=True)
class Clause:
    """A condition with its article."""

    when: When
    article: str
    only_if: OnlyIf = field(default_factory=dict)


@dataclass(frozen=True)
class Floor:
    """A leaf's score does not fall below `at`, where the readings say so."""

    at: float
    article: str
    only_if: OnlyIf = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """A part of the composite score. `points` by category; where a category has none here, its points are its parts'.

    `source`: where a leaf's score comes from (scores, indicators, fact, ledger, stage). `values`: by value of `fact`.
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
    stage: str = ""
    rule: Rule = GIVEN
    floor: Floor | None = None
    zero: Clause | None = None

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
    """A 标准 of the ledger: its sign (+1, −1), fixed points (None: the row gives them), and the part it goes to."""

    name: str
    sign: int
    article: str
    points: float | None = None
    per: str = ""
    level: int = 0
    commend: bool = False
    not_for: Mapping[str, str] = field(default_factory=dict)
    to: str = ""
    range: tuple[float, float] | None = None


@dataclass(frozen=True)
class Ledger:
    """Bonuses and penalties of a stage; `cap` bounds those that go to no part to ±cap (None: unbounded)."""

    article: str
    codes: Mapping[str, Code]
    cap: float | None = None

    @property
    def adjusts(self) -> bool:
        """Does any entry count as 加减分 of its own, rather than in a part?"""
        return any(not code.to for code in self.codes.values())


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
class Pool:
    """A pool of places: who is in it (by condition, and per value of a roster column), and its share.

    `count`: whom the share is taken of, if not the members; `shares`: the first that holds; `every`: all who may.
    """

    name: str
    members: When
    article: str
    per: str = ""
    count: When | None = None
    share: float | None = None
    shares: tuple[tuple[When, float], ...] = ()
    every: bool = False
    note: str = ""


@dataclass(frozen=True)
class Step:
    """One step of grading. kind: set, give, ceiling, flag, pending, places, mark or baseline; word: its grade or text.

    Places come by `number` (one for all, or by category) or `share` (likewise) of those taking part, or by `pools`; a
    number or share may be a parameter (`param`, by category in `params`; `counted`: it is a number, not a share).
    `rounding`: fixed by the regulation, whatever the reading says.
    """

    kind: str
    word: str
    article: str
    when: When | None = None
    only_if: OnlyIf = field(default_factory=dict)
    proposal: str = ""
    lacking: tuple[str, ...] = ()
    number: Mapping[str, int] | int | None = None
    share: Mapping[str, float] | float | None = None
    param: str = ""
    counted: bool = False
    params: Mapping[str, str] = field(default_factory=dict)
    unset: str = ""
    pools: tuple[Pool, ...] = ()
    first: Clause | None = None
    rounding: str = ""
    note: str = ""


@dataclass(frozen=True)
class Consequence:
    """What follows from a result: when the condition holds, these."""

    when: When
    then: tuple[str, ...]
    article: str
    only_if: OnlyIf = field(default_factory=dict)


@dataclass(frozen=True)
class Rescale:
    """A category that lacks parts has its total scaled to `to`; entries of the codes in `keep` are left out of it."""

    to: float
    article: str
    keep: tuple[str, ...] = ()
    only_if: OnlyIf = field(default_factory=dict)


@dataclass(frozen=True)
class Ballot:
    """A vote that is not scored but looked at by conditions (得票率): its 测评项 and grades."""

    item: str
    votes: tuple[str, ...]
    article: str


@dataclass(frozen=True)
class Limit:
    """More than this share in a grade is a warning; nobody is moved."""

    grade: str
    share: float
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
    total: Mapping[str, float] = field(default_factory=dict)
    rank_within: tuple[str, ...] = ()
    same_subjects: str = ""
    composite_from: str = ""
    composite_article: str = ""
    ballot: Ballot | None = None
    rules: Mapping[str, Rule] = field(default_factory=dict)
    conditions: Mapping[str, Clause] = field(default_factory=dict)
    grade_names: tuple[tuple[When, Mapping[str, str]], ...] = ()
    limits: tuple[Limit, ...] = ()
    marks: Mapping[str, Clause] = field(default_factory=dict)
    rescale: Rescale | None = None
    tie_break: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()

    def leaves(self, category: str) -> list[Part]:
        """All leaf parts of a category, in the scheme's order."""
        return [leaf for part in self.parts for leaf in part.leaves(category)]

    def top_of(self, name: str) -> str:
        """The top-level part to which a part belongs ("" for what belongs to none)."""
        return next((top.name for top in self.parts if any(part.name == name for part in top.walk())), "")

    def part_named(self, name: str) -> Part | None:
        """The part of that name, or None."""
        return next((part for top in self.parts for part in top.walk() if part.name == name), None)

    def rule_of(self, name: str, leaf: str) -> Rule:
        """The 计分规则 of that name (as compared: NFKC, no white space); without a name the leaf's own rule."""
        if name:
            return next(rule for own, rule in self.rules.items() if tidy(own) == name)
        return self.part_named(leaf).rule

    @property
    def mark_names(self) -> list[str]:
        """The yes/no columns that this stage adds to the result."""
        return [*self.marks, *dict.fromkeys(step.word for step in self.steps if step.kind == "mark")]


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
    publicity: Publicity | None = None
    secrecy: Secrecy | None = None


def in_force(only_if: OnlyIf, readings: Mapping[str, str]) -> bool:
    """Does something that depends on readings hold under those chosen?"""
    return all(readings[name] == choice for name, choice in only_if.items())
