"""The container of old Office files (.xls, and anything with a password): its streams read, and one wrapped anew."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from kaohe_tools.grid.limits import RefusedError

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LAST, _FREE, _FAT, _MORE_FATS, _NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFC, 0xFFFFFFFF
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_ENTRY, _HEADER_FATS = 128, 109
_WRITTEN, _PER = 512, 128  # bytes of a sector as we write it (calamine reads no larger ones), numbers in it


@dataclass(frozen=True)
class _Entry:
    name: str
    kind: int
    left: int
    right: int
    child: int
    start: int
    size: int


class Container:
    """An OLE file. Raises RefusedError where it is broken; no chain of sectors is followed in circles."""

    def __init__(self, content: bytes) -> None:
        if len(content) < 512 or not content.startswith(SIGNATURE):
            raise _broken()
        shift, small = struct.unpack_from("<HH", content, 30)
        if shift not in (9, 12) or small != 6:
            raise _broken()
        self._content, self._sector = content, 1 << shift
        directory, _, cutoff, mini, _, more, _ = struct.unpack_from("<7I", content, 48)
        self._cutoff = cutoff
        fats = [number for number in struct.unpack_from(f"<{_HEADER_FATS}I", content, 76) if number < _MORE_FATS]
        self._fat = self._numbers(b"".join(map(self._at, [*fats, *self._more_fats(more)])))
        self._mini_fat = self._numbers(self._follow(mini)) if mini < _MORE_FATS else ()
        self._entries = [self._entry(raw) for raw in _cut(self._follow(directory), _ENTRY)]
        if not self._entries or self._entries[0].kind != _ROOT:
            raise _broken()
        self._mini = self._follow(self._entries[0].start) if self._entries[0].start < _MORE_FATS else b""
        self.names = {entry.name: entry for entry in self._children(self._entries[0].child)}

    def read(self, name: str) -> bytes:
        """The content of a stream that lies at the top."""
        entry = self.names[name]
        if entry.size >= self._cutoff:
            data = self._follow(entry.start)
        else:
            numbers = _chain(entry.start, self._mini_fat)
            data = b"".join(self._mini[number * 64 : number * 64 + 64] for number in numbers)
        if len(data) < entry.size:
            raise _broken()
        return data[: entry.size]

    def _at(self, number: int) -> bytes:
        sector = self._content[(number + 1) * self._sector : (number + 2) * self._sector]
        if not sector:
            raise _broken()
        return sector.ljust(self._sector, b"\0")

    def _follow(self, start: int) -> bytes:
        return b"".join(self._at(number) for number in _chain(start, self._fat))

    def _more_fats(self, number: int) -> list[int]:
        found: list[int] = []
        seen: set[int] = set()
        while number < _MORE_FATS and number not in seen:
            seen.add(number)
            *numbers, number = self._numbers(self._at(number))
            found += [other for other in numbers if other < _MORE_FATS]
        if len(set(found)) < len(found):
            raise _broken()
        return found

    @staticmethod
    def _numbers(data: bytes) -> tuple[int, ...]:
        return struct.unpack(f"<{len(data) // 4}I", data)

    def _entry(self, raw: bytes) -> _Entry:
        length, kind = struct.unpack_from("<HB", raw, 64)
        left, right, child = struct.unpack_from("<3I", raw, 68)
        start, size = struct.unpack_from("<II", raw, 116)
        name = raw[: max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace")
        return _Entry(name, kind, left, right, child, start, size)

    def _children(self, top: int) -> Iterator[_Entry]:
        """The entries of the tree that begins here, those of storages within aside."""
        waiting, seen = [top], set()
        while waiting:
            number = waiting.pop()
            if number in seen or number >= len(self._entries):
                continue
            seen.add(number)
            entry = self._entries[number]
            waiting += [entry.left, entry.right]
            if entry.kind in (_STORAGE, _STREAM):
                yield entry


def _chain(start: int, table: tuple[int, ...]) -> Iterator[int]:
    seen = bytearray(len(table))
    while start < _MORE_FATS:
        if start >= len(table) or seen[start]:
            raise _broken()
        seen[start] = 1
        yield start
        start = table[start]


def _cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data) - size + 1, size)]


def _broken() -> RefusedError:
    return RefusedError("文件打不开（内容不完整或已损坏）", "请用 Excel 或 WPS 打开后另存为 .xlsx")


def wrap_stream(name: str, data: bytes) -> bytes:
    """An OLE file that holds this one stream and nothing else: header, tables, directory, stream."""
    data = data.ljust(4096, b"\0")  # shorter ones would have to lie elsewhere
    used = -(-len(data) // _WRITTEN)
    fats = more = 0
    while fats * _PER < fats + more + 1 + used or _HEADER_FATS + more * (_PER - 1) < fats:
        fats = -(-(fats + more + 1 + used) // _PER)
        more = max(-(-(fats - _HEADER_FATS) // (_PER - 1)), 0)
    directory = fats + more
    header = SIGNATURE + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<9I", 0, fats, directory, 0, 4096, _LAST, 0, fats if more else _LAST, more)
    listed = [*range(fats), *[_FREE] * (_HEADER_FATS + more * (_PER - 1) - fats)]
    header += _packed(listed[:_HEADER_FATS])
    more_fats: list[bytes] = []
    for n in range(more):
        start = _HEADER_FATS + n * (_PER - 1)
        listed_here = listed[start : start + _PER - 1]
        more_fats.append(_packed([*listed_here, fats + n + 1 if n + 1 < more else _LAST]))
    first = directory + 1
    table = [*[_FAT] * fats, *[_MORE_FATS] * more, _LAST, *range(first + 1, first + used), _LAST]
    table += [_FREE] * (fats * _PER - len(table))
    entries = _written_entry("Root Entry", _ROOT, 1, _LAST, 0) + _written_entry(name, _STREAM, _NONE, first, len(data))
    parts = [header, _packed(table), b"".join(more_fats), entries, data]
    return b"".join(part.ljust(-(-len(part) // _WRITTEN) * _WRITTEN, b"\0") for part in parts)


def _packed(numbers: list[int]) -> bytes:
    return struct.pack(f"<{len(numbers)}I", *numbers)


def _written_entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<HBB3I", len(text), kind, 1, _NONE, _NONE, child)
    return text.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", start, size)
