"""The two notebooks: they run for every kind of result, show tables and charts, and never decide what is open."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import papermill
import pytest
from sample_results import write_sample

from kaohe_tools import display
from kaohe_tools.display import Table
from kaohe_tools.results import read_results

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
CASES = {
    "graded": {"sizes": {"厅机关": 12}},
    "one, pending": {"sizes": {"厅机关": 1}, "all_pending": True},
    "without grades": {"sizes": {"科室": 9}, "graded": False, "simulated": False},
    "two stages": {"sizes": {"事业局": 4}, "cadres": 12},
    "ranked in groups": {"sizes": {"市直部门": 20}, "grouped": True},
}


def _outputs(name: str, **parameters: str) -> list[Any]:
    """What the cells of a notebook show, run in this process with other parameters."""
    notebook = json.loads((NOTEBOOKS / name).read_text(encoding="utf-8"))
    names: dict[str, Any] = {}
    shown = []
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        body = ast.parse("".join(cell["source"])).body
        last = body.pop() if isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), name, "exec"), names)
        if "parameters" in cell["metadata"].get("tags", []):
            assert set(parameters) <= set(names), "the notebook knows these parameters"
            names |= parameters
        if last is not None:
            shown.append(eval(compile(ast.Expression(last.value), name, "eval"), names))
    return shown


def _html(shown: list[Any]) -> str:
    return "\n".join(item.html if isinstance(item, Table) else str(item) for item in shown)


@pytest.fixture(params=CASES, ids=CASES.keys())
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return write_sample(tmp_path / "结果 文件夹", **CASES[request.param])


def test_the_category_notebook_shows_every_category_of_every_kind_of_result(folder: Path) -> None:
    for view in read_results(folder).each_category():
        shown = _outputs("category.ipynb", results_dir=str(folder), stage=view.stage, category=view.name)
        assert all(name in _html(shown) for name in view.scores["考核对象"])
        assert [item for item in shown if item is None] == []


def test_the_overview_notebook_shows_every_kind_of_result(folder: Path) -> None:
    text = _html(_outputs("overview.ipynb", results_dir=str(folder)))
    assert all(name in text for name in read_results(folder).categories())


def test_pages_of_a_scheme_that_only_ranks_speak_of_no_grades(tmp_path: Path) -> None:
    for graded in (True, False):
        folder = write_sample(tmp_path / str(graded), {"科室": 5}, graded=graded)
        category = _html(_outputs("category.ipynb", results_dir=str(folder), stage="", category=""))
        overview = _html(_outputs("overview.ipynb", results_dir=str(folder)))
        for words in ("最好等次", "分数线", "等次与理由"):
            assert (words in category + overview) is graded, words


def test_every_table_says_that_its_data_is_simulated_and_only_then(folder: Path) -> None:
    simulated = read_results(folder).simulated
    shown = [*_outputs("category.ipynb", results_dir=str(folder)), *_outputs("overview.ipynb", results_dir=str(folder))]
    tables = [item for item in shown if isinstance(item, Table)]
    assert len(tables) > 5
    assert {"演示数据" in table.html for table in tables} == {simulated}


def test_what_is_pending_is_shown_as_pending_with_the_proposal_beside_it(tmp_path: Path) -> None:
    view = read_results(write_sample(tmp_path, {"厅机关": 24})).category()
    grades = display.grade_table(view).html
    assert grades.count("待定（并列待定；拟优秀）") == len(view.pending) == 1
    assert view.pending.iloc[0]["对象"] not in display.top_table(read_results(tmp_path)).html


def test_reasons_leave_out_what_the_columns_say_already(tmp_path: Path) -> None:
    grades = display.grade_table(read_results(write_sample(tmp_path, {"厅机关": 24})).category()).html
    assert "第二十五条" in grades
    assert "排第 1" not in grades


def test_names_and_messages_are_escaped(tmp_path: Path) -> None:
    folder = write_sample(tmp_path, {"厅机关": 4})
    for name in ("结果.csv", "明细.csv", "理由.csv", "运用.csv", "问题.csv"):
        text = (folder / name).read_text(encoding="utf-8-sig")
        (folder / name).write_text(text.replace("厅机办公室", "<b>a*b</b>&"), encoding="utf-8-sig")
    text = _html(_outputs("category.ipynb", results_dir=str(folder)))
    assert "<b>" not in text
    assert "&lt;b&gt;a*b&lt;/b&gt;&amp;" in text


def test_tables_are_the_same_bytes_each_time(tmp_path: Path) -> None:
    folder = write_sample(tmp_path, {"厅机关": 6})
    first, second = (_html(_outputs("category.ipynb", results_dir=str(folder))) for _ in range(2))
    assert first == second


def test_no_two_tables_of_a_page_have_one_id(tmp_path: Path) -> None:
    folder = write_sample(tmp_path, {"厅机关": 5}, cadres=5)
    for name in ("category.ipynb", "overview.ipynb"):
        tables = [item for item in _outputs(name, results_dir=str(folder)) if isinstance(item, Table)]
        ids = [table.html.split('<table id="')[1].split('"')[0] for table in tables]
        assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", ["category.ipynb", "overview.ipynb"])
def test_papermill_runs_a_notebook_with_another_folder(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_sample(tmp_path / "结果 文件夹", {"事业局": 4, "厅机关": 6})
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=":")
    target, parameters = tmp_path / name, {"results_dir": str(folder)}
    papermill.execute_notebook(NOTEBOOKS / name, target, parameters, progress_bar=False, kernel_name="python3")
    cells = json.loads(target.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert len(pictures) >= 3
    assert all(output["metadata"]["image/png"]["alt"] for output in pictures)
    assert [output for output in outputs if output["output_type"] in ("error", "stream")] == []
