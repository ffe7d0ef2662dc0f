"""Bad input beyond the worked bad cases (test_bad_cases): what is skipped, what is harmless, what is told beside."""

from __future__ import annotations

import openpyxl
import pytest
from offices import SHEETS, make_case, told

from kaohe_tools.assess import check


def test_the_office_itself_has_no_problem(tmp_path):
    assert told(check(make_case(tmp_path / "case"))) == []


def test_blank_points_are_a_warning_and_the_row_is_not_scored(tmp_path):
    problems = check(make_case(tmp_path / "case", {"指标!F6": None}))
    assert not problems.errors
    assert ("指标!F6", "分值空白，本行不计分（指标“业务一”）") in told(problems, "警告")
    assert ("得分!C8", "指标“业务一”没有分值，得分不计入") in told(problems, "提示")


def test_an_error_value_is_an_error_at_its_cell(tmp_path):
    folder = make_case(tmp_path / "case")
    book = openpyxl.load_workbook(folder / "数据.xlsx")
    book["得分"]["D2"] = "#DIV/0!"
    book["得分"]["D2"].data_type = "e"
    book.save(folder / "数据.xlsx")
    assert told(check(folder), "错误") == [("得分!D2", "得分是错误值 #DIV/0!")]


def test_scores_and_ballots_for_one_part_are_an_error(tmp_path):
    sheets = {**SHEETS, "得分": [*SHEETS["得分"], ["甲局", None, "民主测评", 18]]}
    found = told(check(make_case(tmp_path / "case", sheets=sheets)), "错误")
    assert found == [("测评!B2", "“民主测评”既有测评又有得分（另见 数据.xlsx[得分]!D12）")]


def test_an_unknown_name_comes_with_the_nearest_known_one(tmp_path):
    problems = check(make_case(tmp_path / "case", {"情形!B2": "不能评优"}))
    assert [p.advice for p in problems.errors] == ["是不是“不得评优”？请核对"]


def test_a_broken_roster_row_is_told_once_and_not_for_each_of_its_scores(tmp_path):
    problems = check(make_case(tmp_path / "case", {"名册!B4": "厅机"}))
    assert [where for where, _ in told(problems, "错误")][:1] == ["名册!B4"]
    assert not [message for _, message in told(problems, "错误") if "名册里没有“丙处”" in message]


HARMLESS = {
    "full-width digits": {"得分!D2": "１８", "测评!C2": "１０"},
    "numbers as text": {"得分!D2": " 18.0 "},
    "white space in names": {"得分!A2": "甲　局", "名册!A2": "甲 局", "指标!B6": "丙\n处"},
    "a score out of a hundred": {"得分!D2": 90, "得分!E2": 100},
    "a score with a quarter's mark beside the year's": {
        "得分!A12": "甲局", "得分!C12": "党建", "得分!D12": 3, "得分!H12": "2019Q2",
    },
    "a total row": {"得分!A12": "合计", "得分!D12": 351},
    "a remark under the table": {"得分!A12": "注：得分保留一位小数"},
    "a date as Excel keeps it": {"台账!F2": 43605},
    "a date in Chinese": {"台账!F2": "2019年5月20日"},
}  # fmt: skip


@pytest.mark.parametrize("name", HARMLESS)
def test_is_harmless_and_changes_no_result(name, tmp_path):
    from kaohe_tools.assess import assess
    from kaohe_tools.outputs import tables

    plain = tables(assess(make_case(tmp_path / "plain")))
    changed = tables(assess(make_case(tmp_path / "changed", HARMLESS[name])))
    for table in ("结果", "理由", "名额", "运用"):
        assert changed[table].equals(plain[table]), table


def test_title_rows_above_the_header_are_skipped_and_told(tmp_path):
    sheets = {**SHEETS, "得分": [["2019年度得分"], [], *SHEETS["得分"]]}
    problems = check(make_case(tmp_path / "case", sheets=sheets))
    assert told(problems) == []
    assert ("得分", "按“得分”读取 10 行；未计：表头上方的行 第1–2行") in told(problems, "提示")


def test_a_sheet_without_a_known_header_is_told_and_not_read(tmp_path):
    sheets = {**SHEETS, "说明": [["本表由考核办填写"]], "旧得分": [["考核对象", "指标", "分数"], ["甲局", "党建", 18]]}
    problems = check(make_case(tmp_path / "case", sheets=sheets))
    assert told(problems, "警告") == [("旧得分", "没有读取：像“得分”表，但缺列 得分或完成值")]
    assert ("说明", "不是数据表（没有认识的表头），没有读取") in told(problems, "提示")


@pytest.mark.parametrize("missing, expected", [("zero", "按零分计"), ("exclude", "不计入，其余按比例折算")])
def test_a_missing_score_may_count_zero_or_be_left_out(missing, expected, tmp_path):
    problems = check(make_case(tmp_path / "case", {"得分!D2": None}, missing=missing))
    assert not problems.errors
    assert any(where == "得分!D2" and expected in message for where, message in told(problems, "提示"))


def test_votes_that_the_scheme_does_not_name_are_told_and_not_dropped_silently(tmp_path):
    rows = [[*row, extra] for row, extra in zip(SHEETS["测评"], ["很满意", 1, 2, 3, 4, 5, 6], strict=True)]
    rows = [[*row[:7], *([None] if len(row) == 8 else []), *row[7:]] for row in rows]
    problems = check(make_case(tmp_path / "case", sheets={**SHEETS, "测评": rows}))
    assert not problems.errors
    assert [message for _, message in told(problems, "警告")] == ["办法里没有“很满意”这种票，这一列没有计入"]


def test_columns_that_are_not_read_are_told(tmp_path):
    sheets = {
        **SHEETS,
        "名册": [["序号", *SHEETS["名册"][0]], *([i, *row] for i, row in enumerate(SHEETS["名册"][1:]))],
    }
    assert ("名册", "没有用到的列：序号") in told(check(make_case(tmp_path / "case", sheets=sheets)), "提示")
