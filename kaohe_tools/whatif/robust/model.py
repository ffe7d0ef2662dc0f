"""A stage of a case as numbers that weights can be put through: who, what is drawn, what a score hangs on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kaohe_tools.assess import Prepared, Valued
from kaohe_tools.conditions import holds
from kaohe_tools.scheme import COMPOSITE, Part, in_force
from kaohe_tools.scoring import ADJUST
from kaohe_tools.stages import group_names
from kaohe_tools.whatif.robust.engine import NotVectorisedError, Taken
from kaohe_tools.whatif.robust.plan import SIMPLEX, Key, Leaves, Plan, base_of, leaves_of, part_keys, place_of
from kaohe_tools.whatif.robust.scores import HALF_UP, Block, Clip, Fused, Lowest, Profile, Scores, Target


@dataclass(frozen=True)
class Table:
    """Who is ranked and what is drawn.

    subjects: rows of the stage's frame, those of one group side by side: the columns of all figures drawn. groups: by
    name the slice of columns ranked together. keys: what each multiplier belongs to. items: bound items of the stage
    with columns subject, leaf, points, score, key (its multiplier, −1: none), category. leaves: by category.
    """

    taken: Taken
    plan: Plan
    subjects: np.ndarray
    groups: dict[str, slice]
    keys: tuple[Key, ...]
    items: pd.DataFrame
    leaves: dict[str, Leaves]

    @property
    def bits(self) -> int:
        """By how many bits figures are shifted, to leave room for the number of a subject in its group."""
        return max(max(where.stop - where.start - 1 for where in self.groups.values()).bit_length(), 1)

    @property
    def categories(self) -> list[str]:
        """By column, the category."""
        return self.taken.view.frame["category"].to_numpy()[self.subjects].tolist()


class NothingToDrawError(ValueError):
    """A stage without weights of its own at the level asked for; says why, in Chinese."""


def table_of(prepared: Prepared, worth: Valued, taken: Taken, plan: Plan) -> Table:
    """What is drawn in a stage. Raises NothingToDrawError where there is nothing to draw."""
    stage, frame = taken.stage, taken.view.frame
    if stage.composite_from:
        raise NothingToDrawError(f"环节“{stage.name}”的综合得分取自“{stage.composite_from}”，没有自己的分值可抽")
    names = group_names(stage, frame)
    category = pd.factorize(frame["category"])[0]
    group = pd.factorize(names)[0]
    subjects = np.lexsort((np.arange(len(frame)), group, category))
    ordered = names[subjects]
    groups = {}
    for name in dict.fromkeys(ordered):
        where = np.flatnonzero(ordered == name)
        groups[name] = slice(int(where[0]), int(where[-1]) + 1)
    categories = list(dict.fromkeys(frame["category"]))
    items = _items(prepared, worth, frame)
    keys = part_keys(stage, categories) if plan.with_parts else []
    items["key"] = -1
    if plan.with_indicators:
        keys = [*keys, *_number_indicators(items, len(keys))]
    if not keys:
        raise NothingToDrawError(f"环节“{stage.name}”在这个层次上只有一项分值，没有权重可抽，请换一个层次")
    numbers = {key: number for number, key in enumerate(keys)}
    return Table(taken, plan, subjects, groups, tuple(keys), items, leaves_of(plan, stage, categories, numbers))


def _items(prepared: Prepared, worth: Valued, frame: pd.DataFrame) -> pd.DataFrame:
    """The items of a stage that have a value, in canonical order."""
    items = prepared.bound.items
    items = items.loc[items["subject"].isin(frame.index), ["subject", "leaf", "project", "indicator", "points"]]
    items = items.join(worth.valued.set_index("item")[["score"]], how="inner")
    return items.assign(category=frame["category"].reindex(items["subject"]).to_numpy())


def _number_indicators(items: pd.DataFrame, first: int) -> list[Key]:
    """Give the items of leaves with several the number of their indicator's multiplier; returns the indicators."""
    several = items.groupby(["subject", "leaf"])["points"].transform("size") > 1
    drawn = items[several]
    what = list(drawn[["leaf", "category", "project", "indicator"]].itertuples(index=False, name=None))
    codes, names = pd.factorize(pd.Series(what, dtype=object))
    items.loc[drawn.index, "key"] = codes + first
    return [Key(*name) for name in names]


# --- scores -----------------------------------------------------------------------------------------------------------


class Builder:
    """Builds the `Scores` of a table, for the figures that are asked for (综合得分 and top parts).

    made: each profile, and the coefficients of its elements, elements × members, its clips left at 0.
    """

    def __init__(self, table: Table) -> None:
        self.table, taken = table, table.taken
        self.stage, self.frame = taken.stage, taken.view.frame
        self.categories = table.categories
        self.column = {self.frame.index[row]: column for column, row in enumerate(table.subjects)}
        rows = taken.rows
        fixed = rows[rows["points"].isna() & ((rows["component"] != "") | (rows["leaf"] == ADJUST))]
        self.fixed = fixed.assign(column=fixed["subject"].map(self.column))
        self.by_leaf = self.fixed.groupby(["column", "leaf"])["value"].sum().to_dict()
        named = {part.name: part for top in self.stage.parts for part in top.walk()}
        self.floors = {
            name: part.floor.at
            for name, part in named.items()
            if part.floor and in_force(part.floor.only_if, taken.case.readings)
        }
        nothing = {name: part.zero for name, part in named.items() if part.zero}
        self.nothing = {name: holds(zero.when, taken.view)[table.subjects] for name, zero in nothing.items()}
        self.taken_over = self._taken_over(named)
        self.own: dict[tuple[int, str], list[tuple[float, float, int]]] = {}
        what = table.items[["subject", "leaf", "score", "points", "key"]]
        for subject, leaf, *figures in what.itertuples(index=False, name=None):
            self.own.setdefault((self.column[subject], leaf), []).append(tuple(figures))
        shapes: dict[tuple, list[int]] = {}
        for column in range(len(table.subjects)):
            shapes.setdefault(self._shape(column), []).append(column)
        self.made = [self._profile(shape, columns) for shape, columns in shapes.items()]
        self._bent = {
            (int(profile.members[clip.member]), profile.leaves.names[clip.block.leaf])
            for profile, _ in self.made
            for clip in profile.clips
        }
        self._grows = self._rescale()
        self._still: dict[str, np.ndarray] = {}

    def _taken_over(self, named: dict[str, Part]) -> dict[tuple[int, str], float]:
        """By column and leaf that takes over an earlier stage's score: that score."""
        rows = self.table.taken.rows
        stages = {name for name, part in named.items() if part.stage}
        rows = rows[rows["leaf"].isin(stages) & rows["points"].gt(0)]
        shares = zip(rows["subject"], rows["leaf"], rows["value"] / rows["points"], strict=True)
        return {(self.column[subject], leaf): share for subject, leaf, share in shares}

    def scores(self, targets: Iterable[str], lasts: Mapping[str, np.ndarray]) -> Scores:
        """The scores with these published figures, and those of who can be last, by figure their columns."""
        profiles = tuple(profile for profile, _ in self.made)
        wanted = {name: self._target(name) for name in targets}
        few = {name: Lowest.of(self._target(name), profiles, columns) for name, columns in lasts.items()}
        return Scores(profiles, wanted, few)

    def terms(self, name: str, profile: Profile) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of a figure: by leaf whether it is part of it; by member hundredths for each point, and what stays."""
        mine = np.array([name in (COMPOSITE, self.stage.top_of(leaf)) for leaf in profile.leaves.names])
        growth = self._growth(name)
        return mine, growth[profile.members] * 100, self._constants(name)[profile.members]

    def _shape(self, column: int) -> tuple:
        """What subjects of one profile have in common: category, leaves there, drawn indicators with their points."""
        category = self.categories[column]
        there = [name for name in self.table.leaves[category].names if (column, name) in self.own]
        drawn = [
            (name, tuple((key, points) for _, points, key in self.own[column, name]))
            for name in there
            if self.own[column, name][0][2] >= 0
        ]
        return category, tuple(there), tuple(drawn)

    def _profile(self, shape: tuple, columns: list[int]) -> tuple[Profile, np.ndarray]:
        """See `made`."""
        category, there, drawn = shape
        leaves = self.table.leaves[category]
        blocks: list[Block] = []
        stop = 0
        for number, name in enumerate(leaves.names):
            own = dict(drawn).get(name, ())
            start, stop = stop, stop + (len(own) or 1)
            if own:
                keys, points = (np.array(values) for values in zip(*own, strict=True))
                base = base_of(self.table.plan, points)
                blocks.append(Block(number, start, stop, keys, place_of(keys), points, base))
            else:
                blocks.append(Block(number, start, stop))
        coefficients = np.zeros((stop, len(columns)))
        clips: list[Clip] = []
        for member, column in enumerate(columns):
            for block in blocks:
                name = leaves.names[block.leaf]
                own = self._coefficients(column, name, block)
                clip = self._clip(member, column, name, block, own)
                if clip is None:
                    coefficients[block.start : block.stop, member] = own
                else:
                    clips.append(clip)
        grown = tuple(self._grown(category, leaves, there))
        members = np.array(columns)
        fused = None if grown or clips else Fused.of(leaves, blocks)
        profile = Profile(members, place_of(members), leaves, tuple(blocks), grown, tuple(clips), fused)
        return profile, coefficients

    def _coefficients(self, column: int, leaf: str, block: Block) -> np.ndarray:
        """What a subject's elements of a leaf add for each point of their weight."""
        width = block.stop - block.start
        if (column, leaf) in self.taken_over:
            return np.full(width, self.taken_over[column, leaf])
        own = self.own.get((column, leaf))
        if own is None:
            return np.zeros(width)
        scores, points = (np.array(figures) for figures in list(zip(*own, strict=True))[:2])
        if block.points is None:
            return np.full(width, scores.sum() / points.sum())
        return scores if self.table.plan.way != SIMPLEX else scores / np.where(points > 0, points, 1.0)

    def _clip(self, member: int, column: int, leaf: str, block: Block, own: np.ndarray) -> Clip | None:
        """The leaf of a subject where floor or 该项不得分 may bend it; None where it is linear."""
        constant = self.by_leaf.get((column, leaf), 0.0)
        at = self.floors.get(leaf)
        nothing = leaf in self.nothing and bool(self.nothing[leaf][column])
        binds = at is not None and (constant < at or own.min() < 0)
        return Clip(member, block, own, constant, at, nothing) if binds or nothing else None

    def _grown(self, category: str, leaves: Leaves, present: tuple[str, ...]):
        """Leaves of each top part of which some were left out, and those that are there (see scoring._growth)."""
        for top in self.stage.parts:
            own = [leaf.name for leaf in top.leaves(category) if leaf.source != "stage"]
            there = [name for name in own if name in present]
            if there and len(there) < len(own):
                yield [leaves.names.index(n) for n in own], [leaves.names.index(n) for n in there]

    def _target(self, name: str) -> Target:
        """One published figure: of all that is there, or of one top part."""
        rows, coefficients, clipped = [], [], []
        unsigned, most = True, np.zeros(len(self.column))
        constants = self._constants(name)
        for profile, own in self.made:
            mine, scale, _ = self.terms(name, profile)
            counts = np.repeat(mine, [block.stop - block.start for block in profile.blocks])
            arranged = profile.arranged(own * counts[:, None] * scale) * (1 << self.table.bits)
            some = np.flatnonzero(arranged.any(axis=1))
            rows.append(slice(some[0], some[-1] + 1) if len(some) else slice(0, 0))
            coefficients.append(np.ascontiguousarray(arranged[rows[-1]]))
            clips = [mine[clip.block.leaf] * scale[clip.member] for clip in profile.clips]
            clipped.append(np.array(clips) * (1 << self.table.bits))
            unsigned &= bool((own >= 0).all()) and all(c.at is not None and c.at >= 0 for c in profile.clips)
            most[profile.members] = self._most(profile, own) * scale
        most += np.maximum(constants, 0.0)
        unsigned &= bool((constants >= 0).all())
        constants = (constants + (HALF_UP if unsigned else 0.0)) * (1 << self.table.bits)
        return Target(
            tuple(coefficients), tuple(rows), tuple(clipped), constants, unsigned, float(most.max()), self.table.bits
        )

    def _constants(self, name: str) -> np.ndarray:
        """What does not hang on weights, by column, in hundredths; what belongs to a clip is left to it."""
        if name in self._still:
            return self._still[name]
        rows = self.fixed if name == COMPOSITE else self.fixed[self.fixed["top"] == name]
        growth = self._growth(name)
        keep = self.stage.rescale.keep if self.stage.rescale else ()
        constants = np.zeros(len(self.column))
        for row in rows[["column", "leaf", "component", "value"]].itertuples(index=False):
            if (row.column, row.leaf) in self._bent and row.component in keep:
                raise NotVectorisedError(f"“{row.component}”不参加折算，而“{row.leaf}”有扣完为止")
            if (row.column, row.leaf) not in self._bent:
                scale = 1.0 if row.component in keep else growth[row.column]
                constants[row.column] += row.value * scale * 100
        self._still[name] = constants
        return constants

    def _growth(self, name: str) -> np.ndarray:
        """By column, the factor by which a figure grows."""
        return self._grows if name == COMPOSITE else np.ones(len(self.column))

    def _rescale(self) -> np.ndarray:
        """By column, the factor by which the total of a category that lacks parts grows."""
        rescale, growth = self.stage.rescale, np.ones(len(self.column))
        if rescale is not None and in_force(rescale.only_if, self.table.taken.case.readings):
            for column, category in enumerate(self.categories):
                total = sum(part.total(category) for part in self.stage.parts)
                growth[column] = rescale.to / total if total < rescale.to else 1.0
        return growth

    def _most(self, profile: Profile, own: np.ndarray) -> np.ndarray:
        """By member, a figure that what hangs on weights never exceeds (infinite where that cannot be said)."""
        per_point = own.copy()
        for block in profile.blocks:
            if block.points is not None and self.table.plan.way != SIMPLEX:
                here = slice(block.start, block.stop)
                with np.errstate(divide="ignore", invalid="ignore"):
                    per_point[here] = np.nan_to_num(own[here] / block.points[:, None], nan=0.0, posinf=np.inf)
            if block.points is not None and (block.points == 0).any():
                return np.full(own.shape[1], np.inf)
        most = np.abs(per_point).max(axis=0) * profile.leaves.points.sum()
        for clip in profile.clips:
            bound = np.abs(clip.coefficients).max() * profile.leaves.points.sum() + abs(clip.constant)
            most[clip.member] += max(bound, clip.at or 0.0)
        return most
