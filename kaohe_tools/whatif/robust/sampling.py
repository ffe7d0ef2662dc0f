"""Many draws put through scores, ranks and grades, chunk by chunk: one sort for each draw and group, then counts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from threadpoolctl import ThreadpoolController

from kaohe_tools.scheme import COMPOSITE
from kaohe_tools.whatif.robust.drawn import GRADE, PENDING, SETTLED, Drawn
from kaohe_tools.whatif.robust.model import Builder, Table
from kaohe_tools.whatif.robust.orders import Group
from kaohe_tools.whatif.robust.plan import Draws
from kaohe_tools.whatif.robust.reach import Reach
from kaohe_tools.whatif.robust.scores import Scores
from kaohe_tools.whatif.robust.verdict import Judge

CHUNK = 3 << 16  # figures of a chunk: few enough for the caches, so many that calling numpy costs little beside them
WIDE = 128  # draws of a chunk where subjects are many, though it may then be four times as large
_BLAS = ThreadpoolController()  # knows numpy's, which is loaded by now
MOST = 6000  # subjects ranked together: the table of ranks by subjects must fit into memory


@dataclass
class Counts:
    """What was found in `draws` draws; subjects are columns of the table.

    ranks: by group, subjects × ranks (0: the first). grades: words × subjects, those settled; pendings: the same of
    pending questions (row 0: none).
    """

    draws: int
    ranks: dict[str, np.ndarray]
    grades: np.ndarray
    pendings: np.ndarray


@dataclass(frozen=True)
class Outcomes:
    """Some draws one by one, draws × subjects: composite in hundredths, rank (1: the first), number of the grade in
    `words` (−1: none), number of the pending question in `pendings` (0: none).
    """

    composite: np.ndarray
    rank: np.ndarray
    grade: np.ndarray
    pending: np.ndarray


@dataclass
class Sampler:
    """A table made ready for draws. Raises NotVectorisedError where its stage cannot be taken over many at once.

    width: figures that are worked out for each draw, roughly.
    """

    table: Table
    judge: Judge = field(init=False)
    scores: Scores = field(init=False)
    width: int = field(init=False)

    def __post_init__(self) -> None:
        if max(where.stop - where.start for where in self.table.groups.values()) > MOST:
            raise ValueError(f"一起排名的对象超过 {MOST} 个，排不下")
        builder = Builder(self.table)
        self.judge = Judge(self.table, Reach(builder))
        asker = self.judge.asker
        self.scores = builder.scores([COMPOSITE, *sorted(asker.needed - {COMPOSITE})], asker.lasts)
        self.width = len(self.table.subjects) + sum(profile.blocks[-1].stop for profile in self.scores.profiles)

    @property
    def words(self) -> list[str]:
        return self.judge.words

    @property
    def pendings(self) -> list[str]:
        return self.judge.pendings

    def _drawn(self, raw: np.ndarray, groups: Mapping[str, Group], counted: bool = False) -> Drawn:
        """Some draws, judged; their ranks `counted` while they are still in the cache."""
        figures, lowest = self.scores.figures(raw)
        composite = figures[COMPOSITE]
        orders = {name: groups[name].order(composite[:, where]) for name, where in self.table.groups.items()}
        if counted:
            for name, order in orders.items():
                groups[name].add(order)
        return self.judge.judge(figures, lowest, orders)

    def _groups(self, rows: int) -> dict[str, Group]:
        """The groups, for chunks of so many draws."""
        sizes = {name: where.stop - where.start for name, where in self.table.groups.items()}
        return {name: Group(size, self.table.bits, rows, self.table.plan.draws) for name, size in sizes.items()}

    def outcomes(self, raw: np.ndarray) -> Outcomes:
        """Every draw's result; for some draws only."""
        drawn = self._drawn(raw, self._groups(len(raw)))
        composite = drawn.figures[COMPOSITE] >> self.table.bits
        ranks = np.empty(composite.shape, dtype=np.int32)
        for name, where in self.table.groups.items():
            ranks[:, where] = drawn.orders[name].ranks()
        grade, pending = (np.broadcast_to(drawn.codes(what), composite.shape) for what in (GRADE, PENDING))
        return Outcomes(composite, ranks, grade, pending)

    def rows(self) -> int:
        """Draws in a chunk."""
        return max(CHUNK // self.width, min(4 * CHUNK // self.width, WIDE), 16)

    def counts(self, told: Callable[[int], object] = lambda rows: None, threads: int = 0) -> Counts:
        """All draws counted; `told` hears of every chunk that is done.

        Chunks are drawn one after the other and worked out by several threads (0: one for each processor): what is
        counted are whole numbers, the same whoever comes first.
        """
        draws, width, rows = self.table.plan.draws, len(self.table.subjects), self.rows()
        groups = self._groups(min(rows, draws))
        grades = np.zeros((len(self.words), width), dtype=np.int64)
        pendings = np.zeros((len(self.pendings), width), dtype=np.int64)
        chunks, drawing, adding = self.chunks(draws), Lock(), Lock()

        def work() -> None:
            while True:
                with drawing:
                    raw = next(chunks, None)
                if raw is None:
                    return
                drawn = self._drawn(raw, groups, counted=True)
                with adding:
                    drawn.count(grades, pendings)
                    told(len(raw))

        with _BLAS.limit(limits=1, user_api="blas"):  # chunks have threads already: more would quarrel
            _together(work, min(threads or _processors(), -(-draws // rows)))
        pendings[SETTLED] = draws - pendings.sum(axis=0)
        return Counts(draws, {name: group.ranks for name, group in groups.items()}, grades, pendings)

    def chunks(self, draws: int) -> Iterator[np.ndarray]:
        """The multipliers of the first draws, chunk by chunk."""
        source, rows = Draws(self.table.plan, len(self.table.keys)), self.rows()
        for first in range(0, draws, rows):
            yield source.take(min(rows, draws - first))


def _processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _together(work: Callable[[], None], threads: int) -> None:
    """Do the same work in several threads, this one among them; raises what one of them raises."""
    if threads < 2:
        work()
        return
    with ThreadPoolExecutor(threads - 1) as pool:
        others = [pool.submit(work) for _ in range(threads - 1)]
        work()
        for other in others:
            other.result()
