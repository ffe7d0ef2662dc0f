"""What a what-if says of itself: what it changes, what contradicts itself, and a line only where there is one."""

from __future__ import annotations

import pytest
from drawn import texts
from offices import make_case
from whatif_cases import base

from kaohe_tools import charts, style
from kaohe_tools.problems import InputError
from kaohe_tools.whatif.compare import compare
from kaohe_tools.whatif.flow import rank_flow
from kaohe_tools.whatif.robust import Plan, robustness
from kaohe_tools.whatif.scenario import Correction, IndicatorPoints, Scenario
from kaohe_tools.whatif.variant import base_of, vary


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    return base_of(make_case(tmp_path_factory.mktemp("office") / "case"))


def refused(office, scenario) -> str:
    with pytest.raises(InputError) as wrong:
        vary(office, scenario)
    return "\n".join(str(problem) for problem in wrong.value.problems)


def test_what_becomes_of_a_score_and_of_the_points_of_an_indicator_is_told(office):
    changes = Scenario(scores=(Correction("丙处", "党建", 20),), indicators=(IndicatorPoints("党建", 25),))
    told = vary(office, changes).notes
    assert told == (
        "丙处“党建”：得分 27→20",
        "单位·事业局：指标“党建”20→25（2 个对象）；同一部分的其余指标按比例",
        "单位·厅机关：指标“党建”30→25（2 个对象）；同一部分的其余指标按比例",
    )


def test_places_and_the_parameter_they_come_from_cannot_both_be_changed(office):
    both = Scenario(places={"单位": 3}, params={"places": {"厅机关": 8}})
    assert "名额和参数“places”说的是同一件事" in refused(office, both)


def test_a_wrong_score_and_a_wrong_indicator_are_told_together(office):
    wrong = Scenario(scores=(Correction("丙处", "党建", 31),), indicators=(IndicatorPoints("党健", 3),))
    told = refused(office, wrong)
    assert "得分 31 高于分值 30" in told
    assert "没有指标“党健”；是不是“党建”" in told


def test_a_line_is_drawn_only_where_places_go_by_rank() -> None:
    office = base("qinghai-2019")
    flow = rank_flow(office, "单位", "厅机关", "目标任务", (70.0, 90.0))
    own = base("zhashui-2022")  # there three of 67 have the best grade, the last of them at rank 62
    comparison = compare(own.assessment, own.assessment, "照旧", ())
    by_office = rank_flow(own, "科级干部", "其他", "岗位目标", (28.0, 32.0))

    def lined(chart: style.Chart) -> bool:
        return any(text.get_text() == "优秀线" for text in texts(chart))

    assert lined(charts.rank_flow(flow))
    assert lined(charts.slope(comparison, "单位", "县直部门"))
    assert not lined(charts.rank_flow(by_office))
    assert not lined(charts.slope(comparison, "科级干部", "其他"))


def test_firmness_tells_grades_by_the_names_they_are_published_under():
    own = base("zhashui-2022")
    found = robustness(own.prepared, own.worth, own.case, "科级干部", Plan(200, 1))
    published = own.assessment.grades["grade"].reindex(found.subjects["subject"]).tolist()
    assert found.subjects["called"].tolist() == published
    assert {"合格", "称职"} <= set(found.shown()["今日等次"])
