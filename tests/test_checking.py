"""Bad input: every problem of the contract is an error or a warning at its cell, all in one go."""

from __future__ import annotations

import re

import openpyxl
import pytest
from offices import SHEETS, make_case, told

from kaohe_tools.assess import check

# what is changed → where it is told and in which words; each is an error
ERRORS: dict[str, tuple[dict[str, object], str, str]] = {
    "a score above its points": ({"得分!D2": 21}, "得分!D2", "得分 21 高于分值 20（指标“党建”）"),
    "a score above its full marks": ({"得分!D2": 90, "得分!E2": 80}, "得分!D2", "得分 90 高于满分 80"),
    "a negative score": ({"得分!D2": -1}, "得分!D2", "得分 -1 是负数"),
    "full marks that are not positive": ({"得分!E2": 0}, "得分!E2", "满分 0 不是正数"),
    "a score that is no number": ({"得分!D2": "约18"}, "得分!D2", "得分“约18”不是数字"),
    "a score that is true": ({"得分!D2": True}, "得分!D2", "得分“True”不是数字"),
    "a blank score": ({"得分!D2": None}, "得分!D2", "“甲局”缺少“党建”的得分"),
    "an unknown subject": ({"得分!A2": "甲司"}, "得分!A2", "名册里没有“甲司”"),
    "a blank subject": ({"得分!A2": None}, "得分!A2", "考核对象空白"),
    "an unknown indicator": ({"得分!C2": "党建设"}, "得分!C2", "“甲局”没有指标或部分“党建设”"),
    "an indicator that needs its item": ({"得分!B7": None}, "得分!C7", "“丙处”有 2 个指标叫“业务一”"),
    "a duplicate score": ({"得分!B7": "其他"}, "得分!D8", "“业务一”的得分重复（另见 数据.xlsx[得分]!D7）"),
    "a sub-score where nothing is blended": ({"得分!G2": "平时"}, "得分!G2", "不分来源"),
    "points that are not positive": ({"指标!F2": 0}, "指标!F2", "分值 0 不是正数"),
    "negative points": ({"指标!F2": -20}, "指标!F2", "分值 -20 不是正数"),
    "points that are no number": ({"指标!F2": "二十"}, "指标!F2", "分值“二十”不是数字"),
    "an unknown category of indicators": ({"指标!A2": "事业单位"}, "指标!A2", "没有类别“事业单位”"),
    "an unknown part": ({"指标!C2": "党政"}, "指标!C2", "没有由指标构成的部分“党政”"),
    "an indicator without a name": ({"指标!E2": None}, "指标!E2", "指标空白"),
    "a duplicate indicator": ({"指标!D6": "重点"}, "指标!E6", "指标“业务一”重复（另见 数据.xlsx[指标]!E5）"),
    "an indicator of nobody": ({"指标!A2": None}, "指标!B2", "考核对象和类别都空白"),
    "a category that contradicts the roster": ({"指标!A6": "事业局"}, "指标!A6", "类别“事业局”与名册不符"),
    "an unknown category": ({"名册!B2": "事业"}, "名册!B2", "没有类别“事业”"),
    "a subject that stands twice": ({"名册!A3": "甲 局"}, "名册!A3", "“甲局”在环节“单位”的名册中重复"),
    "an unknown voter group": ({"测评!B2": "群众测评"}, "测评!B2", "没有以“群众测评”为评价主体的部分"),
    "votes that are not whole": ({"测评!C2": 9.5}, "测评!C2", "优秀“9.5”不是范围内的整数"),
    "negative votes": ({"测评!C2": -1}, "测评!C2", "优秀“-1”不是范围内的整数"),
    "votes that are no number": ({"测评!C2": "十"}, "测评!C2", "优秀“十”不是数字"),
    "no valid vote": ({f"测评!{c}2": 0 for c in "CDEF"}, "测评!C2", "没有有效票"),
    "a blank tally": ({f"测评!{c}2": None for c in "CDEFG"}, "测评!B2", "票数和得分都空白"),
    "votes and marks in one row": ({"测评!H2": 18}, "测评!H2", "同一行既有票数又有得分"),
    "an unknown standard": ({"台账!C2": "述职超"}, "台账!C2", "没有加减分标准“述职超”"),
    "a ledger entry without points": ({"台账!E2": None}, "台账!E2", "标准“述职超时”没有固定分值"),
    "a negative ledger entry": ({"台账!E2": -0.5}, "台账!E2", "分值 -0.5 不是正数"),
    "ledger points without grounds": ({"台账!G2": None}, "台账!E2", "填了分值 0.5 却没有依据"),
    "a count that is not whole": ({"台账!D2": 1.5}, "台账!D2", "次数“1.5”不是范围内的整数"),
    "a count of zero": ({"台账!D2": 0}, "台账!D2", "次数 0 不对"),
    "a date that is none": ({"台账!F2": "2019-02-30"}, "台账!F2", "日期“2019-02-30”不是日期"),
    "an unknown finding": ({"情形!B2": "不能评优"}, "情形!B2", "没有情形“不能评优”"),
    "a finding that is neither yes nor no": ({"情形!C2": "有"}, "情形!C2", "情形“不得评优”的值“有”不对"),
    "a finding without a value": ({"情形!C2": None}, "情形!C2", "情形“不得评优”的值空白"),
    "a formula without a stored value": ({"得分!D2": "=9+9"}, "得分!D2", "没有存计算结果"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_is_an_error_at_its_cell(name, tmp_path):
    changes, cell, words = ERRORS[name]
    found = told(check(make_case(tmp_path / "case", changes)), "错误")
    assert any(where == cell and words in message for where, message in found), found
    follows = "“.+”缺少“.+”的得分|“.+”没有指标或部分“.+”|名册里没有“.+”"  # from what is wrong, or is not known for it
    assert all(where == cell or re.fullmatch(follows, message) for where, message in found), found


# what is changed → where it is told and in which words; each is a warning and the case is assessed
WARNINGS: dict[str, tuple[dict[str, object], str, str]] = {
    "points written as a sum": ({"指标!F2": "15+5"}, "指标!F2", "分值“15+5”按 20 读取"),
    "points that do not add up": ({"指标!F3": 85}, "指标!F3", "“甲局”的“业务”指标分值合计 85，应为 80"),
    "a ledger code out of place": ({"台账!A2": "甲局"}, "台账!C2", "类别“事业局”出现“述职超时”"),
}


@pytest.mark.parametrize("name", WARNINGS)
def test_is_a_warning_at_its_cell(name, tmp_path):
    changes, cell, words = WARNINGS[name]
    problems = check(make_case(tmp_path / "case", changes))
    assert not problems.errors
    assert any(where == cell and words in message for where, message in told(problems, "警告"))


def test_the_office_itself_has_no_problem(tmp_path):
    assert told(check(make_case(tmp_path / "case"))) == []


def test_all_problems_are_told_in_one_go(tmp_path):
    independent = ("a negative score", "an unknown finding", "a date that is none", "votes that are no number")
    changes = {cell: value for name in independent for cell, value in ERRORS[name][0].items()}
    found = [where for where, _ in told(check(make_case(tmp_path / "case", changes)), "错误")]
    assert sorted(found) == sorted(ERRORS[name][1] for name in independent)


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


CASE_FILES = {
    "an unknown key": ({"yeer": 2019}, "不认识的条目“yeer”"),
    "a year that is none": ({"year": "去年"}, "year“去年”不是年份"),
    "an unknown scheme": ({"scheme": "qinghai-2020"}, "没有考核办法“qinghai-2020”"),
    "a reading that the scheme does not declare": ({"readings": "{rounding: floor}"}, "办法没有声明读法“rounding”"),
    "a choice that a reading does not have": ({"readings": "{quota_rounding: up}"}, "读法“quota_rounding”没有选项“up”"),
    "a parameter that the scheme does not have": ({"params": "{place: 3}"}, "办法没有声明参数“place”"),
    "places for an unknown category": ({"params": "{places: {事业: 3}}"}, "参数“places”应按类别写整数"),
    "a way of missing that is none": ({"missing": "ignore"}, "missing“ignore”不在可选范围"),
    "a cut-off that is no date": ({"cutoff": "年底"}, "cutoff“年底”不是日期"),
    "tags that would build objects": ({"title": "!!python/object:os.system x"}, "不允许的标记"),
}


@pytest.mark.parametrize("name", CASE_FILES)
def test_a_flaw_of_case_yaml_is_told_at_its_line(name, tmp_path):
    changes, words = CASE_FILES[name]
    problems = check(make_case(tmp_path / "case", **changes))
    assert any(words in problem.message for problem in problems.errors), [str(p) for p in problems]
    assert all(p.place.cell.startswith("第") for p in problems.errors if p.place.file)


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
