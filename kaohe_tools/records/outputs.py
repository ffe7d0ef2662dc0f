"""What a user points at: a report or a results folder, its record, and whether it is still as it was written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kaohe_tools.digests import digest_of, digest_of_list, digest_of_record
from kaohe_tools.outputs import RUN, SEAL, TIME
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.records.seal import (
    DIGESTS,
    MANIFEST,
    check_files,
    is_inside,
    name_of,
    read_digests,
    tables_digest,
    tell_others,
)
from kaohe_tools.results.reading import FILES

TABLES = "tables"  # of a report
_KINDS = {"case": str, "scheme": dict, "readings": dict, "params": dict, "inputs": list, "versions": dict, TIME: str}
_REDO = "请重新运行 kaohe run，或换上原来的文件"


@dataclass(frozen=True)
class Outputs:
    """A folder of outputs: where it is, where its tables are, its record (run.json), and whether it is a report."""

    folder: Path
    tables: Path
    run: Mapping[str, Any]
    is_report: bool

    @property
    def kind(self) -> str:
        return "报告" if self.is_report else "结果表"


def is_outputs(folder: Path) -> bool:
    """Is this a report, or a results folder?"""
    return (folder / MANIFEST).is_file() or (folder / DIGESTS).is_file() or (folder / RUN).is_file()


def open_outputs(folder: Path) -> Outputs:
    """The outputs in a folder. Raises InputError where their run.json is missing or cannot be used."""
    is_report = not (folder / RUN).is_file()
    tables = folder / TABLES if is_report else folder
    place, problems = Place(name_of(tables / RUN, folder)), Problems()
    try:
        run = json.loads((tables / RUN).read_text(encoding="utf-8"))
        wrong = [name for name, kind in _KINDS.items() if not isinstance(run.get(name), kind)]
        wrong += [] if wrong or _are_files(run["inputs"]) else ["inputs"]
        wrong += [] if _are_files(run.get("outputs", []), inside=True) else ["outputs"]
        if wrong:
            problems.error(place, f"运行记录缺少或写错：{'、'.join(wrong)}", _REDO)
    except FileNotFoundError:
        problems.error(place, "没有运行记录，不知道这些输出从哪里来", _REDO)
    except (OSError, ValueError, AttributeError):
        problems.error(place, "运行记录读不出来", _REDO)
    if problems.errors:
        raise InputError(problems)
    return Outputs(folder, tables, run, is_report)


def _are_files(entries: object, inside: bool = False) -> bool:
    """Is this a list of {file, sha256}, each file (if asked for) within its folder?"""
    return isinstance(entries, list) and all(
        isinstance(entry, dict)
        and isinstance(entry.get("sha256"), str)
        and isinstance(entry.get("file"), str)
        and (is_inside(entry["file"]) or not inside)
        for entry in entries
    )


def check_outputs(outputs: Outputs, problems: Problems) -> int:
    """Tell every output that is missing or not as it was written; how many were looked at."""
    own = Problems()
    looked_at = _check_report(outputs, own) if outputs.is_report else 0
    told = {problem.place.file for problem in own.errors}
    problems.extend(own)
    return looked_at + _check_tables(outputs, told, problems)


def _check_report(outputs: Outputs, problems: Problems) -> int:
    """Every file against the list of digests, and every page against the tables that lie beside it."""
    digests = read_digests(outputs.folder, problems)
    if digests is None:
        return 0
    check_files(outputs.folder, digests, problems)
    tell_others(outputs.folder, [*digests, DIGESTS], problems)
    if all((outputs.tables / name).is_file() for name, _ in FILES.values()):
        _check_pages(outputs, digests, problems)
    return sum(not name.startswith(f"{TABLES}/") for name in digests)


def _check_pages(outputs: Outputs, digests: Mapping[str, str], problems: Problems) -> None:
    """Tell the pages that were kept from an earlier run: what they show comes from other tables than these."""
    state = tables_digest(outputs.tables)
    told, advice = "这一页沿用上次的结果，与现在的结果表不是同一次的", "请不带 --category 重新运行"
    for name in digests:
        if name.endswith(".ipynb") and _made_of(outputs.folder / name) not in (state, None):
            problems.error(Place(name), told, advice)


def _made_of(notebook: Path) -> str | None:
    """The fingerprint of the tables that an executed notebook was made of; None where it cannot be read."""
    try:
        marks = json.loads(notebook.read_text(encoding="utf-8"))["metadata"]["kaohe"]
        return str(marks["results"])
    except (OSError, ValueError, LookupError, TypeError):
        return None  # not as it was written, which is told already


def _check_tables(outputs: Outputs, told: set[str], problems: Problems) -> int:
    """run.json against its own digest, and every table against run.json; what is `told` of is not told again."""
    run, name = outputs.run, name_of(outputs.tables / RUN, outputs.folder)
    if SEAL not in run or "outputs" not in run:
        problems.error(Place(name), "没有结果表的校验值（可能是旧版软件写的）", "请重新运行 kaohe run 或 kaohe assess")
        return 0
    if digest_of_record(run, without=[TIME, SEAL]) != run[SEAL] and name not in told:
        problems.error(Place(name), "运行记录与写出时不同（被改过，或已损坏）", _REDO)
    if run.get("inputs_sha256") != digest_of_list(run["inputs"]):
        problems.error(Place(name), "数据文件的总校验值与各文件的对不上", _REDO)
    required = {file for file, _ in FILES.values()}
    listed = {entry["file"]: entry["sha256"] for entry in run["outputs"]}
    here = {
        file: digest
        for file, digest in listed.items()
        if not outputs.is_report or file in required or (outputs.tables / file).is_file()
    }
    own = Problems()
    check_files(outputs.tables, here, own)
    for problem in own.errors:
        file = name_of(outputs.tables / problem.place.file, outputs.folder)
        if file not in told:
            problems.error(Place(file), problem.message, problem.advice)
    if not outputs.is_report:
        tell_others(outputs.folder, [*here, RUN], problems)
    return len(here) + 1


def digest_of_outputs(outputs: Outputs) -> str:
    """One digest that stands for all outputs as they were written, to be noted down elsewhere."""
    return digest_of(outputs.folder / DIGESTS) if outputs.is_report else str(outputs.run.get(SEAL, ""))
