"""Outputs whole or not at all: made in a folder aside, under a lock, and put in place by renaming."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

from kaohe_tools.lock import held

_OURS, _OLD = ".kaohe", "-old"  # how the names of folders aside end, and of what they replace


@contextlib.contextmanager
def made_aside(folder: Path) -> Iterator[Path]:
    """A new folder beside `folder`, to be filled and then given to `put_in_place`; what is left of it goes.

    The output folder is held meanwhile (see `held`), and what a run that was killed has left of it is cleared first.
    """
    with held(folder) as alone:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if alone:
            clear_leftovers(folder)
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", suffix=_OURS, dir=folder.parent))
        try:
            yield aside
        finally:
            shutil.rmtree(aside, ignore_errors=True)


@contextlib.contextmanager
def file_aside(path: Path) -> Iterator[Path]:
    """Where to write a file; once it is whole it takes the place of `path`. What is left of it goes, as above."""
    with made_aside(path) as aside:
        new = aside / path.name
        yield new
        os.replace(new, path)


def put_files(aside: Path, folder: Path) -> list[Path]:
    """Move the files of a folder aside into another one, where others stay; their new paths, by name.

    Where one of them cannot be moved, those that were there come back. Each is there at any moment, old or new.
    """
    names = sorted(path.name for path in aside.iterdir())
    folder.mkdir(parents=True, exist_ok=True)
    old = Path(tempfile.mkdtemp(dir=aside))
    moved: list[str] = []
    try:
        for name in names:
            if (folder / name).exists():
                shutil.copy2(folder / name, old / name)
            moved.append(name)
            os.replace(aside / name, folder / name)
    except OSError:
        for name in moved:
            if (old / name).exists():
                os.replace(old / name, folder / name)
            else:
                (folder / name).unlink(missing_ok=True)
        raise
    return [folder / name for name in names]


def put_in_place(aside: Path, folder: Path) -> None:
    """Make a finished folder take the place of an older one; the older one is gone only once the new one is there."""
    os.chmod(aside, 0o755)
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", suffix=_OURS + _OLD, dir=folder.parent))
    old.rmdir()
    if folder.exists():
        os.replace(folder, old)
    try:
        os.replace(aside, folder)
    except BaseException:
        if old.exists():
            os.replace(old, folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def keep_others(folder: Path, aside: Path, ours: Collection[str]) -> None:
    """Copy what others put into an older folder (a scan, a remark) into the one that will replace it.

    `ours`: the files of the older one that no one else put there, by path in it.
    """
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and name.as_posix() not in ours and not (aside / name).exists():
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, aside / name)


def clear_leftovers(folder: Path) -> None:
    """Remove folders aside that runs which were killed have left; whoever calls this holds the lock, so none is in use.

    A run killed in the moment between the two renames leaves the older outputs under another name: they come back.
    """
    name = re.compile(rf"\.{re.escape(folder.name)}-[a-z0-9_]{{8}}{re.escape(_OURS)}({_OLD})?")
    left = [path for path in folder.parent.iterdir() if name.fullmatch(path.name) and path.is_dir()]
    for path in sorted(left):
        if path.name.endswith(_OLD) and not folder.exists():
            os.replace(path, folder)
        else:
            shutil.rmtree(path, ignore_errors=True)
