"""Marked copies: every problem at its cell and in the list, everything else as it was, nothing where it must not be."""

from __future__ import annotations

import shutil
import zipfile

import openpyxl
import pytest
import xlsxwriter
from docx import Document
from marks import AMBER, RED, fill, listed, marked, problem
from offices import make_case
from openpyxl.comments import Comment

from kaohe_tools.assess import check
from kaohe_tools.cli import main
from kaohe_tools.marking import OPINION, write_marked
from kaohe_tools.marking.cells import AUTHOR
from kaohe_tools.problems import Problems

# --- what is marked ---------------------------------------------------------------------------------------------------


def test_errors_are_red_and_warnings_amber_each_with_its_comment(tmp_path):
    case = make_case(tmp_path / "case", {"得分!D2": 21, "指标!F2": "15+5"})
    book = marked(case, tmp_path / "out")["数据.xlsx"]
    wrong, doubtful = book["得分"]["D2"], book["指标"]["F2"]
    assert (fill(wrong), fill(doubtful)) == (RED, AMBER)
    assert wrong.comment.author == doubtful.comment.author == AUTHOR == "考核数据核对"
    assert "错误：得分 21 高于分值 20（指标“党建”）" in wrong.comment.text
    assert "应在 0 到 20 之间" in wrong.comment.text
    others = [cell for row in book["得分"].iter_rows() for cell in row if cell.coordinate != "D2"]
    assert all(fill(cell) is None and cell.comment is None for cell in others)


def test_the_first_sheet_lists_every_problem_with_a_link_to_its_cell(tmp_path):
    case = make_case(tmp_path / "case", {"得分!D2": 21, "台账!D2": 1.5})
    problems = check(case)
    book = marked(case, tmp_path / "out", problems)["数据.xlsx"]
    assert book.sheetnames[0] == OPINION and book.active.title == OPINION
    rows = listed(book)
    assert len(rows) == sum(p.place.file == "数据.xlsx" for p in problems)
    row = next(cells for cells in book[OPINION].iter_rows() if cells[2].value == "得分!D2")
    assert row[2].hyperlink.location == "'得分'!D2"
    assert row[3].value == "得分 21 高于分值 20（指标“党建”）" and row[4].value == "应在 0 到 20 之间"
    assert any(row[1] == "提示" and row[2] == "工作表“名册”" for row in rows)


def test_only_one_sheet_is_chosen_so_that_nobody_types_into_several(tmp_path):
    book = marked(make_case(tmp_path / "case", {"得分!D2": 21}), tmp_path / "out")["数据.xlsx"]
    assert [sheet.title for sheet in book.worksheets if sheet.sheet_view.tabSelected] == [OPINION]


def test_several_problems_of_a_cell_share_a_comment_and_the_worst_gives_the_colour(tmp_path):
    case = make_case(tmp_path / "case")
    both = Problems([problem("D2", "警告", "可疑"), problem("D2", "错误", "不对"), problem("D3", "提示", "读了")])
    sheet = marked(case, tmp_path / "out", both)["数据.xlsx"]["得分"]
    assert fill(sheet["D2"]) == RED
    assert sheet["D2"].comment.text.splitlines() == ["错误：不对", "警告：可疑"]
    assert fill(sheet["D3"]) is None and sheet["D3"].comment is None


@pytest.mark.parametrize(
    "place, cells, comments",
    [
        ("D3、D7", {"D3", "D7"}, {"D3", "D7"}),
        ("B2:C3", {"B2", "B3", "C2", "C3"}, {"B2"}),
        ("5", {f"{c}5" for c in "ABCDEFGH"}, {"A5"}),
        ("第5行", {f"{c}5" for c in "ABCDEFGH"}, {"A5"}),
        ("D40", {"D40"}, {"D40"}),
        ("整表", set(), set()),
        ("ZZZ1", set(), set()),
    ],
)
def test_a_place_may_be_a_cell_several_a_range_a_row_or_none(tmp_path, place, cells, comments):
    case = make_case(tmp_path / "case")
    book = marked(case, tmp_path / "out", Problems([problem(place)]))["数据.xlsx"]
    found = [cell for row in book["得分"].iter_rows() for cell in row]
    assert {cell.coordinate for cell in found if fill(cell)} == cells
    assert {cell.coordinate for cell in found if cell.comment} == comments
    assert [row[2] for row in listed(book)] == [f"得分!{place}"]


def test_in_a_merged_block_the_first_cell_is_marked(tmp_path):
    case = make_case(tmp_path / "case")
    book = openpyxl.load_workbook(case / "数据.xlsx")
    book["得分"].merge_cells("A2:A3")
    book.save(case / "数据.xlsx")
    sheet = marked(case, tmp_path / "out", Problems([problem("A3")]))["数据.xlsx"]["得分"]
    assert fill(sheet["A2"]) == RED and sheet["A2"].comment is not None
    assert [str(block) for block in sheet.merged_cells.ranges] == ["A2:A3"]


def test_a_comment_that_was_there_is_kept(tmp_path):
    case = make_case(tmp_path / "case", {"得分!D2": 21})
    book = openpyxl.load_workbook(case / "数据.xlsx")
    book["得分"]["D2"].comment = Comment("张三填", "李四")
    book.save(case / "数据.xlsx")
    text = marked(case, tmp_path / "out")["数据.xlsx"]["得分"]["D2"].comment.text
    assert text.startswith("错误：得分 21 高于分值 20") and text.endswith("原批注：张三填")


def test_widths_validations_and_protection_stay(tmp_path):
    case = make_case(tmp_path / "case", {"得分!D2": 21})
    book = openpyxl.load_workbook(case / "数据.xlsx")
    sheet = book["得分"]
    sheet.column_dimensions["C"].width = 33
    rule = openpyxl.worksheet.datavalidation.DataValidation("list", formula1='"甲局,乙局"')
    rule.add("A2:A9")
    sheet.add_data_validation(rule)
    sheet.protection.sheet = True
    book.save(case / "数据.xlsx")
    copy = marked(case, tmp_path / "out")["数据.xlsx"]["得分"]
    assert copy.column_dimensions["C"].width == 33 and copy.protection.sheet
    assert [(v.formula1, str(v.sqref)) for v in copy.data_validations.dataValidation] == [('"甲局,乙局"', "A2:A9")]


# --- which files ------------------------------------------------------------------------------------------------------


def test_a_file_with_nothing_but_notes_is_not_copied(tmp_path):
    case = make_case(tmp_path / "case")
    assert {p.level for p in check(case)} == {"提示"}
    assert marked(case, tmp_path / "out") == {} and not (tmp_path / "out").exists()


def test_files_in_subfolders_keep_their_folder_and_a_csv_becomes_a_workbook(tmp_path):
    case = make_case(tmp_path / "case")
    (case / "补报").mkdir()
    (case / "补报" / "情形.csv").write_text("考核对象,情形,值,依据\n丙处,不得评优,也许,=cmd|x\n", "utf-8")
    books = marked(case, tmp_path / "out")
    assert list(books) == ["补报/情形.xlsx"]
    sheet = books["补报/情形.xlsx"]["情形"]
    assert fill(sheet["C2"]) == RED
    assert (sheet["D2"].value, sheet["D2"].data_type, sheet["D2"].quotePrefix) == ("=cmd|x", "s", True)


def test_tables_of_a_word_file_stand_on_their_sheets_at_the_same_cells(tmp_path):
    case = make_case(tmp_path / "case")
    paper = Document()
    table = paper.add_table(3, 3)
    rows = (("情形核对", "", ""), ("考核对象", "情形", "值"), ("丙处", "不得评优", "也许"))
    for i, row in enumerate(rows):
        for j, text in enumerate(row):
            table.cell(i, j).text = text
    table.cell(0, 0).merge(table.cell(0, 2))
    paper.save(case / "来文.docx")
    sheet = marked(case, tmp_path / "out")["来文.xlsx"]["表1"]
    assert [str(block) for block in sheet.merged_cells.ranges] == ["A1:C1"]
    assert fill(sheet["C3"]) == RED and sheet["C3"].value == "也许"


def test_a_file_that_cannot_be_opened_is_told_and_not_copied(tmp_path):
    case, told = make_case(tmp_path / "case"), Problems()
    (case / "坏.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    assert marked(case, tmp_path / "out", None, told) == {}
    [flaw] = told
    assert flaw.place.file == "坏.xlsx" and flaw.message.startswith("没有写标注文件：文件打不开")


def test_a_workbook_with_macros_becomes_one_without_and_says_so(tmp_path):
    case = make_case(tmp_path / "case", {"得分!D2": 21})
    (case / "数据.xlsx").rename(case / "数据.xlsm")
    book = marked(case, tmp_path / "out")["数据.xlsx"]
    texts = [str(row[0].value) for row in book[OPINION].iter_rows()]
    assert any("宏" in text and "删去原来的 数据.xlsm" in text for text in texts)


def test_nothing_is_written_into_the_case_or_over_a_file_that_is_no_marked_copy(tmp_path, capsys):
    case, told = make_case(tmp_path / "case", {"得分!D2": 21}), Problems()
    with pytest.raises(ValueError, match="案例文件夹"):
        write_marked(case, check(case), case / "标注")
    assert main(["check", str(case), "--marked", str(case)]) == 2
    original = (case / "数据.xlsx").read_bytes()
    (tmp_path / "out").mkdir()
    shutil.copy(case / "数据.xlsx", tmp_path / "out")
    assert marked(case, tmp_path / "out", None, told) == {}
    assert "同名文件" in told.items[0].message
    assert (tmp_path / "out" / "数据.xlsx").read_bytes() == (case / "数据.xlsx").read_bytes() == original


def test_names_that_lead_out_of_the_folder_are_not_followed(tmp_path):
    case = make_case(tmp_path / "case")
    shutil.copy(case / "数据.xlsx", tmp_path / "外面.xlsx")
    outside = Problems([problem("D2", file="../外面.xlsx"), problem("D2", file=str(tmp_path / "外面.xlsx"))])
    assert marked(case, tmp_path / "out", outside) == {}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["case", "外面.xlsx"]


def test_the_same_problems_give_the_same_bytes_and_a_second_time_replaces_the_first(tmp_path):
    case = make_case(tmp_path / "case", {"得分!D2": 21, "指标!F2": "15+5"})
    [one] = write_marked(case, check(case), tmp_path / "out")
    before = one.read_bytes()
    [again] = write_marked(case, check(case), tmp_path / "out")
    assert again == one and again.read_bytes() == before


def test_merged_cells_without_end_are_refused_and_told(tmp_path):
    case, told = make_case(tmp_path / "case", {"得分!D2": 21}), Problems()
    with xlsxwriter.Workbook(str(case / "大.xlsx")) as book:
        sheet = book.add_worksheet("情形")
        for i, row in enumerate([["考核对象", "情形", "值"], ["甲局", "不得评优", "有"]]):
            sheet.write_row(i, 0, row)
        sheet.merge_range("J1:K2", "")
    with zipfile.ZipFile(case / "大.xlsx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(case / "大.xlsx", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content.replace(b'"J1:K2"', b'"J1:XFD1048576"'))
    assert list(marked(case, tmp_path / "out", None, told)) == ["数据.xlsx"]
    assert [p.place.file for p in told] == ["大.xlsx"]


def test_the_command_writes_copies_and_says_where(tmp_path, capsys):
    case = make_case(tmp_path / "case", {"得分!D2": 21})
    assert main(["check", str(case), "--marked", str(tmp_path / "out")]) == 1
    assert f"标注文件：{tmp_path / 'out' / '数据.xlsx'}" in capsys.readouterr().out
    assert main(["check", str(case), "--json", "--marked", str(tmp_path / "out")]) == 1
    streams = capsys.readouterr()
    assert streams.out.startswith("[") and "标注文件" in streams.err


def test_pictures_that_explode_are_refused_and_told(tmp_path):
    case, told = make_case(tmp_path / "case", {"得分!D2": 21}), Problems()
    with zipfile.ZipFile(case / "数据.xlsx", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", bytes(101 * 2**20))
    assert marked(case, tmp_path / "out", None, told) == {}
    [flaw] = told
    assert "图片等附带内容太大（101 MB）" in flaw.message


def test_a_workbook_that_is_called_a_csv_file_is_copied_as_what_it_is(tmp_path):
    case = make_case(tmp_path / "case", {"得分!D2": 21})
    (case / "数据.xlsx").rename(case / "数据.csv")
    assert fill(marked(case, tmp_path / "out")["数据.xlsx"]["得分"]["D2"]) == RED
