"""Starting the kernels of notebooks: with this very Python and package, and many of them without loading all anew.

A `Nursery` is a process that has loaded what our notebooks import and forks itself for each of them (Linux; elsewhere,
and wherever it fails, kernels start as Jupyter starts them). Nothing passes from one notebook to the next: each runs in
a fork of its own, of a process that never ran one.
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
from typing import Any
from uuid import uuid4
from weakref import WeakSet

from ipykernel.kernelspec import get_kernel_dict
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.provisioning import LocalProvisioner

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
_PACKAGES = Path(__file__).resolve().parents[2]
_managers: WeakSet[SamePython] = WeakSet()


class SamePython(AsyncKernelManager):
    """Starts kernels with this very Python and this package, whatever kernels the user has installed.

    They end with this process, however it ends.
    """

    nursery: Nursery | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _managers.add(self)

    @property
    def kernel_spec(self) -> KernelSpec:
        told = get_kernel_dict()
        if os.name != "nt":
            told["argv"] = [KERNEL if word == "ipykernel_launcher" else word for word in told["argv"]]
        told["argv"] = [*told["argv"], "--HistoryManager.enabled=False"]  # our cells are no history of the user's
        return KernelSpec(**told, env=_environment(), resource_dir="")

    async def _async_pre_start_kernel(self, **kw: Any) -> tuple[list[str], dict[str, Any]]:
        if self.provisioner is None and self.nursery is not None:
            self.kernel_id = self.kernel_id or str(uuid4())
            self.provisioner = _Hatching(kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self)
        return await super()._async_pre_start_kernel(**kw)

    def kill(self) -> None:
        """End the kernel at once, where there is one; whoever waits for it is told that it died."""
        process = getattr(self.provisioner, "process", None)
        if process is not None:
            with contextlib.suppress(OSError):
                process.kill()


def end_kernels() -> None:
    """End every kernel that this process has started."""
    with contextlib.suppress(RuntimeError):  # another kernel was just being started: it is seen the next time
        for manager in _managers:
            manager.kill()


class Nursery:
    """A process that forks kernels; to be closed."""

    def __init__(self, folder: Path) -> None:
        """Start it; it then loads by itself. `folder`: whose notebooks they are, for whoever lists processes."""
        self._busy, self._failed = threading.Lock(), False
        self._channel, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._channel.settimeout(PATIENCE)
        argv = get_kernel_dict()["argv"]
        words = [*argv[: argv.index("ipykernel_launcher")], KERNEL, NURSERY, str(there.fileno()), str(folder)]
        environment = {**os.environ, **_environment()}
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


class _Hatching(LocalProvisioner):
    """Takes kernels from the nursery of its manager, as long as that gives any."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        cwd = str(kwargs.get("cwd") or Path.cwd())
        words = cmd[cmd.index(KERNEL) + 1 :]
        hatched = self.parent.nursery.hatch(words, cwd, {key: str(value) for key, value in kwargs["env"].items()})
        if hatched is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.process, self.pid, self.pgid, self.cwd = hatched, hatched.pid, hatched.pid, cwd
        return self.connection_info


def _environment() -> dict[str, str]:
    paths = [str(_PACKAGES), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONHASHSEED": "0",
        "PYTHONIOENCODING": "utf-8",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # else the debugger tells what it could not do if it were used
        "MALLOC_MMAP_THRESHOLD_": _PICTURES,  # glibc: what one chart took is kept for the next
        "MALLOC_TRIM_THRESHOLD_": _PICTURES,
    }
