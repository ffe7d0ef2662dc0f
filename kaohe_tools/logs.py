"""What a run did, how long it took and what it left out: for --verbose, and for the log beside a report.

No line holds a name of a person or subject, a file name of the case or a path of the machine.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections.abc import Callable, Iterator
from logging.handlers import MemoryHandler
from pathlib import Path

log = logging.getLogger("kaohe_tools")
log.addHandler(logging.NullHandler())

_FORMAT = logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S")
_MANY = 10_000  # lines that wait for their file


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    """Log that something begins, and how long it took; an error by its kind alone, for its text may name people."""
    begun = time.monotonic()
    log.info("%s：开始", what)
    try:
        yield
    except BaseException as error:
        log.info("%s：没有完成（%s），%.1f 秒", what, type(error).__name__, time.monotonic() - begun)
        raise
    log.info("%s：完成，%.1f 秒", what, time.monotonic() - begun)


@contextlib.contextmanager
def logging_of(verbose: bool) -> Iterator[Callable[[Path], None]]:
    """Within, log to stderr where that is wanted; the function given writes the log, from its beginning, to a file."""
    memory = MemoryHandler(_MANY, flushLevel=logging.CRITICAL + 1)
    handlers: list[logging.Handler] = [memory]
    if verbose:
        handlers.append(logging.StreamHandler(sys.stderr))
        handlers[-1].setFormatter(_FORMAT)
    level = log.level
    log.setLevel(logging.INFO)
    for handler in handlers:
        log.addHandler(handler)

    def into(path: Path) -> None:
        target = _Quiet(path, mode="w", encoding="utf-8")
        target.setFormatter(_FORMAT)
        memory.setTarget(target)
        memory.flush()
        memory.capacity = 1  # from now on line by line: what was done until a run is killed stands there

    try:
        yield into
    finally:
        log.setLevel(level)
        for handler in handlers:
            log.removeHandler(handler)
        target = memory.target
        memory.close()
        if target is not None:
            target.close()


class _Quiet(logging.FileHandler):
    """A log that cannot be written (a full disk) stops nothing; what is wrong with the disk is told elsewhere."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        pass
