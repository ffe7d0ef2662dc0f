"""Running the notebooks of a report on the workers of another machine: what they read is sent, what they made comes."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from kaohe_tools.report.plan import Page
from kaohe_tools.report.runner import FAILED, Failure, finish, run_notebook
from kaohe_tools.workers import LARGEST, Parcel, pack, reason_of, unpack
from kaohe_tools.workers.cluster import Cluster


class Elsewhere:
    """Runs notebooks as `run_notebook` does, on a cluster; the results of the case are sent to it once."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster, self.width, self.stop = cluster, cluster.width, cluster.stop
        self._sent, self._sending = dict[Path, Any](), threading.Lock()

    def run_notebook(
        self, page: Page, source: Path, folder: Path, results_dir: Path, marks: Mapping[str, Any]
    ) -> Failure | None:
        """Execute one notebook into folder/<stem>.ipynb, or keep it as failed; one that is lost is kept as it was."""
        with self._sending:
            if results_dir not in self._sent:
                self._sent[results_dir] = self._cluster.share(pack(results_dir, LARGEST))
        notebook = {source.name: source.read_bytes()}
        try:
            failure, made = self._cluster.call(_run, page, notebook, self._sent[results_dir], dict(marks))
        except Exception as error:  # lost, or the worker's disk is full: told as of a notebook here; the others go on
            return _lost(page, source, folder, marks, reason_of(error))
        unpack(made, folder)
        return failure and replace(failure, path=folder / failure.path.name)


def _run(
    page: Page, notebook: Parcel, results: Parcel, marks: Mapping[str, Any], room: Path
) -> tuple[Failure | None, Parcel]:
    """On a worker: run the notebook where nothing else is, and give what lies there then."""
    [name] = unpack(notebook, room / "source") and notebook
    (room / "notebooks").mkdir()
    failure = run_notebook(page, room / "source" / name, room / "notebooks", unpack(results, room / "results"), marks)
    return failure, pack(room / "notebooks", LARGEST)


def _lost(page: Page, source: Path, folder: Path, marks: Mapping[str, Any], reason: str) -> Failure:
    aside, failed = folder / f"{page.stem}.running.ipynb", folder / f"{page.stem}{FAILED}"
    shutil.copyfile(source, aside)
    finish(aside, failed, page, marks, f"**运行失败**　{reason}")
    return Failure(page, 0, reason, failed)
