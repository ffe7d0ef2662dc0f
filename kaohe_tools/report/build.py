"""Building a report beside the old one and putting it in its place when it is whole."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import nbformat

from kaohe_tools.aside import clear_leftovers, keep_others, made_aside, put_in_place
from kaohe_tools.basis import of_folder
from kaohe_tools.browser import BrowserError
from kaohe_tools.document import Written, chosen_templates, write_documents
from kaohe_tools.grid import OWN_TEMPLATES
from kaohe_tools.logs import log, step
from kaohe_tools.nursery import Nursery, open_nursery
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.records import MANIFEST, OFFICE_FILES, record_of, stamp_file, tables_digest, write_manifest
from kaohe_tools.report.contents import write_index
from kaohe_tools.report.elsewhere import Elsewhere
from kaohe_tools.report.fresh import digest_of_results, origin_of, unchanged
from kaohe_tools.report.pages import FONT, Frame, write_failed_page, write_page
from kaohe_tools.report.plan import PDF, WORKBOOK, Page, choose, plan_pages
from kaohe_tools.report.printing import print_report
from kaohe_tools.report.runner import Failure, check_notebooks, run_all, run_notebook
from kaohe_tools.results import Results, read_results
from kaohe_tools.results.reading import FILES, PAST, RUN
from kaohe_tools.workbook import write_workbook

NOTEBOOKS, TABLES, ASSETS = "notebooks", "tables", "assets"
STALE = "沿用上次的页面，数据此后有变"


def build_report(
    results_dir: Path,
    report_dir: Path,
    notebooks_dir: Path,
    *,
    categories: Sequence[str] | None = None,
    jobs: int = 2,
    progress: bool = True,
    templates: Path | None = None,
    pdf: Callable[[str], None] | None = None,
    force: bool = False,
    kept: Callable[[int], None] | None = None,
    elsewhere: Elsewhere | None = None,
    nursery: Nursery | None = None,
) -> list[Failure]:
    """Make the report of an assessed case: a page for each category, an overview, index.html, 等次表.xlsx, documents.

    `templates`: a folder of Word templates; without it the office's own that lie with the results, else the package's.
    `categories` (names, or 环节·类别) makes only those pages anew; the others are kept from the report that is there.
    Without `categories`, pages that would come out the same are taken from the earlier report, unless `force`; `kept`
    is called with how many.
    `elsewhere`: where notebooks are run, if not by this process; as many at a time as it does, whatever `jobs`.
    `nursery`: where kernels come from, if it has been started already; otherwise it is here.
    `pdf`: print the whole as 报告.pdf too, and where that cannot be done call this with the reason; the rest goes on.
    With failures the earlier report stays as it is and what came of this run is kept beside it as <name>.failed.
    Raises InputError for results, notebooks, templates or folders that cannot be used.
    """
    results_dir, report_dir = results_dir.resolve(), report_dir.resolve()
    results = read_results(results_dir)
    pages = plan_pages([(stage, name) for stage in results.stages() for name in results.categories(stage)])
    wanted = choose(pages, categories)
    check_notebooks(notebooks_dir, {page.template: page.parameters(results_dir) for page in wanted})
    templates = templates or results_dir / OWN_TEMPLATES
    chosen_templates(templates)
    _check_target(report_dir)
    with made_aside(report_dir) as aside:
        clear_leftovers(_beside(report_dir))
        build = _Build(results, results_dir, aside, notebooks_dir, pages, elsewhere)
        build.keep(report_dir, [page for page in pages if page not in wanted])
        same = [] if force or categories is not None else build.reuse((report_dir, _beside(report_dir)), wanted)
        if kept is not None and same:
            kept(len(same))
        failures = build.run([page for page in wanted if page not in same], jobs, progress, templates, nursery)
        if pdf is not None:
            with step("打印成 PDF"):
                build.write_pdf(pdf, failures)
        with step("换上新报告" if not failures else "留下没有做完的报告"):
            return _deliver(aside, report_dir, failures)


class _Build:
    """One report while it is made in a folder of its own."""

    def __init__(
        self,
        results: Results,
        results_dir: Path,
        folder: Path,
        notebooks_dir: Path,
        pages: Sequence[Page],
        elsewhere: Elsewhere | None,
    ) -> None:
        self.results, self.results_dir, self.folder, self.notebooks_dir = results, results_dir, folder, notebooks_dir
        self.state, self.whole = tables_digest(results_dir), digest_of_results(results_dir)
        self.remarks: dict[Page, str] = {}
        self.documents: list[Written] = []
        self.pages, self.missing, self.elsewhere = pages, set[Page](), elsewhere
        for name in (NOTEBOOKS, TABLES, ASSETS):
            (folder / name).mkdir()
        shutil.copyfile(FONT, folder / ASSETS / FONT.name)
        shutil.copyfile(FONT.with_name("OFL.txt"), folder / ASSETS / "OFL.txt")

    @property
    def frame(self) -> Frame:
        return Frame(self.results, tuple(page for page in self.pages if page not in self.missing))

    def keep(self, earlier: Path, pages: Sequence[Page]) -> None:
        """Take over the executed notebooks of an earlier report; pages that it lacks are missing in this one."""
        for page in pages:
            source = earlier / NOTEBOOKS / f"{page.stem}.ipynb"
            if not source.is_file():
                self.missing.add(page)
                self.remarks[page] = "本页尚未生成"
                continue
            log.info("页面 %s：没有点名，保留上次的", page.label)
            target = self.folder / NOTEBOOKS / source.name
            shutil.copyfile(source, target)
            if nbformat.read(target, as_version=4).metadata.get("kaohe", {}).get("results") != self.state:
                self.remarks[page] = STALE
        for page in pages:
            if page not in self.missing:
                self._convert(page)

    def reuse(self, reports: Sequence[Path], pages: Sequence[Page]) -> list[Page]:
        """Take over what would come out the same from earlier reports, the first that has it; which pages that were."""
        return [page for page in pages if any(self._take(report, page) for report in reports)]

    def _take(self, report: Path, page: Page) -> bool:
        """Take one page over, if it can be; it then says the time of this run, as if it had been made anew."""
        name = f"{NOTEBOOKS}/{page.stem}.ipynb"
        if not unchanged(report, name):
            return False
        notebook, marks = nbformat.read(report / name, as_version=4), self._marks(page)
        if notebook.metadata.get("kaohe", {}).get("origin") != marks["origin"]:
            return False
        notebook.metadata["kaohe"] = marks
        nbformat.write(notebook, self.folder / name)
        self._convert(page)
        log.info("页面 %s：沿用上次的，没有变动", page.label)
        return True

    def run(
        self, pages: Sequence[Page], jobs: int, progress: bool, templates: Path, early: Nursery | None
    ) -> list[Failure]:
        """Make the pages, Office files meanwhile, and then the index."""
        there, office = self.elsewhere, partial(self._write_office, templates)
        width, stop = (there.width, there.stop) if there else (jobs, None)
        with (
            step(f"运行笔记本 {len(pages)} 个") if pages else nullcontext(),
            nullcontext(early) if early or there or not pages else open_nursery(self.folder) as nursery,
        ):
            make = partial(self._make, nursery=nursery)
            failures = run_all(pages, make, jobs=width, progress=progress, stop=stop, meanwhile=office)
        self.remarks |= {failure.page: "本页没有生成" for failure in failures}
        past = [PAST] if (self.results_dir / PAST).is_file() else []
        tables = [name for name, _ in FILES.values()] + past + [RUN]
        for name in tables:
            shutil.copyfile(self.results_dir / name, self.folder / TABLES / name)
        stale = sum(remark == STALE for remark in self.remarks.values())
        notices = [f"有 {len(failures)} 页没有生成，本次报告不完整。"] if failures else []
        notices += [f"有 {stale} 页沿用上次的页面，而数据此后有变；请不带 --category 重新运行。"] if stale else []
        self.index = partial(
            write_index, self.folder, self.frame, self.pages, tables, self.remarks, notices, self.documents
        )
        self.index()
        for path in sorted(self.folder.iterdir()):
            if path.suffix in OFFICE_FILES:
                stamp_file(path, record_of(self.results.run))
        return failures

    def write_pdf(self, tell: Callable[[str], None], failures: Sequence[Failure]) -> None:
        """Print the whole as one PDF and link it on the index; `tell` is called with the reason where it cannot be."""
        if failures:
            return tell("有页面没有生成，没有打印成 PDF")
        try:
            print_report(self.folder, self.frame, self.folder / PDF)
        except BrowserError as error:
            log.info("没有打印成 PDF")
            return tell(str(error))
        self.index(pdf=PDF)

    def _write_office(self, templates: Path) -> None:
        """The documents in Word, first, so that what is wrong with a template is told soon; then the workbook."""
        with step("写文稿"):
            self.documents = write_documents(self.results, self.folder, templates)
        with step(f"写{WORKBOOK}"):
            write_workbook(self.results, self.folder / WORKBOOK, of_folder(self.results_dir))

    def _make(self, page: Page, nursery: Nursery | None) -> Failure | None:
        begun = time.monotonic()
        source, folder = self.notebooks_dir / page.template, self.folder / NOTEBOOKS
        run = self.elsewhere.run_notebook if self.elsewhere else partial(run_notebook, nursery=nursery)
        failure = run(page, source, folder, self.results_dir, self._marks(page))
        if failure:
            target = self.folder / f"{page.stem}.html"
            write_failed_page(page, failure.error, f"{NOTEBOOKS}/{failure.path.name}", target, self.frame)
        else:
            self._convert(page)
        log.info("页面 %s：%s，%.1f 秒", page.label, failure.kind if failure else "完成", time.monotonic() - begun)
        return failure

    def _marks(self, page: Page) -> dict[str, Any]:
        """What an executed notebook says of itself in its metadata."""
        origin = origin_of(page, self.whole, self.notebooks_dir / page.template)
        about = {"stage": page.stage, "category": page.category, "results": self.state, "origin": origin}
        return {**about, "record": record_of(self.results.run)}

    def _convert(self, page: Page) -> None:
        notebook = self.folder / NOTEBOOKS / f"{page.stem}.ipynb"
        write_page(page, notebook, self.folder / f"{page.stem}.html", self.frame, self.remarks.get(page, ""))


def _beside(report_dir: Path) -> Path:
    """Where what came of a run with failures is kept."""
    return report_dir.with_name(f"{report_dir.name}.failed")


def _check_target(report_dir: Path) -> None:
    """Refuse to replace a folder that is no report. Raises InputError."""
    if report_dir.is_dir() and ((report_dir / MANIFEST).is_file() or not any(report_dir.iterdir())):
        return
    if report_dir.exists():
        _refuse(report_dir, "已存在，而且不是本软件生成的报告，不能覆盖", "请换一个输出位置，或先把它移走")


def _deliver(aside: Path, report_dir: Path, failures: list[Failure]) -> list[Failure]:
    """Put a finished report in its place, or beside it where pages failed; the failures with where they now lie."""
    write_manifest(aside)
    beside = _beside(report_dir)
    target = beside if failures else report_dir
    try:
        if failures:
            _remove(beside)
        elif (report_dir / MANIFEST).is_file():
            keep_others(report_dir, aside, set((report_dir / MANIFEST).read_text(encoding="utf-8").splitlines()))
        put_in_place(aside, target)
        if not failures:
            _remove(beside)
    except OSError as error:
        _refuse(target, f"不能替换（{error.strerror}）", f"请关闭正在打开的网页或{WORKBOOK}后再运行")
    return [replace(failure, path=target / failure.path.relative_to(aside)) for failure in failures]


def _remove(beside: Path) -> None:
    """Remove what an earlier run with failures left, and nothing else."""
    if (beside / MANIFEST).is_file():
        shutil.rmtree(beside)


def _refuse(path: Path, message: str, advice: str) -> None:
    problems = Problems()
    problems.error(Place(str(path)), message, advice)
    raise InputError(problems)
