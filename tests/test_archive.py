"""Results of many years kept in one file: put in whole or not at all, and asked in SQL."""

from __future__ import annotations

import json
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import archived
import pandas as pd
import pytest
from archived import copied, edit

from kaohe_tools import archive
from kaohe_tools.archive import store as store_module
from kaohe_tools.assess import assess
from kaohe_tools.outputs import tables
from kaohe_tools.problems import InputError

store, once, results = archived.store, archived.once, archived.results  # fixtures


# --- into the archive -------------------------------------------------------------------------------------------------


def test_what_was_published_stands_in_the_archive(results, store, tmp_path):
    archived = archive.archive_results(results, store)
    published = tables(assess(tmp_path / "raw" / "局"))
    kept = archive.query(store, "SELECT * FROM 历年结果")
    columns = ["环节", "类别", "考核对象", "等次", "待定"]
    assert kept[columns].values.tolist() == published["结果"][columns].values.tolist()
    assert [f"{value:.2f}" for value in kept["综合得分"]] == published["结果"]["综合得分"].tolist()
    assert kept["排名"].tolist() == published["结果"]["排名"].tolist()
    for view, name, columns in [
        ("历年理由", "理由", ["环节", "考核对象", "步骤", "条款", "说明"]),
        ("历年运用", "运用", ["环节", "考核对象", "事项", "条款"]),
        ("历年名额", "名额", ["环节", "类别", "参加数", "名额", "已用", "算式"]),
    ]:
        told = archive.query(store, f"SELECT * FROM {view}")
        assert told[columns].astype(str).values.tolist() == published[name][columns].astype(str).values.tolist()
        assert len(told) > 0
    parts = archive.query(store, "SELECT 考核对象, 部分, 得分 FROM 历年部分得分")
    names = [name for name in published["结果"] if name in set(parts["部分"])]
    assert len(names) >= 2
    by_part = published["结果"].melt("考核对象", names, "部分", "得分").query("得分 != ''")
    kept = {(row.考核对象, row.部分): f"{row.得分:.2f}" for row in parts.itertuples()}
    assert kept == {(row.考核对象, row.部分): row.得分 for row in by_part.itertuples()}
    assert (archived.subjects, archived.replaced) == (4, "")


def test_the_archive_says_from_what_and_under_what_choices_a_result_came(results, store):
    archive.archive_results(results, store)
    record = json.loads((results / "run.json").read_text(encoding="utf-8"))
    files = archive.query(store, "SELECT 文件, 校验值 FROM 历年数据文件")
    assert files.values.tolist() == [[entry["file"], entry["sha256"]] for entry in record["inputs"]]
    choices = archive.query(store, "SELECT 读法, 选项 FROM 历年读法")
    assert dict(choices.values.tolist()) == {name: one["choice"] for name, one in record["readings"].items()}
    params = archive.query(store, "SELECT 参数, 值 FROM 历年参数")
    assert {name: json.loads(value) for name, value in params.values.tolist()} == record["params"]
    listed = archive.list_archive(store).iloc[0]
    assert listed["办法校验值"] == record["scheme"]["sha256"]
    assert (listed["案例"], listed["年度"], listed["演示数据"], listed["对象数"]) == ("局", 2019, "否", 4)


def test_archiving_a_case_year_again_replaces_it_and_says_so(results, store):
    first = archive.archive_results(results, store)
    edit(results, "结果.csv", "乙局", "新局")
    second = archive.archive_results(results, store)
    assert "替换" not in str(first)
    assert "替换了" in str(second)
    assert archive.list_archive(store)["对象数"].tolist() == [4]
    names = archive.query(store, "SELECT DISTINCT 考核对象 FROM 历年结果")["考核对象"]
    assert "新局" in set(names)
    assert "乙局" not in set(names)
    for table in ("results", "part_scores", "reasons", "consequences", "quotas", "inputs", "readings"):
        orphans = archive.query(store, f"SELECT * FROM {table} WHERE run_id NOT IN (SELECT run_id FROM runs)")
        assert orphans.empty


def test_a_name_that_a_spreadsheet_would_run_is_kept_as_it_is(results, store):
    edit(results, "结果.csv", "乙局", "'=乙局")
    archive.archive_results(results, store)
    assert "=乙局" in set(archive.query(store, "SELECT 考核对象 FROM 历年结果")["考核对象"])


def test_a_simulated_result_never_takes_the_place_of_a_real_one(results, store, tmp_path):
    archive.archive_results(results, store)
    archived = archive.archive_results(copied(results, tmp_path / "demo", simulated=True), store)
    assert archived.replaced == ""
    assert "演示数据" in str(archived)
    assert archive.list_archive(store)["演示数据"].tolist() == ["否", "是"]


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda folder: (folder / "理由.csv").unlink(), "没有此文件"),
        (lambda folder: (folder / "run.json").write_text("{", encoding="utf-8"), "读不出来"),
        (lambda folder: (folder / "run.json").write_text("[]", encoding="utf-8"), "读不出来"),
        (lambda folder: copied(folder, folder, year="2019"), "year"),
        (lambda folder: copied(folder, folder, simulated=None), "simulated"),
        (lambda folder: edit(folder, "结果.csv", "乙局", "甲局"), "有两行"),
        (lambda folder: (folder / "运用.csv").write_bytes(b"\xff\xfe\x00"), "读不出来"),
    ],
)
def test_a_results_folder_that_is_not_whole_leaves_the_archive_as_it_was(spoil, told, results, store):
    archive.archive_results(results, store)
    before = store.read_bytes()
    spoil(results)
    with pytest.raises(InputError, match=told):
        archive.archive_results(results, store)
    assert store.read_bytes() == before


def test_a_failure_half_way_leaves_the_older_result_whole(results, store, monkeypatch):
    archive.archive_results(results, store)
    before = archive.query(store, "SELECT * FROM 历年结果")

    def fail(*_):
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr("kaohe_tools.archive.adding._fill", fail)
    with pytest.raises(InputError, match="读写失败"):
        archive.archive_results(results, store)
    pd.testing.assert_frame_equal(archive.query(store, "SELECT * FROM 历年结果"), before)


def test_a_case_its_name_or_its_results_all_mean_the_results(results, tmp_path):
    root = tmp_path / "root"
    shutil.copytree(results, root / "data" / "processed" / "局")
    wanted = root / "data" / "processed" / "局"
    assert archive.results_folder(tmp_path / "raw" / "局", root) == wanted
    assert archive.results_folder(Path("局"), root) == wanted
    assert archive.results_folder(results, root) == results
    with pytest.raises(InputError, match="还没有结果"):
        archive.results_folder(tmp_path / "raw" / "局", tmp_path / "elsewhere")
    with pytest.raises(InputError, match="不是结果文件夹"):
        archive.results_folder(tmp_path / "nowhere", root)


# --- a file that cannot be used ---------------------------------------------------------------------------------------


def _everything(store: Path, results: Path) -> list:
    return [
        lambda: archive.archive_results(results, store),
        lambda: archive.list_archive(store),
        lambda: archive.query(store, "SELECT * FROM 历年结果"),
        lambda: archive.history_rows(store, "局", 2020),
    ]


def _pragma(store: Path, text: str) -> None:
    with closing(sqlite3.connect(store)) as connection:
        connection.execute(text)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda store: store.write_bytes("不是数据库".encode() * 500), "已损坏"),
        (lambda store: store.write_bytes(store.read_bytes()[:5000]), "已损坏"),
        (
            lambda store: store.write_bytes(store.read_bytes()[:8192] + b"\xab" * 8192 + store.read_bytes()[16384:]),
            "损坏",
        ),
        (lambda store: _pragma(store, "PRAGMA user_version = 99"), "第 99 版"),
        (lambda store: _pragma(store, "PRAGMA application_id = 7"), "别的软件"),
    ],
)
def test_a_file_that_is_no_sound_archive_is_told_and_not_touched(spoil, told, results, store):
    archive.archive_results(results, store)
    spoil(store)
    before = store.read_bytes()
    for act in _everything(store, results):
        with pytest.raises(InputError, match=told):
            act()
    assert store.read_bytes() == before


def test_another_programs_database_is_not_written_into(results, store):
    store.parent.mkdir(parents=True)
    _pragma(store, "CREATE TABLE theirs (x)")
    for act in _everything(store, results):
        with pytest.raises(InputError, match="别的软件"):
            act()


def test_reading_where_there_is_no_archive_says_so_and_makes_none(results, store):
    for act in _everything(store, results)[1:]:
        with pytest.raises(InputError, match="还没有档案"):
            act()
    assert not store.exists()


def test_a_folder_in_the_place_of_the_archive_is_told(results, store):
    store.mkdir(parents=True)
    with pytest.raises(InputError, match="打不开"):
        archive.archive_results(results, store)


def test_an_archive_that_another_program_holds_is_told_after_the_wait(results, store, monkeypatch):
    archive.archive_results(results, store)
    monkeypatch.setattr(store_module, "WAIT", 0.05)
    with closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for act in _everything(store, results):
            with pytest.raises(InputError, match="占用"):
                act()
    assert len(archive.list_archive(store)) == 1


def test_writers_at_the_same_time_wait_for_one_another(results, store, tmp_path):
    folders = [copied(results, tmp_path / str(year), year=year) for year in range(2010, 2018)]
    with ThreadPoolExecutor(len(folders)) as pool:
        list(pool.map(lambda folder: archive.archive_results(folder, store), folders))
    listed = archive.list_archive(store)
    assert listed["年度"].tolist() == list(range(2010, 2018))
    assert set(listed["对象数"]) == {4}


# --- questions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM runs",
        "DROP VIEW 历年结果",
        "UPDATE results SET grade = '优秀'",
        "ATTACH 'elsewhere.db' AS other",
        "PRAGMA query_only = OFF",
        "COMMIT",
        "WITH x AS (SELECT 1) INSERT INTO marks SELECT 1, 1, '', ''",
    ],
)
def test_a_question_can_change_nothing(sql, results, store, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    archive.archive_results(results, store)
    before = store.read_bytes()
    with pytest.raises(InputError, match="只能查询"):
        archive.query(store, sql)
    assert store.read_bytes() == before
    assert not (tmp_path / "elsewhere.db").exists()


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT * FROM 没有", "可查：档案目录、历年结果"),
        ("SELEC 1", "写得不对"),
        ("", "只写一条"),
        ("-- 只有注释", "只写一条"),
        ("SELECT 1; SELECT 2", "只写一条"),
        ("SELECT ?", "只写一条"),
        ("SELECT '\x00'", "写得不对"),
        ("SELECT '\ud800'", "写得不对"),
    ],
)
def test_a_wrong_question_is_told_with_what_may_be_asked(sql, told, results, store):
    archive.archive_results(results, store)
    with pytest.raises(InputError, match=told):
        archive.query(store, sql)


def test_a_question_is_answered_with_its_own_columns(results, store):
    archive.archive_results(results, store)
    answer = archive.query(store, "SELECT 类别, COUNT(*) AS 个数 FROM 历年结果 GROUP BY 类别 ORDER BY 类别")
    assert answer.to_dict("list") == {"类别": ["事业局", "厅机关"], "个数": [2, 2]}
    assert list(archive.query(store, "SELECT 考核对象 FROM 历年结果 WHERE 0")) == ["考核对象"]
