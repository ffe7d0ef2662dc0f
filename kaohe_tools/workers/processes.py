"""Workers that are processes of this machine. One that is killed is replaced, and what it did is done again, once."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import tempfile
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from tqdm import tqdm

from kaohe_tools.workers.threads import LostError

_TRIES = 2
_SPAWN = multiprocessing.get_context("spawn")  # nothing of our threads and locks is inherited; the same on Windows


class Processes:
    """So many processes, each with its pipe: whose work was lost is known when one ends."""

    def __init__(self, count: int, scratch: Path | None = None) -> None:
        self.width, self._scratch = count, scratch
        self._stopped = threading.Event()
        self._all = [_Process(scratch) for _ in range(count)]
        self._idle: SimpleQueue[_Process] = SimpleQueue()
        for process in self._all:
            self._idle.put(process)

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        for process in self._all:
            process.end()

    def call(self, work: Callable[..., Any], *arguments: Any) -> Any:
        process = self._idle.get()
        try:
            for _ in range(_TRIES):
                if self._stopped.is_set():
                    break
                with contextlib.suppress(EOFError, OSError):
                    done, outcome = process.call(work, arguments)
                    break
                process.renew()
            else:
                raise LostError(f"做这件工作的进程被结束了 {_TRIES} 次（多半是内存不够），没有做完")
        finally:
            self._idle.put(process)
        if self._stopped.is_set():
            raise LostError("已停止")
        if done:
            return outcome
        raise outcome

    def stop(self) -> None:
        self._stopped.set()
        for process in self._all:
            process.kill()


class _Process:
    """One process that does what is sent to it, one piece after another."""

    def __init__(self, scratch: Path | None) -> None:
        self._scratch = scratch
        self._start()

    def _start(self) -> None:
        self._pipe, other = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_serve, args=(other, self._scratch), daemon=True)
        self._process.start()
        other.close()

    def call(self, work: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[bool, Any]:
        self._pipe.send_bytes(pickle.dumps((work, arguments)))
        return pickle.loads(self._pipe.recv_bytes())

    def renew(self) -> None:
        self.end()
        self._start()

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()


def _serve(pipe: Connection, scratch: Path | None) -> None:
    """Do what comes through the pipe until nothing more can; Ctrl-C is for who started us to hear."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A progress bar would take a semaphore of the system, which nobody gives back for a process that is killed.
    tqdm.set_lock(threading.RLock())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            order = pipe.recv_bytes()
        except EOFError:
            return
        pipe.send_bytes(_packed(_done(order, scratch)))


def _done(order: bytes, scratch: Path | None) -> tuple[bool, Any]:
    """Whether a piece of work was done, and what came of it: a full disk before it or after it is told alike."""
    try:
        work, arguments = pickle.loads(order)
        with tempfile.TemporaryDirectory(dir=scratch, ignore_cleanup_errors=True) as room:
            return True, work(*arguments, Path(room))
    except Exception as error:
        return False, error


def _packed(outcome: tuple[bool, Any]) -> bytes:
    """What came of it as bytes; in place of what cannot be sent, or not be read again, a sentence that says so."""
    try:
        packed = pickle.dumps(outcome)
        if not outcome[0]:
            pickle.loads(packed)  # an exception may be written and yet not be made anew
        return packed
    except Exception:
        done, kind = outcome[0], type(outcome[1]).__name__
        return pickle.dumps((False, LostError(f"{'结果送不回来' if done else '程序出错'}（{kind}），没有做完")))


def _end_with_parent() -> None:
    """What nobody waits for is not done to its end."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
