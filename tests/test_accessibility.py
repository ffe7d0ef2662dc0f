"""Pages for readers who do not see or use a mouse: axe-core finds nothing serious, and what it cannot see is tried."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="缺少 playwright，本测试跳过")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="缺少 axe-playwright-python，本测试跳过")

from offices import make_case  # noqa: E402
from paged import Pages, make_pages, opened_browser, with_years  # noqa: E402
from sample_results import write_sample  # noqa: E402

from kaohe_tools.assess import assess  # noqa: E402
from kaohe_tools.audience import AUDIENCES  # noqa: E402
from kaohe_tools.feedback.build import Wanted, write_feedback  # noqa: E402

WIDE, NARROW = 1280, 390
GRAVE = ("serious", "critical")


@pytest.fixture(scope="module")
def made(chromium, tmp_path_factory) -> Pages:
    """A report with two stages, earlier years, something pending, and a page that failed."""
    folder = tmp_path_factory.mktemp("pages")
    results = with_years(write_sample(folder / "结果", {"事业局": 4, "厅机关": 12}, cadres=6))
    return make_pages(results, folder / "报告", failed=True)


@pytest.fixture(scope="module")
def browser(chromium, tmp_path_factory) -> Iterator:
    with opened_browser(chromium, tmp_path_factory.mktemp("profile")) as context:
        yield context


def _opened(browser, uri: str, width: int):
    page = browser.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(uri)
    return page


def _found(page) -> list[str]:
    """What axe-core objects to, a line for each rule and place."""
    violations = axe.Axe().run(page).response["violations"]
    return [
        f"{rule['impact']} {rule['id']}: {rule['help']}: {node['html'][:100]}"
        for rule in violations
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_axe_finds_nothing_to_object_to_on_any_page_of_a_report(made, browser, width) -> None:
    for name in made.names:
        page = _opened(browser, made.uri(name), width)
        assert _found(page) == [], name
        page.close()


@pytest.mark.parametrize("audience", AUDIENCES)
def test_axe_finds_nothing_serious_on_the_pages_that_leave_the_office(audience, browser, tmp_path) -> None:
    write_feedback(assess(make_case(tmp_path / "案例", simulated="true")), tmp_path / "反馈", Wanted(audience))
    for path in sorted((tmp_path / "反馈").rglob("*.html"))[:4]:
        page = _opened(browser, path.as_uri(), WIDE)
        assert [line for line in _found(page) if line.startswith(GRAVE)] == [], path.name
        page.close()


def test_a_reader_without_a_mouse_sorts_a_table_and_hears_how(made, browser) -> None:
    page = _opened(browser, made.uri("单位-厅机关"), WIDE)
    head = page.locator("#grades th", has_text="综合得分")
    head.get_by_role("button").focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    column = page.locator("#grades th").all_inner_texts().index("综合得分")
    scores = [float(text) for text in page.locator(f"#grades tbody td:nth-child({column + 1})").all_inner_texts()]
    assert scores == sorted(scores) and scores[0] < scores[-1]
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") is None
    page.close()


def test_what_is_searched_for_is_told_to_those_who_do_not_see_the_table(made, browser) -> None:
    page = _opened(browser, made.uri("单位-厅机关"), WIDE)
    page.get_by_role("searchbox", name="排名、等次与理由").fill("机关党委")
    rows = page.locator("#grades tbody tr")
    assert [row.is_visible() for row in rows.all()].count(True) == 1
    assert page.get_by_role("status").first.inner_text() == "1 / 12 行"
    page.close()
