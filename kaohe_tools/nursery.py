"""A process that kernels of notebooks are forked from, so that not each of them loads all anew (Linux only).

`kaohe run` starts it once the data are assessed: it loads while tables are written, and answers once it has. Nothing
passes from one notebook to the next: each runs in a fork of its own, of a process that never ran one.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from kaohe_tools.kernel import NURSERY

KERNEL = "kaohe_tools.kernel"
MODULES = (  # what a notebook of a report loads, and the kernel itself
    "ipykernel.kernelapp",
    "ipykernel.debugger",  # every kernel loads it, late
    "kaohe_tools.charts",
    "kaohe_tools.display",
    "kaohe_tools.results",
    "kaohe_tools.style:warm_up",
)
PATIENCE = 60  # seconds for the nursery to load and fork
_PICTURES = str(2**30)  # bytes, more than any chart takes
_PACKAGES = Path(__file__).resolve().parents[1]


class Nursery:
    """A process that forks kernels; to be closed."""

    def __init__(self, folder: Path) -> None:
        """Start it; it then loads by itself. `folder`: whose notebooks they are, for whoever lists processes."""
        self._busy, self._failed = threading.Lock(), False
        self._channel, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._channel.settimeout(PATIENCE)
        words = [sys.executable, "-m", KERNEL, NURSERY, str(there.fileno()), str(folder)]
        environment = {**os.environ, **kernel_environment()}
        with there:
            self._process = subprocess.Popen(
                [*words, *MODULES],
                env=environment,
                pass_fds=[there.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def hatch(self, argv: list[str], cwd: str, env: dict[str, str]) -> Hatched | None:
        """Fork a kernel with these words after its name; None where that cannot be done, and never again after that.

        An answer that came too late would otherwise be taken for that of the next request.
        """
        request = json.dumps({"argv": argv, "cwd": cwd, "env": env}).encode()
        with self._busy:
            if self._failed:
                return None
            try:
                self._channel.send(request)
                answer, [handle], *_ = socket.recv_fds(self._channel, 64, 1)
                return Hatched(int(answer), handle)
            except (OSError, ValueError):
                self._failed = True  # not closed: kernels that it has forked before still run, and end with it
                return None

    def close(self) -> None:
        """End it, loaded or not; kernels that still run end with it."""
        self._channel.close()
        try:
            self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:  # it still loads
            self._process.kill()
            self._process.wait()


@contextlib.contextmanager
def open_nursery(folder: Path) -> Iterator[Nursery | None]:
    """A nursery, where processes can be forked without harm: not on macOS, whose libraries do not stand it."""
    nursery = None
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.close(os.pidfd_open(os.getpid()))  # older systems cannot
            nursery = Nursery(folder)
    try:
        yield nursery
    finally:
        if nursery is not None:
            nursery.close()


class Hatched:
    """A forked kernel, as jupyter_client uses a `Popen`; another process is its parent, so its exit status is unknown.

    It is told by a file of the system that stands for it (pidfd), never by a number that another process may get.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int, handle: int) -> None:
        self.pid, self._handle = pid, handle

    def __del__(self) -> None:
        os.close(self._handle)

    def poll(self) -> int | None:
        """None while it runs."""
        return 0 if select.select([self._handle], [], [], 0)[0] else None

    def wait(self) -> int:
        """Wait until it has ended."""
        select.select([self._handle], [], [])
        return 0

    def send_signal(self, number: int) -> None:
        """Send a signal to it."""
        signal.pidfd_send_signal(self._handle, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


def kernel_environment() -> dict[str, str]:
    """What kernels find in their environment, forked or not."""
    paths = [str(_PACKAGES), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONHASHSEED": "0",
        "PYTHONIOENCODING": "utf-8",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # else the debugger tells what it could not do if it were used
        "MALLOC_MMAP_THRESHOLD_": _PICTURES,  # glibc: what one chart took is kept for the next
        "MALLOC_TRIM_THRESHOLD_": _PICTURES,
    }
