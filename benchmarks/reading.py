"""How fast 100,000 score rows are read, beside the libraries that do less: run by hand, nothing is committed.

    python benchmarks/reading.py [rows]

All are measured in one run and interleaved; what counts are the ratios, which a busy machine changes little.
"""

from __future__ import annotations

import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import openpyxl
import pandas as pd
import xlsxwriter
from python_calamine import CalamineWorkbook

from kaohe_tools.grid import read_file
from kaohe_tools.problems import Problems

ROWS, ROUNDS = 100_000, 3
HEADER = ["考核对象", "考核项目", "指标", "得分", "满分", "评分人"]
LIBRARIES = ("python-calamine", "pandas", "openpyxl")


def write(path: Path, rows: int, formulas: bool) -> Path:
    """Write a workbook of score rows; with formulas, the column 满分 is one that has its result stored."""
    chance = random.Random(1)
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("得分")
        sheet.write_row(0, 0, HEADER)
        for i in range(1, rows + 1):
            points = round(chance.random() * 10, 2)
            names = [f"第{i % 400}单位", f"项目{i % 7}", f"指标{i % 50}"]
            sheet.write_row(i, 0, [*names, points, 10, f"评委{i % 20}"])
            if formulas:
                sheet.write_formula(i, 4, f"=D{i + 1}*0+10", None, 10)
    return path


def ours(path: Path) -> int:
    """What `kaohe` does: checks, values, places of cells without value, hidden rows, merged blocks."""
    problems = Problems()
    (grid,) = read_file(path, problems)
    if problems.errors:
        raise SystemExit("\n".join(map(str, problems)))
    return len(grid.rows)


def bare(path: Path) -> int:
    """Calamine alone: values only, errors and formulas without a result as blanks, no limits."""
    return len(CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False))


def pandas_calamine(path: Path) -> int:
    """Read by pandas on top of calamine."""
    return len(pd.read_excel(path, engine="calamine", header=None))


def pandas_openpyxl(path: Path) -> int:
    """Read by pandas on top of openpyxl."""
    return len(pd.read_excel(path, engine="openpyxl", header=None))


def openpyxl_alone(path: Path) -> int:
    """Read by openpyxl as a stream, stored results."""
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    book.close()
    return len(rows)


READERS: dict[str, Callable[[Path], int]] = {
    "python-calamine, bare": bare,
    "kaohe_tools.grid": ours,
    "pandas, engine calamine": pandas_calamine,
    "openpyxl, read-only": openpyxl_alone,
    "pandas, engine openpyxl": pandas_openpyxl,
}


def measure(path: Path, rows: int) -> dict[str, float]:
    """Median seconds of each reader, the rounds interleaved."""
    times: dict[str, list[float]] = {name: [] for name in READERS}
    for _ in range(ROUNDS):
        for name, reader in READERS.items():
            start = time.perf_counter()
            if reader(path) != rows + 1:
                raise SystemExit(f"{name} read another number of rows")
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(taken) for name, taken in times.items()}


def main() -> None:
    """Make the files in a temporary folder, measure, print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}; {versions}")
    with tempfile.TemporaryDirectory() as folder:
        for formulas in (False, True):
            path = write(Path(folder, "得分.xlsx"), rows, formulas)
            kind = "one of them formulas" if formulas else "values only"
            print(f"\n{rows:,} rows × {len(HEADER)} columns, {kind}, {path.stat().st_size / 1e6:.1f} MB")
            print(f"{'':28}{'seconds':>9}{'to calamine':>13}{'to pandas + openpyxl':>23}")
            taken = measure(path, rows)
            first, last = taken["python-calamine, bare"], taken["pandas, engine openpyxl"]
            for name, seconds in taken.items():
                print(f"{name:28}{seconds:9.2f}{seconds / first:13.2f}{seconds / last:23.2f}")


if __name__ == "__main__":
    main()
