"""Pages and charts as pictures, for few and many subjects, long names, ties, all 待定, one unit: nothing is cut off.

What a careful reader would see is measured: texts that overlap or leave their box, pages wider than screen or paper,
signs without a glyph.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from drawn import cut_off, overlapping
from fontTools.ttLib import TTFont

playwright = pytest.importorskip("playwright.sync_api", reason="缺少 playwright，本测试跳过")

from paged import KINDS, Pages, make_pages, opened_browser  # noqa: E402

from kaohe_tools.style import FONT_FILE  # noqa: E402

WIDE, PAPER = 1280, 680  # CSS pixels; A4 without its margins is 680 wide

# Boxes with words of their own that are wider or higher inside than what is seen of them and cannot be scrolled.
CLIPPED = """() => [...document.body.querySelectorAll('*')].filter(e => {
  if (!e.checkVisibility() || e.closest('.unseen, .skip') || e.tagName === 'INPUT') return false;
  const style = getComputedStyle(e), words = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
  const hides = v => v === 'hidden' || v === 'clip';
  return words && ((hides(style.overflowX) && e.scrollWidth > e.clientWidth + 1) ||
                   (hides(style.overflowY) && e.scrollHeight > e.clientHeight + 1));
}).map(e => e.textContent.slice(0, 40))"""

# Cells whose words lie over the cell beside them.
SPILT = """() => [...document.querySelectorAll('th, td')].filter(cell => {
  if (!cell.checkVisibility() || cell.closest('.unseen')) return false;
  const range = document.createRange(); range.selectNodeContents(cell);
  const box = cell.getBoundingClientRect();
  return [...range.getClientRects()].some(r => r.width && (r.right > box.right + 1 || r.left < box.left - 1));
}).map(cell => cell.textContent.slice(0, 40))"""

TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
BEYOND = """[...document.querySelectorAll('table, img, p, pre')].filter(e =>
  e.checkVisibility() && !e.closest('.unseen, .skip') && e.getBoundingClientRect().right > innerWidth + 1
).map(e => e.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module", params=KINDS, ids=KINDS.keys())
def made(request, chromium, tmp_path_factory) -> Pages:
    folder = tmp_path_factory.mktemp("pages")
    return make_pages(KINDS[request.param](folder / "结果"), folder / "报告")


@pytest.fixture(scope="module")
def browser(chromium, tmp_path_factory) -> Iterator:
    with opened_browser(chromium, tmp_path_factory.mktemp("profile")) as context:
        yield context


def _looked_at(browser, made: Pages, width: int, media: str) -> Iterator[tuple[str, object]]:
    for name in made.names:
        page = browser.new_page()
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(media=media)
        page.goto(made.uri(name))
        yield name, page
        page.close()


def test_no_text_of_a_chart_overlaps_another_or_is_cut_off(made) -> None:
    assert made.charts
    for chart in made.charts:
        assert cut_off(chart) == [], chart.title
        assert overlapping(chart) == [], chart.title


def test_on_screen_no_text_is_clipped_and_the_page_does_not_scroll_sideways(made, browser) -> None:
    for name, page in _looked_at(browser, made, WIDE, "screen"):
        assert page.evaluate(TOO_WIDE) <= 0, name
        assert page.evaluate(CLIPPED) == [], name
        assert page.evaluate(SPILT) == [], name


def test_on_paper_no_text_is_clipped_and_nothing_is_wider_than_the_paper(made, browser) -> None:
    for name, page in _looked_at(browser, made, PAPER, "print"):
        assert page.evaluate(TOO_WIDE) <= 0, name
        assert page.evaluate(BEYOND) == [], name
        assert page.evaluate(CLIPPED) == [], name
        assert page.evaluate(SPILT) == [], name


def test_on_paper_a_sentence_gets_at_least_twelve_characters_a_line(made, browser) -> None:
    narrow = """[...document.querySelectorAll('td.wide')].filter(cell => cell.checkVisibility() &&
      cell.clientWidth < 12 * parseFloat(getComputedStyle(cell).fontSize)).map(cell => cell.textContent.slice(0, 40))"""
    for name, page in _looked_at(browser, made, PAPER, "print"):
        assert page.evaluate(narrow) == [], name


def test_every_sign_of_a_page_has_a_glyph_also_those_that_scripts_and_styles_add(made, browser) -> None:
    with TTFont(FONT_FILE) as font:
        known = {chr(code) for code in font.getBestCmap()}
    added = """[...document.querySelectorAll('*')].flatMap(e => ['::before', '::after'].map(
      part => getComputedStyle(e, part).content)).filter(text => text.startsWith('"')).join('')"""
    for name, page in _looked_at(browser, made, WIDE, "screen"):
        shown = page.evaluate("document.body.innerText") + page.evaluate(added)
        shown += "".join(page.evaluate("[...document.querySelectorAll('[placeholder]')].map(e => e.placeholder)"))
        assert {sign for sign in shown if sign > " "} - known == set(), name
