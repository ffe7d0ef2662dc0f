"""What an assessment was made of, as far as it may be written out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from kaohe_tools.anonymity import disclosed
from kaohe_tools.assess import Assessment
from kaohe_tools.basis.lines import lines_of
from kaohe_tools.basis.model import Basis, OpenPool, StageBasis, Taken, key_of, own_state
from kaohe_tools.columns import GROUPINGS
from kaohe_tools.conditions import BARS, View, compare, holds
from kaohe_tools.grading import Grading
from kaohe_tools.grading import Taken as Done
from kaohe_tools.places import all_pools
from kaohe_tools.scheme import Stage, Step, When, in_force
from kaohe_tools.scoring import ADJUST

_ROSTER = {**GROUPINGS, "职务": "post", "人员类型": "staff_type"}  # what conditions may ask of the roster


def take(assessment: Assessment, order: Sequence[int], result: str) -> Basis:
    """What an assessment was made of. order: the subjects' numbers as in 结果.csv; result: see `fingerprint`."""
    shown = disclosed(assessment)
    case = assessment.case
    stages = {name: _Taker(assessment, shown, name, order).stage() for name in assessment.gradings}
    return Basis(
        case.scheme, dict(case.readings), dict(case.params), stages, tuple(lines_of(assessment, shown)), result
    )


class _Taker:
    """One stage of an assessment."""

    def __init__(self, assessment: Assessment, shown: Assessment, name: str, order: Sequence[int]) -> None:
        self.assessment, self.shown = assessment, shown
        self.grading: Grading = assessment.gradings[name]
        self.view: View = self.grading.view
        here = set(self.view.frame.index)
        self.numbers = [int(number) for number in order if number in here]
        self.at = self.view.frame.index.get_indexer(self.numbers)  # positions in the view, in the order of the result
        back = np.empty(len(self.at), dtype=int)
        back[self.at] = np.arange(len(self.at))
        self.position = back  # and the other way round
        tops = [part.name for part in self.grading.stage.parts]
        scores, told = assessment.scores, shown.scores
        self.hidden = {
            top: (scores[top].notna() & told[top].isna()).loc[self.numbers].to_numpy() for top in tops if top in scores
        }

    def stage(self) -> StageBasis:
        grading, view = self.grading, self.view
        frame = view.frame.loc[self.numbers]
        columns = {name: tuple(frame[field]) for name, field in _ROSTER.items() if (frame[field] != "").any()}
        return StageBasis(
            name=grading.stage.name,
            numbers=tuple(self.numbers),
            categories=tuple(frame["category"]),
            subjects=tuple(frame["subject"]),
            groups=tuple(grading.groups[self.at]),
            columns=columns,
            facts={name: tuple(view.facts.get((n, name)) for n in self.numbers) for name in grading.stage.facts},
            votes=self._votes(),
            links={name: tuple(int(n) for n in links[self.at]) for name, links in view.links.items()},
            literals=self._literals(),
            flags={key: self._bools(holds(when, view)) for key, when in self._flags()},
            names=tuple(grading.names_of(position) for position in self.at),
            hidden={top: tuple(bool(h) for h in mask) for top, mask in self.hidden.items() if mask.any()},
            sums=self._sums(),
            grade=tuple(grading.grade[self.at]),
            pending=tuple(grading.pending[self.at]),
            taken=tuple(self._taken(done) for done in grading.taken if done.step.kind != "flag"),
            spare=tuple(self._spare()),
        )

    def _bools(self, mask: np.ndarray) -> tuple[bool, ...]:
        return tuple(bool(value) for value in np.asarray(mask)[self.at])

    def _positions(self, mask: np.ndarray) -> tuple[int, ...]:
        return tuple(int(p) for p in np.sort(self.position[np.flatnonzero(mask)]))

    def _sums(self) -> dict[str, tuple[float | None, ...]]:
        scores = self.shown.scores.loc[self.numbers]
        names = [*(part.name for part in self.grading.stage.parts), ADJUST, "composite"]
        return {name: tuple(None if pd.isna(v) else float(v) for v in scores[name]) for name in names if name in scores}

    # --- votes and what is not told -----------------------------------------------------------------------------------

    def _few(self) -> np.ndarray:
        """Of whom too few voted for the tally to be told."""
        own = [vote for vote in self._vote_names() if vote in self.view.votes]
        valid = self.view.votes.reindex(self.numbers)[own].sum(axis=1).to_numpy(dtype=float)
        return (valid > 0) & (valid < self.assessment.case.min_voters)

    def _vote_names(self) -> list[str]:
        ballot = self.grading.stage.ballot
        return list(ballot.votes) if ballot else []

    def _votes(self) -> dict[str, tuple[float | None, ...]]:
        few, votes = self._few(), self.view.votes.reindex(self.numbers)
        told = {}
        for name in self._vote_names():
            counts = votes[name] if name in votes else pd.Series(np.nan, index=votes.index)
            told[name] = tuple(None if f or pd.isna(c) else float(c) for f, c in zip(few, counts, strict=True))
        return told

    def _literals(self) -> dict[str, tuple[bool | None, ...]]:
        found = {}
        for when in self._leaves():
            if "votes" in when:
                unknown = self._few()
            elif "history" in when or "history_score" in when:
                found[key_of(when)] = self._bools(self._past(when))
                continue
            else:
                unknown = self._untold(when)
            if unknown.any():
                true = holds(when, self.view)[self.at]
                found[key_of(when)] = tuple(bool(t) if u else None for t, u in zip(true, unknown, strict=True))
        return found

    def _untold(self, when: When) -> np.ndarray:
        """Of whom a condition on a score, or on the lowest of a category, looks at figures that are not told."""
        nobody = np.zeros(len(self.numbers), dtype=bool)
        hidden = self.hidden.get(when.get("score", when.get("last", "")), nobody)
        if "last" not in when:
            return hidden
        categories = self.view.frame["category"].loc[self.numbers].to_numpy()
        return np.isin(categories, categories[hidden])

    def _past(self, when: When) -> np.ndarray:
        """A condition on history as far as the years before go."""
        view, true = self.view, np.ones(len(self.view.frame), dtype=bool)
        for back in range(1, when["years"]):
            past = [view.history.get((n, view.year - back), ("", np.nan)) for n in view.frame.index]
            if "history" in when:
                true &= np.array([grade == when["history"] for grade, _ in past], dtype=bool)
            else:
                true &= compare(np.array([score for _, score in past], dtype=float), when)
        return true

    # --- conditions ---------------------------------------------------------------------------------------------------

    def _conditions(self) -> Iterator[When]:
        """Every condition that the steps and marks of the stage ask, also of it by later stages."""
        for name, grading in self.assessment.gradings.items():
            stage = grading.stage
            own = [step for step in stage.steps if in_force(step.only_if, grading.case.readings)]
            asked: list[Any] = [step.when for step in own]
            asked += [step.first.when for step in own if step.first is not None]
            for pool in (pool for step in own for pool in step.pools):
                asked += [pool.members, pool.count, *(when for when, _ in pool.shares)]
            asked += [clause.when for clause in (*stage.marks.values(), *stage.conditions.values())]
            asked += [part.zero.when for top in stage.parts for part in top.walk() if part.zero]
            for when in asked:
                if when is not None:
                    yield from _of(when, name, self.grading.stage.name)

    def _leaves(self) -> list[When]:
        """The plain conditions in them, each once."""
        found: dict[str, When] = {}
        for when in self._conditions():
            for leaf in _plain(when, self.grading.stage):
                found.setdefault(key_of(leaf), leaf)
        return list(found.values())

    def _flags(self) -> Iterator[tuple[str, When]]:
        """Conditions that stand in columns of their own: named ones, those of pools, and who goes first."""
        stage, readings = self.grading.stage, self.grading.case.readings
        asked: list[When | None] = [{"named": name} for name in stage.conditions]
        for step in (step for step in stage.steps if in_force(step.only_if, readings)):
            asked += [step.first.when] if step.first is not None else []
            for pool in step.pools:
                asked += [pool.members, pool.count, *(when for when, _ in pool.shares)]
        for when in asked:
            if when is not None and not own_state(when, stage):
                yield key_of(when), when

    # --- steps --------------------------------------------------------------------------------------------------------

    def _step(self, step: Step) -> int:
        return next(i for i, own in enumerate(self.grading.stage.steps) if own is step)

    def _taken(self, done: Done) -> Taken:
        took, step = self._positions(done.took), self._step(done.step)
        if done.pool is None:
            return Taken(step, took)
        pool = done.pool
        index, value = next(
            ((i, v) for i, v, name in all_pools(done.step, self.view) if name == pool.name), (-1, pool.name)
        )
        if index < 0 and done.step.kind == "mark":
            value = pool.name.removesuffix(f"·{done.step.word}")
        opened = OpenPool(index, value, pool.name, pool.count, pool.places, pool.sum_text)
        return Taken(step, took, opened, self._positions(done.may), self._positions(done.tied))

    def _spare(self) -> Iterator[Taken]:
        """Declared pools that nobody was in, or that had no share: other scores may fill them."""
        stage, readings, view = self.grading.stage, self.grading.case.readings, self.view
        there = {(id(done.step), done.pool.name) for done in self.grading.taken if done.pool is not None}
        for step in (step for step in stage.steps if in_force(step.only_if, readings)):
            for index, value, name in all_pools(step, view):
                if (id(step), name) in there:
                    continue
                pool = step.pools[index]
                counted = holds(pool.members if pool.count is None else pool.count, view)
                if pool.per:
                    counted = counted & (view.frame[GROUPINGS[pool.per]] == value).to_numpy()
                yield Taken(self._step(step), (), OpenPool(index, value, name, int(counted.sum()), None, ""))


def _of(when: When, here: str, wanted: str) -> Iterator[When]:
    """The conditions within one that are asked of a stage."""
    if "of" in when:
        yield from _of({key: value for key, value in when.items() if key != "of"}, when["of"], wanted)
    elif "not" in when:
        yield from _of(when["not"], here, wanted)
    elif "all" in when or "any" in when:
        for inner in when.get("all", when.get("any")):
            yield from _of(inner, here, wanted)
    elif here == wanted:
        yield when


def _plain(when: When, stage: Stage) -> Iterator[When]:
    """The plain conditions that one is made of."""
    if "named" in when:
        yield from _plain(stage.conditions[when["named"]].when, stage)
    elif "not" in when:
        yield from _plain(when["not"], stage)
    elif "all" in when or "any" in when:
        for inner in when.get("all", when.get("any")):
            yield from _plain(inner, stage)
    elif "of" not in when and any(
        name in when for name in (*BARS, "votes", "score", "last", "history", "history_score")
    ):
        yield when
