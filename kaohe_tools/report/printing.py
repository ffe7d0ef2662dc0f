"""The whole report as one PDF for signing and filing: the index and all pages, printed by the machine's browser."""

from __future__ import annotations

import re
from pathlib import Path

from kaohe_tools.browser import BrowserError, find_browser, print_page, set_times
from kaohe_tools.report.pages import Frame, css_text, render
from kaohe_tools.report.plan import INDEX, Page

NO_BROWSER = "这台电脑上没有找到 Chromium、Chrome 或 Edge，没有打印成 PDF（可用环境变量 KAOHE_CHROMIUM 指明浏览器）"
_ASIDE = "打印.html"  # written beside the pages, whose font it uses, and removed again
_MAIN = re.compile("<main [^>]*>(.*)</main>", re.DOTALL)


def print_report(folder: Path, frame: Frame, target: Path) -> None:
    """Print index.html and every page of a report that is whole into one PDF. Raises BrowserError.

    The time in the file is that of the assessment: the same results and the same browser give the same bytes.
    """
    browser = find_browser()
    if browser is None:
        raise BrowserError(NO_BROWSER)
    aside = folder / _ASIDE
    contents = [_part(folder, frame, page) for page in (None, *frame.pages)]
    aside.write_text(render("whole.html.j2", c=frame.context(), contents=contents), encoding="utf-8", newline="\n")
    try:
        print_page(browser, aside, target)
    except BrowserError:
        target.unlink(missing_ok=True)
        raise
    finally:
        aside.unlink()
    target.write_bytes(set_times(target.read_bytes(), str(frame.results.run.get("time", ""))))


def _part(folder: Path, frame: Frame, page: Page | None) -> dict[str, object]:
    """What stands in the body of one page (None: the index), with links that lead to places in the same document."""
    text = (folder / (f"{page.stem}.html" if page else INDEX)).read_text(encoding="utf-8")
    body = _MAIN.search(text)[1]
    places = {INDEX: "#part1"} | {other.link: f"#part{number}" for number, other in enumerate(frame.pages, 2)}

    def there(found: re.Match[str]) -> str:
        return f' href="{places[found[1]]}"' if found[1] in places else ""

    head = css_text(f"{frame.results.run['title']}　{page.label}" if page else "")
    return {"running_head": head, "numbered": page is not None, "html": re.sub(r' href="([^"]*)"', there, body)}
