"""How fast weights are drawn and counted, beside plain numpy and the libraries that do less: run by hand.

    python benchmarks/robustness.py [--quick]

All are measured in one run, the rounds interleaved; what counts are the ratios: by the clock on a quiet machine, in
processor time on a busy one.
Set OPENBLAS_NUM_THREADS=1 on a machine that does other things too. Ours draws the weights, renormalises them by part,
publishes half up, ranks with ties, gives places with bars and tells ties apart; the numpy bound is a matrix product,
a sort (of packed whole numbers, or of positions) and rank counts, without ties, on weights drawn before or drawn in
passing. Ours and the bound run in one thread and in as many as there are processors: rows of as many are compared.
Beyond 500 units the bound keeps its ranks without counting them, as ours does count them: a row of its own tells what
counting costs it. Ours draws 16 bits for each weight, numpy's generator 53: a row of its own has the bound with 16.
scikit-criteria and pymcdm are not needed by the project: where they are missing, this is said. For each size it is
told whether any program that multiplies and sorts as numpy does could be 1,000 times as fast as scikit-criteria: with
2,000 units none could in one thread, as its loop took 374 times the bound (docs/速度.md).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from measuring import QINGHAI, ROOT, STAGE, ZHASHUI, Table, Taken, quick, ratio, show, timed, write_case

from kaohe_tools.assess import prepare, put_values
from kaohe_tools.whatif.robust import robustness
from kaohe_tools.whatif.robust.engine import take_stage
from kaohe_tools.whatif.robust.model import table_of
from kaohe_tools.whatif.robust.plan import Plan
from kaohe_tools.whatif.robust.sampling import Sampler

SIZES = ((52, 60, 1_000), (52, 60, 100_000), (2_000, 60, 1_000))
LARGE = ((52, 60, 1_000_000), (2_000, 60, 1_000), (2_000, 60, 100_000))  # whose memory is measured
MEMORY = "--memory"
ROUNDS, SLOW_DRAWS = 7, 20
THREADS = os.cpu_count() or 1
AIM = 1_000  # times scikit-criteria's loop
AT_LEAST = 1_000_000  # figures worked out between two looks at the clock
GIVEN, DRAWN = "numpy bound, weights given", "numpy bound, weights drawn"
CHUNK = 2**21  # bytes of a chunk of the bound


def sampler(parts: tuple, folder: Path, draws: int) -> Sampler:
    """Our own way over all parts and indicators of a case, made ready."""
    prepared = prepare(write_case(folder, *parts))
    worth = put_values(prepared, prepared.case)
    taken = take_stage(prepared, worth, prepared.case, STAGE)
    return Sampler(table_of(prepared, worth, taken, Plan(draws=draws, level="both")))


def bound(
    matrix: np.ndarray,
    draws: int,
    weights: np.ndarray | None,
    packed: bool = True,
    counted: bool = False,
    coarse: bool = False,
) -> int:
    """Plain numpy: product, sort, rank counts; gives the number of draws.

    packed: one sort of (score, unit) in one int64, else argsort. counted: ranks of more than 500 units are counted, too
    (else kept as uint16). coarse: a weight is drawn of 16 bits, not of 53.
    """
    units, width = matrix.shape
    bits, turned = (units - 1).bit_length(), np.ascontiguousarray(matrix.T)
    numbers, places = np.arange(units), np.arange(units)
    counts = np.zeros(units * units, dtype=np.int64)
    many = np.zeros(units * units if counted else 0, dtype=np.min_scalar_type(draws))
    kept, random = [], np.random.default_rng(1)
    rows = max(CHUNK // (8 * units), 1)
    for first in range(0, draws, rows):
        stop = min(first + rows, draws)
        if weights is None:
            size = stop - first, width
            own = coarsely(random, size) if coarse else random.random(size)
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
        elif counted:
            np.add.at(many, (who * units + places).ravel(), many.dtype.type(1))
        else:
            kept.append(who.astype(np.uint16))
    return draws


def coarsely(random: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Random numbers of 16 bits, four of a random word."""
    words = random.bit_generator.random_raw(-(-size[0] * size[1] // 4)).view("<u2")
    return words[: size[0] * size[1]].astype(float).reshape(size)


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
    for name, given in ((GIVEN, weights), (DRAWN, None)):
        run = partial(bound, matrix, draws, given, packed=False, counted=True)
        quick[f"{name}, argsort and ranks counted, 1 thread"] = run
    quick["numpy bound, weights drawn of 16 bits, 1 thread"] = partial(bound, matrix, draws, None, coarse=True)
    if units > 500:
        for name, given in ((GIVEN, weights), (DRAWN, None)):
            quick[f"{name}, ranks counted, 1 thread"] = partial(bound, matrix, draws, given, counted=True)
    return quick


def compare(units: int, indicators: int, draws: int, folder: Path, rounds: int = ROUNDS) -> Table:
    """Measure one size; ratios to the bound of as many threads."""
    taken = timed(quick_ones(units, indicators, draws, folder), rounds, max(AT_LEAST // (units * draws), 1))
    matrix = np.random.default_rng(2).random((units, indicators))
    slow = {"pandas loop": lambda count: pandas_loop(matrix, count)}
    slow |= {"pymcdm loop": pymcdm(matrix), "scikit-criteria loop": scikit_criteria(matrix)}
    there = {name: run for name, run in slow.items() if run is not None}
    scaled = timed({name: lambda run=run: run(SLOW_DRAWS) for name, run in there.items()}, min(rounds, 3))
    taken |= {name: Taken(*(part / SLOW_DRAWS * draws for part in each)) for name, each in scaled.items()}
    rows = []
    for name, each in taken.items():
        threads = f"{THREADS} threads" if name.endswith("threads") else "1 thread"
        given, drawn = (taken[f"{beside}, {threads}"] for beside in (GIVEN, DRAWN))
        beside = [ratio(each.wall, given.wall), ratio(each.work, given.work)]
        beside += [ratio(each.wall, drawn.wall), ratio(each.work, drawn.work)]
        rows.append([name, f"{each.wall:.4f}", f"{each.work:.4f}", *beside])
    remarks = [f"{name}：没有安装。" for name in slow if name not in there]
    remarks += [in_reach(taken)] if "scikit-criteria loop" in taken else []
    head = ["", "秒", "处理器秒", "对权重给好", "（处理器）", "对权重当场抽", "（处理器）"]
    return Table(f"换权重抽样：{units:,} 个对象 × {indicators} 项指标 × {draws:,} 次", head, rows, remarks)


def in_reach(taken: dict[str, Taken]) -> str:
    """How ours and the bound stand to scikit-criteria's loop, by processor time in one thread."""
    loop = taken["scikit-criteria loop"].work
    ours, best = (
        max(loop / each.work for name, each in taken.items() if name.startswith(what) and name.endswith("1 thread"))
        for what in ("ours, qinghai", "numpy bound")
    )
    told = "做得到" if best >= AIM else "做不到"
    return (
        f"scikit-criteria 逐次计算是本程序的 {ours:,.0f} 倍，是 numpy 上限的 {best:,.0f} 倍："
        f"{AIM:,} 倍，用 numpy 做乘法和排序的程序在一个核上{told}。"
    )


def remember(case: Path, draws: int) -> None:
    """In a process of its own: peak MB once a case is read and once many draws of it are told, and the seconds."""
    import resource

    prepared = prepare(case)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.perf_counter()
    robustness(prepared, put_values(prepared, prepared.case), prepared.case, STAGE, Plan(draws=draws, level="both"))
    seconds = time.perf_counter() - start
    print(before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, seconds)


def memory(folder: Path, sizes: Iterable[tuple[int, int, int]]) -> Table:
    """Peak memory of a process that reads a case and works out many draws in one go, tables and sentences included."""
    head = ["对象 × 指标 × 抽样次数", "读完案例，MB", "抽完，MB", "秒"]
    rows = []
    for units, indicators, draws in sizes if find_spec("resource") else ():
        case = write_case(folder / f"memory-{units}-{draws}", *QINGHAI, units, indicators)
        words = [sys.executable, __file__, MEMORY, str(case), str(draws)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        told = subprocess.run(words, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
        before, after, seconds = map(float, told.split())
        rows.append([f"{units:,} × {indicators} × {draws:,}", f"{before:.0f}", f"{after:.0f}", f"{seconds:.1f}"])
    return Table("换权重抽样的内存", head, rows, [] if rows else ["在这个系统上量不了。"])


def tables(small: bool = False) -> Iterator[Table]:
    """Peak memory, and a table for each size; `small`: few draws of few units."""
    with tempfile.TemporaryDirectory() as name:
        yield memory(Path(name), [(12, 6, 1_000)] if small else LARGE)
        for size in ((12, 6, 50),) if small else SIZES:
            yield compare(*size, Path(name), rounds=1 if small else ROUNDS)


def main() -> None:
    """Measure and print, or be one of the measured processes."""
    if MEMORY in sys.argv:
        remember(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        show(tables(quick()))


if __name__ == "__main__":
    main()
