"""A hundred notebooks run one after the other, two at a time; says what the process holds after some and after all.

Run as a program: `python hundred_runs.py FOLDER`, with notebooks in FOLDER/nb. Prints one line of JSON.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
from functools import partial
from pathlib import Path

from kaohe_tools.report.plan import Page
from kaohe_tools.report.runner import run_all, run_notebook

FIRST, ALL, JOBS = 20, 100, 2


def held() -> dict[str, int]:
    """What this process holds now: open files, threads, processes that it started, and memory in bytes."""
    gc.collect()
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    memory = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return {
        "files": len(os.listdir("/proc/self/fd")),
        "threads": threading.active_count(),
        "processes": len(children()),
        "memory": int(memory) * 1024,
    }


def children() -> list[int]:
    """The processes that this one has started and that are still there, finished ones that nobody waited for too."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = path.read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()[1]
        except OSError:
            continue  # gone meanwhile
        if int(parent) == os.getpid():
            found.append(int(path.parent.name))
    return found


def main(folder: Path) -> None:
    """Run them all."""
    pages = [Page(f"单位-第{n}类", "单位", f"第{n}类") for n in range(ALL)]
    (folder / "out").mkdir()
    work = partial(
        run_notebook, source=folder / "nb" / "category.ipynb", folder=folder / "out", results_dir=folder, marks={}
    )
    failures, looks = [], []
    for part in (pages[:FIRST], pages[FIRST:]):
        failures += [str(failure) for failure in run_all(part, work, jobs=JOBS, progress=False)]
        looks.append(held())
    print(json.dumps({"failures": failures, "first": looks[0], "all": looks[1]}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
