"""Many draws put through scores, ranks and grades, chunk by chunk: one sort for each draw and group, then counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from kaohe_tools.scheme import COMPOSITE
from kaohe_tools.whatif.robust.model import Builder, Table
from kaohe_tools.whatif.robust.plan import Draws
from kaohe_tools.whatif.robust.pools import Drawn
from kaohe_tools.whatif.robust.scores import INT32, Scores
from kaohe_tools.whatif.robust.verdict import Judge

CHUNK = 1 << 17  # figures of a chunk, so that it stays in the cache of a core
LARGE, KEPT, BLOCK = 256, 4096, 16  # members of a large group; its draws kept; members counted together
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
class _Sorted:
    """A group's composite scores of some draws, sorted: keys that hold score and subject in one whole number."""

    keys: np.ndarray
    bits: int
    top: int

    @classmethod
    def of(cls, figures: np.ndarray, most: float) -> _Sorted:
        """Sort draws × members, the highest first; `most`: no figure is above it."""
        width = figures.shape[1]
        bits = max(int(width - 1).bit_length(), 1)
        small = figures.dtype == np.int32 and (most + 2) * 2**bits < INT32
        top = int(most) + 2 if small else int(figures.max())
        kind = np.int32 if small else np.int64
        keys = np.multiply(figures, -(1 << bits), dtype=kind)
        keys += np.arange(width, dtype=kind) + kind(top << bits)
        keys.sort(axis=1)
        return cls(keys, bits, top)

    def placed(self, position: int) -> np.ndarray:
        """The score at a position, by draw."""
        return self.top - (self.keys[:, position] >> self.bits)

    @property
    def members(self) -> np.ndarray:
        """Who stands at each position."""
        return self.keys & self.keys.dtype.type((1 << self.bits) - 1)

    def ties(self) -> tuple[np.ndarray, np.ndarray]:
        """Flat positions of those who share the score of the one before, and the positions whose rank they share."""
        flat, width = self.keys.reshape(-1), self.keys.shape[1]
        at = np.flatnonzero((flat[1:] ^ flat[:-1]) < 1 << self.bits) + 1
        at = at[at % width != 0]  # the first of a draw follows the last of another
        starts = np.ones(len(at), dtype=bool)
        starts[1:] = at[1:] != at[:-1] + 1
        return at, np.maximum.accumulate(np.where(starts, at - 1, 0))

    def ranks(self) -> np.ndarray:
        """Competition ranks less one, draws × members."""
        count, width = self.keys.shape
        first = np.empty((count, width), dtype=np.int32)
        first[:] = np.arange(width)
        first[:, 1:] *= (self.keys[:, 1:] ^ self.keys[:, :-1]) >= 1 << self.bits
        np.maximum.accumulate(first, axis=1, out=first)
        found = np.empty((count, width), dtype=np.int32)
        where = self.members + np.arange(0, count * width, width)[:, None]
        found.reshape(-1)[where.reshape(-1)] = first.reshape(-1)
        return found

    def count(self, table: np.ndarray) -> None:
        """Add to a table of positions × members (2 to the power of bits wide)."""
        width = self.keys.shape[1]
        members = self.members
        at, first = self.ties()
        tied = members.reshape(-1)[at]
        members += np.arange(width, dtype=members.dtype) << self.bits
        found = np.bincount(members.reshape(-1), minlength=table.size)
        if len(at):
            found -= np.bincount((at % width << self.bits) + tied, minlength=table.size)
            found += np.bincount((first % width << self.bits) + tied, minlength=table.size)
        table += found.reshape(table.shape)


class _Ranks:
    """How often each member of a group had each rank. Small groups are counted as they are sorted; of large ones the
    ranks of many draws are kept and counted member by member, so that what is written to stays in the cache.
    """

    def __init__(self, width: int) -> None:
        self.width, self.large = width, width > LARGE
        self.table = np.zeros((width, 1 << max((width - 1).bit_length(), 1)), dtype=np.int64)
        if self.large:
            self.table = np.zeros((width, width), dtype=np.int32)
        self.kept: list[np.ndarray] = []

    def add(self, ordered: _Sorted) -> None:
        if not self.large:
            ordered.count(self.table)
            return
        self.kept.append(ordered.ranks().astype(np.uint16))
        if sum(map(len, self.kept)) >= KEPT:
            self._fold()

    def _fold(self) -> None:
        ranks, self.kept = np.concatenate(self.kept), []
        for first in range(0, self.width, BLOCK):
            own = np.ascontiguousarray(ranks[:, first : first + BLOCK].T).astype(np.int64)
            own += np.arange(0, len(own) * self.width, self.width)[:, None]
            found = np.bincount(own.reshape(-1), minlength=len(own) * self.width)
            self.table[first : first + BLOCK] += found.reshape(-1, self.width).astype(np.int32)

    def result(self) -> np.ndarray:
        """Members × ranks (0: the first)."""
        if self.kept:
            self._fold()
        return self.table if self.large else self.table[:, : self.width].T.copy()


@dataclass
class Sampler:
    """A table made ready for draws. Raises NotVectorisedError where its stage cannot be taken over many at once."""

    table: Table
    judge: Judge = field(init=False)
    scores: Scores = field(init=False)

    def __post_init__(self) -> None:
        if max(where.stop - where.start for where in self.table.groups.values()) > MOST:
            raise ValueError(f"一起排名的对象超过 {MOST} 个，排不下")
        self.judge = Judge(self.table)
        needed = sorted(self.judge.needed - {COMPOSITE})
        self.scores = Builder(self.table).scores([COMPOSITE, *needed])

    @property
    def words(self) -> list[str]:
        return self.judge.words

    @property
    def pendings(self) -> list[str]:
        return self.judge.pendings

    def _drawn(self, raw: np.ndarray) -> tuple[Drawn, dict[str, _Sorted]]:
        figures = self.scores.figures(raw)
        most = self.scores.targets[COMPOSITE].most
        composite = figures[COMPOSITE]
        ordered = {name: _Sorted.of(composite[:, where], most) for name, where in self.table.groups.items()}
        drawn = Drawn(
            figures, lambda group, place: ordered[group].placed(place), lambda: self._ranks(ordered, composite.shape)
        )
        self.judge.judge(drawn)
        return drawn, ordered

    def _ranks(self, ordered: dict[str, _Sorted], shape: tuple[int, ...]) -> np.ndarray:
        ranks = np.empty(shape, dtype=np.int32)
        for name, where in self.table.groups.items():
            ranks[:, where] = ordered[name].ranks() + 1
        return ranks

    def outcomes(self, raw: np.ndarray) -> Outcomes:
        """Every draw's result; for some draws only."""
        drawn, ordered = self._drawn(raw)
        shape = drawn.figures[COMPOSITE].shape
        grade, pending = np.broadcast_to(drawn.grade, shape), np.broadcast_to(drawn.pending, shape)
        return Outcomes(drawn.figures[COMPOSITE], self._ranks(ordered, shape), grade, pending)

    def rows(self) -> int:
        """Draws in a chunk."""
        width = len(self.table.subjects) + sum(profile.blocks[-1].stop for profile in self.scores.profiles)
        return max(CHUNK // width, 16)

    def counts(self, told: Callable[[int], object] = lambda rows: None) -> Counts:
        """All draws counted; `told` hears of every chunk that is done."""
        draws, width = self.table.plan.draws, len(self.table.subjects)
        sizes = {name: where.stop - where.start for name, where in self.table.groups.items()}
        ranks = {name: _Ranks(size) for name, size in sizes.items()}
        grades = np.zeros((len(self.words), width), dtype=np.int64)
        pendings = np.zeros((len(self.pendings), width), dtype=np.int64)
        for raw in self.chunks(draws):
            drawn, ordered = self._drawn(raw)
            for name, own in ordered.items():
                ranks[name].add(own)
            pendings += _few(drawn.pending, len(self.pendings), len(raw))
            for code in self.judge.possible:
                grades[code] += _how_often(drawn.grade == code, len(raw))
            told(len(raw))
        return Counts(draws, {name: own.result() for name, own in ranks.items()}, grades, pendings)

    def chunks(self, draws: int) -> Iterator[np.ndarray]:
        """The multipliers of the first draws, chunk by chunk."""
        source, rows = Draws(self.table.plan, len(self.table.keys)), self.rows()
        for first in range(0, draws, rows):
            yield source.take(min(rows, draws - first))


def _how_often(mask: np.ndarray, draws: int) -> np.ndarray:
    """How often each column is true; a single row counts for all draws."""
    if len(mask) == 1:
        return mask[0] * draws
    ones = np.ones(draws, dtype=np.float32)  # whole numbers below 2 to the 24th are exact
    return np.rint(ones @ mask.astype(np.float32)).astype(np.int64)


def _few(codes: np.ndarray, count: int, draws: int) -> np.ndarray:
    """How often each number below `count` stands in each column, where most are 0; a single row counts for all."""
    width = codes.shape[1]
    at = np.flatnonzero(codes != 0)
    where = codes.reshape(-1)[at].astype(np.int64) * width + at % width
    found = np.bincount(where, minlength=count * width).reshape(count, width)
    found *= draws if len(codes) == 1 else 1
    found[0] = draws - found[1:].sum(axis=0)
    return found
