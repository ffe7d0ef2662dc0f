"""Which cases there are below a folder or an address: every folder with a case.yaml, at any depth."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from kaohe_tools.batch.store import Store
from kaohe_tools.case import FILE
from kaohe_tools.grid.folder import READABLE
from kaohe_tools.problems import InputError, Place, Problems


@dataclass(frozen=True)
class Found:
    """Paths of the cases, and of folders with data that belong to none, in order."""

    cases: list[str]
    homeless: list[str]


def find_cases(place: Path | Store, taken: Iterable[str]) -> Found:
    """The cases. Raises InputError where there are none, or where one cannot be filed.

    `taken`: names that stand for something else beside the cases' results.
    """
    folder = place.local if isinstance(place, Store) else place
    names = place.names() if folder is None else _names(folder)
    paths = [PurePosixPath(name) for name in names if not any(part.startswith(".") for part in name.split("/"))]
    cases = {path.parent for path in paths if path.name == FILE}
    data = {path.parent for path in paths if path.suffix.lower() in READABLE and not path.name.startswith("~$")}
    homeless = {folder for folder in data if not cases & {folder, *folder.parents}}
    problems, where = Problems(), Place(place.url if isinstance(place, Store) else str(place))
    if PurePosixPath() in cases:
        problems.error(where, "本身就是一个案例，不是放着许多案例的文件夹", "请用 kaohe assess 或 kaohe run")
    elif not cases:
        problems.error(where, f"里面没有案例（带 {FILE} 的文件夹）", "请核对位置")
    for case in sorted(cases - {PurePosixPath()}):
        outer = next((folder for folder in case.parents if folder in cases - {PurePosixPath()}), None)
        if outer is not None:
            told = f"案例“{case}”在另一个案例“{outer}”的文件夹里，它的表会被当作“{outer}”的数据"
            problems.error(Place(str(case / FILE)), told, f"请移到“{outer}”外面；如果不是案例，请去掉这个 {FILE}")
        if case.parts and case.parts[0] in set(taken):
            problems.error(Place(str(case)), f"案例不能放在名为“{case.parts[0]}”的文件夹里，汇总要用这个名称", "请改名")
    if problems.errors:
        raise InputError(problems)
    return Found(sorted(map(str, cases)), sorted(map(str, homeless)))


def _names(folder: Path) -> list[str]:
    """Every file below a folder; links to folders are followed only where they are cases. Raises InputError."""
    problems, found = Problems(), []

    def tell(error: OSError) -> None:
        problems.error(Place(str(error.filename or folder)), "文件夹打不开", "请检查路径和读写权限")

    for top, below, files in os.walk(folder, onerror=tell):
        below[:] = sorted(name for name in below if not name.startswith("."))
        linked = [Path(top, name, FILE) for name in below if Path(top, name).is_symlink()]
        found += [path for path in linked if path.is_file()]
        found += [Path(top, name) for name in files if not name.startswith(".")]
    if problems.errors:
        raise InputError(problems)
    return [path.relative_to(folder).as_posix() for path in found]
