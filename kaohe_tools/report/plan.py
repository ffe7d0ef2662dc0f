"""Which pages a report has, what their files are called and which of them a run makes anew."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import PurePath
from urllib.parse import quote

from kaohe_tools.problems import InputError, Place, Problems

INDEX, WORKBOOK, OVERVIEW, PDF = "index.html", "等次表.xlsx", "总览", "报告.pdf"
CATEGORY_NOTEBOOK, OVERVIEW_NOTEBOOK = "category.ipynb", "overview.ipynb"
LONGEST_NAME = 60  # characters; 180 bytes of Chinese leave room for suffixes below the usual limit of 255

_FORBIDDEN = re.compile('[<>:"/\\\\|?*\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]')
_DEVICES = re.compile(
    r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]) *(\.|$)", re.IGNORECASE
)  # Windows keeps these for itself


@dataclass(frozen=True)
class Page:
    """One page of the report: a category of a stage, or the overview (both names empty)."""

    stem: str
    stage: str = ""
    category: str = ""

    @property
    def is_overview(self) -> bool:
        return not self.stage

    @property
    def label(self) -> str:
        """What readers and messages call the page."""
        return OVERVIEW if self.is_overview else f"{self.stage}·{self.category}"

    @property
    def link(self) -> str:
        """The page's address, relative to the report folder."""
        return quote(f"{self.stem}.html")

    @property
    def template(self) -> str:
        """The notebook that makes the page."""
        return OVERVIEW_NOTEBOOK if self.is_overview else CATEGORY_NOTEBOOK

    def parameters(self, results_dir: PurePath) -> dict[str, str]:
        """The notebook's parameters, all plain text (papermill turns anything richer into text anyway)."""
        where = {"results_dir": str(results_dir)}
        return where if self.is_overview else {**where, "stage": self.stage, "category": self.category}


def safe_name(text: str) -> str:
    r"""A name that Windows, macOS and Linux take as a file name (without its suffix).

    >>> safe_name('机关/直属：A?'), safe_name("  机关. "), safe_name(""), safe_name("CON")
    ('机关_直属：A_', '机关', '未命名', '_CON')
    """
    plain = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", text)).strip(" .")
    plain = f"_{plain}" if _DEVICES.match(plain) else plain
    return plain[:LONGEST_NAME].rstrip(" .") or "未命名"


def plan_pages(categories: Iterable[tuple[str, str]]) -> list[Page]:
    """The overview and then every (stage, category), in the order given, under file names that differ.

    >>> [page.stem for page in plan_pages([("单位", "A/B"), ("单位", "A?B")])]
    ['总览', '单位-A_B', '单位-A_B-2']
    """
    pages, taken = [Page(OVERVIEW)], {OVERVIEW.casefold()}
    for stage, category in categories:
        pages.append(Page(free_name(f"{stage}-{category}", taken), stage, category))
    return pages


def free_name(text: str, taken: set[str]) -> str:
    """A safe file name (without its suffix) that none of `taken` is, upper and lower case alike; it is then taken."""
    name = safe_name(text)
    stem, count = name, 1
    while stem.casefold() in taken:
        count += 1
        stem = f"{name}-{count}"
    taken.add(stem.casefold())
    return stem


def choose(pages: Sequence[Page], categories: Iterable[str] | None) -> list[Page]:
    """The pages to make anew: all of them, or the overview and those of the categories named.

    A category is named alone (in every stage that has it) or as 环节·类别. Raises InputError for names nobody has.
    """
    if categories is None:
        return list(pages)
    problems, wanted = Problems(), set()
    known = {name for page in pages if not page.is_overview for name in (page.category, page.label)}
    for name in categories:
        found = {page for page in pages if not page.is_overview and name.strip() in (page.category, page.label)}
        if not found:
            near = get_close_matches(name, sorted(known), n=1)
            advice = f"是不是“{near[0]}”" if near else "可选：" + "、".join(page.label for page in pages[1:])
            problems.error(Place(), f"没有类别“{name}”", advice)
        wanted |= found
    if problems.errors:
        raise InputError(problems)
    return [page for page in pages if page.is_overview or page in wanted]
