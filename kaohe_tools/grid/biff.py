"""The records of an old Excel workbook (.xls, BIFF5 and BIFF8): how far sheets go, what is hidden, error values.

Calamine gives error values as blanks and makes room for as many cells as a file says it has, so that one wrong byte
can end the process. Here every record is looked at first, and the sizes that a file states are put right.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from kaohe_tools.grid import limits
from kaohe_tools.grid.limits import RefusedError, too_large
from kaohe_tools.grid.model import Span, error_value
from kaohe_tools.grid.sheetxml import Scan
from kaohe_tools.spreadsheet import column_letter

_BOF, _EOF, _SHEET, _PASSWORD, _DIMENSIONS, _ROW, _COLUMNS = 0x0809, 0x0A, 0x85, 0x2F, 0x200, 0x208, 0x7D
_NUMBERS, _BOOLEAN_OR_ERROR, _MERGED = 0xBD, 0x205, 0xE5
_FORMULAS = (0x06, 0x206, 0x406)
_CELLS = {0xFD: 10, 0x203: 14, 0x27E: 10, 0x204: 8, 0xD6: 8, _BOOLEAN_OR_ERROR: 8, **dict.fromkeys(_FORMULAS, 16)}
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_BIFF8, _BIFF5 = 0x600, 0x500
_LAST_COLUMN = 255


@dataclass(frozen=True)
class _Record:
    kind: int
    at: int  # where its content begins
    data: bytes


class _Records:
    """The records of a stream from one place on; no stream has more records to give than fit into it once."""

    def __init__(self, stream: bytes | bytearray) -> None:
        self._stream, self._left = stream, len(stream) // 4 + 1

    def since(self, at: int) -> Iterator[_Record]:
        while at + 4 <= len(self._stream):
            self._left -= 1
            kind, size = struct.unpack_from("<HH", self._stream, at)
            if at + 4 + size > len(self._stream) or self._left < 0:
                raise broken()
            yield _Record(kind, at + 4, bytes(self._stream[at + 4 : at + 4 + size]))
            at += 4 + size


def broken() -> RefusedError:
    """The refusal of records that do not fit together."""
    return RefusedError("文件打不开（内容不完整或已损坏）", "请用 Excel 或 WPS 打开后另存为 .xlsx")


def scan_workbook(stream: bytes) -> tuple[bytes, list[Scan | None]]:
    """The stream with the stated sizes put right, and the facts of each listed sheet (None for charts and the like).

    Raises RefusedError for a password, for a broken file and for sheets that go too far.
    """
    patched = bytearray(stream)
    records = _Records(patched)
    version, starts = _listed(records)
    sheets: list[Scan | None] = []
    room = limits.CELLS
    for start, kind, name in starts:
        found = _scan_sheet(records, start, version, patched)
        if found.cells > room:
            refused = too_large(found.rows, found.columns, found.far)
            refused.sheet = name
            raise refused
        room -= found.cells
        sheets.append(found if kind == 0 else None)
    return bytes(patched), sheets


def _listed(records: _Records) -> tuple[int, list[tuple[int, int, str]]]:
    """The version of the format, and of each sheet where it begins, its kind (0: a worksheet) and name."""
    version, starts = 0, []
    for record in records.since(0):
        if record.kind == _BOF and not version:
            version = _number(record, 0)
        elif record.kind == _PASSWORD:
            raise RefusedError("文件有密码，打不开", "请去掉密码后重新保存")
        elif record.kind == _SHEET:
            if len(record.data) < 8:
                raise broken()
            wide = version == _BIFF8 and record.data[7] & 1
            name = record.data[8:].decode("utf-16-le", "replace") if wide else record.data[7:].decode("gbk", "replace")
            starts.append((struct.unpack_from("<I", record.data)[0], record.data[5], name.lstrip("\0")))
        elif record.kind == _EOF:
            break
    if version not in (_BIFF8, _BIFF5):
        raise RefusedError("是太旧的 Excel 格式，不能读取", "请用 Excel 打开后另存为 .xlsx")
    if len(starts) > limits.SHEETS or len({start for start, *_ in starts}) < len(starts):
        raise broken()
    return version, starts


def _scan_sheet(records: _Records, start: int, version: int, patched: bytearray) -> Scan:
    found = Scan()
    sizes: list[_Record] = []
    depth = 0
    for record in records.since(start):
        if record.kind == _BOF:
            depth += 1
        elif record.kind == _EOF:
            depth -= 1
            if depth <= 0:
                break
        elif record.kind == _DIMENSIONS:
            sizes.append(record)
        elif record.kind in _CELLS:
            _cell(found, record)
        elif record.kind == _NUMBERS:
            _reach(found, _number(record, 0), max(_number(record, 2), _number(record, len(record.data) - 2)))
        elif record.kind == _MERGED:
            for n in range(min(_number(record, 0), (len(record.data) - 2) // 8)):
                top, bottom, left, right = struct.unpack_from("<4H", record.data, 2 + 8 * n)
                found.spans.append(Span(top, left, bottom, right))
        elif record.kind == _ROW and len(record.data) >= 14 and _number(record, 12) & 0x20:
            found.hidden_rows.append(_number(record, 0))
        elif record.kind == _COLUMNS and len(record.data) >= 10 and (_number(record, 8) & 1 or not _number(record, 4)):
            found.hidden_columns.append((_number(record, 0), _number(record, 2)))
    for record in sizes:
        form = "<IIHH" if version == _BIFF8 else "<HHHH"
        if len(record.data) < struct.calcsize(form):
            raise broken()
        struct.pack_into(form, patched, record.at, 0, found.rows, 0, found.columns)
    return found


def _cell(found: Scan, record: _Record) -> None:
    if len(record.data) < _CELLS[record.kind]:
        raise broken()
    row, column = _number(record, 0), _number(record, 2)
    code = None
    if record.kind == _BOOLEAN_OR_ERROR and record.data[7]:
        code = record.data[6]
    elif record.kind in _FORMULAS:
        found.formulas = True
        if record.data[12:14] == b"\xff\xff" and record.data[6] == 2:
            code = record.data[8]
    if code is not None:
        found.unusable[row, column] = error_value(_ERRORS.get(code, "#VALUE!"))
    _reach(found, row, column)


def _reach(found: Scan, row: int, column: int) -> None:
    if column > _LAST_COLUMN:
        raise broken()
    here = f"{column_letter(column + 1)}{row + 1}"
    if row >= found.rows:
        found.rows, found.lowest = row + 1, here
    if column >= found.columns:
        found.columns, found.widest = column + 1, here


def _number(record: _Record, at: int) -> int:
    """Two bytes of a record as a number."""
    if at < 0 or at + 2 > len(record.data):
        raise broken()
    return struct.unpack_from("<H", record.data, at)[0]
