"""Ranks of many draws at once, and how often each member of a group had each rank.

Figures are whole hundredths shifted left by `bits`; what stands in the low bits is no part of the figure: binary
digits of the unrounded score, or who it belongs to. Bars and lines are compared with as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import numpy as np

LARGE = 256  # members of a group for which counting scores may be faster than sorting them
DENSE = 4  # a group is ranked by counting scores where the scores between best and worst are below so many a member


def widest(bits: int) -> int:
    """The low bits that are no part of a figure, all set."""
    return (1 << bits) - 1


@dataclass
class Sorted:
    """A group of some draws, sorted: keys (draws × members, ascending) hold figure and member in one whole number.

    numbers: see `Group`.
    """

    keys: np.ndarray
    bits: int
    numbers: np.ndarray

    @classmethod
    def of(cls, figures: np.ndarray, bits: int, numbers: np.ndarray) -> Sorted:
        """Sort draws × members."""
        keys = figures & figures.dtype.type(~widest(bits))
        keys |= numbers
        keys.sort(axis=1)
        return cls(keys, bits, numbers)

    def placed(self, position: int) -> np.ndarray:
        """The figure at a position (0: the highest), by draw."""
        return self.keys[:, -1 - position]

    @property
    def counted(self) -> np.ndarray:
        """By draw and position, flat: member × width + rank from below (0: the last, of equals that of the highest)."""
        low, width = widest(self.bits), self.keys.shape[1]
        found = self.keys & self.keys.dtype.type(low)
        found *= found.dtype.type(width)
        found += self.numbers
        found, flat = found.reshape(-1), self.keys.reshape(-1)
        alike = (flat[1:] ^ flat[:-1]).view(f"u{flat.itemsize}") <= low  # the score of the next one up
        alike[width - 1 :: width] = False  # the first of a draw stands before the last of another
        ties = np.flatnonzero(alike)
        if len(ties):
            ends = np.append(ties[1:] != ties[:-1] + 1, True)
            tops = ties[ends] + 1
            found[ties] += tops[ends.cumsum() - ends] - ties
        return found

    def ranks(self) -> np.ndarray:
        """Competition ranks, draws × members."""
        count, width = self.keys.shape
        member, rank = np.divmod(self.counted.reshape(count, width), width)
        made = np.empty((count, width), dtype=np.int32)
        np.put_along_axis(made, member.astype(np.intp), width - rank, axis=1)
        return made


@dataclass
class Counted:
    """A group of some draws that has many members for each score: how many have at most each score, draw by draw.

    below: draws × scores from the lowest on; lowest: in hundredths; where: flat positions of figures in `below`.
    """

    below: np.ndarray
    lowest: int
    where: np.ndarray
    bits: int
    numbers: np.ndarray

    @classmethod
    def of(cls, figures: np.ndarray, bits: int, numbers: np.ndarray, most: float) -> Counted | None:
        """Count draws × members; None where their scores are further apart than so many (`most`)."""
        scores = figures >> bits
        lowest = int(scores.min())
        count, span = len(scores), int(scores.max()) - lowest + 1
        if span > most:
            return None
        scores += (np.arange(count, dtype=scores.dtype) * span - lowest)[:, None]
        where = scores.reshape(-1).astype(np.intp)
        have = np.zeros(count * span, dtype=np.int32)
        np.add.at(have, where, np.int32(1))
        below = have.cumsum(dtype=np.int32).reshape(count, span)
        return cls(below, lowest, where, bits, numbers)

    def placed(self, position: int) -> np.ndarray:
        """The figure at a position (0: the highest), by draw."""
        draws, width = self.below.shape[0], self.numbers.shape[1]
        enough = np.arange(width, (draws + 1) * width, width)[:draws, None] - position
        return (self.lowest + (self.below < enough).sum(axis=1)) << self.bits

    def ranks(self) -> np.ndarray:
        """Competition ranks, draws × members."""
        return self.numbers.shape[1] - self._beside()

    def _beside(self) -> np.ndarray:
        """By draw and member how many others have no higher score."""
        draws, width = self.below.shape[0], self.numbers.shape[1]
        found = self.below.reshape(-1).take(self.where).reshape(draws, width)
        found -= np.arange(1, draws * width + 1, width, dtype=np.int32)[:, None]
        return found

    @property
    def counted(self) -> np.ndarray:
        """By draw and member, flat: member × width + rank from below (0: the last)."""
        found = self._beside()
        found += self.numbers * np.int32(self.numbers.shape[1])
        return found.reshape(-1)


Order = Sorted | Counted


@lru_cache(maxsize=4)
def _numbers(width: int, rows: int) -> np.ndarray:
    """For so many rows, members (or positions) in their order."""
    numbers = np.tile(np.arange(width, dtype=np.int32), (rows, 1))
    numbers.flags.writeable = False
    return numbers


class Group:
    """Subjects ranked together: what is the same in all chunks of draws, and how often each had each rank.

    Several threads may use one.
    """

    def __init__(self, width: int, bits: int, rows: int, draws: int) -> None:
        """`rows`: draws in a chunk, at most; `draws`: in all chunks together."""
        self.width, self.bits = width, bits
        self.numbers = _numbers(width, rows)
        self._ranks = np.zeros((width, width), dtype=np.min_scalar_type(draws))  # members × ranks from below
        self.lock = Lock()

    def order(self, figures: np.ndarray) -> Order:
        """Rank the group, draws × members."""
        rows = len(figures)
        dense = None
        if self.width > LARGE:
            dense = Counted.of(figures, self.bits, self.numbers[:rows], DENSE * self.width)
        return dense or Sorted.of(figures, self.bits, self.numbers[:rows])

    @property
    def ranks(self) -> np.ndarray:
        """Members × ranks (0: the first)."""
        return self._ranks[:, ::-1]

    def add(self, order: Order) -> None:
        """Count the ranks of some draws."""
        found = order.counted.astype(np.intp)
        with self.lock:
            np.add.at(self._ranks.reshape(-1), found, self._ranks.dtype.type(1))
