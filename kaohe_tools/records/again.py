"""The same case assessed once more: do the same tables come out, byte for byte, and if not, where do they differ?"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from kaohe_tools.assess import Assessment
from kaohe_tools.basis import BASIS
from kaohe_tools.outputs import RUN, SEAL, TIME, write
from kaohe_tools.problems import Place, Problems
from kaohe_tools.records.outputs import Outputs
from kaohe_tools.results.reading import FILES
from kaohe_tools.spreadsheet import as_written

_WHO = ("环节", "类别", "考核对象")
_TOLD_OTHERWISE = {"inputs", "inputs_sha256", "scheme", "versions", "requirements_sha256", "outputs"}
_NOT_COMPARED = _TOLD_OTHERWISE | {TIME, SEAL, "case"}  # and what is not of the results
OURS = "kaohe_tools"
LONGEST = 120  # characters of what a file held, in a message
_ADVICE = "要么数据、办法或软件变了，要么输出被改过"


def compare_again(assessment: Assessment, outputs: Outputs, problems: Problems) -> int:
    """Compare the tables of outputs with those that an assessment gives now; how many are the same.

    The first difference of each table is told in words, as an error at its file.
    """
    tables, run = outputs.tables, outputs.run
    with tempfile.TemporaryDirectory() as aside:
        now = Path(aside, "now")
        write(assessment, now)
        record = json.loads((now / RUN).read_text(encoding="utf-8"))
        listed = {entry["file"] for entry in (*run.get("outputs", []), *record["outputs"])}
        whole = {file for file, _ in FILES.values()} if outputs.is_report else listed
        names = sorted(name for name in listed if name in whole or (tables / name).is_file())
        software, same = run["versions"].get(OURS), 0
        for name in names:
            was, new = (_content(folder / name) for folder in (tables, now))
            same += was == new
            if was != new and name == BASIS and software != record["versions"].get(OURS):  # no result
                problems.note(Place(name), "现在的软件写出的与原来不同（只供等次表.xlsx 重算，不是结果）")
            elif was != new:
                problems.error(Place(name), f"重新考核的结果不同：{difference(was, new)}", _ADVICE)
    for name in sorted({*run, *record} - _NOT_COMPARED):
        if run.get(name) != record.get(name):
            problems.error(Place(RUN), f"重新考核的记录“{name}”与原来的不同", _ADVICE)
    return same


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def difference(was: bytes | None, new: bytes | None) -> str:
    """The first difference of two CSV tables (None: there is none) in words."""
    if was is None or new is None:
        return "原来没有这张表" if was is None else "现在没有这张表"
    if was.startswith(b"{"):
        return "内容与原来的不同"
    try:
        before, after = (list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""))) for text in (was, new))
    except (UnicodeDecodeError, csv.Error):
        return "内容不是可读的表"
    if not before or not after:
        return "原表是空的" if not before else "现表是空的"
    if before[0] != after[0]:
        return f"表头原为“{_short('、'.join(before[0]))}”，现为“{_short('、'.join(after[0]))}”"
    for number, (old, now) in enumerate(zip(before[1:], after[1:], strict=False), start=2):
        if old != now:
            return f"{_cell(before[0], number, old, now)}；共 {_count(before, after)} 行不同"
    if len(before) != len(after):
        extra = (before if len(before) > len(after) else after)[min(len(before), len(after))]
        told = f"原有 {len(before) - 1} 行，现有 {len(after) - 1} 行"
        return f"{told}，{'少' if len(before) > len(after) else '多'}了{_who(before[0], extra)}"
    return "只是换行、引号等写法不同"


def _cell(head: Sequence[str], number: int, old: Sequence[str], now: Sequence[str]) -> str:
    """The first cell that differs between two rows: whose, which column, was and is."""
    if len(old) != len(now) or len(old) != len(head):
        return f"第 {number} 行{_who(head, old)}的列数不对"
    column = next(i for i, pair in enumerate(zip(old, now, strict=True)) if pair[0] != pair[1])
    was, new = (_short(as_written(row[column])) for row in (old, now))
    return f"第 {number} 行{_who(head, old)}的“{head[column]}”原为“{was}”，现为“{new}”"


def _short(text: str) -> str:
    """A text that may stand in a message, whatever a file held."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _who(head: Sequence[str], row: Sequence[str]) -> str:
    """Whom a row is about, as far as it says."""
    cells = dict(zip(head, row, strict=False))
    named = [as_written(cells[name]) for name in _WHO if cells.get(name)]
    return f"（{'·'.join(named)}）" if named else ""


def _count(before: Sequence[Sequence[str]], after: Sequence[Sequence[str]]) -> int:
    pairs = sum(old != now for old, now in zip(before[1:], after[1:], strict=False))
    return pairs + abs(len(before) - len(after))
