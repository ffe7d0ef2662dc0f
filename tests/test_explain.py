"""The explanation of one result: every figure, reason and source of it, as the tables have them."""

from __future__ import annotations

from pathlib import Path

import pytest
from offices import make_case

from kaohe_tools.assess import Assessment, assess
from kaohe_tools.exact import tidy
from kaohe_tools.explain import explain
from kaohe_tools.outputs import tables
from kaohe_tools.plaintext import WIDTH, columns, wrap
from kaohe_tools.problems import InputError
from kaohe_tools.scheme import built_in
from kaohe_tools.scoring import ADJUST


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> Assessment:
    return assess(make_case(tmp_path_factory.mktemp("office") / "case", simulated="true"))


@pytest.fixture(scope="module", params=built_in())
def case(request, shared) -> Assessment:
    folder = shared / "cases" / f"{request.param}-2"
    if not folder.is_dir():
        pytest.skip(f"../shared/cases 里没有 {folder.name}")
    return assess(folder)


def _texts(assessment: Assessment) -> dict[int, str]:
    """The explanation of every subject, blanks and line breaks taken out."""
    rows = assessment.subjects.itertuples()
    return {row.Index: tidy(explain(assessment, row.code or row.subject, row.stage)) for row in rows}


def test_every_figure_reason_and_source_stands_in_the_explanation(case):
    texts, found = _texts(case), tables(case)
    by_name = {(row.stage, row.subject, row.code): row.Index for row in case.subjects.itertuples()}
    parts = {part.name for stage in case.case.scheme.stages.values() for part in stage.parts}
    for row in found["结果"].to_dict("records"):
        text = texts[by_name[row["环节"], row["考核对象"], row.get("编号", "")]]
        assert tidy(f"结果：综合得分 {row['综合得分']} 分，排名第 {row['排名']}") in text
        for part in (*parts, ADJUST):
            assert tidy(f"◆ {part} {row[part]} 分") in text or not row[part]
        outcome = f"待定（{row['待定']}）" if row["待定"] else row["等次"] or "本环节不定等次"
        assert tidy(f"等次{outcome}") in text
    for reason in case.reasons.itertuples():
        article = f"（条款：{reason.article}）" if reason.article else ""
        assert tidy(f"{reason.step}：{reason.text}{article}") in texts[reason.subject]
    for row in case.consequences.itertuples():
        assert tidy(f"{row.matter}（条款：{row.article}）") in texts[row.subject]
    for number, row in zip(case.contributions["subject"], found["明细"].to_dict("records"), strict=True):
        text, where = texts[number], f"{row['文件']}[{row['工作表']}]!{row['单元格']}"
        assert tidy(f"得分 {row['得分']}，计入 {row['计入得分']}") in text
        assert all(tidy(word) in text for word in (row["指标"], row["考核项目"], row["规则"], row["条款"]))
        assert not row["文件"] or tidy(f"出处：{where}") in text
    for entry in case.entries[case.entries["set_aside"] != ""].itertuples():
        assert tidy(f"出处：{entry.file}[{entry.sheet}]!{entry.cell}") in texts[entry.subject]


def test_the_explanation_lists_each_contribution_once(case):
    counts = case.contributions["subject"].value_counts()
    assert {number: text.count(tidy("，计入")) for number, text in _texts(case).items()} == counts.to_dict()


def test_a_score_is_followed_to_its_cell(office):
    text = explain(office, "丙处")
    assert "演示数据" in text
    assert "考核项目：重点\n      1. 业务一：分值 30，得分 28，计入 22.4\n" in text
    assert "直接打分；×80/100；条款：三(一)、五(三)；出处：数据.xlsx[得分]!D7" in text
    assert "1. 述职超时：集中述职：得分 -0.5，计入 -0.5\n         台账；条款：五(一)4；出处：数据.xlsx[台账]!C2" in text
    assert "各类别优秀名额（方案写明为暂定）：事业局 1，市州局 3，厅机关 1，厅直属单位 3" in text


def test_an_entry_that_does_not_count_is_told_with_its_cell(tmp_path):
    office = assess(make_case(tmp_path / "case", cutoff="2019-05-20"))
    text = tidy(explain(office, "丙处"))
    assert tidy("没有计入的台账") in text and "当日或以后" in text
    assert tidy("述职超时“集中述职”的出处：数据.xlsx[台账]!C2") in text
    assert tidy("没有计入的台账") not in tidy(explain(office, "丁处"))


def test_fixed_places_ask_for_no_reading_of_quotas(office):
    assert "quota_rounding" not in explain(office, "甲局")
    assert "per_time" not in explain(office, "甲局")
    assert tidy("per_time: each") in tidy(explain(office, "丙处"))


def test_a_subject_is_found_whatever_its_white_space(office):
    assert explain(office, " 丙　处 ") == explain(office, "丙处", "单位")


@pytest.mark.parametrize(
    ("subject", "stage", "message"),
    [
        ("丙局处", None, "名册里没有“丙局处”；是不是“"),
        ("", None, "名册里没有“”"),
        ("丙处", "单元", "没有环节“单元”"),
    ],
)
def test_an_unknown_subject_or_stage_is_told_with_the_nearest(subject, stage, message, office):
    with pytest.raises(InputError, match=message):
        explain(office, subject, stage)


def test_two_of_one_name_are_asked_for_by_code(tmp_path):
    from offices import SHEETS

    roster = [["考核对象", "类别", "编号"], *([*row, f"A{i}"] for i, row in enumerate(SHEETS["名册"][1:], start=1))]
    sheets = {**SHEETS, "名册": roster}
    office = assess(make_case(tmp_path / "case", sheets=sheets))
    assert explain(office, "A3") == explain(office, "丙处")
    roster[4][0] = "丙处"
    names = {"丙处": "A3", "丁处": "A4"}
    sheets = {
        name: rows if name == "名册" else [[names.get(cell, cell) for cell in row] for row in rows]
        for name, rows in sheets.items()
    }
    office = assess(make_case(tmp_path / "same", sheets=sheets))
    with pytest.raises(InputError, match="“丙处”有 2 个同名对象；请改用编号：A3 丙处、A4 丙处"):
        explain(office, "丙处")
    assert "丙处（编号 A4）" in explain(office, "Ａ4")


def test_lines_are_no_wider_than_a_page(case):
    row = case.subjects.iloc[0]
    text = explain(case, row["code"] or row["subject"])
    assert max(map(columns, text.splitlines())) <= WIDTH
    assert text == text.replace("\t", "") and not any(line != line.rstrip() for line in text.splitlines())


def test_a_word_too_long_for_a_line_is_kept_whole():
    path = "a" * 30
    assert wrap(f"甲乙 {path}，丙", width=20) == ["甲乙", f"{path}，", "丙"]


def test_shared_names_are_told_stage_by_stage(shared):
    office = assess(Path(shared) / "cases" / "zhashui-2022-2")
    both = office.subjects.groupby("subject")["stage"].nunique()
    name = both.index[both > 1][0]
    text = explain(office, name)
    stages = list(office.subjects.loc[office.subjects["subject"] == name, "stage"])
    assert [stage for stage in stages if f"【{stage}】" not in text] == []
    last = [stage for stage in office.case.scheme.stages if stage not in stages][-1]
    with pytest.raises(InputError, match=f"环节“{last}”里没有“{name}”；它在这些环节参加考核：{stages[0]}、{stages[1]}"):
        explain(office, name, last)
