"""Results of all cases as data sets: a folder for each table, in it a partition for each case, a Parquet file in that.

    数据集/结果/案例=甲市%2F乙县/part-0.parquet

Columns are texts as published; those of _NUMBERS are exact decimals or whole numbers, and what is blank there is null.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote, unquote

import pandas as pd

from kaohe_tools.outputs import DETAIL, PROBLEM, QUOTA, REASON, RESULT, USE
from kaohe_tools.scheme import COMPOSITE
from kaohe_tools.spreadsheet import as_written
from kaohe_tools.workers import Parcel

DATASETS, PARTITION, PART = "数据集", "案例", "part-0.parquet"
TABLES = (RESULT, DETAIL, REASON, QUOTA, USE, PROBLEM)
_SCORE, _WORTH, _WHOLE = "score", "worth", "whole"
_NUMBERS = {COMPOSITE: _SCORE, "排名": _WHOLE, "参加数": _WHOLE, "名额": _WHOLE, "已用": _WHOLE, "计入得分": _WORTH}


def possible() -> bool:
    """Is there what writes Parquet?"""
    return find_spec("pyarrow") is not None


def partition(case: str) -> str:
    """The folder of a case's partition; what a path cannot hold is written as in addresses, as Hive does.

    >>> partition("甲市/乙县"), case_of(partition("甲市/乙=县 %"))
    ('案例=甲市%2F乙县', '甲市/乙=县 %')
    """
    return f"{PARTITION}=" + "".join(quote(sign, safe="") if sign in '/\\:*?"<>|%=' else sign for sign in case)


def case_of(folder: str) -> str | None:
    """The case of a partition's folder; None where it is no partition by case."""
    name, mark, value = folder.partition("=")
    return unquote(value) if mark and name == PARTITION else None


def parts(case: str, tables: Mapping[str, pd.DataFrame]) -> Parcel:
    """The files of one case's partitions, by path in the folder of data sets. `tables`: TABLES as published, texts."""
    return dict(zip(part_names(case), (_parquet(tables[name]) for name in TABLES), strict=True))


def part_names(case: str) -> list[str]:
    """Where they lie, in the order of TABLES."""
    return [f"{name}/{partition(case)}/{PART}" for name in TABLES]


def read_tables(results: Path) -> dict[str, pd.DataFrame]:
    """The tables of a results folder, every cell a text."""
    read = {name: pd.read_csv(results / f"{name}.csv", dtype=str, keep_default_na=False) for name in TABLES}
    return {name: table.map(as_written).rename(columns=as_written) for name, table in read.items()}


def _parquet(table: pd.DataFrame) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {_SCORE: pa.decimal128(18, 2), _WORTH: pa.decimal128(27, 9), _WHOLE: pa.int64()}
    exact = {_SCORE: Decimal, _WORTH: Decimal, _WHOLE: int}
    columns = {}
    for name in table.columns:
        kind = _NUMBERS.get(name)
        cells = table[name].tolist()
        values = cells if kind is None else [exact[kind](cell) if cell else None for cell in cells]
        columns[name] = pa.array(values, types[kind] if kind else pa.string())
    target = io.BytesIO()
    pq.write_table(pa.table(columns), target, compression="zstd")
    return target.getvalue()
