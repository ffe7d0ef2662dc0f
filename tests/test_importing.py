"""The importer: whatever shape official tables were printed in, the same rows come out, and nothing is lost in silence."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from official_tables import HEADER, Drawn, Indicator, Style, cut, lay_out, write_excel, write_word
from openpyxl import load_workbook

from kaohe_tools.importing import COLUMNS, read_official, write_indicators
from kaohe_tools.problems import ERROR, WARNING, Problems

VOCABULARY = {
    "事业局": [],
    "市州局": ["市(州)局", "市州自然资源主管部门"],
    "厅机关": ["厅机关各部门"],
    "厅直属单位": ["厅直属事业单位"],
}
INPUT = Path(__file__).resolve().parents[2] / "shared" / "input" / "qinghai_2019_indicators.docx"
real = pytest.mark.skipif(not INPUT.exists(), reason="没有 ../shared 里的真实指标表")


def bring(path: Path, vocabulary=VOCABULARY) -> tuple[pd.DataFrame, Problems]:
    problems = Problems()
    return read_official(path, vocabulary, problems), problems


def meant(table: pd.DataFrame) -> list[Indicator]:
    return [Indicator(*row) for row in table[["部分", "考核项目", "指标", "分值"]].itertuples(index=False)]


def told(problems: Problems, text: str, level: str = "", cell: str | None = None) -> list[str]:
    return [
        str(item)
        for item in problems
        if text in item.message and level in ("", item.level) and cell in (None, item.place.cell)
    ]


def word(tmp_path: Path, *blocks: str | Drawn) -> tuple[pd.DataFrame, Problems]:
    return bring(write_word(tmp_path / "目标.docx", blocks))


def body(*rows: list[object], merges=()) -> Drawn:
    """A table with the usual header and these rows; merges count from the header row, which is 0."""
    return Drawn([list(HEADER), *rows], list(merges))


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
many = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


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
    table, problems = word(tmp_path, "某州局", rows)
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
    table, problems = word(tmp_path, "某州局", rows)
    assert list(table["分值"]) == [2, None]
    assert told(problems, "没有分值，已留空", WARNING, "D3")


def test_without_clear_evidence_an_unfinished_sentence_is_left_alone_with_a_warning(tmp_path):
    rows = body(["共性指标", "规划", "完成第一项", 2], [None, None, "完成第二项", None], [None, None, "完成第三项", 1])
    table, problems = word(tmp_path, "某州局", rows)
    assert list(table["指标"]) == ["完成第一项", "完成第二项", "完成第三项"]
    assert told(problems, "可能是被切断的下半句", WARNING, "C3")


def test_a_sentence_that_stops_at_a_comma_goes_on_in_the_row_without_points(tmp_path):
    rows = body(["共性指标", "规划", "做好规划编制，", 2], [None, None, "按时上报。", None])
    table, _ = word(tmp_path, "某州局", rows)
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
    table, problems = word(tmp_path, *halves("国土空间规划"))
    assert list(table["考核项目"]) == ["耕地", "国土空间规划", "国土空间规划", "国土空间规划", "国土空间规划"]
    assert told(problems, "「国土空间」「规划」是被分页切断的一个", cell="B4")


def test_two_labels_at_a_page_stay_two_when_nothing_shows_that_they_are_one(tmp_path):
    table, problems = word(tmp_path, *halves("信访"))
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
    table, _ = word(tmp_path, "办公室", body([printed, "政务", "办文。", 20]))
    assert list(table["部分"]) == [name]


def test_a_label_of_indicators_cut_in_two_is_one(tmp_path):
    table, problems = word(tmp_path, "办公室", body(["共性", "政务", "办文。", 2], ["指标", "政务", "办会。", 3]))
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
    table, problems = word(tmp_path, "办公室", rows)
    assert meant(table) == [Indicator("共性指标", "政务", "办文。", 2), Indicator("个性指标", "党务", "办会。", 3)]
    assert len(told(problems, "单独成行的指标类别")) == 2


def test_points_printed_with_a_label_are_compared_with_its_rows(tmp_path):
    _, problems = word(tmp_path, "办公室", body(["共性指标（60分）", "政务", "办文。", 20]))
    assert told(problems, "「共性指标」标明 60 分，各行合计 20 分", WARNING)


# Points


@pytest.mark.parametrize("odd", ["3+2", "1．5", "5分", "若干", "５"])
def test_points_that_are_no_plain_number_are_kept_as_found_and_told(tmp_path, odd):
    table, problems = word(tmp_path, "办公室", body(["个性指标", "政务", "办文。", odd]))
    assert list(table["分值"]) == [odd]
    assert told(problems, f"分值「{odd}」", WARNING, "D2")


def test_points_merged_over_rows_stand_in_the_first_and_the_others_are_told(tmp_path):
    rows = body(["个性指标", "政务", "办文。", 5], [None, None, "办会。", None], merges=[(1, 3, 2, 3)])
    table, problems = word(tmp_path, "办公室", rows)
    assert list(table["分值"]) == [5, None]
    assert told(problems, "合并在一个单元格", WARNING, "D3")


def test_points_without_text_get_a_placeholder_and_a_warning(tmp_path):
    rows = body(["个性指标", "政务", "办文。", 5], [None, None, None, 1], [None, None, None, 2])
    table, problems = word(tmp_path, "办公室", rows)
    assert list(table["指标"]) == ["办文。", "〔原表无文字〕", "〔原表无文字〕2"]
    assert told(problems, "有分值没有文字", WARNING, "C3")


def test_empty_rows_are_dropped_and_told(tmp_path):
    rows = body(["个性指标", "政务", "办文。", 5], [None] * 4, [None, None, "办会。", 5])
    table, problems = word(tmp_path, "办公室", rows)
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
    table, problems = word(tmp_path, "办公室", rows)
    assert list(table["指标"]) == ["办文。", "办会。"]
    assert told(problems, "「小计」行没有作为指标导入，5 与各行之和一致")
    assert told(problems, "所填 10 与各行之和 9 不一致", WARNING, "D5")


def test_a_sum_unlike_that_of_most_tables_of_the_group_is_told_with_both_figures(tmp_path):
    blocks: list[str | Drawn] = ["2019年度各事业局考核任务目标"]
    for unit, points in (("甲局", 80), ("乙局", 80), ("丙局", 85)):
        blocks += [unit, body(["个性指标", "政务", f"{unit}办文。", points])]
    blocks += ["2019年度厅机关各部门考核任务目标", "办公室", body(["个性指标", "政务", "办文。", 70])]
    _, problems = word(tmp_path, *blocks)
    assert len(told(problems, "多数表合计")) == 1
    assert told(problems, "「丙局」各行分值合计 85，而「2019年度各事业局考核任务目标」之下多数表合计 80", WARNING)


# Headers and columns


def test_a_table_without_a_column_of_projects_has_blank_projects(tmp_path):
    rows = Drawn([["指标类别", "考　核　内　容", "分值"], ["个性指标", "办文。", 5]])
    table, _ = word(tmp_path, "研究院", rows)
    assert meant(table) == [Indicator("个性指标", "", "办文。", 5)]


def test_a_header_may_call_projects_goals(tmp_path):
    rows = Drawn([["指标类别", "考核目标", "考核内容", "分值（分）"], ["个性指标", "政务", "办文。", 5]])
    table, _ = word(tmp_path, "研究院", rows)
    assert list(table["考核项目"]) == ["政务"]


def test_a_table_without_header_under_a_new_heading_is_read_like_the_one_before_and_told(tmp_path):
    second = Drawn([["个性指标", "党务", "办会。", 5]])
    table, problems = word(tmp_path, "办公室", body(["个性指标", "政务", "办文。", 5]), "人事处", second)
    assert list(table["考核对象"]) == ["办公室", "人事处"]
    assert told(problems, "没有表头", WARNING)


def test_columns_that_are_not_imported_are_told(tmp_path):
    rows = Drawn([[*HEADER, "责任人"], ["个性指标", "政务", "办文。", 5, "张三"]])
    _, problems = word(tmp_path, "办公室", rows)
    assert told(problems, "列「责任人」")


def test_a_file_without_any_header_is_an_error(tmp_path):
    table, problems = word(tmp_path, "办公室", Drawn([["甲", "乙", "丙", 3]]))
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
    table, problems = word(tmp_path, *headings, body(["个性指标", "政务", "办文。", 5]))
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
    table, problems = word(tmp_path, heading, body(["党政建设30", "党建", "办会。", 30]))
    assert list(table["类别"]) == categories and set(table["考核对象"]) == {""}
    assert set(table["部分"]) == {"党政建设"}
    assert bool(told(problems, "不是已知的类别名称", WARNING)) == ("镇办" in categories)


def test_without_a_vocabulary_the_names_in_the_heading_are_the_categories(tmp_path):
    rows = body(["党政建设", "党建", "办会。", 20])
    path = write_word(tmp_path / "表.docx", ["2019年度事业局、市(州)局领导班子党政建设", rows])
    table, _ = bring(path, None)
    assert list(table["类别"]) == ["事业局", "市(州)局"]


def test_a_table_without_any_heading_is_an_error(tmp_path):
    _, problems = word(tmp_path, body(["个性指标", "政务", "办文。", 5]))
    assert told(problems, "没有单位名称", ERROR)


def test_a_new_group_without_a_unit_is_not_taken_for_the_unit_before(tmp_path):
    rows = body(["个性指标", "政务", "办文。", 5])
    _, problems = word(tmp_path, "办公室", rows, "2019年度考核任务目标", rows)
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
    table, problems = word(tmp_path, "办公室", first, "说明：以上由办公室解释。", "人事处", second)
    assert list(table["考核对象"]) == ["办公室", "人事处"]
    assert told(problems, "表内附注没有导入") and told(problems, "「说明：以上由办公室解释。」")


def test_rows_alike_in_project_and_text_are_told(tmp_path):
    _, problems = word(tmp_path, "办公室", body(["个性指标", "政务", "办文。", 5], [None, None, "办 文。", 1]))
    assert told(problems, "考核项目和指标相同", WARNING, "C3")


# The workbook


def test_the_written_workbook_reads_back_equal_and_lists_every_problem(tmp_path):
    dangerous = ["=1+1", "+加强领导", "-减少会议", "@全体"]
    rows = [Indicator("共性指标", "规划", text, 2.5) for text in dangerous]
    rows += [Indicator("个性指标", "", "办文。", "3+2"), Indicator("个性指标", "", "办会。", None)]
    path = write_word(tmp_path / "表.docx", ["办公室", *lay_out([rows], Style())])
    table, problems = bring(path)
    out = tmp_path / "指标.xlsx"
    write_indicators(table, out, problems)
    back = pd.read_excel(out, sheet_name="指标", dtype=object, keep_default_na=False, engine="openpyxl")
    assert list(back.columns) == COLUMNS
    assert back.values.tolist() == table.map(lambda value: "" if value is None else value).values.tolist()
    sheet = load_workbook(out)["指标"]
    assert sheet.freeze_panes == "A2" and all(cell.data_type == "s" for cell in sheet["E"])
    notes = pd.read_excel(out, sheet_name="说明", engine="openpyxl")
    assert list(notes.columns) == ["级别", "位置", "问题", "建议"]
    assert list(notes["问题"]) == [item.message for item in problems.sorted()]


def test_the_workbook_has_no_clock_in_it(tmp_path):
    path = write_word(tmp_path / "表.docx", ["办公室", body(["个性指标", "政务", "办文。", 5])])
    table, problems = bring(path)
    out = tmp_path / "指标.xlsx"
    write_indicators(table, out, problems)
    with zipfile.ZipFile(out) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        assert set(re.findall(rb">(\d{4})-\d\d-\d\dT", archive.read("docProps/core.xml"))) == {b"2000"}


# The real document


def raw_tables() -> list[list[list[str]]]:
    """Tables, rows and cell texts by the bare XML: nothing here is shared with the importer."""
    space = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

    def text(cell: ElementTree.Element) -> str:
        return "".join(node.text or "" for node in cell.iter(f"{space}t"))

    with zipfile.ZipFile(INPUT) as archive:
        root = ElementTree.fromstring(archive.read("word/document.xml"))
    return [
        [[text(cell) for cell in row.iter(f"{space}tc")] for row in table.iter(f"{space}tr")]
        for table in root.iter(f"{space}tbl")
    ]


@pytest.fixture(scope="module")
def official() -> tuple[pd.DataFrame, Problems]:
    return bring(INPUT)


@real
def test_every_row_of_the_real_tables_comes_out_once_or_is_told(official):
    table, problems = official
    source = {(t, r) for t, rows in enumerate(raw_tables(), 1) for r in range(2, len(rows) + 1)}
    assert len(source) == 1020
    used: Counter[tuple[int, int]] = Counter()
    for text in set(table["来源行"]):
        used.update((int(re.match(r"表(\d+)", text)[1]), int(row)) for row in re.findall(r"第(\d+)行", text))
    assert set(used.values()) == {1}
    assert source - set(used) == {(13, 41)} and set(used) <= source
    assert [item.place.cell for item in problems if "空行" in item.message] == ["41"]


@real
def test_every_text_and_every_figure_of_the_real_tables_is_in_the_output(official):
    table, _ = official
    out: dict[tuple[int, int], tuple[str, object]] = {}
    for source, text, points in table[["来源行", "指标", "分值"]].itertuples(index=False):
        for row in re.findall(r"第(\d+)行", source):
            out[int(re.match(r"表(\d+)", source)[1]), int(row)] = text, points
    for t, rows in enumerate(raw_tables(), 1):
        for r, cells in enumerate(rows[1:], 2):
            if (t, r) == (13, 41):
                continue
            text, points = out[t, r]
            assert "".join(cells[-2].split()) in "".join(text.split())
            if cells[-1] and (t, r) not in {(9, 57), (14, 21)}:
                assert points == float(cells[-1])


@real
def test_the_real_tables_have_their_units_categories_and_labels(official):
    table, problems = official
    assert not problems.errors
    assert len(table) == 998 + 2 * 20
    assert table.loc[table["考核对象"] != "", "考核对象"].nunique() == 52
    shared = table[table["考核对象"] == ""]
    assert shared["类别"].value_counts().to_dict() == {"事业局": 12, "市州局": 12, "厅机关": 8, "厅直属单位": 8}
    assert set(shared["部分"]) == {"党政建设"}
    assert set(table["部分"]) == {"党政建设", "共性指标", "个性指标"}
    assert {"人事处", "执法局", "矿产资源保护监督处"} <= set(table["考核对象"])
    joined = table[table["来源行"].isin(["表8 第15行", "表8 第16行", "表8 第17行"])]
    assert list(joined["考核项目"]) == ["国土空间规划"] * 3


@real
def test_the_flaws_of_the_real_tables_are_told_where_they_stand(official):
    table, problems = official
    warnings = {(item.place.sheet, item.place.cell) for item in problems if item.level == WARNING}
    blank, nameless = {("表11", "D25"), ("表11", "D31")}, {("表11", "C54")}
    odd, sums = {("表9", "D57"), ("表14", "D21")}, {("表9", ""), ("表13", "")}
    assert warnings == blank | nameless | odd | sums
    assert told(problems, "「海西州自然资源局」各行分值合计 85") and told(
        problems, "「果洛州自然资源局」各行分值合计 83"
    )
    kept = table[table["分值"].map(lambda value: not isinstance(value, float))]
    assert kept["分值"].tolist() == ["3+2", None, None, "1．5"]
    assert told(problems, "被分页切断的一行", cell="C23") and told(problems, "「国土空间」「规划」", cell="B16")
