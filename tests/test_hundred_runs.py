"""A hundred notebooks in a row, two at a time: none fails, and memory, files, threads and kernels do not pile up."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import hundred_runs
import nbformat
import pytest
from interrupted import PATIENCE, ROOT
from small_reports import write_notebooks

from kaohe_tools.report import runner
from kaohe_tools.report.plan import Page

LEAK = 100 * 2**10  # bytes: what one executed notebook or its kernel's manager takes, were it kept


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="看不到进程表（/proc），本测试跳过")
def test_a_hundred_notebooks_two_at_a_time_without_a_failure_and_nothing_piles_up(tmp_path):
    write_notebooks(tmp_path / "nb", cells=["print(f'{stage}的{category}')"])
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    words = [sys.executable, str(Path(hundred_runs.__file__)), str(tmp_path)]
    done = subprocess.run(
        words, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=2 * PATIENCE, check=False
    )
    assert done.returncode == 0 and done.stderr == "", done.stderr
    told = json.loads(done.stdout)
    assert told["failures"] == [] and told["left"] == []
    assert len(told["first"]) == len(told["all"]) <= 2, (
        "itself and, where kernels are forked, what they are forked from"
    )
    for first, last in zip(told["first"], told["all"], strict=True):
        most = max(first["processes"], last["processes"])
        assert most <= hundred_runs.JOBS, "kernels that are over are gone, the last ones when the next is forked"
        assert last["files"] == first["files"] and last["threads"] == first["threads"]
        assert last["memory"] - first["memory"] < LEAK * (hundred_runs.ALL - hundred_runs.FIRST), told
    made = sorted((tmp_path / "out").iterdir())
    assert len(made) == hundred_runs.ALL and all(path.suffix == ".ipynb" for path in made)
    assert {path.name for path in tmp_path.iterdir()} == {"nb", "out"}, "no connection file is left"
    cell = nbformat.read(made[-1], as_version=4).cells[-1]
    assert cell.outputs[0].text == f"单位的{made[-1].stem.removeprefix('单位-')}\n"


STUBBORN = """
import time
while category == "第1类":
    try:
        time.sleep(60)
    except BaseException:
        pass
"""


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="看不到进程表（/proc），本测试跳过")
def test_a_cell_that_never_ends_is_stopped_the_others_finish_and_no_kernel_is_left(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(runner, "CELL_TIMEOUT", 10)
    write_notebooks(tmp_path / "nb", cells=[STUBBORN])
    (tmp_path / "out").mkdir()
    pages = [Page(f"单位-第{n}类", "单位", f"第{n}类") for n in (1, 2, 3)]
    source = tmp_path / "nb" / "category.ipynb"
    work = partial(runner.run_notebook, source=source, folder=tmp_path / "out", results_dir=tmp_path, marks={})
    before = hundred_runs.children(os.getpid())
    (failure,) = runner.run_all(pages, work, jobs=2, progress=False)
    assert str(failure).startswith("单位·第1类：第 3 个代码单元出错（超过 10 秒）")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"单位-第1类.failed.ipynb", "单位-第2类.ipynb", "单位-第3类.ipynb"}
    assert set(hundred_runs.children(os.getpid())) <= set(before)
    gc.collect()
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == [], "nothing stays waiting"
