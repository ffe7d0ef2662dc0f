"""The importer: whose table it is, which column is which, and what cannot be read."""

from __future__ import annotations

import pytest
from official_tables import HEADER, Drawn, Indicator, body, bring, bring_word, meant, told, write_excel, write_word

from kaohe_tools.importing import COLUMNS
from kaohe_tools.problems import ERROR, WARNING

# Headers and columns


def test_a_table_without_a_column_of_projects_has_blank_projects(tmp_path):
    rows = Drawn([["指标类别", "考　核　内　容", "分值"], ["个性指标", "办文。", 5]])
    table, _ = bring_word(tmp_path, "研究院", rows)
    assert meant(table) == [Indicator("个性指标", "", "办文。", 5)]


def test_a_header_may_call_projects_goals(tmp_path):
    rows = Drawn([["指标类别", "考核目标", "考核内容", "分值（分）"], ["个性指标", "政务", "办文。", 5]])
    table, _ = bring_word(tmp_path, "研究院", rows)
    assert list(table["考核项目"]) == ["政务"]


def test_a_table_without_header_under_a_new_heading_is_read_like_the_one_before_and_told(tmp_path):
    second = Drawn([["个性指标", "党务", "办会。", 5]])
    table, problems = bring_word(tmp_path, "办公室", body(["个性指标", "政务", "办文。", 5]), "人事处", second)
    assert list(table["考核对象"]) == ["办公室", "人事处"]
    assert told(problems, "没有表头", WARNING)


def test_a_header_of_two_rows_is_read_to_its_lower_row(tmp_path):
    header = [["指标类别", "考核指标", None, "分值"], [None, "考核项目", "考核内容", None]]
    rows = Drawn([*header, ["共性指标", "规划", "编制规划。", 3]], [(0, 0, 1, 0), (0, 1, 0, 2), (0, 3, 1, 3)])
    table, _ = bring_word(tmp_path, "甲局", rows)
    assert meant(table) == [Indicator("共性指标", "规划", "编制规划。", 3)]


def test_a_body_whose_columns_do_not_stand_right_below_the_header_is_read_by_what_overlaps(tmp_path):
    header = ["指标类别", "考核项目", None, "考核内容", None, "分值"]
    rows = Drawn(
        [header, ["共性指标", "规划", "编制规划。", None, None, 3]], [(0, 1, 0, 2), (0, 3, 0, 4), (1, 2, 1, 4)]
    )
    table, _ = bring_word(tmp_path, "甲局", rows)
    assert meant(table) == [Indicator("共性指标", "规划", "编制规划。", 3)]


def test_a_column_of_units_names_them(tmp_path):
    rows = Drawn(
        [
            ["考核对象", *HEADER],
            ["甲局", "共性指标", "规划", "编制规划。", 3],
            [None, None, None, "落实规划。", 3],
            ["乙局", "个性指标", None, "编制规划。", 3],
        ]
    )
    table, problems = bring(write_excel(tmp_path / "表.xlsx", {"汇总": ["2019年度考核任务目标", rows]}))
    assert list(table["考核对象"]) == ["甲局", "甲局", "乙局"]
    assert list(table["考核项目"]) == ["规划", "规划", ""]
    assert not problems.errors


def test_a_table_that_is_tidy_already_needs_no_import(tmp_path):
    rows = Drawn(
        [
            COLUMNS,
            ["甲局", "", "共性指标", "规划", "编制规划。", 3, ""],
            ["", "厅机关", "党政建设", "", "党建。", 3, ""],
        ]
    )
    _, problems = bring(write_excel(tmp_path / "表.xlsx", {"指标": [rows]}))
    assert told(problems, "不需要导入", ERROR)


def test_a_formula_that_nothing_has_calculated_leaves_points_blank_and_is_told(tmp_path):
    rows = body(["共性指标", "规划", "编制规划。", "=1+2"])
    table, problems = bring(write_excel(tmp_path / "表.xlsx", {"甲局": [rows]}))
    assert list(table["分值"]) == [None]
    assert told(problems, "没有存计算结果", WARNING, "D2")


def test_columns_that_are_not_imported_are_told(tmp_path):
    rows = Drawn([[*HEADER, "责任人"], ["个性指标", "政务", "办文。", 5, "张三"]])
    _, problems = bring_word(tmp_path, "办公室", rows)
    assert told(problems, "列「责任人」")


def test_a_file_without_any_header_is_an_error(tmp_path):
    table, problems = bring_word(tmp_path, "办公室", Drawn([["甲", "乙", "丙", 3]]))
    assert table.empty and told(problems, "没有找到表头", ERROR)


def test_files_that_cannot_be_read_are_errors_and_no_tracebacks(tmp_path):
    broken, other = tmp_path / "坏.docx", tmp_path / "表.pdf"
    broken.write_bytes(b"no zip")
    other.write_bytes(b"%PDF")
    for path in (broken, other, tmp_path / "无.docx"):
        table, problems = bring(path)
        assert list(table.columns) == COLUMNS and table.empty and len(problems.errors) == 1


# Whose table it is


@pytest.mark.parametrize(
    ("headings", "unit"),
    [
        (["人 事 处"], "人事处"),
        (["2019年度厅机关各部门考核任务目标", "二、办公室"], "办公室"),
        (["2019年度各事业局考核任务目标省核工业地质局"], "省核工业地质局"),
        (["2019年度西宁市自然资源和规划局考核任务目标"], "西宁市自然资源和规划局"),
        (["西宁市自然资源和规划局2019年度考核任务目标（80分）"], "西宁市自然资源和规划局"),
        (["注：满分70分。", "二〇一九年三月", "考核单位（盖章）：办公室"], "办公室"),
    ],
)
def test_the_unit_is_found_in_the_headings(tmp_path, headings, unit):
    table, problems = bring_word(tmp_path, *headings, body(["个性指标", "政务", "办文。", 5]))
    assert list(table["考核对象"]) == [unit] and list(table["类别"]) == [""]
    assert not problems.errors


@pytest.mark.parametrize(
    ("heading", "categories"),
    [
        ("2019年度事业局、市(州)局领导班子党政建设", ["事业局", "市州局"]),
        ("厅机关和厅直属单位2019年度党政建设考核目标", ["厅机关", "厅直属单位"]),
        ("厅机关", ["厅机关"]),
        ("镇办、县直部门及驻柞单位2022年度党政建设考核目标", ["镇办", "县直部门", "驻柞单位"]),
    ],
)
def test_a_shared_table_gives_one_row_for_each_category_it_names(tmp_path, heading, categories):
    table, problems = bring_word(tmp_path, heading, body(["党政建设30", "党建", "办会。", 30]))
    assert list(table["类别"]) == categories and set(table["考核对象"]) == {""}
    assert set(table["部分"]) == {"党政建设"}
    assert bool(told(problems, "不是已知的类别名称", WARNING)) == ("镇办" in categories)


def test_without_a_vocabulary_the_names_in_the_heading_are_the_categories(tmp_path):
    rows = body(["党政建设", "党建", "办会。", 20])
    path = write_word(tmp_path / "表.docx", ["2019年度事业局、市(州)局领导班子党政建设", rows])
    table, _ = bring(path, None)
    assert list(table["类别"]) == ["事业局", "市(州)局"]


def test_a_table_without_any_heading_is_an_error(tmp_path):
    _, problems = bring_word(tmp_path, body(["个性指标", "政务", "办文。", 5]))
    assert told(problems, "没有单位名称", ERROR)


def test_a_new_group_without_a_unit_is_not_taken_for_the_unit_before(tmp_path):
    rows = body(["个性指标", "政务", "办文。", 5])
    _, problems = bring_word(tmp_path, "办公室", rows, "2019年度考核任务目标", rows)
    assert told(problems, "没有单位名称", ERROR)


def test_excel_sheets_are_named_by_title_rows_or_by_the_sheet(tmp_path):
    rows = body(["个性指标", "政务", "办文。", 5])
    path = write_excel(
        tmp_path / "表.xlsx",
        {
            "Sheet1": ["2019年度办公室考核任务目标", rows],
            "人事处": ["2019年度厅机关各部门考核任务目标", rows],
            "两个": ["综合处", rows, "法规处", rows],
        },
    )
    table, problems = bring(path)
    assert list(table["考核对象"]) == ["办公室", "人事处", "综合处", "法规处"]
    assert list(table["来源行"]) == ["Sheet1!C3", "人事处!C3", "两个!C3", "两个!C6"]
    assert not problems.errors


def test_a_title_that_stands_on_every_sheet_names_no_unit(tmp_path):
    title, rows = "某某厅2019年度目标考核指标", body(["个性指标", "政务", "办文。", 5])
    path = write_excel(tmp_path / "表.xlsx", {"办公室": [title, rows], "人事处": [title, rows]})
    table, _ = bring(path)
    assert list(table["考核对象"]) == ["办公室", "人事处"]


def test_notes_in_and_below_tables_are_told_and_no_rows(tmp_path):
    first = body(["个性指标", "政务", "办文。", 5], ["注：加分另计", None, None, None], merges=[(2, 0, 2, 3)])
    second = body(["个性指标", "党务", "办会。", 5])
    table, problems = bring_word(tmp_path, "办公室", first, "说明：以上由办公室解释。", "人事处", second)
    assert list(table["考核对象"]) == ["办公室", "人事处"]
    assert told(problems, "表内附注没有导入") and told(problems, "「说明：以上由办公室解释。」")


def test_rows_alike_in_project_and_text_are_told(tmp_path):
    _, problems = bring_word(tmp_path, "办公室", body(["个性指标", "政务", "办文。", 5], [None, None, "办 文。", 1]))
    assert told(problems, "考核项目和指标相同", WARNING, "C3")
