"""When something goes wrong, earlier reports stay whole, what could be made is kept beside them, and all is told."""

from __future__ import annotations

import nbformat
import pytest
import small_reports
from small_reports import (
    BAD_CATEGORY,
    CATEGORY_CELLS,
    rebuild,
    report_of,
    snapshot,
    write_notebooks,
)

from kaohe_tools.problems import InputError
from kaohe_tools.report import build, build_report, runner

made, project = small_reports.made, small_reports.project  # fixtures


def test_when_one_category_fails_the_others_finish_and_the_earlier_report_stays_whole(project) -> None:
    before = snapshot(project / "reports")
    write_notebooks(project / "nb", cells=[*CATEGORY_CELLS, BAD_CATEGORY])
    (failure,) = rebuild(project)
    assert str(failure).startswith("单位·厅机关：第 6 个代码单元出错（ValueError: 没有这一列）")
    now = snapshot(project / "reports")
    assert {name: now[name] for name in before} == before
    kept = project / "reports" / "样例.failed"
    assert failure.path == kept / "notebooks" / "单位-厅机关.failed.ipynb"
    assert "运行失败" in nbformat.read(failure.path, as_version=4).cells[0].source
    assert sorted(path.name for path in (kept / "notebooks").iterdir()) == sorted(
        ["总览.ipynb", "单位-事业局.ipynb", "单位-厅机关.failed.ipynb", "处级干部-正职.ipynb"]
    )
    assert "ValueError: 没有这一列" in (kept / "单位-厅机关.html").read_text(encoding="utf-8")
    assert "有 1 页没有生成" in (kept / "index.html").read_text(encoding="utf-8")

    write_notebooks(project / "nb")
    assert rebuild(project) == []
    assert sorted(path.name for path in (project / "reports").iterdir()) == ["样例"]


def test_a_cell_that_takes_too_long_is_told(project, monkeypatch) -> None:
    monkeypatch.setattr(runner, "CELL_TIMEOUT", 2)
    write_notebooks(project / "nb", cells=["1 + 1", "import time\ntime.sleep(60)"])
    (failure,) = rebuild(project, categories=["正职"])
    assert str(failure).startswith("处级干部·正职：第 4 个代码单元出错（超过 2 秒）")
    assert "超过 2 秒" in nbformat.read(failure.path, as_version=4).cells[0].source


def test_a_kernel_that_dies_is_told(project) -> None:
    write_notebooks(project / "nb", cells=["import os\nos._exit(3)"])
    (failure,) = rebuild(project, categories=["正职"])
    assert "DeadKernelError" in failure.error
    assert failure.path.is_file()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda folder: write_notebooks(folder, parameters=("results_dir", "category")), "没有声明参数 stage"),
        (lambda folder: (folder / "overview.ipynb").unlink(), "没有这个笔记本"),
        (lambda folder: (folder / "category.ipynb").write_text("{", encoding="utf-8"), "笔记本打不开"),
    ],
    ids=["unknown parameter", "missing notebook", "broken notebook"],
)
def test_notebooks_that_cannot_take_their_parameters_are_refused_before_anything_runs(project, change, told) -> None:
    before = snapshot(project / "reports")
    change(project / "nb")
    with pytest.raises(InputError, match=told):
        rebuild(project)
    assert snapshot(project / "reports") == before


def test_a_notebook_without_a_parameters_cell_is_refused(project) -> None:
    path = project / "nb" / "overview.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace('"parameters"', '"other"'), encoding="utf-8")
    with pytest.raises(InputError, match=r"overview\.ipynb：没有声明参数 results_dir"):
        rebuild(project)


def test_a_run_that_is_interrupted_leaves_the_earlier_report_whole_and_nothing_else(project, monkeypatch) -> None:
    before = snapshot(project / "reports")

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "write_workbook", interrupt)
    with pytest.raises(KeyboardInterrupt):
        rebuild(project, categories=["正职"])
    assert snapshot(project / "reports") == before


def test_a_folder_that_is_no_report_is_not_replaced(project) -> None:
    theirs = project / "我的文件"
    theirs.mkdir()
    (theirs / "重要.txt").write_text("别删", encoding="utf-8")
    with pytest.raises(InputError, match="不是本软件生成的报告"):
        build_report(project / "结果", theirs, project / "nb", progress=False)
    assert snapshot(theirs) == {"重要.txt": "别删".encode()}


def test_what_somebody_put_into_a_report_is_still_there_after_the_next_run(project) -> None:
    report = report_of(project)
    (report / "签字").mkdir()
    (report / "签字" / "扫描件.pdf").write_bytes(b"%PDF")
    (report / "单位-已撤销.html").write_text("旧", encoding="utf-8")
    manifest = report / "assets" / "files.txt"
    manifest.write_text(manifest.read_text(encoding="utf-8") + "单位-已撤销.html\n", encoding="utf-8")
    assert rebuild(project, categories=["正职"]) == []
    assert (report / "签字" / "扫描件.pdf").read_bytes() == b"%PDF"
    assert not (report / "单位-已撤销.html").exists(), "a page of an earlier report that is no more"
