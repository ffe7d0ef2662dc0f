"""How long `kaohe run` of the bundled cases takes, beside papermill doing nothing. Run by hand.

    python benchmarks/main_job.py [--quick]

The floor is as many papermill runs as the report has pages, of a notebook that imports what ours import and does
nothing else: a process of its own, as many at a time as `kaohe run` has, kernels killed at their end as ours are (the
quicker way). Both are run in turn as new processes; by the clock and in processor time, that of all children included.
"Cells alone" are the cells of all pages run one after the other in one process without any kernel, imports not counted:
what charts and tables cost however notebooks are run. Byte code is written to a folder of its own, so that nothing is
compiled in the measured runs, as after an ordinary installation.
"""

from __future__ import annotations

import ast
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from measuring import ROOT, Table, Taken, quick, ratio, show

CASES = ("qinghai-2019", "qinghai-2023", "zaozhuang", "zhashui-2022", "bureau-400")
JOBS, ROUNDS = 2, 3
FLOOR, CELLS = "--floor", "--cells"


def floor_notebook(path: Path) -> Path:
    """A notebook that imports what the notebook of a category imports, and nothing else."""
    cells = [cell for cell in nbformat.read(ROOT / "notebooks" / "category.ipynb", 4).cells if cell.cell_type == "code"]
    lines = [line for cell in cells for line in cell.source.splitlines() if line.startswith(("from ", "import "))]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": kernel, "language_info": {"name": "python"}})
    notebook.cells = [nbformat.v4.new_code_cell("\n".join(lines))]
    nbformat.write(notebook, path)
    return path


def run_floor(notebook: Path, pages: int) -> None:
    """Run it so many times, JOBS at a time."""
    from papermill import execute_notebook

    def one(number: int) -> None:
        target = notebook.with_name(f"floor-{number}.ipynb")
        execute_notebook(str(notebook), str(target), progress_bar=False, shutdown_kernel="immediate")

    with ThreadPoolExecutor(JOBS) as pool:
        list(pool.map(one, range(pages)))


def run_cells(results: Path, made: Path) -> None:
    """Run the cells of every page that was made here, show what they give, and print the processor seconds of it."""
    from IPython.core.formatters import DisplayFormatter

    from kaohe_tools import charts, display
    from kaohe_tools.report.plan import plan_pages
    from kaohe_tools.results import read_results

    known, formatter = read_results(results), DisplayFormatter()
    names = {"charts": charts, "tables": display}
    begun = time.process_time()
    for page in plan_pages([(stage, name) for stage in known.stages() for name in known.categories(stage)]):
        if not (made / f"{page.stem}.ipynb").exists():
            continue
        space = {**names, **page.parameters(results)}
        for cell in nbformat.read(ROOT / "notebooks" / page.template, 4).cells:
            if cell.cell_type != "code" or "parameters" in cell.metadata.get("tags", []):
                continue
            *before, last = ast.parse(cell.source).body
            exec(compile(ast.Module(before, []), page.template, "exec"), space)
            formatter.format(eval(compile(ast.Expression(last.value), page.template, "eval"), space))
    print(time.process_time() - begun)


def spent(words: list[str], environment: dict[str, str]) -> tuple[Taken, str]:
    """What a new process takes, all that it starts included, and what it prints."""
    start = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([sys.executable, *words], env=environment, stdout=said, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode("utf-8", "replace")
    if process.returncode:
        raise SystemExit(f"{' '.join(words)}\n{text}")
    return Taken(time.perf_counter() - start, usage.ru_utime + usage.ru_stime), text


def measure(name: str, scratch: Path, rounds: int, category: str = "") -> Table:
    """One case (or one category of it and the overview): floor and the job in turn, and the cells alone."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(scratch / "bytecode")}
    out = scratch / name
    case = shutil.copytree(ROOT / "data" / "raw" / name, scratch / "cases" / name)
    job = ["-m", "kaohe_tools.cli", "run", str(case), "--out", str(out), "--force", "--jobs", str(JOBS)]
    job += ["--category", category] if category else []
    spent(job, environment)
    made = out / "reports" / name / "notebooks"
    pages = len(list(made.glob("*.ipynb")))
    floor = [__file__, FLOOR, str(floor_notebook(scratch / f"{name}-floor.ipynb")), str(pages)]
    spent(floor, environment)
    taken: dict[str, list[Taken]] = {"floor": [], "job": []}
    for _ in range(rounds):
        taken["floor"].append(spent(floor, environment)[0])
        taken["job"].append(spent(job, environment)[0])
    alone = [__file__, CELLS, str(out / "data" / "processed" / name), str(made)]
    cells = float(spent(alone, environment)[1].split()[-1])
    least, ours = (Taken(*map(statistics.median, zip(*taken[each], strict=True))) for each in ("floor", "job"))
    told = (("papermill 空跑（底）", least), ("kaohe run", ours))
    rows = [
        [what, f"{each.wall:.2f}", f"{each.work:.2f}", ratio(each.wall, least.wall), ratio(each.work, least.work)]
        for what, each in told
    ]
    rows.append(["其中各页的单元（画图、制表），不算内核", "—", f"{cells:.2f}", "—", ratio(cells, least.work)])
    head = ["", "秒", "处理器秒", "对底", "对底（处理器）"]
    return Table(f"{name}：{pages} 页，同时 {JOBS} 个，{rounds} 轮", head, rows)


def tables(small: bool = False) -> Iterator[Table]:
    """A table for each bundled case; `small`: two pages of one, once."""
    if not hasattr(os, "wait4"):
        return
    for name, category in ((CASES[0], "事业局"),) if small else ((case, "") for case in CASES):
        with tempfile.TemporaryDirectory() as scratch:
            yield measure(name, Path(scratch), 1 if small else ROUNDS, category)


def main() -> None:
    """Measure and print, or be one of the measured processes."""
    if FLOOR in sys.argv:
        run_floor(Path(sys.argv[2]), int(sys.argv[3]))
    elif CELLS in sys.argv:
        run_cells(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        show(tables(quick()))


if __name__ == "__main__":
    main()
