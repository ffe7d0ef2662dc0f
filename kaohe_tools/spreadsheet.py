"""What every sheet we write has in common: text from outside stays text, names of sheets are legal, no clock inside.

The one place that knows what a spreadsheet would take for a formula. Nothing here loads a spreadsheet library.
"""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kaohe_tools.exact import parse_number

if TYPE_CHECKING:
    import pandas as pd
    from openpyxl import Workbook
    from openpyxl.cell import Cell

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
EPOCH = (1980, 1, 1, 0, 0, 0)  # the time of everything in a file: it must not depend on when it was written
LONGEST_SHEET_NAME, LONGEST_CELL = 31, 32767  # Excel's limits, in UTF-16 units

_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_RESERVED = "history"  # Excel keeps this name of a sheet for itself


def column_letter(number: int) -> str:
    """What spreadsheets call a column, counted from 1 (openpyxl knows too, but takes long to load).

    >>> column_letter(1), column_letter(26), column_letter(27), column_letter(703)
    ('A', 'Z', 'AA', 'AAA')
    """
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def printable(text: str) -> str:
    r"""A text without the characters that neither XML nor a terminal takes: a blank for each.

    >>> printable("甲\x00局\x1b[31m")
    '甲 局 [31m'
    """
    return _UNPRINTABLE.sub(" ", text)


def like_formula(text: str) -> bool:
    """Would a spreadsheet run this text as a formula, when it is typed or read from a CSV file? Numbers are none."""
    return text.startswith(FORMULA_SIGNS) and parse_number(text) is None


def inert(cell: object) -> object:
    """A CSV cell that no spreadsheet runs as a formula; numbers stay as they are.

    >>> inert("=1+1"), inert("-2.00"), inert("-abc"), inert("甲局")
    ("'=1+1", '-2.00', "'-abc", '甲局')
    """
    if not isinstance(cell, str):
        return cell
    text = printable(cell)
    return f"'{text}" if like_formula(text) else text


def as_written(cell: str) -> str:
    """The text of a CSV cell without the apostrophe that `inert` puts before it.

    >>> as_written("'=1+1"), as_written("'甲局'")
    ('=1+1', "'甲局'")
    """
    return cell[1:] if cell.startswith("'") and like_formula(cell[1:]) else cell


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """UTF-8 with BOM, Unix line ends; text that Excel would take for a formula gets an apostrophe before it."""
    safe = table.apply(lambda column: column.map({cell: inert(cell) for cell in column.unique()}))
    safe.rename(columns=inert).to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def put(cell: Cell, value: object) -> None:
    """Put a value into a cell of openpyxl: text always as text, even where it begins like a formula or an error."""
    if value is None or value != value:
        return
    if not isinstance(value, str):
        cell.value = value
    elif value:
        cell.value = printable(value)[:LONGEST_CELL]
        cell.data_type = "s"
        if value.startswith(FORMULA_SIGNS):
            cell.quotePrefix = True  # it stays text when somebody edits the cell


def sheet_names(names: Sequence[str]) -> list[str]:
    """Names that Excel takes for sheets: at most 31 characters, none of its forbidden signs, no two alike.

    >>> sheet_names(["单位·A/B", "单位·A?B", "x" * 40])
    ['单位·A_B', '单位·A_B (2)', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx']
    """
    found: list[str] = []
    for name in names:
        plain = _cut(_NOT_IN_NAMES.sub("_", " ".join(printable(name).split()))) or "表"
        plain = f"{plain}_" if plain.casefold() == _RESERVED else plain
        chosen, count = plain, 1
        while chosen.casefold() in (other.casefold() for other in found):
            count += 1
            mark = f" ({count})"
            chosen = _cut(plain, LONGEST_SHEET_NAME - len(mark)) + mark
        found.append(chosen)
    return found


def _cut(text: str, length: int = LONGEST_SHEET_NAME) -> str:
    """The beginning of a text that takes at most so many UTF-16 units, which is how Excel counts."""
    while len(text.encode("utf-16-le")) > 2 * length:
        text = text[:-1]
    return text


def timeless(book: Workbook) -> bytes:
    """A workbook's bytes with every time in it set to EPOCH (openpyxl writes the time of saving in two places)."""
    written = io.BytesIO()
    book.save(written)
    return without_times(written.getvalue())


def without_times(content: bytes) -> bytes:
    """An Office file with every time in it set to EPOCH."""
    moment = datetime.datetime(*EPOCH).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    parts, core = office_parts(content), "docProps/core.xml"
    if core in parts:
        parts[core] = re.sub(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\g<1>" + moment, parts[core])
    return office_file(parts)


def office_parts(content: bytes) -> dict[str, bytes]:
    """The parts of an Office file that we wrote, by name, in order."""
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        return {name: source.read(name) for name in source.namelist()}


def office_file(parts: Mapping[str, bytes]) -> bytes:
    """Parts as an Office file, in their order, without a time of writing."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as target:
        for name, part in parts.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, part)
    return written.getvalue()


def cell_width(text: str) -> int:
    """Columns of a sheet that a text takes: two for a Chinese character."""
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in text)
