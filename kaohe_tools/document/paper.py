"""A blank official paper (公文) in Word: page, fonts, styles and numbering as GB/T 9704 has them.

Everything that can be restyled is a style; the texts of the bundled templates only name styles.
"""

from __future__ import annotations

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

# fonts of official papers, and what stands in for them where they are not installed
BODY, TITLE, HEAD, SUBHEAD, PAGE = "仿宋_GB2312", "方正小标宋简体", "黑体", "楷体_GB2312", "宋体"
LATIN = "Times New Roman"
STAND_INS = {BODY: "仿宋", TITLE: "宋体", SUBHEAD: "楷体"}
LINE = Pt(29)  # 22 lines on a page
BLACK, STAMP = RGBColor(0, 0, 0), RGBColor(0xC0, 0x00, 0x00)

CELL, HEAD_CELL, LONG_CELL = "表格文字", "表格标题行", "表格长文字"
TABLE_TITLE, PICTURE_TITLE = "表题", "图题"
PICTURE, ADDRESS, SIGNED, SECRET, STAMPED = "图片", "主送机关", "落款", "内部资料", "演示数据"


def blank_paper() -> Document:
    """A4 with the styles, the header for the stamp and page numbers — 1 —, and no text."""
    paper = docx.Document()
    for paragraph in list(paper.paragraphs):
        paragraph._element.getparent().remove(paragraph._element)
    _page(paper)
    _defaults(paper)
    _styles(paper)
    _numbers(paper)
    _stand_ins(paper)
    _margins(paper)
    about = paper.core_properties
    about.author = about.comments = about.last_modified_by = ""
    about.title, about.language = "{{ 标题 }}", "zh-CN"
    return paper


def _page(paper: Document) -> None:
    section = paper.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.header_distance, section.footer_distance = Mm(20), Mm(25)


def _fonts(font: str) -> str:
    """A Chinese font, also for the quotation marks that both scripts use; Latin letters and figures in LATIN."""
    latin = " ".join(f'w:{script}="{LATIN}"' for script in ("ascii", "hAnsi", "cs"))
    return f'<w:rFonts {nsdecls("w")} w:hint="eastAsia" {latin} w:eastAsia="{font}"/>'


def set_font(style: ParagraphStyle, font: str, size: float, bold: bool = False) -> None:
    """Its font, for Chinese; size in points. Always black and upright."""
    properties = style.element.get_or_add_rPr()
    for fonts in properties.findall(qn("w:rFonts")):
        properties.remove(fonts)
    properties.insert(0, parse_xml(_fonts(font)))
    style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
    style.font.color.rgb = BLACK


def _defaults(paper: Document) -> None:
    """Chinese texts with Latin figures (in Chinese, LibreOffice would tear figures apart), no fonts of a theme."""
    defaults = paper.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    for name in ("w:rFonts", "w:lang"):
        for element in defaults.findall(qn(name)):
            defaults.remove(element)
    defaults.insert(0, parse_xml(_fonts(BODY)))
    defaults.append(parse_xml(f'<w:lang {nsdecls("w")} w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/>'))


def _style(paper: Document, name: str, align: WD_ALIGN_PARAGRAPH | None = None) -> ParagraphStyle:
    """A style of that name, made if need be, without room before and after it."""
    known = [style.name for style in paper.styles]
    style = paper.styles[name] if name in known else paper.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    if name not in known:
        style.base_style, style.quick_style = paper.styles["Normal"], True
    form = style.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, LINE
    if align is not None:
        form.alignment = align
    return style


def _indent(style: ParagraphStyle, characters: int) -> None:
    """First line set in by whole characters, whatever the size of the font."""
    properties = style.element.get_or_add_pPr()
    for old in properties.findall(qn("w:ind")):
        properties.remove(old)
    width = round(characters * style.font.size.pt * 20)
    xml = f'<w:ind {nsdecls("w")} w:firstLineChars="{characters * 100}" w:firstLine="{width}"/>'
    properties._insert_ind(parse_xml(xml))


def _styles(paper: Document) -> None:
    centre, right, left = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.LEFT
    body = _style(paper, "Normal", WD_ALIGN_PARAGRAPH.JUSTIFY)
    set_font(body, BODY, 16)
    _indent(body, 2)
    for name, font, size in (("Heading 1", HEAD, 16), ("Heading 2", SUBHEAD, 16), ("Heading 3", BODY, 16)):
        style = _style(paper, name, left)
        set_font(style, font, size, bold=name == "Heading 3")
        style.paragraph_format.keep_with_next = True
        _indent(style, 2)
    title = _style(paper, "Title", centre)
    borders = title.element.pPr.find(qn("w:pBdr"))
    if borders is not None:
        title.element.pPr.remove(borders)
    set_font(title, TITLE, 22)
    _indent(title, 0)
    title.paragraph_format.line_spacing = Pt(34)
    title.paragraph_format.space_after = Pt(29)
    plain = (
        (ADDRESS, BODY, 16, left), (SIGNED, BODY, 16, right), (SECRET, SUBHEAD, 14, centre), (STAMPED, HEAD, 12, right),
        (TABLE_TITLE, HEAD, 12, centre), (PICTURE_TITLE, HEAD, 12, centre), (PICTURE, BODY, 12, centre),
        (HEAD_CELL, HEAD, 9, centre), (CELL, BODY, 9, centre), (LONG_CELL, BODY, 9, left),
        ("Footer", PAGE, 14, None),
    )  # fmt: skip
    for name, font, size, align in plain:
        style = _style(paper, name, align)
        set_font(style, font, size)
        _indent(style, 0)
    for name in (PICTURE, HEAD_CELL, CELL, LONG_CELL, "Footer", STAMPED):
        paper.styles[name].paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
    paper.styles[STAMPED].font.color.rgb = STAMP
    paper.styles[SECRET].paragraph_format.space_after = Pt(14)
    paper.styles[PICTURE].paragraph_format.space_before = Pt(6)
    paper.styles[SIGNED].paragraph_format.right_indent = Pt(32)
    for name in (TABLE_TITLE, HEAD_CELL, PICTURE):
        paper.styles[name].paragraph_format.keep_with_next = True


def _numbers(paper: Document) -> None:
    """一、（一）1. before the three headings, counted by Word, so that a section can be left out."""
    forms = (("chineseCountingThousand", "%1、"), ("chineseCountingThousand", "（%2）"), ("decimal", "%3."))
    levels = "".join(
        f'<w:lvl w:ilvl="{i}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:pStyle w:val="Heading{i + 1}"/>'
        f'<w:suff w:val="nothing"/><w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/>'
        f'<w:pPr><w:ind w:left="0" w:firstLineChars="200" w:firstLine="640"/></w:pPr></w:lvl>'
        for i, (form, text) in enumerate(forms)
    )
    numbering = paper.part.numbering_part.element
    for old in list(numbering):
        numbering.remove(old)
    kind = '<w:multiLevelType w:val="multilevel"/>'
    abstract = f'<w:abstractNum {nsdecls("w")} w:abstractNumId="1">{kind}{levels}</w:abstractNum>'
    numbering.append(parse_xml(abstract))
    numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="1"><w:abstractNumId w:val="1"/></w:num>'))
    for style in paper.styles.element.findall(qn("w:style")):  # those lists are gone
        properties = style.find(qn("w:pPr"))
        for old in [] if properties is None else properties.findall(qn("w:numPr")):
            properties.remove(old)
    for i in range(3):
        level = f'<w:ilvl w:val="{i}"/><w:numId w:val="1"/>'
        properties = paper.styles[f"Heading {i + 1}"].element.get_or_add_pPr()
        properties._insert_numPr(parse_xml(f"<w:numPr {nsdecls('w')}>{level}</w:numPr>"))


def _stand_ins(paper: Document) -> None:
    """Tell Word (and LibreOffice) which font to take where one is not installed."""
    part = next(part for part in paper.part.package.iter_parts() if part.partname == "/word/fontTable.xml")
    added = "".join(
        f'<w:font w:name="{font}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
        for font, other in STAND_INS.items()
    )
    part._blob = part.blob.replace(b"</w:fonts>", f"{added}</w:fonts>".encode())


def _margins(paper: Document) -> None:
    """演示数据 at the head of every page; page numbers at its foot, on the outer side."""
    section = paper.sections[0]
    paper.settings.odd_and_even_pages_header_footer = True
    for header in (section.header, section.even_page_header):
        header.is_linked_to_previous = False
        header.paragraphs[0].style = paper.styles[STAMPED]
        header.paragraphs[0].add_run("{{ 演示 }}")
    right, left = WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.LEFT
    for footer, side in ((section.footer, right), (section.even_page_footer, left)):
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        paragraph.style, paragraph.alignment = paper.styles["Footer"], side
        paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Pt(14)
        _page_number(paragraph)


def _page_number(paragraph: Paragraph) -> None:
    paragraph.add_run("— ")
    for kind in ("begin", None, "separate", "1", "end"):
        run = paragraph.add_run(kind if kind == "1" else "")
        if kind is None:
            run._r.append(parse_xml(f'<w:instrText {nsdecls("w")} xml:space="preserve"> PAGE </w:instrText>'))
        elif kind != "1":
            run._r.append(parse_xml(f'<w:fldChar {nsdecls("w")} w:fldCharType="{kind}"/>'))
    paragraph.add_run(" —")
