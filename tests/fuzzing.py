"""Many damaged files given to a reader: each gives a reading or problems, soon, in little memory, and nothing else.

10,000 tries in all by default, divided among the tests by `tries`; KAOHE_FUZZ=10 makes ten times as many.
"""

from __future__ import annotations

import gc
import os
import random
import re
import signal
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kaohe_tools.problems import InputError, Problem, Problems

TIMES = float(os.environ.get("KAOHE_FUZZ", "1"))
LONGEST = 10  # seconds of processor time for one try; they take milliseconds
MOST = 96 * 2**20  # bytes by which one try may make the process grow; the files have some kilobytes
_MEMORY = Path("/proc/self/status")
_RESET = Path("/proc/self/clear_refs")  # writing 5 makes the highest size begin anew
_FILES = Path("/proc/self/fd")


class HangError(BaseException):
    """A try took too long; no reader may catch it."""


def tries(share: int) -> range:
    """The seeds of a test that has this share of the 10,000 tries."""
    return range(round(share * TIMES))


def try_all(
    seeds: Iterable[int], make: Callable[[random.Random], object], read: Callable[[object], Iterable[Problem]]
) -> dict[str, int]:
    """Read what `make` damages; how many were read and how many refused.

    `read` gives the problems that it told, or raises InputError; it checks what it read by itself. Anything else that
    is raised, a warning, a hang, a leap of memory or a file left open fails, and says by which seed.
    """
    told = {"read": 0, "refused": 0}
    open_before = _open_files()
    for seed in seeds:
        thing = make(random.Random(seed))
        try:
            with _bounded():
                problems = list(read(thing))
                refused = any(problem.level == "错误" for problem in problems)
        except InputError as error:
            problems, refused = list(error.problems), True
            assert error.problems.errors, f"seed {seed}: refused without a reason"
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
        told["refused" if refused else "read"] += 1
        for problem in problems:
            check_words(problem, seed)
    gc.collect()
    assert _open_files() <= open_before, "files are left open"
    return told


def check_words(problem: Problem, seed: int = -1) -> None:
    """Is a problem what a user can read: Chinese, one line of some length, no words of a library or of Python."""
    text = f"{problem.message}；{problem.advice}"
    assert re.search(r"[\u4e00-\u9fff]", problem.message), f"seed {seed}: {problem}"
    assert "内存不够" not in text, f"seed {seed}: {problem}"
    quoted = re.sub(r"“[^”]*”?", "", text, flags=re.DOTALL)
    assert not re.search(r"Error\b|Exception|Traceback|object at 0x|\bNone\b", quoted), f"seed {seed}: {problem}"
    assert len(text) < 1500, f"seed {seed}: {problem}"


@contextmanager
def _bounded() -> Iterator[None]:
    """Within, a warning, more than LONGEST seconds of work or MOST bytes of growth are failures."""
    before = _size("VmRSS")
    with _no_longer_than(LONGEST), warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        if before:
            _RESET.write_text("5", encoding="ascii")
        yield
    assert not found, f"warned: {found[0].message}"
    if before:
        assert _size("VmHWM") - before < MOST, "took too much memory"


@contextmanager
def _no_longer_than(seconds: float) -> Iterator[None]:
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise HangError(f"more than {seconds} seconds of work")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _size(name: str) -> int:
    """A figure of this process's memory in bytes; 0 where the system does not tell."""
    if not _RESET.exists():
        return 0
    found = re.search(rf"{name}:\s*(\d+) kB", _MEMORY.read_text(encoding="ascii", errors="replace"))
    return int(found[1]) * 1024 if found else 0


def _open_files() -> int:
    return len(list(_FILES.iterdir())) if _FILES.exists() else 0


def all_told(*read: Problems) -> list[Problem]:
    """The problems of several readings."""
    return [problem for problems in read for problem in problems]
