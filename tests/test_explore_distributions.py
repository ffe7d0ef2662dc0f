"""Distributions: spreads, the line of the top grade and its crowd, one subject against its category, the years."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from explored import LEADERS, PEOPLE, make_office
from offices import SHEETS, make_case
from test_explore_findings import Looked, look

from kaohe_tools import explore
from kaohe_tools.explore import shown
from kaohe_tools.problems import InputError


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Looked:
    return look(make_office(tmp_path_factory.mktemp("office") / "案例", 24))


def test_scores_spread_by_category_are_the_published_ones(office: Looked) -> None:
    long = explore.spread_by_category(office.assessment)
    assert set(long["group"]) == {"厅机关"}
    assert sorted(long["value"]) == sorted(office.view.subjects["composite"])


def test_every_way_of_spreading_has_its_groups(office: Looked) -> None:
    groups = {way: set(explore.spread(office.view, way, office.marks)["group"]) for way in explore.WAYS}
    assert groups["部分"] == {"目标任务", LEADERS, PEOPLE}
    assert groups["评价主体"] == {LEADERS, PEOPLE}
    assert groups["考核组"] == {"甲组", "乙组"}
    assert len(groups["评分人"]) == 6
    assert {"共性", "业务"} <= groups["考核项目"]
    assert len(groups["指标"]) == 11


def test_a_part_narrows_the_items_and_an_unknown_one_is_refused(office: Looked) -> None:
    assert set(explore.spread(office.view, "指标", part="民主测评")["group"]) == {LEADERS, PEOPLE}
    with pytest.raises(InputError, match=r"没有部分“民主测平”.*已有：目标任务"):
        explore.spread(office.view, "指标", part="民主测平")


def test_the_summary_is_that_of_numpy(office: Looked) -> None:
    long = explore.spread(office.view, "部分")
    row = explore.summary(long).set_index("group").loc["目标任务"]
    values = long.loc[long["group"] == "目标任务", "value"]
    assert row[["low", "q1", "median", "q3", "high"]].tolist() == pytest.approx(
        np.percentile(values, [0, 25, 50, 75, 100]).tolist()
    )
    assert row["spread"] == pytest.approx(values.std())


def test_the_line_is_the_score_of_the_last_in_and_the_crowd_is_counted_around_it(office: Looked) -> None:
    row = explore.top_line(office.view).iloc[0]
    scores = office.view.subjects["composite"].sort_values(ascending=False).to_numpy()
    assert row["holders"] == 6
    assert row["line"] == scores[5]
    assert row["first_out"] == scores[6]
    assert row["gap"] == pytest.approx(round(scores[5] - scores[6], 2))
    assert row["within_1"] == (np.abs(scores - scores[5]) <= 1 + 1e-9).sum() - 1
    near = explore.near_line(office.view)
    assert len(near) == row["within_1"] + 1
    assert near["value"].is_monotonic_decreasing


def test_a_tie_at_the_last_place_is_open_and_no_line_is_drawn_through_it(tmp_path: Path) -> None:
    alike = zip(range(6, 12), (27, 28, 36, 27, 28, 36), strict=True)
    changes = {f"得分!D{row}": score for row, score in alike}
    for row, votes in ((6, (8, 2, 0, 0, 0)), (7, (30, 10, 5, 5, 2))):
        changes |= {f"测评!{column}{row}": count for column, count in zip("CDEFG", votes, strict=True)}
    sheets = {name: rows for name, rows in SHEETS.items() if name != "台账"}
    looked = look(make_case(tmp_path / "案例", changes, sheets))
    row = explore.top_line(explore.study(looked.assessment, "单位", "厅机关")).iloc[0]
    assert (row["holders"], row["open"]) == (0, 2)
    assert np.isnan(row["line"])


def test_a_profile_sets_a_unit_beside_its_category(office: Looked) -> None:
    best = office.view.subjects.sort_values("rank").iloc[0]
    table = explore.profile(office.view, best["subject"]).set_index("item")
    shares = explore.matrix(office.view).shares
    assert table.at["党建", "share"] == shares.at[best.name, "党建"]
    assert table.at["党建", "median"] == pytest.approx(shares["党建"].median())
    assert table.at["党建", "place"] == 1 + (shares["党建"] > shares.at[best.name, "党建"]).sum()
    behind = (table["median"] - table["share"]) * table["points"]
    assert table["behind"].tolist() == pytest.approx(behind.tolist())


def test_an_unknown_subject_or_indicator_is_refused_with_the_known_ones(office: Looked) -> None:
    with pytest.raises(InputError, match=r"没有考核对象“第99处”.*第01处"):
        explore.profile(office.view, "第99处")
    with pytest.raises(InputError, match=r"没有指标“党键”.*党建"):
        explore.one_item(office.view, "党键")


def test_one_indicator_lists_everyone_best_first(office: Looked) -> None:
    name, table = explore.one_item(office.view, "党建")
    assert name == "党建"
    assert len(table) == 24
    assert table["share"].is_monotonic_decreasing


def test_years_are_told_with_the_change_against_the_year_before(office: Looked) -> None:
    table = explore.years(office.prepared, office.view)
    own = table[table["label"] == "第01处"]
    assert own["year"].tolist() == [2017, 2018, 2019]
    assert np.isnan(own["change"].iloc[0])
    assert own["change"].iloc[2] == pytest.approx(round(own["value"].iloc[2] - own["value"].iloc[1], 2))


def test_without_history_there_are_no_years(tmp_path: Path) -> None:
    looked = look(make_case(tmp_path / "案例"))
    assert explore.years(looked.prepared, looked.view).empty


def test_tables_are_shown_in_chinese_with_percentages(office: Looked) -> None:
    table = shown.shown(explore.item_table(explore.matrix(office.view)), shown.ITEMS)
    row = table.set_index("项目").loc["人人满分项"]
    assert (row["满分比例"], row["与其余的相关"], row["判断"]) == ("100.0%", "—", "人人满分")
    assert shown.numbers(shown.ITEMS)[0] == "分值"
