"""Files to cells: all that is clear is read, at its place; what cannot be read is told there."""

from __future__ import annotations

import datetime
import shutil
import subprocess
import zipfile
from pathlib import Path

import openpyxl
import pytest
from raw_files import (
    MAIN,
    error,
    failed_formula,
    hidden_columns,
    hidden_row,
    label,
    merged,
    number,
    only,
    read,
    sheet_xml,
    texts,
    xls,
    xlsx,
    xlsx_parts,
    zipped,
)

from kaohe_tools.grid import Span, Unusable, read_file
from kaohe_tools.grid.archive import canonical, read_parts
from kaohe_tools.grid.sheetxml import careful, prefix_of, quick
from kaohe_tools.problems import Problems

ROOT = Path(__file__).resolve().parent.parent
NO_RESULT = "是公式，但文件里没有存计算结果"

# Excel: what stands in a cell

CELLS = {
    "a shared text": ('t="s"><v>0</v>', "甲局"),
    "a rich text, its phonetic reading left out": ('t="s"><v>1</v>', "富 文本"),
    "a text of two lines": ('t="s"><v>2</v>', "上\n下"),
    "a shared text that is empty": ('t="s"><v>3</v>', None),
    "an inline text": ('t="inlineStr"><is><t>内</t></is>', "内"),
    "an inline rich text": ('t="inlineStr"><is><r><t>富</t></r><r><t>文</t></r></is>', "富文"),
    "a number": ("><v>18.5</v>", 18.5),
    "a yes or no": ('t="b"><v>1</v>', True),
    "a date by its format": ('s="1"><v>45240</v>', datetime.date(2023, 11, 10)),
    "a date by a Chinese format": ('s="2"><v>45240</v>', datetime.date(2023, 11, 10)),
    "a date in ISO form": ('t="d"><v>2023-11-10</v>', datetime.date(2023, 11, 10)),
    "a duration": ('s="3"><v>1.5</v>', datetime.timedelta(days=1, hours=12)),
    "a formula by its result": ("><f>A2*2</f><v>7</v>", 7.0),
    "a formula that gives a text": ('t="str"><f>A2</f><v>优秀</v>', "优秀"),
    "a formula that gives an empty text": ('t="str"><f>A2</f><v></v>', None),
    "a formula that gives an empty text, briefly written": ('t="str"><f>A2</f><v/>', None),
    "a shared formula": ('><f t="shared" si="0"/><v>8</v>', 8.0),
    "an array formula": ('><f t="array" ref="B1:B2">A1:A2</f><v>9</v>', 9.0),
    "a formula without a result": ("><f>A2*2</f>", NO_RESULT),
    "a formula with a blank result": ("><f>A2*2</f><v/>", NO_RESULT),
    "a shared formula without a result": ('><f t="shared" si="0"/>', NO_RESULT),
    "a text formula without any result": ('t="str"><f>A2</f>', NO_RESULT),
    "an error": ('t="e"><v>#DIV/0!</v>', "是错误值 #DIV/0!"),
    "an error of a formula": ('t="e"><f>1/0</f><v>#N/A</v>', "是错误值 #N/A"),
    "an error of newer versions": ('t="e"><f>A1#</f><v>#SPILL!</v>', "是错误值 #SPILL!"),
    "a result before its formula": ("><v>3</v><f>1+2</f>", "的写法不合规范，读不准"),
    "a text in CDATA": ('t="str"><f>A1</f><v><![CDATA[甲<乙]]></v>', "甲<乙"),
    "an escaped line break": ('t="str"><v>上_x000A_下</v>', "上\n下"),
    "nothing": ("><v></v>", None),
}


@pytest.mark.parametrize(("written", "meant"), CELLS.values(), ids=CELLS.keys())
@pytest.mark.parametrize("prefix", ["", "x:"], ids=["plain", "prefixed"])
def test_a_cell_is_read_as_what_it_is(tmp_path, written, meant, prefix):
    rows = f'<row r="2"><c r="A2"><v>1</v></c><c r="B2" {written}</c><c r="C2"><v>2</v></c></row>'.replace(" >", ">")
    xml = sheet_xml(rows)
    if prefix:
        for tag in ("worksheet", "sheetData", "row", "c", "v", "f", "is", "t", "r"):
            xml = xml.replace(f"<{tag}>", f"<x:{tag}>").replace(f"<{tag} ", f"<x:{tag} ")
            xml = xml.replace(f"<{tag}/", f"<x:{tag}/").replace(f"</{tag}>", f"</x:{tag}>")
        xml = xml.replace(f'xmlns="{MAIN}"', f'xmlns:x="{MAIN}"')
    grid = only(tmp_path, "表.xlsx", zipped(xlsx_parts({"表": xml})))
    assert texts(grid) == [[None, None, None], [1.0, meant, 2.0]]


def test_cells_that_do_not_say_where_they_stand_follow_one_another(tmp_path):
    rows = '<row><c t="inlineStr"><is><t>甲</t></is></c><c><v>1</v></c></row><row><c><f>A1</f></c><c><v>2</v></c></row>'
    assert texts(only(tmp_path, "表.xlsx", xlsx(rows))) == [["甲", 1.0], [NO_RESULT, 2.0]]


@pytest.mark.parametrize("quote", ['"', "'"])
def test_quotes_comments_and_the_order_of_attributes_do_not_matter(tmp_path, quote):
    rows = '<!-- 注 --><row r="1"><c t="e" r="A1"><v>#REF!</v></c><c s="1" r="B1"><v>45240</v></c></row>'
    grid = only(tmp_path, "表.xlsx", xlsx(rows.replace('"', quote)))
    assert texts(grid) == [["是错误值 #REF!", datetime.date(2023, 11, 10)]]


def test_utf16_inside_a_workbook_is_read(tmp_path):
    xml = sheet_xml('<row r="1"><c r="A1" t="inlineStr"><is><t>甲</t></is></c></row>')
    xml = xml.replace('version="1.0"', 'version="1.0" encoding="UTF-16"')
    assert only(tmp_path, "表.xlsx", zipped(xlsx_parts({"表": xml.encode("utf-16")}))).rows == [["甲"]]


def test_dates_of_old_macintosh_files_count_from_1904(tmp_path):
    xml = sheet_xml('<row r="1"><c r="A1" s="1"><v>43778</v></c></row>')
    content = zipped(xlsx_parts({"表": xml}, '<workbookPr date1904="1"/>'))
    assert only(tmp_path, "表.xlsx", content).rows == [[datetime.date(2023, 11, 10)]]


def test_sheets_are_found_by_the_workbook_not_by_the_names_of_parts(tmp_path):
    one, two = (sheet_xml(f'<row r="1"><c r="A1"><v>{n}</v></c></row>') for n in (1, 2))
    parts = xlsx_parts({"甲": one, "乙": two})
    links = str(parts["xl/_rels/workbook.xml.rels"])
    links = links.replace("worksheets/sheet1.xml", "/xl/other.xml").replace("sheet2.xml", "sheet1.xml")
    parts |= {"xl/_rels/workbook.xml.rels": links, "xl/other.xml": one, "xl/worksheets/sheet1.xml": two}
    grids, told = read(tmp_path, "表.xlsx", zipped(parts))
    assert [(grid.sheet, grid.rows) for grid in grids] == [("甲", [[1.0]]), ("乙", [[2.0]])] and told == []


def test_results_that_may_be_stale_are_told(tmp_path):
    xml = sheet_xml('<row r="1"><c r="A1"><f>1+1</f><v>0</v></c></row>')
    _, told = read(tmp_path, "表.xlsx", zipped(xlsx_parts({"表": xml}, "", '<calcPr fullCalcOnLoad="1"/>')))
    assert told == [
        "提示 表.xlsx：公式按文件里存的结果读取，而文件标明打开时要重算（多半由程序生成），结果可能不是最新；"
        "请用 Excel 或 WPS 打开并保存一次"
    ]


# Excel: hidden, merged


def test_hidden_rows_and_columns_are_known(tmp_path):
    columns = '<cols><col min="2" max="2" width="0" customWidth="1"/><col min="4" max="16384" hidden="1"/></cols>'
    hidden = {2: 'hidden="1"', 3: 'ht="0" customHeight="1"', 4: 'ht="0.75"', 9: 'hidden="1"'}
    rows = "".join(
        f'<row r="{n}" {hidden.get(n, "")}>' + "".join(f'<c r="{c}{n}"><v>{n}</v></c>' for c in "ABCDE") + "</row>"
        for n in range(1, 6)
    )
    grid = only(tmp_path, "表.xlsx", xlsx(rows + '<row r="9" hidden="1"/>', columns))
    assert grid.hidden_rows == [1, 2] and grid.hidden_columns == [1, 3, 4] and len(grid.rows) == 5


def test_hidden_sheets_are_known(tmp_path):
    book = openpyxl.Workbook()
    for name, state in (("显示", "visible"), ("隐藏", "hidden"), ("深藏", "veryHidden")):
        sheet = book.create_sheet(name)
        sheet["A1"], sheet.sheet_state = 1, state
    book.remove(book.worksheets[0])
    book.save(tmp_path / "表.xlsx")
    grids, _ = read(tmp_path, "表.xlsx", (tmp_path / "表.xlsx").read_bytes())
    assert [(grid.sheet, grid.hidden) for grid in grids] == [("显示", False), ("隐藏", True), ("深藏", True)]


def test_a_merged_block_that_goes_beyond_the_last_row_is_cut_to_it(tmp_path):
    rows = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row><row r="2"><c r="B2"><v>3</v></c></row>'
    grid = only(tmp_path, "表.xlsx", xlsx(rows, after='<mergeCells><mergeCell ref="A1:A9"/></mergeCells>'))
    assert grid.spans == [Span(0, 0, 1, 0)] and grid.filled() == [[1.0, 2.0], [1.0, 3.0]]


def test_content_beneath_a_merged_block_is_told(tmp_path):
    rows = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row><row r="2"><c r="A2"><v>3</v></c></row>'
    grids, told = read(tmp_path, "表.xlsx", xlsx(rows, after='<mergeCells><mergeCell ref="A1:A2"/></mergeCells>'))
    assert grids[0].filled()[1][0] == 1.0
    assert told == ["警告 表.xlsx[表]!A2：合并单元格下面盖着看不见的内容（A2），没有读取；请取消合并，核对后重新填写"]


def test_merged_blocks_that_overlap_are_told_and_not_spread(tmp_path):
    merges = '<mergeCells><mergeCell ref="A1:B2"/><mergeCell ref="B2:C3"/></mergeCells>'
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="3"><c r="C3"><v>2</v></c></row>'
    grids, told = read(tmp_path, "表.xlsx", xlsx(rows, after=merges))
    assert grids[0].spans == [Span(0, 0, 1, 1)]
    assert told == ["警告 表.xlsx[表]!B2：有 1 处合并单元格与别处重叠，没有按合并读取；请取消合并后重新填写"]


# Excel: two readers, and two ways to look


def _workbooks() -> list[Path]:
    return sorted(path for path in (ROOT / "data" / "raw").rglob("*.xlsx"))


def _same(cell: object, other: object) -> bool:
    if isinstance(cell, Unusable):
        return other is None if cell.text == "公式" else cell.text == other
    if type(cell) is datetime.date and isinstance(other, datetime.datetime):
        return datetime.datetime.combine(cell, datetime.time()) == other
    return cell == other


def _differences(path: Path) -> list[str]:
    """Cells that openpyxl reads otherwise than we do."""
    grids = {grid.sheet: grid for grid in read_file(path, Problems())}
    book = openpyxl.load_workbook(path, data_only=True)
    found = []
    for sheet in book.worksheets:
        rows = grids[sheet.title].rows
        for row in sheet.iter_rows():
            for cell in row:
                i, j = cell.row - 1, cell.column - 1
                ours = rows[i][j] if i < len(rows) and j < len(rows[i]) else None
                if not _same(ours, cell.value):
                    found.append(f"{path.name} {sheet.title}!{cell.coordinate}: {ours!r}, openpyxl {cell.value!r}")
    return found


@pytest.mark.parametrize("path", _workbooks(), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_every_bundled_cell_is_what_openpyxl_reads(path):
    assert _differences(path) == []


def test_every_shared_cell_is_what_openpyxl_reads(shared):
    paths = sorted((shared / "cases").glob("*-1/*.xlsx"))
    assert paths and [line for path in paths for line in _differences(path)] == []


def test_a_written_workbook_of_all_kinds_is_what_openpyxl_reads(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    for n in range(1, 200):
        sheet.append(
            [f"第{n}项", n, n / 7, -n, n % 2 == 0, datetime.date(2023, 1, 1) + datetime.timedelta(n), None, "１２"]
        )
    sheet["K300"], sheet["B5"] = "远", "=1+1"
    sheet.merge_cells("C3:D4")
    book.save(tmp_path / "表.xlsx")
    assert _differences(tmp_path / "表.xlsx") == []


@pytest.mark.parametrize("path", _workbooks(), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_the_quick_look_at_a_sheet_sees_what_the_careful_one_sees(path):
    parts = read_parts(path.read_bytes(), lambda name: name.startswith("xl/worksheets/sheet"))
    for part in map(canonical, parts.values()):
        fast, slow = quick(part, prefix_of(part)), careful(part)
        assert fast is not None
        assert fast.rows >= slow.rows and fast.columns >= slow.columns
        assert {cell: odd.why for cell, odd in fast.unusable.items()} == {
            cell: odd.why for cell, odd in slow.unusable.items()
        }
        assert (fast.spans, fast.hidden_rows, fast.hidden_columns) == (
            slow.spans,
            slow.hidden_rows,
            slow.hidden_columns,
        )


def test_the_parts_of_a_bundled_workbook_are_plain_already():
    path = _workbooks()[0]
    with zipfile.ZipFile(path) as archive:
        part = archive.read("xl/worksheets/sheet1.xml")
    assert canonical(part) == part


# Old Excel


def test_an_xls_file_is_read_with_its_errors_hidden_rows_and_merges(tmp_path):
    first = label(0, 0, "考核对象") + label(0, 1, "得分") + label(1, 0, "甲局") + number(1, 1, 18.5)
    first += error(2, 1, 7) + failed_formula(3, 1, 42) + number(4, 2, 1)
    first += hidden_row(3) + hidden_columns(1, 255) + merged(1, 3, 0, 0)
    grids, told = read(tmp_path, "旧.xls", xls({"得分": first, "说明": label(0, 0, "注")}))
    assert told == [] and [grid.sheet for grid in grids] == ["得分", "说明"]
    assert texts(grids[0])[1:4] == [
        ["甲局", 18.5, None],
        [None, "是错误值 #DIV/0!", None],
        [None, "是错误值 #N/A", None],
    ]
    assert (grids[0].hidden_rows, grids[0].hidden_columns, grids[0].spans) == ([3], [1, 2], [Span(1, 0, 3, 0)])


@pytest.mark.skipif(not shutil.which("soffice"), reason="缺少 LibreOffice，本测试跳过")
def test_a_workbook_that_libreoffice_saved_as_xls_reads_like_the_xlsx(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["考核对象", "得分", "日期", "比例", "合格"])
    for n in range(1, 400):
        sheet.append([f"第{n}单位", n / 8, datetime.date(2023, 1, 1) + datetime.timedelta(n), 0.4, n % 2 == 0])
    sheet.merge_cells("A3:A5")
    sheet.row_dimensions[7].hidden = sheet.column_dimensions["D"].hidden = True
    sheet["B8"] = "=1/0"
    book.create_sheet("藏").sheet_state = "hidden"
    book["藏"]["C3"] = "远"
    path = tmp_path / "表.xlsx"
    book.save(path)
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "xls", "--outdir", str(tmp_path), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    new, old = (read_file(path.with_suffix(suffix), Problems()) for suffix in (".xlsx", ".xls"))
    assert texts(old[0])[7][1] == "是错误值 #DIV/0!" and texts(new[0])[7][1] == NO_RESULT
    new[0].rows[7][1] = old[0].rows[7][1] = None
    for one, other in zip(new, old, strict=True):
        assert (one.sheet, one.rows, one.spans, one.hidden) == (other.sheet, other.rows, other.spans, other.hidden)
        assert (one.hidden_rows, one.hidden_columns) == (other.hidden_rows, other.hidden_columns)
