"""A run is stopped for real, at any moment and in every way: earlier reports stay, and the next run succeeds."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from interrupted import Project, in_python, told, until
from small_reports import BAD_CATEGORY, snapshot

from kaohe_tools.aside import made_aside, put_in_place
from kaohe_tools.cli import main
from kaohe_tools.lock import held
from kaohe_tools.problems import InputError, Problems
from kaohe_tools.records.outputs import check_outputs, open_outputs

posix = pytest.mark.skipif(os.name == "nt", reason="没有 POSIX 信号，本测试跳过")
linux = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="看不到进程表（/proc），本测试跳过")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Project:
    return Project.made(tmp_path_factory.mktemp("项目"))


@pytest.fixture
def project(tmp_path, made) -> Project:
    """A copy of a project with its report; a score has changed since."""
    copy = Project(Path(shutil.copytree(made.root, tmp_path / "项目")))
    copy.change_a_score()
    return copy


# --- killed ----------------------------------------------------------------------------------------------------------


@linux
def test_killed_at_any_step_the_earlier_report_stays_and_the_next_run_succeeds(project) -> None:
    before = project.outputs()
    project.pause_in_the_notebooks()
    for reached in (partial(project.logged, "写结果表：开始"), project.arrived.exists):
        running = project.run()
        until(reached, running)
        running.kill()
        running.communicate()
        until(lambda: project.kernels() == [])
        assert project.outputs() == before
        _assert_whole(project)
    project.go.touch()
    assert "index.html" in told(project.run(), 0)
    _assert_whole(project)
    assert project.outputs() != before
    assert project.left_over() == []


@linux
def test_a_kernel_whose_run_is_killed_before_it_has_loaded_ends_too() -> None:
    start = "import os, subprocess, sys; env = {**os.environ, 'JPY_PARENT_PID': str(os.getpid())}"
    kernel = "p = subprocess.Popen([sys.executable, '-m', 'kaohe_tools.kernel'], env=env, start_new_session=True)"
    words = [sys.executable, "-c", f"{start}; {kernel}; print(p.pid, flush=True); os.kill(os.getpid(), 9)"]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    until(lambda: not _is_running(int(done.stdout)))


@posix
def test_killed_between_the_two_renames_the_earlier_outputs_come_back(tmp_path) -> None:
    folder = tmp_path / "输出"
    folder.mkdir()
    (folder / "旧.txt").write_text("旧", encoding="utf-8")
    status = in_python([
        "import os, pathlib",
        "from kaohe_tools import aside",
        f"folder, rename = pathlib.Path({str(folder)!r}), os.replace",
        "def replace(source, target):",
        "    rename(source, target)",
        "    os.kill(os.getpid(), 9)",
        "with aside.made_aside(folder) as new:",
        "    os.replace = replace",
        "    aside.put_in_place(new, folder)",
    ])  # fmt: skip
    assert status == -signal.SIGKILL
    assert not folder.exists()
    with pytest.raises(ZeroDivisionError), made_aside(folder):
        raise ZeroDivisionError
    assert snapshot(tmp_path) == {"输出/旧.txt": "旧".encode()}
    with made_aside(folder) as new:
        (new / "新.txt").write_text("新", encoding="utf-8")
        put_in_place(new, folder)
    assert snapshot(tmp_path) == {"输出/新.txt": "新".encode()}


def test_only_folders_of_dead_runs_of_this_very_output_are_cleared(tmp_path) -> None:
    others = [".甲-abcdefgh", ".甲-我的备份", ".甲乙-abcdefgh.kaohe", ".甲-乙-abcdefgh.kaohe", "甲-abcdefgh.kaohe"]
    for name in (*others, ".甲-abcdefgh.kaohe", ".甲-12345678.kaohe-old", "甲"):
        (tmp_path / name).mkdir()
    with made_aside(tmp_path / "甲") as aside:
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*others, "甲", ".甲.lock", aside.name])
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*others, "甲"])


# --- Ctrl-C ----------------------------------------------------------------------------------------------------------


@linux
def test_interrupted_by_ctrl_c_it_stops_soon_and_leaves_nothing(project) -> None:
    before = project.outputs()
    project.pause_in_the_notebooks()
    running = project.run()
    until(project.arrived.exists, running)
    running.send_signal(signal.SIGINT)
    assert "已中断；先前的结果和报告保持原样" in told(running, 130), "without waiting for notebooks"
    until(lambda: project.kernels() == [])
    assert project.outputs() == before
    assert project.left_over() == []


# --- a full disk -----------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A file system of 40 MB (for root, on Linux)."""
    folder = tmp_path / "小盘"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(folder)]
    if not hasattr(os, "geteuid") or os.geteuid() or subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("不能挂载小文件系统（要 root），本测试跳过")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_on_a_full_disk_it_says_so_and_the_earlier_report_stays(project, small_disk) -> None:
    full = Project(Path(shutil.copytree(project.root, small_disk / "项目")))
    before, filler = full.outputs(), small_disk / "别的文件"
    for left in (20, 400):  # KB: no room for the tables, and then for the tables but not for the report
        filler.unlink(missing_ok=True)
        filler.write_bytes(bytes(shutil.disk_usage(small_disk).free - left * 1024))
        shown = told(full.run(), 1)
        assert "磁盘满了" in shown and "Traceback" not in shown and "Logging error" not in shown
        assert full.outputs() == before
        assert full.left_over() == []
        _assert_whole(full)
    filler.unlink()
    told(full.run(), 0)
    _assert_whole(full)


# --- a cell that fails -----------------------------------------------------------------------------------------------


def test_a_failing_notebook_is_kept_the_others_finish_and_the_exit_status_tells(project, capsys) -> None:
    before = project.outputs()
    project.write_notebooks(BAD_CATEGORY)
    assert main(["run", str(project.case)]) == 1
    assert "错误 单位·厅机关：第 6 个代码单元出错（ValueError: 没有这一列）" in capsys.readouterr().err
    assert project.outputs() == before
    kept = project.report.with_name(f"{project.report.name}.failed") / "notebooks"
    assert {path.name for path in kept.iterdir()} == {"总览.ipynb", "单位-事业局.ipynb", "单位-厅机关.failed.ipynb"}
    assert "页面 单位·厅机关：第 6 个代码单元出错（ValueError）" in project.log.read_text(encoding="utf-8")
    project.write_notebooks()
    assert main(["run", str(project.case)]) == 0
    assert "沿用 1 页" in capsys.readouterr().out, "the overview of the run that failed is good"
    assert sorted(path.name for path in project.report.parent.iterdir()) == [project.report.name, project.log.name]


# --- two at once -----------------------------------------------------------------------------------------------------


def test_a_second_run_on_the_same_case_is_refused_and_the_first_is_not_disturbed(project, capsys) -> None:
    project.pause_in_the_notebooks()
    first = project.run()
    until(project.arrived.exists, first)
    results = snapshot(project.results)
    assert main(["run", str(project.case)]) == 1
    assert main(["assess", str(project.case), "--out", str(project.results)]) == 1
    refused = capsys.readouterr().err
    assert (
        len(re.findall(r"另一次运行正在写这里（\d{4}-\d\d-\d\d \d\d:\d\d 开始，进程号 \d+），本次没有运行", refused))
        == 2
    )
    assert f"进程号 {first.pid}" in refused
    assert snapshot(project.results) == results
    project.go.touch()
    told(first, 0)
    _assert_whole(project)
    assert project.left_over() == []


def test_other_cases_may_run_meanwhile_and_one_run_may_take_its_lock_twice(tmp_path) -> None:
    with held(tmp_path / "甲"), held(tmp_path / "乙"), held(tmp_path / "甲"):
        assert sorted(path.name for path in tmp_path.iterdir()) == [".乙.lock", ".甲.lock"]
    assert list(tmp_path.iterdir()) == []


def test_a_lock_ends_with_its_process(tmp_path) -> None:
    folder = tmp_path / "甲"
    line = f"from pathlib import Path; from kaohe_tools.lock import held; lock = held(Path({str(folder)!r}))"
    status = in_python([f"{line}; lock.__enter__()", "import os; os._exit(9)"])
    assert status == 9 and (tmp_path / ".甲.lock").exists()
    with held(folder):
        pass
    assert list(tmp_path.iterdir()) == []


def test_what_is_held_by_another_run_cannot_be_written_to(tmp_path) -> None:
    lines = [
        "from pathlib import Path",
        "from kaohe_tools.lock import held",
        "from kaohe_tools.problems import InputError",
        "try:",
        f"    with held(Path({str(tmp_path / '甲')!r})):",
        "        pass",
        "except InputError:",
        "    raise SystemExit(7)",
    ]
    with held(tmp_path / "甲"):
        assert in_python(lines) == 7
    assert in_python(lines) == 0


def test_a_refused_run_leaves_no_new_folders(tmp_path) -> None:
    with pytest.raises(InputError), held(tmp_path / "新" / "更新" / "甲"):
        raise InputError(Problems())
    assert list(tmp_path.iterdir()) == []


def _assert_whole(project: Project) -> None:
    """Are results and report there, with every file as it was written?"""
    problems = Problems()
    assert check_outputs(open_outputs(project.results), problems) > 5
    assert check_outputs(open_outputs(project.report), problems) > 10
    assert [str(problem) for problem in problems.errors] == []


def _is_running(process: int) -> bool:
    """Is a process there, and not only its exit status?"""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
