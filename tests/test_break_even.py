"""Break-even weights: at each the grade differs, just before it does not; checked by hand and by reassessment."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from offices import SHEETS, make_case
from whatif_cases import base

from kaohe_tools.exact import hundredths, publish
from kaohe_tools.whatif.break_even import (
    BEST,
    CLOSED,
    SEARCHED,
    break_evens,
    parts_of,
    standings,
)
from kaohe_tools.whatif.compare import holds_best
from kaohe_tools.whatif.lines import STEP, Line, published_exactly
from kaohe_tools.whatif.overtaking import overtakings
from kaohe_tools.whatif.robust.engine import take_stage
from kaohe_tools.whatif.scenario import Scenario
from kaohe_tools.whatif.turning import break_even_table, overtaking_table
from kaohe_tools.whatif.variant import base_of, vary

# Where each scheme's grades hang on something else: places by group, by share, bars and last places, pools by unit.
SAMPLES = [
    ("qinghai-2019", "单位", "厅机关", "负责人和群众测评"),
    ("qinghai-2019", "单位", "事业局", "目标任务"),
    ("qinghai-2023", "单位", "厅机关", "目标责任"),
    ("qinghai-2023", "处级干部", "厅直属单位", "群众满意度测评"),
    ("zaozhuang", "市直部门", "市直部门", "党的建设"),
    ("zaozhuang", "区市", "区市", "业务目标"),
    ("zaozhuang", "工作人员", "科级及以下", "民主测评"),
    ("zhashui-2022", "单位", "县直部门", "目标任务"),
    ("zhashui-2022", "单位", "镇办", "社会评价"),
    ("zhashui-2022", "科级干部", "其他", "单位得分"),
    ("zhashui-2022", "科级干部", "部门正职", "上级评价"),
]
IDS = ["·".join(sample) for sample in SAMPLES]


def _weighed(own, stage, category, part, step):
    """The whole case assessed again with a part at so many hundredths of a point."""
    return vary(own, Scenario(points={f"{stage}:{category}:{part}": step / STEP})).assessment


def _has_best(own, stage, category, part, step, number):
    return bool(holds_best(_weighed(own, stage, category, part, step))[number])


@pytest.fixture
def two_bureaus(tmp_path):
    """Of 甲局 all voters think the best, 乙局 does its tasks better: 0.88w + (100 − w) against 0.92w + 0.9(100 − w)."""
    votes = {"测评!C2": 20, "测评!D2": 0, "测评!E2": 0, "测评!F2": 0}
    return base_of(make_case(tmp_path / "case", votes))


def _of(own, name, part, found):
    number = own.assessment.subjects.index[own.assessment.subjects["subject"] == name][0]
    return next(one for one in found if one.subject == number and one.part == part)


# --- by hand ----------------------------------------------------------------------------------------------------------


def test_two_bureaus_change_places_where_pencil_and_paper_say(two_bureaus):
    found = break_evens(two_bureaus, categories=["事业局"])
    first, second = (_of(two_bureaus, name, "目标任务", found) for name in ("乙局", "甲局"))
    # 71.45: 甲 91.426 and 乙 91.429 are both published as 91.43, so the only place stays open
    assert (first.has_best, first.nearest.step, first.up) == (True, 7145, None)
    # 71.37: 甲 91.4356 is 91.44, 乙 91.4274 is 91.43
    assert (second.has_best, second.nearest.step, second.up) == (False, 7137, None)
    assert (first.nearest.rivals, second.nearest.rivals) == ((second.subject,), (first.subject,))
    votes = _of(two_bureaus, "甲局", "民主测评", found)
    assert votes.nearest.step == 10000 - 7137 and votes.down is None


def test_the_table_says_it_in_a_sentence(two_bureaus):
    found = break_evens(two_bureaus, categories=["事业局"], parts=["目标任务"])
    rows = break_even_table(two_bureaus.assessment, found).set_index("考核对象").to_dict("index")
    assert rows["甲局"] == {
        "环节": "单位", "类别": "事业局", "编号": "", "部分": "目标任务", "现分值": "80", "临界分值": "71.37",
        "变动": "-8.63", "方向": "得优秀", "增到": "", "减到": "71.37", "对手": "乙局", "方法": "闭式", "步长": "0.01",
        "说明": "“目标任务”由 80 分减到 71.37 分（其余按比例增加），得优秀，此消彼长的是乙局",
    }  # fmt: skip
    assert (rows["乙局"]["变动"], rows["乙局"]["方向"], rows["乙局"]["对手"]) == ("-8.55", "失优秀", "甲局")


def test_that_later_stages_are_not_looked_at_is_told_where_they_go_by_this_one(two_bureaus):
    own = base("zhashui-2022")
    table = break_even_table(
        own.assessment, break_evens(own, categories=["镇办", "其他"], parts=["目标任务", "上级评价"])
    )
    notes = table.groupby("环节")["备注"].unique()
    assert notes["单位"].tolist() == [
        "改单位环节的分值，这里只看单位环节自己的结果；后面的领导班子、科级干部会不会跟着变，请用 --set 试"
    ]
    assert notes["科级干部"].tolist() == [""]
    assert "备注" not in break_even_table(two_bureaus.assessment, break_evens(two_bureaus))


def test_a_rival_is_overtaken_where_published_scores_pass_each_other(two_bureaus):
    subjects = two_bureaus.assessment.subjects["subject"]
    own, rival = (int(subjects.index[subjects == name][0]) for name in ("甲局", "乙局"))
    tasks = next(one for one in overtakings(two_bureaus, own, rival) if one.part == "目标任务")
    assert (tasks.ahead, tasks.nearest.step, tasks.crossing) == (False, 7137, Fraction(1000, 14))
    behind = next(one for one in overtakings(two_bureaus, rival, own) if one.part == "目标任务")
    assert (behind.ahead, behind.nearest.step) == (True, 7137)
    row = overtaking_table(two_bureaus.assessment, [tasks]).iloc[0]
    assert (row["方向"], row["交点"], row["对手"]) == ("反超", "71.4286", "乙局")


def test_a_part_too_few_voted_on_is_not_looked_at(tmp_path):
    few = {"测评!C2": 2, "测评!D2": 1, "测评!E2": 0, "测评!F2": 0, "测评!G2": 0}
    own, notes = base_of(make_case(tmp_path / "case", few)), []
    found = break_evens(own, notes=notes)
    assert {one.category for one in found} == {"厅机关"}
    assert "单位·事业局的“民主测评”有效票不足 5 张，为保密不单独试算" in notes
    subjects = own.assessment.subjects.index[own.assessment.subjects["category"] == "事业局"]
    assert overtakings(own, *map(int, subjects)) == []


def test_subjects_of_two_categories_do_not_overtake_by_one_weight(two_bureaus):
    subjects = two_bureaus.assessment.subjects
    numbers = [int(subjects.index[subjects["category"] == name][0]) for name in ("事业局", "厅机关")]
    with pytest.raises(ValueError, match="one category"):
        overtakings(two_bureaus, *numbers)


def test_stages_without_grades_have_no_break_even_but_rivals_are_overtaken():
    own = base("bureau-400")
    assert break_evens(own) == []
    for one in (one for one in overtakings(own, 0, 1) if one.nearest):
        step = one.nearest.step
        toward = step - 1 if step > one.today * STEP else step + 1
        gaps = [
            np.subtract(*hundredths(_weighed(own, one.stage, one.category, one.part, k).scores["composite"])[[0, 1]])
            for k in (step, toward)
        ]
        today = np.subtract(*hundredths(own.assessment.scores["composite"])[[0, 1]])
        assert (today > 0) == one.ahead
        assert (gaps[0] < 0, gaps[1] < 0) == (True, False) if one.ahead else (gaps[0] > 0, gaps[1] > 0) == (True, False)


# --- by reassessment --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sample", SAMPLES, ids=IDS)
def test_the_grade_differs_at_a_break_even_and_not_one_hundredth_before(sample):
    name, stage, category, part = sample
    own = base(name)
    found = break_evens(own, [stage], [category], [part])
    assert {one.way for one in found} == {CLOSED}
    turning = [(one, turn) for one in found for turn in (one.up, one.down) if turn]
    assert turning, "the sample says nothing"
    for one, turn in turning[:: max(len(turning) // 2, 1)][:2]:
        toward = turn.step - 1 if turn.step > one.today * STEP else turn.step + 1
        assert _has_best(own, stage, category, part, turn.step, one.subject) != one.has_best
        assert _has_best(own, stage, category, part, toward, one.subject) == one.has_best


@pytest.mark.parametrize("sample", SAMPLES, ids=IDS)
def test_at_any_weight_the_closed_form_gives_the_standing_of_a_reassessment(sample):
    name, stage, category, part = sample
    own = base(name)
    taken = take_stage(own.prepared, own.worth, own.case, stage)
    weight = next(weight for one, weight in parts_of(taken.stage, category) if one.name == part)
    steps = np.linspace(0, int(weight.total) * STEP, 4).astype(int) + np.array([0, 7, 13, 0])
    closed = standings(own, taken, category, weight)(steps)
    for k, step in enumerate(steps):
        then = _weighed(own, stage, category, part, int(step))
        index = taken.view.frame.index
        assert ((closed[:, k] == BEST) == holds_best(then)[index]).all(), step
        assert ((closed[:, k] == 1) == (then.grades.loc[index, "pending"] != "")).all(), step


def test_today_is_reproduced_for_the_parts_of_every_category():
    for name in ("qinghai-2019", "qinghai-2023", "zaozhuang", "zhashui-2022"):
        own = base(name)
        for stage, category in own.present:
            taken = take_stage(own.prepared, own.worth, own.case, stage)
            for _, weight in parts_of(taken.stage, category)[:2]:
                closed = standings(own, taken, category, weight)(np.array([int(weight.today * STEP)]))[:, 0]
                assert ((closed == BEST) == holds_best(own.assessment)[taken.view.frame.index]).all()


def test_where_parts_are_left_out_the_weights_are_found_by_reassessment(tmp_path):
    rows = [row for row in SHEETS["测评"] if row[:2] != ["丙处", "领导小组测评"]]
    own = base_of(make_case(tmp_path / "case", {"得分!D7": 20}, {**SHEETS, "测评": rows}, missing="exclude"))
    found = break_evens(own, categories=["厅机关"], parts=["目标任务"])
    assert {one.way for one in found} == {SEARCHED}
    turning = [(one, turn) for one in found for turn in (one.up, one.down) if turn]
    assert turning
    for one, turn in turning:
        toward = turn.step - 1 if turn.step > one.today * STEP else turn.step + 1
        assert _has_best(own, one.stage, one.category, one.part, turn.step, one.subject) != one.has_best
        assert _has_best(own, one.stage, one.category, one.part, toward, one.subject) == one.has_best


# --- exact scores -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["46.345", "92.345", "0.005", "-0.005", "2.675", "1.0049999999", "99.995", "-3.335"])
def test_a_score_is_published_as_the_engine_publishes_it(text):
    assert published_exactly(Fraction(text)) == hundredths([float(text)])[0]


def test_scores_by_weight_are_rounded_half_up_in_decimal_at_every_weight():
    # 0.9w + 0.85(100 − w) meets a half at every tenth hundredth; binary floats would not
    line = Line([Fraction(85)], [Fraction("0.05")])
    steps = np.arange(0, 10001)
    exact = [published_exactly(Fraction(85) + Fraction(int(step), 2000)) for step in steps]
    assert line.published(steps)[0].tolist() == exact
    assert exact[1000] == 8550 and exact[10] == 8501 and exact[9] == 8500


def test_affine_scores_are_those_of_the_assessment(two_bureaus):
    then = _weighed(two_bureaus, "单位", "事业局", "目标任务", 7145)
    assert publish(then.scores["composite"])[:2].tolist() == [91.43, 91.43]
    assert then.grades["pending"].tolist()[:2] == ["并列待定", "并列待定"]
