"""The unit of work: one case, from its files to its tables, wherever that is done."""

from __future__ import annotations

import contextlib
import json
import posixpath
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kaohe_tools.assess import assess, input_digests
from kaohe_tools.batch import dataset
from kaohe_tools.batch.owned import INDEX
from kaohe_tools.batch.store import Store
from kaohe_tools.batch.summary import (
    DONE,
    FAULTY,
    NO_REPORT,
    UNDONE,
    about_case,
    row_of_results,
    row_without_results,
    rows_of_problems,
)
from kaohe_tools.digests import digest_of
from kaohe_tools.logs import log
from kaohe_tools.outputs import RUN, SEAL, write
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.scheme.files import COMMON_FILE, SCHEMES, scheme_file
from kaohe_tools.workers import LARGEST, LostError, Parcel, pack, reason_of, unpack

RESULTS, REPORT, PARTS = "结果", "报告", "数据集"  # in a room; of these, what a case came to is packed


@dataclass(frozen=True)
class Order:
    """One case to be assessed.

    case: its folder on this machine, its files, or its address. scheme: name and content of a scheme file that lies
    outside the folder. data: the address of its partition of a data set, "" for none. out: the address where what
    comes of it is written, "": it is given back. was: inputs and scheme of the results that are there (see `origin`),
    which are kept where they are the same. notebooks: make the report with these. parts: make data sets too. far: what
    is given back travels over a scheduler.
    """

    name: str
    case: Path | Parcel | str
    scheme: tuple[str, bytes] | None = None
    data: str = ""
    out: str = ""
    was: Mapping[str, Any] | None = None
    notebooks: Parcel | None = None
    parts: bool = True
    far: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of a case: its row of the summary, its problems, and the files it was made into.

    seal: the digest over the record of its results. kept: the earlier results hold, nothing was made.
    made: the files, by path, of RESULTS, REPORT and PARTS, unless they were written to an address.
    """

    name: str
    state: str
    row: Mapping[str, str] = field(default_factory=dict)
    problems: list[Mapping[str, str]] = field(default_factory=list)
    seal: str = ""
    kept: bool = False
    made: Parcel = field(default_factory=dict)


def make(order: Order, room: Path) -> Outcome:
    """Assess one case in a folder of its own; whatever happens is told in the outcome, for others are to go on."""
    folder = room / "案例" / Path(order.name).name
    try:
        case, scheme = _laid(order, folder, room)
        if order.was is not None and order.was == origin(case, scheme):
            return Outcome(order.name, DONE, kept=True)
        write(assess(case, scheme), room / RESULTS)
    except InputError as error:
        row = row_without_results(order.name, FAULTY, order.case if isinstance(order.case, Path) else folder)
        return Outcome(order.name, FAULTY, row, rows_of_problems(order.name, error.problems))
    except Exception as error:  # a full disk, an address that is gone, a flaw of ours: this case fails, others go on
        return failed(order.name, error, "请单独运行 kaohe assess 看详情")
    try:
        return _made(order, room)
    except Exception as error:
        return failed(order.name, error, "请检查磁盘、网络和读写权限后重新运行")


def failed(name: str, error: Exception, advice: str) -> Outcome:
    """The outcome of a case that came to no end for another reason than its data."""
    log.info("一个案例没有做完（%s）", type(error).__name__)
    problems = Problems()
    if isinstance(error, InputError):
        problems = error.problems
    elif isinstance(error, LostError):
        problems.error(Place(), str(error), advice)
    else:
        problems.error(Place(), f"没有做完：{reason_of(error)}", advice)
    return Outcome(name, UNDONE, row_without_results(name, UNDONE, None), rows_of_problems(name, problems))


def outside_scheme(case: Path) -> Path | None:
    """The scheme file of a case that lies outside its folder; None where there is none, or it cannot be told."""
    path = scheme_file(_named(case), case)
    inside = path.resolve().is_relative_to(case.resolve()) or path.parent == SCHEMES
    return None if inside or not path.is_file() else path


def _named(case: Path) -> str:
    """The scheme that case.yaml names, "" where it cannot be told: what is wrong is told when the case is read."""
    return str(about_case(case).get("scheme") or "")


def origin(case: Path, scheme: Path | None) -> dict[str, Any]:
    """What results come from, as their run.json says it: the digests of all inputs, and of the scheme."""
    inputs = [{"file": name, "sha256": digest} for name, digest in input_digests(case).items()]
    path = scheme or scheme_file(_named(case), case)
    return {"inputs": inputs, "scheme": digest_of(path) if path.is_file() else ""}


def origin_told(run: Mapping[str, Any]) -> dict[str, Any]:
    """The same of results that are there, from their run.json."""
    return {"inputs": run["inputs"], "scheme": run["scheme"]["sha256"]}


def _laid(order: Order, folder: Path, room: Path) -> tuple[Path, Path | None]:
    """The case folder and the scheme file outside it, as this machine finds them."""
    if isinstance(order.case, Path) and not order.data:
        return order.case, None
    if isinstance(order.case, Path):
        shutil.copytree(order.case, folder, symlinks=True)
    elif isinstance(order.case, str):
        Store(order.case).fetch(folder)
    else:
        unpack(order.case, folder)
    if order.data:
        _lay_data(order, folder)
    scheme = _scheme_at(order.case, folder) if isinstance(order.case, str) else order.scheme
    if scheme is None:
        return folder, None
    name, content = scheme
    beside = {name: content, COMMON_FILE: (SCHEMES / COMMON_FILE).read_bytes()}
    return folder, unpack(beside, room / "办法") / name


def _scheme_at(url: str, folder: Path) -> tuple[str, bytes] | None:
    """The scheme file of a case at an address, where it lies outside it."""
    named = _named(folder)
    if not named or scheme_file(named, folder).is_file():
        return None
    kind, mark, path = url.partition("://")
    where, _, name = posixpath.normpath(f"{path}/{named}").rpartition("/")
    with contextlib.suppress(FileNotFoundError):
        return name, Store(f"{kind}{mark}{where}").read(name)
    return None


def _lay_data(order: Order, folder: Path) -> None:
    """Put the files of a case's partition beside its own. Raises InputError where the case has such a folder."""
    if (folder / dataset.DATASETS).exists():
        problems = Problems()
        told = f"案例里已有“{dataset.DATASETS}”，与 --data 的数据放在同一处"
        problems.error(Place(dataset.DATASETS), told, "请改名，或不带 --data")
        raise InputError(problems)
    fetched = Store(order.data).fetch(folder / dataset.DATASETS)
    if not any(fetched.iterdir()):
        problems = Problems()
        told = "这个分区在做这件工作的电脑上读不到"
        problems.error(Place(order.data), told, "请把 --data 写成各台都读得到的网址（如 s3://… 或 file://…）")
        raise InputError(problems)


def _made(order: Order, room: Path) -> Outcome:
    """What is to be kept of the results of a case, and its report, which may fail without them."""
    largest = LARGEST if order.far and not order.out else None
    row, problems = row_of_results(order.name, room / RESULTS)
    seal = json.loads((room / RESULTS / RUN).read_text(encoding="utf-8"))[SEAL]
    state, made = DONE, {RESULTS: pack(room / RESULTS, largest)}
    if order.notebooks is not None:
        report, failures = _report(order.notebooks, room, largest)
        made |= {} if failures else {REPORT: report}
        problems += rows_of_problems(order.name, failures)
        state = NO_REPORT if failures else DONE
    if order.parts:
        made[PARTS] = dataset.parts(order.name, dataset.read_tables(room / RESULTS))
    outcome = Outcome(order.name, state, {**row, "状态": state}, problems, seal)
    if order.out:
        _put(order, made)
        return outcome
    whole = {f"{kind}/{name}": content for kind, files in made.items() for name, content in files.items()}
    return Outcome(outcome.name, state, outcome.row, problems, seal, made=whole)


def _report(notebooks: Parcel, room: Path, largest: int | None) -> tuple[Parcel, Problems]:
    """The files of the report, and what could not be made of it."""
    from kaohe_tools.report import build_report  # loads Jupyter, which tables do without

    problems, report = Problems(), {}
    try:
        sources = unpack(notebooks, room / "笔记本")
        for failure in build_report(room / RESULTS, room / REPORT, sources, jobs=1, progress=False):
            where = f"第 {failure.cell} 个代码单元" if failure.cell else ""
            told = failure.error.replace(f"{room}/", "")
            problems.error(Place(failure.page.template, failure.page.label, where), f"页面没有生成（{told}）")
        report = {} if problems.errors else pack(room / REPORT, largest)
    except InputError as error:
        problems.extend(error.problems)
    except Exception as error:
        log.info("一个案例的报告没有生成（%s）", type(error).__name__)
        problems.error(Place(), f"报告没有生成：{reason_of(error)}", "请单独运行 kaohe run 看详情")
    return report, problems


def _put(order: Order, made: Mapping[str, Parcel]) -> None:
    """Write everything to its address; the results last, for they say that all is there.

    Raises InputError, before anything is written, where something else lies there.
    """
    store = Store(order.out)
    report, results = store.below(f"{REPORT}/{order.name}"), store.below(order.name)
    results.check_place(RUN)
    if REPORT in made:
        report.check_place(INDEX)
        report.replace(made[REPORT], INDEX)
    for name, content in made.get(PARTS, {}).items():
        store.write(f"{dataset.DATASETS}/{name}", content)
    results.replace(made[RESULTS], RUN)
