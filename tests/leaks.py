"""Everything that a file says, wherever in it, to be searched for names that must not be there."""

from __future__ import annotations

import base64
import html
import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

CODE = re.compile(r"甲\d{4}号")  # subjects of the cases that are searched for
DATA = re.compile(r"data:[\w/+-]*;base64,([A-Za-z0-9+/=]+)")


def said(content: bytes, name: str = "") -> str:
    """All text in a file: a page with its attributes and embedded files, the parts of an office file, a notebook."""
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            return "\n".join([name, *(said(parts.read(one), one) for one in parts.namelist())])
    if content[:8] == b"\x89PNG\r\n\x1a\n":
        return "\n".join([name, *_png_texts(content)])
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return name
    inner = [said(base64.b64decode(found)) for found in DATA.findall(text)]
    inner += [said(base64.b64decode(found)) for found in re.findall(r'"image/png": ?"([A-Za-z0-9+/=\\n]+)"', text)]
    plain = DATA.sub("", text)
    unescaped = plain.encode().decode("unicode_escape", "ignore") if "\\u" in plain else ""
    return "\n".join([unquote(name), plain, html.unescape(plain), unquote(html.unescape(plain)), unescaped, *inner])


def _png_texts(content: bytes) -> Iterator[str]:
    """Every chunk of a picture that is no picture."""
    at = 8
    while at < len(content):
        (size,), kind = struct.unpack(">I", content[at : at + 4]), content[at + 4 : at + 8]
        body = content[at + 8 : at + 8 + size]
        at += 12 + size
        if kind not in (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"):
            yield kind.decode("ascii") + body.decode("utf-8", "replace")
            if kind == b"zTXt":
                yield zlib.decompress(body.split(b"\0", 1)[1][1:]).decode("utf-8", "replace")


def folder_says(folder: Path) -> str:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix not in (".woff2", ".otf")]
    return "\n".join(said(path.read_bytes(), path.name) for path in files if path.name != "OFL.txt")


def leaks(text: str, own: set[str]) -> set[str]:
    """The codes of subjects in a text that are not among their own."""
    return {found[0] for found in CODE.finditer(text)} - own


# --- where a name could hide


def _picture(text: str) -> bytes:
    """A picture with a text chunk."""
    body = b"Title\0" + text.encode("utf-8")
    chunk = struct.pack(">I", len(body)) + b"tEXt" + body + struct.pack(">I", zlib.crc32(b"tEXt" + body))
    return b"\x89PNG\r\n\x1a\n" + chunk


def _word(part: str, text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as parts:
        parts.writestr(part, f"<p>{text}</p>")
    return buffer.getvalue()


PLANTED = "甲0099号"
HIDING = {
    "an attribute": f'<td data-who="{PLANTED}"></td>'.encode(),
    "a comment": f"<!-- {PLANTED} -->".encode(),
    "a script": f"<script>const a = '{PLANTED}'</script>".encode(),
    "an address": f'<a href="{"".join(f"%{byte:02X}" for byte in PLANTED.encode())}">a</a>'.encode(),
    "character references": "".join(f"&#{ord(sign)};" for sign in PLANTED).encode(),
    "a picture": f'<img src="data:image/png;base64,{base64.b64encode(_picture(PLANTED)).decode()}">'.encode(),
    "the text of a Word file": _word("word/document.xml", PLANTED),
    "the properties of a Word file": _word("docProps/custom.xml", PLANTED),
    "the metadata of a notebook": json.dumps({"metadata": {"who": PLANTED}}).encode(),
}
