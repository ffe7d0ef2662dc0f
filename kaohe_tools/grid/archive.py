"""Office files are zip archives of XML parts: unpacked here by measure, never by what their headers promise."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from posixpath import dirname, join, normpath
from xml.etree import ElementTree

from kaohe_tools.grid import limits
from kaohe_tools.grid.limits import RefusedError

_CHUNK = 2**20
_ENTRY = b"PK\x01\x02"  # begins each entry of the list of members
_SAVE_AGAIN = "请用 Excel、Word 或 WPS 打开后另存为新文件"
_DECLARATION = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["'][^>]*\?>""")
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")


def member_names(content: bytes) -> list[str]:
    """The names of a zip file's members, `/` between folders. RefusedError: too many, double, encrypted."""
    return [_plain(info.filename) for info in _members(content)]


def read_parts(content: bytes, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """The XML parts of a zip file, by name; only those `wanted` are kept, all are measured and looked at.

    Raises RefusedError where they are too many or too large, for encrypted ones and for a DOCTYPE in any.
    """
    parts: dict[str, bytes] = {}
    unpacked = packed = 0
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for info in _members(content, archive):
            name = _plain(info.filename)
            if info.is_dir() or not name.lower().endswith((".xml", ".rels", ".vml")):
                continue
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise RefusedError(f"压缩方式不是通常的（{name}），没有读取", _SAVE_AGAIN)
            packed += info.compress_size
            pieces = []
            with archive.open(info) as stream:
                while piece := stream.read(_CHUNK):
                    pieces.append(piece)
                    unpacked += len(piece)
                    _check_size(unpacked, packed)
            part = b"".join(pieces)
            if b"<!DOCTYPE" in part or (part[:2] in _UTF16 and "<!DOCTYPE" in decode_part(part)):
                raise RefusedError(f"文件里有不该有的 DOCTYPE 声明（{name}），可能有害，没有读取", _SAVE_AGAIN)
            if wanted(name):
                parts[name] = part
    return parts


def _members(content: bytes, archive: zipfile.ZipFile | None = None) -> list[zipfile.ZipInfo]:
    if content.count(_ENTRY) > limits.PARTS:
        raise RefusedError(f"压缩包里的部件超过 {limits.PARTS} 个，没有读取", _SAVE_AGAIN)
    infos = (archive or zipfile.ZipFile(io.BytesIO(content))).infolist()
    if any(info.flag_bits & 1 for info in infos):
        raise RefusedError("文件有密码，打不开", "请去掉密码后重新保存")
    names = [_plain(info.filename) for info in infos]
    if len(set(names)) < len(names):
        raise RefusedError("压缩包里有同名的部件，不知以哪个为准，没有读取", _SAVE_AGAIN)
    return infos


def _plain(name: str) -> str:
    return name.replace("\\", "/").lstrip("/")


def _check_size(unpacked: int, packed: int) -> None:
    if unpacked > limits.UNPACKED_BYTES:
        raise RefusedError(f"解压后超过 {limits.UNPACKED_BYTES // 2**20} MB，没有读取", "请拆成几个文件")
    if unpacked > limits.RATIO_FROM and unpacked > limits.RATIO * packed:
        raise RefusedError(f"压缩比超过 {limits.RATIO} 倍，可能是恶意文件，没有读取", _SAVE_AGAIN)


def decode_part(part: bytes) -> str:
    """An XML part as text. Raises RefusedError for encodings other than UTF-8 and UTF-16."""
    if part[:2] in _UTF16:
        return part.decode("utf-16" if part[:2] in _UTF16[:2] else "utf-16-le" if part[:1] == b"<" else "utf-16-be")
    declared = _DECLARATION.match(part.removeprefix(b"\xef\xbb\xbf"))
    if declared and declared[1].lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii"):
        raise RefusedError(f"文件内部用了不支持的编码 {declared[1].decode()}", _SAVE_AGAIN)
    return part.decode("utf-8-sig")


def canonical(part: bytes) -> bytes:
    """An XML part rewritten plainly: UTF-8, double quotes, no comments, no CDATA, no processing instructions.

    Only for parts that are written oddly: the Excel library drops text in CDATA.
    """
    plain = (
        part[:2] not in _UTF16
        and b"<!" not in part
        and b"='" not in part[part.find(b"?>") + 1 :]
        and not (_DECLARATION.match(part) and _DECLARATION.match(part)[1].lower() not in (b"utf-8", b"us-ascii"))
    )
    if plain:
        return part
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", decode_part(part), count=1)
    return ElementTree.canonicalize(text).encode()


def tree(parts: Mapping[str, bytes], name: str) -> ElementTree.Element:
    """A part as a tree. Raises RefusedError where it is too large for one, KeyError where it is missing."""
    part = parts[name]
    if len(part) > limits.TREE_BYTES or part.count(b"<") > limits.TREE_TAGS:
        raise RefusedError(f"文件内部的 {name} 过大，没有读取", "请拆成几个文件")
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", decode_part(part), count=1)
    return ElementTree.fromstring(text)


def targets(parts: Mapping[str, bytes], name: str) -> dict[str, tuple[str, str]]:
    """The relationships of a part ("" for the whole file): id → (last word of the type, name of the target part)."""
    folder, _, base = name.rpartition("/")
    rels = join(folder, "_rels", f"{base}.rels")
    if rels not in parts:
        return {}
    found = {}
    for link in tree(parts, rels):
        if link.get("TargetMode") != "External":
            target = _plain(normpath(join("/", dirname(name), (link.get("Target") or "").replace("\\", "/"))))
            found[link.get("Id") or ""] = ((link.get("Type") or "").rpartition("/")[2], target)
    return found


def main_part(parts: Mapping[str, bytes]) -> str:
    """The part that is the document itself, by the relationships of the file; "" where none is named."""
    return next((target for kind, target in targets(parts, "").values() if kind == "officeDocument"), "")


def local(tag: str) -> str:
    """A tag without its namespace."""
    return tag.rpartition("}")[2]


def wrap(parts: Mapping[str, bytes]) -> bytes:
    """A zip file of these parts, not compressed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), part)
    return stream.getvalue()


BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)
