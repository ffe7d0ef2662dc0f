"""A report is made by running a notebook for every category: its pages, its index, its names."""

from __future__ import annotations

import copy
import json
import shutil
import sys
from urllib.parse import unquote, urlsplit

import pytest
import small_reports
from hypothesis import given
from hypothesis import strategies as st
from sample_results import write_sample
from small_reports import PAGES, SIZES, Links, html, rebuild, report_of, snapshot

from kaohe_tools.problems import InputError
from kaohe_tools.report import runner
from kaohe_tools.report.pages import Frame, policy, script
from kaohe_tools.report.plan import choose, plan_pages, safe_name
from kaohe_tools.results import read_results

made, project = small_reports.made, small_reports.project  # fixtures


# --- what a report is ------------------------------------------------------------------------------------------------


def test_every_category_of_every_stage_has_its_page_and_its_executed_notebook(made) -> None:
    assert sorted(path.stem for path in report_of(made).glob("*.html")) == sorted(["index", *PAGES])
    assert sorted(path.stem for path in (report_of(made) / "notebooks").iterdir()) == sorted(PAGES)


def test_a_page_shows_what_its_notebook_put_out_for_its_own_category(made) -> None:
    assert "单位的厅机关</h1>" in html(made, "单位-厅机关")
    assert "处级干部的正职</h1>" in html(made, "处级干部-正职")
    assert "全部类别</h1>" in html(made, "总览")


def test_notebooks_run_on_the_python_that_runs_the_package(made) -> None:
    assert f"用 {sys.executable} 运行" in html(made, "单位-厅机关")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_no_code_and_nothing_of_what_went_to_stderr(made, page) -> None:
    text = html(made, page)
    assert "IPython" not in text
    assert "写给自己看的" not in text
    assert "results_dir" not in text
    assert "In&nbsp;[" not in text and "Out[" not in text


@pytest.mark.parametrize("page", ["index", *PAGES])
def test_a_page_is_chinese_has_a_title_and_asks_nothing_of_the_network(made, page) -> None:
    text = html(made, page)
    links = Links(text)
    assert links.language == "zh"
    assert "样例厅2019年度目标责任考核（演示数据）</title>" in text
    assert [target for target in links.targets if urlsplit(target).scheme not in ("", "data")] == []
    assert text.count("<script") == 1 and f"<script>{script()}</script>" in text, "the one that searches tables"
    assert "default-src 'none'" in text and f'content="{policy()}"' in text
    assert "@import" not in text and "http" not in text.replace("http-equiv", "")


@pytest.mark.parametrize("page", ["index", *PAGES])
def test_every_link_leads_to_a_file_of_the_report(made, page) -> None:
    targets = Links(html(made, page)).targets
    local = [unquote(urlsplit(target).path) for target in targets if not target.startswith(("data:", "#"))]
    assert {"index.html", *(f"{name}.html" for name in PAGES)} <= set(local)
    assert [target for target in local if not (report_of(made) / target).is_file()] == []


def test_the_index_leads_to_the_workbook_and_to_every_table(made) -> None:
    tables = [path.name for path in (report_of(made) / "tables").iterdir()]
    assert len(tables) == 7
    targets = {unquote(target) for target in Links(html(made, "index")).targets}
    assert {"等次表.xlsx", "通报.docx", "考核工作报告.docx", *(f"tables/{name}" for name in tables)} <= targets


def test_the_index_tells_places_grades_problems_and_where_everything_came_from(made) -> None:
    text = html(made, "index")
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
    for page in report_of(made).glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert '<p class="stamp"' in text, page.name
        assert '@top-right { content: "演示数据"; }' in text, page.name


def test_templates_are_given_the_results_themselves_and_no_copy_that_other_threads_would_disturb(project) -> None:
    frame = Frame(read_results(write_sample(project / "结果", SIZES)), ())
    assert copy.deepcopy({"kaohe": {"frame": frame}})["kaohe"]["frame"] is frame


def test_real_data_are_not_stamped(project) -> None:
    write_sample(project / "结果", SIZES, cadres=4, simulated=False)
    assert rebuild(project, categories=["正职"]) == []
    for page in (report_of(project)).glob("*.html"):
        assert "演示数据" not in page.read_text(encoding="utf-8"), page.name


def test_executed_notebooks_do_not_tell_where_they_were_made(made) -> None:
    for path in (report_of(made) / "notebooks").iterdir():
        record = json.loads(path.read_text(encoding="utf-8"))["metadata"]["papermill"]
        assert record["output_path"] == path.name
        assert record["input_path"] in ("category.ipynb", "overview.ipynb")


def test_one_or_two_at_a_time_the_pages_are_the_same(project) -> None:
    before = {name: content for name, content in snapshot(project / "reports").items() if name.endswith(".html")}
    assert rebuild(project, jobs=1, force=True) == []
    after = snapshot(project / "reports")
    assert {name: after[name] for name in before} == before


def test_progress_is_told_on_stderr_in_chinese(project, capsys) -> None:
    assert rebuild(project, categories=["正职"], progress=True) == []
    told = capsys.readouterr()
    assert "已完成 2/2" in told.err and "用时" in told.err and "处级干部·正职" in told.err
    assert told.out == ""


# --- some categories only --------------------------------------------------------------------------------------------


def test_only_the_named_category_is_run_again_and_the_others_are_kept(project) -> None:
    before = snapshot(report_of(project))
    assert rebuild(project, categories=["厅机关"]) == []
    after = snapshot(report_of(project))
    notebooks = {name for name in before if name.endswith(".ipynb")}
    assert {name for name in notebooks if after[name] != before[name]} <= {
        "notebooks/单位-厅机关.ipynb",
        "notebooks/总览.ipynb",
    }
    assert set(after) == set(before)


def test_a_category_may_be_named_with_its_stage() -> None:
    pages = plan_pages([("单位", "厅机关"), ("处级干部", "厅机关"), ("处级干部", "厅直属单位")])
    labels = [page.label for page in choose(pages, ["处级干部·厅机关"])]
    assert labels == ["总览", "处级干部·厅机关"]
    assert [page.label for page in choose(pages, ["厅机关"])] == ["总览", "单位·厅机关", "处级干部·厅机关"]


def test_a_category_that_nobody_has_is_told_with_the_nearest_name(project) -> None:
    with pytest.raises(InputError, match="没有类别“厅机”；是不是“厅机关”"):
        rebuild(project, categories=["厅机"])


def test_kept_pages_say_that_the_data_have_changed_since(project) -> None:
    write_sample(project / "结果", {"事业局": 4, "厅机关": 5}, cadres=4)
    assert rebuild(project, categories=["厅机关"]) == []
    report = report_of(project)
    assert "数据此后有变" in (report / "单位-事业局.html").read_text(encoding="utf-8")
    assert "数据此后有变" not in (report / "单位-厅机关.html").read_text(encoding="utf-8")
    assert "有 2 页沿用上次的页面" in (report / "index.html").read_text(encoding="utf-8")


def test_without_an_earlier_report_the_other_categories_have_no_page_and_no_link(project) -> None:
    shutil.rmtree(report_of(project))
    assert rebuild(project, categories=["厅机关"]) == []
    report = report_of(project)
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
