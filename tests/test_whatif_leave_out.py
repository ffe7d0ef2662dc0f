"""Leave one out: what the closed form says is what an assessment without it says."""

from __future__ import annotations

import shutil

import openpyxl
import pytest
from offices import SHEETS, make_case
from whatif_cases import RAW, base

from kaohe_tools.assess import assess
from kaohe_tools.whatif import leave_out as module
from kaohe_tools.whatif.compare import holds_best
from kaohe_tools.whatif.leave_out import INDICATOR, RATER, VOTERS, leave_out
from kaohe_tools.whatif.leaving import leave_out_table
from kaohe_tools.whatif.scenario import Scenario
from kaohe_tools.whatif.variant import base_of, vary


def _same(own, one, then) -> bool:
    """Does an assessment say what a left-out entry says of its category?"""
    here = (own.assessment.subjects["stage"] == one.stage) & (own.assessment.subjects["category"] == one.category)
    numbers = own.assessment.subjects.index[here]
    moves = own.assessment.grades.loc[numbers, "rank"] - then.grades.loc[numbers, "rank"]
    was, new = holds_best(own.assessment)[numbers], holds_best(then)[numbers]
    gains, loses = tuple(numbers[new & ~was]), tuple(numbers[was & ~new])
    return {n: m for n, m in moves.items() if m} == dict(one.moves) and (gains, loses) == (one.gains, one.loses)


@pytest.mark.parametrize("name", ["qinghai-2019", "qinghai-2023", "zaozhuang", "zhashui-2022"])
def test_all_at_once_says_what_one_by_one_says(name):
    own = base(name)
    found = [one for one in leave_out(own, [INDICATOR]) if one.moves]
    for one in found[:: max(len(found) // 5, 1)]:
        subjects = own.assessment.subjects
        numbers = subjects.index[(subjects["stage"] == one.stage) & (subjects["category"] == one.category)]
        groups = module._groups(own, one.stage, one.category, numbers, None)
        group = next(g for g in groups if (g.kind, g.name, g.project) == (one.kind, one.name, one.project))
        assert module._reassessed(own, one.stage, one.category, numbers, group) == one


def test_an_indicator_left_out_is_an_indicator_taken_off_the_sheets(tmp_path):
    own = base_of(make_case(tmp_path / "case"))
    one = next(one for one in leave_out(own, [INDICATOR]) if (one.category, one.name) == ("厅机关", "党建"))
    sheets = {
        **SHEETS,
        "指标": [row for row in SHEETS["指标"] if row[:1] != ["厅机关"] or row[4] != "党建"],
        "得分": [row for row in SHEETS["得分"] if row[2] != "党建" or row[0] not in ("丙处", "丁处")],
    }
    assert one.concerned == 2
    assert _same(own, one, assess(make_case(tmp_path / "hand", sheets=sheets)))


def test_a_voter_group_left_out_leaves_its_points_to_the_others_of_its_part():
    own = base("zhashui-2022")
    one = next(o for o in leave_out(own, [VOTERS]) if (o.category, o.name) == ("县直部门", "群众评价"))
    # 社会评价 15 = 同级互评 3 + 上级评价 4 + 各界代表评价 3 + 群众评价 5; without the last the three share 15
    points = {"同级互评": 4.5, "上级评价": 6, "各界代表评价": 4.5, "群众评价": 0}
    scenario = Scenario(points={f"单位:县直部门:{part}": value for part, value in points.items()})
    assert one.moves and _same(own, one, vary(own, scenario).assessment)


def test_a_whole_part_left_out_leaves_its_points_to_all_others():
    own = base("zaozhuang")
    one = next(o for o in leave_out(own, [VOTERS]) if (o.stage, o.category) == ("工作人员", "县级"))
    without = Scenario(points={"工作人员:县级:民主测评": 0})
    assert one.name == "民主测评" and one.moves and _same(own, one, vary(own, without).assessment)


def test_an_examiner_left_out_is_an_examiner_whose_rows_are_deleted(tmp_path):
    second = [[*row[:3], row[3] - 9 if row[0] == "乙局" else row[3], None, "李四"] for row in SHEETS["得分"][1:]]
    first = [[*row[:4], None, "张三"] for row in SHEETS["得分"][1:]]
    sheets = {**SHEETS, "得分": [SHEETS["得分"][0], *first, *second]}
    own = base_of(make_case(tmp_path / "case", {}, sheets))
    found = leave_out(own, [RATER])
    assert [(one.category, one.name) for one in found] == [
        *(("事业局", "张三"), ("事业局", "李四"), ("厅机关", "张三"), ("厅机关", "李四"))
    ]
    for one in found:
        kept = {**sheets, "得分": [row for row in sheets["得分"] if row[-1] != one.name or len(row) < 6]}
        assert _same(own, one, assess(make_case(tmp_path / f"{one.category}{one.name}", {}, kept)))
    table = leave_out_table(own.assessment, found)
    assert table.loc[table["类别"] == "厅机关", "说明"].tolist() == [
        *("剔除评分人“张三”后，名次和等次都不变", "剔除评分人“李四”后，名次和等次都不变")
    ]


def test_who_gets_and_who_loses_the_best_grade_is_said():
    own = base("qinghai-2019")
    table = leave_out_table(own.assessment, leave_out(own, [INDICATOR]))
    row = table[table["剔除"] == "普查基地与新增资源量"].iloc[0]
    assert row["说明"] == (
        "剔除指标“普查基地与新增资源量”后，2 个对象名次变动，最多 1 位"
        "（省地质矿产勘查开发局升 1 位、省核工业地质局降 1 位）；省地质矿产勘查开发局得优秀；省核工业地质局失优秀"
    )
    assert (row["得最好等次"], row["失最好等次"], row["数据"]) == ("省地质矿产勘查开发局", "省核工业地质局", "演示数据")


def test_a_voter_group_too_small_to_be_shown_is_passed_over(tmp_path):
    few = {"测评!C4": 2, "测评!D4": 0}
    own, notes = base_of(make_case(tmp_path / "case", few)), []
    found = leave_out(own, [VOTERS], notes)
    assert [(one.category, one.name) for one in found] == [("事业局", "民主测评"), ("厅机关", "负责人和群众测评")]
    assert notes == ["单位·厅机关的“领导小组测评”有效票不足 5 张，为保密不单独试算"]


def test_what_cannot_be_left_out_says_why(tmp_path):
    """An examiner who alone scored a subject without any other score."""
    folder = tmp_path / "case"
    shutil.copytree(RAW / "bureau-400", folder)
    own = base_of(folder)
    assert leave_out(own) == []
    book = openpyxl.load_workbook(folder / "考核组评分.xlsx")
    page = book.active
    page.cell(3, 9, "评分人")
    for row in range(4, page.max_row + 1):
        page.cell(row, 9, "张三" if page.cell(row, 2).value else None)
    book.save(folder / "考核组评分.xlsx")
    own = base_of(folder)
    found = leave_out(own)
    assert [one.kind for one in found] == [RATER, RATER]
    assert all(not one.failure and one.concerned for one in found)
