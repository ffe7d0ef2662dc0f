"""Ballots as a scanner gives them: whatever the layout, the result is that of the tallies they add up to."""

from __future__ import annotations

import pytest
from offices import SHEETS, make_case, told

from kaohe_tools.assess import assess, check
from kaohe_tools.outputs import tables

VOTES = ["优秀", "良好", "一般", "较差", "弃权"]


def _ballots() -> list[tuple[str, str, str, str]]:
    """Every single ballot of the small office: 票号, 考核对象, 评价主体, vote."""
    ballots = []
    for subject, voters, *counts in (row[:7] for row in SHEETS["测评"][1:]):
        votes = [vote for vote, count in zip(VOTES, counts, strict=True) for _ in range(count)]
        ballots += [(f"{n:03d}", subject, voters, vote) for n, vote in enumerate(votes, start=1)]
    return ballots


def _office(folder, rows, **yaml):
    return make_case(folder, sheets={**SHEETS, "测评": rows}, **yaml)


def _result(folder) -> str:
    return tables(assess(folder))["结果"].to_csv()


@pytest.fixture(scope="module")
def of_tallies(tmp_path_factory) -> str:
    return _result(make_case(tmp_path_factory.mktemp("tallies") / "case"))


def test_one_row_a_ballot_gives_what_the_tallies_give(tmp_path, of_tallies) -> None:
    rows = [["考核对象", "评价主体", "票号", *VOTES]]
    rows += [
        [subject, voters, ballot, *(int(vote == own) or None for own in VOTES)]
        for ballot, subject, voters, vote in _ballots()
    ]
    assert _result(_office(tmp_path / "case", rows)) == of_tallies


def test_a_form_with_a_column_for_each_item_gives_what_the_tallies_give(tmp_path, of_tallies) -> None:
    rows = [["票号", "考核对象", "评价主体", "总体评价"]]
    rows += [[ballot, subject, voters, vote] for ballot, subject, voters, vote in _ballots()]
    assert _result(_office(tmp_path / "case", rows)) == of_tallies


def test_several_items_of_a_form_are_pooled(tmp_path, of_tallies) -> None:
    rows = [["票号", "考核对象", "评价主体", "工作实绩", "工作作风"]]
    rows += [[ballot, subject, voters, vote, vote] for ballot, subject, voters, vote in _ballots()]
    assert _result(_office(tmp_path / "case", rows)) == of_tallies


def test_a_form_with_a_column_for_each_subject_gives_what_the_tallies_give(tmp_path, of_tallies) -> None:
    subjects = ["甲局", "乙局", "丙处", "丁处"]
    forms: dict[tuple[str, str], dict[str, str]] = {}
    for ballot, subject, voters, vote in _ballots():
        forms.setdefault((voters, ballot), {})[subject] = vote
    rows = [["票号", "评价主体", *subjects]]
    rows += [[ballot, voters, *map(given.get, subjects)] for (voters, ballot), given in forms.items()]
    assert _result(_office(tmp_path / "case", rows)) == of_tallies


def test_marks_on_a_form_are_averaged(tmp_path) -> None:
    tally = [row for row in SHEETS["测评"] if row[1] != "民主测评"]
    form = [["评价主体", "票号", "甲局", "乙局"], ["民主测评", 1, 18, 12], ["民主测评", 2, 16, 15]]
    case = make_case(tmp_path / "case", sheets={**SHEETS, "测评": tally, "测评表": form}, min_voters=0)
    rows = assess(case).contributions.query("leaf == '民主测评'").sort_values("cell")
    assert rows["score"].tolist() == [17.0, 13.5]
    assert rows["cell"].tolist() == ["C2、C3", "D2、D3"]


FLAWS = {
    "a word that is no vote": ("甲", "这一格不是票种，也不是分数"),
    "a mark above the points": (21, "得分 21 高于分值 20"),
}


@pytest.mark.parametrize("name", FLAWS)
def test_a_flaw_on_a_form_is_told_at_its_cell(name, tmp_path) -> None:
    value, words = FLAWS[name]
    tally = [row for row in SHEETS["测评"] if row[1] != "民主测评"]
    form = [["评价主体", "票号", "甲局", "乙局"], ["民主测评", 1, 18, 12], ["民主测评", 2, value, 15]]
    case = make_case(tmp_path / "case", sheets={**SHEETS, "测评": tally, "测评表": form})
    found = told(check(case), "错误")
    assert [where for where, message in found if words in message] == ["测评表!C3"], found


def test_a_ballot_entered_twice_is_an_error(tmp_path) -> None:
    rows = [["考核对象", "评价主体", "票号", *VOTES], *[["甲局", "民主测评", "007", 1]] * 2]
    found = told(check(_office(tmp_path / "case", [*rows, *_tally_rows()])), "错误")
    assert ("测评!C3", "票号“007”重复") in found


def _tally_rows() -> list[list[object]]:
    return [[row[0], row[1], None, *row[2:7]] for row in SHEETS["测评"][1:]]


def test_a_tally_without_a_single_vote_is_an_error_even_where_another_row_has_votes(tmp_path) -> None:
    rows = [
        ["考核对象", "评价主体", *VOTES],
        *(row[:7] for row in SHEETS["测评"][1:]),
        ["甲局", "民主测评", 0, 0, 0, 0, 0],
    ]
    assert ("测评!C8", "没有有效票") in told(check(_office(tmp_path / "case", rows)), "错误")
