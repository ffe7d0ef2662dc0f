"""Pages as a report has them, made without kernels: the notebooks' cells run in this process. And odd kinds of results.

The pages are written by the report's own code from notebooks whose outputs are what IPython would have put out.
"""

from __future__ import annotations

import ast
import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
from playwright.sync_api import BrowserContext, sync_playwright
from sample_results import write_sample

from kaohe_tools.browser import FLAGS
from kaohe_tools.report.contents import write_index
from kaohe_tools.report.pages import FONT, Frame, write_failed_page, write_page
from kaohe_tools.report.plan import Page, plan_pages
from kaohe_tools.results import read_results
from kaohe_tools.style import Chart

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
LONG = "自然资源节约集约利用与国土空间用途管制综合监测评价中心"  # put behind every name: more than 30 characters
TABLES = ["结果.csv", "明细.csv", "理由.csv", "名额.csv", "运用.csv", "问题.csv", "run.json"]


@dataclass
class Pages:
    """The pages of one report: their folder, their names, and the charts that stand on them."""

    folder: Path
    names: list[str] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)

    def uri(self, name: str) -> str:
        return (self.folder / f"{name}.html").as_uri()


def make_pages(results_dir: Path, folder: Path, failed: bool = False) -> Pages:
    """Write the index and every page of a results folder; with `failed` also a page that says that it failed."""
    results = read_results(results_dir)
    planned = plan_pages([(stage, name) for stage in results.stages() for name in results.categories(stage)])
    frame, made = Frame(results, tuple(planned)), Pages(folder)
    (folder / "assets").mkdir(parents=True)
    (folder / "assets" / FONT.name).write_bytes(FONT.read_bytes())
    for page in planned:
        notebook = folder / f"{page.stem}.ipynb"
        nbformat.write(_executed(page, results_dir, made.charts), notebook)
        write_page(page, notebook, folder / f"{page.stem}.html", frame)
    write_index(folder, frame, planned, TABLES, {}, ["有 1 页没有生成，本次报告不完整。"] if failed else [])
    made.names = ["index", *(page.stem for page in planned)]
    if failed:
        write_failed_page(planned[-1], "ValueError: 没有这一列", "没有生成.ipynb", folder / "没有生成.html", frame)
        made.names.append("没有生成")
    return made


def _executed(page: Page, results_dir: Path, charts: list[Chart]) -> nbformat.NotebookNode:
    """A page's notebook with what its cells put out; the charts among that are added to `charts`."""
    notebook = nbformat.read(NOTEBOOKS / page.template, as_version=4)
    names: dict[str, Any] = {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        body = ast.parse(cell.source).body
        last = body.pop() if isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), page.template, "exec"), names)
        if "parameters" in cell.metadata.get("tags", []):
            names |= page.parameters(results_dir)
        if last is not None:
            shown = eval(compile(ast.Expression(last.value), page.template, "eval"), names)
            charts += [shown] if isinstance(shown, Chart) else []
            cell.outputs = [_output(shown)]
    return notebook


def _output(shown: Any) -> nbformat.NotebookNode:
    if isinstance(shown, Chart):
        data, metadata = shown._repr_mimebundle_()
        assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
        return nbformat.v4.new_output("execute_result", data, metadata=metadata)
    kinds = {"text/html": "_repr_html_", "text/markdown": "_repr_markdown_"}
    found = {kind: getattr(shown, name)() for kind, name in kinds.items() if hasattr(shown, name)}
    return nbformat.v4.new_output("execute_result", {**found, "text/plain": repr(shown)})


@contextmanager
def opened_browser(chromium: str, profile: Path) -> Iterator[BrowserContext]:
    """The system's Chromium with a profile of its own, that finds no host whatever a page asks for."""
    flags = [flag for flag in FLAGS if flag != "--headless"]
    with sync_playwright() as driver:
        options = {"executable_path": chromium, "headless": True, "args": [*flags, "--no-sandbox"]}
        context = driver.chromium.launch_persistent_context(str(profile), **options)
        try:
            yield context
        finally:
            context.close()


# --- odd kinds of results ---------------------------------------------------------------------------------------------


def _rewrite(path: Path, change: Any) -> None:
    table = pd.read_csv(path, encoding="utf-8-sig", dtype=str, keep_default_na=False)
    change(table).to_csv(path, encoding="utf-8-sig", index=False)


def with_long_names(folder: Path) -> Path:
    """Every subject's name with LONG behind it."""
    for name in ("结果.csv", "明细.csv", "理由.csv", "运用.csv"):
        _rewrite(folder / name, lambda table: table.assign(考核对象=table["考核对象"] + LONG))
    return folder


def with_ties(folder: Path) -> Path:
    """All subjects with one score and one rank, so that the places stay open."""
    same = {"综合得分": "88.00", "排名": "1", "等次": "", "待定": "并列待定"}
    _rewrite(folder / "结果.csv", lambda table: table.assign(**same))
    return folder


def with_years(folder: Path) -> Path:
    """Grades and scores of two earlier years for all but every fifth subject; this year's best rose, others fell."""
    now = pd.read_csv(folder / "结果.csv", encoding="utf-8-sig", dtype=str)
    now = now[[number % 5 != 4 for number in range(len(now))]]
    scores = now["综合得分"].astype(float)
    years = [
        now[["环节", "考核对象"]].assign(年度=str(year), 等次=grade, 综合得分=(scores + shift).map("{:.2f}".format))
        for year, grade, shift in ((2017, "良好", -1.5), (2018, "优秀", 0.75))
    ]
    pd.concat(years).to_csv(folder / "历年.csv", encoding="utf-8-sig", index=False)
    return folder


KINDS = {
    "4, 24, 60": lambda folder: write_sample(folder, {"事业局": 4, "厅机关": 24, "厅直属单位": 60}),
    "long names": lambda folder: with_long_names(write_sample(folder, {"厅机关": 24})),
    "all tied": lambda folder: with_ties(write_sample(folder, {"厅机关": 24})),
    "all pending": lambda folder: write_sample(folder, {"厅机关": 12}, all_pending=True),
    "one unit, with years": lambda folder: with_years(write_sample(folder, {"独立单位": 1, "事业局": 6})),
    "long names, with years": lambda folder: with_years(with_long_names(write_sample(folder, {"厅机关": 24}))),
}
