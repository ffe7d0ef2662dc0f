"""Scenarios: written as files and read back the same, put together, and refused with the line of every flaw."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from whatif_cases import base

from kaohe_tools.problems import InputError, Problems
from kaohe_tools.whatif.scenario import Correction, IndicatorPoints, Scenario, combined, from_settings, in_words
from kaohe_tools.whatif.scenario_file import load_scenario, save_scenario
from kaohe_tools.whatif.variant import vary

EVERYTHING = Scenario(
    name="业务占比提高",
    points={"单位:目标任务": 85.0, "厅机关：民主测评": 12.5},
    free=True,
    indicators=(IndicatorPoints("党建", 25.0, category="厅机关"), IndicatorPoints("业务一", 30.0, "重点", "丙处")),
    places={"单位": "20%", "处级干部": {"厅机关": 5}},
    params={"places": {"厅机关": 8}, "share": 0.2},
    readings={"quota_rounding": "half_up", "floor_inclusive": "false"},
    cap={"单位": 3.0, "干部": None},
    scores=(
        Correction("甲局", "党建", score=19.5, rater="张三"),
        Correction("乙局", "增收", done=-3.0, stage="单位", component="年终"),
    ),
    missing="exclude",
    min_voters=3,
)

FLAWS = """名称: 试
部份: {目标任务: 85}
部分:
  目标任务: 八十五
  民主测评: -1
其余: 平均
指标:
  - {指标: 党建}
  - {类别: 厅机关, 分值: 3}
  - 党建=3
加减分上限: 很多
得分:
  - {考核对象: 甲局, 指标: 党建, 得分: 3, 完成值: 4}
  - {考核对象: 甲局, 指标: 党建, 得份: 3}
缺失: 跳过
最少票数: 几张
名额: 30%
"""

TOLD = [
    ("第2行", "不认识的条目“部份”"),
    ("第4行", "“目标任务”的值“八十五”不对"),
    ("第5行", "“民主测评”的值“-1”不对"),
    ("第6行", "“其余”没有选项“平均”"),
    ("第8行", "“指标”的第 1 条应写分值，且只写一个"),
    ("第9行", "“指标”的第 2 条没有写指标"),
    ("第10行", "“指标”的第 3 条不是条目"),
    ("第11行", "加减分上限“很多”不对"),
    ("第13行", "“得分”的第 1 条应写得分或完成值，且只写一个"),
    ("第14行", "不认识的条目“得份”"),
    ("第14行", "“得分”的第 2 条应写得分或完成值，且只写一个"),
    ("第15行", "“缺失”没有选项“跳过”"),
    ("第16行", "最少票数“几张”不是整数"),
    ("第17行", "“名额”应是条目"),
]


@pytest.mark.parametrize(
    "scenario",
    [EVERYTHING, Scenario("空"), Scenario("不限", cap={"": None}), Scenario("网", points={"a: b": 1.25, "#": 0.0})],
    ids=lambda scenario: scenario.name,
)
def test_a_scenario_is_read_back_as_it_was_written(tmp_path, scenario):
    save_scenario(scenario, tmp_path / "方案.yaml")
    first = (tmp_path / "方案.yaml").read_bytes()
    assert load_scenario(tmp_path / "方案.yaml") == scenario
    save_scenario(load_scenario(tmp_path / "方案.yaml"), tmp_path / "方案.yaml")
    assert (tmp_path / "方案.yaml").read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == ["方案.yaml"]


def test_a_file_without_a_name_is_called_by_its_file_name(tmp_path):
    (tmp_path / "七成.yaml").write_text("部分: {目标任务: ７０}\n", encoding="utf-8")
    assert load_scenario(tmp_path / "七成.yaml") == Scenario("七成", {"目标任务": 70.0})


def test_every_flaw_of_a_file_is_told_at_its_line(tmp_path):
    (tmp_path / "方案.yaml").write_text(FLAWS, encoding="utf-8")
    with pytest.raises(InputError) as wrong:
        load_scenario(tmp_path / "方案.yaml")
    told = [(problem.place.cell, problem.message) for problem in wrong.value.problems.sorted()]
    assert sorted(told) == sorted(TOLD)
    assert {problem.place.file for problem in wrong.value.problems} == {"方案.yaml"}


@pytest.mark.parametrize(("text", "told"), [("- 1\n", "内容不是条目"), ("", "文件是空的"), ("a: [", "不是合法的 YAML")])
def test_what_is_no_scenario_at_all_is_refused(tmp_path, text, told):
    (tmp_path / "方案.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=told):
        load_scenario(tmp_path / "方案.yaml")


def test_of_two_scenarios_the_later_one_counts_where_both_speak():
    first = Scenario("一", {"甲": 1.0, "乙": 2.0}, indicators=(IndicatorPoints("党建", 1.0),), missing="zero")
    second = Scenario("二", {"乙": 3.0}, True, (IndicatorPoints(" 党建", 5.0), IndicatorPoints("业务", 2.0)))
    both = combined(first, second)
    assert (both.name, both.points, both.free, both.missing) == ("一＋二", {"甲": 1.0, "乙": 3.0}, True, "zero")
    assert both.indicators == second.indicators
    assert combined(first, Scenario()) == Scenario("一", first.points, False, first.indicators, missing="zero")
    assert combined(EVERYTHING, EVERYTHING, name=EVERYTHING.name) == EVERYTHING
    assert first.points == {"甲": 1.0, "乙": 2.0}


def test_a_scenario_that_names_nothing_is_empty():
    assert Scenario("空", free=True).empty
    assert not EVERYTHING.empty


def test_settings_are_parts_with_their_points():
    problems = Problems()
    scenario = from_settings(["目标任务=85", "单位：民主测评＝１５"], True, "试", problems)
    assert scenario == Scenario("试", {"目标任务": 85.0, "单位：民主测评": 15.0}, True)
    assert not problems.items
    assert in_words(scenario) == "目标任务=85；单位：民主测评=15"


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("目标任务", "写得不对；请写成 部分=分值"),
        ("=3", "写得不对"),
        ("目标任务=", "的分值“”不对"),
        ("目标任务=3+2", "的分值“3+2”不对"),
        ("目标任务=-1", "请写不小于 0 的数"),
        ("目标任务=nan", "的分值“nan”不对"),
    ],
)
def test_words_that_are_no_settings_are_told(word, told):
    problems = Problems()
    assert from_settings([word], False, "", problems).points == {}
    assert told in str(problems.errors[0])


def test_a_part_set_twice_is_told():
    problems = Problems()
    from_settings(["甲=1", "甲=2"], False, "", problems)
    assert [problem.message for problem in problems.errors] == ["--set “甲”写了两次"]


def test_the_file_in_the_handbook_works_on_the_case_it_names(tmp_path: Path) -> None:
    text = (Path(__file__).parent.parent / "docs" / "手册.md").read_text(encoding="utf-8")
    example = re.search(r"```yaml\n(名称: .*?)```", text, re.DOTALL)
    case = re.search(r"kaohe whatif data/raw/(\S+) --scenario 方案\.yaml", text)
    (tmp_path / "方案.yaml").write_text(example[1], encoding="utf-8")
    variant = vary(base(case[1]), load_scenario(tmp_path / "方案.yaml"))
    assert any("党建目标责任书考核" in note for note in variant.notes)
