"""Running notebooks by papermill: several at a time, each output whole or marked as failed."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat
from jupyter_core.utils import ensure_event_loop
from papermill import PapermillExecutionError, execute_notebook, inspect_notebook
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillException
from papermill.translators import PythonTranslator
from tqdm import tqdm
from traitlets.config import Config

from kaohe_tools.nursery import Nursery
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.report.kernels import SamePython, end_kernels
from kaohe_tools.report.plan import Page
from kaohe_tools.workers import each

CELL_TIMEOUT = 600  # seconds; a cell of ours takes a few
FAILED = ".failed.ipynb"
OWN_TABLES = PurePosixPath("../tables")  # of a report, seen from its notebooks
_ENGINE = "kaohe_tools"
_LONGEST = 80  # bytes: a socket's path may have about a hundred
_BAR = "{desc} 已完成 {n_fmt}/{total_fmt} |{bar:24}| 用时 {elapsed} {postfix}"


@dataclass(frozen=True)
class Failure:
    """A page that could not be made: which, in which code cell (0: none in particular), why, and where to look."""

    page: Page
    cell: int
    error: str
    path: Path

    def __str__(self) -> str:
        return f"{self.page.label}：{self._where}（{self.error}）；详见 {self.path}"

    @property
    def kind(self) -> str:
        """What happened without the words of the error, which may name people."""
        return f"{self._where}（{self.error.split(':')[0]}）"

    @property
    def _where(self) -> str:
        return f"第 {self.cell} 个代码单元出错" if self.cell else "没有运行完"


class _SavedOnce(NBClientEngine):
    """papermill's own way, saving what a notebook gave at its end, however it ends: not twice for each cell."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **kwargs: Any) -> None:
        target, nb_man.output_path = nb_man.output_path, None
        try:
            super().execute_managed_notebook(nb_man, kernel_name, **kwargs)
        except BaseException:  # a dead kernel, a cell out of time; else `execute_notebook` saves it itself
            nb_man.output_path = target
            raise


papermill_engines.register(_ENGINE, _SavedOnce)


def check_notebooks(notebooks_dir: Path, wanted: Mapping[str, Iterable[str]]) -> None:
    """Refuse notebooks that are missing, cannot be read, or do not declare every parameter they will be given.

    papermill itself only warns and then runs with the defaults. `wanted`: parameters by file name.
    """
    problems = Problems()
    for name, parameters in wanted.items():
        try:
            declared = set(inspect_notebook(_literal(notebooks_dir / name)))
        except FileNotFoundError:
            problems.error(Place(name), f"文件夹 {notebooks_dir} 里没有这个笔记本", "请恢复随软件提供的笔记本")
            continue
        except Exception as error:  # whatever a broken file makes the libraries raise
            problems.error(Place(name), f"笔记本打不开（{_first_line(error)}）", "请恢复随软件提供的笔记本")
            continue
        missing = [parameter for parameter in parameters if parameter not in declared]
        if missing:
            advice = "请在带 parameters 标签的单元里写明这些参数"
            problems.error(Place(name), f"没有声明参数 {'、'.join(missing)}", advice)
    if problems.errors:
        raise InputError(problems)


def run_all(
    pages: Iterable[Page],
    work: Callable[[Page], Failure | None],
    *,
    jobs: int = 2,
    progress: bool = True,
    stop: Callable[[], None] | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> list[Failure]:
    """Do `work` for each page, `jobs` at a time; the failures, in the order of the pages.

    `meanwhile`: done by this thread while they run; where it fails, they are ended.
    `stop`: ends what is running, where that is not kernels of this process.
    """
    pages = list(pages)
    failures: dict[Page, Failure] = {}
    started = time.monotonic()
    bar = tqdm(  # mininterval: every page is told, two that end together too
        total=len(pages),
        desc="生成报告",
        bar_format=_BAR,
        mininterval=0,
        file=sys.stderr,
        disable=not (progress and pages),
    )
    with bar, closing(each(pages, work, jobs, stop or end_kernels, meanwhile)) as done:
        for page, failure in done:
            if failure:
                failures[page] = failure
            bar.set_postfix_str(f"{page.label}{'（失败）' if failure else ''}", refresh=False)
            bar.update()
        bar.set_postfix_str(f"共 {len(pages)} 页，{time.monotonic() - started:.0f} 秒")
    return [failures[page] for page in pages if page in failures]


def run_notebook(
    page: Page,
    source: Path,
    folder: Path,
    results_dir: Path,
    marks: Mapping[str, Any],
    nursery: Nursery | None = None,
) -> Failure | None:
    """Execute one notebook into folder/<stem>.ipynb; on failure keep it as <stem>.failed.ipynb with its error.

    The output is written aside in the same folder and renamed when whole. `marks` are stored in its metadata.
    No working directory is set: that is one for the whole process and other threads run beside this one.
    `nursery`: where its kernel comes from; without one it is started anew.
    """
    target, aside = folder / f"{page.stem}.ipynb", folder / f"{page.stem}.running.ipynb"
    wires = tempfile.TemporaryDirectory(prefix="kaohe-", ignore_cleanup_errors=True)
    try:
        execute_notebook(
            _literal(source),
            _literal(aside),
            parameters=page.parameters(results_dir),
            engine_name=_ENGINE,
            progress_bar=False,
            execution_timeout=CELL_TIMEOUT,
            shutdown_kernel="immediate",
            kernel_manager_class=type("SamePython", (SamePython,), {"nursery": nursery}),
            config=Config({"KernelManager": _wiring(Path(wires.name))}),
        )
    except Exception as error:  # a cell error, a time-out, a dead kernel, a full disk: told, and the others go on
        failed = folder / f"{page.stem}{FAILED}"
        cell, reason = _what_went_wrong(error, aside)
        finish(aside, failed, page, marks, f"**运行失败**　{reason}")
        return Failure(page, cell, reason, failed)
    finally:
        wires.cleanup()
        _close_loop()
    finish(aside, target, page, marks)
    return None


def _wiring(folder: Path) -> dict[str, str]:
    """How a kernel is spoken with: by sockets in a folder of our own, which nobody else can take before it does.

    A port of the network can be taken in between. It has to do on Windows, and where the folder's path is too long.
    """
    told = {"transport_encryption": "auto", "connection_file": str(folder / "kernel.json")}
    local = os.name != "nt" and len(os.fsencode(folder)) < _LONGEST
    return {**told, "transport": "ipc", "ip": str(folder / "kernel")} if local else told


def finish(aside: Path, target: Path, page: Page, marks: Mapping[str, str], message: str = "") -> None:
    """Give an executed notebook its title and marks, take this machine's paths off it, and rename it in one go.

    What is kept reads the copy of the tables in its own report, wherever that is taken.
    """
    if not aside.exists():
        return
    notebook = nbformat.read(aside, as_version=4)
    notebook.metadata["title"] = page.label
    notebook.metadata["kaohe"] = dict(marks)
    parameters = page.parameters(OWN_TABLES)
    told = {"input_path": page.template, "output_path": target.name, "parameters": parameters}
    notebook.metadata.get("papermill", {}).update(told)
    for cell in notebook.cells:
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.source = PythonTranslator.codify(parameters).rstrip()
            cell.id = "injected-parameters"  # papermill draws it by lot
    if message:
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell(message))
    nbformat.write(notebook, aside)
    os.replace(aside, target)


def _close_loop() -> None:
    """Close the event loop of this thread, which Jupyter leaves open, and what a cell out of time left waiting."""
    loop = ensure_event_loop()
    waiting = asyncio.all_tasks(loop)
    for task in waiting:
        task.cancel()
    if waiting:
        loop.run_until_complete(asyncio.gather(*waiting, return_exceptions=True))
    loop.close()


def _what_went_wrong(error: Exception, aside: Path) -> tuple[int, str]:
    """The code cell that failed (counted from 1 as readers see them, 0 if unknown) and why, in one line."""
    if isinstance(error, PapermillExecutionError):
        return error.exec_count or 0, _first_line(f"{error.ename}: {error.evalue}" if error.evalue else error.ename)
    slow = isinstance(error, TimeoutError)
    reason = f"超过 {CELL_TIMEOUT} 秒" if slow else _first_line(error)
    if not aside.exists() or (isinstance(error, PapermillException | OSError) and not slow):
        return 0, reason
    cells = [cell for cell in nbformat.read(aside, as_version=4).cells if cell.cell_type == "code"]
    begun = [number for number, cell in enumerate(cells, 1) if cell.metadata.get("papermill", {}).get("start_time")]
    return (begun[-1] if begun else 0), reason


def _first_line(error: object) -> str:
    lines = str(error).strip().splitlines()
    text = lines[0][:200] if lines else type(error).__name__
    return text if isinstance(error, str) else f"{type(error).__name__}: {text}" if lines else text


def _literal(path: Path) -> str:
    """A path as papermill takes it: it reads {x} in one as a place for a parameter."""
    return str(path).replace("{", "{{").replace("}", "}}")
