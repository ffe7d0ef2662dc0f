"""One run at a time on an output folder: a lock of the operating system, which ends with the process that holds it."""

from __future__ import annotations

import contextlib
import datetime
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from kaohe_tools.problems import InputError, Place, Problems

_CANNOT_LOCK = (errno.ENOSYS, errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP)


@contextlib.contextmanager
def held(folder: Path) -> Iterator[bool]:
    """Hold an output folder (which need not exist yet) against other runs; within one thread again and again.

    Gives whether it could be locked: some network drives know no locks, and there the run goes on without.
    The lock is a file beside the folder that goes with it; so do folders above that were made for it and stayed empty.
    Raises InputError where another run holds it.
    """
    folder = folder.resolve()
    path = folder.with_name(f".{folder.name}.lock")
    missing = [parent for parent in path.parents if not parent.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    # Colleagues may share the folder: whoever finds the lock of a run that was killed must be able to take it.
    lock = FileLock(path, timeout=0, is_singleton=True, fallback_to_soft=False, mode=0o666)
    first = not lock.is_locked
    try:
        lock.acquire()
    except Timeout:
        raise InputError(_in_use(folder, path)) from None
    except OSError as error:
        if error.errno not in _CANNOT_LOCK:
            raise
        yield False
        return
    try:
        if first:
            _sign(path)
        yield True
    finally:
        _release(lock, path)
        if first:
            _remove_empty(missing)


def _sign(path: Path) -> None:
    """Say in the lock when it was taken and by which process; nothing of the person or the machine."""
    with contextlib.suppress(OSError):  # Windows keeps others from writing to a locked file
        now = datetime.datetime.now().strftime("%Y-%m-%d %H:%M")
        path.write_text(f"{now} 开始，进程号 {os.getpid()}", encoding="utf-8")


def _in_use(folder: Path, path: Path) -> Problems:
    try:
        since = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        since = ""
    problems = Problems()
    told = f"另一次运行正在写这里{f'（{since}）' if since else ''}，本次没有运行"
    problems.error(Place(str(folder)), told, "请等它结束后再运行")
    return problems


def _release(lock: FileLock, path: Path) -> None:
    """Let go. The file goes first: whoever has opened it meanwhile sees that it is gone and begins anew.

    Windows removes no file that is open; there it goes afterwards, unless another run has opened it.
    """
    last = lock.lock_counter == 1
    if last and os.name != "nt":
        path.unlink(missing_ok=True)
    lock.release()
    if last and os.name == "nt":
        with contextlib.suppress(OSError):
            path.unlink()


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        with contextlib.suppress(OSError):
            folder.rmdir()
