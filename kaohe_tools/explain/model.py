"""The derivation of one subject's result as data: stages, their sections, and in these every contribution and reason.

It is made once (see `deriving`) and written as text, as a page or as a Word file; no writer computes anything.
"""

from __future__ import annotations

from dataclasses import dataclass

PART, LEAF, PROJECT, NOTHING = "part", "leaf", "project", "nothing"  # what a Heading among contributions heads


@dataclass(frozen=True)
class Heading:
    """A part, a leaf of it or a 考核项目 within one, above its contributions; NOTHING: that there are none."""

    level: str
    text: str


@dataclass(frozen=True)
class Contribution:
    """One row of the score. `points` are "" where it has none; all figures are texts as they are shown."""

    number: int
    indicator: str
    points: str
    score: str
    value: str
    rule: str
    article: str
    source: str


@dataclass(frozen=True)
class Reason:
    """One step with its place among the others of its section."""

    number: int
    step: str
    text: str
    article: str


@dataclass(frozen=True)
class Statement:
    """A sentence of its own, with its article where it has one; `deep` ones belong to what stands above them."""

    text: str
    article: str = ""
    more: str = ""
    deep: bool = False


Item = Heading | Contribution | Reason | Statement


@dataclass(frozen=True)
class Section:
    """A titled list of items."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class StageDerivation:
    """One stage: its heading, the outcome in a sentence, and how it came about."""

    stage: str
    heading: str
    outcome: str
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Derivation:
    """The whole derivation of a subject: what heads it and each of its stages.

    facts: what stands at its head, by name. others: whether it speaks of other subjects too.
    """

    subject: str
    title: str
    facts: tuple[tuple[str, str], ...]
    stages: tuple[StageDerivation, ...]
    simulated: bool
    others: bool
