"""A finished year as one file: inputs, scheme, results and report in a zip file, whose bytes depend on them alone."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kaohe_tools.archive.store import refuse
from kaohe_tools.aside import file_aside
from kaohe_tools.assess import input_digests
from kaohe_tools.case import FILE as CASE_FILE
from kaohe_tools.digests import digest_of, listing
from kaohe_tools.outputs import LOCK, RUN
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.records.facts import record_of
from kaohe_tools.records.layout import (
    DIGESTS,
    FORMAT,
    INPUTS,
    LARGEST,
    PRIVATE,
    README,
    RECORD,
    REPORTS,
    RESULTS,
    SCHEME_FOLDER,
    scheme_of,
)
from kaohe_tools.records.outputs import TABLES, is_outputs
from kaohe_tools.records.readme import readme
from kaohe_tools.records.seal import is_inside, name_of
from kaohe_tools.records.unpack import verify_file
from kaohe_tools.records.verify import Verdict, verify_outputs
from kaohe_tools.results import read_results
from kaohe_tools.scheme import COMMON_FILE, SCHEMES, scheme_file
from kaohe_tools.spreadsheet import EPOCH
from kaohe_tools.yamlfile import read_yaml

_LEVEL = 6


@dataclass(frozen=True)
class Packed:
    """The year's file: where, how many files are in it, its digest, and what ought to be known about it."""

    path: Path
    files: int
    digest: str
    problems: Problems


def pack(case: Path, root: Path, out: Path) -> Packed:
    """Pack a case with its results (data/processed under `root`) and its report (reports), if there is one.

    Before it is put in its place it is unpacked, assessed and compared: a file that does not give the same results is
    not kept. Raises InputError then, where outputs and inputs do not match, and where another file is there already.
    """
    name = case.resolve().name
    results, report = root / RESULTS / name, root / REPORTS / name
    problems = _verified(case, results, report)
    files = _files(case, results, report, problems)
    run = json.loads((results / RUN).read_text(encoding="utf-8"))
    texts = _texts(run, files)
    if problems.errors:
        raise InputError(problems)
    pending = int((read_results(results).scores["待定"] != "").sum())
    if pending:
        problems.note(Place(name), f"还有 {pending} 个对象待定，归档的是还没有定完的结果")
    problems.extend(_write(files, texts, out).problems)
    return Packed(out, len(files) + len(texts), digest_of(out), problems)


def _verified(case: Path, results: Path, report: Path) -> Problems:
    """What is to be known before packing. Raises InputError where outputs and inputs do not match."""
    problems = Problems()
    if not (results / RUN).is_file():
        problems.error(Place(str(results)), "还没有结果", "请先运行 kaohe run；结果在别处的，用 --results 指明")
        raise InputError(problems)
    problems.extend(verify_outputs(results, case).problems.errors)
    if is_outputs(report):
        problems.extend(p for p in verify_outputs(report, case).problems.errors if p not in problems.items)
        if (report / TABLES / RUN).read_bytes() != (results / RUN).read_bytes():
            advice = "请重新运行 kaohe run，让报告和结果出自同一次"
            problems.error(Place(name_of(report / TABLES / RUN, report)), "报告不是由这次的结果生成的", advice)
    else:
        problems.note(Place(), "没有报告，只归档数据、办法和结果", "要把网页和表格也归档，请先运行 kaohe run")
    if problems.errors:
        problems.error(Place(), "输出与输入不一致，没有归档", "请先按上面的提示处理")
        raise InputError(problems)
    return problems


# --- what goes in -----------------------------------------------------------------------------------------------------


def _files(case: Path, results: Path, report: Path, problems: Problems) -> dict[str, Path]:
    """Every file by its name in the year's file, which is laid out as a project is. Names that nobody else takes
    and links are told as errors.
    """
    name = case.resolve().name
    found = {f"{INPUTS}/{name}/{file}": case / file for file in input_digests(case)}
    for folder, path in ((f"{RESULTS}/{name}", results), (f"{REPORTS}/{name}", report)):
        inside = sorted(file for file in path.rglob("*") if file.is_file() and not _hidden(file.relative_to(path)))
        found |= {f"{folder}/{name_of(file, path)}": file for file in inside}
    document = read_yaml(case / CASE_FILE, problems)
    own = scheme_file(str(document.data["scheme"]), case) if document else SCHEMES
    run = json.loads((results / RUN).read_text(encoding="utf-8"))
    found[scheme_of(run)] = own
    found[f"{SCHEME_FOLDER}/{COMMON_FILE}"] = SCHEMES / COMMON_FILE
    if LOCK.is_file() and digest_of(LOCK) == run.get("requirements_sha256"):
        found[LOCK.name] = LOCK
    for member, path in found.items():
        if path.is_symlink():
            problems.error(Place(member), "是指向别处的链接，不能归档", "请把文件本身复制进来，重新运行 kaohe run")
        elif not is_inside(member):
            problems.error(Place(member), "文件名里有别的系统不能用的字符，不能归档", "请改名，重新运行 kaohe run")
    size = sum(path.stat().st_size for path in found.values() if path.is_file())
    if size > LARGEST:
        problems.error(Place(), f"全部文件有 {size / 2**30:.1f} GB，超过一个归档文件的上限", "请把佐证材料移到别处")
    return found


def _hidden(path: Path) -> bool:
    return any(part.startswith((".", "~$")) for part in path.parts)


def _texts(run: Mapping[str, Any], files: Mapping[str, Path]) -> dict[str, bytes]:
    """The files that are made for the year's file: what it is, its record, and the digests of all else."""
    record = {"format": FORMAT, **record_of(run)}
    texts = {
        README: readme(run, scheme_of(run)).encode("utf-8-sig"),
        RECORD: (json.dumps(record, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace"),
    }
    digests = {name: digest_of(path) for name, path in files.items() if path.is_file()}
    digests |= {name: hashlib.sha256(text).hexdigest() for name, text in texts.items()}
    return {**texts, DIGESTS: listing(digests).encode()}


def _write(files: Mapping[str, Path], texts: Mapping[str, bytes], out: Path) -> Verdict:
    """Write the zip file aside, for its owner alone, verify it and put it in its place; a different one is kept."""
    with file_aside(out) as aside:
        with aside.open("wb") as stream, zipfile.ZipFile(stream, "w", allowZip64=False) as archive:
            for member in sorted({*files, *texts}):
                content = texts[member] if member in texts else files[member].read_bytes()
                archive.writestr(_entry(member), content, compresslevel=_LEVEL)
        os.chmod(aside, PRIVATE)
        if out.exists() and digest_of(out) != digest_of(aside):
            raise refuse(out, "已有同名的归档文件，内容不同，没有覆盖", "请换一个文件名，或先把它移走")
        verdict = verify_file(aside)
        if not verdict.matches:
            raise InputError(verdict.problems)
    return verdict


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system, entry.external_attr = 3, (0o100000 | PRIVATE) << 16  # as on Unix, wherever it is written
    return entry
