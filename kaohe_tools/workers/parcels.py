"""A folder as bytes, to be sent where its disk is not."""

from __future__ import annotations

import re
from pathlib import Path

from kaohe_tools.problems import InputError, Place, Problems

Parcel = dict[str, bytes]  # contents by path in the folder, with / between its parts
LARGEST = 512 * 2**20  # bytes of one folder: scheduler and worker each hold them in memory while they travel
_DRIVE = re.compile(r"[A-Za-z]:")


def is_confined(name: str) -> bool:
    r"""Does the name of a file that came from elsewhere stay within the folder it is put into, on whatever system?

    >>> [is_confined(name) for name in ("a/得分:上.csv", "../x", "/x", "a/../x", "C:x", "a\\..\\x", "", "a//b", "a/.")]
    [True, False, False, False, False, False, False, False, False]
    """
    whole = all(part not in ("", ".", "..") for part in name.split("/"))
    return whole and "\\" not in name and "\0" not in name and not _DRIVE.match(name)


def within(folder: Path, name: str) -> Path:
    """Where a file of that name lies in the folder. Raises InputError for a name that leads out of it."""
    if is_confined(name):
        return folder / name
    problems = Problems()
    problems.error(Place(name), "文件的名称指到文件夹外面，没有读取", "请改名，或移走这个文件")
    raise InputError(problems)


def pack(folder: Path, largest: int | None = None) -> Parcel:
    """All files of a folder, to be put elsewhere as they are.

    largest: how many bytes there may be, None for any. Raises InputError for links, devices, names that other systems
    read as paths, and too much of it.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    problems = Problems()
    for path in paths:
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not path.is_file():
            problems.error(Place(name), "是链接或特殊文件，不能发送到工作机", "请换成文件本身，或移走")
        elif not is_confined(name):
            problems.error(Place(name), "名称里有反斜杠或盘符，不能发送到工作机", "请改名")
    size = 0 if problems.errors else sum(path.stat().st_size for path in paths)
    if largest is not None and size > largest:
        told = f"文件共 {size / 2**20:.0f} MB，超过 {largest // 2**20} MB，不能经调度程序传送"
        problems.error(Place(), told, "请把案例和 --out 放到各台读写得到的地方，写成网址（如 s3://… 或 file://…）")
    if problems.errors:
        raise InputError(problems)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def unpack(parcel: Parcel, folder: Path) -> Path:
    """Write the files into a folder, which is made; gives it. Raises InputError for a name that leads out of it."""
    places = {name: within(folder, name) for name in parcel}
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in places.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(parcel[name])
    return folder
