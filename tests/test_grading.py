"""Grades of a small office, worked by hand: who gets the place, who gives way, what stays open, and the words for it.

甲局 (18+70)/100×80 = 70.40, ballots (10×100%+5×80%+3×60%+2×40%)/20×20 = 16.60 → 87.00
乙局 (16+76)/100×80 = 73.60, ballots (12×100%+6×80%+2×60%)/20×20 = 18.00 → 91.60
丙处 (27+28+36)/100×80 = 72.80, ballots (8+2×80%)/10×10 + (30+10×80%+5×60%+5×40%)/50×10 = 9.60+8.60, −0.5 → 90.50
丁处 (24+24+32)/100×80 = 64.00, ballots (6+3×80%+60%)/10×10 + (28+12×80%+8×60%+2×40%)/50×10 = 9.00+8.64 → 81.64
"""

from __future__ import annotations

import pytest
from offices import SHEETS, make_case

from kaohe_tools.assess import assess
from kaohe_tools.outputs import tables


def _assessed(folder, changes=None, **options):
    return tables(assess(make_case(folder, changes, **options)))


def _row(found, subject):
    return found["结果"].set_index("考核对象").loc[subject]


def _reasons(found, subject, step):
    table = found["理由"]
    chosen = table[(table["考核对象"] == subject) & (table["步骤"] == step)]
    return list(zip(chosen["条款"], chosen["说明"], strict=True))


@pytest.mark.parametrize(
    "subject, work, votes, adjust, total, rank, grade",
    [
        ("甲局", "70.40", "16.60", "0.00", "87.00", 2, "良好及以下"),
        ("乙局", "73.60", "18.00", "0.00", "91.60", 1, "优秀"),
        ("丙处", "72.80", "18.20", "-0.50", "90.50", 1, "优秀"),
        ("丁处", "64.00", "17.64", "0.00", "81.64", 2, "良好及以下"),
    ],
)
def test_scores_ranks_and_grades_are_as_worked_by_hand(tmp_path, subject, work, votes, adjust, total, rank, grade):
    row = _row(_assessed(tmp_path / "case"), subject)
    found = (row["目标任务"], row["民主测评"], row["加减分"], row["综合得分"], row["排名"], row["等次"], row["待定"])
    assert found == (work, votes, adjust, total, rank, grade, "")


def test_one_who_may_not_be_excellent_gives_way_to_the_next(tmp_path):
    found = _assessed(tmp_path / "case", {"情形!C2": "是"})
    assert (_row(found, "乙局")["等次"], _row(found, "甲局")["等次"]) == ("良好及以下", "优秀")
    assert ("考核办认定", "情形“不得评优”为是（考核办的认定，方案没有这一条），最高定为良好及以下") in _reasons(
        found, "乙局", "限制"
    )
    assert _reasons(found, "甲局", "名额") == [
        (
            "五(五)",
            "事业局优秀名额 1 个，排名第 2，乙局不能定为优秀，名额顺延，定为优秀",
        )
    ]


def test_a_tie_for_the_last_place_stays_open_and_nobody_moves_up(tmp_path):
    tie = {"得分!D4": 18, "得分!D5": 70, **{f"测评!{c}3": SHEETS["测评"][1]["ABCDEFG".index(c)] for c in "CDEFG"}}
    found = _assessed(tmp_path / "case", tie)
    for subject in ("甲局", "乙局"):
        row = _row(found, subject)
        assert (row["综合得分"], row["排名"], row["等次"], row["待定"]) == ("87.00", 1, "", "并列待定")
        assert "争事业局最后 1 个优秀名额" in _reasons(found, subject, "待定")[0][1]
    quota = found["名额"].set_index("类别").loc["事业局"]
    assert (quota["名额"], quota["已用"]) == (1, 0)


def test_ties_within_the_quota_all_get_a_place(tmp_path):
    tie = {"得分!D4": 18, "得分!D5": 70, **{f"测评!{c}3": SHEETS["测评"][1]["ABCDEFG".index(c)] for c in "CDEFG"}}
    found = _assessed(tmp_path / "case", tie, params="{places: {事业局: 2, 厅机关: 1}}")
    assert [_row(found, s)["等次"] for s in ("甲局", "乙局")] == ["优秀", "优秀"]


def test_places_nobody_may_take_stay_open(tmp_path):
    sheets = {**SHEETS, "情形": [*SHEETS["情形"], ["甲局", "不得评优", "是", "会议纪要"]]}
    found = _assessed(tmp_path / "case", {"情形!C2": "是"}, sheets=sheets)
    quota = found["名额"].set_index("类别").loc["事业局"]
    assert (quota["参加数"], quota["名额"], quota["已用"]) == (2, 1, 0)


def test_parts_that_do_not_add_up_are_scaled_pro_rata(tmp_path):
    # 厅机关 丙处: points 30+30+50 = 110, scores 27+28+36 = 91 → 91/110×80 = 66.1818… → 66.18
    found = _assessed(tmp_path / "case", {"指标!F6": 50})
    assert _row(found, "丙处")["目标任务"] == "66.18"


def test_several_examiners_are_averaged(tmp_path):
    rows = [["丙处", "重点", "业务一", 28, None, "张"], ["丙处", "重点", "业务一", 25, None, "李"]]
    sheets = {**SHEETS, "得分": [row for row in SHEETS["得分"] if row[:3] != ["丙处", "重点", "业务一"]] + rows}
    # (27 + (28+25)/2 + 36)/100×80 = 71.60
    found = _assessed(tmp_path / "case", sheets=sheets)
    assert _row(found, "丙处")["目标任务"] == "71.60"
    trail = found["明细"]
    cell = trail[(trail["考核对象"] == "丙处") & (trail["考核项目"] == "重点")].iloc[0]
    assert (cell["得分"], cell["规则"], cell["单元格"]) == ("26.5", "2人评分的平均；×80/100", "D11、D12")


def test_tallies_of_one_voter_group_in_several_rows_are_pooled(tmp_path):
    # 6+2 优秀, 1+1 良好 … the same votes as one row
    split = [["丙处", "领导小组测评", 5, 1], ["丙处", "领导小组测评", 3, 1]]
    sheets = {**SHEETS, "测评": [row for row in SHEETS["测评"] if row[:2] != ["丙处", "领导小组测评"]] + split}
    assert _row(_assessed(tmp_path / "case", sheets=sheets), "丙处")["民主测评"] == "18.20"


def test_a_missing_score_that_is_left_out_gives_its_points_to_the_rest(tmp_path):
    # 甲局 without 党建: 70/80×80 = 70.00
    found = _assessed(tmp_path / "case", {"得分!D2": None}, missing="exclude")
    assert _row(found, "甲局")["目标任务"] == "70.00"
    assert _row(_assessed(tmp_path / "zero", {"得分!D2": None}, missing="zero"), "甲局")["目标任务"] == "56.00"


def test_ledger_entries_on_or_after_the_cut_off_do_not_count_and_are_told(tmp_path):
    found = _assessed(tmp_path / "case", cutoff="2019-05-20")
    assert _row(found, "丙处")["加减分"] == "0.00"
    assert _reasons(found, "丙处", "台账") == [
        ("五(一)4", "述职超时“集中述职” -0.5 分不计：日期 2019-05-20 在截止日 2019-05-20 当日或以后，不计")
    ]
    assert _row(_assessed(tmp_path / "later", cutoff="2019-05-21"), "丙处")["加减分"] == "-0.50"


def test_what_follows_from_a_grade_is_listed_with_its_article(tmp_path):
    uses = _assessed(tmp_path / "case")["运用"]
    assert set(uses["考核对象"]) == {"乙局", "丙处"}
    assert set(uses["条款"]) == {"五(六)"}


def test_a_grade_from_another_body_is_turned_into_points(tmp_path):
    sheets = {**SHEETS, "名册": [*SHEETS["名册"], ["戊州局", "市州局"]]}
    sheets["指标"] = [
        *SHEETS["指标"],
        [None, "戊州局", "党政建设", "", "党建", 20],
        [None, "戊州局", "个性指标", "", "业务", 80],
    ]
    sheets["得分"] = [*SHEETS["得分"], ["戊州局", None, "党建", 20], ["戊州局", None, "业务", 80]]
    votes = [["戊州局", "领导小组测评", 10, 0, 0, 0, 0], ["戊州局", "负责人和群众测评", 10, 0, 0, 0, 0]]
    sheets["测评"] = [*SHEETS["测评"], *votes]
    sheets["情形"] = [*SHEETS["情形"], ["戊州局", "地方党委考核", "一般", "州委通知"]]
    found = _assessed(tmp_path / "case", sheets=sheets)
    assert (_row(found, "戊州局")["民主测评"], _row(found, "戊州局")["综合得分"]) == ("18.00", "98.00")
    trail = found["明细"].set_index("部分").loc["地方党委考核"]
    assert (trail["得分"], trail["规则"], trail["工作表"]) == ("3", "地方党委考核“一般”折算", "情形")
