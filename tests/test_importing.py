"""The importer: whatever shape official tables were printed in, the same rows come out, and nothing is lost unsaid."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from official_tables import (
    Drawn,
    Indicator,
    Style,
    body,
    bring,
    bring_word,
    cut,
    lay_out,
    meant,
    told,
    write_excel,
    write_word,
)

from kaohe_tools.problems import WARNING

# One logical table, many layouts


@st.composite
def tables(draw) -> list[Indicator]:
    rows: list[Indicator] = []
    names = iter(draw(st.permutations(["耕地保护", "国土测绘", "信访工作", "确权登记", "执法监察", "科技创新"])))
    for part in draw(st.sampled_from([["共性指标", "个性指标"], ["共性指标"], ["个性指标"], ["党政建设", "个性指标"]])):
        for project in draw(st.sampled_from([[""], [next(names)], [next(names), next(names)]])):
            for _ in range(draw(st.integers(1, 3))):
                points = draw(st.sampled_from([1, 2.5, 10, "3+2"]))
                rows.append(Indicator(part, project, f"完成第{len(rows) + 1}号任务，按期办结。", points))
    return rows


def split_at(rows: list[Indicator], at: int) -> list[list[Indicator]]:
    return [page for page in (rows[:at], rows[at:]) if page]


styles = st.builds(
    Style,
    labels=st.sampled_from(["merged", "blank", "repeat"]),
    paging=st.sampled_from(["restart", "header", "table", "table_header"]),
    relabel=st.booleans(),
    vertical=st.booleans(),
    wide=st.booleans(),
)
many = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


@many
@given(tables(), styles, st.integers(0, 6))
def test_the_same_table_imports_alike_from_word_however_it_is_drawn(tmp_path_factory, rows, style, at):
    assume(style.relabel or style.paging != "restart")
    drawn = lay_out(split_at(rows, at), style)
    path = write_word(tmp_path_factory.mktemp("word") / "表.docx", ["某市自然资源局", *drawn])
    table, problems = bring(path)
    assert meant(table) == rows
    assert set(table["考核对象"]) == {"某市自然资源局"}
    assert not problems.errors


@many
@given(tables(), styles, st.integers(0, 6))
def test_the_same_table_imports_alike_from_excel_however_it_is_drawn(tmp_path_factory, rows, style, at):
    assume(style.paging == "header" or (style.paging == "restart" and style.relabel))
    drawn = lay_out(split_at(rows, at), style)
    path = write_excel(tmp_path_factory.mktemp("excel") / "表.xlsx", {"某市自然资源局": drawn})
    table, problems = bring(path)
    assert meant(table) == rows
    assert set(table["考核对象"]) == {"某市自然资源局"}
    assert not problems.errors


@many
@given(tables(), styles, st.integers(1, 6), st.integers(1, 7), st.booleans())
def test_a_cell_cut_by_a_page_is_one_row_again(tmp_path_factory, rows, style, at, letters, points_below):
    assume(at < len(rows) and style.paging != "restart")
    pages = cut([rows[:at], rows[at:]], letters, points_below)
    drawn = lay_out(pages, style)
    table, problems = bring(write_word(tmp_path_factory.mktemp("cut") / "表.docx", ["某市自然资源局", *drawn]))
    assert meant(table) == rows
    assert len(told(problems, "已接成一行")) == 1
    assert "、" in table["来源行"][at - 1]


# Labels and pages


def test_a_label_that_begins_anew_marks_the_page_that_cut_a_sentence(tmp_path):
    rows = body(
        ["共性指标", "规划", "根据管理办法完成县人民政府计", 1.5],
        ["共性指标\n共性指标", None, "划审批的项目核发。", None],
        [None, None, "完成增减挂钩", 2],
        merges=[(2, 0, 3, 0)],
    )
    table, problems = bring_word(tmp_path, "某州局", rows)
    assert meant(table) == [
        Indicator("共性指标", "规划", "根据管理办法完成县人民政府计划审批的项目核发。", 1.5),
        Indicator("共性指标", "规划", "完成增减挂钩", 2),
    ]
    assert list(table["来源行"]) == ["表1 第2行、第3行", "表1 第4行"]
    assert told(problems, "被分页切断的一行", cell="C3")


def test_a_row_with_blank_points_below_a_finished_sentence_stays_a_row(tmp_path):
    rows = body(
        ["共性指标", "规划", "完成第一项。", 2], ["共性指标", None, "完成第二项。", None], merges=[(1, 1, 2, 1)]
    )
    table, problems = bring_word(tmp_path, "某州局", rows)
    assert list(table["分值"]) == [2, None]
    assert told(problems, "没有分值，已留空", WARNING, "D3")


def test_without_clear_evidence_an_unfinished_sentence_is_left_alone_with_a_warning(tmp_path):
    rows = body(["共性指标", "规划", "完成第一项", 2], [None, None, "完成第二项", None], [None, None, "完成第三项", 1])
    table, problems = bring_word(tmp_path, "某州局", rows)
    assert list(table["指标"]) == ["完成第一项", "完成第二项", "完成第三项"]
    assert told(problems, "可能是被切断的下半句", WARNING, "C3")


def test_a_sentence_that_stops_at_a_comma_goes_on_in_the_row_without_points(tmp_path):
    rows = body(["共性指标", "规划", "做好规划编制，", 2], [None, None, "按时上报。", None])
    table, _ = bring_word(tmp_path, "某州局", rows)
    assert list(table["指标"]) == ["做好规划编制，按时上报。"]


def halves(whole_elsewhere: str) -> list[str | Drawn]:
    """Unit 1 has 国土空间 at the foot of a page and 规划 at the head of the next; unit 2 has another label."""
    first = body(
        ["共性指标", "耕地", "甲。", 1],
        [None, "国土空间", "乙。", 1],
        ["共性指标", "规划", "丙。", 1],
        [None, None, "丁。", 1],
        merges=[(1, 0, 2, 0), (3, 0, 4, 0), (3, 1, 4, 1)],
    )
    return ["甲州局", first, "乙州局", body(["共性指标", whole_elsewhere, "戊。", 4])]


def test_a_label_cut_by_a_page_is_joined_when_the_whole_stands_elsewhere(tmp_path):
    table, problems = bring_word(tmp_path, *halves("国土空间规划"))
    assert list(table["考核项目"]) == ["耕地", "国土空间规划", "国土空间规划", "国土空间规划", "国土空间规划"]
    assert told(problems, "「国土空间」「规划」是被分页切断的一个", cell="B4")


def test_two_labels_at_a_page_stay_two_when_nothing_shows_that_they_are_one(tmp_path):
    table, problems = bring_word(tmp_path, *halves("信访"))
    assert list(table["考核项目"])[:4] == ["耕地", "国土空间", "规划", "规划"]
    assert told(problems, "可能是被切断的一个，未作改动", WARNING, "B4")


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("共\n性\n 指\n标", "共性指标"),
        ("共性指标共性指标", "共性指标"),
        ("个　性　目　标", "个性指标"),
        ("党政建设20分", "党政建设"),
        ("党政\n建设\n30", "党政建设"),
        ("一、共性指标（６０分）", "共性指标"),
        ("重点任务", "重点任务"),
    ],
)
def test_labels_are_cleaned_by_general_rules(tmp_path, printed, name):
    table, _ = bring_word(tmp_path, "办公室", body([printed, "政务", "办文。", 20]))
    assert list(table["部分"]) == [name]


def test_a_label_of_indicators_cut_in_two_is_one(tmp_path):
    table, problems = bring_word(tmp_path, "办公室", body(["共性", "政务", "办文。", 2], ["指标", "政务", "办会。", 3]))
    assert list(table["部分"]) == ["共性指标", "共性指标"]
    assert told(problems, "已接成「共性指标」")


def test_a_label_in_a_row_of_its_own_is_that_of_the_rows_below(tmp_path):
    rows = body(
        ["一、共性指标", None, None, None],
        [None, "政务", "办文。", 2],
        ["二、个性指标", None, None, None],
        [None, "党务", "办会。", 3],
        merges=[(1, 0, 1, 3), (3, 0, 3, 3)],
    )
    table, problems = bring_word(tmp_path, "办公室", rows)
    assert meant(table) == [Indicator("共性指标", "政务", "办文。", 2), Indicator("个性指标", "党务", "办会。", 3)]
    assert len(told(problems, "单独成行的指标类别")) == 2


def test_points_printed_with_a_label_are_compared_with_its_rows(tmp_path):
    _, problems = bring_word(tmp_path, "办公室", body(["共性指标（60分）", "政务", "办文。", 20]))
    assert told(problems, "「共性指标」标明 60 分，各行合计 20 分", WARNING)


# Points


@pytest.mark.parametrize("odd", ["3+2", "1．5", "5分", "若干", "５"])
def test_points_that_are_no_plain_number_are_kept_as_found_and_told(tmp_path, odd):
    table, problems = bring_word(tmp_path, "办公室", body(["个性指标", "政务", "办文。", odd]))
    assert list(table["分值"]) == [odd]
    assert told(problems, f"分值「{odd}」", WARNING, "D2")


def test_points_merged_over_rows_stand_in_the_first_and_the_others_are_told(tmp_path):
    rows = body(["个性指标", "政务", "办文。", 5], [None, None, "办会。", None], merges=[(1, 3, 2, 3)])
    table, problems = bring_word(tmp_path, "办公室", rows)
    assert list(table["分值"]) == [5, None]
    assert told(problems, "合并在一个单元格", WARNING, "D3")


def test_points_without_text_get_a_placeholder_and_a_warning(tmp_path):
    rows = body(["个性指标", "政务", "办文。", 5], [None, None, None, 1], [None, None, None, 2])
    table, problems = bring_word(tmp_path, "办公室", rows)
    assert list(table["指标"]) == ["办文。", "〔原表无文字〕", "〔原表无文字〕2"]
    assert told(problems, "有分值没有文字", WARNING, "C3")


def test_empty_rows_are_dropped_and_told(tmp_path):
    rows = body(["个性指标", "政务", "办文。", 5], [None] * 4, [None, None, "办会。", 5])
    table, problems = bring_word(tmp_path, "办公室", rows)
    assert len(table) == 2
    assert told(problems, "第3行是空行")


def test_totals_are_skipped_told_and_checked(tmp_path):
    rows = body(
        ["共性指标", "政务", "办文。", 5],
        [None, "小计", None, 5],
        ["个性指标", "党务", "办会。", 4],
        ["合　计", None, None, 10],
        merges=[(4, 0, 4, 2)],
    )
    table, problems = bring_word(tmp_path, "办公室", rows)
    assert list(table["指标"]) == ["办文。", "办会。"]
    assert told(problems, "「小计」行没有作为指标导入，5 与各行之和一致")
    assert told(problems, "所填 10 与各行之和 9 不一致", WARNING, "D5")


def test_a_sum_unlike_that_of_most_tables_of_the_group_is_told_with_both_figures(tmp_path):
    blocks: list[str | Drawn] = ["2019年度各事业局考核任务目标"]
    for unit, points in (("甲局", 80), ("乙局", 80), ("丙局", 85)):
        blocks += [unit, body(["个性指标", "政务", f"{unit}办文。", points])]
    blocks += ["2019年度厅机关各部门考核任务目标", "办公室", body(["个性指标", "政务", "办文。", 70])]
    _, problems = bring_word(tmp_path, *blocks)
    assert len(told(problems, "多数表合计")) == 1
    assert told(problems, "「丙局」各行分值合计 85，而「2019年度各事业局考核任务目标」之下多数表合计 80", WARNING)
