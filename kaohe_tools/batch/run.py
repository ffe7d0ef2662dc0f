"""A batch from its folder to its summary: what is unchanged is kept, the rest is assessed by workers, near or far."""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from kaohe_tools.aside import made_aside
from kaohe_tools.batch import dataset
from kaohe_tools.batch.cases import Found, find_cases
from kaohe_tools.batch.out import RECORD, Out, OutFolder, OutStore
from kaohe_tools.batch.rows import Rows, find_rows
from kaohe_tools.batch.store import Store, is_url
from kaohe_tools.batch.summary import (
    CASE,
    DONE,
    NO_REPORT,
    WITH_RESULTS,
    Row,
    all_problems,
    row_of_results,
    rows_of_problems,
    summary,
)
from kaohe_tools.batch.unit import PARTS, REPORT, Order, Outcome, failed, make, origin, origin_told, outside_scheme
from kaohe_tools.digests import SHORT, digest_of_record
from kaohe_tools.logs import log
from kaohe_tools.outputs import PROBLEM
from kaohe_tools.problems import InputError, Problems
from kaohe_tools.software import digest_of_software
from kaohe_tools.spreadsheet import write_csv
from kaohe_tools.workers import LARGEST, LostError, Parcel, Processes, Workers, each, pack
from kaohe_tools.workers.cluster import Cluster

SUMMARY, PROBLEMS = "汇总.csv", f"{PROBLEM}.csv"
TAKEN = (SUMMARY, PROBLEMS, RECORD, REPORT, dataset.DATASETS)
_BAR = "{desc} 已完成 {n_fmt}/{total_fmt} |{bar:24}| 用时 {elapsed} {postfix}"


@dataclass(frozen=True)
class Batch:
    """What is to be done.

    cases: a folder or an address with cases; out: where all is written; data: the address of a data set with score
    rows by case, "" for none. jobs: processes of this machine; scheduler: of a cluster that is to do it instead.
    notebooks: make the reports too, with these. force: assess unchanged cases too.
    """

    cases: str
    out: str
    data: str = ""
    jobs: int = 2
    scheduler: str = ""
    notebooks: Parcel | None = None
    force: bool = False
    progress: bool = True


@dataclass
class Done:
    """What came of it: the rows of the summary, all problems by case, and how many cases were kept as they were.

    homeless: folders with data and no case. unused: warnings of data that no case takes, in problems under "" too.
    """

    rows: list[Row] = field(default_factory=list)
    problems: dict[str, list[Row]] = field(default_factory=dict)
    kept: int = 0
    homeless: list[str] = field(default_factory=list)
    unused: Problems = field(default_factory=Problems)

    def count(self, state: str) -> int:
        return sum(row["状态"] == state for row in self.rows)


def run_batch(batch: Batch) -> Done:
    """Assess all cases and write the summary.

    Raises InputError where nothing can be begun: no cases, no data set, no scheduler, another run on the same folder.
    """
    with ExitStack() as stack:
        place = Store(batch.cases) if is_url(batch.cases) else Path(batch.cases)
        found = find_cases(place, TAKEN)
        rows = find_rows(batch.data, found.cases) if batch.data else Rows()
        out, scratch = stack.enter_context(_out(batch.out))
        workers = stack.enter_context(_workers(batch, len(found.cases), scratch))
        run = _Run(batch, place, rows, out, scratch, workers)
        return run.take(found)


@contextmanager
def _out(out: str) -> Iterator[tuple[Out, Path]]:
    """Where it is written, and a folder for what lies about meanwhile; nobody else may write there."""
    if is_url(out):
        store = Store(out)
        # Copies of cases may lie there: of a run that was killed, the next one to the same address clears them.
        name = f"kaohe-batch-{hashlib.sha256(store.url.encode()).hexdigest()[:SHORT]}"
        with made_aside(Path(tempfile.gettempdir(), name)) as scratch:
            yield OutStore(store, scratch), scratch
    else:
        with made_aside(Path(out)) as scratch:
            yield OutFolder(Path(out)), scratch


def _workers(batch: Batch, cases: int, scratch: Path) -> Cluster | Processes:
    return Cluster(batch.scheduler) if batch.scheduler else Processes(min(batch.jobs, cases), scratch)


class _Run:
    """One batch while it is made."""

    def __init__(
        self, batch: Batch, place: Path | Store, rows: Rows, out: Out, scratch: Path, workers: Workers
    ) -> None:
        self.batch, self.place, self.rows = batch, place, rows
        self.out, self.scratch, self.workers = out, scratch, workers
        self.far = isinstance(workers, Cluster)
        self.made_by = {
            "software": digest_of_software(),
            "notebooks": "" if batch.notebooks is None else digest_of_record(_texts(batch.notebooks)),
        }

    def take(self, found: Found) -> Done:
        """Take all cases, and write the summary in the end."""
        done, lines = Done(homeless=found.homeless, unused=self.rows.unused), dict[str, str]()
        done.problems[""] = rows_of_problems("", done.unused)
        bar = tqdm(
            total=len(found.cases),
            desc="考核",
            bar_format=_BAR,
            mininterval=0,
            file=sys.stderr,
            disable=not self.batch.progress,
        )
        work = each(found.cases, self._one, self.workers.width, self.workers.stop)
        with bar, closing(work), self._noted():
            for number, (name, outcome) in enumerate(work, 1):
                log.info("案例 %d/%d：%s%s", number, len(found.cases), outcome.state, "，沿用" if outcome.kept else "")
                done.rows.append(outcome.row)
                done.problems[name] = list(outcome.problems)
                done.kept += outcome.kept
                if outcome.state in WITH_RESULTS:
                    lines[name] = self._line(outcome)
                    self.out.add_line(RECORD, lines[name])
                bar.set_postfix_str(f"{name}{'' if outcome.state == DONE else f'（{outcome.state}）'}", refresh=False)
                bar.update()
        self._finish(done, lines)
        return done

    @contextmanager
    def _noted(self) -> Iterator[None]:
        """Where the run is broken off within, what is done is noted for the next one."""
        try:
            yield
        except BaseException:
            self.out.flush()
            raise

    def _line(self, outcome: Outcome) -> str:
        """What the next batch is told of a case; of one that was kept, what this one was told."""
        made_by = self._before[outcome.name] if outcome.kept else self.made_by
        if outcome.state == NO_REPORT:  # one that may lie there is of earlier results
            made_by = {**made_by, "notebooks": ""}
        return json.dumps({**made_by, CASE: outcome.name, "seal": outcome.seal}, ensure_ascii=False, sort_keys=True)

    def _finish(self, done: Done, lines: Mapping[str, str]) -> None:
        """The tables of all cases; data sets hold the cases that the summary calls done, and no others."""
        gone = self.out.remove_parts_but(lines if dataset.possible() else [])
        if gone:
            log.info("数据集：去掉了 %d 处不在本次完成之列的案例", gone)
        self._write(SUMMARY, summary(done.rows, done.problems))
        self._write(PROBLEMS, all_problems(done.problems))
        self.out.write(RECORD, "".join(f"{lines[name]}\n" for name in sorted(lines)).encode())

    def _write(self, name: str, table: pd.DataFrame) -> None:
        write_csv(table, self.scratch / name)
        self.out.write(name, (self.scratch / name).read_bytes())

    def _one(self, name: str) -> Outcome:
        """One case, from a thread that waits for it."""
        begun = time.monotonic()
        try:
            outcome = self._outcome(name)
        except LostError as error:
            return failed(name, error, "请重新运行：已完成的案例不会重做")
        except Exception as error:  # of where it is read, sent or written: told, and the others go on
            return failed(name, error, "请检查磁盘、网络和读写权限后重新运行")
        log.info("一个案例用了 %.1f 秒", time.monotonic() - begun)
        return outcome

    def _outcome(self, name: str) -> Outcome:
        was = None if self.batch.force else self._was(name)
        order = self._order(name, was)
        if was is not None and isinstance(self.place, Path) and not order.data:
            if origin(self.place / name, None) == was:
                return self._kept(name)
            order = replace(order, was=None)
        outcome = self._called(order)
        if outcome.kept:
            return self._kept(name)
        self.out.put(name, outcome.made)
        return outcome

    def _called(self, order: Order) -> Outcome:
        """Send a case to be done; one that cannot travel (links in it, too large) is done here and comes out alike."""
        if self.far and isinstance(order.case, Path):
            try:
                order = replace(order, case=pack(order.case, LARGEST))
            except InputError:
                log.info("一个案例不能发送（有链接，或过大），在本机考核")
                with tempfile.TemporaryDirectory(dir=self.scratch) as room:
                    return make(replace(order, far=False), Path(room))
        return self.workers.call(make, order)

    def _order(self, name: str, was: Mapping | None) -> Order:
        case = self.place / name if isinstance(self.place, Path) else f"{self.place.url}/{name}"
        outside = outside_scheme(case) if isinstance(case, Path) else None
        return Order(
            name,
            case,
            None if outside is None else (outside.name, outside.read_bytes()),
            self.rows.by_case.get(name, ""),
            self.batch.out if isinstance(self.out, OutStore) else "",
            was,
            self.batch.notebooks,
            dataset.possible(),
            self.far,
        )

    @cached_property
    def _before(self) -> dict[str, Mapping[str, str]]:
        """What the last batch noted, by case; a line torn when it was killed counts for nothing."""
        noted: dict[str, Mapping[str, str]] = {}
        for line in self.out.read(RECORD).decode("utf-8", "replace").splitlines():
            try:
                entry = json.loads(line)
                noted[entry[CASE]] = entry
            except (ValueError, LookupError, TypeError):
                continue
        return noted

    def _was(self, name: str) -> Mapping | None:
        """What the results that are there come from, if they are whole and this software made them."""
        noted = self._before.get(name, {})
        report = self.batch.notebooks is not None
        if noted.get("software") != self.made_by["software"]:
            return None
        if report and noted.get("notebooks") != self.made_by["notebooks"]:
            return None
        run = self.out.earlier(name, noted.get("seal", ""), report)
        return None if run is None else origin_told(run)

    def _kept(self, name: str) -> Outcome:
        """The outcome of a case whose results hold, read from them."""
        with tempfile.TemporaryDirectory(dir=self.scratch) as room:
            folder = self.out.results(name, Path(room, "结果"))
            row, problems = row_of_results(name, folder)
            if dataset.possible() and not self.out.has_parts(name):
                parts = dataset.parts(name, dataset.read_tables(folder))
                kind = PARTS if isinstance(self.out, OutFolder) else dataset.DATASETS
                self.out.put(name, {f"{kind}/{path}": content for path, content in parts.items()})
        return Outcome(name, DONE, row, problems, self._before[name]["seal"], kept=True)


def _texts(parcel: Parcel) -> dict[str, str]:
    return {name: content.decode("utf-8", "replace") for name, content in parcel.items()}
