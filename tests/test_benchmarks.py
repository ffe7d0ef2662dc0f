"""Every benchmark runs at its smallest size and gives the rows it promises; how long anything took is not looked at."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))


@pytest.fixture(autouse=True)
def _among_benchmarks(monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))


def _tables(name: str) -> list:
    tables = list(importlib.import_module(name).tables(small=True))
    for table in tables:
        assert {len(row) for row in table.rows} == {len(table.head)}, table.title
    return tables


def _first_cells(table) -> list[str]:
    return [row[0] for row in table.rows]


def test_reassessing_is_measured_for_both_schemes_beside_pandas() -> None:
    (table,) = _tables("assessing")
    assert _first_cells(table) == ["qinghai-2023，60 × 30", "zhashui-2022，60 × 30"]
    assert "对 pandas（处理器）" in table.head


def test_checking_is_measured_step_by_step_beside_reading_alone() -> None:
    (table,) = _tables("checking")
    assert [name.split("：")[0] for name in _first_cells(table)] == ["只读", "只读", "本程序", "本程序", "本程序"]
    assert table.rows[0][-2:] == ["1.00", "1.00"], "everything is measured by the first"


def test_reading_is_measured_beside_every_reader_that_is_installed() -> None:
    reading = importlib.import_module("reading")
    tables = _tables("reading")
    assert len(tables) == 2
    for table in tables:
        left_out = {name for name in reading.READERS if any(name in remark for remark in table.remarks)}
        assert set(_first_cells(table)) | left_out == set(reading.READERS)
        assert {"python-calamine，只取值", "本程序（kaohe_tools.grid）", "pandas + openpyxl"} <= set(
            _first_cells(table)
        )


def test_robustness_is_measured_beside_numpy_and_says_which_loops_are_missing() -> None:
    memory, table = _tables("robustness")
    assert len(memory.rows) == 1
    names = _first_cells(table)
    assert sum(name.startswith("ours, ") for name in names) == 2 * len({1, os.cpu_count() or 1})
    for loop in ("pandas loop", "pymcdm loop", "scikit-criteria loop"):
        assert (loop in names) != (f"{loop}：没有安装。" in table.remarks)


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="这个系统不报子进程的处理器时间，本测试跳过")
def test_the_main_job_is_measured_beside_papermill_doing_nothing() -> None:
    (table,) = _tables("main_job")
    assert _first_cells(table)[:2] == ["papermill 空跑（底）", "kaohe run"]
    assert table.rows[0][-2:] == ["1.00", "1.00"]
    assert "2 页" in table.title, "as many floor runs as the report has pages"


def test_scale_is_measured_from_every_source_or_says_what_is_missing() -> None:
    for name in ("duckdb", "polars", "pyarrow"):
        pytest.importorskip(name, reason=f"没有安装 {name}（bench 附加项），本测试跳过")
    *sources, whole = _tables("scale")
    assert len(sources) == 3
    for table in sources:
        assert {"ours", "duckdb", "polars", "pandas"} <= set(_first_cells(table))
    assert _first_cells(whole) == ["kaohe assess --bulk"]


@pytest.mark.skipif(not CHROMIUM.exists(), reason="没有 Chromium，本测试跳过")
def test_sliders_and_choices_of_a_category_change_the_ranking_in_a_page() -> None:
    (table,) = _tables("sliders")
    found = {row[0].split("：")[-1]: row for row in table.rows}
    for name in ("按键到排名", "换类别到排名"):
        assert found[name][1] != "—", "the ranking changed"
        assert found[name][-1] == "", "at every move"
    assert any("与重新考核一致" in remark for remark in table.remarks)


def test_one_command_prints_machine_versions_and_tables() -> None:
    words = [sys.executable, str(FOLDER / "run.py"), "assessing", "--quick"]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(words, capture_output=True, text=True, encoding="utf-8", env=environment, check=False)
    assert done.returncode == 0, done.stderr
    for expected in ("## 重新考核一次", "| qinghai-2023，60 × 30 |", "机器：", "版本：numpy ", "量于 20"):
        assert expected in done.stdout


def test_a_section_is_measured_anew_and_the_others_stay(tmp_path, monkeypatch) -> None:
    run = importlib.import_module("run")
    monkeypatch.setattr(run, "RESULT", tmp_path / "结果.md")
    monkeypatch.setattr(run, "measured", lambda name, small: [run.Table(f"表 {name}", ["甲"], [["1"]])])
    for name in ("reading", "assessing"):
        monkeypatch.setattr(sys, "argv", ["run.py", name])
        assert run.main() == 0
    text = run.RESULT.read_text(encoding="utf-8")
    assert text.count("### 表 reading") == text.count("### 表 assessing") == 1
    assert text.count("还没有量过。") == len(run.BENCHMARKS) - 2
    monkeypatch.setattr(run, "measured", lambda name, small: [f"{run.FAILED}：坏了"])
    assert run.main() == 1, "what failed is told by the exit status"
    assert "### 表 reading" in run.RESULT.read_text(encoding="utf-8")


def test_a_benchmark_that_nobody_knows_is_said_with_those_that_there_are() -> None:
    words = [sys.executable, str(FOLDER / "run.py"), "另一个"]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(words, capture_output=True, text=True, encoding="utf-8", env=environment, check=False)
    assert done.returncode == 2
    assert "没有测速 另一个，可选：main_job、checking" in done.stderr


def test_every_benchmark_is_run_by_the_one_command() -> None:
    known = set(importlib.import_module("run").BENCHMARKS)
    helpers = {"run", "measuring"}
    assert known == {path.stem for path in FOLDER.glob("*.py")} - helpers
    made = re.findall(r"^## (.+)$", (FOLDER.parent / "docs" / "测速结果.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert made == list(importlib.import_module("run").BENCHMARKS.values()), "make it again: make bench"
