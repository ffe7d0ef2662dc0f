"""Executed notebooks to pages: HTML without code, that opens from a folder and asks nothing of the network."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path
from threading import Lock
from typing import Any

import nbformat
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from nbconvert.exporters import HTMLExporter
from traitlets.config import Config

from kaohe_tools.audience import INTERNAL_MARK
from kaohe_tools.records import record_json, record_line, record_of
from kaohe_tools.report.plan import INDEX, WORKBOOK, Page
from kaohe_tools.results import Results

PACKAGE = Path(__file__).resolve().parents[1]
TEMPLATES, FONT = PACKAGE / "templates", PACKAGE / "fonts" / "KaoheSansSC-Regular.woff2"
MANY_PAGES = 16  # from here on the list of pages is folded up
HIDDEN_CELLS = ["remove_cell", "parameters", "injected-parameters"]

_exporting = Lock()
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)


@dataclass(frozen=True)
class Frame:
    """What stands around every page of one report: its title, its stamp and the way to the other pages."""

    results: Results
    pages: Sequence[Page]

    @cached_property
    def css(self) -> str:
        return (TEMPLATES / "report.css").read_text(encoding="utf-8")

    @property
    def many(self) -> bool:
        return len(self.pages) > MANY_PAGES

    @cached_property
    def stages(self) -> list[tuple[str, list[Page]]]:
        """The category pages by stage, in order."""
        categories = [page for page in self.pages if not page.is_overview]
        return [(stage, list(pages)) for stage, pages in groupby(categories, key=lambda page: page.stage)]

    def __deepcopy__(self, memo: object) -> Frame:
        """Itself: nbconvert copies what templates are given, while other threads have results work out more."""
        return self

    def around(self, page: Page) -> tuple[Page | None, Page | None]:
        """The pages before and after one, None at the ends."""
        here = list(self.pages).index(page)
        return (
            self.pages[here - 1] if here else None,
            self.pages[here + 1] if here + 1 < len(self.pages) else None,
        )

    def title(self, page: Page | None) -> str:
        """What stands in the title bar of a page (None: the index)."""
        parts = [page.label] if page else []
        return " — ".join([*parts, self.results.title]) + ("（演示数据）" if self.results.simulated else "")

    def context(
        self, page: Page | None = None, remark: str = "", record: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """What the templates are given for one page (None: the index). `record`: of an earlier run that it is from."""
        run = self.results.run
        record = record or record_of(run)
        before, after = self.around(page) if page else (None, None)
        return {
            "frame": self,
            "run": run,
            "page": page,
            "before": before,
            "after": after,
            "index": INDEX,
            "workbook": WORKBOOK,
            "title": self.title(page),
            "running_head": css_text(f"{run['title']}　{page.label if page else ''}"),
            "remark": remark,
            "mark": INTERNAL_MARK,
            "policy": policy(),
            "script": script(),
            "record": record_json(record),
            "record_line": record_line(record),
        }


@cache
def script() -> str:
    """What makes tables searchable and sortable; pages are complete without it."""
    return (TEMPLATES / "tables.js").read_text(encoding="utf-8")


@cache
def policy() -> str:
    """What a browser may load for a page: what lies in it or beside it, and no script but ours; nothing of the network.

    >>> policy().startswith("default-src 'none'")
    True
    """
    digest = base64.b64encode(hashlib.sha256(script().encode()).digest()).decode("ascii")
    own = "img-src 'self' data: file:; font-src 'self' data: file:; style-src 'unsafe-inline'"
    return f"default-src 'none'; {own}; script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def css_text(text: str) -> str:
    r"""A text as a style sheet writes it, safe within <style>.

    >>> css_text('局"甲"</style>')
    '"局\\22 甲\\22 \\3c /style>"'
    """
    return '"' + "".join(f"\\{ord(sign):x} " if sign in '"\\<' or sign < " " else sign for sign in text) + '"'


def write_page(page: Page, notebook: Path, target: Path, frame: Frame, remark: str = "") -> None:
    """Write one executed notebook as an HTML page: no code, no prompts, nothing of what went to stderr.

    `remark` stands at its head (that its figures are out of date).
    """
    content = nbformat.read(notebook, as_version=4)
    _describe_pictures(content)
    record = content.metadata.get("kaohe", {}).get("record")  # of its own run, which may be an earlier one
    with _exporting:
        html, _ = _exporter().from_notebook_node(content, resources={"kaohe": frame.context(page, remark, record)})
    target.write_text(html, encoding="utf-8", newline="\n")


@cache
def _exporter() -> HTMLExporter:
    """What makes pages of notebooks, its templates compiled once; for one thread at a time."""
    return HTMLExporter(
        template_name="kaohe",
        template_file="page.html.j2",
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_anchor_links=True,
        exclude_input=True,
        config=Config({"TagRemovePreprocessor": {"enabled": True, "remove_cell_tags": HIDDEN_CELLS}}),
    )


def write_failed_page(page: Page, reason: str, notebook: str, target: Path, frame: Frame) -> None:
    """Write a page that says that this page could not be made, and why."""
    html = render("failed.html.j2", c=frame.context(page), reason=reason, notebook=notebook)
    target.write_text(html, encoding="utf-8", newline="\n")


def render(template: str, **context: Any) -> str:
    """One of our templates filled in; a name that the template expects and is not given is an error."""
    return _environment().get_template(template).render(**context)


@cache
def _environment() -> Environment:
    """Our templates, each compiled once."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES / "kaohe"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _describe_pictures(notebook: nbformat.NotebookNode) -> None:
    """Give each picture without a description (read out to those who cannot see it) the heading it stands under."""
    heading = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            found = _HEADING.findall(cell.source)
            heading = re.sub(r"[*_`]", "", found[-1]) if found else heading
        for output in cell.get("outputs", []):
            for markdown in [output.get("data", {}).get("text/markdown", "")]:
                found = _HEADING.findall(markdown)
                heading = re.sub(r"[*_`]", "", found[-1]) if found else heading
            for kind in ("image/png", "image/svg+xml", "image/jpeg"):
                if kind in output.get("data", {}):
                    output.metadata.setdefault(kind, {}).setdefault("alt", f"图：{heading or '统计图'}")
