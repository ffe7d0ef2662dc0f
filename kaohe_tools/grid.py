"""Any Excel sheet, CSV file or Word table → cells with coordinates; no meaning yet.

Reading is calamine's (fast, .xlsx and .xls); a sheet that holds formulas or error values is looked at a second time
with openpyxl, because only there can a formula without a stored value be told from a blank cell.
"""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from openpyxl.utils import get_column_letter

from kaohe_tools.problems import Place, Problems

EXCEL, TEXT, WORD = (".xlsx", ".xlsm", ".xls"), (".csv",), (".docx",)
READABLE = EXCEL + TEXT + WORD


class Unusable:
    """A cell whose content cannot be used as it stands; printing it gives what the cell shows."""

    def __init__(self, text: str, why: str, advice: str) -> None:
        self.text, self.why, self.advice = text, why, advice

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Span:
    """A merged block of cells: first and last row and column, from 0, both included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass
class Grid:
    """One sheet: `rows[i][j]` is what stands in row i+1, column j+1; None is a blank cell.

    Merged blocks carry their value in the first cell only; `filled` spreads it. `headings` are the paragraphs before
    a Word table. Values are text, numbers, dates or `Unusable`.
    """

    file: str
    sheet: str
    rows: list[list[object]]
    spans: list[Span] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    hidden: bool = False

    def place(self, row: int = -1, column: int = -1) -> Place:
        """The place of a cell (both from 0), of a whole row (column left out) or of the sheet."""
        letters = get_column_letter(column + 1) if column >= 0 else ""
        return Place(self.file, self.sheet, f"{letters}{row + 1}" if row >= 0 else "")

    def filled(self) -> list[list[object]]:
        """The rows with every merged block filled by its value."""
        if not self.spans:
            return self.rows
        rows = [list(row) for row in self.rows]
        for span in self.spans:
            value = rows[span.top][span.left]
            for i in range(span.top, span.bottom + 1):
                for j in range(span.left, span.right + 1):
                    rows[i][j] = value
        return rows


def read_folder(folder: Path, problems: Problems) -> list[Grid]:
    """All sheets of all data files of a case folder, in the order of their names; what is not read is told."""
    grids: list[Grid] = []
    for path in sorted(folder.rglob("*"), key=lambda p: p.relative_to(folder).as_posix()):
        name = path.relative_to(folder).as_posix()
        if not path.is_file() or path.name.startswith((".", "~$")) or path.suffix.lower() in (".yaml", ".yml"):
            continue
        if path.suffix.lower() in READABLE:
            grids.extend(read_file(path, problems, name))
        else:
            problems.note(Place(name), "不是数据文件，没有读取", "数据请用 .xlsx、.xls、.csv 或 .docx")
    return grids


def read_file(path: Path, problems: Problems, name: str | None = None) -> list[Grid]:
    """The sheets of one file (tables of a Word file); a file that cannot be opened is one error, not an exception."""
    name = name or path.name
    suffix = path.suffix.lower()
    readers = {**dict.fromkeys(EXCEL, _read_excel), **dict.fromkeys(TEXT, _read_csv), **dict.fromkeys(WORD, _read_word)}
    try:
        return list(readers[suffix](path, name))
    except Exception as error:  # whatever a broken file makes the libraries raise, the user is told which file
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        problems.error(Place(name), f"文件打不开（{reason}）", "请确认文件没有损坏、没有加密，重新另存后再试")
        return []


def _read_excel(path: Path, name: str) -> Iterator[Grid]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    content = path.read_bytes()
    suspects = _cells_without_value(content) if path.suffix.lower() != ".xls" else {}
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for meta in book.sheets_metadata:
        if meta.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_name(meta.name)
        rows: list[list[object]] = [
            [None if value == "" else value for value in row] for row in sheet.to_python(skip_empty_area=False)
        ]
        width = max((len(row) for row in rows), default=0)
        for (i, j), cell in suspects.get(meta.name, {}).items():
            rows.extend([None] * width for _ in range(i + 1 - len(rows)))
            width = max(width, j + 1)
            for row in rows:
                row.extend([None] * (width - len(row)))
            rows[i][j] = cell
        spans = [Span(*first, *last) for first, last in sheet.merged_cell_ranges or []]
        spans = [s for s in spans if s.bottom < len(rows) and s.right < width]
        yield Grid(name, meta.name, rows, spans, hidden=meta.visible != SheetVisibleEnum.Visible)


def _cells_without_value(content: bytes) -> dict[str, dict[tuple[int, int], Unusable]]:
    """By sheet, the cells that show an error value or a formula that nothing has calculated yet."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [n for n in archive.namelist() if n.startswith("xl/worksheets/") and n.endswith(".xml")]
        if not any(b"<f" in (xml := archive.read(n)) or b't="e"' in xml for n in sheets):
            return {}
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        formulas = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
        values = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    found: dict[str, dict[tuple[int, int], Unusable]] = {}
    for sheet in formulas.worksheets:
        cells = found.setdefault(sheet.title, {})
        for row, stored in zip(sheet.iter_rows(), values[sheet.title].iter_rows(), strict=False):
            for cell, result in zip(row, stored, strict=False):
                if cell.value is None:
                    continue
                if result.data_type == "e":
                    cells[cell.row - 1, cell.column - 1] = Unusable(
                        str(result.value), f"是错误值 {result.value}", "请改正公式或直接填写数值"
                    )
                elif cell.data_type == "f" and result.value is None:
                    cells[cell.row - 1, cell.column - 1] = Unusable(
                        "公式", "是公式，但文件里没有存计算结果", "请用 Excel 或 WPS 打开并保存一次，或直接填写数值"
                    )
    return found


def _read_csv(path: Path, name: str) -> Iterator[Grid]:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")
    rows: list[list[object]] = [[cell or None for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]
    width = max((len(row) for row in rows), default=0)
    yield Grid(name, "", [row + [None] * (width - len(row)) for row in rows])


def _read_word(path: Path, name: str) -> Iterator[Grid]:
    """Each table of a Word file as a grid named 表1, 表2 …, with the paragraphs that stand before it."""
    from docx import Document
    from docx.oxml.ns import qn

    headings: list[str] = []
    count = 0
    for element in Document(str(path)).element.body.iterchildren():
        if element.tag == qn("w:p"):
            text = "".join(node.text or "" for node in element.iter(qn("w:t"))).strip()
            headings.extend([text] if text else [])
        elif element.tag == qn("w:tbl"):
            count += 1
            rows, spans = _word_cells(element)
            yield Grid(name, f"表{count}", rows, spans, headings)
            headings = []


def _word_cells(table) -> tuple[list[list[object]], list[Span]]:
    """Cell texts of a Word table and its merged blocks, read from the XML (python-docx's cell(i, j) is quadratic)."""
    from docx.oxml.ns import qn

    rows: list[list[object]] = []
    spans: list[Span] = []
    open_spans: dict[int, Span] = {}  # by left column: a vertical merge that may go on
    for i, tr in enumerate(table.iterchildren(qn("w:tr"))):
        row: list[object] = []
        before = tr.find(f"{qn('w:trPr')}/{qn('w:gridBefore')}")
        row.extend([None] * int(before.get(qn("w:val")) if before is not None else 0))
        for tc in tr.iter(qn("w:tc")):
            if tc.getparent() is not tr and next(tc.iterancestors(qn("w:tr"))) is not tr:
                continue  # a cell of a table inside a cell
            left = len(row)
            wide = tc.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
            right = left + int(wide.get(qn("w:val")) if wide is not None else 1) - 1
            merge = tc.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
            goes_on = merge is not None and merge.get(qn("w:val")) != "restart" and left in open_spans
            text = _cell_text(tc)
            if goes_on:
                open_spans[left] = Span(open_spans[left].top, left, i, open_spans[left].right)
                text = ""
            else:
                if left in open_spans:
                    spans.append(open_spans.pop(left))
                if merge is not None:
                    open_spans[left] = Span(i, left, i, right)
                elif right > left:
                    spans.append(Span(i, left, i, right))
            row.extend([text or None] + [None] * (right - left))
        rows.append(row)
    spans.extend(open_spans.values())
    width = max((len(row) for row in rows), default=0)
    spans = [s for s in spans if s.bottom > s.top or s.right > s.left]
    return [row + [None] * (width - len(row)) for row in rows], sorted(spans, key=lambda s: (s.top, s.left))


def _cell_text(tc) -> str:
    """The paragraphs of a Word cell, one a line; tabs and line breaks within count as white space."""
    from docx.oxml.ns import qn

    lines = []
    for paragraph in tc.iterchildren(qn("w:p")):
        parts = [
            n.text or "" if n.tag == qn("w:t") else "\n" for n in paragraph.iter(qn("w:t"), qn("w:br"), qn("w:tab"))
        ]
        lines.append("".join(parts))
    return "\n".join(lines).strip()
