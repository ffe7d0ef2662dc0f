"""A folder as bytes, to be sent where its disk is not."""

from __future__ import annotations

from pathlib import Path

from kaohe_tools.problems import InputError, Place, Problems

Parcel = dict[str, bytes]  # contents by path in the folder, with / between its parts
LARGEST = 512 * 2**20  # bytes of one folder: scheduler and worker each hold them in memory while they travel


def pack(folder: Path) -> Parcel:
    """All files of a folder. Raises InputError for what cannot be sent as it is: links, devices, too much of it."""
    paths = sorted(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    problems = Problems()
    for path in paths:
        if path.is_symlink() or not path.is_file():
            place = Place(path.relative_to(folder).as_posix())
            problems.error(place, "是链接或特殊文件，不能发送到工作机", "请换成文件本身，或移走")
    size = 0 if problems.errors else sum(path.stat().st_size for path in paths)
    if size > LARGEST:
        told = f"文件共 {size / 2**20:.0f} MB，超过 {LARGEST // 2**20} MB，不能发送到工作机"
        problems.error(Place(), told, "请把案例放到工作机读得到的地方，写成网址（如 s3://… 或 file://…）")
    if problems.errors:
        raise InputError(problems)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def unpack(parcel: Parcel, folder: Path) -> Path:
    """Write the files into a folder, which is made; gives it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in parcel.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder
