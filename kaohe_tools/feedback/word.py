"""A derivation as a Word file: A4, Chinese type, tables that may run over pages under a repeated head."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from kaohe_tools.explain import Derivation
from kaohe_tools.explain.text import NUMERALS
from kaohe_tools.feedback.blocks import LIST, TABLE, blocks
from kaohe_tools.feedback.pages import Sheet
from kaohe_tools.records import record_line, stamp
from kaohe_tools.spreadsheet import printable

TEXT_FONT, HEAD_FONT, LATIN = "宋体", "黑体", "Times New Roman"
WIDTHS = {  # centimetres, together the 17 of the page; columns that are not named share what is left
    "项目": 2.1, "分值": 1.2, "得分": 1.4, "计入": 1.7, "怎么计": 3.4, "出处": 3.4,
    "序号": 1.0, "步骤": 1.8, "条款": 3.0,
}  # fmt: skip
PAGE = 17.0
RIGHT = ("分值", "得分", "计入", "序号")
STAMPED = RGBColor(0xA6, 0x1B, 0x1B)


def write_word(derivation: Derivation, sheet: Sheet, path: Path) -> None:
    """Write a derivation as .docx; the same derivation gives the same bytes."""
    document = Document()
    _paper(document, derivation, sheet)
    title = document.add_heading(printable(derivation.title), 0)
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for name, value in derivation.facts:
        _line(document, f"{name}：{value}")
    for stage in derivation.stages:
        document.add_heading(printable(f"{stage.stage}（{stage.heading}）"), 1)
        _line(document, f"结果：{stage.outcome}").runs[0].bold = True
        for numeral, section in zip(NUMERALS, stage.sections, strict=False):
            document.add_heading(f"{numeral}、{section.title}", 2)
            for kind, head, body in blocks(section.items):
                if kind == TABLE:
                    _table(document, head, body)
                elif kind == LIST:
                    for line in body:
                        _line(document, line)
                else:
                    _line(document, head)
    _line(document, f"记录：{record_line(sheet.record)}").runs[0].font.size = Pt(8)
    buffer = io.BytesIO()
    document.save(buffer)
    path.write_bytes(stamp(buffer.getvalue(), sheet.record))


def _paper(document, derivation: Derivation, sheet: Sheet) -> None:
    """A4, Chinese type and language in every style, what stands at the head and foot of each page."""
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(2)
    border = document.styles["Title"].element.pPr.find(qn("w:pBdr"))
    if border is not None:
        document.styles["Title"].element.pPr.remove(border)
    sizes = {"Normal": 10.5, "Title": 16, "Heading 1": 13, "Heading 2": 11.5}
    for name, size in sizes.items():
        _type(document.styles[name], TEXT_FONT if name == "Normal" else HEAD_FONT, size)
    properties = document.core_properties
    properties.title, properties.language = printable(derivation.title), "zh-CN"
    properties.author = properties.last_modified_by = properties.comments = ""
    label = sheet.context("")["label"]
    marks = [label] + (["演示数据"] if derivation.simulated else [])
    head = section.header.paragraphs[0]
    head.text = printable(f"{sheet.run['title']}　{'　'.join(filter(None, marks))}")
    head.runs[0].font.color.rgb = STAMPED
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    foot.add_run(f"{sheet.secret}　" if sheet.secret else "")
    _field(foot, "PAGE")


def _type(style, font: str, size: float) -> None:
    style.font.name, style.font.size, style.font.color.rgb = LATIN, Pt(size), RGBColor(0, 0, 0)
    properties = style.element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    for name in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{name}"), None)
    fonts.set(qn("w:eastAsia"), font)
    language = properties.find(qn("w:lang"))
    if language is None:
        language = OxmlElement("w:lang")
        properties.append(language)
    language.set(qn("w:val"), "en-US")
    language.set(qn("w:eastAsia"), "zh-CN")


def _field(paragraph, code: str) -> None:
    """A field that Word fills in, such as the number of the page."""
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    paragraph._p.append(field)


def _line(document, text: str):
    paragraph = document.add_paragraph(printable(text))
    paragraph.paragraph_format.space_after = Pt(3)
    return paragraph


def _table(document, caption: str, rows: pd.DataFrame) -> None:
    """A table under its caption; the head is repeated on every page, a row is never cut in two."""
    head = _line(document, caption)
    head.runs[0].bold = True
    head.paragraph_format.keep_with_next = True
    table = document.add_table(rows=1, cols=len(rows.columns), style="Table Grid")
    table.autofit = False
    widths = [WIDTHS.get(name) for name in rows]
    rest = (PAGE - sum(width or 0 for width in widths)) / max(widths.count(None), 1)
    filled = [Cm(width or rest) for width in widths]
    for column, width in zip(table.columns, filled, strict=True):
        column.width = width
    _fill(table.rows[0], list(rows), list(rows), filled, bold=True)
    repeated = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(repeated)
    for values in rows.itertuples(index=False):
        _fill(table.add_row(), list(rows), list(values), filled)
    document.add_paragraph().paragraph_format.space_after = Pt(0)


def _fill(row, names: list[str], values: list[str], widths: list, bold: bool = False) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for cell, name, value, width in zip(row.cells, names, values, widths, strict=True):
        cell.width = width
        paragraph = cell.paragraphs[0]
        run = paragraph.add_run(printable(value))
        run.font.size, run.bold = Pt(9), bold
        if name in RIGHT and not bold:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
