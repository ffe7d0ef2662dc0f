"""A batch writes over nothing that is not its own, and leaves out no data in silence."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from counties import assessed, batch, timeless, under
from offices import SHEETS, make_case
from small_reports import BAD_CATEGORY, CATEGORY_CELLS, snapshot, write_notebooks

from kaohe_tools.batch import Batch, dataset, run_batch
from kaohe_tools.batch.cases import find_cases
from kaohe_tools.batch.out import OutFolder, OutStore
from kaohe_tools.batch.owned import UNFINISHED
from kaohe_tools.batch.rows import find_rows
from kaohe_tools.batch.run import RECORD, SUMMARY, _out
from kaohe_tools.batch.store import Store, lies_in
from kaohe_tools.batch.summary import row_without_results
from kaohe_tools.batch.unit import Order, Outcome, failed, make, outside_scheme
from kaohe_tools.problems import InputError
from kaohe_tools.workers import pack, unpack

RESULTS = {"run.json": b'{"outputs": [{"file": "a.csv"}, {"file": "b.csv"}]}', "a.csv": b"1", "b.csv": b"2"}


@pytest.mark.parametrize("where", ["", "/出"])
@pytest.mark.parametrize(("left", "right"), [("file://", "file://"), ("", "file://"), ("file://", "")])
def test_outputs_among_the_cases_are_wrong_use_however_the_folders_are_written(
    tmp_path, where, left, right, capsys
) -> None:
    cases = make_case(tmp_path / "省" / "甲").parent
    (tmp_path / "链接").symlink_to(cases)
    before = snapshot(cases)
    for out in (f"{cases}{where}", f"{tmp_path}/x/../省{where}", f"{tmp_path / '链接'}{where}"):
        assert batch(f"{left}{cases}", f"{right}{out}") == 2
        assert "--out 不能是 DIR 或其中的文件夹" in capsys.readouterr().err
    assert snapshot(cases) == before


def test_an_address_lies_in_another_of_the_same_store_only(tmp_path) -> None:
    assert lies_in("memory://省/案例/出", "memory://省/案例/")
    assert not lies_in("memory://省/案例出", "memory://省/案例")
    assert not lies_in(f"file://{tmp_path}/省", "memory://省")
    assert not lies_in(str(tmp_path / "省2"), f"file://{tmp_path}/省")


def test_nothing_but_earlier_results_is_replaced_at_an_address(tmp_path) -> None:
    case = make_case(tmp_path / "省" / "甲")
    before = snapshot(case)
    outcome = make(Order("甲", case, out=f"file://{tmp_path}/省"), tmp_path / "room")
    assert (outcome.state, outcome.problems[0]["问题"]) == ("没有做完", "里面有 case.yaml，是案例，不能写在这里")
    store = Store("memory://出/公文")
    store.write("会议纪要.docx", b"x")
    with pytest.raises(InputError, match="里面有 1 个文件，不是本软件写的结果或报告，不能覆盖"):
        store.replace(RESULTS, "run.json")
    with pytest.raises(InputError, match="不能覆盖"):
        store.replace({"index.html": b"x"}, "index.html")
    assert snapshot(case) == before
    assert store.names() == ["会议纪要.docx"]


def test_what_others_put_beside_results_at_an_address_stays(tmp_path) -> None:
    store = Store("memory://出/有批注")
    store.replace(RESULTS, "run.json")
    store.write("批注.docx", b"x")
    store.replace({"run.json": b'{"outputs": [{"file": "a.csv"}]}', "a.csv": b"3"}, "run.json")
    assert store.names() == ["a.csv", "run.json", "批注.docx"]
    assert store.read("a.csv") == b"3"


def test_results_at_an_address_that_were_not_written_to_their_end_are_written_anew(monkeypatch) -> None:
    store = Store("memory://出/中断")
    store.replace(RESULTS, "run.json")
    write = store.write
    monkeypatch.setattr(store, "write", lambda name, content: write(name, content) if name != "run.json" else 1 / 0)
    with pytest.raises(ZeroDivisionError):
        store.replace({"run.json": b"{}", "c.csv": b"4"}, "run.json")
    assert store.names() == ["c.csv", UNFINISHED]
    monkeypatch.undo()
    store.replace({"run.json": b'{"outputs": []}'}, "run.json")
    assert store.names() == ["run.json"]


def test_a_folder_that_is_no_results_is_not_replaced_and_its_case_is_not_done(tmp_path, capsys) -> None:
    for name in ("甲县", "乙县"):
        make_case(tmp_path / "省" / name)
    (tmp_path / "出" / "甲县").mkdir(parents=True)
    (tmp_path / "出" / "甲县" / "会议纪要.docx").write_bytes(b"x")
    done = run_batch(Batch(str(tmp_path / "省"), str(tmp_path / "出"), jobs=1, progress=False))
    assert {row["案例"]: row["状态"] for row in done.rows} == {"甲县": "没有做完", "乙县": "完成"}
    [told] = [row for row in done.problems["甲县"] if row["级别"] == "错误"]
    assert (told["文件"], told["问题"]) == ("甲县", "里面有 1 个文件，不是本软件写的结果或报告，不能覆盖")
    assert [path.name for path in (tmp_path / "出" / "甲县").iterdir()] == ["会议纪要.docx"]
    assert not list((tmp_path / "出" / "数据集").glob("*/案例=甲县"))


def test_what_others_put_beside_results_and_reports_stays_and_what_a_run_wrote_goes(tmp_path) -> None:
    out = OutFolder(tmp_path)
    report = {"报告/index.html": b"x", "报告/assets/files.txt": b"index.html\nassets/files.txt\n"}
    out.put("甲", {f"结果/{name}": content for name, content in RESULTS.items()} | report)
    for place in ("甲", "报告/甲"):
        (tmp_path / place / "批注").mkdir()
        (tmp_path / place / "批注" / "一.docx").write_bytes(b"x")
    out.put("甲", {"结果/run.json": b"{}", "结果/a.csv": b"3"} | report)
    assert sorted(snapshot(tmp_path / "甲")) == ["a.csv", "run.json", "批注/一.docx"]
    assert sorted(snapshot(tmp_path / "报告" / "甲")) == ["assets/files.txt", "index.html", "批注/一.docx"]


def test_a_report_does_not_take_the_place_of_something_else_nor_do_its_results_then(tmp_path) -> None:
    (tmp_path / "报告" / "甲").mkdir(parents=True)
    (tmp_path / "报告" / "甲" / "旧报告.docx").write_bytes(b"x")
    with pytest.raises(InputError, match="不能覆盖"):
        OutFolder(tmp_path).put("甲", {"结果/run.json": b"{}", "报告/index.html": b"x"})
    assert list(snapshot(tmp_path)) == ["报告/甲/旧报告.docx"]


def rows_of(folder: Path, *cases: str) -> Path:
    """A data set with a partition for each case, written by pandas."""
    header, *rows = SHEETS["得分"]
    table = pd.DataFrame([[*row, *[None] * (len(header) - len(row))] for row in rows], columns=header)
    table = table[["考核对象", "考核项目", "指标", "得分"]]
    pd.concat([table.assign(案例=case) for case in cases]).to_parquet(folder, partition_cols=["案例"])
    return folder


def test_partitions_of_pandas_reach_their_cases_and_those_of_no_case_are_told(tmp_path, monkeypatch, capsys) -> None:
    sheets = {name: rows for name, rows in SHEETS.items() if name != "得分"}
    make_case(tmp_path / "案例" / "东市" / "甲县", sheets=sheets)
    rows_of(tmp_path / "得分", "东市/甲县", "丁县")
    monkeypatch.chdir(tmp_path)
    assert batch(tmp_path / "案例", tmp_path / "出", "--data", "得分") == 0
    assert "没有名为“丁县”的案例，这个分区的数据没有用" in capsys.readouterr().out
    whole = tmp_path / "单独" / "东市" / "甲县" / "数据集"
    shutil.copytree(tmp_path / "案例" / "东市" / "甲县", whole.parent)
    whole.mkdir()
    [part] = next((tmp_path / "得分").glob("案例=*%E7%94%B2*")).iterdir()
    (whole / part.name).write_bytes(part.read_bytes())
    found = under(timeless(snapshot(tmp_path / "出")), "东市/甲县")
    assert found == assessed(tmp_path / "单独", "东市/甲县", tmp_path / "单独的结果")
    told = pd.read_csv(tmp_path / "出" / "问题.csv", dtype=str, keep_default_na=False)
    assert list(told[told["案例"] == ""]["级别"]) == ["警告"]


def test_a_data_set_that_is_not_there_or_not_by_case_is_an_error(tmp_path) -> None:
    with pytest.raises(InputError, match="里面没有文件，或没有这个位置"):
        find_rows(str(tmp_path / "得份"), ["甲"])
    (tmp_path / "得分").mkdir()
    (tmp_path / "得分" / "全部.parquet").write_bytes(b"")
    with pytest.raises(InputError, match="里面的 1 个文件没有按案例分区"):
        find_rows(str(tmp_path / "得分"), ["甲"])


def test_two_partitions_of_one_case_are_an_error_and_files_in_none_a_warning() -> None:
    store = Store("memory://得分")
    for name in ("案例=甲/a.parquet", "全部.parquet", "_SUCCESS"):
        store.write(name, b"")
    rows = find_rows(store.url, ["甲", "乙"])
    assert rows.by_case == {"甲": "memory://得分/案例=甲"}
    assert [problem.message for problem in rows.unused] == ["1 个文件不在任何案例的分区里，没有用：全部.parquet"]
    store.write("案例=%E7%94%B2/b.parquet", b"")
    with pytest.raises(InputError, match="案例“甲”有 2 个分区"):
        find_rows(store.url, ["甲"])


def test_a_partition_that_cannot_be_read_where_the_work_is_done_is_an_error(tmp_path) -> None:
    outcome = make(Order("甲", make_case(tmp_path / "甲"), data=f"file://{tmp_path}/没有"), tmp_path / "room")
    assert (outcome.state, outcome.problems[0]["问题"]) == ("有错误", "这个分区在做这件工作的电脑上读不到")


def test_a_case_within_another_case_is_an_error_that_names_both(tmp_path) -> None:
    make_case(tmp_path / "甲市")
    make_case(tmp_path / "甲市" / "各县" / "乙县")
    with pytest.raises(InputError, match="案例“甲市/各县/乙县”在另一个案例“甲市”的文件夹里"):
        find_cases(tmp_path, ())


def test_folders_of_an_address_that_may_not_be_listed_are_told(tmp_path, monkeypatch) -> None:
    make_case(tmp_path / "省" / "甲")
    make_case(tmp_path / "省" / "乙" / "丙")
    store = Store(f"file://{tmp_path}/省")
    monkeypatch.setattr(Store, "local", None)  # as of an address of another machine
    listed = store._system.ls

    def ls(folder: str, **how: object) -> list:
        if folder.endswith("乙"):
            raise PermissionError(13, "Permission denied", folder)
        return listed(folder, **how)

    assert find_cases(store, ()).cases == ["乙/丙", "甲"]
    monkeypatch.setattr(store._system, "ls", ls)
    with pytest.raises(InputError, match="里面的文件列不全（没有读写权限）"):
        find_cases(store, ())


def test_a_page_that_fails_keeps_the_tables_and_only_the_report_is_not_made(tmp_path, monkeypatch, capsys) -> None:
    make_case(tmp_path / "案例" / "甲")
    write_notebooks(tmp_path / "notebooks", cells=[*CATEGORY_CELLS, BAD_CATEGORY])
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "出"
    earlier = {"index.html": b"x", "assets/files.txt": b"index.html\n"}
    unpack(earlier, out / "报告" / "甲")
    assert batch(tmp_path / "案例", out, "--pages") == 1
    told = capsys.readouterr().out
    assert "错误 甲：只缺报告（页面没有生成（ValueError: 没有这一列））" in told
    assert "只缺报告的案例，结果表和数据集是新的" in told
    assert "没有做完" not in told
    assert timeless(under(snapshot(out), "甲")) == assessed(tmp_path / "案例", "甲", tmp_path / "单独")
    assert snapshot(out / "报告" / "甲") == earlier
    assert (out / "数据集" / "结果" / dataset.partition("甲") / dataset.PART).is_file()
    table = pd.read_csv(out / SUMMARY, dtype=str, keep_default_na=False)
    assert list(table["状态"]) == ["只缺报告"]
    # The report that lies there is of earlier results: the next batch must not take it for the one of these.
    assert json.loads((out / RECORD).read_bytes())["notebooks"] == ""


def test_results_at_an_address_that_were_changed_are_not_kept(tmp_path) -> None:
    url = f"file://{tmp_path}/出"
    outcome = make(Order("甲", make_case(tmp_path / "甲"), out=url), tmp_path / "room")
    out = OutStore(Store(url), tmp_path)
    assert out.earlier("甲", outcome.seal, report=False)["record_sha256"] == outcome.seal
    (tmp_path / "出" / "甲" / UNFINISHED).write_text("[]", "utf-8")
    assert out.earlier("甲", outcome.seal, report=False) is None
    (tmp_path / "出" / "甲" / UNFINISHED).unlink()
    table = tmp_path / "出" / "甲" / "结果.csv"
    table.write_bytes(table.read_bytes().replace("优秀".encode(), "良好".encode()))
    assert out.earlier("甲", outcome.seal, report=False) is None


def test_files_of_an_address_stay_within_the_folder_they_are_fetched_into(tmp_path, monkeypatch) -> None:
    store = Store("memory://外面")
    for name in ("../偷换.csv", "a/../../偷换.csv", "C:/x", "a\\..\\x"):
        monkeypatch.setattr(store, "names", lambda name=name: [name])
        with pytest.raises(InputError, match="文件的名称指到文件夹外面"):
            store.fetch(tmp_path / "里面")
    assert list(tmp_path.iterdir()) == []


def test_a_case_file_that_would_unfold_without_end_is_not_unfolded(tmp_path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    (tmp_path / "case.yaml").write_text("\n".join([*lines, "scheme: *a11", "title: *a11"]), "utf-8")
    assert outside_scheme(tmp_path) is None
    assert row_without_results("甲", "有错误", tmp_path)["标题"] == ""


def test_only_what_travels_over_a_scheduler_must_not_be_too_large(tmp_path, monkeypatch) -> None:
    case = make_case(tmp_path / "甲")
    monkeypatch.setattr("kaohe_tools.batch.unit.LARGEST", 10)
    assert make(Order("甲", case), tmp_path / "近").state == "完成"
    there = make(Order("甲", pack(case), far=True, out="memory://大"), tmp_path / "远，写到网址")
    assert there.state == "完成"
    outcome = make(Order("甲", pack(case), far=True), tmp_path / "远")
    assert (outcome.state, len(outcome.problems)) == ("没有做完", 1)
    assert "不能经调度程序传送" in outcome.problems[0]["问题"]


def test_why_a_case_was_not_done_is_told_without_paths_and_in_chinese(tmp_path, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", str(tmp_path / "room"))

    monkeypatch.setattr("kaohe_tools.batch.unit.write", full)
    outcome = make(Order("甲", make_case(tmp_path / "甲")), tmp_path / "room")
    assert (outcome.state, outcome.problems[0]["问题"]) == ("没有做完", "没有做完：磁盘满了")
    told = failed("甲", FileNotFoundError(2, "No such file", "/x/y"), "").problems[0]["问题"]
    assert told == "没有做完：文件不见了"


def test_what_is_done_is_noted_at_an_address_when_the_run_is_broken_off(tmp_path, monkeypatch) -> None:
    make_case(tmp_path / "省" / "甲")
    url = "memory://中断了的"
    monkeypatch.setattr("kaohe_tools.batch.run._Run._one", lambda self, name: Outcome(name, "完成", {"案例": name}))
    monkeypatch.setattr("kaohe_tools.batch.run.tqdm.update", _interrupt)
    with pytest.raises(KeyboardInterrupt):
        run_batch(Batch(str(tmp_path / "省"), url, jobs=1, progress=False))
    assert json.loads(Store(url).read(RECORD))["案例"] == "甲"


def test_copies_that_a_killed_run_left_of_an_address_go_with_the_next_run(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with _out("memory://甲") as (_, left):
        pass
    unpack({"案例/测评.csv": b"x"}, left)
    with _out("memory://乙"):
        assert left.exists()
    with _out("memory://甲"):
        assert not left.exists()
    assert list(tmp_path.iterdir()) == []


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("way", ["", "file://"])
def test_a_linked_case_is_done_however_the_folder_is_written(tmp_path, way) -> None:
    make_case(tmp_path / "省" / "甲")
    (tmp_path / "省" / "乙").symlink_to(make_case(tmp_path / "别处" / "乙"))
    assert batch(f"{way}{tmp_path}/省", str(tmp_path / "出")) == 0
    assert {path.parent.name for path in (tmp_path / "出").rglob("run.json")} == {"甲", "乙"}
