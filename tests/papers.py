"""An office's papers: sheets as rows by header, how they are laid out, and how they are written as files of any format.

What a sheet says (`Row`, header → value) is kept apart from how it looks (titles, blank and total lines, merged cells,
hidden rows, file format). Whoever writes it learns in which cell every value came to stand.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

import xlsxwriter
from openpyxl.utils import get_column_letter

from kaohe_tools.exact import tidy
from kaohe_tools.problems import Place

EXCEL, TEXT, WORD = ".xlsx", ".csv", ".docx"
HEADER = "header"  # stands for the header among the rows
STAND_INS = {"no value is stored": "", "the empty text": "<v></v>"}  # of formulas, until the file is written
NOT_STORED, EMPTY = STAND_INS
Block = tuple[int, int, int, int]  # a merged block: top, left, bottom, right, from 0


class Row(dict):
    """One data row, header → value; itself alone (two equal rows are two), so that it is found again after a shuffle.

    `points`: what the item is worth at most; `rule`: how it is scored (both of score rows of a good case).
    """

    __hash__ = object.__hash__
    points: float | None = None
    rule = ""
    hidden = False

    def __eq__(self, other: object) -> bool:
        return self is other

    def again(self, **changes: object) -> Row:
        """Another row that says the same but for some values."""
        row = Row({**self, **changes})
        row.points, row.rule = self.points, self.rule
        return row


@dataclass(frozen=True)
class Formula:
    """A formula cell with the value stored beside it; None where nothing is."""

    text: str
    value: object


@dataclass(eq=False)
class Sheet:
    """One sheet: its data rows, and everything about its looks that means nothing."""

    kind: str
    name: str
    file: str
    columns: list[str]
    rows: list[Row]
    encoding: str = "utf-8"
    separator: str = ","  # in a CSV file
    above: list[list[object]] = field(default_factory=list)  # title lines
    extra: list[tuple[int, dict | str]] = field(default_factory=list)  # (before which data row, a line by header)
    gaps: list[int] = field(default_factory=list)  # blank columns before these positions
    upper: dict[str, str] = field(default_factory=dict)  # labels over some headers: the header has two rows
    merged: set[str] = field(default_factory=set)  # columns whose equal neighbours are merged
    hidden: bool = False
    renamed: dict[str, object] = field(default_factory=dict)  # what stands in the header instead of a column's name

    @property
    def format(self) -> str:
        return Path(self.file).suffix

    def has(self, *columns: str) -> bool:
        return set(columns) <= set(self.columns)

    def values(self, column: str) -> list[object]:
        return [row[column] for row in self.rows if row.get(column) is not None]


class Layout:
    """A sheet as cells: `lines`, merged `blocks`, numbers of `hidden` lines, and `where` (row, header) stands."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.at = {name: j + sum(gap <= j for gap in sheet.gaps) for j, name in enumerate(sheet.columns)}
        widths = [max(self.at.values()) + 1, *(len(line) for line in sheet.above)]
        self.width = max(widths)
        self.lines: list[list[object]] = []
        self.blocks: list[Block] = []
        self.hidden: list[int] = []
        self.where: dict[tuple[Row | str, str], tuple[int, int]] = {}
        for line in sheet.above:
            self.lines.append(line + [None] * (self.width - len(line)))
        self._header()
        self._data()
        for column in sorted(sheet.merged & set(sheet.columns)):
            self.blocks += self._equal_neighbours(column)

    def _line(self, values: dict[str, object]) -> list[object]:
        line: list[object] = [None] * self.width
        for name, value in values.items():
            if name in self.at:
                line[self.at[name]] = value
        return line

    def _header(self) -> None:
        upper = {name: label for name, label in self.sheet.upper.items() if name in self.at}
        if upper:
            top = len(self.lines)
            self.lines.append(self._line({name: name for name in self.at if name not in upper}))
            placed = sorted((self.at[name], label) for name, label in upper.items())
            for label, run in groupby(enumerate(placed), key=lambda entry: (entry[1][1], entry[1][0] - entry[0])):
                columns = [j for _, (j, _) in run]
                self.lines[top][columns[0]] = label[0]
                if len(columns) > 1:
                    self.blocks.append((top, columns[0], top, columns[-1]))
            self.blocks += [(top, j, top + 1, j) for name, j in self.at.items() if name not in upper]
        renamed = self.sheet.renamed
        shown = self._line({name: renamed.get(name, name) for name in (upper or self.at)})
        self.where |= {(HEADER, name): (len(self.lines), j) for name, j in self.at.items()}
        self.lines.append(shown)

    def _data(self) -> None:
        for i, row in enumerate([*self.sheet.rows, None]):
            for position, values in self.sheet.extra:
                if position == i or (row is None and position > i):
                    whole = {name: name for name in self.at} if values == HEADER else values
                    self.lines.append(self._line(whole))
            if row is not None:
                self.where |= {(row, name): (len(self.lines), j) for name, j in self.at.items()}
                if row.hidden:
                    self.hidden.append(len(self.lines))
                self.lines.append(self._line(row))

    def _equal_neighbours(self, column: str) -> Iterator[Block]:
        """Runs of equal values in lines one after the other; all but the first are emptied."""
        cells = [(*self.where[row, column], row.get(column)) for row in self.sheet.rows]
        numbered = [(i, *cell) for i, cell in enumerate(sorted(cells, key=lambda cell: cell[0]))]
        for key, run in groupby(numbered, key=lambda cell: (tidy(cell[3]), cell[1] - cell[0])):
            lines = [i for _, i, _, value in run if isinstance(value, str)]
            if key[0] and len(lines) > 1:
                j = self.at[column]
                for i in lines[1:]:
                    self.lines[i][j] = None
                yield (lines[0], j, lines[-1], j)


# --- writing ----------------------------------------------------------------------------------------------------------


def write_case(folder: Path, settings: str, sheets: list[Sheet]) -> dict[tuple[Row | str, str], Place]:
    """Write the case folder; gives the place of every value: (row or HEADER and sheet name, column) → Place."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "case.yaml").write_text(settings, encoding="utf-8")
    places: dict[tuple[Row | str, str], Place] = {}
    layouts = {id(sheet): Layout(sheet) for sheet in sheets}
    for file in dict.fromkeys(sheet.file for sheet in sheets):
        own = [sheet for sheet in sheets if sheet.file == file]
        _WRITERS[Path(file).suffix](folder / file, [layouts[id(sheet)] for sheet in own])
        for number, sheet in enumerate(own, 1):
            shown = {EXCEL: sheet.name, TEXT: "", WORD: f"表{number}"}[sheet.format]
            for (row, column), (i, j) in layouts[id(sheet)].where.items():
                key = f"{HEADER} {sheet.name}" if row == HEADER else row
                places[key, column] = Place(file, shown, f"{get_column_letter(j + 1)}{i + 1}")
    return places


def _write_excel(path: Path, layouts: list[Layout]) -> None:
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for layout in layouts:
        sheet = book.add_worksheet(layout.sheet.name)
        for top, left, bottom, right in layout.blocks:
            sheet.merge_range(top, left, bottom, right, "")
        for i, line in enumerate(layout.lines):
            for j, value in enumerate(line):
                _write_cell(sheet, i, j, value, day)
        for i in layout.hidden:
            sheet.set_row(i, None, None, {"hidden": True})
        if layout.sheet.hidden:
            sheet.hide()
    if all(layout.sheet.hidden for layout in layouts):
        cover = book.add_worksheet("封面")
        cover.write_string(0, 0, "年度考核数据")
        cover.activate()
    else:
        book.worksheets()[[layout.sheet.hidden for layout in layouts].index(False)].activate()
    book.close()
    _put_stored_values(path)


def _write_cell(sheet, i: int, j: int, value: object, day) -> None:
    if isinstance(value, Formula):
        sheet.write_formula(i, j, value.text, None, {None: NOT_STORED, "": EMPTY}.get(value.value, value.value))
    elif isinstance(value, bool):
        sheet.write_boolean(i, j, value)
    elif isinstance(value, (int, float)):
        sheet.write_number(i, j, value)
    elif isinstance(value, datetime.date):
        sheet.write_datetime(i, j, value, day)
    elif value is not None:
        sheet.write_string(i, j, value)


def _put_stored_values(path: Path) -> None:
    """Take away the value of the formulas that are to have none, and give the empty text to those that have it."""
    marks = {f"<v>{mark}</v>".encode(): stored.encode() for mark, stored in STAND_INS.items()}
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    if any(mark in content for content in parts.values() for mark in marks):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                for mark, stored in marks.items():
                    content = content.replace(mark, stored)
                archive.writestr(name, content)


def as_text(value: object) -> str:
    """A cell as a CSV file or a Word table shows it."""
    if isinstance(value, Formula):
        value = value.value
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _write_csv(path: Path, layouts: list[Layout]) -> None:
    (layout,) = layouts
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=layout.sheet.separator).writerows(
        [[as_text(value) for value in line] for line in layout.lines]
    )
    path.write_bytes(text.getvalue().encode(layout.sheet.encoding, "replace"))


_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
_WORD_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
    '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" Type="{_OFFICE}" '
    'Target="word/document.xml"/></Relationships>',
}


_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _write_word(path: Path, layouts: list[Layout]) -> None:
    tables = "<w:p><w:r><w:t>附表</w:t></w:r></w:p>".join(_word_table(layout) for layout in layouts)
    start = '<?xml version="1.0" encoding="UTF-8"?>'
    parts = {**_WORD_PARTS, "word/document.xml": f"<w:document {_W}><w:body>{tables}</w:body></w:document>"}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, start + content)


def _word_table(layout: Layout) -> str:
    wide = {(i, left): right for top, left, bottom, right in layout.blocks for i in range(top, bottom + 1)}
    merge = {(i, b[1]): "restart" if i == b[0] else "continue" for b in layout.blocks for i in range(b[0], b[2] + 1)}
    tall = {(i, b[1]) for b in layout.blocks if b[2] > b[0] for i in range(b[0], b[2] + 1)}
    rows = []
    for i, line in enumerate(layout.lines):
        cells, j = [], 0
        while j < len(line):
            right = wide.get((i, j), j)
            span = f'<w:gridSpan w:val="{right - j + 1}"/>' if right > j else ""
            vertical = f'<w:vMerge w:val="{merge[i, j]}"/>' if (i, j) in tall else ""
            text = escape(_NOT_XML.sub("", as_text(line[j]))).replace("\n", "</w:t><w:br/><w:t>")
            run = f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'
            cells.append(f"<w:tc><w:tcPr>{span}{vertical}</w:tcPr><w:p>{run}</w:p></w:tc>")
            j = right + 1
        rows.append(f"<w:tr>{''.join(cells)}</w:tr>")
    return f"<w:tbl>{''.join(rows)}</w:tbl>"


_WRITERS = {EXCEL: _write_excel, TEXT: _write_csv, WORD: _write_word}
