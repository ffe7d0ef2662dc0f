"""The record in a Word or Excel file: custom document properties, whichever library wrote the file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from kaohe_tools.records.facts import record_properties, told_outside
from kaohe_tools.spreadsheet import office_file, office_parts, printable

OFFICE_FILES = (".xlsx", ".docx")
LEAVING = ("公示.docx", "通报.docx")  # go to others than the office
_PART, _TYPES, _LINKS = "docProps/custom.xml", "[Content_Types].xml", "_rels/.rels"
_FORMAT = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"  # the set of properties that users may add to
_KIND = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
_SPACES = (
    'xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
    'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"'
)


def stamp_file(path: Path, record: Mapping[str, Any]) -> None:
    """Put a record (see `record_of`) into the properties of an office file; into one that leaves the office less."""
    path.write_bytes(stamp(path.read_bytes(), told_outside(record) if path.name in LEAVING else record))


def stamp(content: bytes, record: Mapping[str, Any]) -> bytes:
    """An office file's bytes with a record among its custom properties (文件 - 信息 - 属性 - 高级属性 - 自定义).

    Earlier custom properties give way. The same bytes for the same file and record; no time of writing.
    """
    parts = office_parts(content)
    if _PART not in parts:
        override = f'<Override PartName="/{_PART}" ContentType="{_KIND}"/></Types>'
        parts[_TYPES] = parts[_TYPES].replace(b"</Types>", override.encode())
        link = f'<Relationship Id="rIdKaohe" Type="{_RELATION}" Target="{_PART}"/></Relationships>'
        parts[_LINKS] = parts[_LINKS].replace(b"</Relationships>", link.encode())
    parts[_PART] = _properties(record_properties(record)).encode()
    return office_file(parts)


def _properties(values: Mapping[str, str]) -> str:
    rows = [
        f'<property fmtid="{_FORMAT}" pid="{number}" name={quoteattr(printable(name))}>'
        f"<vt:lpwstr>{escape(printable(value))}</vt:lpwstr></property>"
        for number, (name, value) in enumerate(values.items(), start=2)
    ]
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return f"{head}<Properties {_SPACES}>{''.join(rows)}</Properties>"
