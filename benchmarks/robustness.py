"""How fast weights are drawn and counted, beside plain numpy and the libraries that do less: run by hand.

    python benchmarks/robustness.py

All are measured in one run, the rounds interleaved; what counts are the ratios: by the clock on a quiet machine, in
processor time on a busy one.
Set OPENBLAS_NUM_THREADS=1 on a machine that does other things too. Ours draws the weights, renormalises them by part,
publishes half up, ranks with ties, gives places with bars and tells ties apart; the numpy bound is a matrix product,
a sort (of packed whole numbers, or of positions) and rank counts, without ties, on weights drawn before or drawn in
passing. Ours and the bound run in one thread and in as many as there are processors: rows of as many are compared.
scikit-criteria and pymcdm are not needed by the project: where they are missing, this is said. For each size it is
told whether any program that multiplies and sorts as numpy does could be 1,000 times as fast as scikit-criteria: with
2,000 units none could in one thread, as its loop took 374 times the bound (docs/速度.md).
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import xlsxwriter

from kaohe_tools.assess import prepare, put_values
from kaohe_tools.whatif.robust import robustness
from kaohe_tools.whatif.robust.engine import take_stage
from kaohe_tools.whatif.robust.model import table_of
from kaohe_tools.whatif.robust.plan import Plan
from kaohe_tools.whatif.robust.sampling import Sampler

STAGE = "单位"
SIZES = ((52, 60, 1_000), (52, 60, 100_000), (2_000, 60, 1_000))
ROUNDS, SLOW_DRAWS = 7, 20
THREADS = os.cpu_count() or 1
AIM = 1_000  # times scikit-criteria's loop
AT_LEAST = 1_000_000  # figures worked out between two looks at the clock
GIVEN, DRAWN = "numpy bound, weights given", "numpy bound, weights drawn"
CHUNK = 2**21  # bytes of a chunk of the bound
QINGHAI = ("qinghai-2023", "事业局", (("共性指标", 32), ("主责主业", 32), ("服务高质量发展", 8), ("服务基层工作", 8)))
ZHASHUI = ("zhashui-2022", "县直部门", (("目标任务", 100),))
BALLOTS = {
    "qinghai-2023": ("厅主要领导评价", "分管厅领导评价", "群众满意度测评"),
    "zhashui-2022": ("同级互评", "上级评价", "各界代表评价", "群众评价"),
}
BARS = {"qinghai-2023": ("党风廉政考核", "合格"), "zhashui-2022": ("市考末位", "是")}


class Taken(NamedTuple):
    """Seconds by the clock, and of processors."""

    wall: float
    work: float


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


def sampler(parts: tuple, folder: Path, draws: int) -> Sampler:
    """Our own way over all parts and indicators of a case, made ready."""
    prepared = prepare(write_case(folder, *parts))
    worth = put_values(prepared, prepared.case)
    taken = take_stage(prepared, worth, prepared.case, STAGE)
    return Sampler(table_of(prepared, worth, taken, Plan(draws=draws, level="both")))


def bound(matrix: np.ndarray, draws: int, weights: np.ndarray | None, packed: bool = True) -> int:
    """Plain numpy: product, sort, rank counts; gives the number of draws.

    packed: one sort of (score, unit) in one int64, else argsort; beyond 500 units ranks are kept as uint16.
    """
    units, width = matrix.shape
    bits, turned = (units - 1).bit_length(), np.ascontiguousarray(matrix.T)
    numbers, places = np.arange(units), np.arange(units)
    counts = np.zeros(units * units, dtype=np.int64)
    kept, random = [], np.random.default_rng(1)
    rows = max(CHUNK // (8 * units), 1)
    for first in range(0, draws, rows):
        stop = min(first + rows, draws)
        if weights is None:
            own = random.random((stop - first, width))
            own /= own.sum(axis=1, keepdims=True)
        else:
            own = weights[first:stop]
        if packed:
            keys = (own @ turned * -10_000).astype(np.int64)
            who = np.sort(keys << bits | numbers, axis=1) & ((1 << bits) - 1)
        else:
            who = np.argsort(own @ -turned, axis=1)
        if units <= 500:
            counts += np.bincount((who * units + places).ravel(), minlength=units * units)
        else:
            kept.append(who.astype(np.uint16))
    return draws


def bound_in_threads(matrix: np.ndarray, draws: int, weights: np.ndarray | None, threads: int) -> int:
    """The bound, its draws divided among threads."""
    ends = np.linspace(0, draws, threads + 1).astype(int)
    with ThreadPoolExecutor(threads) as pool:
        parts = [
            pool.submit(bound, matrix, stop - start, weights if weights is None else weights[start:stop])
            for start, stop in pairwise(ends.tolist())
        ]
        return sum(part.result() for part in parts)


def pandas_loop(matrix: np.ndarray, draws: int) -> None:
    """One draw after the other: sum, round, rank."""
    table, random = pd.DataFrame(matrix), np.random.default_rng(1)
    for _ in range(draws):
        weights = random.random(matrix.shape[1])
        (table @ (weights / weights.sum())).round(4).rank(method="min", ascending=False)


def scikit_criteria(matrix: np.ndarray) -> Callable[[int], None] | None:
    """Its weighted sum evaluated draw by draw, or None where it is not installed."""
    try:
        from skcriteria import mkdm
        from skcriteria.agg.simple import WeightedSumModel
    except ImportError:
        return None
    data, model = mkdm(matrix, [max] * matrix.shape[1]), WeightedSumModel()

    def loop(draws: int) -> None:
        random = np.random.default_rng(1)
        for _ in range(draws):
            weights = random.random(matrix.shape[1])
            assert len(model.evaluate(data.replace(weights=weights / weights.sum())).rank_)

    return loop


def pymcdm(matrix: np.ndarray) -> Callable[[int], None] | None:
    """Its weighted sum and ranks draw by draw, or None where it is not installed."""
    try:
        from pymcdm.methods import WSM
    except ImportError:
        return None
    types, model = np.ones(matrix.shape[1]), WSM()

    def loop(draws: int) -> None:
        random = np.random.default_rng(1)
        for _ in range(draws):
            weights = random.random(matrix.shape[1])
            assert len(model.rank(model(matrix, weights / weights.sum(), types)))

    return loop


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


def quick_ones(units: int, indicators: int, draws: int, folder: Path) -> dict[str, Callable[[], object]]:
    """Ours and the bound, in one thread and in as many as there are processors."""
    cases = {"ours, qinghai-2023 (quota, bars)": QINGHAI, "ours, zhashui-2022 (also score bars, last)": ZHASHUI}
    own = {name: sampler((*case, units, indicators), folder / f"{case[0]}-{units}-{draws}", draws)
           for name, case in cases.items()}  # fmt: skip
    matrix = np.random.default_rng(2).random((units, indicators))
    weights = np.random.default_rng(3).random((draws, indicators))
    weights /= weights.sum(axis=1, keepdims=True)
    quick: dict[str, Callable[[], object]] = {}
    for threads in sorted({1, THREADS}):
        told = f", {threads} thread{'s' * (threads > 1)}"
        for name, each in own.items():
            quick[name + told] = partial(each.counts, threads=threads)
        for name, given in ((GIVEN, weights), (DRAWN, None)):
            run = bound if threads == 1 else partial(bound_in_threads, threads=threads)
            quick[name + told] = partial(run, matrix, draws, given)
    quick["numpy bound, weights given, argsort, 1 thread"] = partial(bound, matrix, draws, weights, packed=False)
    return quick


def compare(units: int, indicators: int, draws: int, folder: Path) -> None:
    """Measure one size and print its table."""
    taken = timed(quick_ones(units, indicators, draws, folder), ROUNDS, max(AT_LEAST // (units * draws), 1))
    matrix = np.random.default_rng(2).random((units, indicators))
    slow = {"pandas loop": lambda count: pandas_loop(matrix, count)}
    slow |= {"pymcdm loop": pymcdm(matrix), "scikit-criteria loop": scikit_criteria(matrix)}
    there = {name: run for name, run in slow.items() if run is not None}
    scaled = timed({name: lambda run=run: run(SLOW_DRAWS) for name, run in there.items()}, 3)
    taken |= {name: Taken(*(part / SLOW_DRAWS * draws for part in each)) for name, each in scaled.items()}
    print(f"\n{units:,} units × {indicators} indicators × {draws:,} draws; ratios to the bound of as many threads")
    head = f"{'seconds':>10}{'draws/s':>12}{'CPU s':>10}{'to bound':>12}{'in CPU':>10}{'to drawn':>12}{'in CPU':>10}"
    print(f"{'':54}{head}")
    for name, each in taken.items():
        threads = f"{THREADS} threads" if name.endswith("threads") else "1 thread"
        shown = f"{name:54}{each.wall:10.4f}{draws / each.wall:12,.0f}{each.work:10.4f}"
        for beside in (taken[f"{GIVEN}, {threads}"], taken[f"{DRAWN}, {threads}"]):
            shown += f"{each.wall / beside.wall:12.2f}{each.work / beside.work:10.2f}"
        print(shown)
    for name in slow.keys() - there.keys():
        print(f"{name}: not installed")
    if "scikit-criteria loop" in taken:
        print(in_reach(taken))


def in_reach(taken: dict[str, Taken]) -> str:
    """How ours and the bound stand to scikit-criteria's loop, by processor time in one thread."""
    loop = taken["scikit-criteria loop"].work
    ours, best = (
        max(loop / each.work for name, each in taken.items() if name.startswith(what) and name.endswith("1 thread"))
        for what in ("ours, qinghai", "numpy bound")
    )
    told = "within" if best >= AIM else "out of"
    return (
        f"scikit-criteria's loop takes {ours:,.0f} × ours, {best:,.0f} × the bound: {AIM:,} × is {told} numpy's reach"
    )


def state() -> str:
    """Versions, processors, how busy they are."""
    shown = []
    for name in ("numpy", "pandas", "scikit-criteria", "pymcdm"):
        try:
            shown.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            shown.append(f"{name} missing")
    load = " ".join(f"{value:.1f}" for value in os.getloadavg()) if hasattr(os, "getloadavg") else "?"
    threads = os.environ.get("OPENBLAS_NUM_THREADS", "as it likes")
    machine = (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, load {load}, BLAS threads {threads}"
    )
    return f"Python {platform.python_version()}, {', '.join(shown)}; {machine}"


def memory(folder: Path, draws: int) -> str:
    """Peak memory of this process after many draws in one go, tables and sentences included."""
    try:
        import resource
    except ImportError:
        return "memory: cannot be measured on this system"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    prepared = prepare(write_case(folder / "memory", *QINGHAI, 52, 60))
    start = time.perf_counter()
    robustness(prepared, put_values(prepared, prepared.case), prepared.case, STAGE, Plan(draws=draws, level="both"))
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        f"peak memory: {before:.0f} MB before, {after:.0f} MB after {draws:,} draws of 52 × 60 ({seconds:.1f} s whole)"
    )


def main() -> None:
    """Make the cases in a temporary folder, measure, print."""
    print(state())
    sizes = SIZES[: int(sys.argv[1])] if len(sys.argv) > 1 else SIZES
    with tempfile.TemporaryDirectory() as name:
        print(memory(Path(name), 1_000_000))
        for size in sizes:
            compare(*size, Path(name))
    print(state())


if __name__ == "__main__":
    main()
