"""A scheme file to begin with: a commented sample of an invented county, written where the user wants it."""

from __future__ import annotations

import os
from pathlib import Path

from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.scheme.language import SCHEMA

SAMPLE = Path(__file__).with_name("starter.yaml")  # beside the code, not among the built-in schemes
SUFFIXES = (".yaml", ".yml")


def new_scheme(path: Path) -> Path:
    """Write the sample to `path` (folders made as needed) and return it; its first line tells editors of the language.

    Raises InputError where the file exists already, or its name does not end in .yaml or .yml.
    """
    problems = Problems()
    if path.suffix.lower() not in SUFFIXES:
        problems.error(Place(path.name), "办法文件的名称应以 .yaml 结尾", f"例如 {path.stem or '我县办法'}.yaml")
    elif path.exists():
        problems.error(Place(path.name), "文件已经存在，没有改动", "请换一个名称，或先移走原来的文件")
    if problems.errors:
        raise InputError(problems)
    text = SAMPLE.read_text(encoding="utf-8").replace("SCHEMA", _schema_from(path.resolve().parent), 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
    return path


def _schema_from(folder: Path) -> str:
    """The JSON Schema as an editor finds it from a folder: a relative path, or an address where there is none."""
    try:
        return Path(os.path.relpath(SCHEMA.resolve(), folder)).as_posix()
    except ValueError:  # another drive of Windows
        return SCHEMA.resolve().as_uri()
