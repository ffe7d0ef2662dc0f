"""Only pages that would come out otherwise are made again; the others are what a remake would have given."""

from __future__ import annotations

import json
import logging
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import small_reports
from sample_results import write_sample
from small_reports import CATEGORY_CELLS, PAGES, SIZES, rebuild, report_of, snapshot, write_notebooks

from kaohe_tools import logs, software
from kaohe_tools.report import fresh
from kaohe_tools.report.plan import Page

RAW = Path(__file__).resolve().parents[1] / "data" / "raw"

made, project = small_reports.made, small_reports.project  # fixtures


@pytest.fixture
def kept(project) -> list[int]:
    """How many pages the builds of a test have kept, build by build."""
    return []


def again(project: Path, kept: list[int], **options) -> None:
    assert rebuild(project, kept=kept.append, **options) == []


def outputs(project: Path) -> dict[str, bytes]:
    """Everything in the report but for executed notebooks and what lists their digests: those hold times of running."""
    found = snapshot(report_of(project))
    return {name: content for name, content in found.items() if not name.endswith((".ipynb", "sha256.txt"))}


def test_a_kept_page_is_to_the_byte_what_a_remake_shows(project, kept) -> None:
    run = project / "结果" / "run.json"
    later = {**json.loads(run.read_text(encoding="utf-8")), "time": "2020-02-02T10:20:30+08:00"}
    run.write_text(json.dumps(later, ensure_ascii=False), encoding="utf-8")
    again(project, kept)
    assert kept == [len(PAGES)]
    as_kept = outputs(project)
    assert "2020-02-02 10:20" in as_kept["总览.html"].decode(), "assessed anew with the same outcome: the new time"
    again(project, kept, force=True)
    assert kept == [len(PAGES)], "none by force"
    assert outputs(project) == as_kept


def test_a_changed_notebook_is_run_again_and_the_other_one_is_not(project, kept) -> None:
    write_notebooks(project / "nb", cells=[*CATEGORY_CELLS, "Markdown('新的一段')"])
    again(project, kept)
    assert kept == [1]
    assert "新的一段" in small_reports.html(project, "单位-厅机关")


def test_other_results_make_every_page_anew(project, kept) -> None:
    write_sample(project / "结果", {**SIZES, "事业局": 4}, cadres=4)
    again(project, kept)
    assert kept == []


def test_a_page_whose_notebook_was_edited_in_the_report_or_is_missing_is_made_anew(project, kept) -> None:
    notebooks = report_of(project) / "notebooks"
    edited = notebooks / "总览.ipynb"
    edited.write_text(edited.read_text(encoding="utf-8").replace("全部类别", "改过的"), encoding="utf-8")
    (notebooks / "单位-厅机关.ipynb").unlink()
    again(project, kept)
    assert kept == [len(PAGES) - 2]
    assert "改过的" not in small_reports.html(project, "总览")
    assert "单位的厅机关" in small_reports.html(project, "单位-厅机关")


def test_a_category_that_is_named_is_made_anew_in_any_case(project, kept) -> None:
    again(project, kept, categories=["厅机关"])
    assert kept == []


def test_where_a_page_comes_from_changes_with_page_results_notebook_and_package(made, tmp_path, monkeypatch) -> None:
    results, notebook = Path(shutil.copytree(made / "结果", tmp_path / "结果")), tmp_path / "n.ipynb"
    package = tmp_path / "package"
    package.mkdir()
    monkeypatch.setattr(software, "_PACKAGE", package)
    page = Page("单位-甲", "单位", "甲")

    def origin(one: Page = page) -> str:
        software.described.cache_clear()
        return fresh.origin_of(one, fresh.digest_of_results(results), notebook)

    notebook.write_text("{}", encoding="utf-8")
    found = [origin(), origin(Page("单位-乙", "单位", "乙"))]
    for changed in (notebook, results / "明细.csv", results / "联动.json", package / "charts.py"):
        changed.write_text("又一样", encoding="utf-8")
        found.append(origin())
    assert len(set(found)) == len(found) == 6
    software.described.cache_clear()


# --- what is told of a run -------------------------------------------------------------------------------------------


def test_the_log_tells_steps_pages_and_durations_and_no_text_of_an_error(project, tmp_path) -> None:
    target = tmp_path / "运行日志.txt"
    with logs.logging_of(False) as into:
        logs.log.info("先前的一行")
        into(target)
        rebuild(project, categories=["正职"])
        with pytest.raises(ValueError, match="张三"), logs.step("读取"):
            raise ValueError("张三")
    text = target.read_text(encoding="utf-8")
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S", line) for line in text.splitlines())
    assert "先前的一行" in text
    assert re.search(r"页面 处级干部·正职：完成，\d+\.\d 秒", text)
    assert re.search(r"读取：没有完成（ValueError），\d\.\d 秒", text)
    assert "张三" not in text and str(project) not in text
    assert logging.getLogger("kaohe_tools").handlers == [logs.log.handlers[0]], "nothing of it stays behind"


def test_verbose_tells_it_on_stderr_and_nothing_without(capsys) -> None:
    for verbose in (False, True):
        with logs.logging_of(verbose), logs.step("计分"):
            pass
        told = capsys.readouterr()
        assert told.out == ""
        assert bool(re.search(r"计分：完成，0\.0 秒", told.err)) is verbose


# --- what is loaded --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["whatif", "--help"], ["--version"]])
def test_help_loads_no_package_that_calculates_or_draws(words) -> None:
    loaded = loaded_by(words)
    assert loaded & {"numpy", "pandas", "matplotlib", "papermill", "openpyxl", "nbconvert", "IPython", "yaml"} == set()


@pytest.mark.parametrize("command", ["check", "assess"])
def test_checking_or_assessing_a_case_loads_nothing_that_draws_or_travels(command, tmp_path) -> None:
    options = ["--out", str(tmp_path / "结果")] if command == "assess" else []
    loaded = loaded_by([command, str(RAW / "bureau-400"), *options])
    assert {"pandas", "jsonschema"} <= loaded
    unneeded = {"matplotlib", "papermill", "nbconvert", "IPython", "docx", "xlsxwriter", "openpyxl"}
    assert loaded & {*unneeded, "distributed", "fsspec"} == set()
    assert "lark" not in loaded, "jsonschema's grammars of web addresses, which take longer to load than all else"


def loaded_by(words: list[str]) -> set[str]:
    """The packages that a command has loaded when it ends."""
    code = (
        "import sys\nfrom kaohe_tools.cli import main\n"
        f"try:\n    main({words!r})\nexcept SystemExit:\n    pass\nprint(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    loaded = {name.split(".")[0] for name in done.stderr.splitlines()[-1].split()}
    assert "kaohe_tools" in loaded
    return loaded


def test_importing_the_package_loads_nothing_else() -> None:
    code = "import sys; before = set(sys.modules); import kaohe_tools; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"kaohe_tools"}
