"""How long a case of 100,000 score rows takes to read, check and assess, against reading alone by others.

Run by hand: `python benchmarks/checking.py [--quick]`. Figures are ratios in one run; the time to beat is that of
pandas with openpyxl, which only reads.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import xlsxwriter
from measuring import Table, quick, ratio, show, timed

from kaohe_tools.assess import assess_prepared, prepare
from kaohe_tools.outputs import write

ROWS, ROUNDS = 100_000, 3
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


def tables(small: bool = False) -> Iterator[Table]:
    """One table: reading alone by others, and each step of ours."""
    count = 2 * (INDICATORS + 1) if small else ROWS
    with tempfile.TemporaryDirectory() as scratch:
        case = make_case(Path(scratch) / "case", count)
        prepared = prepare(case)
        assessment = assess_prepared(prepared, prepared.case)
        read = {engine: partial(pd.read_excel, case / FILE, sheet_name=None, engine=engine)
                for engine in ("openpyxl", "calamine")}  # fmt: skip
        ways = {
            "只读：pandas + openpyxl": read["openpyxl"],
            "只读：pandas + calamine": read["calamine"],
            "本程序：读取并核对": partial(prepare, case),
            "本程序：计分、排名、定等次": partial(assess_prepared, prepared, prepared.case),
            "本程序：写出全部结果表": partial(write, assessment, Path(scratch) / "out"),
        }
        taken = timed(ways, 1 if small else ROUNDS)
    base = taken["只读：pandas + openpyxl"]
    rows = [[name, f"{each.wall:.2f}", ratio(each.wall, base.wall), ratio(each.work, base.work)]
            for name, each in taken.items()]  # fmt: skip
    head = ["", "秒", "对 pandas + openpyxl", "对（处理器）"]
    yield Table(f"一个案例从文件到结果表，{count:,} 行得分", head, rows)


def main() -> None:
    """Measure and print."""
    show(tables(quick()))


if __name__ == "__main__":
    main()
