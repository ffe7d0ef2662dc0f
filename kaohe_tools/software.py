"""What computes: this package, all that is installed beside it, Python and the system, as names with versions.

The same data give the same outputs only where all of it is the same: a page is then kept, a worker is then trusted.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

from kaohe_tools.digests import SHORT, digest_of, digest_of_record, listing

PYTHON, SYSTEM, OURS = "Python", "操作系统", "kaohe_tools 的程序"
_PACKAGE = Path(__file__).resolve().parent
_LOCK = _PACKAGE.parent / "requirements.lock"  # no part of a wheel; its digest stands in run.json
_INSTALLERS = {"pip", "setuptools", "wheel", "uv"}  # they put packages there and compute nothing
_SHOWN = 5


@cache
def described() -> Mapping[str, str]:
    """Every package by its version, Python, the system, digests of our own files and, where it is there, of the list of
    versions that they are meant for; constant within a process.
    """
    told = [one.metadata for one in distributions()]  # read anew each time that it is asked for
    installed = {one["Name"].lower().replace("_", "-"): one["Version"] for one in told}
    others = {name: installed[name] for name in sorted(installed) if name not in {*_INSTALLERS, "kaohe-tools"}}
    files = [path for path in _PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    named = listing({path.relative_to(_PACKAGE).as_posix(): digest_of(path) for path in files})
    ours = hashlib.sha256(named.encode()).hexdigest()
    system = f"{platform.system()} {platform.machine()}"
    lock = {_LOCK.name: digest_of(_LOCK)} if _LOCK.is_file() else {}
    return {OURS: ours, **lock, PYTHON: platform.python_version(), SYSTEM: system, **others}


def digest_of_software() -> str:
    """One digest over all of it."""
    return digest_of_record(described())


def difference(here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """In words, in what two descriptions differ; "" where they do not.

    >>> difference({"numpy": "2.4.6", "pandas": "3.1.1"}, {"numpy": "2.4.5"})
    'numpy：这里 2.4.6，那里 2.4.5；pandas：这里 3.1.1，那里没有'
    """
    names = [name for name in dict.fromkeys([*here, *there]) if here.get(name) != there.get(name)]
    told = [f"{name}：这里{_version(here.get(name))}，那里{_version(there.get(name))}" for name in names[:_SHOWN]]
    more = [f"还有 {len(names) - _SHOWN} 处不同"] if len(names) > _SHOWN else []
    return "；".join([*told, *more])


def _version(text: str | None) -> str:
    return "没有" if text is None else f" {text[:SHORT] if len(text) == 64 else text}"
