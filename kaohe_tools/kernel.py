"""The kernel of a notebook that ends with the run that started it, even where that is killed at the first moment.

`python -m kaohe_tools.kernel` is ipykernel's launcher with a watch on its parent from its very beginning: ipykernel's
own begins only once it has loaded, and takes a parent that is gone by then for none. Not for Windows, where a parent is
named by a handle and ipykernel's own watch serves.
"""

from __future__ import annotations

import os
import runpy
import threading
import time

PARENT = "JPY_PARENT_PID"  # set by jupyter_client
_PAUSE = 0.5  # seconds between two looks


def watch(parent: int) -> None:
    """End this process as soon as its parent is another one; returns never."""
    while os.getppid() == parent:
        time.sleep(_PAUSE)
    os._exit(1)


if __name__ == "__main__":
    if os.environ.get(PARENT):
        threading.Thread(target=watch, args=(int(os.environ[PARENT]),), daemon=True).start()
    runpy.run_module("ipykernel_launcher", run_name="__main__", alter_sys=True)
