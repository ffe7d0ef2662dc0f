"""The case that comes with the project: the 2019 tables, flaws and all, and figures that are said to be made up."""

from __future__ import annotations

import re
import shutil

import openpyxl
import pytest
from offices import told

from kaohe_tools.assess import assess
from kaohe_tools.outputs import tables
from kaohe_tools.simulate import FILES, simulate, write_simulated

TABLES = "名册与指标.xlsx"


@pytest.fixture(scope="module")
def assessment(bundled_case):
    return assess(bundled_case)


def _rows(folder, sheet):
    book = openpyxl.load_workbook(folder / TABLES)
    return list(book[sheet].iter_rows(min_row=4, values_only=True))


def test_it_has_the_52_units_in_four_categories(assessment):
    counts = assessment.subjects["category"].value_counts().to_dict()
    assert counts == {"事业局": 4, "市州局": 8, "厅机关": 24, "厅直属单位": 16}


def test_it_runs_with_warnings_only_each_a_flaw_of_the_2019_tables(assessment):
    assert not assessment.problems.errors
    assert told(assessment.problems, "警告") == [
        ("指标!F211", "“海西州自然资源局”的“业务”指标分值合计 85，应为 80"),
        ("指标!F266", "分值“3+2”按 5 读取"),
        ("指标!F343", "分值空白，本行不计分（指标“农村房地一体确权发证”）"),
        ("指标!F349", "分值空白，本行不计分（指标“矿山治理核实与保证金清退”）"),
        ("指标!E372", "指标没有文字，只有分值"),
        ("指标!F424", "“果洛州自然资源局”的“业务”指标分值合计 83，应为 80"),
    ]


def test_titles_are_short_and_tell_the_rows_of_a_unit_apart(bundled_case):
    rows = _rows(bundled_case, "指标")
    titles = [row[4] for row in rows]
    assert max(map(len, titles)) <= 20
    assert len({(row[0], row[1], row[3], row[4]) for row in rows}) == len(rows)


def test_its_rows_and_points_are_those_of_the_official_tables(bundled_case, shared):
    from kaohe_tools.importing import read_official
    from kaohe_tools.problems import Problems
    from kaohe_tools.scheme import category_vocabulary

    source = shared / "input" / "qinghai_2019_indicators.docx"
    official = read_official(source, category_vocabulary(), Problems())
    ours = _rows(bundled_case, "指标")
    wanted = [
        (r["考核对象"] or r["类别"], r["部分"], r["考核项目"], _shown(r["分值"])) for r in official.to_dict("records")
    ]
    found = [(r[0] or r[1], r[2], r[3] or "", _shown(r[5])) for r in ours]
    assert sorted(found) == sorted(wanted)


def _shown(points):
    return "" if points is None else str(points).removesuffix(".0")


def test_no_title_is_a_sentence_of_the_source(bundled_case, shared):
    text = "".join(path.read_text(encoding="utf-8") for path in (shared / "seeds").glob("003_*.txt"))
    sentences = {re.sub(r"\W", "", part) for part in re.split(r"[。；\n\t]", text)}
    titles = {re.sub(r"\W", "", row[4]) for row in _rows(bundled_case, "指标")}
    assert not {title for title in titles & sentences if len(title) > 8}


def test_made_up_figures_say_so_wherever_they_stand(bundled_case, assessment):
    assert assessment.case.simulated
    for name in FILES.values():
        assert "演示数据" in openpyxl.load_workbook(bundled_case / name).active["A1"].value


def test_they_are_the_ones_that_the_simulator_makes_again(bundled_case):
    for kind, table in simulate(bundled_case, 2024).items():
        sheet = openpyxl.load_workbook(bundled_case / FILES[kind]).active
        kept = [list(row) for row in sheet.iter_rows(min_row=3, values_only=True)]
        made = [
            list(table.columns),
            *([None if v == "" or v != v else v for v in row] for row in table.itertuples(index=False)),
        ]
        assert kept == made, kind


def test_another_seed_makes_other_figures_and_the_case_still_runs(bundled_case, tmp_path):
    folder = tmp_path / "case"
    shutil.copytree(bundled_case, folder)
    write_simulated(folder, 7)
    other = assess(folder)
    assert not other.problems.errors
    assert other.inputs[FILES["scores"]] != assess(bundled_case).inputs[FILES["scores"]]


def test_the_simulated_scores_look_like_an_office_s(assessment):
    trail = assessment.contributions[assessment.contributions["leaf"] == "目标任务"]
    share = trail["score"] / trail["points"]
    assert 0.8 < share.mean() < 0.97
    assert 0.1 < (share == 1).mean() < 0.7
    assert share.groupby(trail["subject"]).mean().std() > 0.01


def test_one_who_may_not_be_excellent_gives_way_in_it(assessment):
    found = tables(assessment)
    reasons = found["理由"]
    assert reasons["说明"].str.contains("名额顺延").any()
    assert (found["名额"]["已用"] == found["名额"]["名额"]).all()
