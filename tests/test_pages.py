"""The pages of a report as readers meet them: in a browser, from a folder, on wide and narrow screens, on paper."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from fontTools.ttLib import TTFont
from PIL import Image
from sample_results import write_sample

from kaohe_tools.report import build_report

playwright = pytest.importorskip("playwright.sync_api", reason="缺少 playwright，本测试跳过")

ROOT = Path(__file__).resolve().parent.parent
FONT = ROOT / "kaohe_tools" / "fonts" / "KaoheSansSC-Regular.otf"
PAGES = ["index", "总览", "单位-事业局", "单位-厅机关", "处级干部-正职"]
WITH_CHARTS = PAGES[1:]
QUIET = ("quic", "background-networking", "component-update", "sync", "gpu")
FLAGS = ["--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in QUIET)]
WIDE, NARROW, PAPER = 1280, 480, 680  # CSS pixels; A4 without its margins is 680 wide

# The contrast of each piece of text with what lies behind it, by the formula of WCAG 2; those below 4.5.
FAINT_TEXT = """() => {
  const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                       return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const behind = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
                        if (c.length < 4 || c[3] > 0) return c.slice(0, 3); } return [255, 255, 255]; };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), faint = [];
  while (walker.nextNode()) { const e = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !e.checkVisibility()) continue;
    const pair = [light(parse(getComputedStyle(e).color).slice(0, 3)), light(behind(e))].sort((a, b) => b - a);
    if ((pair[0] + 0.05) / (pair[1] + 0.05) < 4.5) faint.push(walker.currentNode.textContent.trim()); }
  return faint; }"""

CUT_OFF = """[...document.querySelectorAll('table, img, pre')].filter(
  e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    """The report that the project's own notebooks make of a case with two stages and 24 offices in one category."""
    folder = tmp_path_factory.mktemp("报告 #1")
    results = write_sample(folder / "结果", {"事业局": 4, "厅机关": 24}, cadres=6)
    assert build_report(results, folder / "reports", ROOT / "notebooks", progress=False) == []
    return folder / "reports"


@pytest.fixture(scope="module")
def browser(chromium, tmp_path_factory) -> Iterator:
    with playwright.sync_playwright() as driver:
        profile = tmp_path_factory.mktemp("profile")
        options = {"executable_path": chromium, "headless": True, "args": FLAGS}
        context = driver.chromium.launch_persistent_context(str(profile), **options)
        yield context
        context.close()


@pytest.fixture
def opened(browser, report) -> Iterator[Callable]:
    """Give a function that opens a page of the report at a width; pages must ask for files only and say nothing."""
    told: list[str] = []
    pages = []

    def opening(name: str, width: int = WIDE):
        page = browser.new_page()
        pages.append(page)
        page.on("console", lambda message: told.append(message.text))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on("requestfailed", lambda request: told.append(f"failed: {request.url[:120]}"))
        page.on("request", lambda r: None if r.url.startswith(("file:", "data:")) else told.append(r.url))
        page.set_viewport_size({"width": width, "height": 900})
        page.goto((report / f"{name}.html").as_uri())
        return page

    yield opening
    for page in pages:
        page.close()
    assert told == [], "what the browser said, or asked of the network"


def overflow(page) -> int:
    """Give by how many pixels the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_from_its_folder_and_fits_a_wide_screen(opened, name) -> None:
    page = opened(name)
    assert page.title().endswith("样例厅2019年度目标责任考核（演示数据）")
    assert overflow(page) <= 0


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_narrow_screen_where_wide_tables_scroll_by_themselves(opened, name) -> None:
    assert overflow(opened(name, NARROW)) <= 0


@pytest.mark.parametrize("name", PAGES)
def test_on_paper_nothing_is_cut_off_and_no_navigation_is_printed(opened, name) -> None:
    page = opened(name, PAPER)
    page.emulate_media(media="print")
    assert overflow(page) <= 0
    assert page.evaluate(CUT_OFF) == []
    assert not page.locator("nav").is_visible()
    assert page.locator(".stamp").is_visible()


@pytest.mark.parametrize("name", WITH_CHARTS)
def test_charts_are_drawn_and_described_for_those_who_cannot_see_them(opened, name) -> None:
    pictures = opened(name).evaluate("[...document.images].map(i => [i.complete && i.naturalWidth, i.alt.length])")
    assert pictures
    assert all(width > 300 and described > 4 for width, described in pictures)


@pytest.mark.parametrize("name", PAGES)
def test_every_sign_of_a_page_is_in_the_font_that_comes_with_it(opened, name) -> None:
    page = opened(name)
    assert page.evaluate("document.fonts.load('16px Kaohe Sans SC', '考').then(found => found[0].status)") == "loaded"
    shown = {sign for sign in page.evaluate("document.body.innerText") if sign > " "}
    with TTFont(FONT) as font:
        known = {chr(code) for code in font.getBestCmap()}
    assert shown - known == set()


@pytest.mark.parametrize("name", PAGES)
def test_text_stands_out_from_what_is_behind_it(opened, name) -> None:
    assert opened(name).evaluate(FAINT_TEXT) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_not_blank_as_a_picture(opened, name) -> None:
    picture = Image.open(io.BytesIO(opened(name).screenshot())).convert("L")
    dark = sum(picture.histogram()[:160]) / (picture.width * picture.height)
    assert 0.01 < dark < 0.6


def test_a_reader_gets_from_the_index_to_a_category_and_on_to_the_next_and_back(opened) -> None:
    page = opened("index")
    page.get_by_role("table").get_by_role("link", name="事业局").click()
    assert page.locator("h1").inner_text() == "单位·事业局"
    page.locator("a[rel=next]").click()
    assert page.locator("h1").inner_text() == "单位·厅机关"
    assert page.locator("nav a[aria-current]").inner_text() == "厅机关"
    page.get_by_role("link", name="返回目录").click()
    assert page.locator("h1").inner_text() == "样例厅2019年度目标责任考核"


def test_the_notebooks_say_nothing_on_stderr_such_as_glyphs_missing_from_a_font(report) -> None:
    told = [
        (path.name, output.text)
        for path in sorted((report / "notebooks").glob("*.ipynb"))
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stderr"
    ]
    assert told == []
