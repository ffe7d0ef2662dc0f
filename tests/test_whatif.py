"""What if: a variant equals an assessment of files that say so; nothing read is changed; movers are told why."""

from __future__ import annotations

import openpyxl
import pandas as pd
import pytest
import yaml
from offices import SHEETS, make_case
from whatif_cases import (
    CASES,
    base,
    copied,
    fingerprint,
    result,
    result_under,
    set_points,
    with_scheme,
    write_full_marks,
)

from kaohe_tools.assess import assess
from kaohe_tools.problems import InputError
from kaohe_tools.whatif.compare import compare, comparison_table, holds_best, movers_table, side_by_side
from kaohe_tools.whatif.scenario import Correction, IndicatorPoints, Scenario
from kaohe_tools.whatif.telling import summary
from kaohe_tools.whatif.variant import base_of, vary
from kaohe_tools.whatif.weights import points_of

SETTINGS = {
    "bureau-400": {"项目质量": 100, "科室:增收节支": 80},
    "qinghai-2019": {"目标任务": 70},
    "qinghai-2023": {"单位:目标责任": 70, "处级干部:群众满意度测评": 40},
    "zaozhuang": {"市直部门:业务目标": 60, "工作人员:民主测评": 45, "区市:公共目标": 40},
    "zhashui-2022": {"单位:目标任务": 60, "科级干部:上级评价": 40, "镇办正职:单位得分": 30},
}


def _compared(own, scenario):
    variant = vary(own, scenario)
    return compare(own.assessment, variant.assessment, scenario.name or "试", variant.notes)


@pytest.fixture
def office(tmp_path):
    return base_of(make_case(tmp_path / "case"))


# --- the same as files that say so ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_todays_own_points_change_nothing(name):
    own = base(name)
    points = {
        f"{stage}:{category}:{part.name}": part.total(category)
        for stage, category in own.present
        for part in own.case.scheme.stages[stage].parts
        if part.leaves(category)
    }
    variant = vary(own, Scenario("照旧", points))
    assert variant.notes == ()
    pd.testing.assert_frame_equal(result(variant.assessment), result(own.assessment))
    comparison = compare(own.assessment, variant.assessment, "照旧")
    assert comparison.movers.empty
    assert set(comparison_table(comparison)["得分差"]) == {"0.00"}


@pytest.mark.parametrize("name", CASES)
def test_other_points_give_what_a_scheme_with_these_points_gives(name, tmp_path):
    own = base(name)
    scenario = Scenario("试", SETTINGS[name], free=name == "bureau-400")
    variant = vary(own, scenario)
    stages = variant.assessment.case.scheme.stages

    def edit(data):
        for stage, content in data["stages"].items():
            new: dict[str, dict[str, float]] = {}
            for category in own.case.scheme.stages[stage].categories:
                for leaf, points in points_of(stages[stage], category).items():
                    if abs(points - points_of(own.case.scheme.stages[stage], category)[leaf]) > 1e-9:
                        new.setdefault(leaf, {})[category] = points
            set_points(data, stage, new)
            if isinstance(content.get("total"), dict):
                content["total"] = {c: sum(points_of(stages[stage], c).values()) for c in content["total"]}

    folder = with_scheme(name, tmp_path / name, edit)
    write_full_marks(own, folder)
    by_hand = result(assess(folder))
    pd.testing.assert_frame_equal(result(variant.assessment), by_hand)
    assert not by_hand.equals(result(own.assessment))


def test_other_readings_parameters_and_missing_give_what_case_yaml_gives(tmp_path):
    own = base("qinghai-2023")
    scenario = Scenario(readings={"quota_rounding": "ceil"}, params={"cadre_excellent_share": "10%"}, missing="zero")
    folder = copied(
        "qinghai-2023", tmp_path / "case",
        readings={"quota_rounding": "ceil"}, params={"cadre_excellent_share": "10%"}, missing="zero",
    )  # fmt: skip
    pd.testing.assert_frame_equal(result_under(own, scenario), result(assess(folder)))


def test_other_places_and_another_cap_give_what_a_scheme_with_them_gives(tmp_path):
    own = base("qinghai-2023")
    scenario = Scenario(places={"单位": {"事业局": 2, "厅机关": 3, "厅直属单位": 1}}, cap={"": 1.0})

    def edit(data):
        steps = data["stages"]["单位"]["grading"]
        step = next(step for step in steps if "places" in step)
        step["number"] = {"事业局": 2, "厅机关": 3, "厅直属单位": 1}
        del step["share"]
        data["stages"]["单位"]["ledger"]["cap"] = 1

    folder = with_scheme("qinghai-2023", tmp_path / "case", edit)
    pd.testing.assert_frame_equal(result_under(own, scenario), result(assess(folder)))
    shares = Scenario(places={"单位": "30%"})
    pd.testing.assert_frame_equal(result_under(own, shares), result(own.assessment))


def test_without_a_cap_all_entries_count():
    own = base("zhashui-2022")
    free = vary(own, Scenario(cap={"科级干部": None})).assessment
    capped = vary(own, Scenario(cap={"科级干部": 0.0})).assessment
    cadres = own.assessment.subjects.index[own.assessment.subjects["stage"] == "科级干部"]
    assert (capped.scores.loc[cadres, "加减分"] == 0).all()
    assert (free.scores.loc[cadres, "加减分"] != 0).any()


def test_a_corrected_score_gives_what_the_corrected_sheet_gives(office, tmp_path):
    scenario = Scenario(scores=(Correction("丁处", "业务一", score=30, project="重点"), Correction("甲局", "党建", 20)))
    by_hand = assess(make_case(tmp_path / "hand", {"得分!D10": 30, "得分!D2": 20}))
    pd.testing.assert_frame_equal(result_under(office, scenario), result(by_hand))


def test_a_corrected_score_is_in_the_points_of_its_sheet(tmp_path):
    own = base_of(make_case(tmp_path / "case", {"得分!D2": 90, "得分!E2": 100}))
    by_hand = assess(make_case(tmp_path / "hand", {"得分!D2": 45, "得分!E2": 100}))
    scenario = Scenario(scores=(Correction("甲局", "党建", score=45),))
    pd.testing.assert_frame_equal(result_under(own, scenario), result(by_hand))


def test_a_corrected_score_of_one_examiner_leaves_the_others(tmp_path):
    sheets = {**SHEETS, "得分": [*SHEETS["得分"], ["甲局", None, "党建", 10, None, "李四"]]}
    own = base_of(make_case(tmp_path / "case", {"得分!F2": "张三"}, sheets))
    by_hand = assess(make_case(tmp_path / "hand", {"得分!F2": "张三", "得分!D12": 16}, sheets))
    scenario = Scenario(scores=(Correction("甲局", "党建", score=16, rater="李四"),))
    pd.testing.assert_frame_equal(result_under(own, scenario), result(by_hand))


def test_a_corrected_figure_is_scored_by_its_rule():
    own = base("bureau-400")
    scenario = Scenario(scores=(Correction("人事科", "增收节支", done=100),))
    rows = vary(own, scenario).assessment.contributions
    number = own.assessment.subjects.index[own.assessment.subjects["subject"] == "人事科"][0]
    row = rows[(rows["subject"] == number) & (rows["leaf"] == "增收节支")].iloc[0]
    assert row["score"] == 60 and "完成 100" in row["rule"]


def test_points_of_an_indicator_are_taken_from_the_others_of_its_part(office):
    variant = vary(office, Scenario(indicators=(IndicatorPoints("党建", 30, category="事业局"),)))
    scores = variant.assessment.scores["目标任务"].round(9)
    # 乙局: 16/20 of 30 and 76/80 of 70, out of 100, times 80; 甲局: 18/20 of 30 and 70/80 of 70
    assert scores.tolist()[:2] == [72.4, 70.6]
    assert scores.tolist()[2:] == office.assessment.scores["目标任务"].round(9).tolist()[2:]
    free = vary(office, Scenario(indicators=(IndicatorPoints("党建", 30, category="事业局"),), free=True))
    assert free.assessment.scores["目标任务"].round(9)[1] == round((18 / 20 * 30 + 70) / 110 * 80, 9)


# --- nothing is changed, nothing is guessed ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["qinghai-2023", "zhashui-2022"])
def test_a_variant_changes_nothing_of_what_was_read(name):
    own = base(name)
    before = fingerprint(own)
    first = own.assessment.subjects.iloc[0]["subject"]
    item = own.prepared.bound.items.loc[own.prepared.bound.scores["item"].iloc[0]]
    scenario = Scenario(
        "全部", SETTINGS[name], indicators=(IndicatorPoints(item["indicator"], 1.0, subject=first),),
        readings={"quota_rounding": "ceil"}, cap={"": 1.0}, missing="exclude", min_voters=1,
    )  # fmt: skip
    changed = vary(own, scenario)
    assert not result(changed.assessment).equals(result(own.assessment))
    assert fingerprint(own) == before
    pd.testing.assert_frame_equal(result_under(own, Scenario()), result(own.assessment))


WRONG = [
    (Scenario(points={"目标任物": 70}), "没有部分“目标任物”；是不是“目标任务”？请核对"),
    (Scenario(points={"党政建设": 70}), "“党政建设”是“目标任务”里的一类指标，不是部分"),
    (Scenario(points={"厅机:目标任务": 70}), "没有环节或类别“厅机”；是不是“厅机关”？请核对"),
    (Scenario(points={"厅机关:目标任务": 101}), "各部分合计应为 100，写明的共 101"),
    (Scenario(points={"厅机关:目标任务": 80, "厅机关:民主测评": 30}), "各部分合计应为 100，写明的共 110"),
    (Scenario(points={"事业局:领导小组测评": 30}), "没有部分“事业局:领导小组测评”"),
    (Scenario(readings={"quota_round": "ceil"}), "没有声明读法“quota_round”；是不是“quota_rounding”？请核对"),
    (Scenario(readings={"quota_rounding": "up"}), "读法“quota_rounding”没有选项“up”；可选：floor（舍去小数）"),
    (Scenario(params={"place": {}}), "没有声明参数“place”；是不是“places”？请核对"),
    (Scenario(params={"places": {"厅机关": -1}}), "参数“places”的值"),
    (Scenario(places={"单位": "三成"}), "名额“三成”不对；请写整数个数"),
    (Scenario(places={"单位": {"厅机关": 3}}), "还缺：事业局、市州局、厅直属单位"),
    (Scenario(places={"干部": 3}), "没有环节“干部”"),
    (Scenario(scores=(Correction("丙", "党建", 1),)), "名册里没有“丙”；是不是“丙处”？请核对"),
    (Scenario(scores=(Correction("丙处", "党健", 1),)), "没有“丙处”的指标“党健”；是不是“党建”？请核对"),
    (Scenario(scores=(Correction("丙处", "业务一", 1),)), "有多项；请写明考核项目：其他、重点"),
    (Scenario(scores=(Correction("丙处", "党建", 31),)), "得分 31 高于分值 30（指标“党建”）；应在 0 到 30 之间"),
    (Scenario(scores=(Correction("丙处", "党建", done=3),)), "“党建”按得分计，不能由完成值折算；请写得分"),
    (Scenario(scores=(Correction("丙处", "领导小组测评", 3),)), "没有得分可改；由测评票、情形或台账得来的分"),
    (Scenario(scores=(Correction("丙处", "党建", 3, rater="张三"),)), "没有评分人“张三”的得分"),
    (Scenario(indicators=(IndicatorPoints("党健", 3),)), "没有指标“党健”；是不是“党建”？请核对"),
    (Scenario(indicators=(IndicatorPoints("党建", 130),)), "其余没有余地；请改正，或写 其余: 不变"),
]


@pytest.mark.parametrize(("scenario", "told"), WRONG, ids=[told[:12] for _, told in WRONG])
def test_what_means_nothing_in_the_case_is_told_with_the_nearest_name(office, scenario, told):
    with pytest.raises(InputError) as wrong:
        vary(office, scenario)
    assert told in "\n".join(str(problem) for problem in wrong.value.problems)


def test_a_part_of_several_stages_asks_which_is_meant():
    own = base("zhashui-2022")
    with pytest.raises(InputError, match="“上级评价”在多个环节都有：单位、科级干部；请写明环节，如 单位:上级评价"):
        vary(own, Scenario(points={"上级评价": 7}))
    with pytest.raises(InputError, match="名额按条款分池规定"):
        vary(own, Scenario(places={"科级干部": "20%"}))
    assert (
        vary(own, Scenario(points={"科级干部：上级评价": 25})).notes[0].startswith("科级干部·镇办正职：上级评价 20→25")
    )


def test_the_other_parts_share_the_rest_or_stay(office):
    kept = vary(office, Scenario(points={"市州局:目标任务": 70, "厅机关:目标任务": 70})).notes
    assert kept[0] == "“市州局:目标任务”：名册里没有这个类别的对象，没有用到"
    assert kept[1:] == (
        "单位·厅机关：目标任务 80→70；其余按比例：领导小组测评 10→15、负责人和群众测评 10→15；合计 100 不变",
    )
    free = vary(office, Scenario(points={"厅机关:目标任务": 70}, free=True)).notes
    assert free == ("单位·厅机关：目标任务 80→70；其余不变；合计 100→90",)


def test_the_closer_name_counts_before_the_wider_one(office):
    notes = vary(office, Scenario(points={"目标任务": 70, "厅机关:目标任务": 60, "负责人和群众测评": 30})).notes
    assert "单位·厅机关：目标任务 80→60、负责人和群众测评 10→30；其余不变；合计 100 不变" in notes
    assert "单位·事业局：目标任务 80→70；其余按比例：民主测评 20→30；合计 100 不变" in notes


# --- what is told -----------------------------------------------------------------------------------------------------


def test_movers_are_told_with_their_figures_and_the_reasons_of_the_variant():
    own = base("qinghai-2019")
    comparison = _compared(own, Scenario("七成", {"目标任务": 70}))
    table = movers_table(comparison).set_index("考核对象")
    row = table.loc["矿业权管理处"]
    assert row["变化"] == "得优秀、排名变化"
    assert row["因为"] == "综合得分 94.45→94.73，排名 9→5，厅机关名额 7 个，因此得优秀"
    assert "排名第 5" in row["理由"] and row["条款"] == "五(五)" and row["数据"] == "演示数据"
    both = comparison.frame
    was, new = holds_best(comparison.base), holds_best(comparison.variant)
    assert set(both.index[both["best_new"] & ~both["best_was"]]) == set(was.index[new & ~was])
    unmoved = both[both["change"] == ""]
    assert (unmoved["rank_was"] == unmoved["rank_new"]).all() and (unmoved["grade_was"] == unmoved["grade_new"]).all()


def test_who_becomes_pending_is_told(tmp_path):
    votes = {"测评!C2": 20, "测评!D2": 0, "测评!E2": 0, "测评!F2": 0}
    own = base_of(make_case(tmp_path / "case", votes))
    comparison = _compared(own, Scenario("并列", {"事业局:目标任务": 71.4}))
    assert movers_table(comparison)["变化"].tolist() == ["失优秀、待定", "待定、排名变化"]
    lines = "\n".join(summary(comparison, Scenario("并列", {"事业局:目标任务": 71.4})))
    assert "失优秀 1 个；转为待定 2 个" in lines


def test_the_table_of_all_has_every_subject_with_its_parts_and_differences():
    own = base("zaozhuang")
    comparison = _compared(own, Scenario("试", SETTINGS["zaozhuang"]))
    table = comparison_table(comparison)
    today = result(own.assessment)
    assert len(table) == len(today)
    key = ["环节", "类别", "考核对象"]
    merged = table.merge(today, on=key, suffixes=("", "·今"))
    assert (merged["原综合得分"] == merged["综合得分"]).all()
    assert (merged["原排名"].astype(str) == merged["排名"].astype(str)).all()
    gap = merged["新综合得分"].astype(float) - merged["原综合得分"].astype(float)
    assert (gap.round(2) == merged["得分差"].astype(float)).all()
    assert (merged["名次升降"] == merged["原排名"] - merged["新排名"]).all()
    assert {"原业务目标", "新业务目标", "原加减分", "数据"} <= set(table.columns)


def test_scores_of_few_voters_stay_hidden_and_a_caution_is_given(tmp_path):
    few = {"测评!C2": 2, "测评!D2": 1, "测评!E2": 0, "测评!F2": 0, "测评!G2": 0}
    own = base_of(make_case(tmp_path / "case", few))
    variant = vary(own, Scenario("试", {"事业局:民主测评": 30}))
    assert any("“民主测评”有效票不足 5 张" in note and "请勿公布" in note for note in variant.notes)
    table = comparison_table(compare(own.assessment, variant.assessment, "试")).set_index("考核对象")
    assert table.loc["甲局", ["原民主测评", "新民主测评", "原目标任务"]].tolist() == ["", "", ""]
    assert table.at["乙局", "新民主测评"] == "27.00"


def test_several_scenarios_stand_side_by_side():
    own = base("qinghai-2019")
    one, two = (_compared(own, Scenario(n, {"目标任务": p})) for n, p in (("七成", 70), ("九成", 90)))
    table = side_by_side([one, two])
    assert len(table) == len(own.assessment.subjects)
    row = table[table["考核对象"] == "矿业权管理处"].iloc[0]
    assert (row["现行·排名"], row["七成·排名"], row["七成·变化"]) == (9, 5, "得优秀、排名变化")
    assert row["九成·综合得分"] == comparison_table(two).set_index("考核对象").at["矿业权管理处", "新综合得分"]


def test_an_edited_workbook_is_not_needed_to_try(office, tmp_path):
    """The case folder is as it was: what-if writes nothing there."""
    folder = office.case.folder
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    vary(office, Scenario(points={"厅机关:目标任务": 60}))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert openpyxl.load_workbook(folder / "数据.xlsx")["得分"]["D2"].value == 18
    assert yaml.safe_load((folder / "case.yaml").read_text(encoding="utf-8"))["year"] == 2019
