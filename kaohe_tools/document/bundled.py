"""The templates that come with the package: made by this script, committed beside what it writes.

    python -m kaohe_tools.document.bundled [FOLDER]

An office does not run it: it copies a template, changes it in Word and puts it into 模板/ of its case.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path

from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.table import Table, _Row
from docx.text.paragraph import Paragraph

from kaohe_tools.document.paper import (
    ADDRESS,
    CELL,
    HEAD_CELL,
    LONG_CELL,
    PICTURE,
    PICTURE_TITLE,
    SECRET,
    SIGNED,
    TABLE_TITLE,
    blank_paper,
)
from kaohe_tools.spreadsheet import without_times

FOLDER = Path(__file__).resolve().parents[1] / "templates" / "word"
PUBLICITY, NOTICE, WORK_REPORT = "公示", "通报", "考核工作报告"
WIDE = 8848  # twips between the margins
BLANK = "＿＿＿＿＿＿＿＿"


class _Sheet:
    """A paper being written from top to bottom."""

    def __init__(self) -> None:
        self.paper: Document = blank_paper()

    def text(self, text: str, style: str = "Normal") -> Paragraph:
        return self.paper.add_paragraph(text, style=style)

    def led(self, lead: str, text: str) -> None:
        """A paragraph that begins in bold."""
        paragraph = self.text("")
        paragraph.add_run(lead).bold = True
        paragraph.add_run(text)

    def when(self, condition: str, *texts: str) -> None:
        """Paragraphs that stand only where a condition holds."""
        self.text(f"{{%p if {condition} %}}")
        for text in texts:
            self.text(text)
        self.text("{%p endif %}")

    def each(self, name: str, items: str) -> None:
        self.text(f"{{%p for {name} in {items} %}}")

    def end(self, *kinds: str) -> None:
        for kind in kinds or ("for",):
            self.text(f"{{%p end{kind} %}}")

    def each_text(self, items: str) -> None:
        """A paragraph for each of some sentences."""
        self.each("句", items)
        self.text("{{ 句 }}")
        self.end()

    def each_stage(self) -> None:
        """What follows is said of every stage, under a heading where there are several, and of its categories."""
        self.each("环", "环节")
        self.text("{%p if 环节|length > 1 %}")
        self.text("{{ 环.名称 }}", "Heading 2")
        self.end("if")
        self.each("类", "环.类别")

    def heads(self) -> None:
        """The heading of a category: below that of its stage where there are several stages."""
        self.text("{%p if 环节|length > 1 %}")
        self.text("{{ 类.名称 }}（{{ 类.数 }}个）", "Heading 3")
        self.text("{%p else %}")
        self.text("{{ 类.名称 }}（{{ 类.数 }}个）", "Heading 2")
        self.text("{%p endif %}")

    def table(self, name: str, rows: str, columns: Sequence[tuple[str, str, int]]) -> None:
        """A row for each of `rows`; a column: its title, what of the row it shows, its share of the width."""
        table = self._grid(4, len(columns), [width for _, _, width in columns])
        for cell, (title, _, _) in zip(table.rows[0].cells, columns, strict=True):
            _put(cell.paragraphs[0], title, HEAD_CELL)
        _put(table.rows[1].cells[0].paragraphs[0], f"{{%tr for {name} in {rows} %}}", CELL)
        for cell, (_, field, width) in zip(table.rows[2].cells, columns, strict=True):
            _put(cell.paragraphs[0], f"{{{{ {name}.{field} }}}}", LONG_CELL if width >= 30 else CELL)
        _put(table.rows[3].cells[0].paragraphs[0], "{%tr endfor %}", CELL)

    def open_table(self) -> None:
        """A table whose columns depend on the category: 类.列 and 类.行."""
        table = self._grid(4, 3, [1, 1, 1])
        tags = (("{%tc for 名 in 类.列 %}", "{{ 名 }}"), ("{%tc for 格 in 行 %}", "{{ 格 }}"))
        for row, (loop, shown), style in ((0, tags[0], HEAD_CELL), (2, tags[1], CELL)):
            for cell, text in zip(table.rows[row].cells, (loop, shown, "{%tc endfor %}"), strict=True):
                _put(cell.paragraphs[0], text, style)
        _put(table.rows[1].cells[0].paragraphs[0], "{%tr for 行 in 类.行 %}", CELL)
        _put(table.rows[3].cells[0].paragraphs[0], "{%tr endfor %}", CELL)

    def _grid(self, rows: int, columns: int, shares: Sequence[int]) -> Table:
        table = self.paper.add_table(rows, columns, style="Table Grid")
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        for column, share in zip(table.columns, shares, strict=True):
            column.width = round(WIDE * 635 * share / sum(shares))
        _keep(table.rows[0], "<w:tblHeader {ns}/>")
        for row in table.rows:
            _keep(row, "<w:cantSplit {ns}/>")
        return table

    def pictures(self, where: str) -> None:
        self.each("图", where)
        self.text("{{ 图.图 }}", PICTURE)
        self.text("图{{ 图.号 }}　{{ 图.题 }}", PICTURE_TITLE)
        self.end()

    def signed(self) -> None:
        for text in ("", "（发文机关署名、印章）"):
            self.text(text, SIGNED).paragraph_format.keep_with_next = True
        self.text("{{ 空白日期 }}", SIGNED)


def _keep(row: _Row, xml: str) -> None:
    row._tr.get_or_add_trPr().append(parse_xml(xml.replace("{ns}", nsdecls("w"))))


def _put(paragraph: Paragraph, text: str, style: str) -> None:
    paragraph.style = style
    paragraph.add_run(text)


def publicity() -> Document:
    """公示: the names, the period, whom to turn to."""
    sheet = _Sheet()
    sheet.text("{{ 标题 }}", "Title")
    sheet.text("{%p if 有名单 %}")
    sheet.text("{{ 依据句 }}")
    sheet.each("环", "环节 if 环.有")
    sheet.text("{{ 环.名称 }}（{{ 环.数 }}个）", "Heading 1")
    sheet.each("类", "环.类别")
    sheet.led("{{ 类.名称 }}（{{ 类.数 }}个）：", "{{ 类.名单 }}。")
    sheet.each_text("类.其中")
    sheet.end("for", "for")
    sheet.text("公示时间和意见反映", "Heading 1")
    sheet.text("公示时间：{{ 公示时间 }}。")
    sheet.when("待定句", "{{ 待定句 }}")
    sheet.text(
        "公示期内，对公示名单有异议的，可以书面形式向受理部门反映。"
        "反映情况应当实事求是，以单位名义反映的加盖公章，以个人名义反映的署真实姓名和联系方式。"
    )
    sheet.text(f"受理部门：{BLANK}")
    sheet.text(f"联系电话：{BLANK}")
    sheet.text("{%p else %}")
    sheet.text("{{ 没有名单句 }}")
    sheet.when("待定句", "{{ 待定句 }}")
    sheet.end("if")
    sheet.signed()
    return sheet.paper


def notice() -> Document:
    """通报: who took part, grades, what follows, what is open."""
    sheet = _Sheet()
    sheet.text("{{ 标题 }}", "Title")
    sheet.text(f"{BLANK}：", ADDRESS)
    sheet.text("{{ 依据句 }}")
    sheet.text("参加考核情况", "Heading 1")
    sheet.each_text("参加")
    sheet.text("考核结果", "Heading 1")
    sheet.when("顺序句", "{{ 顺序句 }}")
    sheet.each_stage()
    sheet.heads()
    sheet.text("{%p if 类.列名单 %}")
    sheet.each("等", "类.等次")
    sheet.led("{{ 等.等次 }}（{{ 等.数 }}个）：", "{{ 等.名单 }}。")
    sheet.end()
    sheet.text("{%p else %}")
    sheet.open_table()
    sheet.end("if")
    sheet.each_text("类.说明")
    sheet.end("for", "for")
    sheet.when("公示句", "{{ 公示句 }}")
    sheet.text("{%p if 有待定 %}")
    sheet.text("尚未确定等次的考核对象", "Heading 1")
    sheet.text("{{ 待定句 }}")
    sheet.each("项", "待定")
    sheet.led("{{ 项.类别 }}（{{ 项.数 }}个）：", "{{ 项.名单 }}。")
    sheet.end("for", "if")
    sheet.text("考核结果运用", "Heading 1")
    sheet.text("{%p if 有运用 %}")
    sheet.each("项", "运用")
    sheet.led("{{ 项.事项 }}（{{ 项.条款 }}，{{ 项.数 }}个）：", "{{ 项.名单 }}。")
    sheet.end()
    sheet.text("{%p else %}")
    sheet.text("按照办法，没有需要运用考核结果的事项。")
    sheet.end("if")
    sheet.text("特此通报。")
    sheet.signed()
    return sheet.paper


def work_report() -> Document:
    """考核工作报告: the assessment in numbers, category by category."""
    sheet = _Sheet()
    sheet.text("{{ 标题 }}", "Title")
    sheet.text("{{ 保密句 }}", SECRET)
    sheet.text("基本情况", "Heading 1")
    sheet.each_text("概况")
    sheet.text("各类别概况", TABLE_TITLE)
    numbers = [(name, name, 10) for name in ("参加数", "最高", "中位数", "最低", "名额", "已用", "待定")]
    sheet.table("行", "概况表", [("环节、类别", "范围", 30), *numbers])
    sheet.pictures("概况图")
    sheet.text("考核结果", "Heading 1")
    sheet.each_stage()
    sheet.heads()
    sheet.each_text("类.句")
    sheet.text("{{ 类.名称 }}得分与名次", TABLE_TITLE)
    sheet.open_table()
    sheet.pictures("类.图")
    sheet.end("for", "for")
    _after_results(sheet)
    sheet.signed()
    return sheet.paper


def _after_results(sheet: _Sheet) -> None:
    """What the work report tells beside the results of each category."""
    sheet.text("名额使用", "Heading 1")
    sheet.text("{{ 名额句 }}")
    sheet.text("{%p if 名额 %}")
    counts = [(name, name, 13) for name in ("参加数", "名额", "已用")]
    sheet.table("行", "名额", [("范围", "范围", 36), *counts, ("算式", "算式", 45)])
    sheet.end("if")
    sheet.text("尚未确定的事项", "Heading 1")
    sheet.text("{{ 待定句 }}")
    sheet.text("{%p if 待定 %}")
    some = [("考核对象", "考核对象", 22), ("类别", "类别", 20), ("待定原因", "待定", 16), ("建议", "建议", 12)]
    sheet.table("行", "待定", [*some, ("说明", "说明", 40)])
    sheet.end("if")
    sheet.text("考核结果运用", "Heading 1")
    sheet.text("{{ 运用句 }}")
    sheet.text("{%p if 运用 %}")
    sheet.table("行", "运用", [("事项", "事项", 29), ("条款", "条款", 20), ("数量", "数", 9), ("考核对象", "名单", 50)])
    sheet.end("if")
    sheet.text("{%p if 有上年 %}")
    sheet.text("与上年相比", "Heading 1")
    sheet.text("{{ 上年句 }}")
    sheet.text("{%p if 上年 %}")
    scores = [(name, name, 17) for name in ("上年等次", "本年等次", "上年得分", "本年得分")]
    sheet.table("行", "上年", [("考核对象", "考核对象", 26), ("类别", "类别", 24), *scores, ("变化", "变化", 11)])
    sheet.end("if", "if")
    sheet.text("数据检查", "Heading 1")
    sheet.text("{{ 问题句 }}")
    sheet.text("{%p if 问题 %}")
    sheet.table("行", "问题", [("级别", "级别", 10), ("位置", "位置", 34), ("问题", "问题", 60)])
    sheet.end("if")
    sheet.text("条文理解与口径", "Heading 1")
    sheet.text("{{ 读法句 }}")
    sheet.text("{%p if 读法 %}")
    sheet.table("行", "读法", [("问题", "问题", 48), ("采用", "采用", 34), ("条款", "条款", 24)])
    sheet.end("if")
    sheet.text("其他口径如下：")
    sheet.table("行", "口径", [("项目", "项目", 30), ("内容", "内容", 70)])
    sheet.text("记录：{{ 记录 }}", LONG_CELL)


MADE_BY = {PUBLICITY: publicity, NOTICE: notice, WORK_REPORT: work_report}


def content(name: str) -> bytes:
    """The bytes of a bundled template, made anew; the same in every run."""
    stream = io.BytesIO()
    MADE_BY[name]().save(stream)
    return without_times(stream.getvalue())


def write_bundled(folder: Path = FOLDER) -> list[Path]:
    """Write all bundled templates into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.docx" for name in MADE_BY]
    for path in paths:
        path.write_bytes(content(path.stem))
    return paths


if __name__ == "__main__":
    for written in write_bundled(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER):
        print(written.name)
