"""A year's file opened: measured and checked before anything of it is kept, then verified by assessing once more.

It may come from anywhere, so nothing in it is believed: names, sizes and digests are all looked at.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
import struct
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from kaohe_tools.archive.store import refuse
from kaohe_tools.aside import made_aside
from kaohe_tools.case import FILE as CASE_FILE
from kaohe_tools.digests import SHORT, digest_of, read_listing
from kaohe_tools.grid import limits
from kaohe_tools.grid.archive import BROKEN
from kaohe_tools.outputs import RUN
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.records.layout import (
    ADVICE,
    DIGESTS,
    FORMAT,
    INPUTS,
    LARGEST,
    PRIVATE,
    RECORD,
    REPORTS,
    RESULTS,
    SCHEME_FOLDER,
    scheme_of,
)
from kaohe_tools.records.outputs import TABLES, is_outputs, open_outputs
from kaohe_tools.records.seal import is_inside
from kaohe_tools.records.verify import Verdict, verify_outputs
from kaohe_tools.scheme import COMMON_FILE, SCHEMES

_END, _END64 = b"PK\5\6", b"PK\6\7"  # what begins the last record of a zip file, and that of one beyond 4 GB
_END_SIZE, _COMMENT, _LOCATOR = 22, 2**16, 20
_LIST_BYTES = 2**24  # of the list of members
_CHUNK = 2**20


def unpack(file: Path, out: Path) -> int:
    """Unpack a year's file into a folder that is not there yet, or is empty; how many files it has.

    Raises InputError, and leaves nothing, where it is not sound.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise refuse(str(out), "已经存在，没有解开", "请换一个不存在的或空的文件夹")
    with made_aside(out) as aside:
        count = _unpack(file, aside)
        if out.exists():
            out.rmdir()
        os.replace(aside, out)
    return count


def verify_file(file: Path) -> Verdict:
    """Unpack a year's file aside, check every digest, assess it with its own scheme and compare all tables.

    Raises InputError where the file is not sound.
    """
    with tempfile.TemporaryDirectory(prefix="kaohe-") as aside:
        folder = Path(aside)
        count = _unpack(file, folder)
        record = _record(folder)
        name = str(record["case"])
        case, results, report = (folder / place / name for place in (INPUTS, RESULTS, REPORTS))
        _complete(case, results, folder)
        scheme = folder / scheme_of(open_outputs(results).run)
        verdict = verify_outputs(results, case, again=True, scheme_file=scheme)
        verdict.lines.insert(1, f"归档文件：{count} 个文件与清单一致（校验值 {digest_of(file)[:SHORT]}）")
        if is_outputs(report):
            _check_report(report, results, case, scheme, verdict)
        _tell_schemes(scheme, verdict.problems)
        return verdict


def _complete(case: Path, results: Path, folder: Path) -> None:
    """Raises InputError where a year's file lacks what it takes to assess again."""
    needed = [case / CASE_FILE, results / RUN, folder / SCHEME_FOLDER / COMMON_FILE]
    for path in needed:
        if not path.is_file():
            raise refuse(path.relative_to(folder).as_posix(), "归档文件里没有它，不能重新考核", ADVICE)


def _check_report(report: Path, results: Path, case: Path, scheme: Path, verdict: Verdict) -> None:
    """The report that was packed: whole, and made of these very results."""
    told = {problem.message for problem in verdict.problems.errors}
    found = verify_outputs(report, case, scheme_file=scheme)
    verdict.problems.extend(problem for problem in found.problems.errors if problem.message not in told)
    if (report / TABLES / RUN).read_bytes() != (results / RUN).read_bytes():
        verdict.problems.error(Place(f"{TABLES}/{RUN}"), "报告不是由归档的结果生成的", ADVICE)
    verdict.lines.insert(2, found.lines[1])


def _tell_schemes(scheme: Path, problems: Problems) -> None:
    """A note where the schemes that come with the package are others today."""
    for path in (scheme, scheme.with_name(COMMON_FILE)):
        today = SCHEMES / path.name
        if today.is_file() and digest_of(today) != digest_of(path):
            told = f"现在软件自带的 {path.name} 与归档时不同；核对用的是归档文件里的那一份"
            problems.note(Place(f"{SCHEME_FOLDER}/{path.name}"), told)


def _record(folder: Path) -> Mapping:
    """记录.json. Raises InputError where it cannot be used."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        name, number = record["case"], record["format"]
    except (OSError, ValueError, LookupError, TypeError):
        raise refuse(RECORD, "不是本软件的年度归档文件，或记录读不出来", ADVICE) from None
    if not isinstance(name, str) or not is_inside(name) or "/" in name:
        raise refuse(RECORD, f"案例名“{name}”不能用", ADVICE)
    if number != FORMAT:
        raise refuse(RECORD, f"归档文件的格式是第 {number} 版，本软件认得第 {FORMAT} 版", "请用较新的软件核对")
    return record


# --- the zip file -----------------------------------------------------------------------------------------------------


def _unpack(file: Path, folder: Path) -> int:
    """Write the members of a zip file into a folder, each as its digest says; how many they are."""
    with _told(file), file.open("rb") as stream:
        _measure(stream, file)
        with zipfile.ZipFile(stream) as archive:
            members = _members(archive)
            if DIGESTS not in members:
                raise refuse(file.name, "里面没有校验清单 sha256.txt，不是本软件的年度归档文件", ADVICE)
            digests = _digests(archive, members[DIGESTS])
            _agree(set(members) - {DIGESTS}, set(digests))
            room = _Room(LARGEST)
            for name, info in members.items():
                digest = _extract(archive, info, folder / name, room)
                if name != DIGESTS and digest != digests[name]:
                    raise refuse(name, "与归档时不同（被改过，或已损坏）", ADVICE)
    return len(members)


def _measure(stream, file: Path) -> None:
    """Refuse a zip file whose list of members would not fit into memory, before the library reads it."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - _END_SIZE - _COMMENT - _LOCATOR))
    tail = stream.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + _END_SIZE:
        raise refuse(file.name, "不是压缩包，或已损坏", ADVICE)
    (listed,) = struct.unpack_from("<L", tail, at + 12)
    if size > LARGEST or listed > _LIST_BYTES or tail[max(0, at - _LOCATOR) : at].startswith(_END64):
        raise refuse(file.name, "过大，没有打开", ADVICE)
    stream.seek(0)


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The members by name; refused are too many, names that lead elsewhere, two alike, links and secret ones."""
    infos = archive.infolist()
    if len(infos) > limits.PARTS:
        raise refuse("", f"里面的文件超过 {limits.PARTS} 个，没有解开", ADVICE)
    found: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        name = info.orig_filename
        if not is_inside(name) or name != info.filename or info.is_dir():
            raise refuse("", f"里面有不该有的文件名“{name[:80]!r}”，没有解开", "文件可能有害，请勿使用")
        if info.flag_bits & 1 or stat.S_ISLNK(info.external_attr >> 16):
            raise refuse(name, "是链接或有密码，没有解开", "文件可能有害，请勿使用")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise refuse(name, "压缩方式不是通常的，没有解开", ADVICE)
        found[name] = info
    if len({name.casefold() for name in found}) < len(infos):
        raise refuse("", "里面有同名的文件，没有解开", "文件可能有害，请勿使用")
    return found


def _digests(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> dict[str, str]:
    with archive.open(info) as stream:
        text = stream.read(_LIST_BYTES + 1)
    try:
        return read_listing(text[:_LIST_BYTES].decode("utf-8"))
    except ValueError:
        raise refuse(DIGESTS, "校验清单读不出来", ADVICE) from None


def _agree(members: set[str], listed: set[str]) -> None:
    """Raises InputError where the members are not those that the list of digests names."""
    problems = Problems()
    for name in sorted(listed - members):
        problems.error(Place(name), "归档文件里缺少清单上的这个文件", ADVICE)
    for name in sorted(members - listed):
        problems.error(Place(name), "归档文件里多出清单上没有的文件", ADVICE)
    if problems.errors:
        raise InputError(problems)


class _Room:
    """How many bytes may still be unpacked: what counts is what comes out, never what a header promises."""

    def __init__(self, left: int) -> None:
        self.left = left

    def take(self, size: int, unpacked: int, packed: int, name: str) -> None:
        self.left -= size
        swollen = unpacked > limits.RATIO_FROM and unpacked > limits.RATIO * packed
        if self.left < 0 or swollen:
            raise refuse(name, "解开后过大，可能是恶意文件，没有解开", "文件可能有害，请勿使用")


def _extract(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, room: _Room) -> str:
    """Write one member, for its owner alone; its digest."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, unpacked = hashlib.sha256(), 0
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with os.fdopen(handle, "wb") as out, archive.open(info) as source:
        while piece := source.read(_CHUNK):
            unpacked += len(piece)
            room.take(len(piece), unpacked, info.compress_size, info.filename)
            digest.update(piece)
            out.write(piece)
    return digest.hexdigest()


@contextmanager
def _told(file: Path) -> Iterator[None]:
    """Whatever the library finds wrong with a zip file is told as such."""
    try:
        yield
    except (*BROKEN, struct.error, UnicodeError, RuntimeError, ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:  # EINVAL: a place before the file's beginning
            raise
        raise refuse(file.name, "压缩包不完整或已损坏，打不开", ADVICE) from error
