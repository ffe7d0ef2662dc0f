"""What is said of an assessment's measurement, on offices made so that we know what should be found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from explored import FULL, LEADERS, LENIENT, PEOPLE, RATERS, SAME, STRICT, make_office

from kaohe_tools import explore
from kaohe_tools.assess import Assessment, Prepared, assess_prepared, assess_valued, prepare, put_values
from kaohe_tools.explore.ballot_checks import OPPOSED
from kaohe_tools.explore.findings import SILENT, STUDY, panel_findings
from kaohe_tools.explore.items import ALL_FULL, ALL_SAME, TOO_FEW
from kaohe_tools.explore.study import OWN
from kaohe_tools.problems import InputError
from kaohe_tools.whatif.weights import reweighed


@dataclass(frozen=True)
class Looked:
    """A case that was read, assessed, and looked at."""

    prepared: Prepared
    assessment: Assessment
    view: explore.Study
    marks: pd.DataFrame

    def texts(self, matter: str) -> list[str]:
        return [one.text for one in explore.findings(self.view, self.marks) if one.matter == matter]


def look(folder: Path) -> Looked:
    prepared = prepare(folder)
    assessment = assess_prepared(prepared, prepared.case)
    view = explore.study(assessment)
    return Looked(prepared, assessment, view, explore.marks(prepared, view))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Looked:
    return look(make_office(tmp_path_factory.mktemp("office") / "案例", 24))


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Looked]:
    return lambda count=12, **how: look(make_office(tmp_path / "案例", count, **how))


# --- items ------------------------------------------------------------------------------------------------------------


def test_a_matrix_holds_what_all_have_and_the_rest_as_one(office: Looked) -> None:
    cells = explore.matrix(office.view)
    assert cells.shares.shape == (24, 11)
    assert cells.shares[OWN].notna().all()
    assert bool(cells.info.at[OWN, "own"])
    whole = office.assessment.scores["composite"]
    assert cells.values.sum(axis=1).to_numpy() == pytest.approx(whole.to_numpy())


@pytest.mark.parametrize("level", explore.LEVELS)
def test_at_every_level_the_values_add_up_to_the_score_and_the_points_to_the_whole(office: Looked, level: str) -> None:
    cells = explore.matrix(office.view, level)
    assert cells.values.sum(axis=1).to_numpy() == pytest.approx(office.view.subjects["raw"].to_numpy())
    assert cells.info["points"].sum() == pytest.approx(100)


def test_an_item_with_full_marks_for_all_is_told_as_no_assessment_at_all(office: Looked) -> None:
    table = explore.item_table(explore.matrix(office.view)).set_index("item")
    assert table.at[FULL, "verdict"] == ALL_FULL
    assert table.at[SAME, "verdict"] == ALL_SAME
    assert table.at[FULL, "full"] == 1.0
    text = office.texts("满分")[0]
    assert "10 项共有指标里，1 项人人满分" in text
    assert "等于没有考核" in text
    assert "1 项人人同分" in text


def test_item_rest_is_a_plain_correlation_with_what_is_left_of_the_score(office: Looked) -> None:
    cells = explore.matrix(office.view)
    table = explore.item_table(cells).set_index("item")
    for name in ("党建", "保密", OWN):
        rest = office.view.subjects["raw"] - cells.values[name]
        assert table.at[name, "rest"] == pytest.approx(np.corrcoef(cells.shares[name], rest)[0, 1])


def test_with_few_subjects_it_says_that_nothing_can_be_said(made: Callable[..., Looked]) -> None:
    few = made(5)
    told = [one for one in explore.findings(few.view, few.marks) if one.matter == "区分度"]
    assert [one.kind for one in told] == [SILENT]
    assert "只有 5 个对象" in told[0].text
    assert "没有意义" in told[0].text
    matters = {one.matter for one in explore.findings(few.view, few.marks)}
    assert not matters & {"重复", "信度", "权重"}
    verdicts = set(explore.item_table(explore.matrix(few.view))["verdict"])
    assert verdicts == {ALL_FULL, ALL_SAME, TOO_FEW}
    assert explore.effective_weights(few.view)["effective"].isna().all()


def test_from_eight_subjects_on_it_says_so_with_its_error(made: Callable[..., Looked]) -> None:
    assert "误差约 ±0.4" in made(8).texts("区分度")[0]


def test_the_noise_is_told_in_points(office: Looked) -> None:
    found = explore.reliability(explore.matrix(office.view))
    assert f"相差不到 {found.noise:.2f} 分" in office.texts("信度")[0]
    assert set(found.still) == {FULL, SAME}


# --- weights ----------------------------------------------------------------------------------------------------------


def test_shares_of_variance_add_up_to_one(office: Looked) -> None:
    table = explore.effective_weights(office.view)
    assert table["variance"].sum() == pytest.approx(1.0)
    assert table["effective"].sum() == pytest.approx(1.0)
    assert table["nominal"].sum() == pytest.approx(1.0)


def test_the_points_that_are_proposed_do_what_they_are_said_to_do_when_the_case_is_assessed_anew(
    office: Looked,
) -> None:
    before = explore.effective_weights(office.view).set_index("part")
    points = {part: {"厅机关": before.at[part, "even"]} for part in before.index}
    scheme = reweighed(office.prepared.case.scheme, office.view.stage.name, points)
    case = replace(office.prepared.case, scheme=scheme)
    assessed = assess_valued(office.prepared, put_values(office.prepared, office.prepared.case), case)
    after = explore.effective_weights(explore.study(assessed)).set_index("part")
    assert after["variance"].to_dict() == pytest.approx(before["nominal"].to_dict(), abs=1e-6)


def test_a_part_on_which_all_are_alike_is_told_as_without_effect(made: Callable[..., Looked]) -> None:
    told = made(12, flat=True).texts("权重")
    assert any(f"“{LEADERS}”名义上占 10%，但人人得分相同" in text for text in told)


def test_with_few_subjects_weights_are_not_said_to_agree(made: Callable[..., Looked]) -> None:
    few = made(12)
    told = [one for one in explore.findings(few.view, few.marks) if one.matter == "权重"]
    assert told
    assert not any(one.kind == "可放心" for one in told)


def test_a_line_with_someone_close_below_is_no_reassurance(office: Looked) -> None:
    told = [one for one in explore.findings(office.view, office.marks) if one.matter == "优秀线"]
    lines = explore.top_line(office.view)
    assert len(told) == len(lines) > 0
    for one, gap in zip(told, lines["gap"], strict=True):
        assert (f"只差 {gap:.2f} 分" in one.text) == (gap < 0.5)
        assert one.kind == STUDY or gap >= 0.5


# --- those who judge --------------------------------------------------------------------------------------------------


def test_the_lenient_and_the_strict_are_found_and_named(office: Looked) -> None:
    table = explore.leniency(office.marks).set_index("who")
    assert table["deviation"].idxmax() == LENIENT
    assert table["deviation"].idxmin() == STRICT
    assert table.loc[[LENIENT, STRICT], "firm"].all()
    own, others = _means(office.marks, LENIENT)
    assert table.at[LENIENT, "deviation"] == pytest.approx(own - others)
    assert f"“{LENIENT}”平均高" in office.texts("评分人")[0]


def _means(marks: pd.DataFrame, who: str) -> tuple[float, float]:
    """The mean of one rater and of the others on the items both marked; all raters of a panel mark all its items."""
    panel = next(name for name, members in RATERS.items() if who in members)
    same = marks[marks["panel"] == panel]
    mine = same["rater"] == who
    return float(same.loc[mine, "share"].mean()), float(same.loc[~mine, "share"].mean())


def test_raters_who_rank_alike_agree(office: Looked) -> None:
    table = explore.agreement(office.marks)
    assert table["panel"].tolist() == ["乙组", "甲组"]
    assert (table["w"] > 0.9).all()
    assert (table["p"] < 0.01).all()


def test_without_raters_it_says_that_leniency_cannot_be_seen(made: Callable[..., Looked]) -> None:
    alone = made(12, raters=False)
    assert alone.texts("评分人") == ["得分表没有写评分人，看不出谁打得松、谁打得紧。"]
    assert explore.leniency(alone.marks).empty


def test_panels_that_differ_are_told_with_both_explanations(office: Looked) -> None:
    shifted = office.marks.assign(share=office.marks["share"] + 0.2 * (office.marks["panel"] == "甲组"))
    table, share, p = explore.panel_effect(shifted)
    assert table.set_index("panel")["subjects"].to_dict() == {"乙组": 12, "甲组": 12}
    assert share > 0.5
    assert p < 0.01
    assert [one.kind for one in panel_findings(shifted)] == [STUDY]
    assert "尺度不同，也可能是分到的对象确有好差" in panel_findings(shifted)[0].text


def test_with_one_panel_or_one_voter_group_it_says_that_there_is_nothing_to_compare(office: Looked) -> None:
    lone = panel_findings(office.marks.assign(panel="甲组"))
    assert [(one.kind, one.text) for one in lone] == [(SILENT, "都由“甲组”评分，没有组间差别可比。")]
    none = panel_findings(office.marks.assign(panel=""))
    assert [one.text for one in none] == ["得分表没有写考核组，没有组间差别可比。"]


def test_voter_groups_in_opposite_order_are_told(made: Callable[..., Looked]) -> None:
    against = made(12, opposed=True)
    pairs = explore.ballot_pairs(against.view)
    assert pairs[["one", "other", "verdict"]].values.tolist() == [[LEADERS, PEOPLE, OPPOSED]]
    assert any("看法相反" in text for text in against.texts("测评"))


def test_a_voter_group_without_spread_is_told(made: Callable[..., Looked]) -> None:
    assert any(f"“{LEADERS}”给各对象的得分率几乎没有差别" in text for text in made(12, flat=True).texts("测评"))


def test_few_voters_are_shown_nowhere(made: Callable[..., Looked]) -> None:
    hidden = made(12, few=3)
    numbers = hidden.assessment.voters.query("voters < 5")["subject"]
    assert len(numbers) == 3
    shares = explore.voter_shares(hidden.view)
    assert shares.loc[numbers, LEADERS].isna().all()
    assert shares[LEADERS].notna().sum() == 9
    for level in ("部分", "考核项目", "指标"):
        assert LEADERS not in explore.matrix(hidden.view, level).shares.loc[numbers].dropna(axis=1, how="all")
    assert numbers.isin(explore.spread(hidden.view, "评价主体").query("group == @LEADERS")["subject"]).sum() == 0
    assert explore.effective_weights(hidden.view).set_index("part")["even"].isna().all()


# --- the whole --------------------------------------------------------------------------------------------------------


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    one = look(make_office(tmp_path / "甲", 12))
    folder = make_office(tmp_path / "乙", 12)
    book = openpyxl.load_workbook(folder / "数据.xlsx")
    for sheet in book:
        head, *rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        sheet.delete_rows(1, sheet.max_row)
        for row in [head, *reversed(rows)]:
            sheet.append(row)
    book.save(folder / "数据.xlsx")
    other = look(folder)
    assert explore.findings(one.view, one.marks) == explore.findings(other.view, other.marks)
    pd.testing.assert_frame_equal(one.marks.drop(columns="item"), other.marks.drop(columns="item"))


def test_findings_are_a_table_with_chinese_headers(office: Looked) -> None:
    table = explore.findings_table(explore.findings(office.view, office.marks))
    assert list(table) == ["方面", "性质", "结论"]
    assert table["结论"].str.endswith("。").all()
    assert set(table["性质"]) <= {"要研究", "可放心", "说明不了"}


def test_an_unknown_category_is_refused_with_the_known_ones(office: Looked) -> None:
    with pytest.raises(InputError, match=r"没有环节“单位”的类别“厅机官”.*已有：厅机关"):
        explore.study(office.assessment, "单位", "厅机官")


@pytest.mark.parametrize("case", ["qinghai-2019", "qinghai-2023", "zaozhuang", "zhashui-2022", "bureau-400"])
def test_every_category_of_every_bundled_case_can_be_looked_at(case: str) -> None:
    prepared = prepare(Path(__file__).parents[1] / "data" / "raw" / case)
    assessment = assess_prepared(prepared, prepared.case)
    for view in explore.every_study(assessment):
        marks = explore.marks(prepared, view)
        told = explore.findings(view, marks)
        assert told, view.title
        assert not [one for one in told if "nan" in one.text], view.title
        for way in explore.WAYS:
            table = explore.summary(explore.spread(view, way, marks))
            assert (table["count"] <= view.count).all()
