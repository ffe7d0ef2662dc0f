"""A real Dask scheduler and real workers of this machine, each a process of its own, that end with the test."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATHS = os.pathsep.join([str(ROOT), str(ROOT / "tests")])  # work of tests is done there too
PATIENCE = 180  # seconds, on a machine that does much besides


class Cluster:
    """The scheduler's address, and its workers (without nannies, so that one that is killed stays so)."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder, self._told = folder, folder / "scheduler.json"
        self.workers: list[subprocess.Popen] = []
        self._scheduler = self._start(
            "dask_scheduler", "--port", "0", "--scheduler-file", str(self._told), **environment
        )
        until(lambda: self._told.exists() and self._told.read_text("utf-8").endswith("}"))
        self.address = json.loads(self._told.read_text("utf-8"))["address"]

    def add_worker(self, **environment: str) -> subprocess.Popen:
        """Start a worker and wait until it is ready."""
        own = self.folder / f"worker-{len(self.workers)}"
        words = ["--nthreads", "1", "--no-nanny", "--local-directory", str(own), self.address]
        self.workers.append(self._start("dask_worker", *words, **environment))
        log = self._log(self.workers[-1])
        until(lambda: "Registered to" in log.read_text("utf-8"), self.workers[-1])
        return self.workers[-1]

    def busy(self) -> subprocess.Popen | None:
        """A worker that is in the middle of a piece of work: it has a folder for it."""
        rooms = list(self.folder.glob("worker-*/dask-scratch-space/worker-*/tmp*"))
        return self.workers[int(rooms[0].relative_to(self.folder).parts[0].removeprefix("worker-"))] if rooms else None

    def _start(self, module: str, *words: str, **environment: str) -> subprocess.Popen:
        command = [sys.executable, "-m", f"distributed.cli.{module}", "--host", "127.0.0.1", *words]
        command += ["--no-dashboard", "--dashboard-address", "127.0.0.1:0"]
        around = {**os.environ, "PYTHONPATH": PATHS, "PYTHONUTF8": "1", **environment}
        log = self.folder / f"{module}-{len(self.workers)}.log"
        with log.open("w", encoding="utf-8") as stream:
            started = subprocess.Popen(command, cwd=self.folder, env=around, stdout=stream, stderr=stream)
        started.log = log
        return started

    @staticmethod
    def _log(process: subprocess.Popen) -> Path:
        return process.log

    def close(self) -> None:
        """End everything that was started."""
        for process in [*self.workers, self._scheduler]:
            process.send_signal(signal.SIGKILL)
            process.wait()


@contextmanager
def cluster_of(folder: Path, workers: int, **environment: str) -> Iterator[Cluster]:
    """Within, a cluster with so many workers; `environment`: of its scheduler."""
    folder.mkdir(parents=True)
    cluster = Cluster(folder, **environment)
    try:
        for _ in range(workers):
            cluster.add_worker()
        yield cluster
    finally:
        cluster.close()


def until(happened: Callable[[], object], running: subprocess.Popen | None = None) -> object:
    """Wait for something to happen, while a process runs; what it gives."""
    end = time.monotonic() + PATIENCE
    while not (what := happened()):
        assert time.monotonic() < end, "it did not happen"
        assert running is None or running.poll() is None, "it ended"
        time.sleep(0.02)
    return what
