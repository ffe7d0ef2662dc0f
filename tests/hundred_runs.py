"""A hundred notebooks run one after the other, two at a time, as `kaohe run` runs them; says what the process, and the
one that kernels fork from, hold after some and after all.

Run as a program: `python hundred_runs.py FOLDER`, with notebooks in FOLDER/nb. Prints one line of JSON.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from functools import partial
from pathlib import Path

from kaohe_tools.nursery import open_nursery
from kaohe_tools.report.plan import Page
from kaohe_tools.report.runner import run_all, run_notebook

FIRST, ALL, JOBS = 20, 100, 2


def held(process: int) -> dict[str, int]:
    """What a process holds now: open files, threads, processes that it started, and memory in bytes."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace")
    told = dict(line.split(":", 1) for line in status.splitlines())
    return {
        "files": len(os.listdir(f"/proc/{process}/fd")),
        "threads": int(told["Threads"]),
        "processes": len(children(process)),
        "memory": int(told["VmRSS"].split()[0]) * 1024,
    }


def children(process: int) -> list[int]:
    """The processes that one has started and that are still there, finished ones that nobody waited for too."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = path.read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()[1]
        except OSError:
            continue  # gone meanwhile
        if int(parent) == process:
            found.append(int(path.parent.name))
    return found


def main(folder: Path) -> None:
    """Run them all."""
    pages = [Page(f"单位-第{n}类", "单位", f"第{n}类") for n in range(ALL)]
    (folder / "out").mkdir()
    source, own = folder / "nb" / "category.ipynb", os.getpid()
    failures, looks = [], []
    with open_nursery(folder) as nursery:
        marks = {"results_dir": folder, "marks": {}, "nursery": nursery}
        work = partial(run_notebook, source=source, folder=folder / "out", **marks)
        for part in (pages[:FIRST], pages[FIRST:]):
            failures += [str(failure) for failure in run_all(part, work, jobs=JOBS, progress=False)]
            gc.collect()
            looks.append([held(process) for process in (own, *children(own))])
    print(json.dumps({"failures": failures, "first": looks[0], "all": looks[1], "left": children(own)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
