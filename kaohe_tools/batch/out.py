"""Where a batch is written: a folder, where each case appears whole or not at all, or an address of a store."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from kaohe_tools.aside import file_aside, keep_others, made_aside, put_in_place
from kaohe_tools.batch import dataset
from kaohe_tools.batch.owned import INDEX, UNFINISHED, own_in
from kaohe_tools.batch.store import Store
from kaohe_tools.batch.unit import PARTS, REPORT, RESULTS
from kaohe_tools.outputs import RUN, SEAL
from kaohe_tools.problems import InputError, Problems
from kaohe_tools.records.outputs import check_outputs, open_outputs
from kaohe_tools.workers import Parcel, unpack

RECORD = "批次记录.jsonl"  # a line for each case whose results are there: what they were made by
_LINES = 16  # that a store is written anew for


class Out(Protocol):
    """What a batch needs of the place it is written to."""

    def earlier(self, case: str, seal: str, report: bool) -> Mapping[str, Any] | None:
        """run.json of the results (and report) that are there, if they are those of this seal, and whole."""

    def results(self, case: str, room: Path) -> Path:
        """A folder with the results of a case; `room`: where a copy may lie."""

    def put(self, case: str, made: Parcel) -> None:
        """Put what a case was made into in its place. Raises InputError where something else lies there."""

    def write(self, name: str, content: bytes) -> None: ...

    def read(self, name: str) -> bytes:
        """The content of a file, b"" where there is none."""

    def add_line(self, name: str, line: str) -> None:
        """Add a line to a file, so that it (or all but the last few) is there even if the run is killed."""

    def flush(self) -> None:
        """Write what was added so far and is not there yet."""

    def has_parts(self, case: str) -> bool:
        """Are the data sets there that tell this case?"""

    def remove_parts_but(self, cases: Collection[str]) -> int:
        """Remove from the data sets what is of other cases; how many files that were."""


class OutFolder:
    """A folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def earlier(self, case: str, seal: str, report: bool) -> Mapping[str, Any] | None:
        folders = [self._folder / case] + [self._folder / REPORT / case] * report
        run = _whole(folders[0])
        whole = run is not None and run[SEAL] == seal and all(_whole(folder) is not None for folder in folders[1:])
        return run if whole else None

    def results(self, case: str, room: Path) -> Path:
        return self._folder / case

    def put(self, case: str, made: Parcel) -> None:
        kinds: dict[str, Parcel] = {}
        for name, content in made.items():
            kind, _, path = name.partition("/")
            kinds.setdefault(kind, {})[path] = content
        marks = {REPORT: (f"{REPORT}/{case}", INDEX), RESULTS: (case, RUN)}
        places = [
            (self._folder / name, kinds[kind], mark, name) for kind, (name, mark) in marks.items() if kind in kinds
        ]
        with contextlib.ExitStack() as stack:
            asides = [stack.enter_context(made_aside(folder)) for folder, *_ in places]
            ours = [own_in(folder, mark, name) for folder, _, mark, name in places]  # before any is put in its place
            for (folder, parcel, *_), aside, own in zip(places, asides, ours, strict=True):
                unpack(parcel, aside)
                keep_others(folder, aside, own)
                put_in_place(aside, folder)
        for name, content in kinds.get(PARTS, {}).items():
            self.write(f"{dataset.DATASETS}/{name}", content)

    def write(self, name: str, content: bytes) -> None:
        with file_aside(self._folder / name) as new:
            new.write_bytes(content)

    def read(self, name: str) -> bytes:
        with contextlib.suppress(FileNotFoundError):
            return (self._folder / name).read_bytes()
        return b""

    def add_line(self, name: str, line: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / name).open("a", encoding="utf-8", newline="\n") as stream:
            stream.write(f"{line}\n")

    def flush(self) -> None:
        """Every line was written when it was added."""

    def has_parts(self, case: str) -> bool:
        files = (self._folder / dataset.DATASETS / name for name in dataset.part_names(case))
        return all(file.is_file() for file in files)

    def remove_parts_but(self, cases: Collection[str]) -> int:
        gone = [folder for folder in (self._folder / dataset.DATASETS).glob("*/*") if folder.is_dir()]
        gone = [folder for folder in gone if dataset.case_of(folder.name) not in {*cases, None}]
        for folder in gone:
            shutil.rmtree(folder)
        return len(gone)


class OutStore:
    """An address that the workers write to themselves; what a run that was killed leaves there lacks its run.json."""

    def __init__(self, store: Store, scratch: Path) -> None:
        """`scratch`: a folder of this machine where copies may lie for a moment."""
        self._store, self._scratch, self._lines = store, scratch, dict[str, list[str]]()

    def earlier(self, case: str, seal: str, report: bool) -> Mapping[str, Any] | None:
        stores = [self._store.below(case)] + [self._store.below(f"{REPORT}/{case}")] * report
        try:
            if json.loads(stores[0].read(RUN))[SEAL] != seal:
                return None
        except (FileNotFoundError, ValueError, LookupError, TypeError):
            return None
        runs = [self._fetched(store) for store in stores]
        return None if None in runs or runs[0][SEAL] != seal else runs[0]

    def _fetched(self, store: Store) -> Mapping[str, Any] | None:
        """The run.json of outputs, looked at as outputs of this machine are; None for others, and unfinished ones."""
        with tempfile.TemporaryDirectory(dir=self._scratch) as room:
            try:
                folder = store.fetch(Path(room, "副本"))
            except InputError:
                return None
            return None if (folder / UNFINISHED).exists() else _whole(folder)

    def results(self, case: str, room: Path) -> Path:
        return self._store.below(case).fetch(room)

    def put(self, case: str, made: Parcel) -> None:
        for name, content in made.items():  # data sets of results that were kept
            self._store.write(name, content)

    def write(self, name: str, content: bytes) -> None:
        self._store.write(name, content)

    def read(self, name: str) -> bytes:
        with contextlib.suppress(FileNotFoundError):
            return self._store.read(name)
        return b""

    def add_line(self, name: str, line: str) -> None:
        """Stores know no adding: all lines so far are written anew, not for every single one."""
        lines = self._lines.setdefault(name, self.read(name).decode("utf-8", "replace").splitlines())
        lines.append(line)
        if len(lines) % _LINES == 0:
            self.flush()

    def flush(self) -> None:
        for name, lines in self._lines.items():
            self.write(name, "".join(f"{one}\n" for one in lines).encode())

    def has_parts(self, case: str) -> bool:
        store = self._store.below(dataset.DATASETS)
        return all(store.below(name.rpartition("/")[0]).names() for name in dataset.part_names(case))

    def remove_parts_but(self, cases: Collection[str]) -> int:
        store = self._store.below(dataset.DATASETS)
        gone = [name for name in store.names() if _case_of(name) not in {*cases, None}]
        for name in gone:
            store.remove(name)
        return len(gone)


def _case_of(name: str) -> str | None:
    """The case of a file in the folder of data sets."""
    folders: Iterable[str] = name.split("/")[1:2]
    return next((dataset.case_of(folder) for folder in folders), None)


def _whole(folder: Path) -> Mapping[str, Any] | None:
    """The run.json of outputs that are as they were written; None for others."""
    try:
        outputs, problems = open_outputs(folder), Problems()
        check_outputs(outputs, problems)
        return None if problems.errors or SEAL not in outputs.run else outputs.run
    except InputError:
        return None
