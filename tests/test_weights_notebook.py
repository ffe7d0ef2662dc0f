"""The weights notebook in a real browser: it opens, runs, a slider moves, and shows what `kaohe whatif` says."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from browsing import RUN, Wire, browser_page, lab, run_all, voila

from kaohe_tools.cli import main

NOTEBOOK = Path(__file__).resolve().parent.parent / "notebooks" / "weights.ipynb"
PART, POINTS = "目标任务", 40
SLIDERS = ".widget-hbox:has(> .widget-slider)"
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


def _points(page) -> dict[str, str]:
    """What the boxes beside the sliders say, by part."""
    rows = page.locator(SLIDERS).evaluate_all(
        "rows => rows.map(row => [row.querySelector('.widget-label').innerText, row.querySelector('input').value])"
    )
    return dict(rows)


def _settled(page) -> None:
    """Wait until the page and its kernel have nothing more to say to each other."""
    page.wait_for_function(
        """() => {
            const now = document.querySelector('.kaohe-trial')?.textContent;
            if (window.settling?.text !== now) window.settling = {text: now, since: performance.now()};
            return performance.now() - window.settling.since > 1500;
        }""",
        timeout=RUN,
    )


def _type(page) -> None:
    """Type the new points into the box beside the slider, and wait until something has moved."""
    row = page.locator(SLIDERS, has_text=PART).first
    row.wait_for(timeout=RUN)
    before = page.locator(".kaohe-said").first.inner_text()
    row.locator("input").fill(str(POINTS))
    page.keyboard.press("Enter")
    page.wait_for_function("old => document.querySelector('.kaohe-said')?.innerText !== old", arg=before, timeout=RUN)
    _settled(page)


def _drag(page) -> None:
    """Drag the slider to and fro faster than a case is assessed, and let it go where its box says POINTS."""
    row = page.locator(SLIDERS, has_text=PART).first
    handle, track = row.locator(".noUi-handle").bounding_box(), row.locator(".noUi-base").bounding_box()
    height, start = handle["y"] + handle["height"] / 2, handle["x"] + handle["width"] / 2
    page.mouse.move(start, height)
    page.mouse.down()
    for share in [*(0.9 - step / 50 for step in range(40)), *(0.1 + step / 50 for step in range(20))]:
        page.mouse.move(track["x"] + share * track["width"], height)
    page.mouse.up()
    for _ in range(2 * POINTS):  # keys that follow each other as fast: left to the end, then up to the wanted points
        page.keyboard.press("Home")
    for _ in range(2 * POINTS):
        page.keyboard.press("ArrowRight")
    _settled(page)


def test_in_jupyterlab_typed_points_change_the_ranking_to_what_whatif_says(workplace, chromium, tmp_path) -> None:
    (tmp_path / "lab").mkdir()
    with lab(workplace, tmp_path / "lab") as address, browser_page(chromium, tmp_path / "lab") as page:
        page.goto(address.format("notebooks/weights.ipynb"), timeout=RUN)
        run_all(page)
        page.locator(ROWS).first.wait_for(timeout=RUN)
        today = _shown(page)
        _type(page)
        shown = _shown(page)
        assert page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    wanted = _said_by_whatif(workplace / "data" / "raw" / "qinghai-2019", tmp_path / "out")
    assert shown == wanted
    assert shown != today


def test_as_a_page_by_voila_a_hasty_drag_ends_at_what_whatif_says(workplace, chromium, tmp_path) -> None:
    (tmp_path / "voila").mkdir()
    notebook = workplace / "notebooks" / "weights.ipynb"
    with voila(notebook, tmp_path / "voila") as address, browser_page(chromium, tmp_path / "voila") as page:
        wire = Wire(page)
        page.goto(address, timeout=RUN)
        page.locator(ROWS).first.wait_for(timeout=RUN)
        _settled(page)
        wire.reset()
        _drag(page)
        shown, points = _shown(page), _points(page)
        assert wire.waiting == 0, "the page and its kernel still talk"
        assert wire.most == 1, "moves pile up"
        assert 0 < wire.sent <= 60 + 3 * POINTS + 10
    assert shown == _said_by_whatif(workplace / "data" / "raw" / "qinghai-2019", tmp_path / "out")
    assert float(points[PART]) == POINTS
