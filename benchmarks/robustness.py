"""How fast weights are drawn and counted, beside plain numpy and the libraries that do less: run by hand.

    python benchmarks/robustness.py

All are measured in one run, the rounds interleaved; what counts are the ratios, which a busy machine changes little.
Set OPENBLAS_NUM_THREADS=1 on a machine that does other things too. Ours draws the weights, renormalises them by part,
publishes half up, ranks with ties, gives places with bars and tells ties apart; the numpy bound is a matrix product,
a sort of packed whole numbers and rank counts, without ties, on weights drawn before or drawn in passing.
scikit-criteria and pymcdm are not needed by the project: where they are missing, this is said.
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

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
CHUNK = 2**21  # bytes of a chunk of the bound
QINGHAI = ("qinghai-2023", "事业局", (("共性指标", 32), ("主责主业", 32), ("服务高质量发展", 8), ("服务基层工作", 8)))
ZHASHUI = ("zhashui-2022", "县直部门", (("目标任务", 100),))
BALLOTS = {
    "qinghai-2023": ("厅主要领导评价", "分管厅领导评价", "群众满意度测评"),
    "zhashui-2022": ("同级互评", "上级评价", "各界代表评价", "群众评价"),
}
BARS = {"qinghai-2023": ("党风廉政考核", "合格"), "zhashui-2022": ("市考末位", "是")}


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


def bound(matrix: np.ndarray, draws: int, weights: np.ndarray | None) -> object:
    """Plain numpy: product, sort of (score, unit) in one int64, rank counts; beyond 500 units ranks kept as uint16."""
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
        keys = (own @ turned * -10_000).astype(np.int64)
        keys = np.sort(keys << bits | numbers, axis=1)
        who = keys & ((1 << bits) - 1)
        if units <= 500:
            counts += np.bincount((who * units + places).ravel(), minlength=units * units)
        else:
            kept.append(who.astype(np.uint16))
    return counts, kept


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


def timed(what: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each, the rounds interleaved."""
    times: dict[str, list[float]] = {name: [] for name in what}
    for _ in range(rounds):
        for name, run in what.items():
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(taken) for name, taken in times.items()}


def compare(units: int, indicators: int, draws: int, folder: Path) -> None:
    """Measure one size and print its table."""
    own = {
        "ours, qinghai-2023 (quota, bars)": sampler((*QINGHAI, units, indicators), folder / f"q{units}-{draws}", draws),
        "ours, zhashui-2022 (also score bars, last)": sampler(
            (*ZHASHUI, units, indicators), folder / f"z{units}-{draws}", draws
        ),
    }
    matrix = np.random.default_rng(2).random((units, indicators))
    weights = np.random.default_rng(3).random((draws, indicators))
    weights /= weights.sum(axis=1, keepdims=True)
    quick = {name: each.counts for name, each in own.items()}
    quick["numpy bound, weights given"] = lambda: bound(matrix, draws, weights)
    quick["numpy bound, weights drawn"] = lambda: bound(matrix, draws, None)
    taken = timed(quick, ROUNDS)
    slow = {"pandas loop": lambda count: pandas_loop(matrix, count)}
    slow |= {"pymcdm loop": pymcdm(matrix), "scikit-criteria loop": scikit_criteria(matrix)}
    there = {name: run for name, run in slow.items() if run is not None}
    scaled = timed({name: lambda run=run: run(SLOW_DRAWS) for name, run in there.items()}, 3)
    taken |= {name: seconds / SLOW_DRAWS * draws for name, seconds in scaled.items()}
    first = next(iter(taken.values()))
    given, drawn = taken["numpy bound, weights given"], taken["numpy bound, weights drawn"]
    print(f"\n{units:,} units × {indicators} indicators × {draws:,} draws")
    print(f"{'':44}{'seconds':>9}{'draws/s':>12}{'to bound':>10}{'to bound, drawn':>17}{'to ours':>10}")
    for name, seconds in taken.items():
        ratios = f"{seconds / given:10.2f}{seconds / drawn:17.2f}{seconds / first:10.1f}"
        print(f"{name:44}{seconds:9.4f}{draws / seconds:12,.0f}{ratios}")
    for name in slow.keys() - there.keys():
        print(f"{name}: not installed")


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
