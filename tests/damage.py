"""Damage to files, drawn at random: bytes cut off, flipped, moved, doubled; members of archives, values of records.

Damage within (a member of a zip file, a value of a JSON or YAML file) is done before the file is put together anew, so
that it gets past checksums and parsers.
"""

from __future__ import annotations

import io
import json
import random
import re
import zipfile
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import yaml

TOKENS = [
    b"", b"0", b"-1", b"1e400", b"NaN", b"99999999999999999999", b"4294967295", b"9" * 400, b"<", b">", b"&", b"]]>",
    b'"', b"'", b",", b"\t", b"\n", b"\r", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\x80", b"\xf0\x9f\x98\x80", b"{{",
    b"{%", b"}}", b"=1+1", b"../x", b"%s", b"null", b"[", b"]", b"{", b"}", b"- ", b"  ", b": ", b"#", b"&a ", b"*a",
    b"!!set ", b"!!bool x", b"!!timestamp x", b"!!int x", b"\xe2\x80\xa8", b"\xed\xa0\x80", b"<a>" * 40, b"(" * 200,
    b"1048577", b"XFD1048576", b"t=\"e\"", b"2023-13-45", b"0x", b"1_0", b"1:60", b"~", b"yes", b".inf",
]  # fmt: skip
ODD_VALUES: list[Any] = [
    None, True, False, 0, -1, 1.5, 10**30, float("inf"), float("nan"), "", "甲", "x" * 300, "\0", "\ud800", [], {},
    [[]], ["甲"], [None], {"": 1}, {"甲": []}, {"甲": {"甲": None}}, "2023-13-45", "=1+1", "../../x",
]  # fmt: skip


def damaged(content: bytes, chance: random.Random) -> bytes:
    """A content with one to three things done to it."""
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        content = chance.choice(_WAYS)(content, chance)
    return content


def _cut_off(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _cut_off_before(content: bytes, chance: random.Random) -> bytes:
    return content[chance.randrange(len(content) + 1) :]


def _flip_bits(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 8, 64]) if changed else 0):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _change_bytes(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice([1, 2, 8]) if changed else 0):
        changed[chance.randrange(len(changed))] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, ord("<"), ord("9"), ord("\n")])
    return bytes(changed)


def _chunk(content: bytes, chance: random.Random) -> tuple[int, int]:
    """The beginning and end of a stretch, small ones more often."""
    start = chance.randrange(len(content) + 1)
    return start, min(len(content), start + chance.choice([1, 4, 16, 64, 512, 4096]))


def _drop(content: bytes, chance: random.Random) -> bytes:
    start, end = _chunk(content, chance)
    return content[:start] + content[end:]


def _double(content: bytes, chance: random.Random) -> bytes:
    start, end = _chunk(content, chance)
    return content[:end] + content[start:end] * chance.choice([1, 1, 2, 50]) + content[end:]


def _zero(content: bytes, chance: random.Random) -> bytes:
    start, end = _chunk(content, chance)
    return content[:start] + chance.choice([b"\0", b"\xff", b" "]) * (end - start) + content[end:]


def _move(content: bytes, chance: random.Random) -> bytes:
    start, end = _chunk(content, chance)
    rest = content[:start] + content[end:]
    at = chance.randrange(len(rest) + 1)
    return rest[:at] + content[start:end] + rest[at:]


def _overwrite_with_another(content: bytes, chance: random.Random) -> bytes:
    start, end = _chunk(content, chance)
    at = chance.randrange(len(content) + 1)
    return content[:at] + content[start:end] + content[at + end - start :]


def _insert_token(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + chance.choice(TOKENS) + content[at:]


def _change_number(content: bytes, chance: random.Random) -> bytes:
    """Another number in place of one that is written in digits."""
    found = list(re.finditer(rb"\d+", content))
    if not found:
        return _insert_token(content, chance)
    match = chance.choice(found)
    return content[: match.start()] + chance.choice(TOKENS) + content[match.end() :]


def _change_four_bytes(content: bytes, chance: random.Random) -> bytes:
    """Another number in place of one that is written in two or four bytes."""
    at, size = chance.randrange(len(content) + 1), chance.choice([2, 4])
    number = chance.choice([0, 1, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, chance.getrandbits(32)])
    return (
        content[:at]
        + (number % 2 ** (8 * size)).to_bytes(size, chance.choice(["little", "big"]))
        + content[at + size :]
    )


def _surround(content: bytes, chance: random.Random) -> bytes:
    noise = chance.randbytes(chance.choice([1, 10, 1000]))
    return noise + content if chance.random() < 0.3 else content + noise


_WAYS: list[Callable[[bytes, random.Random], bytes]] = [
    _cut_off, _cut_off, _cut_off_before, _flip_bits, _flip_bits, _change_bytes, _drop, _double, _zero, _move,
    _overwrite_with_another, _insert_token, _change_number, _change_four_bytes, _surround,
]  # fmt: skip


# --- archives ---------------------------------------------------------------------------------------------------------


def members(content: bytes) -> dict[str, bytes]:
    """The members of a zip file, by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """A zip file of these members, not compressed: quick."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name), part)
    return stream.getvalue()


def damaged_members(parts: Mapping[str, bytes], chance: random.Random) -> dict[str, bytes]:
    """Members of which one is damaged, gone, another's, or under another name."""
    changed = dict(parts)
    name = chance.choice(sorted(changed))
    way = chance.random()
    if way < 0.8:
        changed[name] = damaged(changed[name], chance)
    elif way < 0.87:
        del changed[name]
    elif way < 0.94:
        changed[name] = changed[chance.choice(sorted(changed))]
    else:
        changed[chance.choice(["../x.xml", "xl/x.xml", "word/x.xml", name.upper(), f"{name}/x", "x"])] = changed.pop(
            name
        )
    return changed


def damaged_zip(parts: Mapping[str, bytes], chance: random.Random) -> bytes:
    """A zip file, damaged as such or within."""
    if chance.random() < 0.25:
        return damaged(zipped(parts), chance)
    return zipped(damaged_members(parts, chance))


# --- records of plain data --------------------------------------------------------------------------------------------


def damaged_record(data: Any, chance: random.Random) -> Any:
    """A copy of plain data with one to three entries gone, doubled, exchanged or of another kind."""
    data = deepcopy(data)
    for _ in range(chance.choice([1, 1, 2, 3])):
        inner = _containers(data)
        if not inner:
            return deepcopy(chance.choice(ODD_VALUES))
        one, other = chance.choice(inner), chance.choice(inner)
        key, way = chance.choice(_keys(one)), chance.random()
        if way < 0.2:
            del one[key]
        elif way < 0.4:
            one[key] = deepcopy(other[chance.choice(_keys(other))])
        elif way < 0.5 and isinstance(one, dict):
            one[chance.choice(["", "甲", "name", "x" * 100])] = deepcopy(one[key])
        elif way < 0.5:
            one.append(deepcopy(one[key]))
        else:
            one[key] = deepcopy(chance.choice(ODD_VALUES))
    return data


def _keys(container: dict | list) -> list:
    return list(container) if isinstance(container, dict) else list(range(len(container)))


def _containers(data: Any) -> list[Any]:
    """All mappings and lists within that hold anything."""
    found, waiting = [], [data]
    while waiting:
        one = waiting.pop()
        if isinstance(one, (dict, list)) and one:
            found.append(one)
            waiting += one.values() if isinstance(one, dict) else one
    return found


def damaged_json(content: bytes, chance: random.Random) -> bytes:
    """A JSON file, damaged as a text or within."""
    if chance.random() < 0.3:
        return damaged(content, chance)
    return json.dumps(damaged_record(json.loads(content), chance), ensure_ascii=False).encode("utf-8", "surrogatepass")


def damaged_yaml(content: bytes, chance: random.Random) -> bytes:
    """A YAML file, damaged as a text or within."""
    if chance.random() < 0.5:
        return damaged(content, chance)
    changed = damaged_record(yaml.safe_load(content), chance)
    try:
        return yaml.safe_dump(changed, allow_unicode=True).encode("utf-8", "surrogatepass")
    except yaml.YAMLError:
        return damaged(content, chance)
