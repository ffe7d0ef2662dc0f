"""Year on year: what earlier years are compared with, and what is left uncompared."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from sample_results import write_sample

from kaohe_tools import charts, display
from kaohe_tools.display import NOTHING, Table
from kaohe_tools.results import Category, Results, read_results
from kaohe_tools.results.years import FALLS, RISES, STAYS, count_changes, years_of

NAMES = ["厅机办公室", "厅机法规处", "厅机人事处", "厅机机关党委"]


def _case(folder: Path, past: list[tuple[str, int, str, str]], **options: object) -> Results:
    """A category of four, ranked by hand: 优秀 90.00, 良好 85.00, 良好 80.00, 一般 75.00, with these earlier years."""
    write_sample(folder, {"厅机关": 5}, **options)
    path = folder / "结果.csv"
    table = pd.read_csv(path, encoding="utf-8-sig", dtype=str, keep_default_na=False)
    chosen = table[table["考核对象"].isin(NAMES)].sort_values("考核对象", key=lambda names: names.map(NAMES.index))
    grades = ["优秀", "良好", "良好", "一般"] if not options else [""] * 4
    chosen = chosen.assign(综合得分=["90.00", "85.00", "80.00", "75.00"], 排名=["1", "2", "3", "4"], 等次=grades)
    chosen.assign(待定="" if not options else "名额比例未规定").to_csv(path, encoding="utf-8-sig", index=False)
    rows = [("单位", *row) for row in past]
    columns = ["环节", "考核对象", "年度", "等次", "综合得分"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "历年.csv", encoding="utf-8-sig", index=False)
    return read_results(folder)


@pytest.fixture
def view(tmp_path) -> Category:
    past = [
        (NAMES[0], 2018, "良好", "88.88"),
        (NAMES[1], 2018, "优秀", "91.10"),
        (NAMES[2], 2018, "良好", "80.00"),
        (NAMES[3], 2016, "优秀", "95.00"),
    ]
    return _case(tmp_path, past).category()


def _this_year(view: Category) -> pd.DataFrame:
    years = years_of(view)
    return years[years["year"] == 2019].set_index("label")


def test_scores_and_grades_rise_fall_or_stay_against_the_year_before(view) -> None:
    now = _this_year(view)
    assert list(now.loc[NAMES[:3], "change"]) == [1.12, -6.1, 0.0]
    assert list(now.loc[NAMES[:3], "step"]) == [RISES, FALLS, STAYS]
    assert count_changes(now["change"]) == {RISES: 1, FALLS: 1, STAYS: 1}


def test_a_year_that_is_not_the_one_before_is_shown_and_not_compared(view) -> None:
    now = _this_year(view).loc[NAMES[3]]
    assert pd.isna(now["change"]) and now["step"] == ""
    assert "2016年等次" in display.years_table(view).html


def test_what_is_pending_is_not_compared_in_grade(tmp_path) -> None:
    view = _case(tmp_path, [(NAMES[0], 2018, "优秀", "89.00")], all_pending=True).category()
    now = _this_year(view).loc[NAMES[0]]
    assert now["change"] == 1.0 and now["step"] == ""
    assert "待定" in display.years_table(view).html


def test_the_words_name_who_kept_the_top_grade_only_among_those_whose_last_year_is_known(tmp_path) -> None:
    text = display.years_section(_case(tmp_path, [(NAMES[0], 2018, "优秀", "")]).category()).markdown
    assert "优秀中有上年等次的 1 个，上年也是的 1 个（厅机办公室）" in text
    assert "综合得分与上年比" not in text, "no score of last year is known"


def test_grades_alone_make_a_table_without_scores(tmp_path) -> None:
    past = [(NAMES[0], 2018, "优秀", ""), (NAMES[1], 2018, "一般", "")]
    table = display.years_table(_case(tmp_path, past).category())
    assert "2018年等次" in table.html and "等次变化" in table.html
    assert "比上年" not in table.html and "年得分" not in table.html


def test_the_overview_sums_up_each_category_that_has_earlier_years(tmp_path) -> None:
    results = _case(tmp_path, [(NAMES[0], 2018, "良好", "88.00"), (NAMES[1], 2018, "优秀", "86.00")])
    table = display.years_table(results)
    assert isinstance(table, Table) and "各类别与上年比较" in table.html
    assert charts.score_changes(results).axes, "the chart has a strip for it"


def test_without_earlier_years_there_is_no_section(tmp_path) -> None:
    results = read_results(write_sample(tmp_path, {"厅机关": 4}))
    for one in (results, results.category()):
        assert display.years_section(one) == NOTHING
        assert display.years_table(one) == NOTHING
