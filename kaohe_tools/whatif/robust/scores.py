"""Composite scores under many weights at once, to the hundredth as the engine publishes them.

A score is linear in the effective weights of its elements (leaf parts, or the indicators of one), plus what does not
depend on weights (the ledger); floors (扣完为止) and 该项不得分 are worked out leaf by leaf.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kaohe_tools.exact import SNAP, hundredths
from kaohe_tools.whatif.robust.plan import Leaves, Place, place_of

HALF_UP = 0.5 + 0.5 * 10.0 ** (2 - SNAP)  # added to hundredths and cut off: half up, binary noise below 1e-9 aside
INT32 = 1 << 31
FEW = 3  # columns up to which as many products with a vector are quicker than one with a matrix


@dataclass(frozen=True)
class Block:
    """The elements of one leaf: from `start` to `stop`; drawn indicators have columns and a place (of their
    multipliers), points, and what a multiplier of 1 stands for.
    """

    leaf: int
    start: int
    stop: int
    columns: np.ndarray | None = None
    place: Place | None = None
    points: np.ndarray | None = None
    base: np.ndarray | None = None

    def share_out(self, raw: np.ndarray, due: np.ndarray, out: np.ndarray) -> None:
        """The points of a leaf over its indicators: multiplier × due / sum (see `plan.factors`)."""
        own = raw[:, self.place]
        np.multiply(own, (due / (own @ self.base))[:, None], out=out)
        if self.base is not self.points and (self.points == 0).any():
            out[:, self.points == 0] = np.broadcast_to(due / self.points.sum(), (len(raw),))[:, None]


@dataclass(frozen=True)
class Clip:
    """A leaf of one subject that may fall below its floor, or that counts nothing: its elements' sum is bent."""

    member: int
    block: Block
    coefficients: np.ndarray
    constant: float
    at: float | None
    nothing: bool

    def value(self, weights: np.ndarray) -> np.ndarray:
        """What the leaf adds, by draw."""
        total = weights[:, self.block.start : self.block.stop] @ self.coefficients + self.constant
        short = np.maximum(np.round(self.at - total, SNAP), 0.0) if self.at is not None else 0.0
        return total + short - (np.maximum(total, 0.0) if self.nothing else 0.0)


@dataclass(frozen=True)
class Fused:
    """Weights where parts and indicators of one profile are all drawn, as two products over all of its multipliers.

    place: its multipliers: first those of the leaves, then of the indicators. sums: (1 + parts with indicators) ×
    multipliers: what the leaves are divided by, and the indicators of each such part; summed: where these are. spread:
    the same shape: whose quotient a multiplier takes. leaves, base: of each such part the position of its own
    multiplier, and its base. rows: where the elements of the blocks stand among the multipliers.
    """

    place: Place
    sums: np.ndarray
    summed: tuple[slice, ...]
    spread: np.ndarray
    leaves: np.ndarray
    base: np.ndarray
    total: float
    rows: np.ndarray

    @classmethod
    def of(cls, leaves: Leaves, blocks: Sequence[Block]) -> Fused | None:
        """The quick way to the weights of a profile; None where not both parts and indicators of it are drawn."""
        drawn = [block for block in blocks if block.points is not None]
        if leaves.place is None or not drawn or any((block.base == 0).any() for block in drawn):
            return None
        count = len(leaves.names)
        width = count + sum(block.stop - block.start for block in drawn)
        sums, spread = np.zeros((1 + len(drawn), width)), np.zeros((1 + len(drawn), width))
        sums[0, :count] = leaves.base
        summed, columns, rows, stop = [slice(0, count)], [leaves.columns], np.arange(blocks[-1].stop), count
        for block in blocks:
            if block.points is None:
                rows[block.start], spread[0, block.leaf] = block.leaf, leaves.base[block.leaf]
                continue
            start, stop = stop, stop + block.stop - block.start
            row = len(columns)
            columns.append(block.columns)
            summed.append(slice(start, stop))
            rows[block.start : block.stop] = np.arange(start, stop)
            sums[row, start:stop], spread[row, start:stop] = block.base, 1.0
        parts = np.array([block.leaf for block in drawn])
        place = place_of(np.concatenate(columns))
        return cls(place, sums, tuple(summed), spread, parts, leaves.base[parts], float(leaves.points.sum()), rows)

    def weights(self, raw: np.ndarray) -> np.ndarray:
        """Effective weights, draws × multipliers."""
        own = raw[:, self.place]
        quotients = np.empty((len(self.sums), len(own)))
        for sums, some, out in zip(self.sums, self.summed, quotients, strict=True):
            np.matmul(own[:, some], sums[some], out=out)
        np.divide(self.total, quotients[0], out=quotients[0])
        due = np.multiply(own[:, self.leaves].T, self.base[:, None])
        due *= quotients[0]
        np.divide(due, quotients[1:], out=quotients[1:])
        drawn = quotients.T @ self.spread
        drawn *= own
        return drawn

    def arranged(self, coefficients: np.ndarray) -> np.ndarray:
        """Coefficients of elements as coefficients of multipliers."""
        made = np.zeros((self.sums.shape[1], coefficients.shape[1]))
        made[self.rows] = coefficients
        return made


@dataclass(frozen=True)
class Profile:
    """Subjects whose elements have the same weights: one category, the same leaves and indicators given.

    members: their columns; place: the same, to take them by. grown: for each top part of which leaves are left out
    (missing: exclude), its leaves and those that are there. clips: leaves that are not linear, apart from
    `Target.coefficients`.
    """

    members: np.ndarray
    place: Place
    leaves: Leaves
    blocks: tuple[Block, ...]
    grown: tuple[tuple[list[int], list[int]], ...]
    clips: tuple[Clip, ...]
    fused: Fused | None = None

    def arranged(self, coefficients: np.ndarray) -> np.ndarray:
        """Coefficients in the order of what `weights` gives."""
        return coefficients if self.fused is None else self.fused.arranged(coefficients)

    def weights(self, raw: np.ndarray) -> np.ndarray:
        """Effective weights, draws (or one row where nothing of it is drawn) × elements."""
        if self.fused is not None:
            return self.fused.weights(raw)
        due = self.leaves.weights(raw)
        if self.grown:
            due = due.copy()
            for own, there in self.grown:
                due[there] *= due[own].sum(axis=0) / due[there].sum(axis=0)
        if all(block.points is None for block in self.blocks):
            return due.T
        drawn = np.empty((len(raw), self.blocks[-1].stop))
        for block in self.blocks:
            if block.points is None:
                drawn[:, block.start] = due[block.leaf]
            else:
                block.share_out(raw, due[block.leaf], drawn[:, block.start : block.stop])
        return drawn


@dataclass(frozen=True)
class Target:
    """A published figure: by profile coefficients (elements × members) and whether its clips count; constants.

    All in hundredths shifted left by `bits`: a sum cut off at its point is a figure as `orders` takes it. rows: by
    profile the elements that coefficients are there for. constants: by column. unsigned: never below 0; most: no score
    is above it.
    """

    coefficients: tuple[np.ndarray, ...]
    rows: tuple[slice, ...]
    clipped: tuple[np.ndarray, ...]
    constants: np.ndarray
    unsigned: bool
    most: float
    bits: int

    def figures(self, profiles: Sequence[Profile], weights: Sequence[np.ndarray], draws: int) -> np.ndarray:
        """Published figures, draws × subjects."""
        exact = np.empty((draws, len(self.constants)))
        parts = zip(profiles, weights, self.coefficients, self.rows, self.clipped, strict=True)
        for profile, own, coefficients, rows, clipped in parts:
            if len(profile.members) == exact.shape[1] and isinstance(profile.place, slice) and len(own) == draws:
                np.matmul(own[:, rows], coefficients, out=exact)
            else:
                exact[:, profile.place] = own[:, rows] @ coefficients
            for clip, scale in zip(profile.clips, clipped, strict=True):
                if scale:
                    exact[:, profile.members[clip.member]] += clip.value(own) * scale
        exact += self.added
        return self.published(exact)

    @cached_property
    def added(self) -> np.ndarray | float:
        """The constants, as one number where they are all the same: adding it is quicker."""
        first = self.constants[0]
        return first if (self.constants == first).all() else self.constants

    def published(self, exact: np.ndarray) -> np.ndarray:
        """Figures as `orders` takes them (int32, or int64 where that may not hold them)."""
        if not self.unsigned:
            return hundredths(exact / (100 << self.bits)) << self.bits
        return exact.astype(np.int32 if self.most * 2 < INT32 >> self.bits else np.int64)


@dataclass(frozen=True)
class Lowest:
    """A published figure of some columns only. parts: by profile coefficients (columns × elements), and where these
    columns are among all; clips: number of the profile, clip, its scale, where its column is.
    """

    target: Target
    parts: tuple[tuple[np.ndarray, np.ndarray], ...]
    clips: tuple[tuple[int, Clip, float, int], ...]
    constants: np.ndarray

    @classmethod
    def of(cls, target: Target, profiles: Sequence[Profile], columns: np.ndarray) -> Lowest:
        """A figure, of these columns."""
        parts, clips = [], []
        for number, (profile, coefficients) in enumerate(zip(profiles, target.coefficients, strict=True)):
            mine = np.isin(profile.members, columns)
            where = {column: at for at, column in enumerate(columns.tolist())}
            places = np.array([where[column] for column in profile.members[mine].tolist()], dtype=int)
            parts.append((np.ascontiguousarray(coefficients[:, mine].T), places))
            for clip, scale in zip(profile.clips, target.clipped[number], strict=True):
                if scale and mine[clip.member]:
                    clips.append((number, clip, scale, where[int(profile.members[clip.member])]))
        return cls(target, tuple(parts), tuple(clips), target.constants[columns, None])

    def figures(self, weights: Sequence[np.ndarray], draws: int) -> np.ndarray:
        """Published figures, columns × draws."""
        exact = np.empty((len(self.constants), draws))
        for own, rows, (coefficients, places) in zip(weights, self.target.rows, self.parts, strict=True):
            if len(places) > FEW:
                exact[places] = coefficients @ own[:, rows].T
                continue
            for place, coefficient in zip(places, coefficients, strict=True):
                exact[place] = own[:, rows] @ coefficient
        for number, clip, scale, at in self.clips:
            exact[at] += clip.value(weights[number]) * scale
        exact += self.constants
        return self.target.published(exact)


@dataclass(frozen=True)
class Scores:
    """Everything that published figures of a stage hang on; columns are subjects in the order of `Table.subjects`.

    targets: by name; lasts: those asked for some columns only.
    """

    profiles: tuple[Profile, ...]
    targets: Mapping[str, Target]
    lasts: Mapping[str, Lowest]

    def figures(self, raw: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """By target (综合得分, top parts) the published figures as `orders` takes them, draws × subjects; of those who
        can be last, columns × draws.
        """
        weights = [profile.weights(raw) for profile in self.profiles]
        all_of_it = {name: one.figures(self.profiles, weights, len(raw)) for name, one in self.targets.items()}
        return all_of_it, {name: one.figures(weights, len(raw)) for name, one in self.lasts.items()}
