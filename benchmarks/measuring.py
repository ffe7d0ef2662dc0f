"""What the benchmarks share: cases of a wanted size, interleaved timing, the state of the machine, tables."""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xlsxwriter

ROOT = Path(__file__).resolve().parent.parent
STAGE = "单位"
QINGHAI = ("qinghai-2023", "事业局", (("共性指标", 32), ("主责主业", 32), ("服务高质量发展", 8), ("服务基层工作", 8)))
ZHASHUI = ("zhashui-2022", "县直部门", (("目标任务", 100),))
BALLOTS = {
    "qinghai-2023": ("厅主要领导评价", "分管厅领导评价", "群众满意度测评"),
    "zhashui-2022": ("同级互评", "上级评价", "各界代表评价", "群众评价"),
}
BARS = {"qinghai-2023": ("党风廉政考核", "合格"), "zhashui-2022": ("市考末位", "是")}
OURS = ("numpy", "pandas", "openpyxl", "python-calamine", "papermill", "nbclient", "ipykernel", "matplotlib")
PEERS = ("duckdb", "polars", "pyarrow", "fastexcel", "scikit-criteria", "pymcdm", "playwright", "voila", "jupyterlab")


class Taken(NamedTuple):
    """Seconds by the clock, and of processors."""

    wall: float
    work: float


@dataclass(frozen=True)
class Table:
    """Figures of one comparison, in the words of docs/: a title, a head, a row for each way, and remarks."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    remarks: Sequence[str] = ()

    def __str__(self) -> str:
        """As Markdown.

        >>> print(Table("甲", ["方法", "秒"], [["本程序", "1.00"]]))
        ### 甲
        <BLANKLINE>
        | 方法 | 秒 |
        |---|---|
        | 本程序 | 1.00 |
        """
        lines = [self.head, ["---"] * len(self.head), *self.rows]
        drawn = ["|" + "|".join(line) + "|" if line[0] == "---" else f"| {' | '.join(line)} |" for line in lines]
        return "\n".join([f"### {self.title}", "", *drawn, *(f"\n{remark}" for remark in self.remarks)])


def show(tables: Iterable[Table]) -> None:
    """Print tables as they are made, the state of the machine before and after."""
    print(state())
    for table in tables:
        print(f"\n{table}", flush=True)
    print(f"\n{state()}")


def ratio(part: float, whole: float) -> str:
    """How many times as long, — where nothing was measured.

    >>> ratio(3, 2), ratio(300, 2), ratio(1, 0)
    ('1.50', '150', '—')
    """
    if not whole:
        return "—"
    return f"{part / whole:.2f}" if part < 100 * whole else f"{part / whole:,.0f}"


def timed(what: dict[str, Callable[[], object]], rounds: int, repeats: int = 1) -> dict[str, Taken]:
    """Median seconds of each, the rounds interleaved; so many times in a row, after once for warming."""
    walls: dict[str, list[float]] = {name: [] for name in what}
    works: dict[str, list[float]] = {name: [] for name in what}
    for _ in range(rounds):
        for name, run in what.items():
            if repeats > 1:
                run()
            wall, work = time.perf_counter(), time.process_time()
            for _ in range(repeats):
                run()
            works[name].append((time.process_time() - work) / repeats)
            walls[name].append((time.perf_counter() - wall) / repeats)
    return {name: Taken(statistics.median(walls[name]), statistics.median(works[name])) for name in what}


def versions(names: Iterable[str]) -> dict[str, str]:
    """The version of each package, "" of those that are not installed."""
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    return found


def load() -> str:
    """How busy the machine is: processes that run or wait, over 1, 5 and 15 minutes."""
    return " ".join(f"{value:.1f}" for value in os.getloadavg()) if hasattr(os, "getloadavg") else "?"


def machine() -> str:
    """Processor, memory, system and Python, without names of this very machine."""
    told = [f"{platform.system()} {platform.machine()}", f"{os.cpu_count()} processors"]
    if Path("/proc/cpuinfo").exists():
        models = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()
                  if line.startswith("model name")]  # fmt: skip
        told[1] += f" ({models[0]})" if models else ""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        told.append(f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GB")
    return ", ".join([*told, f"Python {platform.python_version()}"])


def state() -> str:
    """Machine, versions, what is missing, how busy it is."""
    found = versions((*OURS, *PEERS))
    there = ", ".join(f"{name} {told}" for name, told in found.items() if told)
    missing = ", ".join(name for name, told in found.items() if not told)
    threads = os.environ.get("OPENBLAS_NUM_THREADS", "as it likes")
    return f"{machine()}; {there}; missing: {missing or 'none'}; BLAS threads {threads}; load {load()}"


def write_case(folder: Path, scheme: str, category: str, parts: tuple, units: int, indicators: int) -> Path:
    """A case of one category whose units all have the same indicators; every tenth unit is barred by a finding."""
    chance = np.random.default_rng(1)
    folder.mkdir()
    text = f"scheme: {scheme}\nyear: 2023\ntitle: 测速\nsimulated: true\nmissing: exclude\n"
    (folder / "case.yaml").write_text(text, encoding="utf-8")
    names = [f"第{i:04}单位" for i in range(units)]
    level = chance.normal(0, 1.2, units)
    sheets: dict[str, list[list]] = {"名册": [["考核对象", "类别"], *([name, category] for name in names)]}
    given, scores = [["类别", "部分", "指标", "分值"]], [["考核对象", "指标", "得分"]]
    for i in range(indicators):
        part, total = parts[i % len(parts)]
        points = total / len(range(i % len(parts), indicators, len(parts)))
        given.append([category, part, f"指标{i}", points])
        shares = np.clip(0.93 + 0.01 * level + chance.normal(0, 0.04, units), 0.5, 0.999)
        scores += [[name, f"指标{i}", round(points * share, 3)] for name, share in zip(names, shares, strict=True)]
    votes = [["考核对象", "评价主体", "优秀", "良好", "一般", "较差"]]
    for what in BALLOTS[scheme]:
        votes += [[name, what, *chance.multinomial(20, [0.75, 0.2, 0.04, 0.01]).tolist()] for name in names]
    fact, value = BARS[scheme]
    facts = [["考核对象", "情形", "值"], *([name, fact, value] for name in names[::10])]
    sheets |= {"指标": given, "得分": scores, "测评": votes, "情形": facts}
    with xlsxwriter.Workbook(folder / "数据.xlsx") as book:
        for title, rows in sheets.items():
            sheet = book.add_worksheet(title)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, [*row, STAGE if number else "环节"])
    return folder


def quick() -> bool:
    """Was the smallest size asked for?"""
    return "--quick" in sys.argv
