"""What the commands share: exit statuses, where a project lies, how problems are told."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TextIO

from kaohe_tools.problems import Problems

DONE, ERRORS, WRONG_USE, STOPPED = 0, 1, 2, 130


def project(case: Path) -> Path:
    """The project folder a case lies in (…/data/raw/<case>), else the folder one stands in."""
    folder = case.resolve()
    return folder.parents[2] if folder.parent.parts[-2:] == ("data", "raw") else Path.cwd()


def notebooks(root: Path) -> Path:
    """The project's notebooks, which an office may have changed; else those beside the package."""
    own = root / "notebooks"
    return own if own.is_dir() else Path(__file__).resolve().parents[2] / "notebooks"


def print_problems(problems: Problems, stream: TextIO, notes: bool = True) -> None:
    """Every problem, errors first, then how many there are: a table on a terminal, else one problem a line."""
    from kaohe_tools.listing import problem_lines

    for line in problem_lines(problems, width(stream), notes):
        print(line, file=stream)


def width(stream: TextIO) -> int | None:
    """The width of a terminal; None for a file or pipe."""
    return shutil.get_terminal_size().columns if stream.isatty() else None
