"""Score rows that come from one data set with a partition for each case (`--data`): which partition is whose."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kaohe_tools.batch import dataset
from kaohe_tools.batch.store import Store, is_url
from kaohe_tools.problems import InputError, Place, Problems

SHOWN = 20  # folders that are named in a message


@dataclass(frozen=True)
class Rows:
    """The address of each case's partition, and what of the data set no case takes (warnings)."""

    by_case: Mapping[str, str] = field(default_factory=dict)
    unused: Problems = field(default_factory=Problems)


def find_rows(data: str, cases: Collection[str]) -> Rows:
    """The partitions of a data set, looked up once, however its writer spelt the values in the names of folders.

    Raises InputError where there is no such data set, or where two folders are the same case's.
    """
    # A path counts from where the command was given, also for workers that stand elsewhere.
    store = Store(data if is_url(data) else str(Path(data).absolute()))
    names = [name for name in store.names() if not _aside(name)]
    folders, problems, unused = dict[str, list[str]](), Problems(), Problems()
    loose = sorted(name for name in names if _case_of(name) is None)
    for folder in sorted({name.partition("/")[0] for name in names if _case_of(name) is not None}):
        folders.setdefault(dataset.case_of(folder) or "", []).append(folder)
    if not folders:
        found = f"里面的 {len(names)} 个文件没有按案例分区" if names else "里面没有文件，或没有这个位置"
        wanted = f"里面应是名为“{dataset.PARTITION}=案例名”的文件夹，请核对 --data"
        problems.error(Place(data), found, wanted)
    for case, several in folders.items():
        if len(several) > 1:
            told = f"案例“{case}”有 {len(several)} 个分区：{'、'.join(several)}"
            problems.error(Place(data), told, "请只留一个")
    if problems.errors:
        raise InputError(problems)
    for case in sorted(set(folders) - set(cases)):
        advice = "请核对名称：应与案例文件夹的路径一字不差"
        unused.warning(Place(data, "", folders[case][0]), f"没有名为“{case}”的案例，这个分区的数据没有用", advice)
    if loose:
        shown = "、".join(loose[:SHOWN]) + ("等" if len(loose) > SHOWN else "")
        unused.warning(Place(data), f"{len(loose)} 个文件不在任何案例的分区里，没有用：{shown}", "请按案例分区")
    return Rows({case: f"{store.url}/{several[0]}" for case, several in folders.items()}, unused)


def _case_of(name: str) -> str | None:
    """The case of a file of the data set; None for one that lies in no partition."""
    folder, mark, _ = name.partition("/")
    return dataset.case_of(folder) if mark else None


def _aside(name: str) -> bool:
    """Is it what writers of data sets leave beside the data (_SUCCESS, .crc)?"""
    return any(part.startswith((".", "_")) for part in name.split("/"))
