"""The kernel of a notebook that ends with the run that started it, even where that is killed at the first moment.

`python -m kaohe_tools.kernel` is ipykernel's launcher with a watch on its parent from its very beginning: ipykernel's
own begins only once it has loaded, and takes a parent that is gone by then for none. Not for Windows, where a parent is
named by a handle and ipykernel's own watch serves.

With --nursery it is no kernel itself: it loads modules once and then forks a kernel for each request that comes through
a socket. Every notebook still has a process of its own in which nothing has run before; what is saved is loading
the same modules again for each.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

PARENT = "JPY_PARENT_PID"  # set by jupyter_client
NURSERY = "--nursery"
LONGEST = 2**20  # bytes of a request: words, folder and environment of a kernel
RARELY = (20_000, 20, 20)  # modules and charts are thousands of objects that stay: looking for garbage took a tenth
_PAUSE = 0.5  # seconds between two looks


def watch(parent: int) -> None:
    """End this process as soon as its parent is another one; returns never."""
    while os.getppid() == parent:
        time.sleep(_PAUSE)
    os._exit(1)


def serve(channel: socket.socket, modules: Sequence[str]) -> None:
    """Load modules, then fork a kernel for each request, until whoever asks is gone.

    `modules`: names; module:function also calls the function, which makes ready what is only made at its first use.

    A request is a message {argv, cwd, env} in JSON; the answer the kernel's process id, and a file that stands for that
    process. Nothing here starts a thread, so that a fork takes everything along. In a forked kernel this returns.
    """
    os.environ[PARENT] = str(os.getpid())  # of all that are forked; ipykernel reads it as it is loaded
    gc.set_threshold(*RARELY)
    for words in modules:
        name, _, function = words.partition(":")
        module = importlib.import_module(name)
        if function:
            getattr(module, function)()
    gc.collect()
    gc.freeze()  # what is loaded stays: no kernel looks through it again, or copies its pages to do so
    while request := _received(channel):
        with warnings.catch_warnings():  # newer Pythons count the threads of numpy's BLAS, which stops them for a fork
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if not child:
            return _begin(json.loads(request))
        handle = os.pidfd_open(child)
        try:
            socket.send_fds(channel, [str(child).encode()], [handle])
        except OSError:  # nobody waits for it any more
            os.kill(child, signal.SIGKILL)
        os.close(handle)
        _reap()
    _reap()
    os._exit(0)


def _received(channel: socket.socket) -> bytes:
    """The next request; b"" once whoever asks is gone."""
    try:
        return channel.recv(LONGEST)
    except OSError:
        return b""


def _reap() -> None:
    """Take note of kernels that have ended, so that nothing is left of them."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _begin(request: Mapping[str, Any]) -> None:
    """Make a forked process what a new one would be: session, folder, environment and words of its own."""
    os.setsid()
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update({**request["env"], PARENT: str(os.getppid())})
    sys.argv[1:] = request["argv"]


def main() -> None:
    """Be a kernel, or a nursery and then a kernel that it forked."""
    if NURSERY in sys.argv:
        at = sys.argv.index(NURSERY)
        with socket.socket(fileno=int(sys.argv[at + 1])) as channel:
            serve(channel, sys.argv[at + 3 :])
    if os.environ.get(PARENT):
        threading.Thread(target=watch, args=(int(os.environ[PARENT]),), daemon=True).start()
    runpy.run_module("ipykernel_launcher", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
