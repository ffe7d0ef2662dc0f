"""Digests (sha256) of files, lists of files and records: what says later that something is still as it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

SHORT = 12  # digits of a digest that readers are shown
_CHUNK = 2**20


def digest_of(path: Path) -> str:
    """The sha256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def listing(digests: Mapping[str, str]) -> str:
    """Digests by name as the text that `sha256sum --check` reads, in the order of the names."""
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests))


def read_listing(text: str) -> dict[str, str]:
    """The digests by name that stand in such a text. Raises ValueError for a line that is none, or a name twice."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        digest, gap, name = line[:64], line[64:66], line[66:]
        if len(digest) < 64 or set(digest) - set("0123456789abcdef") or gap != "  " or not name or name in found:
            raise ValueError(line)
        found[name] = digest
    return found


def digest_of_list(files: Iterable[Mapping[str, str]]) -> str:
    """One digest over files, each {file, sha256}, whatever their order."""
    return hashlib.sha256(listing({entry["file"]: entry["sha256"] for entry in files}).encode()).hexdigest()


def digest_of_record(record: Mapping[str, Any], without: Iterable[str] = ()) -> str:
    """The digest of a record of plain data, some of its entries left out."""
    kept = {name: value for name, value in record.items() if name not in set(without)}
    plain = json.loads(json.dumps(kept))  # as it is once written and read
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
