"""Workers of a Dask scheduler. One that is lost costs a retry: the scheduler gives its work to another.

No file system is shared: arguments and results travel through the scheduler, so nothing of them is lost with a worker.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from kaohe_tools.logs import log
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.software import described, difference
from kaohe_tools.workers.extra import need
from kaohe_tools.workers.threads import LostError

CONNECTING = 15  # seconds to wait for a scheduler, and for its first worker
PATIENCE = 60  # seconds to wait for another worker once all are lost
_LOOK = 2  # seconds between two looks whether there are workers
_TRIES = 2  # the scheduler gives work up when several workers were lost over it: innocent work may have been among it
_WHAT = "多机运行（--scheduler）"
_HOW = "怎么启动见 docs/多机.md"


class _UnattendedError(LostError):
    """Nobody is there to do the work, or to wait for it."""


class Cluster:
    """The workers of one scheduler, once all of them were found to have the same software as this machine."""

    def __init__(self, address: str) -> None:
        """Raises InputError where there is no scheduler or worker, or where a worker's software is another."""
        self._dask = need("distributed", _WHAT)
        # Large arguments are meant: what is scattered to a worker instead would be lost with it.
        need("dask.config", _WHAT).set({"distributed.admin.large-graph-warning-threshold": "1TiB"})
        self.address, self._stopped, self._alone = address, threading.Event(), threading.Lock()
        self._only: list[str] | None = None  # workers that were found sound, once one of other software had come
        with _quietly():
            self._client = self._connect()
            try:
                self._check()
            except BaseException:
                self._client.close()
                raise
        self.width = sum(self._threads().values())
        log.info("工作机 %d 个，同时做 %d 件", len(self._threads()), self.width)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        with _quietly():
            self._client.close()

    def share(self, value: Any) -> Any:
        """A value that several calls take as an argument: it is sent once, and made again where a worker is lost."""
        return self._submit(self._only, _same, value)

    def call(self, work: Callable[..., Any], *arguments: Any) -> Any:
        with contextlib.ExitStack() as stack:
            for attempt in range(_TRIES):
                if attempt:
                    stack.enter_context(self._alone)
                try:
                    return self._called(work, arguments)
                except self._dask.KilledWorker:
                    log.info("一件工作做到中途，工作机几次失去联系")
        raise LostError("做这件工作的工作机几次中途失去联系（多半是内存不够），没有做完")

    def stop(self) -> None:
        self._stopped.set()

    def _called(self, work: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """Have it done. Where it fails and a worker has other software, it is done again by those that have ours.

        Such a worker has come after the check of all, and would take one piece of work after another, to fail at once.
        """
        if self._only and not self._threads().keys() & set(self._only):
            self._only = self._sound()
        only = self._only
        try:
            return self._wait(self._submit(only, _there, work, dict(described()), *arguments), only)
        except (self._dask.KilledWorker, _UnattendedError):
            raise
        except Exception:
            found = {} if only is not None else self._differences()
            sound = [address for address, told in found.items() if not told]
            if not sound or len(sound) == len(found):
                raise
            log.info("有工作机的软件与这里不同，以后只用相同的 %d 个", len(sound))
            self._only = sound
            return self._wait(self._submit(sound, _there, work, dict(described()), *arguments), sound)

    def _submit(self, only: list[str] | None, work: Callable[..., Any], *arguments: Any) -> Any:
        """Hand a piece of work to the scheduler. `only`: the workers that may do it, None for all."""
        return self._client.submit(work, *arguments, pure=False, workers=only)

    def _wait(self, future: Any, only: list[str] | None) -> Any:
        """What came of a piece of work, unless everything was stopped or there is nobody left to do it."""
        seen, over = time.monotonic(), threading.Event()
        future.add_done_callback(lambda _: over.set())
        try:
            while not over.wait(_LOOK):
                there = self._threads().keys()
                seen = time.monotonic() if (there if only is None else there & set(only)) else seen
                if self._stopped.is_set():
                    raise _UnattendedError("已停止")
                if time.monotonic() - seen > PATIENCE:
                    raise _UnattendedError(f"所有工作机失去联系已 {PATIENCE} 秒，没有做完")
            if future.cancelled():
                raise _UnattendedError("与调度程序失去联系，没有做完")
            return future.result()
        finally:
            future.release()

    def _threads(self) -> dict[str, int]:
        """How much each worker does at a time, by its address; empty also where the scheduler is gone."""
        if self._client.status != "running":
            return {}
        workers = self._client.scheduler_info(n_workers=-1)["workers"]
        return {address: about["nthreads"] for address, about in workers.items()}

    def _connect(self) -> Any:
        try:
            # A client that cannot connect takes half a minute to go: first see whether anybody is there.
            place = need("distributed.comm", _WHAT).get_address_host_port(self.address, strict=True)
            socket.create_connection(place, CONNECTING).close()
        except (OSError, ValueError) as error:
            log.info("连不上调度程序（%s）", type(error).__name__)
            raise _refused(f"连不上调度程序“{self.address}”", f"请核对地址（如 tcp://主机:8786），{_HOW}") from None
        secured = self._dask.Security().get_connection_args("client").get("ssl_context") is not None
        if self.address.startswith("tls://") and not secured:
            raise _refused(f"连“{self.address}”要有证书，这里没有设", f"请核对证书的环境变量，{_HOW}")
        try:
            client = self._dask.Client(self.address, timeout=CONNECTING, set_as_default=False)
        except (OSError, ValueError) as error:
            log.info("连不上调度程序（%s）", type(error).__name__)
            raise _refused(f"“{self.address}”那里不是调度程序，或证书不对", f"请核对地址和证书，{_HOW}") from None
        try:
            client.wait_for_workers(1, timeout=CONNECTING)
        except TimeoutError:
            client.close()
            raise _refused(f"调度程序“{self.address}”没有工作机", f"请先启动工作机，{_HOW}") from None
        return client

    def _check(self) -> None:
        """Refuse workers whose software differs: results would not be sure to be the same."""
        problems = Problems()
        advice = f"各台电脑请用同一份 requirements.lock 安装同一版本，{_HOW}"
        for address, told in self._differences().items():
            if told:
                problems.error(Place(address), f"工作机的软件与这里不同，没有运行：{told}", advice)
        if problems.errors:
            raise InputError(problems)

    def _sound(self) -> list[str]:
        """The workers that are there now and have the software of this machine."""
        return [address for address, told in self._differences().items() if not told]

    def _differences(self) -> dict[str, str]:
        """In what the software of each worker differs from here, in words, "" where it does not; by address."""
        found = sorted(self._client.run(_described, on_error="return").items())
        return {
            address: difference(described(), there)
            if isinstance(there, Mapping)
            else f"没有能用的 kaohe_tools（{type(there).__name__}）"
            for address, there in found
        }


def _refused(message: str, advice: str) -> InputError:
    problems = Problems()
    problems.error(Place(), message, advice)
    return InputError(problems)


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Differences of versions are told by us, and lost connections are dealt with; both in Chinese."""
    for name in ("distributed.client", "distributed.comm", "distributed.batched", "distributed.core"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="(?s).*Mismatched versions found")
        yield


# --- what runs on the workers ----------------------------------------------------------------------------------------


def _described() -> dict[str, str]:
    return dict(described())


def _same(value: Any) -> Any:
    return value


def _there(work: Callable[..., Any], expected: Mapping[str, str], *arguments: Any) -> Any:
    """Do a piece of work with a folder to itself, which lies where Dask clears up after a worker that was killed.

    A worker may have come later than the check of all: what differs from where the work comes from does none.
    """
    from distributed import get_worker

    told = difference(expected, described())
    if told:
        raise LostError(f"有工作机的软件与这里不同，没有做：{told}")
    with tempfile.TemporaryDirectory(dir=get_worker().local_directory) as room:
        return work(*arguments, Path(room))
