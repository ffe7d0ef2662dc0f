"""`kaohe batch`: many cases in one go; none stops another, and each comes out as by itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import counties
import pandas as pd
import pytest
from clusters import PATIENCE, ROOT, until
from counties import BAD, COUNTIES, assessed, batch, make_counties, timeless, under
from offices import make_case
from small_reports import snapshot, write_notebooks

from kaohe_tools.batch import dataset, run_batch
from kaohe_tools.batch.run import RECORD, SUMMARY, Batch

made = counties.made  # a fixture


def started(cases: Path, out: Path, jobs: str) -> subprocess.Popen:
    """`kaohe batch` in a process of its own."""
    command = [sys.executable, "-m", "kaohe_tools.cli", "batch", str(cases), "--out", str(out), "--jobs", jobs]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def rows(out: Path) -> pd.DataFrame:
    return pd.read_csv(out / SUMMARY, dtype=str, keep_default_na=False).set_index("案例")


def test_each_case_comes_out_as_by_itself(made, tmp_path) -> None:
    cases, out = made
    files = timeless(snapshot(out))
    for name in COUNTIES:
        assert under(files, name) == assessed(cases, name, tmp_path / name)


def test_the_summary_has_a_row_for_each_case_and_no_times(made) -> None:
    table = rows(made[1])
    assert list(table.index) == sorted([*COUNTIES, BAD])
    assert set(table.loc[list(COUNTIES), "状态"]) == {"完成"}
    row = table.loc["东市/乙县"]
    assert (row["标题"], row["年度"], row["办法"], row["考核对象"]) == ("东市/乙县的考核", "2019", "qinghai-2019", "4")
    assert table.loc["西市", "办法"] == "province-2019"
    best = pd.read_csv(made[1] / "东市/乙县" / "结果.csv")["等次"].eq("优秀").sum()
    assert row["单位·优秀"] == str(best) != "0"


def test_a_case_with_errors_stops_no_other_and_its_problems_are_kept(made) -> None:
    row = rows(made[1]).loc[BAD]
    assert (row["状态"], row["错误"], row["考核对象"]) == ("有错误", "1", "")
    table = pd.read_csv(made[1] / "问题.csv", dtype=str, keep_default_na=False)
    [told] = table[(table["案例"] == BAD) & (table["级别"] == "错误")]["问题"]
    assert told == "得分 21 高于分值 20（指标“党建”）"
    assert not (made[1] / BAD).exists()


def test_the_command_tells_which_case_failed_and_why(tmp_path, capsys) -> None:
    make_case(tmp_path / "案例" / "好", {})
    make_case(tmp_path / "案例" / BAD, {"得分!D2": 21})
    make_case(tmp_path / "案例" / "忘了")
    (tmp_path / "案例" / "忘了" / "case.yaml").unlink()
    assert batch(tmp_path / "案例", tmp_path / "出") == 1
    out = capsys.readouterr().out
    assert "错误 坏县：有错误（得分 21 高于分值 20（指标“党建”））" in out
    assert "提示 1 个文件夹里有数据文件，但没有 case.yaml，没有考核：忘了" in out
    assert "案例 2 个：完成 1 个，有错误 1 个" in out


def test_data_sets_hold_the_cases_that_are_done_as_published(made) -> None:
    found = pd.read_parquet(made[1] / "数据集" / "结果")
    assert set(found["案例"].astype(str)) == set(COUNTIES)
    own = found[found["案例"] == "东市/乙县"]
    published = pd.read_csv(made[1] / "东市/乙县" / "结果.csv", dtype=str, keep_default_na=False)
    assert [str(score) for score in own["综合得分"]] == list(published["综合得分"])
    assert list(own["等次"]) == list(published["等次"])


def test_unchanged_cases_are_kept_and_changed_ones_made_anew(tmp_path, capsys) -> None:
    cases, out = make_counties(tmp_path / "案例"), tmp_path / "出"
    assert batch(cases, out) == 1
    before = snapshot(out)
    make_case(cases / "丙区", {"得分!D2": 10}, title="丙区的考核")
    (out / "东市/甲县" / "结果.csv").write_bytes(b"")
    assert batch(cases, out) == 1
    assert "其中 2 个没有变动，沿用上次的" in capsys.readouterr().out
    after = snapshot(out)
    changed = {name for name in after if after[name] != before[name]}
    assert changed >= {"丙区/结果.csv", f"数据集/结果/{dataset.partition('丙区')}/{dataset.PART}"}
    for kept in ("西市/run.json", "东市/乙县/run.json", "东市/甲县/结果.csv"):
        assert after[kept] == before[kept]
    assert timeless(under(after, "丙区")) == assessed(cases, "丙区", tmp_path / "丙区")


def test_a_second_batch_gives_the_same_bytes_also_when_all_is_made_anew(made, tmp_path) -> None:
    cases, out = made
    before = snapshot(out)
    assert batch(cases, out) == 1
    assert snapshot(out) == before
    assert batch(cases, tmp_path / "出") == 1
    assert timeless(snapshot(tmp_path / "出")) == timeless(before)


def test_a_case_whose_data_became_wrong_keeps_its_earlier_tables_but_is_in_no_data_set(tmp_path) -> None:
    cases, out = tmp_path / "案例", tmp_path / "出"
    for name in ("甲", "乙"):
        make_case(cases / name)
    assert batch(cases, out) == 0
    before = under(snapshot(out), "乙")
    make_case(cases / "乙", {"得分!D2": 21})
    assert batch(cases, out) == 1
    assert under(snapshot(out), "乙") == before
    assert [path.name for path in (out / "数据集" / "结果").iterdir()] == ["案例=甲"]


def test_reports_are_made_too_where_asked_for(tmp_path, monkeypatch, capsys) -> None:
    cases, out = tmp_path / "案例", tmp_path / "出"
    for name in ("甲", "乙"):
        make_case(cases / name)
    write_notebooks(tmp_path / "notebooks")
    monkeypatch.chdir(tmp_path)
    assert batch(cases, out, "--pages") == 0
    for name in ("甲", "乙"):
        assert "事业局" in (out / "报告" / name / "单位-事业局.html").read_text(encoding="utf-8")
    before = snapshot(out)
    assert batch(cases, out, "--pages") == 0
    assert "其中 2 个没有变动" in capsys.readouterr().out
    assert snapshot(out) == before


def test_a_worker_that_is_killed_costs_a_retry_and_no_result(made, tmp_path) -> None:
    cases, out = made
    again = tmp_path / "出"
    running = started(cases, again, "2")
    try:
        workers = until(lambda: _at_work(running.pid), running)
        os.kill(workers[0], signal.SIGKILL)
        running.wait(timeout=PATIENCE)
    finally:
        running.kill()
        running.wait()
    assert running.returncode == 1  # for the county with the error, as ever
    assert timeless(snapshot(again)) == timeless(snapshot(out))
    assert [path.name for path in tmp_path.iterdir()] == [again.name]


def test_workers_end_with_a_batch_that_is_killed_and_the_next_one_goes_on(made, tmp_path) -> None:
    cases, out = made
    again = tmp_path / "出"
    running = started(cases, again, "1")
    try:
        workers = until(lambda: (again / RECORD).exists() and _at_work(running.pid), running)
    finally:
        running.kill()
        running.wait()
    until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
    assert batch(cases, again) == 1
    assert timeless(snapshot(again)) == timeless(snapshot(out))
    assert [path.name for path in tmp_path.iterdir()] == [again.name]


def _at_work(parent: int) -> list[int]:
    """The processes that a batch has started and that have begun a case: they have a folder of their own (Linux)."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text("utf-8").split()
    spawned = [child for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]
    return [int(child) for child in spawned if _cpu(child) > 0.5]


def _cpu(process: str) -> float:
    """Seconds of processor time: a worker that has used some is beyond its start."""
    fields = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("东市/甲县", "本身就是一个案例"),
        ("没有", "文件夹打不开"),
        ("东市/甲县/空", "里面没有案例"),
    ],
)
def test_what_is_no_folder_of_cases_is_refused(made, tmp_path, place, told, capsys) -> None:
    folder = tmp_path / "东市" / "甲县"
    make_case(folder)
    (folder / "空").mkdir()
    assert batch(tmp_path / place, tmp_path / "出") == 1
    assert told in capsys.readouterr().err
    assert not (tmp_path / "出").exists()


def test_outputs_among_the_cases_are_wrong_use(tmp_path, capsys) -> None:
    assert batch(make_case(tmp_path / "a" / "甲").parent, tmp_path / "a" / "出") == 2
    assert "--out 不能是 DIR 或其中的文件夹" in capsys.readouterr().err


def test_a_case_that_would_be_filed_under_the_name_of_the_data_sets_is_refused(tmp_path, capsys) -> None:
    make_case(tmp_path / "案例" / "数据集" / "甲")
    assert batch(tmp_path / "案例", tmp_path / "出") == 1
    assert "案例不能放在名为“数据集”的文件夹里" in capsys.readouterr().err


def test_interrupting_ends_the_workers_and_leaves_what_is_done(made, tmp_path, monkeypatch) -> None:
    cases, _ = made
    before = threading.active_count()

    def stopped(self, name, line):
        raise KeyboardInterrupt

    monkeypatch.setattr("kaohe_tools.batch.out.OutFolder.add_line", stopped)
    with pytest.raises(KeyboardInterrupt):
        run_batch(Batch(str(cases), str(tmp_path / "出"), jobs=2, progress=False))
    assert threading.active_count() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
