"""What in a folder of outputs a run has written itself: only that is replaced, and what others put there stays."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from pathlib import Path

from kaohe_tools.basis import BASIS
from kaohe_tools.case import FILE
from kaohe_tools.changes import SNAPSHOT
from kaohe_tools.outputs import RUN
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.records import MANIFEST
from kaohe_tools.results.reading import FILES, PAST

INDEX = "index.html"  # the page that a report comes with last, as results with their run.json
UNFINISHED = "没有写完.json"  # at an address, while files are written: those that a run wrote or is to write
_TABLES = {RUN, PAST, SNAPSHOT, BASIS, *(name for name, _ in FILES.values())}


def own_files(mark: str, read: Callable[[str], bytes]) -> set[str] | None:
    """The files of results (`mark` RUN) or a report (INDEX) that a run wrote there; None where there are none such.

    `read`: gives the content of a file, or raises OSError. A record that is damaged leaves the names that all have.
    """
    try:
        text = read(RUN if mark == RUN else MANIFEST).decode("utf-8", "replace")
    except OSError:
        return None
    if mark == INDEX:
        return {INDEX, *text.splitlines()}
    try:
        return {*_TABLES, *(str(entry["file"]) for entry in json.loads(text)["outputs"])}
    except (ValueError, LookupError, TypeError):
        return set(_TABLES)


def check_place(place: str, names: Collection[str], own: Collection[str] | None) -> None:
    """Raises InputError where outputs would take the place of something else: of files, or of a case."""
    problems, advice = Problems(), "请移走里面的文件，或换一个 --out"
    if FILE in names:
        problems.error(Place(place), f"里面有 {FILE}，是案例，不能写在这里", advice)
    elif names and own is None:
        told = f"里面有 {len(names)} 个文件，不是本软件写的结果或报告，不能覆盖"
        problems.error(Place(place), told, advice)
    if problems.errors:
        raise InputError(problems)


def own_in(folder: Path, mark: str, name: str) -> set[str]:
    """The files that a run wrote in a folder of this machine. Raises InputError where something else lies there.

    `name`: how the folder is told.
    """
    if folder.exists() and not folder.is_dir():
        check_place(name, [folder.name], None)
    found = folder.rglob("*") if folder.is_dir() else ()
    names = [path.relative_to(folder).as_posix() for path in found if path.is_symlink() or not path.is_dir()]
    own = own_files(mark, lambda file: (folder / file).read_bytes()) if names else None
    check_place(name, names, own)
    return own or set()
