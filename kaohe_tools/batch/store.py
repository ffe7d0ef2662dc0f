"""Folders that are no folders of this machine: s3://, file://, memory:// and whatever else fsspec knows."""

from __future__ import annotations

import contextlib
import json
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kaohe_tools.batch.owned import UNFINISHED, check_place, own_files
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.workers import Parcel, need, reason_of, within

_URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)  # C:\ is none


def is_url(text: str) -> bool:
    """Is this an address, not a path?

    >>> is_url("s3://bucket/年度"), is_url("C://x"), is_url("data/raw")
    (True, False, False)
    """
    return _URL.match(text) is not None


def lies_in(inner: str, outer: str) -> bool:
    """Is the one folder (a path or an address) the other, or within it? Links and ways of writing make no difference.

    Raises InputError where an address cannot be used.
    """
    one, other = _folder(inner), _folder(outer)
    if isinstance(one, Path) and isinstance(other, Path):
        return other.exists() and any(folder.exists() and folder.samefile(other) for folder in (one, *one.parents))
    return isinstance(one, Store) and isinstance(other, Store) and one.lies_in(other)


def _folder(text: str) -> Path | Store:
    """A folder of this machine, however it is written, as its path."""
    if not is_url(text):
        return Path(text).resolve()
    store = Store(text)
    return store.local or store


class Store:
    """What lies under one address. Keys and passwords come from where fsspec's drivers look for them."""

    def __init__(self, url: str) -> None:
        """Raises InputError where the address cannot be used."""
        fsspec, self.url = need("fsspec", "读写网址（s3://、file:// 等）"), url.rstrip("/")
        try:
            self._system, root = fsspec.core.url_to_fs(self.url)
        except (ImportError, ValueError, OSError) as error:
            problems, told = Problems(), {ImportError: "缺少驱动", ValueError: "不认识这种网址"}
            why = next((words for kind, words in told.items() if isinstance(error, kind)), reason_of(error))
            problems.error(Place(), f"网址“{url}”用不了（{why}）", "请核对，或安装它要用的驱动（如 s3:// 用 s3fs）")
            raise InputError(problems) from None
        self._root = root.rstrip("/")

    @property
    def local(self) -> Path | None:
        """The folder of this machine that the address means; None where it means another place."""
        protocols = self._system.protocol
        return Path(self._root or "/").resolve() if "file" in protocols and "local" in protocols else None

    def lies_in(self, other: Store) -> bool:
        """Is this address the other one, or below it?"""
        here, there = posixpath.normpath(f"/{self._root}/"), posixpath.normpath(f"/{other._root}/")
        return self._system == other._system and f"{here}/".startswith(f"{there.rstrip('/')}/")

    def below(self, folder: str) -> Store:
        """What lies under a folder of it."""
        return Store(f"{self.url}/{folder}")

    def names(self) -> list[str]:
        """The path of every file, in order; none where there is nothing.

        Raises InputError where something cannot be listed: what lies there would be left out in silence.
        """
        self._system.invalidate_cache()
        try:
            return sorted(path[len(self._root) + 1 :] for path in self._paths())
        except OSError as error:
            if isinstance(error, FileNotFoundError) and not self._system.exists(self._root):
                return []
            problems = Problems()
            problems.error(Place(self.url), f"里面的文件列不全（{reason_of(error)}）", "请检查网址和读取权限")
            raise InputError(problems) from None

    def _paths(self) -> Iterator[str]:
        from fsspec.asyn import AsyncFileSystem
        from fsspec.spec import AbstractFileSystem

        kind = type(self._system)
        find = getattr(kind, "_find", kind.find)
        if find not in (AbstractFileSystem.find, AsyncFileSystem._find):  # it lists all in one go
            yield from self._system.find(self._root)
            return
        folders = [self._root]  # the general `find` leaves out folders that it may not read
        while folders:
            folder = folders.pop()
            for entry in self._system.ls(folder, detail=True):
                path = entry["name"].rstrip("/")
                if entry["type"] != "directory":
                    yield path
                elif path != folder:
                    folders.append(path)

    def read(self, name: str) -> bytes:
        """The content of one file. Raises FileNotFoundError."""
        return self._system.cat_file(f"{self._root}/{name}")

    def fetch(self, folder: Path) -> Path:
        """Copy all files into a folder, which is made; gives it. Raises InputError for a name that leads out of it."""
        places = {name: within(folder, name) for name in self.names()}
        folder.mkdir(parents=True, exist_ok=True)
        for name, path in places.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._system.get_file(f"{self._root}/{name}", str(path))
        return folder

    def write(self, name: str, content: bytes) -> None:
        """Write one file, or replace it."""
        path = f"{self._root}/{name}"
        self._system.makedirs(path.rpartition("/")[0], exist_ok=True)
        self._system.pipe_file(path, content)

    def own(self, mark: str, names: list[str]) -> set[str] | None:
        """Of what is there, what a run wrote, or began to write; None where `mark` does not say that one did."""
        found = own_files(mark, self.read)
        if UNFINISHED not in names:
            return found
        begun: Any = []
        with contextlib.suppress(ValueError):
            begun = json.loads(self.read(UNFINISHED))
        return {*(found or ()), *begun, UNFINISHED}

    def check_place(self, mark: str) -> None:
        """Raises InputError where what is there is not of a run that ends with `mark`."""
        names = self.names()
        check_place(self.url, names, self.own(mark, names))

    def replace(self, parcel: Parcel, mark: str) -> None:
        """Put these files in the place of those that a run wrote there; what others put there stays.

        No renaming is known here: `mark` goes first and comes last, and while it is there, and UNFINISHED is not, all
        is whole. UNFINISHED says what may be of a run that was killed. Raises InputError as `check_place`.
        """
        before = self.names()
        own = self.own(mark, before)
        check_place(self.url, before, own)
        self.write(UNFINISHED, json.dumps(sorted({*parcel, *(own or ())}), ensure_ascii=False).encode())
        gone = [name for name in before if name in (own or ()) and name not in {*parcel, mark, UNFINISHED}]
        for name in [mark] * (mark in before) + gone:
            self.remove(name)
        for name in sorted(parcel, key=lambda name: name == mark):
            self.write(name, parcel[name])
        self.remove(UNFINISHED)

    def remove(self, name: str) -> None:
        """Remove one file."""
        self._system.rm_file(f"{self._root}/{name}")
