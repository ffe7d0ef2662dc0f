"""Word files (.docx): each table as a sheet, with the paragraphs before it. Read from the checked XML alone.

Tracked changes are read as accepted: what was inserted is there, what was deleted or moved away is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from kaohe_tools.grid import limits
from kaohe_tools.grid.archive import local, main_part, member_names, read_parts, tree
from kaohe_tools.grid.limits import RefusedError, too_large
from kaohe_tools.grid.model import Grid, Span, fit_spans
from kaohe_tools.problems import Place, Problems

_WRAPPERS = {"sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag", "AlternateContent", "Choice"}
_NOT_SHOWN = {"del", "moveFrom", "Fallback", "tbl", "pPr", "rPr", "instrText", "delText"}
_WHITE = {"br", "cr", "tab", "ptab"}
_DEEPEST = 60  # elements within one another, in a paragraph
_SAVE_AGAIN = "请用 Word 或 WPS 打开后另存为 .docx"


@dataclass
class _Drawn:
    """A table while it is read: rows, finished spans, and by left column the merges that may go down further."""

    rows: list[list[object]] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    open: dict[int, Span] = field(default_factory=dict)
    nested: list[tuple[int, int]] = field(default_factory=list)
    unseen: list[tuple[int, int]] = field(default_factory=list)
    deleted: int = 0


def read_word(content: bytes, name: str, problems: Problems) -> list[Grid]:
    """The tables of a Word file, named 表1, 表2 …; one that cannot be read is an error, the others are read."""
    parts = read_parts(content, lambda part: part.startswith(("_rels/", "word/")) and "/theme/" not in part)
    main = main_part(parts) or "word/document.xml"
    if main not in parts or local(tree(parts, main).tag) != "document":
        raise RefusedError("文件打不开（内容不是 Word 文档）", _SAVE_AGAIN)
    body = next((part for part in tree(parts, main) if local(part.tag) == "body"), Element("body"))
    headings: list[str] = []
    grids: list[Grid] = []
    count = 0
    for element in _within(body, {"p", "tbl"}):
        if local(element.tag) == "p":
            text = _text(element).replace("\n", "").strip()
            headings.extend([text] if text else [])
            continue
        count += 1
        grid = Grid(name, f"表{count}", [], headings=headings)
        headings = []
        try:
            _read_table(grid, element, problems)
        except RefusedError as refused:
            problems.error(Place(name, grid.sheet, refused.cell), refused.message, refused.advice)
            continue
        grids.append(grid)
    if grids:
        grids[-1].after = headings
    if not count:
        problems.note(Place(name), "Word 文件里没有表格，没有读取", "数据请放在表格里")
    if any(part.rpartition("/")[2].lower() == "vbaproject.bin" for part in member_names(content)):
        problems.note(Place(name), "文件里有宏，没有读取也没有运行", "数据以表格里的为准")
    return grids


def _within(top: Element, wanted: set[str]) -> Iterator[Element]:
    """The elements of these names below `top`, in order, also within what only wraps them (content controls)."""
    waiting = list(reversed(top))
    while waiting:
        element = waiting.pop()
        name = local(element.tag)
        if name in wanted:
            yield element
        elif name in _WRAPPERS:
            waiting.extend(reversed(element))


def _read_table(grid: Grid, table: Element, problems: Problems) -> None:
    drawn = _Drawn()
    for row in _within(table, {"tr"}):
        if _property(row, "trPr", "del") is not None:
            drawn.deleted += 1
        else:
            _read_row(drawn, row)
    drawn.spans.extend(drawn.open.values())
    width = max((len(row) for row in drawn.rows), default=0)
    if len(drawn.rows) * width > limits.CELLS:
        raise too_large(len(drawn.rows), width, grid.place(len(drawn.rows) - 1, width - 1).cell)
    grid.rows = [row + [None] * (width - len(row)) for row in drawn.rows]
    grid.spans, _ = fit_spans(drawn.spans, len(grid.rows), width)
    if drawn.deleted:
        problems.note(grid.place(), f"有 {drawn.deleted} 行是修订中删除的，没有读取", "请接受或拒绝全部修订后保存")
    for i, j in drawn.nested:
        problems.warning(grid.place(i, j), "单元格里还有一张表格，其中的内容没有读取", "请把里面的表格单独列出")
    for i, j in drawn.unseen:
        problems.warning(grid.place(i, j), "合并单元格下面盖着看不见的内容，没有读取", "请取消合并，核对后重新填写")


def _read_row(drawn: _Drawn, tr: Element) -> None:
    """One row of a table. A cell goes on with the one above where it says so and both are as wide."""
    line = len(drawn.rows)
    row: list[object] = []
    going: dict[int, Span] = {}
    _widen(row, _count(_property(tr, "trPr", "gridBefore"), 0), line)
    for tc in _within(tr, {"tc"}):
        left = len(row)
        right = left + max(_count(_property(tc, "tcPr", "gridSpan"), 1), 1) - 1
        merge = _property(tc, "tcPr", "vMerge")
        above = drawn.open.get(left)
        text = _cell_text(tc)
        if any(True for _ in _within(tc, {"tbl"})):
            drawn.nested.append((line, left))
        if merge is not None and _value(merge) != "restart" and above is not None and above.right == right:
            going[left] = Span(above.top, left, line, right)
            if text:
                drawn.unseen.append((line, left))
            text = ""
        elif merge is not None:
            going[left] = Span(line, left, line, right)
        elif right > left:
            drawn.spans.append(Span(line, left, line, right))
        _widen(row, right - left + 1, line)
        row[left] = text or None
    drawn.spans.extend(span for left, span in drawn.open.items() if left not in going or going[left].top > span.top)
    drawn.open = going
    drawn.rows.append(row)


def _widen(row: list[object], columns: int, line: int) -> None:
    if len(row) + columns > limits.WORD_COLUMNS:
        message = f"第 {line + 1} 行横跨 {len(row) + columns} 列，没有读取（最多 {limits.WORD_COLUMNS} 列）"
        raise RefusedError(message, "请重新制作这张表格", f"A{line + 1}")
    row.extend([None] * columns)


def _property(element: Element, properties: str, name: str) -> Element | None:
    for part in element:
        if local(part.tag) == properties:
            return next((found for found in part if local(found.tag) == name), None)
    return None


def _value(element: Element) -> str:
    return next((value for key, value in element.attrib.items() if local(key) == "val"), "")


def _count(element: Element | None, otherwise: int) -> int:
    if element is None:
        return otherwise
    text = _value(element)
    if not (text.isascii() and text.isdigit()) or len(text) > 12:
        raise RefusedError(f"表格的列数写成了“{text[:20]}”，没有读取", "请重新制作这张表格")
    return int(text)


def _cell_text(tc: Element) -> str:
    """The paragraphs of a cell, one a line; tabs and line breaks within count as white space."""
    return "\n".join(_text(paragraph) for paragraph in _within(tc, {"p"})).strip()


def _text(paragraph: Element) -> str:
    """What a reader sees of a paragraph: runs, links, fields, content controls and insertions."""
    parts: list[str] = []
    waiting: list[tuple[Element, int]] = [(element, 1) for element in reversed(paragraph)]
    while waiting:
        element, depth = waiting.pop()
        name = local(element.tag)
        if name == "t":
            parts.append(element.text or "")
        elif name in _WHITE:
            parts.append("\n")
        elif name == "noBreakHyphen":
            parts.append("-")
        elif name not in _NOT_SHOWN and depth < _DEEPEST:
            waiting.extend((child, depth + 1) for child in reversed(element))
    return "".join(parts)
