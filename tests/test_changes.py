"""What changed since the last run: the very cells, a reorder as one, and nothing of any ballot."""

from __future__ import annotations

import copy
import csv
import json

import pytest
from offices import SHEETS, make_case

from kaohe_tools.assess import assess, prepare
from kaohe_tools.changes import SNAPSHOT, changes_since, load, save, take, tell
from kaohe_tools.cli import main
from kaohe_tools.outputs import RUN, write


@pytest.fixture
def case(tmp_path):
    """A case with the results of a run."""
    folder = make_case(tmp_path / "case")
    write(assess(folder), tmp_path / "out")
    return folder


def since(case) -> list[str]:
    return [str(change) for change in changes_since(prepare(case), case.parent / "out").changes]


def altered(**sheets) -> dict[str, list]:
    return {**copy.deepcopy(SHEETS), **sheets}


# --- cells and rows ---------------------------------------------------------------------------------------------------


def test_without_a_change_there_is_none(case):
    assert since(case) == []
    assert "输入没有变动" in tell(changes_since(prepare(case), case.parent / "out"))[0]


def test_a_changed_cell_is_told_with_old_and_new_and_whom_it_concerns(case):
    make_case(case, {"得分!D2": 16, "得分!F3": "张三", "情形!D2": None})
    assert since(case) == [
        "数据.xlsx[得分]!D2 由 18 改为 16（甲局·党建）",
        "数据.xlsx[得分]!F3 由 空白 改为 张三（甲局·业务一）",
        "数据.xlsx[情形]!D2 由 会议纪要 改为 空白（乙局·不得评优）",
    ]


def test_changes_are_told_also_where_the_case_has_errors(case):
    make_case(case, {"得分!D2": 61})
    assert since(case) == ["数据.xlsx[得分]!D2 由 18 改为 61（甲局·党建）"]


def test_how_a_number_is_stored_and_white_space_make_no_difference(case):
    make_case(case, {"得分!D2": "18", "得分!A2": " 甲局\n"})
    assert since(case) == ["数据.xlsx：文件有变动，但读取的内容没有变"]


def test_a_reorder_is_told_as_a_reorder(case):
    make_case(case, sheets=altered(得分=[SHEETS["得分"][0], *SHEETS["得分"][:0:-1]]))
    assert since(case) == ["数据.xlsx[得分]：行的次序有变动（9 行换了位置，不影响内容）"]


def test_a_cell_changed_in_a_reordered_sheet_is_still_found(case):
    rows = [SHEETS["得分"][0], *copy.deepcopy(SHEETS["得分"][:0:-1])]
    rows[-1][3] = 17
    make_case(case, sheets=altered(得分=rows))
    assert "数据.xlsx[得分]!D11 由 18 改为 17（甲局·党建）" in since(case) and len(since(case)) == 2


def test_a_title_row_or_another_order_of_columns_is_no_change(case):
    rows = [["得分表"], *[[*reversed((row + [None] * 8)[:8])] for row in SHEETS["得分"]]]
    make_case(case, sheets=altered(得分=rows))
    assert since(case) == ["数据.xlsx：文件有变动，但读取的内容没有变"]


def test_rows_that_come_and_go_are_told_and_shift_nothing(case):
    rows = SHEETS["名册"]
    make_case(case, sheets=altered(名册=[rows[0], ["戊处", "厅机关"], *rows[1:4]]))
    assert since(case) == [
        "数据.xlsx[名册]!第2行：新增一行（戊处·厅机关）",
        "数据.xlsx[名册]!第5行：上次的这一行不再有（丁处·厅机关）",
    ]


def test_a_new_name_of_a_subject_is_a_changed_cell(case):
    make_case(case, {"情形!A2": "丙处", "情形!D2": "会议纪要"})
    assert since(case) == ["数据.xlsx[情形]!A2 由 乙局 改为 丙处（丙处·不得评优）"]


def test_a_new_column_is_told_once(case):
    make_case(case, {"得分!I1": "备注", "得分!I2": "核过", "得分!I3": "核过"})
    assert since(case) == ["数据.xlsx[得分]：新增“备注”列（2 格有内容）"]


# --- files, sheets and settings ---------------------------------------------------------------------------------------


def test_files_that_come_go_or_are_renamed_are_told(case):
    (case / "数据.xlsx").rename(case / "全部数据.xlsx")
    assert since(case) == ["全部数据.xlsx：由 数据.xlsx 改名而来，内容没有变"]
    (case / "情形二.csv").write_text("考核对象,情形,值\n丙处,不得评优,否\n", "utf-8")
    assert "情形二.csv：新增的文件" in since(case)
    assert "情形二.csv：新增的表，按“情形”读取 1 行" in since(case)


def test_a_file_saved_under_another_name_with_a_change_is_compared_with_its_forerunner(case):
    make_case(case, {"得分!D2": 17})
    (case / "数据.xlsx").rename(case / "数据-改.xlsx")
    told = since(case)
    assert "数据-改.xlsx[得分]：上次是 数据.xlsx[得分]" in told
    assert "数据-改.xlsx[得分]!D2 由 18 改为 17（甲局·党建）" in told
    assert not any("新增一行" in line for line in told)


def test_a_sheet_that_is_gone_is_told(case):
    make_case(case, sheets={name: rows for name, rows in SHEETS.items() if name != "情形"})
    assert since(case) == ["数据.xlsx[情形]：不再读取这张“情形”表（上次 1 行）"]


def test_changed_readings_params_and_year_are_told(case):
    make_case(case, year=2020, params="{places: {事业局: 1, 厅机关: 2}}", readings="{quota_rounding: half_up}")
    told = [line for line in since(case) if line.startswith("case.yaml")]
    assert "case.yaml：年度（year）由 2019 改为 2020" in told
    assert "case.yaml：参数 places.厅机关 由 1 改为 2" in told
    assert any(
        line.startswith("case.yaml：读法 quota_rounding 由 ") and line.endswith(" 改为 half_up") for line in told
    )
    assert len(told) == 3


def test_a_comment_in_case_yaml_is_told_as_without_effect(case):
    text = (case / "case.yaml").read_text("utf-8")
    (case / "case.yaml").write_text(f"# 说明\n{text}", "utf-8")
    assert since(case) == ["case.yaml：文件有变动，但没有影响计算的改动"]


# --- ballots are secret -----------------------------------------------------------------------------------------------


def test_a_changed_ballot_is_told_without_its_cell(case):
    make_case(case, {"测评!C2": 9, "测评!D2": 6})
    assert since(case) == ["数据.xlsx：测评表有变动（为保密不列单元格）"]


def test_ballots_in_another_order_are_no_change(case):
    make_case(case, sheets=altered(测评=[SHEETS["测评"][0], *SHEETS["测评"][:0:-1]]))
    assert since(case) == ["数据.xlsx：文件有变动，但读取的内容没有变"]


def test_the_snapshot_holds_nothing_of_ballots_but_one_digest(case):
    with (case.parent / "out" / SNAPSHOT).open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    assert [line for line in lines if line[1] == "测评"] == [["数据.xlsx", "测评", "测评", "保密"]]
    assert [len(line[4]) for line in lines if line[3] == "摘要"] == [64]
    text = (case.parent / "out" / SNAPSHOT).read_text("utf-8")
    assert "民主测评" not in text and "领导小组测评" not in text


def test_the_digest_is_over_all_ballots_not_over_a_sheet_that_could_be_tried(case, tmp_path):
    sheets = altered(测评=SHEETS["测评"][:4], 测评二=[SHEETS["测评"][0], *SHEETS["测评"][4:]])
    parted = take(prepare(make_case(tmp_path / "parted", sheets=sheets)).directory.tables)
    whole = take(prepare(case).directory.tables)
    assert len(parted.secret) == 2 and parted.digest and whole.digest


def test_a_sheet_that_has_become_ballots_shows_none_of_its_cells(case):
    rows = [["考核对象", "评价主体", "优秀"], ["乙局", "民主测评", 7]]
    make_case(case, sheets=altered(情形=rows))
    assert since(case) == ["数据.xlsx：测评表有变动（为保密不列单元格）"]


# --- the snapshot -----------------------------------------------------------------------------------------------------


def test_the_snapshot_reads_back_as_it_was_whatever_stands_in_the_cells(tmp_path):
    odd = ["=1+1", "'=1+1", "''x", "-5", "+a", "@b", 'a"b', "a,b", "a\nb", "\x07", "😀", "\u202eabc", "'"]
    rows = [["考核对象", "情形", "值", "依据"], *[["甲局", "不得评优", "否", text] for text in odd]]
    folder = make_case(tmp_path / "case", sheets={k: v for k, v in SHEETS.items() if k != "情形"})
    with (folder / "=情形.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    snapshot = take(prepare(folder).directory.tables)
    save(snapshot, tmp_path / SNAPSHOT)
    assert load(tmp_path / SNAPSHOT) == snapshot
    with (tmp_path / SNAPSHOT).open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for line in csv.reader(file) for cell in line]
    assert [cell for cell in cells if cell.startswith(("=", "+", "@")) or (cell.startswith("-") and cell != "-5")] == []


def test_the_same_input_gives_the_same_snapshot(case, tmp_path):
    write(assess(case), tmp_path / "again")
    assert (tmp_path / "again" / SNAPSHOT).read_bytes() == (tmp_path / "out" / SNAPSHOT).read_bytes()


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", "文件,工作表,表,行,A\nx,y,没有,表头,a\n".encode(), b"a,b\n1,2\n"]
)
def test_a_damaged_snapshot_is_told_and_files_are_still_compared(case, content):
    (case.parent / "out" / SNAPSHOT).write_bytes(content)
    make_case(case, {"得分!D2": 16})
    lines = tell(changes_since(prepare(case), case.parent / "out"))
    assert "只能比较到文件" in lines[0] and lines[2:] == ["  数据.xlsx：文件有变动"]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"inputs": [1], "time": 1}', '{"inputs": [], "time": ""}'])
def test_a_damaged_record_is_told(case, content):
    (case.parent / "out" / RUN).write_text(content, "utf-8")
    [line] = tell(changes_since(prepare(case), case.parent / "out"))
    assert "读不出来" in line


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path):
    """A project folder whose case has been run."""
    folder = make_case(tmp_path / "data" / "raw" / "小案例")
    write(assess(folder), tmp_path / "data" / "processed" / "小案例")
    return folder


def test_check_finds_the_last_run_of_the_project(project, capsys):
    make_case(project, {"得分!D2": 16})
    assert main(["check", str(project)]) == 0
    out = capsys.readouterr().out
    assert out.index("提示") < out.index("自上次运行（20")
    assert "  数据.xlsx[得分]!D2 由 18 改为 16（甲局·党建）" in out


def test_check_says_nothing_of_runs_where_there_was_none(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["check", str(make_case(tmp_path / "case"))]) == 0
    assert "上次" not in capsys.readouterr().out
    assert main(["check", str(tmp_path / "case"), "--against", str(tmp_path / "none")]) == 0
    assert "没有上次运行的结果" in capsys.readouterr().out


def test_json_stays_a_list_of_problems(project, tmp_path, capsys):
    make_case(project, {"得分!D2": 16})
    assert main(["check", str(project), "--json"]) == 0
    streams = capsys.readouterr()
    assert {row["级别"] for row in json.loads(streams.out)} == {"提示"} and streams.err == ""
    assert main(["check", str(project), "--json", "--changes", str(tmp_path / "变动.csv")]) == 0
    assert isinstance(json.loads(capsys.readouterr().out), list)
    rows = list(csv.DictReader((tmp_path / "变动.csv").read_text("utf-8-sig").splitlines()))
    assert rows == [
        {
            "文件": "数据.xlsx",
            "工作表": "得分",
            "单元格": "D2",
            "变动": "改动",
            "原来": "18",
            "现在": "16",
            "涉及": "甲局·党建",
        }
    ]


def test_a_long_list_is_cut_on_the_screen_and_whole_in_the_file(project, tmp_path, capsys):
    rows = [SHEETS["名册"][0], *[[f"新{i}处", "厅机关"] for i in range(70)]]
    make_case(project, sheets=altered(名册=rows))
    main(["check", str(project), "--changes", str(tmp_path / "变动.csv")])
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    assert len(told) == 51 and told[-1].startswith("  另有 22 处")
    assert len((tmp_path / "变动.csv").read_text("utf-8-sig").splitlines()) == 73
