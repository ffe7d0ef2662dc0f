"""The weights notebook in a real browser: it opens, runs, a slider moves, and shows what `kaohe whatif` says."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from browsing import RUN, browser_page, lab, run_all, voila

from kaohe_tools.cli import main

NOTEBOOK = Path(__file__).resolve().parent.parent / "notebooks" / "weights.ipynb"
PART, POINTS = "目标任务", 40
ROWS = "table.kaohe-trial tr:has(td:nth-child(7))"


@pytest.fixture
def workplace(bundled_case, tmp_path) -> Path:
    """A copy of the notebook and the bundled case, as the project lays them out."""
    folder = tmp_path / "work"
    (folder / "notebooks").mkdir(parents=True)
    shutil.copy(NOTEBOOK, folder / "notebooks")
    shutil.copytree(bundled_case, folder / "data" / "raw" / bundled_case.name)
    return folder


def _said_by_whatif(case: Path, out: Path) -> dict[str, str]:
    """Ranks of 厅机关 under the other weights, as the command writes them."""
    assert main(["whatif", str(case), "--set", f"{PART}={POINTS}", "--out", str(out)]) == 0
    with (out / "方案对比.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["类别"] == "厅机关"]
    return {row["考核对象"]: row["新排名"] for row in rows}


def _shown(page) -> dict[str, str]:
    """Ranks in the page, by name."""
    cells = page.locator(ROWS).evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.innerText.trim()))"
    )
    return {row[2]: row[0] for row in cells}


def _drag(page) -> None:
    """Type the new points into the read-out of the slider, and wait until something has moved."""
    slider = page.locator(".widget-slider", has_text=PART).first
    slider.wait_for(timeout=RUN)
    before = page.locator(".kaohe-said").first.inner_text()
    readout = slider.locator(".widget-readout")
    readout.click()
    page.keyboard.press("Control+a")
    page.keyboard.type(str(POINTS))
    page.keyboard.press("Enter")
    page.wait_for_function("old => document.querySelector('.kaohe-said')?.innerText !== old", arg=before, timeout=RUN)


def test_in_jupyterlab_a_slider_changes_the_ranking_to_what_whatif_says(workplace, chromium, tmp_path) -> None:
    (tmp_path / "lab").mkdir()
    with lab(workplace, tmp_path / "lab") as address, browser_page(chromium, tmp_path / "lab") as page:
        page.goto(address.format("notebooks/weights.ipynb"), timeout=RUN)
        run_all(page)
        page.locator(ROWS).first.wait_for(timeout=RUN)
        today = _shown(page)
        _drag(page)
        shown = _shown(page)
        assert page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    wanted = _said_by_whatif(workplace / "data" / "raw" / "qinghai-2019", tmp_path / "out")
    assert shown == wanted
    assert shown != today


def test_as_a_page_by_voila_it_does_the_same(workplace, chromium, tmp_path) -> None:
    (tmp_path / "voila").mkdir()
    notebook = workplace / "notebooks" / "weights.ipynb"
    with voila(notebook, tmp_path / "voila") as address, browser_page(chromium, tmp_path / "voila") as page:
        page.goto(address, timeout=RUN)
        page.locator(ROWS).first.wait_for(timeout=RUN)
        _drag(page)
        shown = _shown(page)
    assert shown == _said_by_whatif(workplace / "data" / "raw" / "qinghai-2019", tmp_path / "out")
