"""What can go wrong with a worker besides its end: full disks, names that lead astray, other software."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from clusters import PATHS, ROOT, cluster_of
from tqdm import tqdm

from kaohe_tools import software
from kaohe_tools.digests import digest_of
from kaohe_tools.problems import InputError
from kaohe_tools.workers import LostError, Processes, pack, unpack
from kaohe_tools.workers import cluster as far


class _OddError(Exception):
    """One that can be written but not be made anew."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(one + other)


def _done(room: Path) -> str:
    return room.name and "done"


def _unsendable(room: Path) -> object:
    return threading.Lock()


def _odd(room: Path) -> None:
    raise _OddError("a", "b")


def _bar(room: Path) -> list[int]:
    return list(tqdm(range(3), file=(room / "x").open("w", encoding="utf-8")))


def _where(seconds: str, room: Path) -> str:
    """The address of the worker that does it, which takes a moment, so that others take their part."""
    threading.Event().wait(float(seconds))
    return far.need("distributed", "x").get_worker().address


def test_a_worker_without_room_for_its_work_says_so_and_goes_on_once_there_is(tmp_path) -> None:
    with Processes(1, tmp_path / "没有") as workers:
        with pytest.raises(FileNotFoundError):
            workers.call(_done)
        (tmp_path / "没有").mkdir()
        assert workers.call(_done) == "done"


def test_an_outcome_that_cannot_be_sent_back_is_told_as_that(tmp_path) -> None:
    with Processes(1, tmp_path) as workers:
        with pytest.raises(LostError, match="结果送不回来（lock），没有做完"):
            workers.call(_unsendable)
        with pytest.raises(LostError, match="程序出错（_OddError），没有做完"):
            workers.call(_odd)
        assert workers.call(_done) == "done"


def test_a_worker_that_showed_a_progress_bar_leaves_no_complaint_behind() -> None:
    script = (
        "from kaohe_tools.workers import Processes\nimport test_worker_guards as work\n"
        "with Processes(1) as workers:\n    print(workers.call(work._bar))"
    )
    around = {**os.environ, "PYTHONPATH": PATHS, "PYTHONUTF8": "1"}
    run = subprocess.run([sys.executable, "-c", script], env=around, capture_output=True, encoding="utf-8", check=True)
    assert (run.stdout, run.stderr) == ("[0, 1, 2]\n", "")


def test_names_that_lead_out_of_a_folder_are_unpacked_nowhere(tmp_path) -> None:
    for name in ("../x", "/x", "a/../../x", "C:\\x", "c:x", "a\\b", "a//b"):
        with pytest.raises(InputError, match="文件的名称指到文件夹外面"):
            unpack({"a.csv": b"1", name: b"2"}, tmp_path / "里面")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_may_be_packed_whatever_its_size_unless_a_size_is_given(tmp_path) -> None:
    folder = unpack({"a.csv": b"1" * 11}, tmp_path / "x")
    assert pack(folder) == {"a.csv": b"1" * 11}
    with pytest.raises(InputError, match="不能经调度程序传送"):
        pack(folder, 10)


def test_the_list_of_versions_that_stands_in_the_record_of_a_run_is_part_of_the_software() -> None:
    assert software.described()["requirements.lock"] == digest_of(ROOT / "requirements.lock")


def test_a_late_worker_of_other_software_gets_nothing_more_to_do_once_it_is_known(tmp_path) -> None:
    other = unpack(pack(Path(software.__file__).parent), tmp_path / "别的" / "kaohe_tools")
    (other / "ranking.py").write_text("# another\n" + (other / "ranking.py").read_text("utf-8"), "utf-8")
    with cluster_of(tmp_path / "集群", 1) as cluster, far.Cluster(cluster.address) as workers:
        first = workers.call(_where, "0")
        cluster.add_worker(PYTHONPATH=os.pathsep.join([str(other.parent), PATHS]))
        with ThreadPoolExecutor(6) as pool:
            found = list(pool.map(lambda _: workers.call(_where, "0.3"), range(12)))
        assert set(found) == {first}
        assert workers._only == [first]
