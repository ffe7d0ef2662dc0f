"""The command as a newcomer meets it: exit status, words, and what stays when something goes wrong."""

from __future__ import annotations

import json
import pickle

import pytest
from offices import make_case

from kaohe_tools.case import load_case
from kaohe_tools.cli import main
from kaohe_tools.problems import InputError


def test_check_lists_every_problem_and_exits_with_one(tmp_path, capsys):
    case = make_case(tmp_path / "case", {"得分!D2": 21, "情形!C2": "有"})
    assert main(["check", str(case)]) == 1
    out = capsys.readouterr().out
    assert "错误 数据.xlsx[得分]!D2：得分 21 高于分值 20（指标“党建”）；应在 0 到 20 之间" in out
    assert "错误 数据.xlsx[情形]!C2：情形“不得评优”的值“有”不对；请填 是 或 否" in out
    assert "共错误 2 个" in out


def test_check_of_a_sound_case_exits_with_zero(tmp_path, capsys):
    assert main(["check", str(make_case(tmp_path / "case"))]) == 0
    assert "错误" not in capsys.readouterr().out


def test_check_as_json_is_a_list_with_the_columns_of_the_problem_table(tmp_path, capsys):
    assert main(["check", "--json", str(make_case(tmp_path / "case", {"得分!D2": 21}))]) == 1
    listed = json.loads(capsys.readouterr().out)
    assert listed[0] == {
        "级别": "错误", "文件": "数据.xlsx", "工作表": "得分", "单元格": "D2",
        "问题": "得分 21 高于分值 20（指标“党建”）", "建议": "应在 0 到 20 之间", "考核对象": "",
    }  # fmt: skip
    assert {tuple(row) for row in listed} == {("级别", "文件", "工作表", "单元格", "问题", "建议", "考核对象")}


def test_assess_writes_the_tables_of_the_contract(tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["assess", str(make_case(tmp_path / "case")), "--out", str(out)]) == 0
    tables = ("结果", "明细", "理由", "名额", "运用", "问题", "输入")
    names = ["run.json", "联动.json", *(f"{name}.csv" for name in tables)]
    assert sorted(path.name for path in out.iterdir()) == sorted(names)
    for path in out.glob("*.csv"):
        assert path.read_bytes().startswith(b"\xef\xbb\xbf"), path
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert {"inputs", "scheme", "readings", "params", "versions", "time"} <= set(record)
    assert record["inputs"][0].keys() == {"file", "sha256"}


def test_a_case_with_errors_leaves_earlier_results_whole(tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["assess", str(make_case(tmp_path / "case")), "--out", str(out)]) == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert main(["assess", str(make_case(tmp_path / "case", {"得分!D2": 21})), "--out", str(out)]) == 1
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert "得分 21 高于分值 20" in capsys.readouterr().err
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_folder_of_other_things_is_never_written_over(tmp_path, capsys):
    case, mine = make_case(tmp_path / "例"), tmp_path / "我的文件夹"
    mine.mkdir()
    (mine / "会议纪要.docx").write_bytes(b"x")
    assert main(["assess", str(case), "--out", str(mine)]) == 1
    assert "已存在，而且不是结果文件夹，不能覆盖" in capsys.readouterr().err
    assert [path.name for path in mine.iterdir()] == ["会议纪要.docx"]


def test_what_others_put_beside_the_results_stays_there(tmp_path):
    case, out = make_case(tmp_path / "例"), tmp_path / "结果"
    assert main(["assess", str(case), "--out", str(out)]) == 0
    (out / "批注").mkdir()
    (out / "批注" / "领导意见.txt").write_text("同意", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in out.glob("*.csv")}
    assert main(["assess", str(case), "--out", str(out)]) == 0
    assert (out / "批注" / "领导意见.txt").read_text(encoding="utf-8") == "同意"
    assert {path.name: path.read_bytes() for path in out.glob("*.csv")} == before


def test_problems_tell_the_same_after_a_way_between_processes(tmp_path):
    with pytest.raises(InputError) as caught:
        load_case(tmp_path)
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value) and again.problems.sorted() == caught.value.problems.sorted()


def test_a_file_that_is_no_workbook_is_an_error_and_no_traceback(tmp_path, capsys):
    case = make_case(tmp_path / "case")
    (case / "坏.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    (case / "坏.docx").write_bytes(b"nothing")
    assert main(["check", str(case)]) == 1
    out = capsys.readouterr().out
    assert "错误 坏.xlsx：文件打不开" in out and "错误 坏.docx：文件打不开" in out
    assert "Traceback" not in out


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_files_are_read_in_the_encodings_offices_use(tmp_path, encoding):
    case = make_case(tmp_path / "case", {"情形!B2": "不得评优"})
    text = "考核对象,年度,等次\n甲局,2018,优秀\n"
    (case / "往年.csv").write_bytes(text.encode(encoding))
    assert main(["check", str(case)]) == 0


@pytest.mark.parametrize(
    "words, told",
    [
        ([], "缺少参数"),
        (["check"], "缺少参数：CASE"),
        (["chek", "x"], "没有“chek”"),
        (["assess", "x"], "缺少参数：--out"),
        (["run", "x", "--jobs", "0"], "“0”不是不小于 1 的整数"),
        (["check", "x", "--quiet"], "不认识的参数：--quiet"),
    ],
)
def test_wrong_use_exits_with_two_and_says_why_in_chinese(words, told, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2
    assert told in capsys.readouterr().err


def test_a_category_that_the_case_does_not_have_is_wrong_use(tmp_path, capsys):
    case = make_case(tmp_path / "case")
    assert main(["run", str(case), "--out", str(tmp_path), "--category", "厅机"]) == 2
    assert "没有类别 “厅机”，可选：事业局、厅机关" in capsys.readouterr().err
    assert not (tmp_path / "reports").exists() and not (tmp_path / "data").exists()


def test_a_folder_that_is_no_case_is_told(tmp_path, capsys):
    assert main(["check", str(tmp_path / "none")]) == 1
    assert main(["check", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "没有案例文件夹" in out and "里没有 case.yaml" in out


def test_schemes_lists_them_and_shows_one_in_full(capsys):
    assert main(["schemes"]) == 0
    assert "qinghai-2019  青海省自然资源厅2019年度目标责任考核（环节：单位）" in capsys.readouterr().out
    assert main(["schemes", "qinghai-2019"]) == 0
    out = capsys.readouterr().out
    assert "article: 五(五)" in out and "quota_rounding" in out
    assert main(["schemes", "qinghai"]) == 2
