"""Many pieces of work at a time: each is waited for by a thread of its own while it is done elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any, Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class LostError(Exception):
    """What was to do the work came to an end again and again, or is no longer there; says so in Chinese."""


class Workers(Protocol):
    """Where work is done. Work is a function of a module, given its arguments and a folder to itself (`room`)."""

    width: int  # how much is done at a time

    def call(self, work: Callable[..., Result], *arguments: Any) -> Result:
        """Do the work and wait for it; from any thread. Raises LostError, and what the work itself raises."""

    def stop(self) -> None:
        """End what is running; those who wait for it get LostError."""


def each(
    items: Iterable[Item],
    work: Callable[[Item], Result],
    width: int,
    stop: Callable[[], None],
    meanwhile: Callable[[], None] = lambda: None,
) -> Generator[tuple[Item, Result]]:
    """Do `work` for each item, `width` at a time, and give both as they get done, in no order.

    `meanwhile`: done by this thread first, while the others work. When it fails, or this is closed before its end,
    `stop` is called until all that was begun has ended, and no more is begun.
    """
    with ThreadPoolExecutor(max_workers=max(1, width)) as pool:
        futures = {pool.submit(work, item): item for item in items}
        try:
            meanwhile()
            for future in as_completed(futures):
                yield futures.pop(future), future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            while not all(future.done() for future in futures):
                stop()
                time.sleep(0.1)
            raise
