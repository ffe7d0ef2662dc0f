"""The notebook of distributions and measurement runs for any category, stamped, and shows a chart or a table a cell."""

from __future__ import annotations

import json
from pathlib import Path

import papermill
import pytest
from explored import make_office
from test_notebooks import _outputs

from kaohe_tools.display import Table
from kaohe_tools.problems import InputError
from kaohe_tools.style import Chart

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = "explore.ipynb"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_office(tmp_path_factory.mktemp("office") / "案例 文件夹", 9)


def test_papermill_runs_it_with_a_case_a_part_and_an_indicator(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=":")
    target = tmp_path / NOTEBOOK
    parameters = {"case_dir": str(folder), "category": "厅机关", "part": "目标任务", "indicator": "党建"}
    source = ROOT / "notebooks" / NOTEBOOK
    papermill.execute_notebook(source, target, parameters, progress_bar=False, kernel_name="python3")
    outputs = [
        out for cell in json.loads(target.read_text(encoding="utf-8"))["cells"] for out in cell.get("outputs", [])
    ]
    pictures = [out for out in outputs if "image/png" in out.get("data", {})]
    tables = [out for out in outputs if "text/html" in out.get("data", {})]
    assert len(pictures) >= 12
    assert len(tables) >= 6
    assert all(out["metadata"]["image/png"]["alt"] for out in pictures)
    assert [out for out in outputs if out["output_type"] in ("error", "stream")] == []
    assert "指标“党建”" in json.dumps(tables, ensure_ascii=False)


def test_every_table_and_chart_says_that_its_data_is_simulated(folder: Path) -> None:
    shown = _outputs(NOTEBOOK, case_dir=str(folder))
    assert all("演示数据" in item.html for item in shown if isinstance(item, Table))
    charts = [item for item in shown if isinstance(item, Chart)]
    assert all("演示数据" in {text.get_text() for text in chart.texts} for chart in charts)
    assert len(charts) >= 12


def test_a_bundled_case_with_several_stages_runs_in_every_stage() -> None:
    case = ROOT / "data" / "raw" / "zhashui-2022"
    for stage, category in (("单位", "驻柞单位"), ("领导班子", "镇办"), ("科级干部", "其他")):
        shown = _outputs(NOTEBOOK, case_dir=str(case), stage=stage, category=category)
        assert [item for item in shown if item is None] == []


def test_an_unknown_part_is_refused_by_name(folder: Path) -> None:
    with pytest.raises(InputError, match="没有部分“目标”"):
        _outputs(NOTEBOOK, case_dir=str(folder), part="目标")
