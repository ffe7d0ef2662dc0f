"""Office files byte by byte, good and evil: what no library would write."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from kaohe_tools.grid import Grid, read_file
from kaohe_tools.grid.ole import wrap_stream
from kaohe_tools.problems import Problems

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月'
    '&quot;d&quot;日&quot;"/><numFmt numFmtId="165" formatCode="[h]:mm"/></numFmts><fonts count="1"><font/></fonts>'
    '<fills count="1"><fill><patternFill/></fill></fills><borders count="1"><border><left/></border></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="14"/>'
    '<xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>'
)
SHARED = (
    f'<sst xmlns="{MAIN}"><si><t>甲局</t></si><si><r><t>富</t></r><r><t xml:space="preserve"> 文本</t></r>'
    '<rPh sb="0" eb="1"><t>注音</t></rPh></si><si><t xml:space="preserve">上\n下</t></si><si><t/></si></sst>'
)


def zipped(parts: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file of these parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return stream.getvalue()


def relations(*links: tuple[str, str]) -> str:
    """Relationships rId1, rId2 … as (last word of the type, target)."""
    entries = "".join(
        f'<Relationship Id="rId{n}" Type="{LINKS}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(links, 1)
    )
    return f'<Relationships xmlns="{PACKAGE}">{entries}</Relationships>'


def sheet_xml(rows: str, before: str = "", after: str = "") -> str:
    """A sheet whose rows are written out as XML."""
    return f'<?xml version="1.0"?><worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def xlsx_parts(
    sheets: Mapping[str, str | bytes], properties: str = "", calculation: str = ""
) -> dict[str, str | bytes]:
    """The parts of a workbook whose sheets are XML, by name."""
    entries = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(sheets, 1))
    links = [("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)]
    return {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}">{properties}<sheets>{entries}</sheets>'
        f"{calculation}</workbook>",
        "xl/_rels/workbook.xml.rels": relations(
            *links, ("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")
        ),
        "xl/styles.xml": STYLES,
        "xl/sharedStrings.xml": SHARED,
        **{f"xl/worksheets/sheet{n}.xml": xml for n, xml in enumerate(sheets.values(), 1)},
    }


def xlsx(rows: str, before: str = "", after: str = "") -> bytes:
    """A workbook with one sheet, 表."""
    return zipped(xlsx_parts({"表": sheet_xml(rows, before, after)}))


def docx_parts(body: str) -> dict[str, str | bytes]:
    """The parts of a Word file whose body is XML (prefix w)."""
    return {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": relations(("officeDocument", "word/document.xml")),
        "word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>',
    }


def docx(body: str) -> bytes:
    """A Word file whose body is XML (prefix w)."""
    return zipped(docx_parts(body))


def paragraph(text: str) -> str:
    """A paragraph of one run."""
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def table(*rows: Sequence[str]) -> str:
    """A Word table: a cell is its text, or XML where it begins with <."""
    drawn = (
        "".join(f"<w:tc>{cell if cell.startswith('<') else paragraph(cell)}</w:tc>" for cell in row) for row in rows
    )
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in drawn)}</w:tbl>"


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def number(row: int, column: int, value: float) -> bytes:
    """An .xls record: a number in a cell."""
    return _record(0x203, struct.pack("<3Hd", row, column, 0, value))


def label(row: int, column: int, text: str) -> bytes:
    """An .xls record: a text in a cell."""
    return _record(0x204, struct.pack("<4HB", row, column, 0, len(text), 1) + text.encode("utf-16-le"))


def error(row: int, column: int, code: int) -> bytes:
    """An .xls record: an error value in a cell (7 is #DIV/0!)."""
    return _record(0x205, struct.pack("<3HBB", row, column, 0, code, 1))


def failed_formula(row: int, column: int, code: int) -> bytes:
    """An .xls record: a formula whose result is an error."""
    return _record(0x06, struct.pack("<3HBBBBHHHIH", row, column, 0, 2, 0, code, 0, 0, 0xFFFF, 0, 0, 0) + b"\0\0")


def hidden_row(row: int) -> bytes:
    """An .xls record: a row that is hidden."""
    return _record(0x208, struct.pack("<6HI", row, 0, 1, 255, 0, 0, 0x20))


def hidden_columns(first: int, last: int) -> bytes:
    """An .xls record: columns that are hidden."""
    return _record(0x7D, struct.pack("<6H", first, last, 2000, 0, 1, 0))


def merged(top: int, bottom: int, left: int, right: int) -> bytes:
    """An .xls record: one merged block."""
    return _record(0xE5, struct.pack("<5H", 1, top, bottom, left, right))


PASSWORD = _record(0x2F, bytes(6))


def xls_stream(sheets: Mapping[str, bytes], extra: bytes = b"", size: tuple[int, int] = (1, 1)) -> bytes:
    """The records of an .xls workbook; `size` is what each sheet says it has, in rows and columns."""

    def listed(starts: Sequence[int]) -> bytes:
        entries = b"".join(
            _record(0x85, struct.pack("<IBBBB", start, 0, 0, len(name), 1) + name.encode("utf-16-le"))
            for start, name in zip(starts, sheets, strict=True)
        )
        opened = _record(0x809, struct.pack("<4HII", 0x600, 5, 0, 0, 0, 0)) + _record(0x42, struct.pack("<H", 1200))
        return opened + extra + entries + _record(0x0A, b"")

    opened = _record(0x809, struct.pack("<4HII", 0x600, 0x10, 0, 0, 0, 0))
    opened += _record(0x200, struct.pack("<IIHHH", 0, size[0], 0, size[1], 0))
    bodies = [opened + cells + _record(0x0A, b"") for cells in sheets.values()]
    starts = [len(listed([0] * len(sheets)))]
    for body in bodies[:-1]:
        starts.append(starts[-1] + len(body))
    return listed(starts) + b"".join(bodies)


def xls(sheets: Mapping[str, bytes], extra: bytes = b"", size: tuple[int, int] = (1, 1)) -> bytes:
    """An .xls workbook of these sheets (records, joined)."""
    return wrap_stream("Workbook", xls_stream(sheets, extra, size))


def read(folder: Path, name: str, content: bytes) -> tuple[list[Grid], list[str]]:
    """Put a file into a folder and read it: its sheets, and every problem as a line."""
    path = folder / name
    path.write_bytes(content)
    problems = Problems()
    return read_file(path, problems), [str(problem) for problem in problems]


def only(folder: Path, name: str, content: bytes) -> Grid:
    """The one sheet of a file, of which there is nothing to tell."""
    grids, told = read(folder, name, content)
    assert told == [] and len(grids) == 1
    return grids[0]


def texts(grid: Grid) -> list[list[object]]:
    """The cells of a sheet; those that cannot be used as what is wrong with them."""
    return [[getattr(cell, "why", cell) for cell in row] for row in grid.rows]


def one_error(folder: Path, name: str, content: bytes) -> str:
    """The one error that a file gives, which is all that it gives."""
    grids, told = read(folder, name, content)
    assert grids == [] and len(told) == 1 and told[0].startswith("错误 ")
    return told[0].removeprefix("错误 ")
