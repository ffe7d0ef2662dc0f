"""`kaohe verify`: are outputs still as written, and do inputs, scheme and software still match them?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kaohe_tools.assess import assess, input_digests, prepare
from kaohe_tools.case import FILE as CASE_FILE
from kaohe_tools.case import load_case
from kaohe_tools.changes import SNAPSHOT, Change, changes_since
from kaohe_tools.digests import SHORT, digest_of
from kaohe_tools.outputs import LOCK, RUN, software
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.records.again import OURS, compare_again
from kaohe_tools.records.facts import clock, record_line, record_of
from kaohe_tools.records.outputs import Outputs, check_outputs, digest_of_outputs, open_outputs

SHOWN = 30  # changed cells that are told one by one
_INPUT = "要与输出一致，请换回当时的文件；要按现在的数据，请重新运行 kaohe run"


@dataclass
class Verdict:
    """What a verification found: sentences of what was looked at, problems, and what could not be looked at."""

    lines: list[str] = field(default_factory=list)
    problems: Problems = field(default_factory=Problems)
    left_out: str = ""

    @property
    def matches(self) -> bool:
        return not self.problems.errors and not self.left_out

    def looked(self, what: str, before: int, agreed: str) -> None:
        """A sentence of what was looked at: `agreed`, or how many differences were found since `before` errors."""
        found = len(self.problems.errors) - before
        self.lines.append(f"{what}：{f'有 {found} 处不符' if found else agreed}")


def verify_outputs(
    folder: Path, case: Path | None = None, *, again: bool = False, scheme_file: Path | None = None
) -> Verdict:
    """Verify a report or a results folder against its case (found beside it where None is given).

    `again`: assess once more and compare all tables byte by byte. `scheme_file`: use this scheme in place of the one
    that case.yaml names. Raises InputError where the folder has no record that can be used.
    """
    outputs = open_outputs(folder)
    verdict = Verdict([record_line(record_of(outputs.run))])
    count = check_outputs(outputs, verdict.problems)
    seal = digest_of_outputs(outputs)[:SHORT] if not verdict.problems.errors else ""
    verdict.looked(outputs.kind, 0, f"{count} 个文件与写出时一致（校验值 {seal}）")
    case = case or find_case(folder, str(outputs.run["case"]))
    if case is None:
        verdict.left_out = f"没有找到案例“{outputs.run['case']}”的文件夹，数据和办法没有核对；请用 --case 指明"
        return verdict
    _check_inputs(outputs, case, verdict)
    _check_scheme(outputs, case, scheme_file, verdict)
    same = _assess_again(outputs, case, scheme_file, verdict) if again else False
    _check_software(outputs.run, same, verdict)
    return verdict


def find_case(folder: Path, name: str) -> Path | None:
    """The case folder of outputs: data/raw/<name> of the project in which they lie, else of where one stands."""
    if "/" in name or "\\" in name or name in ("", ".", ".."):
        return None
    places = [root / "data" / "raw" / name for root in (*_around(folder), Path.cwd())]
    return next((place for place in places if (place / CASE_FILE).is_file()), None)


def _around(folder: Path) -> list[Path]:
    """The projects that a folder may be of: as reports/<case>, and as data/processed/<case>."""
    return list(folder.resolve().parents[1:3])


# --- inputs -----------------------------------------------------------------------------------------------------------


def _check_inputs(outputs: Outputs, case: Path, verdict: Verdict) -> None:
    """Tell every input that changed, is missing or is new; where a snapshot is at hand, which cells."""
    before = len(verdict.problems.errors)
    then = {entry["file"]: entry["sha256"] for entry in outputs.run["inputs"]}
    now = input_digests(case)
    if case.resolve().name != outputs.run["case"]:
        verdict.problems.note(Place(), f"案例文件夹名是“{case.resolve().name}”，考核时是“{outputs.run['case']}”")
    if then != now:
        cells = _changed_cells(outputs, case)
        for change in cells[:SHOWN]:
            verdict.problems.error(change.place, _said(change), _INPUT)
        if len(cells) > SHOWN:
            verdict.problems.error(Place(), f"另有 {len(cells) - SHOWN} 处改动（kaohe check --changes 可写出全部）")
        told = {change.place.file for change in cells}
        for name in sorted({*then, *now} - told):
            if then.get(name) != now.get(name):
                what = "考核时没有这个文件" if name not in then else "考核时的文件不见了"
                what = "文件与考核时不同" if name in then and name in now else what
                verdict.problems.error(Place(name), what, _INPUT)
    verdict.looked("数据", before, f"{len(then)} 个文件与考核时一致")


def _said(change: Change) -> str:
    about = f"（{change.about}）" if change.about else ""
    return (change.what or f"由“{change.old}”改为“{change.new}”") + about


def _changed_cells(outputs: Outputs, case: Path) -> list[Change]:
    """What changed since the run, cell by cell; nothing where no snapshot of that run is at hand."""
    name = str(outputs.run["case"])
    places = [root / "data" / "processed" / name for root in _around(outputs.folder)]
    for folder in (outputs.tables, *places):
        try:
            run = json.loads((folder / RUN).read_text(encoding="utf-8"))
            if run["inputs"] != outputs.run["inputs"] or not (folder / SNAPSHOT).is_file():
                continue
            since = changes_since(prepare(case), folder)
        except (OSError, ValueError, LookupError, TypeError, InputError):
            continue
        return [] if since is None or since.remark else since.changes
    return []


# --- scheme and software ----------------------------------------------------------------------------------------------


def _check_scheme(outputs: Outputs, case: Path, scheme_file: Path | None, verdict: Verdict) -> None:
    before = len(verdict.problems.errors)
    then = outputs.run["scheme"]
    try:
        scheme = load_case(case, scheme_file).scheme
    except InputError as error:
        verdict.problems.extend(error.problems)
        verdict.looked("办法", before, "")
        return
    if scheme.id != then.get("id"):
        message = f"办法由 {then.get('id')} 换成了 {scheme.id}"
        verdict.problems.error(Place(CASE_FILE), message, _INPUT)
    elif scheme.sha256 != then.get("sha256"):
        message = f"办法 {scheme.id} 的内容与考核时不同（{str(then.get('sha256'))[:SHORT]} → {scheme.sha256[:SHORT]}）"
        verdict.problems.error(Place(f"{scheme.id}.yaml"), message, "请换回当时的办法文件，或重新运行 kaohe run")
    verdict.looked("办法", before, f"{scheme.id} 与考核时一致（{scheme.sha256[:SHORT]}）")


def _check_software(run: Mapping[str, Any], same: bool, verdict: Verdict) -> None:
    """Tell other versions than then: a note, but an error where ours may assess otherwise and nobody has tried.

    `same`: the tables were made again and came out the same.
    """
    before = len(verdict.problems.errors)
    then, now = run["versions"], software()
    for name in sorted({*then, *now}):
        if then.get(name) == now.get(name):
            continue
        message = f"软件 {name} 当时是 {then.get(name, '没有')}，现在是 {now.get(name, '没有')}"
        if name == OURS and not same and _series(then.get(name)) != _series(now.get(name)):
            verdict.problems.error(Place(), message, "版本相差较大，请加 --again 重新考核，看结果是否相同")
        else:
            verdict.problems.note(Place(), message)
    if LOCK.is_file() and run.get("requirements_sha256") not in ("", None, digest_of(LOCK)):
        verdict.problems.note(Place(), "软件依赖清单（requirements.lock）与当时不同")
    verdict.looked("软件", before, f"{OURS} {now[OURS]}" + ("" if then.get(OURS) == now[OURS] else "（见提示）"))


def _series(version: object) -> tuple[str, ...]:
    """The two first numbers of a version: what differs only after them assesses alike."""
    return tuple(str(version).split(".")[:2])


def _assess_again(outputs: Outputs, case: Path, scheme_file: Path | None, verdict: Verdict) -> bool:
    before = len(verdict.problems.errors)
    try:
        assessment = assess(case, scheme_file)
    except InputError as error:
        verdict.problems.error(Place(), "现在的数据考核不出结果，没有可比的", "请先看 kaohe check 列出的错误")
        verdict.problems.extend(error.problems.errors)
        verdict.looked("重新考核", before, "")
        return False
    count = compare_again(assessment, outputs, verdict.problems)
    verdict.looked("重新考核", before, f"{count} 张表逐字节一致（原结果 {clock(str(outputs.run['time']))}）")
    return len(verdict.problems.errors) == before
