"""What must hold for every case: totals are sums of their trail, row order is nothing, better is never worse."""

from __future__ import annotations

import random

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from offices import SHEETS, make_case

from kaohe_tools.assess import assess
from kaohe_tools.exact import hundredths, publish
from kaohe_tools.outputs import RUN, tables, write
from kaohe_tools.ranking import allocate, competition_ranks

SCORES = st.lists(st.integers(0, 30), min_size=1, max_size=40)


@pytest.fixture(scope="module")
def bundled(bundled_case):
    return assess(bundled_case)


def test_a_composite_score_is_the_sum_of_its_contributions(bundled):
    sums = bundled.contributions.groupby("subject")["value"].sum()
    assert np.allclose(sums, bundled.scores["composite"], atol=1e-9, rtol=0)
    trail, result = tables(bundled)["明细"], tables(bundled)["结果"]
    added = trail.assign(n=trail["计入得分"].astype(float)).groupby("考核对象")["n"].sum()
    for row in result.to_dict("records"):
        assert publish(added[row["考核对象"]]) == float(row["综合得分"])


def test_a_part_is_the_sum_of_its_contributions(bundled):
    sums = bundled.contributions.groupby(["subject", "top"])["value"].sum()
    for (subject, top), value in sums.items():
        assert abs(bundled.scores.at[subject, top] - value) < 1e-9


def test_every_contribution_names_its_cell_and_article(bundled):
    trail = bundled.contributions
    assert (trail["article"] != "").all()
    assert (trail[["file", "sheet", "cell"]] != "").all(axis=None)


def test_a_contribution_can_be_found_at_its_cell(bundled, bundled_case):
    given_scores = bundled.contributions[bundled.contributions["rule"].str.startswith("直接打分")]
    assert len(given_scores) > 1000
    books = {file: openpyxl.load_workbook(bundled_case / file) for file in given_scores["file"].unique()}
    for row in given_scores.itertuples():
        assert float(books[row.file][row.sheet][row.cell].value) == row.score


def test_every_reason_of_a_rule_names_its_article(bundled):
    ruled = bundled.reasons[bundled.reasons["step"] != "排名"]
    assert (ruled["article"] != "").all()
    assert set(bundled.reasons["subject"]) == set(bundled.subjects.index)


def test_places_given_never_exceed_the_quota(bundled):
    assert (bundled.quotas["used"] <= bundled.quotas["places"]).all()


def _shuffled(folder, seed):
    """The small office with rows, sheets and files in another order."""
    order = random.Random(seed)
    sheets = {}
    for name in order.sample(sorted(SHEETS), len(SHEETS)):
        header, *rows = SHEETS[name]
        columns = order.sample(range(len(header)), len(header))
        rows = [[*row, *[None] * (len(header) - len(row))] for row in order.sample(rows, len(rows))]
        sheets[name] = [[row[j] for j in columns] for row in [header, *rows]]
    return make_case(folder, sheets=sheets)


@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_rows_columns_and_sheets_changes_nothing(seed, tmp_path):
    plain, shuffled = tables(assess(make_case(tmp_path / "case"))), tables(assess(_shuffled(tmp_path / "other", seed)))
    for name in ("结果", "理由", "名额", "运用"):
        assert shuffled[name].equals(plain[name]), name
    places = ["文件", "工作表", "单元格"]
    assert shuffled["明细"].drop(columns=places).equals(plain["明细"].drop(columns=places))


def test_splitting_a_file_by_sheet_changes_nothing(tmp_path):
    plain = tables(assess(make_case(tmp_path / "case")))
    folder = make_case(tmp_path / "split")
    (folder / "数据.xlsx").unlink()
    for i, (name, rows) in enumerate(SHEETS.items()):
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(folder / f"{9 - i}号{name}.xlsx")
    split = tables(assess(folder))
    for name in ("结果", "理由", "名额", "运用"):
        assert split[name].equals(plain[name]), name


def test_running_twice_gives_the_same_bytes(bundled_case, tmp_path):
    for folder in ("once", "again"):
        write(assess(bundled_case), tmp_path / folder)
    names = sorted(path.name for path in (tmp_path / "once").iterdir())
    assert len(names) == 9
    for name in names:
        once, again = ((tmp_path / folder / name).read_text("utf-8").splitlines() for folder in ("once", "again"))
        if name == RUN:
            once, again = ([line for line in text if '"time"' not in line] for text in (once, again))
        assert once == again, name


@given(SCORES)
def test_equal_scores_share_a_rank_and_higher_ones_stand_before(values):
    ranks = competition_ranks(values, np.zeros(len(values), dtype=int))
    assert ranks.tolist() == [1 + sum(other > value for other in values) for value in values]


@given(SCORES, st.data())
def test_a_higher_score_never_worsens_a_rank(values, data):
    who = data.draw(st.integers(0, len(values) - 1))
    raised = list(values)
    raised[who] += data.draw(st.integers(1, 10))
    groups = np.zeros(len(values), dtype=int)
    assert competition_ranks(raised, groups)[who] <= competition_ranks(values, groups)[who]


@given(SCORES, st.integers(0, 12), st.data())
def test_places_go_to_the_best_eligible_and_ties_are_left_open(values, places, data):
    eligible = np.array(data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values))))
    result = allocate(values, eligible, places)
    assert not (result.given & ~eligible).any() and not (result.given & result.tied).any()
    assert result.given.sum() + result.open_places == places
    if result.tied.any():
        assert len(set(np.array(values)[result.tied])) == 1
        assert result.tied.sum() > result.open_places > 0
    losers = eligible & ~result.given & ~result.tied
    for won in np.array(values)[result.given]:
        assert (np.array(values)[losers] < won).all()


@given(st.lists(st.integers(-999_999, 999_999), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_sums_are_rounded_half_up_in_decimal_whatever_their_order(thousandths, order):
    floats = [n / 1000 for n in thousandths]
    order.shuffle(floats)
    total = sum(thousandths)
    expected = (abs(total) + 5) // 10 * (1 if total >= 0 else -1)
    assert hundredths(sum(floats)) == expected


@settings(max_examples=15)
@given(st.integers(0, 20), st.integers(0, 20))
def test_a_higher_score_never_worsens_a_unit(tmp_path_factory, low, high):
    low, high = sorted((low, high))
    found = []
    for score in (low, high):
        result = tables(assess(make_case(tmp_path_factory.mktemp("case"), {"得分!D2": score})))["结果"]
        found.append(result.set_index("考核对象").loc["甲局"])
    assert found[1]["排名"] <= found[0]["排名"]
    assert float(found[1]["综合得分"]) >= float(found[0]["综合得分"])
