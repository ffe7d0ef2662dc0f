"""The importer: official tables laid out in Excel give the rows that they give in Word."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from official_tables import HEADER, Drawn, Indicator, Style, body, bring, lay_out, meant, told, write_excel, write_word
from openpyxl import load_workbook
from openpyxl.worksheet.cell_range import CellRange
from raw_files import docx, error, label, merged, number, paragraph, table, xls

from kaohe_tools.problems import ERROR, NOTE, WARNING

OFFICE = [
    Indicator("共性指标", "耕地保护", "完成耕地保护任务。", 10),
    Indicator("共性指标", "耕地保护", "落实责任制。", 5),
    Indicator("共性指标", "信访工作", "办结信访件。", 2.5),
    Indicator("个性指标", "", "完成第一号任务。", 30),
    Indicator("个性指标", "", "完成第二号任务。", 20),
]
STAFF = [Indicator("共性指标", "政务", "办文。", 40), Indicator("个性指标", "党务", "办会。", 60)]
GROUP = "2019年度厅机关各部门考核任务目标"
MEANT = [("办公室", row) for row in OFFICE] + [("人事处", row) for row in STAFF]
STYLES = {
    f"{labels}, {paging}{', vertical' if vertical else ''}{', wide' if wide else ''}": Style(
        labels, paging, True, vertical, wide
    )
    for labels in ("merged", "blank", "repeat")
    for paging in ("restart", "header")
    for vertical, wide in ((False, False), (True, True))
}


def rows_of(path: Path) -> list[tuple[str, Indicator]]:
    """What a file imports as, without any error: unit and row."""
    found, problems = bring(path)
    assert not problems.errors
    return list(zip(found["考核对象"], meant(found), strict=True))


def drawn(style: Style) -> tuple[list[Drawn], list[Drawn]]:
    """The tables of both units, the first over two pages."""
    return lay_out([OFFICE[:2], OFFICE[2:]], style), lay_out([STAFF], style)


def moved(path: Path, down: int, right: int) -> Path:
    """The same workbook with blank rows above and blank columns before everything."""
    book = load_workbook(path)
    for sheet in book.worksheets:
        spans = [str(span) for span in sheet.merged_cells.ranges]
        for span in spans:
            sheet.unmerge_cells(span)
        size = f"A1:{sheet.cell(sheet.max_row, sheet.max_column).coordinate}"
        sheet.move_range(size, down, right)
        for span in spans:
            block = CellRange(span)
            block.shift(right, down)
            sheet.merge_cells(block.coord)
    book.save(path)
    return path


def blank(*blocks: str | Drawn) -> Sequence[str | Drawn]:
    """The same blocks with two blank rows below each table."""
    empty = Drawn([[None] * len(HEADER)] * 2)
    return [part for block in blocks for part in ((block,) if isinstance(block, str) else (block, empty))]


# The same tables, many layouts


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES.keys())
def test_word_and_every_layout_of_excel_import_alike(tmp_path, style):
    office, staff = drawn(style)
    blocks = [GROUP, "办公室", *office, "人事处", *staff]
    layouts = {
        "one below the other": {"汇总": blocks},
        "with blank rows between": {"汇总": blank(*blocks)},
        "one sheet each": {"办公室": [GROUP, *office], "人事处": [GROUP, *staff]},
        "units in a line of the form": {
            "表": ["考核单位（盖章）：办公室", *office, "考核单位（盖章）：人事处", *staff]
        },
    }
    for name, sheets in layouts.items():
        path = write_excel(tmp_path / f"{name}.xlsx", sheets)
        assert rows_of(path) == MEANT, name
        assert rows_of(moved(path, 2, 1)) == MEANT, f"{name}, moved down and right"
    if style.paging == "header":
        assert rows_of(write_word(tmp_path / "表.docx", blocks)) == MEANT


def test_totals_and_notes_are_no_rows_wherever_the_table_stands(tmp_path):
    rows = [[r.part, r.project, r.text, r.points] for r in STAFF]
    with_total = body(*rows, ["合　计", None, None, 100], merges=[(3, 0, 3, 2)])
    blocks = ["人事处", with_total, "注：以上由办公室解释。", "办公室", lay_out([OFFICE], Style())[0]]
    path = moved(write_excel(tmp_path / "表.xlsx", {"汇总": blocks}), 1, 2)
    found, problems = bring(path)
    assert list(found["考核对象"]) == ["人事处"] * 2 + ["办公室"] * 5
    assert told(problems, "「合计」行没有作为指标导入，100 与各行之和一致", NOTE)
    assert told(problems, "附注没有导入：「注：以上由办公室解释。」", NOTE)
    assert found["来源行"][0] == "汇总!E4"


def test_a_header_is_read_again_after_each_page_with_its_mark(tmp_path):
    first, second = (lay_out([rows], Style())[0] for rows in (OFFICE[:2], OFFICE[2:]))
    blocks = ["办公室", first, "第1页 共2页", second, "人事处", lay_out([STAFF], Style())[0]]
    path = write_excel(tmp_path / "表.xlsx", {"汇总": blocks})
    assert rows_of(path) == MEANT
    assert told(bring(path)[1], "每页重复的表头，已跳过", NOTE)


def test_pages_that_became_sheets_go_on_with_the_table_before(tmp_path):
    first, second = (lay_out([rows], Style())[0] for rows in (OFFICE[:2], OFFICE[2:]))
    second = Drawn(second.cells[1:], [(t - 1, left, b - 1, right) for t, left, b, right in second.merges])
    sheets = {"Table 1": ["办公室", first], "Table 2": [second], "Table 3": ["人事处", *lay_out([STAFF], Style())]}
    path = write_excel(tmp_path / "表.xlsx", sheets)
    assert rows_of(path) == MEANT
    _, problems = bring(path)
    assert [p.place.sheet for p in problems if "没有标题，视为「办公室」的续表" in p.message] == ["Table 2"]


def test_a_named_sheet_without_header_is_not_taken_for_the_page_before(tmp_path):
    first = lay_out([OFFICE], Style())[0]
    rows = Drawn([["个性指标", "党务", "办会。", 60]])
    found, problems = bring(write_excel(tmp_path / "表.xlsx", {"办公室": [first], "人事处": [rows]}))
    assert list(found["考核对象"]) == ["办公室"] * 5
    assert told(problems, "没有表头", WARNING)


def test_a_second_table_with_header_but_without_unit_is_an_error_at_its_cell(tmp_path):
    one = lay_out([STAFF], Style())
    _, problems = bring(write_excel(tmp_path / "表.xlsx", {"Sheet1": ["人事处", *one], "Sheet2": [*one]}))
    assert told(problems, "没有单位名称，2 行不知属于谁", ERROR, "C2")


def test_an_old_workbook_imports_like_a_new_one(tmp_path):
    cells = label(0, 0, "2019年度人事处考核任务目标") + merged(0, 0, 0, 3)
    cells += b"".join(label(1, column, name) for column, name in enumerate(HEADER))
    for line, row in enumerate(STAFF, 2):
        cells += b"".join(label(line, column, text) for column, text in enumerate((row.part, row.project, row.text)))
        cells += number(line, 3, row.points)
    path = tmp_path / "旧.xls"
    path.write_bytes(xls({"Sheet1": cells}))
    assert rows_of(path) == [("人事处", row) for row in STAFF]


# What an Excel sheet can hide


def test_hidden_rows_columns_and_sheets_are_imported_and_told(tmp_path):
    path = write_excel(
        tmp_path / "表.xlsx", {"人事处": lay_out([STAFF], Style()), "办公室": lay_out([OFFICE], Style())}
    )
    book = load_workbook(path)
    book["人事处"].row_dimensions[3].hidden = True
    book["人事处"].column_dimensions["B"].hidden = True
    book["办公室"].sheet_state = "hidden"
    book.save(path)
    found, problems = bring(path)
    assert len(found) == 7
    warnings = [(p.place.sheet, p.message) for p in problems if "也一并读取" in p.message and p.level == WARNING]
    assert warnings == [
        ("人事处", "有 1 行是隐藏的，也一并读取"),
        ("人事处", "有 1 列是隐藏的，也一并读取"),
        ("办公室", "是隐藏的工作表，也一并读取"),
    ]


def test_an_error_value_among_points_is_told_at_its_cell(tmp_path):
    cells = [label(1, column, name) for column, name in enumerate(("个性指标", "党务", "办会。"))]
    cells += [label(0, column, name) for column, name in enumerate(HEADER)]
    cells += [error(1, 3, 7)]
    path = tmp_path / "人事处.xls"
    path.write_bytes(xls({"人事处": b"".join(cells)}))
    found, problems = bring(path)
    assert list(found["分值"]) == [None]
    assert told(problems, "分值是错误值 #DIV/0!，已留空", WARNING, "D2")


def test_paragraphs_below_the_last_table_of_word_are_told(tmp_path):
    path = tmp_path / "表.docx"
    drawn_table = table(list(HEADER), ["个性指标", "党务", "办会。", "60"])
    path.write_bytes(docx(paragraph("人事处") + drawn_table + paragraph("主送：各处室")))
    assert rows_of(path) == [("人事处", Indicator("个性指标", "党务", "办会。", 60))]
    assert told(bring(path)[1], "表后的文字没有采用：「主送：各处室」", NOTE)
