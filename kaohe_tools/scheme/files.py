"""Scheme files → `Scheme`: read, checked for form and sense, built; all flaws of a file told at once, with lines."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.scheme.build import build_scheme
from kaohe_tools.scheme.language import check_common, check_language
from kaohe_tools.scheme.model import Scheme
from kaohe_tools.scheme.sense import check_sense
from kaohe_tools.yamlfile import read_yaml

SCHEMES = Path(__file__).parents[1] / "schemes"
COMMON = "common"  # what all schemes share; no scheme itself
COMMON_FILE = f"{COMMON}.yaml"
_SHOWN = 100  # characters of a name, in a message


def built_in() -> list[str]:
    """The ids of the schemes that come with the package."""
    return sorted(path.stem for path in SCHEMES.glob("*.yaml") if path.stem != COMMON)


def scheme_file(name: str, folder: Path | None = None) -> Path:
    """The file of a built-in scheme by its id, or of another by its path (relative to `folder`); it may not exist."""
    return SCHEMES / f"{name}.yaml" if name in built_in() else (folder or Path()) / name


def load_scheme(name: str, folder: Path | None = None, common: Path | None = None) -> Scheme:
    """A built-in scheme by its id, or a scheme file by its path (relative to `folder`).

    `common`: the file of what all schemes share, where it is not the one that comes with the package.
    Raises InputError with every flaw of the files, or where there is no such scheme.
    """
    path = scheme_file(name, folder)
    problems = Problems()
    if not _is_file(path):
        near = get_close_matches(name, built_in(), 1)
        hint = f"是不是“{near[0]}”？" if near else ""
        advice = f"{hint}内置办法：{'、'.join(built_in())}；也可写办法文件的路径"
        problems.error(Place(), f"没有考核办法“{name[:_SHOWN]}”", advice)
        raise InputError(problems)
    document = read_yaml(path, problems)
    if document is None or problems.errors:
        raise InputError(problems)
    check_language(document, problems)
    if problems.errors:
        raise InputError(problems)
    shared = _common() if common is None else _plain(common)
    scheme = build_scheme(document.data, shared, hashlib.sha256(path.read_bytes()).hexdigest())
    check_sense(scheme, document, problems)
    if problems.errors:
        raise InputError(problems)
    return scheme


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that no file can have
        return False


def category_vocabulary() -> dict[str, tuple[str, ...]]:
    """Every category that a built-in scheme knows, with the other names it goes by."""
    stages = [stage for name in built_in() for stage in load_scheme(name).stages.values()]
    return {category: aliases for stage in stages for category, aliases in stage.categories.items()}


@cache
def _common() -> Mapping[str, Any]:
    return _plain(SCHEMES / COMMON_FILE)


def _plain(path: Path) -> Mapping[str, Any]:
    problems = Problems()
    document = read_yaml(path, problems)
    if document is not None and not problems.errors:
        check_common(document, problems)
    if document is None or problems.errors:
        raise InputError(problems)
    return document.data
