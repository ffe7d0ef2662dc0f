"""How results are made known: for how long the best are shown in public, and what of the assessment stays secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

UNITS = {"workdays": "个工作日", "days": "天"}  # how a period is counted, and what it is called


@dataclass(frozen=True)
class Publicity:
    """公示: subjects of the best grade are made public before they are announced.

    days: at least so many (None: the text does not say clearly). unit: one of UNITS. stages: whose subjects (empty: all
    that are graded).
    """

    article: str
    days: int | None = None
    unit: str = "workdays"
    stages: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Secrecy:
    """What must not be disclosed; where there is such a rule, an announcement never holds scores."""

    of: tuple[str, ...]
    article: str


def build_publicity(entry: Mapping[str, Any] | None) -> Publicity | None:
    """From plain data of the language."""
    if entry is None:
        return None
    stages, unit = tuple(entry.get("stages", ())), entry.get("unit", "workdays")
    return Publicity(entry["article"], entry.get("days"), unit, stages, entry.get("note", ""))


def build_secrecy(entry: Mapping[str, Any] | None) -> Secrecy | None:
    """From plain data of the language."""
    return None if entry is None else Secrecy(tuple(entry["of"]), entry["article"])
