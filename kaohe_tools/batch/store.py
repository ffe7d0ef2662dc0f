"""Folders that are no folders of this machine: s3://, file://, memory:// and whatever else fsspec knows."""

from __future__ import annotations

import re
from pathlib import Path

from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.workers import Parcel, need

_URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)  # C:\ is none


def is_url(text: str) -> bool:
    """Is this an address, not a path?

    >>> is_url("s3://bucket/年度"), is_url("C://x"), is_url("data/raw")
    (True, False, False)
    """
    return _URL.match(text) is not None


class Store:
    """What lies under one address. Keys and passwords come from where fsspec's drivers look for them."""

    def __init__(self, url: str) -> None:
        """Raises InputError where the address cannot be used."""
        fsspec, self.url = need("fsspec", "读写网址（s3://、file:// 等）"), url.rstrip("/")
        try:
            self._system, self._root = fsspec.core.url_to_fs(self.url)
        except (ImportError, ValueError, OSError) as error:
            problems = Problems()
            problems.error(Place(), f"网址“{url}”用不了（{error}）", "请核对，或安装它要用的驱动（如 s3:// 用 s3fs）")
            raise InputError(problems) from None
        self._root = self._root.rstrip("/")

    def below(self, folder: str) -> Store:
        """What lies under a folder of it."""
        return Store(f"{self.url}/{folder}")

    def names(self) -> list[str]:
        """The path of every file, in order; none where there is nothing."""
        self._system.invalidate_cache()
        try:
            found = self._system.find(self._root)
        except FileNotFoundError:
            return []
        return sorted(path[len(self._root) + 1 :] for path in found)

    def read(self, name: str) -> bytes:
        """The content of one file. Raises FileNotFoundError."""
        return self._system.cat_file(f"{self._root}/{name}")

    def fetch(self, folder: Path) -> Path:
        """Copy all files into a folder, which is made; gives it."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in self.names():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            self._system.get_file(f"{self._root}/{name}", str(folder / name))
        return folder

    def write(self, name: str, content: bytes) -> None:
        """Write one file, or replace it."""
        path = f"{self._root}/{name}"
        self._system.makedirs(path.rpartition("/")[0], exist_ok=True)
        self._system.pipe_file(path, content)

    def replace(self, parcel: Parcel, mark: str) -> None:
        """Make these files all that is there. No renaming is known here: `mark` goes first and comes last.

        What is read while `mark` is there is whole.
        """
        before = self.names()
        for name in [mark] * (mark in before) + [name for name in before if name not in parcel]:
            self._system.rm_file(f"{self._root}/{name}")
        for name in sorted(parcel, key=lambda name: name == mark):
            self.write(name, parcel[name])

    def remove(self, name: str) -> None:
        """Remove one file."""
        self._system.rm_file(f"{self._root}/{name}")
