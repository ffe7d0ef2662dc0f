"""run.json as the pages need it: read, and every entry that is not what it should be named."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from math import isfinite
from pathlib import Path
from typing import Any

Check = Callable[[Any], bool]


def read_record(path: Path) -> tuple[dict[str, Any], list[str]]:
    """The record of a run, and the names of its entries that are of another kind than `outputs` writes.

    Entries may be missing: older versions wrote fewer. Raises OSError or ValueError where it cannot be read at all.
    """
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(run, dict):
        raise ValueError("no record")
    return run, [name for name, check in _ENTRIES.items() if name in run and not check(run[name])]


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _whole(value: Any) -> bool:
    return type(value) is int and value >= 0


def _flag(value: Any) -> bool:
    return type(value) is bool


def _points(value: Any) -> bool:
    return type(value) in (int, float) and isfinite(value)


def _setting(value: Any) -> bool:
    """What a parameter may be: a plain value, or one for each category."""
    plain = value is None or isinstance(value, (str, bool)) or _points(value)
    return plain or (isinstance(value, Mapping) and all(map(_setting, value.values())))


def _or_none(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _each(check: Check) -> Check:
    return lambda value: isinstance(value, list) and all(map(check, value))


def _named(check: Check) -> Check:
    return lambda value: isinstance(value, dict) and all(map(check, value.values()))


def _entry(needed: Mapping[str, Check], others: Mapping[str, Check] | None = None) -> Check:
    """A mapping that has all `needed` entries; those and `others` are checked where they are there."""
    known = {**needed, **(others or {})}
    return lambda value: (
        isinstance(value, dict)
        and set(needed) <= set(value)
        and all(check(value[name]) for name, check in known.items() if name in value)
    )


_PART = {"name": _text, "points": _points}
_CATEGORY = {"subjects": _points, "parts": _each(_entry(_PART, {"article": _text, "leaves": _each(_entry(_PART))}))}
_STAGE = {
    "grades": _each(_text),
    "top_grade": _or_none(_text),
    "grade_aliases": _named(_text),
    "places_article": _text,
    "ledger": _flag,
    "categories": _each(_entry({"name": _text}, _CATEGORY)),
}
_PUBLICITY = {"article": _text, "days": _or_none(_whole), "unit": _text, "stages": _each(_text), "note": _text}
_PUBLICITY["start"] = _or_none(_text)
_ENTRIES: dict[str, Check] = {
    "case": _text,
    "title": _text,
    "year": _whole,
    "simulated": _flag,
    "cutoff": _or_none(_text),
    "missing": _text,
    "min_voters": _whole,
    "min_compared": _whole,
    "notice": _text,
    "time": _text,
    "scheme": _named(_text),
    "readings": _named(lambda value: _text(value) or _named(_text)(value)),
    "params": _named(_setting),
    "param_titles": _named(_text),
    "publicity": _or_none(_entry(_PUBLICITY)),
    "secrecy": _or_none(_entry({"of": _each(_text), "article": _text})),
    "inputs": _each(_entry({"file": _text, "sha256": _text})),
    "outputs": _each(_entry({"file": _text, "sha256": _text})),
    "versions": _named(_text),
    "stages": _each(_entry({"name": _text}, _STAGE)),
}
