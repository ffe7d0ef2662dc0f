"""What the Excel library does not tell of a sheet, from its XML: how far it goes, what is hidden, merged or no value.

Two ways to the same answer: `quick` runs a few regular expressions over the bytes and answers only where counting
shows that they saw every cell; else `careful` parses every cell. The tests hold both equal.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

import numpy as np

from kaohe_tools.grid import limits
from kaohe_tools.grid.archive import local
from kaohe_tools.grid.limits import RefusedError
from kaohe_tools.grid.model import Span, Unusable, bare_formula, error_value
from kaohe_tools.spreadsheet import column_letter

_PREFIX = re.compile(rb"<(?:([A-Za-z_][\w.-]*):)?worksheet[\s>]")
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})")
_LETTERS, _DIGITS = bytes(range(ord("A"), ord("Z") + 1)), b"0123456789"
_STRETCH = 4 * 2**20  # bytes looked at in one go
_WIDE_FORM = 200  # columns
_DEEPEST, _MOST_IN_CELL = 100, 100_000  # elements within one another, and within one cell
_ATTRIBUTE = re.compile(rb'([\w:]+)="([^"]*)"')
_NAMED = re.compile(rb'\sr="([^"]*)"')
_BROKEN = ("工作表的内部结构有错", "请用 Excel 或 WPS 打开后另存为新文件")
_TYPE = re.compile(rb'\st="(\w+)"')


@dataclass
class Scan:
    """Facts of one sheet: rows and columns up to the last cell with a value, and the cells that reach so far.

    Besides, cells that cannot be used (by row and column from 0), hidden rows, hidden columns as first and last,
    merged blocks, and whether there are formulas with a stored result.
    """

    rows: int = 0
    columns: int = 0
    lowest: str = ""
    widest: str = ""
    unusable: dict[tuple[int, int], Unusable] = field(default_factory=dict)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    formulas: bool = False

    @property
    def cells(self) -> int:
        return self.rows * self.columns

    @property
    def far(self) -> str:
        """The cell that stretches the sheet most: the one farthest right where the sheet is wider than any form."""
        return self.widest if self.columns > _WIDE_FORM else self.lowest


def scan(xml: bytes, room: int = limits.CELLS) -> Scan:
    """The facts of a sheet's XML (as `archive.canonical` writes it). Raises RefusedError where it is no sheet.

    With more than `room` cells the size is exact, else it may count blank cells that have a format.
    """
    found = quick(xml, prefix_of(xml))
    return found if found is not None and found.cells <= room else careful(xml)


def prefix_of(xml: bytes) -> bytes:
    """What stands before every tag of a sheet's XML, mostly nothing. Raises RefusedError where it is no sheet."""
    match = _PREFIX.search(xml, 0, 4096)
    if not match:
        raise RefusedError(*_BROKEN)
    return match[1] + b":" if match[1] else b""


def quick(xml: bytes, prefix: bytes = b"") -> Scan | None:
    """The facts, or None where this way cannot be sure; rows and columns are then not less than they are."""
    open_ = b"<" + prefix
    start, end = xml.find(open_ + b"sheetData>"), xml.rfind(b"</" + prefix + b"sheetData>")
    if start < 0 or end < start:
        return None
    found = Scan()
    pattern = re.compile(open_ + rb'c r="([A-Z]{1,3}[1-9]\d{0,6})"')
    unseen = xml.count(open_ + b"c", start, end)
    for first, last in _stretches(xml, open_ + b"row", start, end):
        references = pattern.findall(xml, first, last)
        if references:
            unseen -= len(references)
            joined = b" ".join(references)
            rows = np.fromstring(joined.translate(None, _LETTERS), dtype=np.int64, sep=" ")
            found.rows = max(found.rows, int(rows.max()))
            found.columns = max(found.columns, *map(_column, set(joined.translate(None, _DIGITS).split())))
    if unseen or not _see_odd_cells(found, xml, prefix, start, end):
        return None
    if not _see_hidden_rows(found, xml, prefix, start, end):
        return None
    for match in re.compile(open_ + rb"col\s([^>]*)>").finditer(xml, 0, start):
        _hide_columns(found, {name.decode(): value.decode() for name, value in _ATTRIBUTE.findall(match[1])})
    merges = re.compile(open_ + rb'mergeCell\s[^>]*?ref="([^"]*)"').finditer(xml, end)
    _merge(found, (match[1].decode() for match in merges))
    return found


def _stretches(xml: bytes, row: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Stretches of whole rows, some megabytes each: lists of all cells at once would take much memory."""
    while start < end:
        stop = xml.find(row, start + _STRETCH, end)
        yield start, stop if stop >= 0 else end
        start = stop if stop >= 0 else end


def _see_odd_cells(found: Scan, xml: bytes, prefix: bytes, start: int, end: int) -> bool:
    """Find the cells with a formula or an error; False where some were not seen."""
    tags = {name: b"<" + prefix + name for name in (b"c", b"f", b"v")}
    ends = {name: b"</" + prefix + name + b">" for name in (b"c", b"f", b"v")}
    formula = tags[b"f"] + rb"(?:\s[^>]*)?(?:/>|>[^<]*" + ends[b"f"] + rb")\s*"
    formulas, errors = xml.count(tags[b"f"], start, end), xml.count(b't="e"', start, end)
    if formulas:
        value = tags[b"v"] + rb"(?:\s[^>]*)?(?:(/)>|>([^<]*)" + ends[b"v"] + rb")"
        pattern = tags[b"c"] + rb" ([^>]*[^/])>\s*" + formula + rb"(?:" + value + rb"|(?=" + ends[b"c"] + rb"))"
        for match in re.compile(pattern).finditer(xml, start, end):
            formulas -= 1
            _judge(found, match[1], True, b"" if match[2] else match[3])
    if errors:
        pattern = tags[b"c"] + rb' ([^>]*t="e"[^>/]*)>\s*(?:' + formula + rb")?" + tags[b"v"] + b">([^<]*)" + ends[b"v"]
        for match in re.compile(pattern).finditer(xml, start, end):
            errors -= 1
            _judge(found, match[1], False, match[2])
    return not formulas and not errors


def _see_hidden_rows(found: Scan, xml: bytes, prefix: bytes, start: int, end: int) -> bool:
    """Find the hidden rows; False where one does not say its number."""
    if xml.find(b"hidden", start, end) < 0 and xml.find(b"ht=", start, end) < 0:
        return True
    rows = 0
    for match in re.compile(b"<" + prefix + rb"row\s([^>]*)>").finditer(xml, start, end):
        rows += 1
        if b"hidden" not in match[1] and b'ht="0' not in match[1]:
            continue
        attributes = dict(_ATTRIBUTE.findall(match[1]))
        if _is_hidden(attributes.get(b"hidden"), attributes.get(b"ht")):
            if not attributes.get(b"r", b"").isdigit():
                return False
            found.hidden_rows.append(int(attributes[b"r"]) - 1)
    return rows == xml.count(b"<" + prefix + b"row", start, end)


def _judge(found: Scan, attributes: bytes, formula: bool, value: bytes | None) -> None:
    if value and b't="e"' not in attributes and not value.isspace():
        found.formulas = True
        return
    kind = _TYPE.search(b" " + attributes)
    flaw = _flaw(kind[1].decode() if kind else "", formula, None if value is None else value.decode())
    if flaw:
        cell = _NAMED.search(b" " + attributes)
        found.unusable[_position(cell[1].decode() if cell else "")] = flaw
    else:
        found.formulas = True


def _flaw(kind: str, formula: bool, value: str | None) -> Unusable | None:
    """Why a cell cannot be used, if so: `value` is its stored text, "" if blank and None if there is none."""
    if kind == "e":
        return error_value((value or "").strip() or "#VALUE!")
    if formula and not (value or "").strip() and not (kind == "str" and value is not None):
        return bare_formula()
    return None


def careful(xml: bytes) -> Scan:
    """The facts by parsing every cell; also where cells and rows do not say where they stand."""
    found = Scan()
    row = column = -1
    inside = 0  # elements seen within the cell that is open
    above: list[ElementTree.Element] = []
    merges: list[str] = []
    for event, element in ElementTree.iterparse(io.BytesIO(xml), ("start", "end")):
        name = local(element.tag)
        if event == "start":
            if name == "row":
                row, column = int(element.get("r") or row + 2) - 1, -1
                if _is_hidden(element.get("hidden"), element.get("ht")):
                    found.hidden_rows.append(row)
            inside += bool(inside) or name == "c"
            above.append(element)
            if len(above) > _DEEPEST or inside > _MOST_IN_CELL:
                raise RefusedError(*_BROKEN)
            continue
        above.pop()
        if name == "c":
            line, column = _position(element.get("r") or "") if element.get("r") else (row, column + 1)
            _look(found, element, line, column)
            inside = 0
        elif name == "col":
            _hide_columns(found, element.attrib)
        elif name == "mergeCell":
            merges.append(element.get("ref") or "")
        if not inside and above:
            above[-1].remove(element)
    _merge(found, merges)
    return found


def _look(found: Scan, cell: ElementTree.Element, row: int, column: int) -> None:
    """One parsed cell: does it hold anything, and can it be used."""
    parts = [local(part.tag) for part in cell]
    value = next(((part.text or "") for part in cell if local(part.tag) == "v"), None)
    inline = "is" in parts and any((text.text or "") for text in cell.iter() if local(text.tag) == "t")
    formula = "f" in parts
    flaw = _flaw(cell.get("t") or "", formula, value)
    if flaw is None and value and formula and parts.index("v") < parts.index("f"):
        flaw = Unusable(value, "的写法不合规范，读不准", "请用 Excel 或 WPS 打开后另存为新文件")
    if flaw is not None:
        found.unusable[row, column] = flaw
    else:
        found.formulas |= formula
    if flaw is None and not value and not inline:
        return
    if row >= found.rows or column >= found.columns:
        here = f"{column_letter(min(column, 18_277) + 1)}{row + 1}"
        found.lowest = here if row >= found.rows else found.lowest
        found.widest = here if column >= found.columns else found.widest
        found.rows, found.columns = max(found.rows, row + 1), max(found.columns, column + 1)


def _is_hidden(flag: str | bytes | None, size: str | bytes | None) -> bool:
    """Is a row or column hidden: by its mark, or because it has no height or width."""
    if flag in ("1", "true", b"1", b"true"):
        return True
    try:
        return size is not None and float(size) == 0
    except ValueError:
        return False


def _hide_columns(found: Scan, attributes: dict[str, str]) -> None:
    first, last = attributes.get("min", ""), attributes.get("max", "")
    if _is_hidden(attributes.get("hidden"), attributes.get("width")) and first.isdigit() and last.isdigit():
        found.hidden_columns.append((int(first) - 1, int(last) - 1))


def _merge(found: Scan, references: Iterable[str]) -> None:
    for reference in references:
        first, _, last = reference.partition(":")
        if len(found.spans) >= limits.MERGES:
            raise RefusedError(f"合并单元格超过 {limits.MERGES} 处，没有读取", "请取消不必要的合并")
        (top, left), (bottom, right) = _position(first), _position(last or first)
        found.spans.append(Span(min(top, bottom), min(left, right), max(top, bottom), max(left, right)))


def _position(reference: str) -> tuple[int, int]:
    """Row and column, from 0, of a cell named like F17. Raises RefusedError for any other name."""
    match = _REFERENCE.fullmatch(reference)
    if not match or int(match[2]) < 1:
        raise RefusedError(f"{_BROKEN[0]}（单元格“{reference[:20]}”）", _BROKEN[1])
    return int(match[2]) - 1, _column(match[1].upper().encode()) - 1


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
