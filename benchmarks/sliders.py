"""How long a slider of the weights notebook takes to redraw, from the key to the page: run by hand.

    python benchmarks/sliders.py [--quick]

Cases of 60 units in one category (and the bundled one, of several) are opened in JupyterLab and as a page by voila, in
a headless Chromium. Times are taken in the page, from the event (key, mouse, choice) to the changed ranking in the
DOM. The floor is a notebook with nothing but a slider and a line that prints its value, in the same run on the same
machine: what counts is the ratio. A drag counts what is sent, how many messages wait for an answer at once, and how
long after the last movement of the mouse the ranking stands; the ranking at the end is compared with a reassessment
under the points that the page shows. PICTURES names a folder for screenshots, CHROMIUM another browser.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
from measuring import QINGHAI, STAGE, ZHASHUI, Table, quick, show, write_case

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from browsing import RUN, Wire, browser_page, lab, run_all, voila

from kaohe_tools.panel import open_trial
from kaohe_tools.panel.view import ranking

NOTEBOOK = Path(__file__).resolve().parent.parent / "notebooks" / "weights.ipynb"
BUNDLED = NOTEBOOK.parent.parent / "data" / "raw" / "qinghai-2019"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
UNITS, INDICATORS = 60, 30
MOVES, DRAGGED = 30, 60  # key presses; movements of the mouse in a drag
QUIET = 1500  # milliseconds without a change: nothing more is coming
FLOOR = """
import ipywidgets
slider = ipywidgets.FloatSlider(min=0, max=100, value=50, step=0.5, description="下限")
shown = ipywidgets.HTML("<p class=kaohe-trial>50.0</p>")
slider.observe(lambda change: setattr(shown, "value", f"<p class=kaohe-trial>{change['new']}</p>"), "value")
ipywidgets.VBox([slider, shown])
"""
# Every event is noted with its time, and every change of the ranking's text with the time of its mutation. What the
# page makes itself is left out, but for choices: playwright makes those in the page too, and they are not "trusted".
WATCH = """
() => {
    const text = () => document.querySelector('.kaohe-trial')?.textContent;
    const seen = window.seen = {events: [], changes: [], text: text()};
    const note = event =>
        (event.isTrusted || event.target.tagName === 'SELECT') && seen.events.push(performance.now());
    for (const kind of ['keydown', 'pointermove', 'change']) document.addEventListener(kind, note, true);
    new MutationObserver(() => {
        const now = text();
        if (now !== undefined && now !== seen.text) { seen.text = now; seen.changes.push(performance.now()); }
    }).observe(document.body, {subtree: true, childList: true, characterData: true});
}
"""


# --- what is measured -------------------------------------------------------------------------------------------------


def one(page, act: Callable[[], object], patience: int = 5000) -> float | None:
    """Seconds from an event to the first change that it brings; None where nothing changes."""
    page.evaluate("() => { seen.events = []; seen.changes = []; }")
    act()
    with contextlib.suppress(Exception):
        page.wait_for_function("() => seen.changes.length > 0", timeout=patience, polling=20)
    events, changes = page.evaluate("() => [seen.events, seen.changes]")
    page.wait_for_timeout(150)  # let the answer come to its end
    return (changes[0] - events[0]) / 1000 if changes and events else None


def keys(page, moves: int) -> list[float | None]:
    """Key presses on the first slider, one after the other."""
    page.locator(".widget-slider .noUi-handle").first.focus()
    words = ["ArrowLeft" if i // 10 % 2 == 0 else "ArrowRight" for i in range(moves + 1)]
    return [one(page, lambda word=word: page.keyboard.press(word)) for word in words][1:]


def drag(page, wire: Wire) -> dict[str, float]:
    """A drag of the first slider: what was sent and drawn, and how long the last position took."""
    handle = page.locator(".widget-slider .noUi-handle").first.bounding_box()
    track = page.locator(".widget-slider .noUi-base").first.bounding_box()
    x, y = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.wait_for_timeout(300)
    page.evaluate("() => { seen.events = []; seen.changes = []; }")
    wire.reset()
    for i in range(1, DRAGGED + 1):  # to the right end and halfway back
        share = min(i, 1.5 * DRAGGED - i) / DRAGGED
        page.mouse.move(track["x"] + share * track["width"], y)
    events = page.evaluate("() => seen.events")
    page.wait_for_function(f"() => performance.now() - Math.max(...seen.changes, seen.events.at(-1)) > {QUIET}")
    changes = page.evaluate("() => seen.changes")
    sent, most = wire.sent, wire.most
    page.mouse.up()
    page.wait_for_timeout(300)
    gaps = [b - a for a, b in zip([events[0], *changes], changes, strict=False)]
    return {
        "动": len(events), "秒": (events[-1] - events[0]) / 1000, "送出": sent, "最多等着": most,
        "画": len(changes), "最长不动秒": max(gaps) / 1000, "最后一次之后秒": max(0.0, changes[-1] - events[-1]) / 1000,
    }  # fmt: skip


def agrees(page, trial) -> bool:
    """Is the ranking in the page that of a reassessment under the points that its sliders show?"""
    names = list(trial.points)
    first = float(page.locator(".widget-hbox:has(> .widget-slider) input").first.input_value())
    rest = sum(trial.points.values()) - trial.points[names[0]]
    share = (sum(trial.points.values()) - first) / rest
    points = {name: first if name == names[0] else value * share for name, value in trial.points.items()}
    wanted = trial.attempt(points).table
    rows = page.locator(".kaohe-trial tr:has(td:nth-child(7))").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.innerText.trim()))"
    )
    told = {row[2]: (int(row[0]), float(row[4])) for row in rows}
    return told == {row["考核对象"]: (row["排名"], row["得分"]) for row in wanted.to_dict("records")}


def choices(page, box) -> list[float | None]:
    """Changes of a drop-down, to and fro."""
    options = box.locator("option").all_inner_texts()
    order = [options[i % len(options)] for i in range(1, 7)]
    return [one(page, lambda option=option: box.select_option(label=option), 2000) for option in order]


# --- pages ------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def opened(where: str, notebook: Path, scratch: Path) -> Iterator[tuple]:
    """A page with a notebook that has run, in JupyterLab or by voila, and what goes over its wire."""
    scratch.mkdir(parents=True)
    home = notebook.parent.parent
    server = lab(home, scratch) if where == "JupyterLab" else voila(notebook, scratch)
    with server as address, browser_page(CHROMIUM, scratch) as page:
        wire = Wire(page)
        start = time.perf_counter()
        page.goto(address.format(f"notebooks/{notebook.name}"), timeout=RUN)
        if where == "JupyterLab":
            run_all(page)
        page.locator(".kaohe-trial").first.wait_for(timeout=RUN)
        seconds = time.perf_counter() - start
        page.wait_for_timeout(1500)
        page.evaluate(WATCH)
        yield page, wire, seconds


def write_notebook(path: Path, source: str | None, parameters: dict[str, object]) -> Path:
    """The weights notebook with other parameters, or one with a single cell."""
    notebook = nbformat.read(NOTEBOOK, 4)
    if source is not None:
        notebook.cells = [nbformat.v4.new_code_cell(source.strip())]
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source += "".join(f"\n{name} = {json.dumps(value)}" for name, value in parameters.items())
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def told(name: str, times: list[float | None], floor: float) -> list[str]:
    """A row of the table: median and maximum in milliseconds, the median beside the floor."""
    there = [seconds for seconds in times if seconds is not None]
    if not there:
        return [name, "—", "—", "—", f"{len(times)} 次都没有变"]
    middle, most = statistics.median(there), max(there)
    missing = f"{len(times) - len(there)} 次没有变" if len(there) < len(times) else ""
    return [name, f"{1000 * middle:.0f}", f"{1000 * most:.0f}", f"{middle / floor:.2f}", missing]


def engine(trial) -> tuple[list[float], list[float]]:
    """Seconds of reassessments and of drawing them, without a browser."""
    names, taken, drawn = list(trial.points), [], []
    for i in range(1, MOVES + 1):
        points = {**trial.points, names[0]: trial.points[names[0]] - i / 2, names[1]: trial.points[names[1]] + i / 2}
        start = time.perf_counter()
        outcome = trial.attempt(points)
        middle = time.perf_counter()
        ranking(outcome, trial.top_grade, True)
        taken.append(middle - start)
        drawn.append(time.perf_counter() - middle)
    return taken, drawn


def other_readings(trial) -> list[float]:
    """Seconds of a reassessment under each reading that is not the case's own."""
    taken, today = [], trial.base.case.readings
    for name, reading in trial.base.case.scheme.readings.items():
        for code in (code for code in reading.choices if code != today[name]):
            start = time.perf_counter()
            trial.attempt(trial.points, {name: code})
            taken.append(time.perf_counter() - start)
    return taken


def counts(trial, name: str) -> bool:
    """Would the ranking look otherwise under every other choice of a reading?"""
    now = trial.base.case.readings[name]
    codes = [code for code in trial.base.case.scheme.readings[name].choices if code != now]
    drawn = [ranking(trial.attempt(trial.points, {name: code}), trial.top_grade, True) for code in (now, *codes)]
    return all(other != drawn[0] for other in drawn[1:])


def places(root: Path, small: bool) -> dict[str, tuple[Path, Any]]:
    """The notebooks to open, each with the trial that its ranking must agree with."""
    found = {}
    for parts in () if small else (QINGHAI, ZHASHUI):
        home = root / parts[0]
        (home / "data" / "raw").mkdir(parents=True)
        case = write_case(home / "data" / "raw" / "case", *parts, UNITS, INDICATORS)
        words = {"case_dir": "../data/raw/case", "stage": STAGE, "category": parts[1]}
        notebook = write_notebook(home / "notebooks" / "weights.ipynb", None, words)
        found[f"{parts[0]}，{UNITS} 个对象"] = (notebook, open_trial(case, STAGE, parts[1]))
    home = root / BUNDLED.name  # several categories
    shutil.copytree(BUNDLED, home / "data" / "raw" / BUNDLED.name)
    notebook = write_notebook(home / "notebooks" / "weights.ipynb", None, {})
    return {**found, f"{BUNDLED.name}，随软件的": (notebook, open_trial(BUNDLED, STAGE, "厅机关"))}


def tables(small: bool = False) -> Iterator[Table]:
    """A table for JupyterLab and one for voila; `small`: the bundled case by voila alone, few moves."""
    if not Path(CHROMIUM).exists():
        return
    moves = 3 if small else MOVES
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        plain = write_notebook(root / "floor" / "notebooks" / "floor.ipynb", FLOOR, {})
        wanted = places(root, small)
        for where in ("voila",) if small else ("JupyterLab", "voila"):
            with opened(where, plain, root / where / "floor") as (page, wire, seconds):
                times = keys(page, moves)
                floor = statistics.median(filter(None, times))
                rows = [told("底：打开", [seconds], floor), told("底：按键到一行字", times, floor)]
                remarks = [f"底，拖动：{rounded(drag(page, wire))}。"]
            for scheme, (notebook, trial) in wanted.items():
                found, remark = measure(where, notebook, trial, root / where / notebook.parents[1].name, moves, floor)
                rows += [[f"{scheme}：{row[0]}", *row[1:]] for row in found]
                remarks.append(f"{scheme}，{remark}")
            yield Table(f"拖滑块：{where}，毫秒", ["", "中位", "最大", "对底", ""], rows, remarks)


def measure(where: str, notebook: Path, trial, scratch: Path, moves: int, floor: float) -> tuple[list[list[str]], str]:
    """One notebook in one place: engine, keys, choices; and a drag in words."""
    taken, drawn = engine(trial)
    rows = [told("只算", taken, floor), told("只写成 HTML", drawn, floor)]
    rows.append(told("只算，换一种读法", other_readings(trial), floor))
    with opened(where, notebook, scratch) as (page, wire, seconds):
        rows += [told("打开到第一次排名", [seconds], floor), told("按键到排名", keys(page, moves), floor)]
        remark = f"拖动：{rounded(drag(page, wire))}；与重新考核{'一致' if agrees(page, trial) else '不一致'}。"
        if folder := os.environ.get("PICTURES"):
            page.set_viewport_size({"width": 1400, "height": 2600})
            page.screenshot(path=f"{folder}/{where}-{scratch.name}.png")
        category, *readings = page.locator(".widget-dropdown select").all()
        if category.locator("option").count() > 1:
            rows.append(told("换类别到排名", choices(page, category), floor))
        page.locator(".jupyter-widget-Collapse-header").first.click()
        for name, reading in zip(trial.base.case.scheme.readings, readings, strict=True):
            if counts(trial, name):
                rows.append(told(f"换读法到排名（{name}）", choices(page, reading), floor))
    return rows, remark


def rounded(figures: dict[str, float]) -> str:
    """Figures of a drag in a line."""
    return "、".join(f"{name} {value:.3g}" for name, value in figures.items())


def main() -> None:
    """Measure and print."""
    show(tables(quick()))


if __name__ == "__main__":
    main()
