"""Starting the kernels of notebooks: with this very Python and package, forked from a nursery where there is one.

Elsewhere than on Linux, and wherever that fails, they start as Jupyter starts them.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any
from uuid import uuid4
from weakref import WeakSet

from ipykernel.kernelspec import get_kernel_dict
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.provisioning import LocalProvisioner

from kaohe_tools.nursery import KERNEL, Nursery, kernel_environment

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
        told = get_kernel_dict(["--HistoryManager.enabled=False"])  # our cells are no history of the user's
        if os.name != "nt":
            told["argv"] = [KERNEL if word == "ipykernel_launcher" else word for word in told["argv"]]
        return KernelSpec(**told, env=kernel_environment(), resource_dir="")

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
