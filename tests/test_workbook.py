"""等次表.xlsx holds what was published, ready to print and sign, and is the same file for the same results."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_results import write_sample

from kaohe_tools.results import Results, read_results
from kaohe_tools.workbook import LINE_HEIGHT, sheet_names, write_workbook

GRADE_SHEETS = ["单位·事业局", "单位·厅机关", "处级干部·正职"]
SHEETS = ["汇总", *GRADE_SHEETS, "名额", "理由", "运用", "明细", "问题"]
HEADER = 3  # the row of the columns' names


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write_sample(tmp_path_factory.mktemp("结果"), {"事业局": 4, "厅机关": 24}, cadres=6)


@pytest.fixture(scope="module")
def results(folder) -> Results:
    return read_results(folder)


@pytest.fixture(scope="module")
def content(results, tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("表") / "等次表.xlsx"
    write_workbook(results, path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def book(content) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def table(sheet) -> pd.DataFrame:
    """Give the table of a sheet: what stands below the row of the columns' names."""
    header, *rows = sheet.iter_rows(min_row=HEADER, values_only=True)
    return pd.DataFrame(rows, columns=header)


def test_there_is_a_sheet_for_every_category_and_for_every_table_behind_it(book) -> None:
    assert book.sheetnames == SHEETS


@pytest.mark.parametrize("name", GRADE_SHEETS)
def test_a_grade_table_shows_what_was_published_in_the_published_order(book, folder, name) -> None:
    shown = table(book[name])
    with open(folder / "结果.csv", encoding="utf-8-sig", newline="") as file:
        published = [row for row in csv.DictReader(file) if f"{row['环节']}·{row['类别']}" == name]
    assert list(shown["考核对象"]) == [row["考核对象"] for row in published]
    for column in ("民主测评", "加减分", "综合得分"):
        assert [f"{value:.2f}" for value in shown[column]] == [row[column] for row in published], column
    assert list(shown["排名"]) == [int(row["排名"]) for row in published]
    assert list(shown["等次"].fillna("")) == [row["等次"] for row in published]
    assert list(shown["待定"].fillna("")) == [row["待定"] for row in published]


def test_columns_of_a_grade_table_are_those_of_its_own_stage(book) -> None:
    last = ["加减分", "综合得分", "等次", "待定", "主要理由"]
    assert list(table(book["单位·厅机关"])) == ["排名", "考核对象", "目标任务", "民主测评", *last]
    assert list(table(book["处级干部·正职"])) == ["排名", "考核对象", "民主测评", *last]


def test_the_main_reason_is_that_of_the_grade_with_its_article(book) -> None:
    reasons = table(book["单位·厅机关"]).set_index("排名")["主要理由"]
    assert reasons[1] == "定为优秀（第二十五条）"
    assert reasons[9] == "并列待定：须由考核办决定（第二十五条）"


def test_the_summary_counts_places_grades_and_what_is_pending(book) -> None:
    rows = table(book["汇总"]).set_index("类别")
    offices = rows.loc["厅机关"]
    assert (offices["参加数"], offices["名额"], offices["已用"], offices["优秀"], offices["待定"]) == (24, 8, 8, 8, 1)
    assert rows.loc["正职", "待定"] == 6


@pytest.mark.parametrize(("name", "file"), [("理由", "理由.csv"), ("明细", "明细.csv"), ("名额", "名额.csv")])
def test_the_tables_behind_the_grades_are_there_in_full(book, folder, name, file) -> None:
    with open(folder / file, encoding="utf-8-sig", newline="") as source:
        header, *rows = csv.reader(source)
    assert list(table(book[name])) == header
    assert book[name].max_row == HEADER + len(rows)


def test_the_same_results_give_the_same_bytes(results, content, tmp_path) -> None:
    write_workbook(results, tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == content


def test_no_time_of_writing_stands_in_the_file(content) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        properties = archive.read("docProps/core.xml").decode()
    assert properties.count("1980-01-01T00:00:00Z") == 2


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_prints_on_a4_one_page_wide_with_its_header_repeated_and_pages_numbered(book, name) -> None:
    sheet = book[name]
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
    setup = sheet.page_setup
    one_page = sheet.title in GRADE_SHEETS  # of few rows
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (setup.fitToWidth or 1, 1 if setup.fitToHeight is None else setup.fitToHeight) == (1, int(one_page))
    assert sheet.print_title_rows == "$1:$3"
    assert sheet.freeze_panes.endswith("4")
    assert "&P" in sheet.oddFooter.center.text


@pytest.mark.parametrize("name", SHEETS)
def test_simulated_data_are_stamped_in_every_sheet_and_on_every_printed_page(book, name) -> None:
    assert book[name]["A2"].value.startswith("演示数据")
    assert book[name].oddHeader.right.text == "演示数据"


def test_real_data_are_not_stamped(results, tmp_path) -> None:
    real = replace(results, run={**results.run, "simulated": False})
    write_workbook(real, tmp_path / "real.xlsx")
    for sheet in openpyxl.load_workbook(tmp_path / "real.xlsx"):
        assert not sheet["A2"].value.startswith("演示数据"), sheet.title
        assert not sheet.oddHeader.right.text, sheet.title


@pytest.mark.parametrize("text", ["=1+1", "+去年", "-不计", "@某人", '=HYPERLINK("x")'])
@pytest.mark.parametrize("apostrophe", ["", "'"], ids=["plain", "as the CSV has it"])
def test_text_that_looks_like_a_formula_stays_text(results, tmp_path, text, apostrophe) -> None:
    reasons = results.reasons.assign(说明=apostrophe + text)
    write_workbook(replace(results, reasons=reasons), tmp_path / "t.xlsx")
    column = list(reasons).index("说明") + 1
    cell = openpyxl.load_workbook(tmp_path / "t.xlsx")["理由"].cell(HEADER + 1, column)
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)


def test_signs_that_excel_cannot_hold_do_not_break_the_file(results, tmp_path) -> None:
    write_workbook(replace(results, reasons=results.reasons.assign(说明="前\x07后")), tmp_path / "t.xlsx")
    assert "前 后" in table(openpyxl.load_workbook(tmp_path / "t.xlsx")["理由"])["说明"].tolist()


def test_long_text_has_rows_high_enough_to_show_it(results, tmp_path) -> None:
    write_workbook(replace(results, reasons=results.reasons.assign(说明="很长的理由" * 40)), tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx")["理由"]
    assert sheet.row_dimensions[HEADER + 1].height >= 7 * LINE_HEIGHT


@given(st.lists(st.text(), max_size=12))
def test_whatever_categories_are_called_their_sheets_have_names_that_excel_takes(names) -> None:
    found = sheet_names(names)
    assert len({name.casefold() for name in found}) == len(names)
    for name in found:
        assert 1 <= len(name) <= 31 and not set(name) & set("[]:*?/\\'")


def test_results_without_problems_or_consequences_make_a_workbook_too(results, tmp_path) -> None:
    empty = replace(results, problems=results.problems.iloc[:0], consequences=results.consequences.iloc[:0])
    write_workbook(empty, tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    assert book["问题"].max_row == HEADER and book["运用"].max_row == HEADER
