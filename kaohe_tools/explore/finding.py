"""One thing that can be said of a measurement, and how figures stand in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kaohe_tools.exact import show_short

STUDY, FINE, SILENT = "要研究", "可放心", "说明不了"  # what kind of finding it is
MOST = 5  # names told in one sentence


@dataclass(frozen=True)
class Finding:
    """One sentence about a matter (区分度, 信度 …) and of what kind it is: STUDY, FINE or SILENT."""

    matter: str
    kind: str
    text: str


def called(names: Sequence[str]) -> str:
    """The first names of a list, in quotation marks."""
    told = "、".join(f"“{name}”" for name in names[:MOST])
    return f"{told}等" if len(names) > MOST else told


def percent(share: float) -> str:
    """A share as a percentage with at most one decimal."""
    return f"{show_short(round(share * 100, 1))}%"


def p_text(value: float) -> str:
    """A p as it is written."""
    return "p<0.001" if value < 0.001 else f"p={value:.3f}"
