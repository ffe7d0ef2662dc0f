"""How fast 100,000 score rows are read, beside the libraries that do less: run by hand, nothing is committed.

    python benchmarks/reading.py [--quick]

All are measured in one run and interleaved; what counts are the ratios, which a busy machine changes little. What is
not installed is left out and said.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import openpyxl
import pandas as pd
import xlsxwriter
from measuring import Table, quick, ratio, show, timed, versions
from python_calamine import CalamineWorkbook

from kaohe_tools.grid import read_file
from kaohe_tools.problems import Problems

ROWS, ROUNDS = 100_000, 3
HEADER = ["考核对象", "考核项目", "指标", "得分", "满分", "评分人"]


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


def fastexcel_arrow(path: Path) -> int:
    """Read by fastexcel into Arrow."""
    import fastexcel

    return fastexcel.read_excel(path).load_sheet(0, header_row=None).to_arrow().num_rows


def polars_fastexcel(path: Path) -> int:
    """Read by polars, which uses fastexcel."""
    import polars

    return polars.read_excel(path, has_header=False).height


READERS: dict[str, Callable[[Path], int]] = {
    "python-calamine，只取值": bare,
    "本程序（kaohe_tools.grid）": ours,
    "fastexcel → Arrow": fastexcel_arrow,
    "polars（fastexcel）": polars_fastexcel,
    "pandas + calamine": pandas_calamine,
    "openpyxl，只读方式": openpyxl_alone,
    "pandas + openpyxl": pandas_openpyxl,
}
NEEDS = {"fastexcel → Arrow": ("fastexcel", "pyarrow"), "polars（fastexcel）": ("polars", "fastexcel", "pyarrow")}


def measure(path: Path, rows: int, formulas: bool, rounds: int) -> Table:
    """Every reader that is installed on one file, the rounds interleaved."""
    there = {name: reader for name, reader in READERS.items() if all(versions(NEEDS.get(name, ())).values())}
    for name, reader in there.items():
        if reader(path) != rows + 1:
            raise SystemExit(f"{name} read another number of rows")
    taken = timed({name: partial(reader, path) for name, reader in there.items()}, rounds)
    first, last = taken["python-calamine，只取值"], taken["pandas + openpyxl"]
    shown = [
        [
            name,
            f"{each.wall:.2f}",
            ratio(each.wall, first.wall),
            ratio(each.wall, last.wall),
            ratio(each.work, first.work),
        ]
        for name, each in taken.items()
    ]
    kind = "其中一列是公式" if formulas else "只有值"
    head = ["", "秒", "对 calamine", "对 pandas + openpyxl", "对 calamine（处理器）"]
    lacking = [f"没有安装，没有比：{'、'.join(READERS.keys() - there.keys())}。"] if len(there) < len(READERS) else []
    return Table(f"读 {rows:,} 行 × {len(HEADER)} 列的 xlsx，{kind}", head, shown, lacking)


def tables(small: bool = False) -> Iterator[Table]:
    """A table for a file of values and one for a file with formulas."""
    rows = 100 if small else ROWS
    with tempfile.TemporaryDirectory() as folder:
        for formulas in (False, True):
            yield measure(write(Path(folder, "得分.xlsx"), rows, formulas), rows, formulas, 1 if small else ROUNDS)


def main() -> None:
    """Measure and print."""
    show(tables(quick()))


if __name__ == "__main__":
    main()
