"""A few voters' score is never written out by itself; sums, ranks and grades stay what they are."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from offices import SHEETS, make_case

from kaohe_tools.anonymity import HIDDEN, _without_shares
from kaohe_tools.assess import assess, check
from kaohe_tools.explain import explain
from kaohe_tools.outputs import tables, write
from kaohe_tools.results import LABEL, read_results

# three voters give 甲局 16.80 of 20 points, two and nine give 丙处 9.00 and 8.22 of 10
FEW = {"测评!C2": 1, "测评!D2": 2, "测评!E2": 0, "测评!F2": 0}
FEW_OF_TWO = {"测评!C4": 1, "测评!D4": 1, "测评!E4": 0, "测评!F4": 0}


@pytest.fixture(scope="module")
def few(tmp_path_factory) -> Path:
    return make_case(tmp_path_factory.mktemp("few") / "case", {**FEW, **FEW_OF_TWO})


@pytest.fixture(scope="module")
def shown(tmp_path_factory) -> Path:
    """The same votes in an office that says that they are public."""
    return make_case(tmp_path_factory.mktemp("shown") / "case", {**FEW, **FEW_OF_TWO}, min_voters=1)


def _result(case: Path, subject: str):
    table = tables(assess(case))["结果"]
    return table[table["考核对象"] == subject].iloc[0]


def test_the_composite_rank_and_grade_are_those_of_the_votes(few, shown) -> None:
    columns = ["考核对象", "综合得分", "排名", "等次", "待定"]
    assert tables(assess(few))["结果"][columns].equals(tables(assess(shown))["结果"][columns])


def test_the_column_of_a_part_judged_by_few_and_another_one_are_blank(few, shown) -> None:
    hidden, told = _result(few, "甲局"), _result(shown, "甲局")
    assert (hidden["目标任务"], hidden["民主测评"]) == ("", "")
    assert told["民主测评"] == "17.33"


def test_a_part_of_which_only_a_leaf_was_judged_by_few_keeps_its_column(few, shown) -> None:
    columns = ["目标任务", "民主测评"]
    assert _result(few, "丙处")[columns].equals(_result(shown, "丙处")[columns])


def test_contributions_still_add_up(few) -> None:
    details, results = tables(assess(few))["明细"], tables(assess(few))["结果"].set_index("考核对象")["综合得分"]
    sums = details.astype({"计入得分": float}).groupby("考核对象")["计入得分"].sum()
    assert {name: f"{value:.2f}" for name, value in sums.items()} == results.to_dict()


def test_no_small_group_has_a_row_of_its_own(few) -> None:
    details = tables(assess(few))["明细"].set_index(["考核对象", "部分"])["指标"].to_dict()
    assert ("甲局", "民主测评") not in details
    assert ("丙处", "领导小组测评") not in details
    assert details["丙处", "领导小组测评＋负责人和群众测评"] == "合并列示"


def test_enough_voters_are_listed_by_themselves(few) -> None:
    assert ("乙局", "民主测评") in tables(assess(few))["明细"].set_index(["考核对象", "部分"]).index


@pytest.mark.parametrize("figure", ["17.33", "17.3333", "1×100%", "/3票", "9.0000", "/2票"])
def test_nothing_written_out_says_what_the_few_gave(figure, few, shown, tmp_path) -> None:
    def written(case: Path, folder: Path) -> str:
        write(assess(case), folder)
        files = "".join(
            "".join(line for line in path.read_text(encoding="utf-8").splitlines() if "甲局" in line or "丙处" in line)
            for path in sorted(folder.glob("*.csv"))
        )
        return files + explain(assess(case), "甲局") + explain(assess(case), "丙处")

    assert figure not in written(few, tmp_path / "few")


def test_the_same_figures_are_there_where_the_office_says_so(shown, tmp_path) -> None:
    write(assess(shown), tmp_path / "shown")
    assert "17.3333" in (tmp_path / "shown" / "明细.csv").read_text(encoding="utf-8")
    assert "/3票" in explain(assess(shown), "甲局")


def test_the_office_is_told_that_and_how_to_change_it(few) -> None:
    told = [str(problem) for problem in check(few) if "不单列得分" in problem.message]
    assert len(told) == 2
    assert all("min_voters: 1" in text for text in told)


def test_single_ballots_are_as_secret_as_tallies(tmp_path) -> None:
    sheets = copy.deepcopy(SHEETS)
    sheets["测评"] = [row for row in sheets["测评"] if row[0] != "甲局"]
    sheets["票"] = [["考核对象", "评价主体", "票号", "得分"], *(["甲局", "民主测评", n, 11 + n] for n in (1, 2, 3))]
    details = tables(assess(make_case(tmp_path / "case", sheets=sheets)))["明细"]
    mine = details[details["考核对象"] == "甲局"]
    assert "民主测评" not in set(mine["部分"])
    assert not mine["得分"].isin(["13", "12", "14"]).any()


def test_the_tally_of_a_vote_that_few_took_part_in_is_not_in_the_reasons() -> None:
    assert _without_shares("优秀得票率 3/4=75%，达到 70%", 5) == f"优秀得票率{HIDDEN}，达到 70%"
    assert _without_shares("优秀得票率 18/20=90%，达到 80%", 5) == "优秀得票率 18/20=90%，达到 80%"


def test_charts_leave_out_what_is_listed_together(few, tmp_path) -> None:
    write(assess(few), tmp_path / "out")
    category = read_results(tmp_path / "out").category("单位", "事业局")
    assert set(category.leaf_rates[LABEL]) == {"乙局"}
    assert set(category.items[LABEL]) == {"乙局"}
