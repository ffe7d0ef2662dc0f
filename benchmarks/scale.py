"""Scoring at scale: millions of score rows in many categories, beside a bare query for composite and rank. Run by hand.

    python benchmarks/scale.py [10000 100000 1000000 10000000] [--rounds 5] [--shuffled] [--whole]

Each figure is of a fresh process, the rounds interleaved; what counts are the ratios, in processor time on a busy
machine. Ours reads the rows, checks them (names, categories, range, duplicates, gaps), puts them into points of their
parts, publishes half up and ranks; the others sum, round and rank, and check nothing. All read the same files, or have
the same table in memory before the clock starts: ours an Arrow table (names as dictionary codes), DuckDB a table of its
own, with names as text and as ENUM, polars and pandas their frames with categorical names. Roster and indicators are
read by ours before the clock starts: that is told apart. Composite scores and ranks of all are compared with DuckDB's
on decimals; the others' binary sums may lose ties, which is told. `--whole`: also `kaohe assess --bulk`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from measuring import Table, Taken, ratio, show, versions

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
INDICATORS, IN_CATEGORY = 100, 100
WAYS = {"parquet": "从 Parquet 读", "csv": "从 CSV 读", "memory": "已在内存"}
NEEDED = ("类别", "考核对象", "指标", "得分")
QUERY = """with t as (select 类别, 考核对象, {sum} as z from {table} group by all)
select 考核对象::varchar as 考核对象, z, rank() over (partition by 类别 order by z desc) as r from t"""
# as text, since ENUMs take DuckDB seconds to hand over, which is no part of the query
BARE, EXACT = "round(sum(得分), 2)", "round(sum(得分::decimal(18, 4)), 2)"


# --- data -------------------------------------------------------------------------------------------------------------


def make(folder: Path, rows: int, shuffled: bool) -> None:
    """A case of so many score rows: scheme, roster and indicators, and the scores as Parquet and as CSV beside it."""
    import pyarrow as pa
    import pyarrow.csv as pcsv
    import pyarrow.parquet as pq

    units = rows // INDICATORS
    kinds = max(units // IN_CATEGORY, 1)
    case = folder / "case"
    case.mkdir(parents=True)
    categories = [f"类别{i:04}" for i in range(kinds)]
    parts = "{甲: {points: 70, article: 一, from: indicators}, 乙: {points: 30, article: 一, from: indicators}}"
    scheme = (
        "id: scale\ntitle: 测速\nsource: {document: 测速}\nstages:\n  单位:\n    total: 100\n"
        f"    categories: {{{', '.join(f'{name}: {{}}' for name in categories)}}}\n    parts: {parts}\n"
        "    grades: [优秀, 其他]\n    grading:\n"
        "      - {places: 优秀, share: 30%, article: 二}\n      - {baseline: 其他, article: 二}\n"
    )
    (case / "办法.yaml").write_text(scheme, encoding="utf-8")
    text = "scheme: 办法.yaml\nyear: 2023\ntitle: 测速\nsimulated: true\n"
    (case / "case.yaml").write_text(text, encoding="utf-8")
    names = [f"第{i:06}单位" for i in range(units)]
    own = np.arange(units) % kinds
    indicators = [f"指标{i:03}" for i in range(INDICATORS)]
    pcsv.write_csv(pa.table({"考核对象": names, "类别": [categories[i] for i in own]}), case / "名册.csv")
    listed = {
        "类别": np.repeat(categories, INDICATORS), "指标": indicators * kinds, "分值": [1] * (INDICATORS * kinds),
        "部分": ["甲" if i % 10 < 7 else "乙" for i in range(INDICATORS)] * kinds,
    }  # fmt: skip
    pcsv.write_csv(pa.table(listed), case / "指标.csv")
    chance = np.random.default_rng(1)
    order = chance.permutation(rows) if shuffled else np.arange(rows)
    unit, item = order // INDICATORS, order % INDICATORS
    columns = [np.array(categories)[own[unit]], np.array(names)[unit], np.array(indicators)[item]]
    scores = np.round(np.clip(chance.normal(0.9, 0.05, rows), 0, 1), 2)[order]
    table = pa.table(dict(zip(NEEDED, [*columns, scores], strict=True)))
    pq.write_table(table, folder / "scores.parquet")
    pcsv.write_csv(table, folder / "scores.csv", pcsv.WriteOptions(quoting_style="none"))


# --- one measurement, in a process of its own ---------------------------------------------------------------------


def ours(folder: Path, way: str) -> Callable[[], tuple[np.ndarray, np.ndarray]]:
    """Our own way, with roster and indicators read."""
    from kaohe_tools.assess import vote_names
    from kaohe_tools.bulk.board import board_of
    from kaohe_tools.bulk.filling import fill
    from kaohe_tools.bulk.sources import sources_in, table_source
    from kaohe_tools.bulk.standing import leaf_sums, places, standing
    from kaohe_tools.case import load_case
    from kaohe_tools.directory import Directory
    from kaohe_tools.grid import read_folder
    from kaohe_tools.problems import Problems
    from kaohe_tools.sheets import read_tables

    problems = Problems()
    case = load_case(folder / "case")
    tables = read_tables(read_folder(folder / "case", problems), vote_names(case.scheme), problems)
    directory = Directory(case.scheme, tables, problems)
    board = board_of(tables, directory, problems)
    groups = directory.subjects.groupby(["stage", "category"]).ngroup().to_numpy()
    table = None
    if way == "memory":
        import pyarrow.parquet as pq

        table = pq.read_table(folder / "scores.parquet", read_dictionary=NEEDED[:3]).unify_dictionaries()

    def run() -> tuple[np.ndarray, np.ndarray]:
        where = [table_source(table)] if way == "memory" else sources_in(folder / f"scores.{way}", problems)
        filled = fill(board, where)
        found = standing(leaf_sums(board, filled.scores), groups)
        given = places(found, groups, 0.3)
        assert not filled.flawed and not problems.errors and given["given"].any()
        order = np.argsort(directory.subjects["subject"].to_numpy(dtype=str))
        return found["composite"].to_numpy()[order], found["rank"].to_numpy()[order]

    return run


def duckdb(folder: Path, way: str, texts: str = "varchar", total: str = BARE) -> Callable[[], tuple]:
    """The bare query, on a file or on a table of its own."""
    import duckdb

    connection, table = duckdb.connect(), f"'{folder / f'scores.{way}'}'"
    if way == "memory":
        table, source = "t", f"'{folder / 'scores.parquet'}'"
        kept = ", ".join(NEEDED[:3])
        if texts == "enum":
            for name in NEEDED[:3]:
                connection.sql(f"create type {name}值 as enum (select distinct {name} from {source} order by 1)")
            kept = ", ".join(f"{name}::{name}值 as {name}" for name in NEEDED[:3])
        connection.sql(f"create table t as select {kept}, 得分 from {source}")

    def run() -> tuple[np.ndarray, np.ndarray]:
        found = connection.sql(QUERY.format(sum=total, table=table)).fetchnumpy()
        return _by_name(found["考核对象"], found["z"], found["r"])

    return run


def polars(folder: Path, way: str) -> Callable[[], tuple]:
    """Lazy polars: group, round, rank."""
    import polars as pl

    texts = [pl.col(name).cast(pl.Categorical) for name in NEEDED[:3]]
    kept = pl.read_parquet(folder / "scores.parquet").with_columns(texts).lazy() if way == "memory" else None

    def run() -> tuple[np.ndarray, np.ndarray]:
        rows = kept
        if rows is None:
            rows = getattr(pl, f"scan_{way}")(folder / f"scores.{way}")
        sums = rows.group_by("类别", "考核对象").agg(pl.col("得分").sum().round(2).alias("z"))
        ranked = sums.with_columns(pl.col("z").rank("min", descending=True).over("类别").alias("r")).collect()
        return _by_name(ranked["考核对象"].cast(pl.String).to_numpy(), ranked["z"].to_numpy(), ranked["r"].to_numpy())

    return run


def pandas(folder: Path, way: str) -> Callable[[], tuple]:
    """pandas: groupby, round, rank; names as categories."""
    import pandas as pd

    types = dict.fromkeys(NEEDED[:3], "category")
    kept = pd.read_parquet(folder / "scores.parquet").astype(types) if way == "memory" else None

    def run() -> tuple[np.ndarray, np.ndarray]:
        rows = kept
        if way == "csv":
            rows = pd.read_csv(folder / "scores.csv", engine="pyarrow", dtype=types)
        elif way == "parquet":
            rows = pd.read_parquet(folder / "scores.parquet").astype(types)
        sums = rows.groupby(["考核对象", "类别"], observed=True)["得分"].sum().round(2).reset_index()
        ranks = sums.groupby("类别", observed=True)["得分"].rank("min", ascending=False)
        return _by_name(sums["考核对象"].to_numpy(dtype=str), sums["得分"].to_numpy(), ranks.to_numpy())

    return run


def _by_name(names: np.ndarray, composite: np.ndarray, ranks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whole hundredths and ranks in the order of the names."""
    order = np.argsort(np.asarray(names, dtype=str))
    return np.rint(np.asarray(composite, float)[order] * 100).astype(int), np.asarray(ranks)[order].astype(int)


RUNS: dict[str, Callable[[Path, str], Callable[[], tuple]]] = {
    "ours": ours,
    "duckdb": duckdb,
    "duckdb, ENUM": lambda folder, way: duckdb(folder, way, "enum"),
    "polars": polars,
    "pandas": pandas,
    "exact": lambda folder, way: duckdb(folder, way, total=EXACT),
}


def one(name: str, folder: Path, way: str) -> None:
    """Measure once and print the figures as JSON: in a process of its own, whose peak memory is then known."""
    import resource

    start = time.perf_counter()
    run = RUNS[name](folder, way)
    ready, wall, work = time.perf_counter() - start, time.perf_counter(), time.process_time()
    composite, ranks = run()
    wall, work = time.perf_counter() - wall, time.process_time() - work
    print(json.dumps({
        "ready": ready, "wall": wall, "work": work, "ranked": len(ranks),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "digest": hashlib.sha256(composite.astype(np.int64).tobytes() + ranks.astype(np.int64).tobytes()).hexdigest(),
    }))  # fmt: skip


# --- all of them ----------------------------------------------------------------------------------------------------


def measured(name: str, folder: Path, way: str) -> dict:
    """One measurement in a fresh process."""
    command = [sys.executable, __file__, "--one", name, str(folder), way]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name}, {way}: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout)


def compare(folder: Path, rows: int, way: str, rounds: int, shuffled: bool) -> Table:
    """Measure everybody on one source; ours must agree with the exact query on every rank."""
    names = [name for name in RUNS if name != "exact" and (way == "memory" or "ENUM" not in name)]
    taken: dict[str, list[dict]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            taken[name].append(measured(name, folder, way))
    exact = measured("exact", folder, "parquet")["digest"]
    assert all(each["digest"] == exact for each in taken["ours"]), "ours and the exact query differ"
    middle = {name: Taken(*(statistics.median(each[part] for each in runs) for part in ("wall", "work")))
              for name, runs in taken.items()}  # fmt: skip
    shown = []
    for name, each in middle.items():
        peak = max(run["peak"] for run in taken[name])
        right = "与精确一致" if all(run["digest"] == exact for run in taken[name]) else "与精确不一致"
        beside = [ratio(each.wall, middle["duckdb"].wall), ratio(each.work, middle["duckdb"].work)]
        shown.append([name, f"{each.wall:.3f}", f"{each.work:.3f}", *beside, f"{peak:.0f}", right])
    ready = statistics.median(each["ready"] for each in taken["ours"])
    head = ["", "秒", "处理器秒", "对 DuckDB", "对 DuckDB（处理器）", "内存最高，MB", "名次"]
    told = f"本程序在此之前读名册和指标用了 {ready:.2f} 秒。"
    order = "，行打乱" if shuffled else ""
    return Table(f"大规模计分、排名：{rows:,} 行，{WAYS[way]}{order}", head, shown, [told])


def whole(folder: Path, rows: int) -> Table:
    """`kaohe assess --bulk` on the same rows, from the file to all tables, reasons included."""
    import resource

    target = folder / "case" / "得分.parquet"
    os.replace(folder / "scores.parquet", target)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    command = [sys.executable, "-m", "kaohe_tools.cli", "assess", str(folder / "case"), "--out", str(folder / "out")]
    subprocess.run([*command, "--bulk"], check=True, capture_output=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    work = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    head = ["", "秒", "处理器秒", "至此任何进程的内存最高，MB"]
    row = ["kaohe assess --bulk", f"{wall:.1f}", f"{work:.1f}", f"{after.ru_maxrss / 1024:.0f}"]
    return Table(f"大规模：{rows:,} 行从文件到全部结果表，连同理由", head, [row])


def tables(
    small: bool = False, sizes: Sequence[int] = SIZES, rounds: int = 5, shuffled: bool = False, entire: bool = True
) -> Iterator[Table]:
    """A table for each size and source, and for the largest with its rows shuffled; `small`: the smallest size alone,
    once.
    """
    if not all(versions(("duckdb", "polars", "pyarrow")).values()):
        return
    rounds = 1 if small else rounds
    for rows in sizes[:1] if small else sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = made(Path(name), rows, shuffled)
            for way in WAYS:
                yield compare(folder, rows, way, rounds, shuffled)
            if entire:
                yield whole(folder, rows)
    if not (small or shuffled):
        with tempfile.TemporaryDirectory() as name:
            yield compare(made(Path(name), sizes[-1], True), sizes[-1], "parquet", rounds, True)


def made(folder: Path, rows: int, shuffled: bool) -> Path:
    """`make` in a process of its own: what this one held would count as the peak of all that it starts."""
    words = [sys.executable, __file__, "--make", str(folder / "data"), str(rows), str(int(shuffled))]
    subprocess.run(words, check=True)
    return folder / "data"


def main() -> None:
    """Make each size in a temporary folder, measure, print."""
    words = argparse.ArgumentParser()
    words.add_argument("sizes", nargs="*", type=int, default=SIZES)
    words.add_argument("--rounds", type=int, default=5)
    words.add_argument("--shuffled", action="store_true", help="all rows in random order")
    words.add_argument("--whole", action="store_true", help="also kaohe assess --bulk")
    words.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    words.add_argument("--make", nargs=3, help=argparse.SUPPRESS)
    asked = words.parse_args()
    if asked.one:
        one(asked.one[0], Path(asked.one[1]), asked.one[2])
        return
    if asked.make:
        make(Path(asked.make[0]), int(asked.make[1]), asked.make[2] == "1")
        return
    show(tables(False, asked.sizes, asked.rounds, asked.shuffled, asked.whole))


if __name__ == "__main__":
    main()
