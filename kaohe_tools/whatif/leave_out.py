"""Leave one out: each indicator, examiner and voter group in turn, and what that does to ranks and the best grade.

What is left out is not scored for anybody; the rest of its part grows pro rata, as under 缺失 exclude. A part that has
nothing left leaves its points to the other parts under the same heading, and where there are none to all others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from tqdm import tqdm

from kaohe_tools.assess import assess_valued, put_values
from kaohe_tools.exact import hundredths, tidy
from kaohe_tools.problems import InputError
from kaohe_tools.scheme import COMPOSITE, Stage, in_force
from kaohe_tools.whatif.compare import holds_best
from kaohe_tools.whatif.robust.engine import Taken, take_stage
from kaohe_tools.whatif.secrecy import caution, few_voters
from kaohe_tools.whatif.sweep import Field, UnsupportedError, figures_needed, outcome, today
from kaohe_tools.whatif.variant import Base

INDICATOR, RATER, VOTERS = "指标", "评分人", "评价主体"
KINDS = (INDICATOR, RATER, VOTERS)
_FEWEST = 2  # subjects of a category below which there is nothing to rank


@dataclass(frozen=True)
class LeftOut:
    """What happens to a category when one thing is left out.

    kind: 指标, 评分人 or 评价主体; name (and project of an indicator); part: the leaf it belongs to ("": several);
    concerned: how many subjects have it. moves: by subject whose rank changes its rise (positive: up). gains, loses,
    pending: who gets or loses the best grade, or becomes pending. failure: why it cannot be left out ("": it can).
    """

    kind: str
    stage: str
    category: str
    name: str
    project: str
    part: str
    concerned: int
    moves: Mapping[int, int]
    gains: tuple[int, ...] = ()
    loses: tuple[int, ...] = ()
    pending: tuple[int, ...] = ()
    failure: str = ""


@dataclass(frozen=True)
class _Group:
    """Items that are left out together."""

    kind: str
    name: str
    project: str
    part: str
    items: pd.Index


def leave_out(
    base: Base, kinds: Sequence[str] = KINDS, notes: list[str] | None = None, progress: bool = False
) -> list[LeftOut]:
    """Leave out each indicator, examiner and voter group of every category in turn, in the scheme's order.

    Nothing is read again. Later stages are not followed. Voter groups too small to be shown alone are passed over;
    `notes` gets why.
    """
    found: list[LeftOut] = []
    for stage, category in tqdm(base.present, desc="逐项剔除", unit="类", disable=not progress):
        subjects = base.assessment.subjects
        numbers = subjects.index[(subjects["stage"] == stage) & (subjects["category"] == category)]
        if len(numbers) < _FEWEST or not base.case.scheme.stages[stage].leaves(category):
            continue
        groups = [group for group in _groups(base, stage, category, numbers, notes) if group.kind in kinds]
        found += _swept(base, stage, category, numbers, groups)
        if RATER in kinds:
            found += _raters(base, stage, category, numbers)
    return sorted(found, key=lambda one: KINDS.index(one.kind))


def _groups(base: Base, stage: str, category: str, numbers: pd.Index, notes: list[str] | None) -> Iterator[_Group]:
    """Indicators by 考核项目 and name, then the parts scored by ballots, of one category."""
    items = base.prepared.bound.items
    own = items[items["subject"].isin(numbers)]
    indicators = own[own["source"] == "indicators"]
    keys = [indicators["order"], indicators["project"].map(tidy), indicators["indicator"].map(tidy)]
    for _, rows in indicators.groupby(keys, sort=True):
        first = rows.iloc[0]
        yield _Group(INDICATOR, first["indicator"], first["project"], first["leaf"], rows.index)
    voted = own.loc[own.index.intersection(base.assessment.voters.index)]
    few = few_voters(base.assessment, stage, category)
    for (_, leaf), rows in voted.groupby(["order", "leaf"], sort=True):
        if leaf not in few:
            yield _Group(VOTERS, leaf, "", leaf, rows.index)
        elif notes is not None:
            notes.append(caution(base.assessment, stage, category, [leaf]))


# --- all at once ------------------------------------------------------------------------------------------------------


def _swept(base: Base, stage: str, category: str, numbers: pd.Index, groups: list[_Group]) -> list[LeftOut]:
    """Every group left out in turn, all of them at once where the stage allows it."""
    if not groups:
        return []
    taken = take_stage(base.prepared, base.worth, base.case, stage)
    try:
        field = _field(base, taken, category, numbers, groups)
        found = outcome(field)
        tables = (field.ranks, found.best, found.pending)
        return [
            _left_out(base, stage, category, numbers, group, *(own[:, k] for own in tables), taken.view.frame.index)
            for k, group in enumerate(groups)
        ]
    except UnsupportedError:
        return [_reassessed(base, stage, category, numbers, group) for group in groups]


def _left_out(
    base: Base,
    stage: str,
    category: str,
    numbers: pd.Index,
    group: _Group,
    ranks: np.ndarray,
    best: np.ndarray,
    pending: np.ndarray,
    index: pd.Index,
) -> LeftOut:
    """The differences from today, of the subjects of the category."""
    at = index.get_indexer(numbers)
    grades, now = base.assessment.grades.loc[numbers], holds_best(base.assessment)[numbers].to_numpy()
    moves = grades["rank"].to_numpy(dtype=int) - np.asarray(ranks)[at]
    then, open_now, open_then = np.asarray(best)[at], (grades["pending"] != "").to_numpy(), np.asarray(pending)[at]
    owners = base.prepared.bound.items.loc[group.items, "subject"]
    return LeftOut(
        group.kind, stage, category, group.name, group.project, group.part, int(owners.nunique()),
        {int(n): int(move) for n, move in zip(numbers, moves, strict=True) if move},
        *(tuple(int(n) for n in numbers[mask]) for mask in (then & ~now, now & ~then, open_then & ~open_now)),
    )  # fmt: skip


def _field(base: Base, taken: Taken, category: str, numbers: pd.Index, groups: list[_Group]) -> Field:
    """Published scores of the stage with each group left out: subjects × groups."""
    stage, index = taken.stage, taken.view.frame.index
    rescale = stage.rescale
    if rescale is not None and in_force(rescale.only_if, taken.case.readings):
        raise UnsupportedError("a total that is scaled up")
    if any(leaf.floor or leaf.zero for leaf in stage.leaves(category)):
        raise UnsupportedError("parts that bend")
    names = [name for name in figures_needed(stage) if name != COMPOSITE]
    figures = {name: np.repeat(today(taken.view, name)[:, None], len(groups), axis=1) for name in [COMPOSITE, *names]}
    scored = _Scored(base, stage, category, numbers)
    for k, group in enumerate(groups):
        for number, items in _by_owner(base, group):
            sums = scored.without(number, items)
            if sums is None:
                raise UnsupportedError("a subject that would have no score at all")
            at = index.get_loc(number)
            for name in figures:
                if name in sums:
                    figures[name][at, k] = hundredths(sums[name])
    return Field(taken.case, stage, taken.view, figures)


def _by_owner(base: Base, group: _Group) -> list[tuple[int, set[int]]]:
    owners = base.prepared.bound.items.loc[group.items, "subject"]
    return [(int(number), set(own.index)) for number, own in owners.groupby(owners)]


class _Scored:
    """The items of a category's subjects by leaf, so that sums without some of them are quickly made."""

    def __init__(self, base: Base, stage: Stage, category: str, numbers: pd.Index) -> None:
        self.stage = stage
        self.due = {leaf.name: leaf.points[category] for leaf in stage.leaves(category)}
        self.from_stage = {leaf.name for leaf in stage.leaves(category) if leaf.stage}
        self.top = {leaf: stage.top_of(leaf) for leaf in self.due}
        items = base.prepared.bound.items[["subject", "leaf", "points"]]
        valued = items.join(base.worth.valued.set_index("item")["score"], how="inner")
        self.items: dict[int, list[tuple[int, str, float, float]]] = {int(number): [] for number in numbers}
        for item, number, leaf, points, score in valued[valued["subject"].isin(numbers)].itertuples():
            self.items[number].append((item, leaf, points, score))
        rows = base.assessment.contributions
        rows = rows[rows["subject"].isin(numbers)]
        self.entries: dict[int, list[tuple[str, float]]] = {int(number): [] for number in numbers}
        self.taken_over: dict[int, dict[str, float]] = {int(number): {} for number in numbers}
        for number, leaf, top, points, value in rows[["subject", "leaf", "top", "points", "value"]].itertuples(
            index=False
        ):
            if leaf in self.from_stage and not np.isnan(points):
                self.taken_over[number][leaf] = value
            elif np.isnan(points):
                self.entries[number].append((top, value))

    def without(self, number: int, items: set[int]) -> dict[str, float] | None:
        """综合得分 and top parts of a subject without some items; None where nothing is left."""
        scores, points = {}, {}
        for item, leaf, worth, score in self.items[number]:
            if item not in items:
                scores[leaf], points[leaf] = scores.get(leaf, 0.0) + score, points.get(leaf, 0.0) + worth
        if not scores and not self.from_stage:
            return None
        there, was = set(scores), {leaf for _, leaf, *_ in self.items[number]}
        values = {leaf: scores[leaf] / points[leaf] * self.due[leaf] * self._growth(leaf, there) for leaf in scores}
        values |= self.taken_over[number]
        more = self._more(there, was)
        totals: dict[str, float] = {COMPOSITE: 0.0} | {self.top[leaf]: 0.0 for leaf in was}
        for leaf, value in values.items():
            totals[COMPOSITE] += value * more
            totals[self.top[leaf]] = totals.get(self.top[leaf], 0.0) + value * more
        for top, value in self.entries[number]:
            totals[COMPOSITE] += value
            totals[top] = totals.get(top, 0.0) + value
        return totals

    def _growth(self, leaf: str, there: set[str]) -> float:
        """By how much a leaf grows where others under the same heading are not there."""
        own = [name for name in self.due if self.top[name] == self.top[leaf] and name not in self.from_stage]
        present = sum(self.due[name] for name in own if name in there)
        return sum(self.due[name] for name in own) / present if present else 1.0

    def _more(self, there: set[str], was: set[str]) -> float:
        """By how much everything grows where a whole top part has gone."""
        gone = {self.top[leaf] for leaf in was} - {self.top[leaf] for leaf in there | self.from_stage}
        total = sum(self.due.values())
        lost = sum(points for leaf, points in self.due.items() if self.top[leaf] in gone)
        return total / (total - lost) if lost < total else 1.0


# --- one by one -------------------------------------------------------------------------------------------------------


def _reassessed(base: Base, stage: str, category: str, numbers: pd.Index, group: _Group) -> LeftOut:
    """One group left out by a full reassessment."""
    worth = replace(base.worth, valued=base.worth.valued[~base.worth.valued["item"].isin(group.items)])
    try:
        then = assess_valued(base.prepared, worth, base.case)
    except InputError as error:
        return _failed(base, stage, category, group, error)
    grades = then.grades
    found = (grades["rank"].to_numpy(dtype=int), holds_best(then).to_numpy(), (grades["pending"] != "").to_numpy())
    return _left_out(base, stage, category, numbers, group, *found, grades.index)


def _failed(base: Base, stage: str, category: str, group: _Group, error: InputError) -> LeftOut:
    owners = base.prepared.bound.items.loc[group.items, "subject"]
    why = "；".join(problem.message for problem in error.problems.errors[:3])
    return LeftOut(
        group.kind, stage, category, group.name, group.project, group.part, int(owners.nunique()), {}, failure=why
    )


def _raters(base: Base, stage: str, category: str, numbers: pd.Index) -> Iterator[LeftOut]:
    """Each examiner of a category left out: what others scored too keeps their mean, the rest is excluded."""
    bound = base.prepared.bound
    mine = bound.scores["item"].isin(bound.items.index[bound.items["subject"].isin(numbers)])
    raters = sorted({rater for rater in bound.scores.loc[mine, "rater"] if rater})
    for rater in raters:
        gone = mine & (bound.scores["rater"] == rater)
        items = pd.Index(bound.scores.loc[gone, "item"].unique())
        left = bound.scores[~gone]
        sources = bound.scores.groupby("item")["component"].nunique()
        remaining = left.groupby("item")["component"].nunique().reindex(items, fill_value=0)
        broken = items[remaining.to_numpy() < sources.loc[items].to_numpy()]
        left = left[~left["item"].isin(broken)].reset_index(drop=True)
        leaves = bound.items.loc[items, "leaf"].unique()
        group = _Group(RATER, rater, "", leaves[0] if len(leaves) == 1 else "", items)
        prepared = replace(base.prepared, bound=replace(bound, scores=left))
        case = replace(base.case, missing="exclude")
        try:
            then = assess_valued(prepared, put_values(prepared, case), case)
        except InputError as error:
            yield _failed(base, stage, category, group, error)
            continue
        grades = then.grades
        found = (grades["rank"].to_numpy(dtype=int), holds_best(then).to_numpy(), (grades["pending"] != "").to_numpy())
        yield _left_out(base, stage, category, numbers, group, *found, grades.index)
