"""Packages that not everybody has: a sentence in place of an exception where one is missing."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from kaohe_tools.problems import InputError, Place, Problems

_INSTALL = '请安装：pip install "kaohe_tools[scale]"'


def need(name: str, what_for: str) -> ModuleType:
    """A module of the optional extra. Raises InputError that says what to install where it is not there."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        problems = Problems()
        problems.error(Place(), f"{what_for}要用 {error.name}，这台电脑上没有", _INSTALL)
        raise InputError(problems) from None
