"""Excel workbooks (.xlsx, .xlsm): values by calamine, what it does not tell by `sheetxml`.

Calamine gets a small workbook made of the checked parts alone: nothing that was not looked at can reach it. It gives
error values and formulas without a result as blanks; those cells are marked here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from kaohe_tools.grid import limits
from kaohe_tools.grid.archive import canonical, local, main_part, member_names, read_parts, targets, tree, wrap
from kaohe_tools.grid.library import Workbook
from kaohe_tools.grid.limits import RefusedError, too_large
from kaohe_tools.grid.model import Grid
from kaohe_tools.grid.sheetxml import Scan, prefix_of, scan
from kaohe_tools.grid.told import finish
from kaohe_tools.problems import Place, Problems

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_SHARED = ("sharedStrings", "styles")
_SAVE_AGAIN = "请用 Excel 或 WPS 打开后另存为 .xlsx"


@dataclass
class _Sheet:
    """One worksheet as the workbook lists it, and its facts."""

    name: str
    part: str
    hidden: bool
    facts: Scan


def read_xlsx(content: bytes, name: str, problems: Problems) -> list[Grid]:
    """The worksheets of a workbook; a sheet that cannot be read is an error at its name, the others are read."""
    names = member_names(content)
    parts = read_parts(content, lambda part: not part.startswith(("docProps/", "customXml/", "xl/drawings/")))
    main = main_part(parts) or "xl/workbook.xml"
    if main not in parts:
        if any(part.lower().endswith("workbook.bin") for part in names):
            raise RefusedError("是 .xlsb 格式，不能读取", _SAVE_AGAIN)
        raise RefusedError("文件打不开（内容不是 Excel 工作簿）", _SAVE_AGAIN)
    root = tree(parts, main)
    links = targets(parts, main)
    sheets = _sheets(root, links, parts, name, problems)
    shared = {kind: canonical(parts[part]) for kind, part in links.values() if kind in _SHARED and part in parts}
    is_1904 = any(local(e.tag) == "workbookPr" and _is_true(e, "date1904") for e in root)
    wrapped = _wrapped([parts[sheet.part] for sheet in sheets], shared, is_1904)
    parts.clear()
    workbook = Workbook(wrapped)
    grids: list[Grid] = []
    for number, sheet in enumerate(sheets):
        try:
            rows = workbook.rows(number)
        except RefusedError as refused:
            problems.error(Place(name, sheet.name), refused.message, refused.advice)
            continue
        grids.append(finish(Grid(name, sheet.name, rows, hidden=sheet.hidden), sheet.facts, problems))
    _tell_ignored(names, name, problems)
    stale = any(local(e.tag) == "calcPr" and _is_true(e, "fullCalcOnLoad") for e in root)
    if stale and any(sheet.facts.formulas for sheet in sheets):
        message = "公式按文件里存的结果读取，而文件标明打开时要重算（多半由程序生成），结果可能不是最新"
        problems.note(Place(name), message, "请用 Excel 或 WPS 打开并保存一次")
    return grids


def _sheets(
    root: Element, links: Mapping[str, tuple[str, str]], parts: dict[str, bytes], name: str, problems: Problems
) -> list[_Sheet]:
    """The worksheets in the workbook's order (chart sheets are none); their parts are made ready for calamine."""
    entries = [e for part in root if local(part.tag) == "sheets" for e in part if local(e.tag) == "sheet"]
    if len(entries) > limits.SHEETS:
        raise RefusedError(f"工作表超过 {limits.SHEETS} 个，没有读取", "请拆成几个文件")
    sheets: list[_Sheet] = []
    room = limits.CELLS
    for entry in entries:
        title = entry.get("name") or ""
        link = next((value for key, value in entry.attrib.items() if key.endswith("}id")), "")
        kind, part = links.get(link, ("worksheet", ""))
        if kind != "worksheet":
            continue
        try:
            if part not in parts or any(sheet.part == part for sheet in sheets):
                raise RefusedError("工作表的内部结构有错（找不到内容）", _SAVE_AGAIN)
            facts, parts[part] = _facts(parts[part], room)
        except (RefusedError, ParseError) as error:
            refused = error if isinstance(error, RefusedError) else RefusedError("工作表的内部结构有错", _SAVE_AGAIN)
            problems.error(Place(name, title, refused.cell), refused.message, refused.advice)
            continue
        room -= facts.cells
        sheets.append(_Sheet(title, part, entry.get("state", "visible") != "visible", facts))
    return sheets


def _is_true(element: Element, name: str) -> bool:
    return element.get(name) in ("1", "true")


def _facts(part: bytes, room: int) -> tuple[Scan, bytes]:
    """What `sheetxml` finds, and the XML for calamine. Raises RefusedError where there is no room."""
    xml = canonical(part)
    facts = scan(xml, room)
    if facts.cells > room:
        raise too_large(facts.rows, facts.columns, facts.far)
    if b't="e"' in xml:  # calamine gives up a whole sheet for one error value that it does not know
        xml = re.sub(b"(<" + prefix_of(xml) + rb'c\s[^>]*?)\bt="e"', rb'\1t="str"', xml)
    return facts, xml


def _wrapped(sheets: list[bytes], shared: Mapping[str, bytes], is_1904: bool) -> bytes:
    """A workbook of these sheets, with shared texts and styles: all that calamine needs."""
    numbers = range(1, len(sheets) + 1)
    linked = [("worksheet", f"worksheets/sheet{n}.xml") for n in numbers] + [(kind, f"{kind}.xml") for kind in shared]
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{_LINKS}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(linked, 1)
    )
    entries = "".join(f'<sheet name="{n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
    book = (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}"><workbookPr date1904="{int(is_1904)}"/>'
        f"<sheets>{entries}</sheets></workbook>"
    )
    office = f'<Relationship Id="rId1" Type="{_LINKS}/officeDocument" Target="xl/workbook.xml"/>'
    return wrap(
        {
            "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}">{office}</Relationships>'.encode(),
            "xl/workbook.xml": book.encode(),
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">{relations}</Relationships>'.encode(),
            **{f"xl/{kind}.xml": part for kind, part in shared.items()},
            **{f"xl/worksheets/sheet{n}.xml": xml for n, xml in zip(numbers, sheets, strict=True)},
        }
    )


def _tell_ignored(names: list[str], name: str, problems: Problems) -> None:
    """Say which parts of a workbook are never read."""
    if any(part.rpartition("/")[2].lower() == "vbaproject.bin" for part in names):
        problems.note(Place(name), "文件里有宏，没有读取也没有运行", "数据以单元格里的为准")
    if any(part.startswith("xl/externalLinks/") and part.endswith(".xml") for part in names):
        advice = "请确认结果是最新的，或改为直接填写数值"
        problems.note(Place(name), "文件里有指向其他文件的外部链接，没有读取；引用它们的公式按存下的结果读取", advice)
    if "xl/connections.xml" in names:
        problems.note(Place(name), "文件里有外部数据连接，没有读取", "数据以单元格里的为准")
