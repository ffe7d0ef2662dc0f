"""From a folder of results to signed-off pages: notebooks by papermill, HTML, an index and a workbook.

A report appears whole or not at all: it is built beside the old one, which it replaces when everything went well.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import nbformat

from kaohe_tools.outputs import put_in_place
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.report.contents import write_index
from kaohe_tools.report.pages import FONT, Frame, write_failed_page, write_page
from kaohe_tools.report.plan import OVERVIEW, WORKBOOK, Page, choose, plan_pages
from kaohe_tools.report.runner import Failure, check_notebooks, run_all, run_notebook
from kaohe_tools.results import Results, read_results
from kaohe_tools.workbook import write_workbook

__all__ = ["Failure", "build_report"]

NOTEBOOKS, TABLES, ASSETS = "notebooks", "tables", "assets"
MANIFEST = "assets/files.txt"  # what a report wrote: everything else in its folder was put there by somebody
STALE = "沿用上次的页面，数据此后有变"


def build_report(
    results_dir: Path,
    report_dir: Path,
    notebooks_dir: Path,
    *,
    categories: Sequence[str] | None = None,
    jobs: int = 2,
    progress: bool = True,
) -> list[Failure]:
    """Make the report of an assessed case: a page for each category and an overview, index.html and 等次表.xlsx.

    `categories` (names, or 环节·类别) makes only those pages anew; the others are kept from the report that is there.
    With failures the earlier report stays as it is and what came of this run is kept beside it as <name>.failed.
    Raises InputError for results, notebooks or folders that cannot be used.
    """
    results_dir, report_dir = results_dir.resolve(), report_dir.resolve()
    results = read_results(results_dir)
    pages = plan_pages([(stage, name) for stage in results.stages() for name in results.categories(stage)])
    wanted = choose(pages, categories)
    check_notebooks(notebooks_dir, {page.template: page.parameters(results_dir) for page in wanted})
    _check_target(report_dir)
    report_dir.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{report_dir.name}-", dir=report_dir.parent))
    try:
        build = _Build(results, results_dir, aside, notebooks_dir, pages)
        build.keep(report_dir, [page for page in pages if page not in wanted])
        failures = build.run(wanted, jobs, progress)
        return _deliver(aside, report_dir, failures)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise


class _Build:
    """One report while it is made in a folder of its own."""

    def __init__(self, results: Results, results_dir: Path, folder: Path, notebooks_dir: Path, pages: list[Page]) -> None:
        self.results, self.results_dir, self.folder, self.notebooks_dir = results, results_dir, folder, notebooks_dir
        self.state = _state(results_dir)
        self.missing: set[Page] = set()
        self.remarks: dict[Page, str] = {}
        self.pages = pages
        for name in (NOTEBOOKS, TABLES, ASSETS):
            (folder / name).mkdir()
        shutil.copyfile(FONT, folder / ASSETS / FONT.name)
        shutil.copyfile(FONT.with_name("OFL.txt"), folder / ASSETS / "OFL.txt")

    @property
    def frame(self) -> Frame:
        return Frame(self.results, [page for page in self.pages if page not in self.missing], self.pages)

    def keep(self, earlier: Path, pages: Sequence[Page]) -> None:
        """Take over the executed notebooks of an earlier report; pages that it does not have are missing in this one."""
        for page in pages:
            source = earlier / NOTEBOOKS / f"{page.stem}.ipynb"
            if not source.is_file():
                self.missing.add(page)
                self.remarks[page] = "本页尚未生成"
                continue
            target = self.folder / NOTEBOOKS / source.name
            shutil.copyfile(source, target)
            if nbformat.read(target, as_version=4).metadata.get("kaohe", {}).get("results") != self.state:
                self.remarks[page] = STALE
        for page in pages:
            if page not in self.missing:
                self._convert(page)

    def run(self, pages: Sequence[Page], jobs: int, progress: bool) -> list[Failure]:
        """Make the pages and then everything that is not a page."""
        failures = run_all(pages, self._make, jobs=jobs, progress=progress)
        self.remarks |= {failure.page: "本页没有生成" for failure in failures}
        write_workbook(self.results, self.folder / WORKBOOK)
        tables = sorted(path.name for path in self.results_dir.glob("*.csv"))
        for name in [*tables, "run.json"]:
            shutil.copyfile(self.results_dir / name, self.folder / TABLES / name)
        stale = sum(remark == STALE for remark in self.remarks.values())
        notices = [f"有 {len(failures)} 页没有生成，本次报告不完整。"] if failures else []
        notices += [f"有 {stale} 页沿用上次的页面，而数据此后有变；请不带 --category 重新运行。"] if stale else []
        write_index(self.folder, self.frame, [*tables, "run.json"], self.remarks, notices)
        return failures

    def _make(self, page: Page) -> Failure | None:
        marks = {"stage": page.stage, "category": page.category, "results": self.state}
        source, folder = self.notebooks_dir / page.template, self.folder / NOTEBOOKS
        failure = run_notebook(page, source, folder, self.results_dir, marks)
        if failure:
            target = self.folder / f"{page.stem}.html"
            write_failed_page(page, failure.error, f"{NOTEBOOKS}/{failure.path.name}", target, self.frame)
        else:
            self._convert(page)
        return failure

    def _convert(self, page: Page) -> None:
        notebook = self.folder / NOTEBOOKS / f"{page.stem}.ipynb"
        write_page(page, notebook, self.folder / f"{page.stem}.html", self.frame, self.remarks.get(page, ""))
