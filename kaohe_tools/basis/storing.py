"""Plain data of dataclasses and back, by their type hints: a small JSON file, the same bytes for the same input."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import types
import typing
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from kaohe_tools.basis.model import BASIS, Basis
from kaohe_tools.digests import digest_of

_RUN = "run.json"
_AS_THEY_ARE = frozenset([str, float, int, bool, type(None)])
_TABLES = ("结果.csv", "明细.csv", "名额.csv")  # that a workbook recomputes


def fingerprint(folder: Path) -> str:
    """A fingerprint of the tables that a basis belongs to: edited by hand, they do not fit it any more."""
    digest = hashlib.sha256()
    for name in _TABLES:
        digest.update(hashlib.sha256((folder / name).read_bytes()).digest())
    return digest.hexdigest()


def of_folder(folder: Path) -> Basis | None:
    """What the tables of a results folder were made of; None where it is not there, was changed or fits no more."""
    try:
        basis = load(folder / BASIS) if _is_as_written(folder) else None
        return basis if basis and basis.result == fingerprint(folder) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _is_as_written(folder: Path) -> bool:
    """Does it have the digest that the record of the run says, where that says any?"""
    record = json.loads((folder / _RUN).read_text(encoding="utf-8")) if (folder / _RUN).is_file() else {}
    said = {entry["file"]: entry["sha256"] for entry in record.get("outputs", [])}
    return said.get(BASIS) in (None, digest_of(folder / BASIS))


def save(basis: Basis, path: Path) -> None:
    """Write what a result was made of."""
    text = json.dumps(_plain(basis), ensure_ascii=False, separators=(",", ":"))
    path.write_text(text + "\n", encoding="utf-8", errors="replace")


def load(path: Path) -> Basis:
    """Read what `save` wrote. Raises ValueError, KeyError or TypeError for anything else."""
    return _build(Basis, json.loads(path.read_text(encoding="utf-8")))


def _plain(value: Any) -> Any:
    """Dataclasses as mappings without what stands at its default; tuples as lists."""
    if type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if dataclasses.is_dataclass(value):
        held = ((name, getattr(value, name), usual) for name, usual in _usual(type(value)))
        return {name: _plain(own) for name, own, usual in held if not (own == usual and type(own) is type(usual))}
    return value


@cache
def _usual(cls: type) -> tuple[tuple[str, Any], ...]:
    """The fields of a dataclass with their defaults; MISSING, which nothing is equal to, where there is none."""
    made = ((f.name, f.default_factory) for f in dataclasses.fields(cls))
    empty = {name: factory() for name, factory in made if factory is not dataclasses.MISSING}
    return tuple((f.name, empty.get(f.name, f.default)) for f in dataclasses.fields(cls))


@cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _build(wanted: Any, data: Any) -> Any:
    """Data as a type says: dataclasses, tuples and mappings of them, or as they are."""
    origin, inner = typing.get_origin(wanted), typing.get_args(wanted)
    if dataclasses.is_dataclass(wanted):
        hints = _hints(wanted)
        return wanted(**{name: _build(hints[name], value) for name, value in data.items()})
    if origin in (types.UnionType, typing.Union):
        return _build(_fitting(inner, data), data)
    if origin is tuple and isinstance(data, list):
        each = [inner[0]] * len(data) if inner[-1] is Ellipsis else inner
        return tuple(_build(kind, value) for kind, value in zip(each, data, strict=True))
    if isinstance(data, dict) and isinstance(origin, type) and issubclass(origin, Mapping):
        return {key: _build(inner[1], value) for key, value in data.items()}
    return data


def _fitting(kinds: tuple[Any, ...], data: Any) -> Any:
    """The member of a union that data of this form belong to."""
    if data is None:
        return type(None)
    for kind in kinds:
        origin = typing.get_origin(kind)
        mapping = isinstance(origin, type) and issubclass(origin, Mapping)
        if isinstance(data, dict) and (dataclasses.is_dataclass(kind) or mapping):
            return kind
        if isinstance(data, list) and origin is tuple:
            return kind
    return Any
