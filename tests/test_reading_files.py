"""CSV and Word files, files that are not what their names say or are not read: nothing is left out unsaid."""

from __future__ import annotations

import pytest
from raw_files import docx, number, only, paragraph, read, table, texts, xls, xlsx, zipped

from kaohe_tools.grid import Span, read_folder
from kaohe_tools.problems import Problems

# CSV


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_is_read_in_each_encoding_that_excel_writes(tmp_path, encoding):
    content = "考核对象,得分\r\n𠮷安局,18.5\r\n".encode(encoding)
    assert only(tmp_path, "得分.csv", content).rows == [["考核对象", "得分"], ["𠮷安局", "18.5"]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("考核对象\t得分\n甲局\t1\n", "制表符"),
        ("考核对象;得分\n甲局;1\n", "分号"),
        ("考核对象，得分\n甲局，1\n", "中文逗号"),
        ("2023年得分表\n\n考核对象\t得分\n甲局\t1\n", "制表符"),
    ],
)
def test_other_separators_are_found_and_told(tmp_path, text, said):
    grids, told = read(tmp_path, "得分.csv", text.encode())
    assert grids[0].rows[-2:] == [["考核对象", "得分"], ["甲局", "1"]]
    assert told == [f"提示 得分.csv：按{said}分列读取；如不对，请另存为逗号分隔的 CSV 或 .xlsx"]


def test_commas_win_over_semicolons_and_chinese_commas_in_texts(tmp_path):
    grid = only(tmp_path, "得分.csv", "考核对象,指标（甲，乙，丙；丁;戊）\n甲局,完成；按期;办结\n".encode())
    assert grid.rows == [["考核对象", "指标（甲，乙，丙；丁;戊）"], ["甲局", "完成；按期;办结"]]


def test_quotes_line_breaks_and_trailing_blanks_of_csv(tmp_path):
    text = '考核对象,事项,,\r\n"甲,局","上""上""\n下",,\r\n\r\n乙局,丙,,\r\n,,,\r\n\r\n'
    grid = only(tmp_path, "台账.csv", text.encode())
    assert grid.rows == [["考核对象", "事项"], ["甲,局", '上"上"\n下'], [None, None], ["乙局", "丙"]]
    assert str(grid.place(3, 1)) == "台账.csv!B4"


BAD_CSV = {
    "bytes of no encoding": (
        "甲,1\n乙,".encode("gb18030") + b"\xff\xff\n",
        "第 2 行有不是 UTF-8 或 GB18030 编码的字节（FF FF 0A），没有读取",
    ),
    "one broken byte in UTF-8": (
        "考核对象,得分\n甲局,1\n".encode() + b"\xe4\xb9,2\n",
        "第 3 行有不是 UTF-8 编码的字节（E4 B9 2C 32），没有读取",
    ),
    "a NUL": (b"a,b\n1,\0\n", "第 2 行有空字符（NUL），不是正常的文本，没有读取"),
    "UTF-16 cut off": ("甲,1\n乙".encode("utf-16")[:-1], "第 2 行有不是 UTF-16 编码的字节（59），没有读取"),
    "a quote that is never closed": (
        '甲,1\n"乙,2\n丙,3\n'.encode(),
        "第 2 行或以下有一格缺右引号（直到文件末尾也没有），没有读取",
    ),
    "a quote in the middle": ('甲,1\n"乙"局,2\n'.encode(), "第 2 行的引号不成对，没有读取"),
    "a cell without end": (
        ("甲," + "乙" * 140_000).encode(),
        "到第 1 行为止有一格超过 131072 个字，多半是缺了右引号，没有读取",
    ),
}


@pytest.mark.parametrize(("content", "message"), BAD_CSV.values(), ids=BAD_CSV.keys())
def test_csv_that_cannot_be_read_to_the_last_byte_is_an_error_with_its_line(tmp_path, content, message):
    grids, told = read(tmp_path, "坏.csv", content)
    assert grids == [] and len(told) == 1 and told[0].startswith(f"错误 坏.csv：{message}；")


def test_a_cell_that_swallowed_lines_is_told(tmp_path):
    _, told = read(tmp_path, "得分.csv", '甲,1\n"乙,2\n丙,3\n丁,4\n戊",5\n'.encode())
    assert told == ["警告 得分.csv!A2：这一格里有 4 行，像是表格的行，可能缺了右引号；请用 Excel 打开核对"]


def test_characters_that_were_lost_before_are_told(tmp_path):
    _, told = read(tmp_path, "得分.csv", "甲,1\n乙\ufffd,2\n".encode())
    assert told == ["警告 得分.csv!A2：有已经损坏的字符（�）：“乙�”；请对照原件改正"]


def test_error_values_in_csv_are_no_texts(tmp_path):
    assert texts(only(tmp_path, "得分.csv", "甲,#DIV/0!\n#N/A,#1 楼\n".encode())) == [
        ["甲", "是错误值 #DIV/0!"],
        ["是错误值 #N/A", "#1 楼"],
    ]


# Word


def test_word_is_read_as_it_looks_with_changes_accepted(tmp_path):
    run = "<w:r><w:t>{}</w:t></w:r>"
    shown = "".join(
        [
            run.format("一"),
            f"<w:ins>{run.format('二')}</w:ins>",
            f"<w:del><w:r><w:delText>删</w:delText></w:r></w:del><w:moveFrom>{run.format('移')}</w:moveFrom>",
            f"<w:hyperlink>{run.format('三')}</w:hyperlink>",
            f'<w:fldSimple w:instr="DATE">{run.format("四")}</w:fldSimple>',
            f"<w:sdt><w:sdtContent>{run.format('五')}</w:sdtContent></w:sdt>",
            "<w:r><w:tab/><w:t>六</w:t><w:br/><w:t>七</w:t></w:r>",
        ]
    )
    cell = f"<w:p>{shown}</w:p><w:sdt><w:sdtContent>{paragraph('八')}</w:sdtContent></w:sdt>"
    grid = only(tmp_path, "表.docx", docx(table([cell, "1"])))
    assert grid.rows == [["一二三四五\n六\n七\n八", "1"]]


def test_word_tables_carry_the_paragraphs_before_and_the_last_also_those_after(tmp_path):
    body = paragraph("标题") + table(["甲"]) + paragraph("中间") + table(["乙"]) + paragraph("附注")
    grids, told = read(tmp_path, "表.docx", docx(body))
    assert [(g.sheet, g.headings, g.after) for g in grids] == [("表1", ["标题"], []), ("表2", ["中间"], ["附注"])]
    assert told == []


def test_rows_cells_and_tables_in_content_controls_are_read(tmp_path):
    control = "<w:sdt><w:sdtContent>{}</w:sdtContent></w:sdt>"
    cells = f"<w:tc>{paragraph('甲')}</w:tc>" + control.format(f"<w:tc>{paragraph('乙')}</w:tc>")
    drawn = control.format(f"<w:tbl>{control.format(f'<w:tr>{cells}</w:tr>')}</w:tbl>")
    assert only(tmp_path, "表.docx", docx(drawn)).rows == [["甲", "乙"]]


def test_merged_cells_of_word(tmp_path):
    restart, goes_on = '<w:tcPr><w:vMerge w:val="restart"/></w:tcPr>', "<w:tcPr><w:vMerge/></w:tcPr>"
    wide = '<w:tcPr><w:gridSpan w:val="2"/></w:tcPr>'
    rows = [
        [wide + paragraph("宽"), "丙"],
        [restart + paragraph("高"), "乙", "丙"],
        [goes_on + paragraph(""), "乙", "丙"],
        [goes_on.replace("<w:vMerge/>", '<w:gridSpan w:val="2"/><w:vMerge/>') + paragraph("另"), "丙"],
    ]
    grid = only(tmp_path, "表.docx", docx(table(*rows)))
    assert grid.spans == [Span(0, 0, 0, 1), Span(1, 0, 2, 0), Span(3, 0, 3, 1)]
    assert grid.filled()[2:] == [["高", "乙", "丙"], ["另", "另", "丙"]]


def test_what_word_hides_in_tables_is_told(tmp_path):
    restart, goes_on = '<w:tcPr><w:vMerge w:val="restart"/></w:tcPr>', "<w:tcPr><w:vMerge/></w:tcPr>"
    rows = [[restart + paragraph("甲"), "1"], [goes_on + paragraph("藏"), table(["内"]) + paragraph("2")]]
    grids, told = read(tmp_path, "表.docx", docx(table(*rows)))
    assert grids[0].rows == [["甲", "1"], [None, "2"]]
    assert told == [
        "警告 表.docx[表1]!B2：单元格里还有一张表格，其中的内容没有读取；请把里面的表格单独列出",
        "警告 表.docx[表1]!A2：合并单元格下面盖着看不见的内容，没有读取；请取消合并，核对后重新填写",
    ]
    deleted = f"<w:tr><w:trPr><w:del/></w:trPr><w:tc>{paragraph('删')}</w:tc></w:tr>"
    grids, told = read(
        tmp_path, "改.docx", docx(f"<w:tbl>{deleted}<w:tr><w:tc>{paragraph('留')}</w:tc></w:tr></w:tbl>")
    )
    assert grids[0].rows == [["留"]]
    assert told == ["提示 改.docx[表1]：有 1 行是修订中删除的，没有读取；请接受或拒绝全部修订后保存"]


def test_a_word_file_without_tables_is_told(tmp_path):
    assert read(tmp_path, "文.docx", docx(paragraph("通知"))) == (
        [],
        ["提示 文.docx：Word 文件里没有表格，没有读取；数据请放在表格里"],
    )


# Files that are not what their names say

CSV = "考核对象\t得分\n甲局\t1\n"
HTML = "其实是网页表格（HTML），不是 Excel 工作簿，没有读取"
WORKBOOK = xlsx('<row r="1"><c r="A1"><v>1</v></c></row>')
LYING = {
    "xlsx under .xls": (
        "导出.xls",
        WORKBOOK,
        "提示 导出.xls：扩展名是 .xls，内容是 .xlsx 工作簿，按内容读取；请改正扩展名",
    ),
    "xlsx under .csv": (
        "导出.csv",
        WORKBOOK,
        "提示 导出.csv：扩展名是 .csv，内容是 .xlsx 工作簿，按内容读取；请改正扩展名",
    ),
    "xls under .xlsx": (
        "旧.xlsx",
        xls({"表": number(0, 0, 1)}),
        "提示 旧.xlsx：扩展名是 .xlsx，内容是旧版 .xls 工作簿，按内容读取；请改正扩展名",
    ),
    "text under .xls": (
        "导出.xls",
        CSV.encode("gb18030"),
        "提示 导出.xls：扩展名是 .xls，内容是文本（CSV），按内容读取；请改正扩展名",
    ),
    "HTML under .xls": ("导出.xls", b"\xef\xbb\xbf\r\n<html><table></table></html>", f"错误 导出.xls：{HTML}"),
    "an HTML fragment": ("导出.xls", "<META charset=gbk><table><tr><td>甲".encode("gbk"), f"错误 导出.xls：{HTML}"),
    "XML of Excel 2003": (
        "导出.xls",
        b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
        "错误 导出.xls：其实是 XML 表格（Excel 2003），没有读取",
    ),
    "a PDF": ("表.xlsx", b"%PDF-1.7", "错误 表.xlsx：其实是 PDF，不能读取"),
    "a text under .xlsx": ("表.xlsx", b"a,b", "错误 表.xlsx：文件打不开（内容不是 Excel 工作簿）"),
    "a text under .docx": ("表.docx", b"a,b", "错误 表.docx：文件打不开（内容不是 Word 文档）"),
    "nothing": ("表.xlsx", b"", "错误 表.xlsx：文件打不开（是空文件）"),
    "OpenDocument": ("表.xlsx", zipped({"mimetype": "x", "content.xml": "<a/>"}), "错误 表.xlsx：是 OpenDocument 格式"),
    "a binary workbook": (
        "表.xlsx",
        zipped({"_rels/.rels": "<a/>", "xl/workbook.bin": b"1"}),
        "错误 表.xlsx：是 .xlsb 格式，不能读取；请用 Excel 或 WPS 打开后另存为 .xlsx",
    ),
}


@pytest.mark.parametrize(("name", "content", "message"), LYING.values(), ids=LYING.keys())
def test_a_file_is_read_by_its_content_or_refused_by_name(tmp_path, name, content, message):
    grids, told = read(tmp_path, name, content)
    assert any(line.startswith(message) for line in told)
    assert bool(grids) == message.startswith("提示")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("表.et", "警告 表.et：不能读取 .et 文件，没有读取；请用 Excel 或 WPS 打开后另存为 .xlsx"),
        ("表.ods", "警告 表.ods：不能读取 .ods 文件，没有读取；请用 Excel 或 WPS 打开后另存为 .xlsx"),
        ("表.numbers", "警告 表.numbers：不能读取 .numbers 文件，没有读取；请用 Excel 或 WPS 打开后另存为 .xlsx"),
        ("表.doc", "警告 表.doc：不能读取 .doc 文件，没有读取；请用 Word 或 WPS 另存为 .docx"),
        ("表.wps", "警告 表.wps：不能读取 .wps 文件，没有读取；请用 Word 或 WPS 另存为 .docx"),
        ("包.rar", "提示 包.rar：不是数据文件，没有读取；请解压后把里面的文件放进来"),
        ("照.JPG", "提示 照.JPG：不是数据文件，没有读取；如是数据，请录入 .xlsx；如是佐证材料，可不理会"),
    ],
)
def test_a_file_that_is_not_read_is_told_with_what_to_do(tmp_path, name, line):
    (tmp_path / "下" / "下").mkdir(parents=True)
    (tmp_path / "下" / "下" / name).write_bytes(b"x")
    problems = Problems()
    assert read_folder(tmp_path, problems) == []
    assert [str(problem) for problem in problems] == [line.replace(f" {name}", f" 下/下/{name}", 1)]
