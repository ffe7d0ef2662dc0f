"""What a regulation asks of its indicators and of their monitoring; no score depends on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KINDS = (
    *("columns", "targets", "distinct", "same_standard", "telling", "covering"),
    *("count", "worth", "monitored", "changes"),
)


@dataclass(frozen=True)
class Check:
    """One demand: told where it is not met.

    kind: one of KINDS. value: what stands there (columns: headers; count, worth: at_least and at_most; monitored: how
    often; changes: what an adjustment needs). until: the quarter after which nothing is adjusted.
    """

    kind: str
    value: Any
    article: str
    until: str = ""


def build_check(entry: Mapping[str, Any]) -> Check:
    """A check from plain data of the language."""
    kind = next(kind for kind in KINDS if kind in entry)
    value = tuple(entry[kind]) if kind == "columns" else entry[kind]
    return Check(kind, value, entry["article"], entry.get("until", ""))
