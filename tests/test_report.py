"""A report is made by running a notebook for every category; it appears whole or not at all."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_results import write_sample

from kaohe_tools.problems import InputError
from kaohe_tools.report import build, build_report, runner
from kaohe_tools.report.plan import plan_pages, safe_name

SIZES = {"事业局": 3, "厅机关": 5}
PAGES = ["总览", "单位-事业局", "单位-厅机关", "处级干部-正职"]
CATEGORY_CELLS = [
    "import sys\nfrom IPython.display import Markdown",
    "print('写给自己看的', file=sys.stderr)\nMarkdown(f'# {stage}的{category}')",
    "Markdown(f'用 {sys.executable} 运行')",
]
OVERVIEW_CELLS = ["from IPython.display import Markdown", "Markdown('# 全部类别')"]
BAD_CATEGORY = "if category == '厅机关':\n    raise ValueError('没有这一列')"


def write_notebooks(folder: Path, *, parameters=("results_dir", "stage", "category"), cells=CATEGORY_CELLS) -> Path:
    """Write the two notebooks that a report is made with, as small as they can be."""
    folder.mkdir(exist_ok=True)
    for name, declared, sources in (
        ("category.ipynb", parameters, cells),
        ("overview.ipynb", ("results_dir",), OVERVIEW_CELLS),
    ):
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(metadata={"kernelspec": kernel, "language_info": {"name": "python"}})
        defaults = "\n".join(f'{parameter} = ""' for parameter in declared)
        tagged = nbformat.v4.new_code_cell(defaults, metadata={"tags": ["parameters"]})
        notebook.cells = [tagged, *(nbformat.v4.new_code_cell(source) for source in sources)]
        for number, cell in enumerate(notebook.cells):
            cell.id = f"cell-{number}"
        nbformat.write(notebook, folder / name)
    return folder


def snapshot(folder: Path) -> dict[str, bytes]:
    """Give every file of a folder with its bytes."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module", autouse=True)
def another_kernel(tmp_path_factory) -> Iterator[None]:
    """Every test runs as on a machine whose user has installed a `python3` kernel that is not ours."""
    folder = tmp_path_factory.mktemp("jupyter")
    (folder / "kernels" / "python3").mkdir(parents=True)
    other = {"argv": ["no-such-python", "{connection_file}"], "display_name": "another", "language": "python"}
    (folder / "kernels" / "python3" / "kernel.json").write_text(json.dumps(other), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(folder))
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A report with two stages, in a folder whose name papermill would take for a template; not to be changed."""
    folder = tmp_path_factory.mktemp("项目 {x}")
    results = write_sample(folder / "结果", SIZES, cadres=4)
    failures = build_report(results, folder / "reports" / "样例", write_notebooks(folder / "nb"), progress=False)
    assert failures == []
    return folder / "reports" / "样例"


@pytest.fixture
def project(tmp_path, made) -> Path:
    """A folder with results, notebooks and the report made of them, to be changed."""
    shutil.copytree(made.parents[1], tmp_path / "项目 {x}")
    return tmp_path / "项目 {x}"


def rebuild(project: Path, **options) -> list[runner.Failure]:
    return build_report(
        project / "结果", project / "reports" / "样例", project / "nb", **{"progress": False, **options}
    )


class Links(HTMLParser):
    """Collects what a page points to, and the attributes of its <html>."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.language = ""
        self.feed(text)

    def handle_starttag(self, tag, attributes) -> None:
        values = dict(attributes)
        self.language = values.get("lang", self.language) if tag == "html" else self.language
        self.targets += [values[name] for name in ("href", "src") if name in values]


# --- what a report is ------------------------------------------------------------------------------------------------


def test_every_category_of_every_stage_has_its_page_and_its_executed_notebook(made) -> None:
    assert sorted(path.stem for path in made.glob("*.html")) == sorted(["index", *PAGES])
    assert sorted(path.stem for path in (made / "notebooks").iterdir()) == sorted(PAGES)


def test_a_page_shows_what_its_notebook_put_out_for_its_own_category(made) -> None:
    assert "单位的厅机关</h1>" in (made / "单位-厅机关.html").read_text(encoding="utf-8")
    assert "处级干部的正职</h1>" in (made / "处级干部-正职.html").read_text(encoding="utf-8")
    assert "全部类别</h1>" in (made / "总览.html").read_text(encoding="utf-8")


def test_notebooks_run_on_the_python_that_runs_the_package(made) -> None:
    assert f"用 {sys.executable} 运行" in (made / "单位-厅机关.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_no_code_and_nothing_of_what_went_to_stderr(made, page) -> None:
    text = (made / f"{page}.html").read_text(encoding="utf-8")
    assert "IPython" not in text
    assert "写给自己看的" not in text
    assert "results_dir" not in text
    assert "In&nbsp;[" not in text and "Out[" not in text


@pytest.mark.parametrize("page", ["index", *PAGES])
def test_a_page_is_chinese_has_a_title_and_asks_nothing_of_the_network(made, page) -> None:
    text = (made / f"{page}.html").read_text(encoding="utf-8")
    links = Links(text)
    assert links.language == "zh"
    assert "样例厅2019年度目标责任考核（演示数据）</title>" in text
    assert [target for target in links.targets if urlsplit(target).scheme not in ("", "data")] == []
    assert "<script" not in text and "@import" not in text and "http" not in text


@pytest.mark.parametrize("page", ["index", *PAGES])
def test_every_link_leads_to_a_file_of_the_report(made, page) -> None:
    targets = Links((made / f"{page}.html").read_text(encoding="utf-8")).targets
    local = [unquote(urlsplit(target).path) for target in targets if not target.startswith(("data:", "#"))]
    assert {"index.html", *(f"{name}.html" for name in PAGES)} <= set(local)
    assert [target for target in local if not (made / target).is_file()] == []


def test_the_index_leads_to_the_workbook_and_to_every_table(made) -> None:
    targets = {unquote(target) for target in Links((made / "index.html").read_text(encoding="utf-8")).targets}
    assert {"等次表.xlsx", *(path.relative_to(made).as_posix() for path in (made / "tables").iterdir())} <= targets
    assert len(list((made / "tables").iterdir())) == 7


def test_the_index_tells_places_grades_problems_and_where_everything_came_from(made) -> None:
    text = (made / "index.html").read_text(encoding="utf-8")
    for shown in (
        "考核对象：单位 8 个、处级干部 4 个；待定 6 个；数据检查：警告 2 条、提示 1 条。",
        "指标.xlsx[指标]!F7",
        "“厅机办公室”的“目标任务”指标分值合计 101，应为 100",
        "名额不是整数时如何取整",
        "进一",
        "111111111111</code>",
        "样例厅考核工作方案",
        "kaohe_tools 0.1.0",
    ):
        assert shown in text, shown


def test_simulated_data_are_stamped_on_every_page_on_screen_and_on_paper(made) -> None:
    for page in made.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert '<p class="stamp"' in text, page.name
        assert '@top-right { content: "演示数据"; }' in text, page.name


def test_real_data_are_not_stamped(project) -> None:
    write_sample(project / "结果", SIZES, cadres=4, simulated=False)
    assert rebuild(project, categories=["正职"]) == []
    for page in (project / "reports" / "样例").glob("*.html"):
        assert "演示数据" not in page.read_text(encoding="utf-8"), page.name


def test_executed_notebooks_do_not_tell_where_they_were_made(made) -> None:
    for path in (made / "notebooks").iterdir():
        record = json.loads(path.read_text(encoding="utf-8"))["metadata"]["papermill"]
        assert record["output_path"] == path.name
        assert record["input_path"] in ("category.ipynb", "overview.ipynb")


def test_one_or_two_at_a_time_the_pages_are_the_same(project) -> None:
    before = {name: content for name, content in snapshot(project / "reports").items() if name.endswith(".html")}
    assert rebuild(project, jobs=1) == []
    after = snapshot(project / "reports")
    assert {name: after[name] for name in before} == before


def test_progress_is_told_on_stderr_in_chinese(project, capsys) -> None:
    assert rebuild(project, categories=["正职"], progress=True) == []
    told = capsys.readouterr()
    assert "已完成 2/2" in told.err and "用时" in told.err and "处级干部·正职" in told.err
    assert told.out == ""


# --- when something goes wrong ---------------------------------------------------------------------------------------


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
    report = project / "reports" / "样例"
    (report / "签字").mkdir()
    (report / "签字" / "扫描件.pdf").write_bytes(b"%PDF")
    (report / "单位-已撤销.html").write_text("旧", encoding="utf-8")
    manifest = report / "assets" / "files.txt"
    manifest.write_text(manifest.read_text(encoding="utf-8") + "单位-已撤销.html\n", encoding="utf-8")
    assert rebuild(project, categories=["正职"]) == []
    assert (report / "签字" / "扫描件.pdf").read_bytes() == b"%PDF"
    assert not (report / "单位-已撤销.html").exists(), "a page of an earlier report that is no more"


# --- some categories only --------------------------------------------------------------------------------------------


def test_only_the_named_category_is_run_again_and_the_others_are_kept(project) -> None:
    before = snapshot(project / "reports" / "样例")
    assert rebuild(project, categories=["厅机关"]) == []
    after = snapshot(project / "reports" / "样例")
    notebooks = {name for name in before if name.endswith(".ipynb")}
    assert {name for name in notebooks if after[name] != before[name]} <= {
        "notebooks/单位-厅机关.ipynb",
        "notebooks/总览.ipynb",
    }
    assert set(after) == set(before)


def test_a_category_may_be_named_with_its_stage() -> None:
    pages = plan_pages([("单位", "厅机关"), ("处级干部", "厅机关"), ("处级干部", "厅直属单位")])
    labels = [page.label for page in build.choose(pages, ["处级干部·厅机关"])]
    assert labels == ["总览", "处级干部·厅机关"]
    assert [page.label for page in build.choose(pages, ["厅机关"])] == ["总览", "单位·厅机关", "处级干部·厅机关"]


def test_a_category_that_nobody_has_is_told_with_the_nearest_name(project) -> None:
    with pytest.raises(InputError, match="没有类别“厅机”；是不是“厅机关”"):
        rebuild(project, categories=["厅机"])


def test_kept_pages_say_that_the_data_have_changed_since(project) -> None:
    write_sample(project / "结果", {"事业局": 4, "厅机关": 5}, cadres=4)
    assert rebuild(project, categories=["厅机关"]) == []
    report = project / "reports" / "样例"
    assert "数据此后有变" in (report / "单位-事业局.html").read_text(encoding="utf-8")
    assert "数据此后有变" not in (report / "单位-厅机关.html").read_text(encoding="utf-8")
    assert "有 2 页沿用上次的页面" in (report / "index.html").read_text(encoding="utf-8")


def test_without_an_earlier_report_the_other_categories_have_no_page_and_no_link(project) -> None:
    shutil.rmtree(project / "reports" / "样例")
    assert rebuild(project, categories=["厅机关"]) == []
    report = project / "reports" / "样例"
    assert sorted(path.stem for path in report.glob("*.html")) == ["index", "单位-厅机关", "总览"]
    text = (report / "index.html").read_text(encoding="utf-8")
    assert text.count("本页尚未生成") == 2
    targets = [unquote(target) for target in Links(text).targets if not target.startswith(("data:", "#"))]
    assert [target for target in targets if not (report / target).is_file()] == []


# --- names of files --------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), unique=True, max_size=8))
def test_whatever_categories_are_called_their_pages_have_different_names_that_windows_takes(pairs) -> None:
    stems = [page.stem for page in plan_pages(pairs)]
    assert len({stem.casefold() for stem in stems}) == len(pairs) + 1
    for stem in stems:
        assert not set(stem) & set('<>:"/\\|?*') and not any(sign < " " for sign in stem)
        assert stem == stem.strip(" .") and len(stem.encode()) <= 255 - len(runner.FAILED)


def test_a_long_name_is_cut_and_a_blank_one_replaced() -> None:
    assert safe_name("关" * 300) == "关" * 60
    assert safe_name("..") == "未命名"
