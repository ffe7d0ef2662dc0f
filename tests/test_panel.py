"""The sliders of the notebook: what they show is what `kaohe whatif` would say, and nothing is changed by dragging."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import ipywidgets
import pytest
from offices import make_case
from whatif_cases import base

from kaohe_tools.display import Text
from kaohe_tools.panel import Outcome, Panel, Trial, break_even, firmness, open_panel, open_trial
from kaohe_tools.whatif.scenario_file import load_scenario
from kaohe_tools.whatif.variant import base_of, vary
from kaohe_tools.whatif.weights import pro_rata


@pytest.fixture
def panel(bundled_case, tmp_path) -> Panel:
    return Panel(open_trial(bundled_case, "单位", "厅机关"), tmp_path / "方案")


def _ranks(html: str) -> list[tuple[str, int]]:
    """(name, rank) of every row that is shown."""
    rows = re.findall(r"<tr class[^>]*><td>(.*?)</tr>", html)
    cells = [[re.sub(r"<[^>]+>", "", cell) for cell in row.split("<td>")] for row in rows]
    return [(row[2], int(row[0])) for row in cells]


def _all_shown(widget: ipywidgets.Widget) -> Iterator[ipywidgets.Widget]:
    """A widget and everything in it."""
    yield widget
    for inner in getattr(widget, "children", ()):
        yield from _all_shown(inner)


def _page_answers(panel: Panel) -> None:
    """What a page does to every slider it is told: round it to its step and send the position back."""
    for slider in panel.sliders.values():
        slider.value = min(round(slider.value / slider.step) * slider.step, slider.max)


@pytest.fixture
def attempts(monkeypatch) -> list[dict[str, float]]:
    """The points of every reassessment that is made."""
    made: list[dict[str, float]] = []
    attempt = Trial.attempt

    def counted(self: Trial, points: dict[str, float], readings: dict[str, str] | None = None) -> Outcome:
        made.append(dict(points))
        return attempt(self, points, readings)

    monkeypatch.setattr(Trial, "attempt", counted)
    return made


def test_the_parts_keep_their_total_whatever_is_dragged(panel) -> None:
    for name, value in [("民主测评", 45.0), ("目标任务", 20.0), ("民主测评", 0.0)]:
        if name in panel.sliders:
            panel.sliders[name].value = value
            assert panel.points[name] == value
            assert sum(panel.points.values()) == pytest.approx(sum(panel.trial.points.values()), abs=1e-9)


def test_each_move_is_one_reassessment_and_what_a_page_sends_back_is_none(panel, attempts) -> None:
    name = next(iter(panel.sliders))
    for value in (56.5, 57.0, 57.5, 61.0):
        panel.sliders[name].value = value
        _page_answers(panel)
    assert [points[name] for points in attempts] == [56.5, 57.0, 57.5, 61.0]
    assert panel.points == attempts[-1]


def test_sliders_stand_on_their_steps_and_boxes_tell_the_points(panel) -> None:
    name = next(iter(panel.sliders))
    panel.sliders[name].value = 61.5
    for other, points in panel.points.items():
        assert panel.sliders[other].value % panel.sliders[other].step == 0
        assert abs(panel.sliders[other].value - points) <= panel.sliders[other].step / 2
        assert panel.typed[other].value == round(points, 2)
    assert any(points % panel.sliders[other].step for other, points in panel.points.items())


def test_only_where_a_drag_ends_decides_not_the_way_to_it(panel) -> None:
    name = next(iter(panel.sliders))
    total = sum(panel.points.values())
    panel.sliders[name].value = 45.0
    straight = (panel.points, panel.shown.value)
    for value in (80.0, total, 0.0, total, 45.0):
        panel.sliders[name].value = value
    assert (panel.points, panel.shown.value) == straight
    assert panel.points == pro_rata(panel.trial.points, {name: 45.0})


def test_a_part_that_took_everything_can_be_dragged_back(panel) -> None:
    first, second = list(panel.sliders)[:2]
    total = sum(panel.points.values())
    panel.sliders[first].value = total
    assert panel.points[second] == 0
    panel.typed[second].value = 10.0
    assert (panel.points[first], panel.points[second]) == (total - 10, 10)
    panel.sliders[first].value = panel.trial.points[first]
    assert panel.points[first] == panel.trial.points[first]


def test_points_finer_than_a_step_are_typed(panel) -> None:
    name = next(iter(panel.typed))
    panel.typed[name].value = 61.37
    _page_answers(panel)
    assert panel.points == pro_rata(panel.trial.points, {name: 61.37})
    assert panel.sliders[name].value == 61.5


def test_going_back_is_one_reassessment_too(panel, attempts) -> None:
    panel.sliders[next(iter(panel.sliders))].value = 40.0
    panel.reset()
    _page_answers(panel)
    assert len(attempts) == 2
    assert attempts[1] == panel.trial.points


def test_another_category_brings_its_sliders(panel) -> None:
    panel.category.value = ("单位", "事业局")
    assert panel.trial.category == "事业局"
    assert list(panel.sliders) == list(panel.trial.points)
    assert dict(_ranks(panel.shown.value)) == dict(
        zip(panel.outcome.table["考核对象"], panel.outcome.table["原排名"], strict=True)
    )


def test_what_stands_beside_another_category_is_made_when_wanted_and_once(panel) -> None:
    made: list[str] = []

    def told(trial: Trial) -> Text:
        made.append(trial.category)
        return Text(f"这是{trial.category}")

    beside = panel.follow(told)
    panel.category.value = ("单位", "事业局")
    (button,) = beside.children
    assert (made, button.description) == (["厅机关"], "计算事业局（要几秒）")
    button.click()
    assert [shown["data"]["text/markdown"] for shown in beside.children[0].outputs] == ["这是事业局"]
    panel.category.value = ("单位", "厅机关")
    panel.category.value = ("单位", "事业局")
    assert [shown["data"]["text/markdown"] for shown in beside.children[0].outputs] == ["这是事业局"]
    assert made == ["厅机关", "事业局"]


def test_another_reading_is_a_reassessment_under_it(panel, attempts) -> None:
    name = next(iter(panel.readings))
    today = panel.trial.base.case.readings[name]
    other = next(code for _, code in panel.readings[name].options if code != today)
    panel.readings[name].value = other
    wanted = panel.trial.attempt(panel.trial.points, {name: other})
    assert panel.outcome.table.equals(wanted.table)
    assert len(attempts) == 2


def test_a_stage_is_tried_without_those_after_it_and_they_change_nothing() -> None:
    case = base("zhashui-2022")
    stages = list(case.case.scheme.stages)
    trial = Trial(case, *next(pair for pair in case.present if pair[0] == stages[0]))
    part = next(iter(trial.points))
    scenario = trial.scenario(pro_rata(trial.points, {part: 20.0}), {})
    whole, first = vary(case, scenario).assessment, vary(case, scenario, trial.stage).assessment
    mine = whole.subjects.index[whole.subjects["stage"] == trial.stage]
    assert set(first.grades.index) == set(mine) < set(whole.grades.index)
    assert first.grades["rank"].to_dict() == whole.grades.loc[mine, "rank"].to_dict()
    assert first.grades["grade"].to_dict() == whole.grades.loc[mine, "grade"].to_dict()


def test_the_ranking_shown_is_that_of_a_full_reassessment(panel) -> None:
    first = next(iter(panel.sliders))
    panel.sliders[first].value = 55.0
    variant = vary(panel.trial.base, panel.trial.scenario(panel.points, {})).assessment
    mine = variant.subjects.query("stage == '单位' and category == '厅机关'")
    wanted = dict(zip(mine["subject"], variant.grades.loc[mine.index, "rank"], strict=True))
    assert dict(_ranks(panel.shown.value)) == wanted
    assert panel.outcome.moved > 0


def test_going_back_shows_today_again(panel) -> None:
    before = panel.shown.value
    next(iter(panel.sliders.values())).value = 40.0
    assert panel.shown.value != before
    panel.reset()
    assert panel.shown.value == before


def test_a_saved_scenario_gives_the_same_result_when_it_is_read_back(panel) -> None:
    next(iter(panel.sliders.values())).value = 61.5
    panel.name.value = "少看../指标"
    path = panel.write()
    assert path.parent == panel.scenarios
    assert path.name in panel.saved.value
    variant = vary(base_of(panel.trial.base.case.folder), load_scenario(path)).assessment
    mine = panel.outcome.table.set_index("考核对象")["排名"]
    subjects = variant.subjects.query("stage == '单位' and category == '厅机关'")
    assert dict(zip(subjects["subject"], variant.grades.loc[subjects.index, "rank"], strict=True)) == mine.to_dict()


def test_who_enters_and_leaves_is_said_in_words(tmp_path) -> None:
    panel = Panel(open_trial(make_case(tmp_path / "case"), "单位", "事业局"), tmp_path)
    panel.sliders["民主测评"].value = 0.0
    assert "进入" not in panel.said.value
    panel.sliders["目标任务"].value = 100.0
    assert "名单不变" in panel.said.value


def test_a_part_that_few_judged_cannot_be_dragged(tmp_path) -> None:
    few = {"测评!C2": 1, "测评!D2": 2, "测评!E2": 0, "测评!F2": 0}
    panel = Panel(open_trial(make_case(tmp_path / "case", few), "单位", "事业局"), tmp_path)
    assert panel.sliders["民主测评"].disabled


def test_names_are_escaped_where_they_are_shown(tmp_path) -> None:
    changes = {f"{sheet}!A{row}": "<b>甲</b>" for sheet, row in (("名册", 2), ("得分", 2), ("得分", 3), ("测评", 2))}
    panel = Panel(open_trial(make_case(tmp_path / "case", changes), "单位", "事业局"), tmp_path)
    assert "&lt;b&gt;甲" in panel.shown.value
    assert "<b>甲" not in panel.shown.value


def test_scenarios_are_never_saved_among_the_data(tmp_path) -> None:
    case = make_case(tmp_path / "data" / "raw" / "case")
    panel = open_panel(case)
    save = next(widget for widget in _all_shown(panel.box) if getattr(widget, "description", "") == "保存方案")
    save.click()
    assert [path.parent for path in Path(tmp_path).rglob("*.yaml") if path.name != "case.yaml"] == [
        tmp_path / "data" / "processed" / "case-方案"
    ]


def test_a_category_that_is_not_there_is_said_with_those_that_are(tmp_path) -> None:
    with pytest.raises(KeyError, match="事业局"):
        open_trial(make_case(tmp_path / "case"), "单位", "没有的类别")


def test_break_even_and_firmness_stand_beside_the_sliders(panel) -> None:
    text, picture, rows = firmness(panel.trial, 200, 1)
    assert "厅机关" in picture.title
    assert "抽样 200 次" in text.markdown
    assert rows.html.count("<tr>") == 1 + len(panel.outcome.table)
    assert "临界分值" in break_even(panel.trial).html


def test_where_few_voted_firmness_names_no_driving_weight_and_warns(panel) -> None:
    base = panel.trial.base
    strict = replace(base.assessment, case=replace(base.case, min_voters=10_000))
    few = replace(panel.trial, base=replace(base, assessment=strict))
    for trial, told in ((panel.trial, True), (few, False)):
        text, _, _ = firmness(trial, 200, 1)
        assert ("单独最能解释的是" in text.markdown) == told
        assert ("请勿公布" in text.markdown) != told
