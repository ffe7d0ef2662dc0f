"""Cases, results and score rows that lie at addresses: object stores and partitioned data sets."""

from __future__ import annotations

import counties
import pandas as pd
import pytest
from counties import assessed, batch, timeless, under
from offices import SHEETS, make_case
from small_reports import snapshot

from kaohe_tools.batch import dataset
from kaohe_tools.batch.owned import UNFINISHED
from kaohe_tools.batch.store import Store
from kaohe_tools.batch.unit import Order, make
from kaohe_tools.grid.folder import READABLE

made = counties.made  # a fixture


def test_cases_and_outputs_may_lie_at_addresses(made, tmp_path, capsys) -> None:
    cases, out = made
    there = f"file://{tmp_path / '桶'}"
    assert batch(f"file://{cases}", there) == 1
    again = timeless(snapshot(tmp_path / "桶"))
    assert again == timeless(snapshot(out))
    before = snapshot(tmp_path / "桶")
    assert batch(f"file://{cases}", there) == 1
    assert "没有变动，沿用上次的" in capsys.readouterr().out
    assert snapshot(tmp_path / "桶") == before


def test_a_store_replaces_what_is_there_and_its_mark_comes_last(tmp_path) -> None:
    store = Store("memory://考核/甲县")
    store.replace({"run.json": b"1", "历年.csv": b"a"}, "run.json")
    seen = []
    write = store.write
    store.write = lambda name, content: (seen.append((name, "run.json" in store.names())), write(name, content))
    store.replace({"run.json": b"2", "结果.csv": b"b"}, "run.json")
    assert seen == [(UNFINISHED, True), ("结果.csv", False), ("run.json", False)]
    assert store.names() == ["run.json", "结果.csv"]
    assert store.fetch(tmp_path / "x").joinpath("run.json").read_bytes() == b"2"


def test_a_case_in_a_store_is_assessed_into_it(tmp_path) -> None:
    case = make_case(tmp_path / "甲县")
    for name, content in snapshot(case).items():
        Store("memory://省").write(f"案例/甲县/{name}", content)
    outcome = make(Order("甲县", "memory://省/案例/甲县", out="memory://省/结果"), tmp_path / "room")
    assert outcome.state == "完成"
    found = {name: Store("memory://省/结果").read(name) for name in Store("memory://省/结果").names()}
    assert timeless(under(found, "甲县")) == assessed(tmp_path, "甲县", tmp_path / "出")
    assert f"数据集/结果/案例=甲县/{dataset.PART}" in found


@pytest.mark.skipif(".parquet" not in READABLE, reason="Parquet files are no data yet")
def test_score_rows_may_come_from_one_partitioned_data_set(tmp_path) -> None:
    sheets = {name: rows for name, rows in SHEETS.items() if name != "得分"}
    header, *rows_ = SHEETS["得分"]
    whole = tmp_path / "全部"
    for number, name in enumerate(("东市/甲县", "乙县")):
        make_case(tmp_path / "案例" / name, sheets=sheets)
        table = pd.DataFrame([[*row, *[None] * (len(header) - len(row))] for row in rows_], columns=header)
        table.loc[0, "得分"] = 15 + number
        part = tmp_path / "得分" / dataset.partition(name) / "part-0.parquet"
        part.parent.mkdir(parents=True)
        table[["考核对象", "考核项目", "指标", "得分"]].to_parquet(part)
        make_case(whole / name, sheets=sheets)
        (whole / name / "数据集").mkdir()
        (whole / name / "数据集" / "part-0.parquet").write_bytes(part.read_bytes())
    assert batch(tmp_path / "案例", tmp_path / "出", "--data", f"file://{tmp_path / '得分'}") == 0
    found = timeless(snapshot(tmp_path / "出"))
    for name in ("东市/甲县", "乙县"):
        assert under(found, name) == assessed(whole, name, tmp_path / "单独" / name)
    assert found["东市/甲县/结果.csv"] != found["乙县/结果.csv"]
