"""The sliders of the notebook: what they show is what `kaohe whatif` would say, and nothing is changed by dragging."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from offices import make_case

from kaohe_tools.panel import Panel, break_even, firmness, open_panel, open_trial
from kaohe_tools.whatif.scenario_file import load_scenario
from kaohe_tools.whatif.variant import base_of, vary


@pytest.fixture
def panel(bundled_case, tmp_path) -> Panel:
    return Panel(open_trial(bundled_case, "单位", "厅机关"), tmp_path / "方案")


def _ranks(html: str) -> list[tuple[str, int]]:
    """(name, rank) of every row that is shown."""
    rows = re.findall(r"<tr style[^>]*>(.*?)</tr>", html)
    cells = [[re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)] for row in rows]
    return [(row[2], int(row[0])) for row in cells]


def test_the_parts_keep_their_total_whatever_is_dragged(panel) -> None:
    for name, value in [("民主测评", 45.0), ("目标任务", 20.0), ("民主测评", 0.0)]:
        if name in panel.sliders:
            panel.sliders[name].value = value
            assert panel.points[name] == value
            assert sum(panel.points.values()) == pytest.approx(sum(panel.trial.points.values()), abs=1e-9)


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
    inner = [widget for row in panel.box.children for widget in getattr(row, "children", ())]
    save = next(widget for widget in inner if getattr(widget, "description", "") == "保存方案")
    save.click()
    assert [path.parent for path in Path(tmp_path).rglob("*.yaml") if path.name != "case.yaml"] == [
        tmp_path / "data" / "processed" / "case-方案"
    ]


def test_a_category_that_is_not_there_is_said_with_those_that_are(tmp_path) -> None:
    with pytest.raises(KeyError, match="事业局"):
        open_trial(make_case(tmp_path / "case"), "单位", "没有的类别")


def test_break_even_and_firmness_stand_beside_the_sliders(panel) -> None:
    text, rows = firmness(panel.trial, 200, 1)
    assert "抽样 200 次" in text.markdown
    assert rows.html.count("<tr>") == 1 + len(panel.outcome.table)
    assert "临界分值" in break_even(panel.trial).html
