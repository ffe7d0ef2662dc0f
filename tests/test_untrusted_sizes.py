"""Absurd sizes: one stray cell, merges over everything, nesting without end; refused before any room is made."""

from __future__ import annotations

import random

import pytest
from raw_files import (
    docx,
    label,
    number,
    one_error,
    paragraph,
    read,
    sheet_xml,
    table,
    xls,
    xls_stream,
    xlsx,
    xlsx_parts,
    zipped,
)

from kaohe_tools.grid import limits
from kaohe_tools.grid.limits import RefusedError
from kaohe_tools.grid.model import Span, fit_spans
from kaohe_tools.grid.ole import Container, wrap_stream

CELL = '<row r="1"><c r="A1"><v>1</v></c></row>'
FAR = "请删除远处多余的内容"


@pytest.mark.parametrize(
    "cell",
    ['<c r="XFD1048576"><v>1</v></c>', '<c r="XFD1048576"><f>1+1</f></c>', '<c r="XFD1048576" t="e"><v>#N/A</v></c>'],
)
def test_one_cell_far_out_is_refused_and_named_and_other_sheets_are_read(tmp_path, cell):
    far = sheet_xml(f'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576">{cell}</row>')
    grids, told = read(tmp_path, "表.xlsx", zipped(xlsx_parts({"远": far, "近": sheet_xml(CELL)})))
    assert [grid.sheet for grid in grids] == ["近"]
    message = "表格范围过大（1048576 行 × 16384 列，最远的单元格是 XFD1048576），没有读取"
    assert len(told) == 1 and told[0].startswith(f"错误 表.xlsx[远]!XFD1048576：{message}；{FAR}（如 XFD1048576）")


def test_blank_cells_with_a_format_may_be_anywhere(tmp_path):
    rows = f'{CELL}<row r="1048576"><c r="XFD1048576" s="1"/><c r="XFC1048576" s="1"></c></row>'
    grids, told = read(tmp_path, "表.xlsx", xlsx(rows))
    assert grids[0].rows == [[1.0]] and told == []


def test_many_sheets_share_the_room_of_one_file(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "CELLS", 150)
    wide = sheet_xml('<row r="10"><c r="J10"><v>1</v></c></row>')
    grids, told = read(tmp_path, "表.xlsx", zipped(xlsx_parts({"一": wide, "二": wide})))
    assert [grid.sheet for grid in grids] == ["一"] and told[0].startswith("错误 表.xlsx[二]!J10：表格范围过大")


def test_a_merge_over_the_whole_sheet_is_cut_to_what_is_there(tmp_path):
    merges = '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="B2"><v>2</v></c></row>'
    grids, told = read(tmp_path, "表.xlsx", xlsx(rows, after=merges))
    assert grids[0].spans == [Span(0, 0, 1, 1)] and grids[0].filled() == [[1.0, 1.0], [1.0, 1.0]]
    assert told == ["警告 表.xlsx[表]!B2：合并单元格下面盖着看不见的内容（B2），没有读取；请取消合并，核对后重新填写"]


def test_many_thousand_merges_take_no_longer_than_the_cells():
    spans = [
        Span(0, 0, 0, 5),
        *(Span(1, column % 6, 10_000 + column, 5) for column in range(30_000)),
        Span(3, 3, 2, 1),
    ]
    kept, overlapping = fit_spans(spans, 10_000, 6)
    assert kept == [Span(0, 0, 0, 5), Span(1, 0, 9_999, 5)] and len(overlapping) == 29_999


@pytest.mark.parametrize("reference", ["1A", "A0", "A1:B", "AAAA1", "", "A1:B99999999"])
def test_a_cell_or_merge_of_no_place_is_an_error(tmp_path, reference):
    merge = f'<mergeCells><mergeCell ref="{reference}"/></mergeCells>'
    message = one_error(tmp_path, "表.xlsx", xlsx(CELL, after=merge))
    assert message.startswith("表.xlsx[表]：工作表的内部结构有错（单元格“")


def test_elements_within_elements_within_elements_are_refused(tmp_path):
    deep = "<row>" + "<c>" * 200_000
    assert one_error(tmp_path, "表.xlsx", xlsx(deep)).startswith("表.xlsx[表]：工作表的内部结构有错")


def test_an_old_workbook_that_says_it_is_huge_is_read_by_what_is_there(tmp_path):
    grids, told = read(tmp_path, "旧.xls", xls({"表": number(0, 0, 1)}, size=(2**32 - 1, 65_535)))
    assert grids[0].rows == [[1.0]] and told == []


def test_an_old_workbook_with_one_cell_far_out_is_refused(tmp_path):
    content = xls({"表": number(0, 0, 1) + label(65_535, 255, "远")})
    message = one_error(tmp_path, "旧.xls", content)
    assert message.startswith("旧.xls[表]!IV65536：表格范围过大（65536 行 × 256 列，最远的单元格是 IV65536），没有读取")


def test_a_column_that_no_old_workbook_has_is_refused(tmp_path):
    content = xls({"表": number(0, 0, 1) + number(3, 256, 1)})
    assert one_error(tmp_path, "旧.xls", content).startswith("旧.xls：文件打不开（内容不完整或已损坏）")


def test_old_sheets_that_are_one_another_are_refused(tmp_path):
    stream = xls_stream({"一": number(0, 0, 1), "二": number(0, 0, 2)})
    first, second = (stream.index(name.encode("utf-16-le")) - 8 for name in ("一", "二"))
    twice = stream[:second] + stream[first : first + 4] + stream[second + 4 :]
    assert "文件打不开" in one_error(tmp_path, "旧.xls", wrap_stream("Workbook", twice))


def test_a_chain_of_sectors_that_bites_its_tail_is_refused():
    content = bytearray(wrap_stream("Workbook", bytes(3 * 4096)))
    content[512 + 4 * 3 : 512 + 4 * 4] = (2).to_bytes(4, "little")
    with pytest.raises(RefusedError, match="已损坏"):
        Container(bytes(content)).read("Workbook")


@pytest.mark.parametrize("size", [1, 5_000, 7_300_000])
def test_a_stream_comes_out_of_the_container_as_it_went_in(size):
    stream = random.Random(size).randbytes(size)
    assert Container(wrap_stream("Workbook", stream)).read("Workbook")[:size] == stream


@pytest.mark.parametrize("property_", ["gridSpan", "gridBefore"])
@pytest.mark.parametrize("number_", ["999999999", "-1", "1e9", "９", "9" * 5000])
def test_absurd_widths_in_word_are_refused_and_other_tables_read(tmp_path, property_, number_):
    element = f'<w:{property_} w:val="{number_}"/>'
    before = f"<w:trPr>{element}</w:trPr>" if property_ == "gridBefore" else ""
    within = f"<w:tcPr>{element}</w:tcPr>" if property_ == "gridSpan" else ""
    wide = f"<w:tbl><w:tr>{before}<w:tc>{within}{paragraph('甲')}</w:tc></w:tr></w:tbl>"
    grids, told = read(tmp_path, "表.docx", docx(wide + table(["乙"])))
    assert [grid.sheet for grid in grids] == ["表2"]
    assert len(told) == 1 and told[0].startswith("错误 表.docx[表1]") and "列" in told[0]


def test_tables_within_tables_within_tables_of_word_are_read_to_the_first(tmp_path):
    depth = 5_000
    inner = "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>深</w:t></w:r></w:p>" * depth + "</w:tc></w:tr></w:tbl>" * depth
    grids, told = read(tmp_path, "表.docx", docx(inner))
    assert grids[0].rows == [["深"]] and "单元格里还有一张表格" in told[0]


def test_a_word_part_that_is_too_large_for_a_tree_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "TREE_TAGS", 100)
    message = one_error(tmp_path, "表.docx", docx(paragraph("甲") * 50))
    assert message.startswith("表.docx：文件内部的 word/document.xml 过大，没有读取")


def test_csv_is_refused_where_it_goes_too_far(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "CELLS", 1000)
    lines = ["a,b"] * 200 + ["," * 99 + "x"]
    assert "CV201：表格范围过大（201 行 × 100 列，最远的单元格是 CV201）" in one_error(
        tmp_path, "表.csv", "\n".join(lines).encode()
    )
    assert "超过 1000 格" in one_error(tmp_path, "表.csv", b"a,b\n" * 400)
