"""The pages of a report as readers meet them: in a browser, from a folder, on wide and narrow screens, on paper."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from fontTools.ttLib import TTFont
from PIL import Image
from sample_results import write_sample

from kaohe_tools.report import build_report

playwright = pytest.importorskip("playwright.sync_api", reason="缺少 playwright，本测试跳过")

from paged import opened_browser, with_years  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
FONT = ROOT / "kaohe_tools" / "fonts" / "KaoheSansSC-Regular.otf"
PAGES = ["index", "总览", "单位-事业局", "单位-厅机关", "处级干部-正职"]
WITH_CHARTS = PAGES[1:]
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
    results = with_years(write_sample(folder / "结果", {"事业局": 4, "厅机关": 24}, cadres=6))
    assert build_report(results, folder / "reports", ROOT / "notebooks", progress=False) == []
    return folder / "reports"


@pytest.fixture(scope="module")
def browser(chromium, tmp_path_factory) -> Iterator:
    with opened_browser(chromium, tmp_path_factory.mktemp("profile")) as context:
        yield context


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


def _targets(page) -> list[str]:
    """Everything a page points to or shows, as full addresses."""
    return page.evaluate("[...document.querySelectorAll('[href], [src]')].map(e => e.href || e.src)")


def test_moved_to_a_folder_with_spaces_and_chinese_signs_every_page_opens_with_all_it_needs(
    browser, report, tmp_path
) -> None:
    moved = Path(shutil.copytree(report, tmp_path / "归档 2019 #终稿" / "厅 系统%报告"))
    asked: list[str] = []
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    for name in PAGES:
        page.goto((moved / f"{name}.html").as_uri())
        assert page.evaluate("document.fonts.load('16px Kaohe Sans SC', '考').then(found => found.length)") == 1
        assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
    page.close()
    own = f"{moved.as_uri()}/"
    assert [url for url in asked if not url.startswith((own, "data:"))] == [], "it asks for its own folder only"
    assert f"{own}assets/KaoheSansSC-Regular.woff2" in asked


def test_every_link_and_every_place_it_names_is_there(opened, report) -> None:
    anchors: dict[str, set[str]] = {}
    found = []
    for name in PAGES:
        page = opened(name)
        anchors[f"{name}.html"] = set(page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)"))
        found += [(name, target) for target in _targets(page) if not target.startswith("data:")]
    assert len(found) > 40
    for name, target in found:
        parts = urlsplit(target)
        path = Path(unquote(parts.path))
        assert parts.scheme == "file" and path.is_relative_to(report) and path.is_file(), (name, target)
        assert not parts.fragment or unquote(parts.fragment) in anchors[path.name], (name, target)


def test_what_a_page_would_load_from_the_network_is_blocked_by_the_page_itself(browser, report, tmp_path) -> None:
    """Somebody puts a picture, a script and a style sheet of another host into a page: nothing is asked for."""
    text = (report / "总览.html").read_text(encoding="utf-8")
    foreign = '<img src="https://example.cn/a.png"><script src="https://example.cn/a.js"></script>'
    foreign += '<link rel="stylesheet" href="https://example.cn/a.css"><script>window.ran = true</script>'
    (tmp_path / "总览.html").write_text(text.replace("</main>", f"{foreign}</main>"), encoding="utf-8")
    refused: list[str] = []
    answered: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: refused.append(message.text))
    page.on("response", lambda response: answered.append(response.url))
    page.goto((tmp_path / "总览.html").as_uri())
    assert page.evaluate("window.ran === undefined")
    assert sum("Content Security Policy" in text for text in refused) == 4
    assert [url for url in answered if url.startswith("http")] == []
    page.close()


def test_a_table_is_searched_by_several_words_and_paper_shows_all_of_it_anyway(opened) -> None:
    page = opened("单位-厅机关")
    page.locator("#grades").evaluate("e => e.scrollIntoView()")
    page.get_by_role("searchbox", name="排名、等次与理由").fill("优秀 办公室")
    rows = page.locator("#grades tbody tr")
    shown = [row.inner_text() for row in rows.all() if row.is_visible()]
    assert 0 < len(shown) < rows.count() == 24
    assert all("办公室" in text and "优秀" in text for text in shown)
    page.emulate_media(media="print")
    assert all(row.is_visible() for row in rows.all())
    assert not page.locator(".find").first.is_visible()


def test_without_scripts_a_page_shows_all_its_tables(browser, report, chromium, tmp_path) -> None:
    with_script = browser.new_page()
    with_script.goto((report / "单位-厅机关.html").as_uri())
    plain = browser.new_page()
    plain.route("**/*", lambda route: route.continue_())
    session = browser.new_cdp_session(plain)
    session.send("Emulation.setScriptExecutionDisabled", {"value": True})
    plain.goto((report / "单位-厅机关.html").as_uri())
    assert with_script.locator(".find").count() > 0 and plain.locator(".find").count() == 0
    assert plain.locator("#grades tbody tr").count() == 24
    assert plain.locator("#grades th button").count() == 0
    with_script.close()
    plain.close()


def test_sections_are_numbered_without_a_gap_though_some_have_no_place_in_a_case(opened) -> None:
    for name in ("总览", "单位-厅机关", "处级干部-正职"):
        numbers = opened(name).evaluate(
            "[...document.querySelectorAll('h2')].map(e => getComputedStyle(e, '::before').content)"
        )
        assert len(numbers) > 6 and set(numbers) == {'counter(section, simp-chinese-informal) "、"'}, name
    titles = opened("处级干部-正职").locator("h2").all_inner_texts()
    assert titles[0] == "排名" and "历年比较" in titles and "名额" not in titles


def test_the_notebooks_say_nothing_on_stderr_such_as_glyphs_missing_from_a_font(report) -> None:
    told = [
        (path.name, output.text)
        for path in sorted((report / "notebooks").glob("*.ipynb"))
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stderr"
    ]
    assert told == []
