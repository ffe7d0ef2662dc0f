"""How long a case of 100,000 score rows takes to read, check and assess, against reading alone by others.

Run by hand: `python benchmarks/checking.py [--rows N]`. Figures are ratios in one run; the time to beat is that of
pandas with openpyxl, which only reads.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import xlsxwriter

from kaohe_tools.assess import assess_prepared, prepare
from kaohe_tools.outputs import write

INDICATORS = 100  # of each unit, beside 党建
FILE = "数据.xlsx"


def make_case(folder: Path, rows: int) -> Path:
    """A case of qinghai-2019 with about `rows` score rows: one category, every unit with the same indicators."""
    folder.mkdir()
    (folder / "case.yaml").write_text("scheme: qinghai-2019\nyear: 2019\ntitle: 规模测试\nsimulated: true\n", "utf-8")
    random = np.random.default_rng(1)
    units = [f"单位{number:05d}" for number in range(rows // (INDICATORS + 1))]
    names = [(f"项目{number // 10}", f"业务指标{number:03d}") for number in range(INDICATORS)]
    indicators = [("事业局", "共性指标", *name, 80 / INDICATORS) for name in names]
    scores = [
        (unit, *name, mark, 100)
        for unit in units
        for name, mark in zip(names, random.integers(60, 100, INDICATORS), strict=True)
    ]
    marks = random.integers(10, 20, len(units))
    scores += [(unit, "党建", "党建总分", mark, None) for unit, mark in zip(units, marks, strict=True)]
    sheets = {
        "名册": [("考核对象", "类别"), *((unit, "事业局") for unit in units)],
        "指标": [
            ("类别", "部分", "考核项目", "指标", "分值"),
            ("事业局", "党政建设", "党建", "党建总分", 20),
            *indicators,
        ],
        "得分": [("考核对象", "考核项目", "指标", "得分", "满分"), *scores],
        "测评": [("考核对象", "评价主体", "优秀", "良好"), *((unit, "民主测评", 10, 5) for unit in units)],
    }
    book = xlsxwriter.Workbook(str(folder / FILE))
    for name, table in sheets.items():
        sheet = book.add_worksheet(name)
        for i, row in enumerate(table):
            sheet.write_row(i, 0, row)
    book.close()
    return folder


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """The median of some runs."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as scratch:
        case = make_case(Path(scratch) / "case", rows)
        prepared = prepare(case)
        assessment = assess_prepared(prepared, prepared.case)
        measured = {
            "pandas + openpyxl, reading only": seconds(
                lambda: pd.read_excel(case / FILE, sheet_name=None, engine="openpyxl"), 1
            ),
            "pandas + calamine, reading only": seconds(
                lambda: pd.read_excel(case / FILE, sheet_name=None, engine="calamine")
            ),
            "kaohe: read and check": seconds(lambda: prepare(case)),
            "kaohe: score, rank, grade": seconds(lambda: assess_prepared(prepared, prepared.case)),
            "kaohe: write all tables": seconds(lambda: write(assessment, Path(scratch) / "out")),
        }
    base = measured["pandas + openpyxl, reading only"]
    print(f"{platform.machine()}, Python {platform.python_version()}, pandas {pd.__version__}, {rows:,} score rows")
    for name, taken in measured.items():
        print(f"{name:34s} {taken:7.2f} s   {taken / base:5.2f} × pandas + openpyxl")


if __name__ == "__main__":
    main()
