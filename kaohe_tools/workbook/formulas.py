"""Pieces of formulas that Excel 2010, WPS and LibreOffice read alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kaohe_tools.exact import parse_share

Test = str | bool  # a formula that is true or false, or what it always is
YES, NO = "是", "否"
LONGEST_TEXT = 120  # Excel takes no text of more than 255 characters in a formula
_SIGNS = {"at_least": ">=", "above": ">", "below": "<", "at_most": "<="}


def text(value: str) -> str:
    """A text as it stands in a formula.

    >>> text('甲"乙')
    '"甲""乙"'
    """
    pieces = [value[i : i + LONGEST_TEXT] for i in range(0, len(value), LONGEST_TEXT)] or [""]
    return "&".join('"' + piece.replace('"', '""') + '"' for piece in pieces)


def number(value: float) -> str:
    """A figure as it stands in a formula, every digit of it.

    >>> number(80.0), number(0.1)
    ('80', '0.1')
    """
    plain = float(value)
    return str(int(plain)) if plain.is_integer() and abs(plain) < 1e15 else repr(plain)


def same(value: str) -> str:
    """A criterion of COUNTIFS and SUMIFS: exactly this text, whatever signs are in it.

    >>> same("优秀"), same("=甲*")
    ('"优秀"', '"==甲~*"')
    """
    plain = value.replace("~", "~~").replace("*", "~*").replace("?", "~?")
    return text(f"={plain}" if plain != value or value[:1] in "=<>" or parse_share(value) is not None else value)


def published(formula: str) -> str:
    """Two decimals, half away from zero in decimal: binary noise is dropped first (see `exact`)."""
    return f"ROUND(ROUND({formula},9),2)"


def both(tests: Iterable[Test]) -> Test:
    """All of them.

    >>> both(["A1=1", True]), both(["A1=1", False]), both(["A1=1", "B1=2"])
    ('A1=1', False, 'AND(A1=1,B1=2)')
    """
    return _joined(list(tests), "AND", stop=False)


def either(tests: Iterable[Test]) -> Test:
    """At least one of them."""
    return _joined(list(tests), "OR", stop=True)


def _joined(tests: list[Test], name: str, stop: bool) -> Test:
    if any(test is stop for test in tests):
        return stop
    open_ones = list(dict.fromkeys(test for test in tests if isinstance(test, str)))
    if not open_ones:
        return not stop
    return open_ones[0] if len(open_ones) == 1 else f"{name}({','.join(open_ones)})"


def negated(test: Test) -> Test:
    """The opposite."""
    return f"NOT({test})" if isinstance(test, str) else not test


def choose(test: Test, then: str, other: str = '""') -> str:
    """IF, where there is something to decide."""
    if isinstance(test, bool):
        return then if test else other
    return f"IF({test},{then},{other})"


def bars(cell: str, when: Mapping[str, Any], rounded: bool = False) -> list[Test]:
    """A figure against the bars of a condition. rounded: it is a ratio, compared without binary noise."""
    found: list[Test] = []
    for bar, sign in _SIGNS.items():
        if bar in when:
            limit = number(parse_share(when[bar]))
            found.append(f"ROUND({cell}-{limit},9){sign}0" if rounded else f"{cell}{sign}{limit}")
    return found


def joined(cells: Iterable[str]) -> str:
    """Texts one after the other; nothing where there are none."""
    return "&".join(cells) or '""'


def count_if(*criteria: str) -> str:
    """COUNTIFS of ranges and criteria, one after the other."""
    return f"COUNTIFS({','.join(criteria)})"
