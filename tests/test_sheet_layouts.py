"""Sheets as departments lay them out: what is clear is read as meant, what is not is refused at its cell."""

from __future__ import annotations

import copy
import shutil

import openpyxl
import pytest
from offices import SHEETS, make_case, told

from kaohe_tools.assess import assess, check
from kaohe_tools.outputs import tables


def _result(case) -> str:
    return tables(assess(case))["结果"].to_csv()


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> str:
    return _result(make_case(tmp_path_factory.mktemp("plain") / "case"))


def _edited(folder, sheet, edit):
    """The small office with one sheet of its workbook edited by a function."""
    case = make_case(folder)
    book = openpyxl.load_workbook(case / "数据.xlsx")
    edit(book[sheet])
    book.save(case / "数据.xlsx")
    return case


# --- what is clear ----------------------------------------------------------------------------------------------------


def _two_rows_merged(sheet) -> None:
    """考核对象 | 考核项目 | 指标 | 得分情况 (得分, 满分) | …, all but the figures merged over two rows."""
    sheet.insert_rows(1)
    for column in range(1, 9):
        letter = openpyxl.utils.get_column_letter(column)
        if letter not in "DE":
            sheet[f"{letter}1"] = sheet[f"{letter}2"].value
            sheet[f"{letter}2"] = None
            sheet.merge_cells(f"{letter}1:{letter}2")
    sheet["D1"] = "得分情况"
    sheet.merge_cells("D1:E1")


def _group_called_like_a_column(sheet) -> None:
    _two_rows_merged(sheet)
    sheet["D1"] = "得分"


def _two_rows_bare(sheet) -> None:
    """The same without merged cells, as a CSV export has it."""
    sheet.insert_rows(1)
    for letter in "ABC":
        sheet[f"{letter}1"], sheet[f"{letter}2"] = sheet[f"{letter}2"].value, None
    sheet["D1"] = "得分情况"


def _units(sheet) -> None:
    sheet["D1"], sheet["E1"] = "得分（分）", "满 分(分)"


def _total_beside_a_number(sheet) -> None:
    sheet.insert_cols(1)
    sheet["A1"] = "序号"
    for row in range(2, sheet.max_row + 1):
        sheet[f"A{row}"] = row - 1
    sheet.append(["合计", None, None, None, 351])
    sheet.append(["填表人：张三", None, "审核人：李四"])


def _subtotals(sheet) -> None:
    sheet.insert_rows(4)
    sheet["A4"], sheet["C4"], sheet["D4"] = "甲局", "小　计", 88
    sheet.append(["合计：", None, None, 351])


def _merged_names(sheet) -> None:
    for first, last in ((2, 3), (4, 5), (6, 8), (9, 11)):
        sheet.merge_cells(f"A{first}:A{last}")


CLEAR = {
    "a header over two rows, merged": _two_rows_merged,
    "a group of columns that is called like one of them": _group_called_like_a_column,
    "a header over two rows, not merged": _two_rows_bare,
    "units after the headers": _units,
    "totals and signatures in other columns": _total_beside_a_number,
    "subtotals among the rows": _subtotals,
    "names merged over their rows": _merged_names,
}


@pytest.mark.parametrize("name", CLEAR)
def test_is_read_as_meant(name, tmp_path, plain) -> None:
    assert _result(_edited(tmp_path / "case", "得分", CLEAR[name])) == plain


def test_full_marks_under_a_merged_header_are_read(tmp_path) -> None:
    def edit(sheet) -> None:
        _group_called_like_a_column(sheet)
        sheet["D3"], sheet["E3"] = 9, 10  # 18 of 20, written out of ten

    assert _result(_edited(tmp_path / "case", "得分", edit)) == _result(make_case(tmp_path / "plain"))


def test_hidden_rows_and_columns_are_read_and_told(tmp_path, plain) -> None:
    def edit(sheet) -> None:
        sheet.row_dimensions[3].hidden = sheet.row_dimensions[4].hidden = True
        sheet.column_dimensions["D"].hidden = True

    case = _edited(tmp_path / "case", "得分", edit)
    assert _result(case) == plain
    notes = told(check(case), "提示")
    assert ("得分", "第3–4行是隐藏的或被筛选掉的，照常读取") in notes
    assert ("得分", "D 列是隐藏的，照常读取") in notes


# --- what is not ------------------------------------------------------------------------------------------------------


def _merged_scores(sheet) -> None:
    sheet.merge_cells("D2:D3")


def _score_merged_with_full_marks(sheet) -> None:
    sheet.merge_cells("D2:E2")


def _two_score_columns(sheet) -> None:
    sheet["I1"], sheet["I2"] = "得分", 17


def _a_table_beside(sheet) -> None:
    for column, text in enumerate(["考核对象", "事项", "标准", "分值"], start=10):
        sheet.cell(1, column, text)


UNCLEAR = {
    "one score for two rows": (_merged_scores, ["得分!D2", "得分!D3"], "在合并的单元格里（D2 起）"),
    "a score that is its own full marks": (_score_merged_with_full_marks, ["得分!D2"], "在合并的单元格里（D2 起）"),
    "two columns of scores": (_two_score_columns, ["得分!I1"], "表头“得分”有两列（另见 D1）"),
    "a second table beside the first": (_a_table_beside, ["得分!J1"], "同一张工作表里还有一张“加减分”表"),
}


@pytest.mark.parametrize("name", UNCLEAR)
def test_is_refused_at_its_cell(name, tmp_path) -> None:
    edit, cells, words = UNCLEAR[name]
    found = told(check(_edited(tmp_path / "case", "得分", edit)), "错误")
    assert [where for where, message in found if words in message] == cells, found


def test_a_column_without_a_header_is_told(tmp_path) -> None:
    case = make_case(tmp_path / "case", {"得分!E1": None, "得分!E2": 20})
    assert ("得分!E1", "这一列有内容，没有表头，没有读取") in told(check(case), "警告")


def test_data_above_the_header_are_told(tmp_path) -> None:
    sheets = copy.deepcopy(SHEETS)
    sheets["台账"] = sheets["台账"][::-1]
    assert ("台账!A1", "表头上方的这一行像数据，没有读取") in told(
        check(make_case(tmp_path / "c", sheets=sheets)), "警告"
    )


def test_a_unit_without_indicators_of_a_part_is_an_error(tmp_path) -> None:
    sheets = copy.deepcopy(SHEETS)
    sheets["指标"] = [row for row in sheets["指标"] if row[0] != "事业局"]
    sheets["得分"] = [row for row in sheets["得分"] if row[0] not in ("甲局", "乙局")]
    found = told(check(make_case(tmp_path / "case", sheets=sheets)), "错误")
    assert [where for where, message in found if "部分的指标，也缺少" in message] == ["名册!A2", "名册!A3"], found


def test_a_part_without_indicators_is_scored_by_its_name(tmp_path) -> None:
    sheets = copy.deepcopy(SHEETS)
    sheets["指标"] = [row for row in sheets["指标"] if row[0] != "事业局"]
    sheets["得分"] = [row for row in sheets["得分"] if row[0] not in ("甲局", "乙局")]
    sheets["得分"] += [["甲局", None, "目标任务", 70], ["乙局", None, "目标任务", 90, 100]]
    table = tables(assess(make_case(tmp_path / "case", sheets=sheets)))["结果"].set_index("考核对象")
    assert table.loc[["甲局", "乙局"], "目标任务"].tolist() == ["70.00", "72.00"]


def test_a_part_of_which_all_points_are_blank_is_a_warning(tmp_path) -> None:
    case = make_case(tmp_path / "case", {"指标!F2": None, "指标!F3": None})
    assert not told(check(case), "错误")
    sums = [where for where, message in told(check(case), "警告") if "指标分值合计 0，应为 80" in message]
    assert sums == ["指标!F2", "指标!F2"]  # of each of the two units


def test_indicators_of_a_category_need_no_stage_where_only_one_stage_has_indicators(tmp_path, bundled_case) -> None:
    source = bundled_case.parent / "zhashui-2022"
    case = tmp_path / "case"
    shutil.copytree(source, case)
    book = openpyxl.load_workbook(case / "名册与指标.xlsx")
    sheet = book["指标"]
    column = next(cell for row in sheet.iter_rows(max_row=5) for cell in row if cell.value == "环节")
    sheet.delete_cols(column.column)
    book.save(case / "名册与指标.xlsx")
    assert not [p for p in check(case) if p.level == "错误" and p.place.sheet == "指标"]


@pytest.mark.parametrize("name", ["qinghai-2019", "qinghai-2023", "zhashui-2022", "zaozhuang", "bureau-400"])
def test_every_contribution_is_traced_to_a_file_and_a_cell(name, bundled_case) -> None:
    details = tables(assess(bundled_case.parent / name))["明细"]
    assert not details[["文件", "单元格"]].eq("").any(axis=None)
