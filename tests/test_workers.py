"""Cases and pages on the workers of a real Dask scheduler: the same bytes as here, also when a worker is killed."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from clusters import Cluster, cluster_of, until
from counties import COUNTIES, make_counties, timeless
from interrupted import ROOT, Project
from offices import make_case
from small_reports import snapshot

from kaohe_tools import software
from kaohe_tools.cli import main
from kaohe_tools.problems import InputError
from kaohe_tools.software import difference
from kaohe_tools.workers import LostError, Processes, pack, unpack
from kaohe_tools.workers import cluster as far

TIMES = re.compile(
    rb'"duration": [0-9.]+'
    rb"|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]+)?(?:Z|[+-][0-9:]{5})?)?"
)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A cluster of two workers."""
    with cluster_of(tmp_path_factory.mktemp("dask") / "集群", 2) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def counties(tmp_path_factory) -> tuple[Path, Path]:
    """The counties, and what a batch makes of them on this machine."""
    folder = tmp_path_factory.mktemp("全省")
    cases, out = make_counties(folder / "案例"), folder / "结果"
    assert main(["batch", str(cases), "--out", str(out), "--jobs", "2"]) == 1
    return cases, out


def started(cases: Path, out: Path, cluster: Cluster, *words: str) -> subprocess.Popen:
    """`kaohe batch` on a cluster, in a process of its own."""
    command = [sys.executable, "-m", "kaohe_tools.cli", "batch", str(cases), "--out", str(out)]
    command += ["--scheduler", cluster.address, *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")


def test_a_batch_on_a_cluster_gives_the_same_bytes_as_here(cluster, counties, tmp_path, capsys) -> None:
    cases, out = counties
    assert main(["batch", str(cases), "--out", str(tmp_path / "出"), "--scheduler", cluster.address]) == 1
    assert timeless(snapshot(tmp_path / "出")) == timeless(snapshot(out))
    capsys.readouterr()
    before = snapshot(tmp_path / "出")
    assert main(["batch", str(cases), "--out", str(tmp_path / "出"), "--scheduler", cluster.address]) == 1
    assert f"其中 {len(COUNTIES)} 个没有变动" in capsys.readouterr().out
    assert snapshot(tmp_path / "出") == before
    assert list(cluster.folder.glob("worker-*/dask-scratch-space/worker-*/tmp*")) == []


def test_a_case_with_a_link_is_assessed_here_and_comes_out_as_by_itself(cluster, tmp_path) -> None:
    cases = make_counties(tmp_path / "案例")
    (cases / "丙区" / "链接.csv").symlink_to("数据.xlsx")
    assert main(["batch", str(cases), "--out", str(tmp_path / "出"), "--scheduler", cluster.address]) == 1
    assert main(["assess", str(cases / "丙区"), "--out", str(tmp_path / "单独")]) == 0
    assert timeless(snapshot(tmp_path / "出" / "丙区")) == timeless(snapshot(tmp_path / "单独"))


def test_workers_read_and_write_addresses_themselves(cluster, counties, tmp_path) -> None:
    cases, out = counties
    words = ["batch", f"file://{cases}", "--out", f"file://{tmp_path / '桶'}", "--scheduler", cluster.address]
    assert main(words) == 1
    assert timeless(snapshot(tmp_path / "桶")) == timeless(snapshot(out))


def test_a_worker_killed_in_mid_run_costs_a_retry_and_no_result(counties, tmp_path) -> None:
    cases, out = counties
    with cluster_of(tmp_path / "集群", 2) as cluster:
        running = started(cases, tmp_path / "出", cluster)
        try:
            until(cluster.busy, running).kill()
            told = running.communicate(timeout=300)
        finally:
            running.kill()
        assert running.returncode == 1, told  # for the county with the error, as ever
        assert sum(worker.poll() is None for worker in cluster.workers) == 1
    assert timeless(snapshot(tmp_path / "出")) == timeless(snapshot(out))


def test_pages_are_run_on_the_workers_and_come_out_as_here(cluster, tmp_path) -> None:
    project = Project.made(tmp_path / "这里")
    there = Project(tmp_path / "那里")
    for name in ("data/raw", "notebooks"):
        unpack(pack(project.root / name), there.root / name)
    assert main(["run", str(there.case), "--scheduler", cluster.address]) == 0
    here, far_away = (_without_times(one.outputs()) for one in (project, there))
    assert far_away.keys() == here.keys()
    assert [name for name in here if far_away[name] != here[name]] == []
    assert "单位-事业局.html" in here
    assert there.left_over() == []


def _without_times(files: dict[str, bytes]) -> dict[str, bytes]:
    """Files of a report but for times, and the digests and packed files in which times are."""
    plain = (".html", ".ipynb", ".json", ".csv")
    kept = {name: content for name, content in files.items() if name.endswith(plain)}
    for name, content in kept.items():
        content = TIMES.sub(b"", content)
        kept[name] = re.sub(rb'"record_sha256": "[0-9a-f]+"', b"", content)
    return {name: b"" for name in files} | kept


def test_a_page_that_fails_on_a_worker_is_kept_with_its_error_and_others_are_made(cluster, tmp_path, capsys) -> None:
    project = Project.made(tmp_path / "项目")
    before = project.outputs()
    project.write_notebooks("if category == '厅机关':\n    raise ValueError('没有这一列')")
    assert main(["run", str(project.case), "--scheduler", cluster.address]) == 1
    told = capsys.readouterr().err
    assert "错误 单位·厅机关：第 6 个代码单元出错（ValueError: 没有这一列）" in told
    assert project.outputs() == before
    failed = project.report.with_name(f"{project.report.name}.failed")
    assert (failed / "notebooks" / "单位-厅机关.failed.ipynb").is_file()
    assert (failed / "单位-事业局.html").is_file()


def test_a_worker_killed_while_it_runs_a_notebook_takes_its_kernel_along_and_costs_no_page(tmp_path) -> None:
    project = Project.made(tmp_path / "项目")
    project.pause_in_the_notebooks()
    with cluster_of(tmp_path / "集群", 2) as cluster:
        running = project.run("--scheduler", cluster.address)
        try:
            until(project.arrived.exists, running)
            kernels = _kernels_of(cluster)
            assert kernels
            [hit] = {kernels[0][0]}
            cluster.workers[hit].send_signal(signal.SIGKILL)
            until(lambda: not any(_alive(pid) for worker, pid in kernels if worker == hit))
            project.go.write_text("", "utf-8")
            out, err = running.communicate(timeout=300)
        finally:
            project.go.write_text("", "utf-8")
            running.kill()
        assert running.returncode == 0, out + err
    assert (project.report / "单位-事业局.html").is_file()
    assert project.left_over() == []


def _kernels_of(cluster: Cluster) -> list[tuple[int, int]]:
    """The kernels that workers run, each with the number of its worker (Linux)."""
    found = []
    for number, worker in enumerate(cluster.workers):
        tasks = Path(f"/proc/{worker.pid}/task").glob("*/children")
        children = {int(child) for task in tasks for child in task.read_text("utf-8").split()}
        found += [(number, child) for child in children if _alive(child)]
    return found


def _alive(pid: int) -> bool:
    """Is it a process that has not ended (nor waits to be taken note of)?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_other_software_on_a_worker_is_refused_before_anything_is_written(tmp_path, capsys) -> None:
    case = make_case(tmp_path / "案例" / "甲")
    other = unpack(pack(Path(software.__file__).parent), tmp_path / "别的" / "kaohe_tools")
    (other / "ranking.py").write_text("# another\n" + (other / "ranking.py").read_text("utf-8"), "utf-8")
    with cluster_of(tmp_path / "集群", 0) as cluster:
        cluster.add_worker(PYTHONPATH=str(other.parent))
        for words in (["batch", str(case.parent)], ["run", str(case)]):
            assert main([*words, "--out", str(tmp_path / "出"), "--scheduler", cluster.address]) == 1
            assert "工作机的软件与这里不同，没有运行：kaohe_tools 的程序：这里 " in capsys.readouterr().err
    assert not (tmp_path / "出").exists()


def test_what_differs_between_two_installations_is_named() -> None:
    here = {"Python": "3.11.7", "numpy": "2.4.6", "pandas": "3.1.1"}
    assert difference(here, dict(here)) == ""
    assert difference(here, {**here, "numpy": "2.4.5"}) == "numpy：这里 2.4.6，那里 2.4.5"
    assert difference(here, {"Python": "3.11.7", "numpy": "2.4.6"}) == "pandas：这里 3.1.1，那里没有"


def test_a_scheduler_that_is_not_there_is_told(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(far, "CONNECTING", 1)
    make_case(tmp_path / "案例" / "甲")
    for address in ("tcp://127.0.0.1:1", "不是地址://x"):
        words = ["batch", str(tmp_path / "案例"), "--out", str(tmp_path / "出"), "--scheduler", address]
        assert main(words) == 1
        assert f"连不上调度程序“{address}”" in capsys.readouterr().err


def test_an_encrypted_scheduler_is_not_reached_without_a_certificate() -> None:
    with socket.create_server(("127.0.0.1", 0)) as there:
        address = f"tls://127.0.0.1:{there.getsockname()[1]}"
        with pytest.raises(InputError, match=f"连“{address}”要有证书"):
            far.Cluster(address)


def test_a_scheduler_without_workers_is_told(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(far, "CONNECTING", 1)
    with cluster_of(tmp_path / "集群", 0) as cluster, pytest.raises(InputError, match="没有工作机"):
        far.Cluster(cluster.address)


def test_without_the_extra_the_message_says_what_to_install(monkeypatch, tmp_path, capsys) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    make_case(tmp_path / "案例" / "甲")
    words = ["batch", str(tmp_path / "案例"), "--out", str(tmp_path / "出"), "--scheduler", "tcp://127.0.0.1:1"]
    assert main(words) == 1
    assert 'pip install "kaohe_tools[scale]"' in capsys.readouterr().err


def _die(room: Path) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _die_once(mark: str, room: Path) -> str:
    if not Path(mark).exists():
        Path(mark).write_text("", "utf-8")
        os.kill(os.getpid(), signal.SIGKILL)
    return room.name and "done"


def _count(folder: str, room: Path) -> int:
    (room / "x").write_text(folder, "utf-8")
    return len(list(Path(folder).iterdir()))


def test_work_that_kills_every_process_is_given_up_and_other_work_goes_on(tmp_path) -> None:
    with Processes(1, tmp_path) as workers:
        with pytest.raises(LostError, match="做这件工作的进程被结束了 2 次"):
            workers.call(_die)
        assert workers.call(_die_once, str(tmp_path / "mark")) == "done"


def test_each_piece_of_work_has_a_folder_to_itself_that_goes_with_it(tmp_path) -> None:
    with Processes(1, tmp_path) as workers:
        assert [workers.call(_count, str(tmp_path)) for _ in range(3)] == [1, 1, 1]
    assert list(tmp_path.iterdir()) == []


def test_work_that_kills_every_worker_is_given_up_and_other_work_goes_on(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(far, "_TRIES", 1)
    once = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}
    with cluster_of(tmp_path / "集群", 0, **once) as cluster:
        for _ in range(3):  # two are lost before the scheduler gives it up
            cluster.add_worker()
        with far.Cluster(cluster.address) as workers:
            with pytest.raises(LostError, match="几次中途失去联系"):
                workers.call(_die)
            assert workers.call(_die_once, __file__) == "done"


def test_work_is_not_waited_for_once_all_workers_are_gone(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(far, "PATIENCE", 1)
    with cluster_of(tmp_path / "集群", 1) as cluster, far.Cluster(cluster.address) as workers:
        cluster.workers[0].kill()
        with pytest.raises(LostError, match="所有工作机失去联系"):
            workers.call(_count, str(tmp_path))


def test_a_folder_comes_out_of_its_parcel_as_it_was_and_links_do_not_travel(tmp_path) -> None:
    folder = unpack({"a/b.csv": b"1", "c.yaml": b""}, tmp_path / "x")
    assert pack(unpack(pack(folder), tmp_path / "y")) == {"a/b.csv": b"1", "c.yaml": b""}
    (folder / "d").symlink_to("c.yaml")
    with pytest.raises(InputError, match="是链接或特殊文件"):
        pack(folder)
