"""The best grade of a stage under many variants at once: the steps of `grading`, on published scores in hundredths.

A table of subjects × variants goes through the same steps as an assessment; only who has the best grade and who is
pending comes out, without reasons. What cannot be said of all variants together raises UnsupportedError.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from kaohe_tools.case import Case
from kaohe_tools.conditions import BARS, View, holds
from kaohe_tools.exact import exceeds, hundredths, parse_share, reaches
from kaohe_tools.places import open_pools
from kaohe_tools.scheme import COMPOSITE, Stage, Step, When, in_force
from kaohe_tools.stages import group_names

NONE = -(2**62)  # stands for a part that a category does not have
_LAST_LEVEL = 99  # a grade that is none of the stage's own (不确定等次)
_KEY = 10**8  # a tie-break key takes so many values
_VARYING = ("score", "last", "rank_share", "grade", "pending", "history", "history_score")


class UnsupportedError(Exception):
    """A stage whose grades hang on more than order, bars and findings that stay as they are."""


@dataclass(frozen=True)
class Outcome:
    """Who has the best grade and who is pending: boolean, subjects of the stage × variants."""

    best: np.ndarray
    pending: np.ndarray


@dataclass
class Field:
    """A stage under many variants.

    view: the stage as assessed today. figures: by part name and 综合得分 the published score in hundredths, subjects ×
    variants (NONE where a subject lacks the part); figures that are not given stay as they are today.
    """

    case: Case
    stage: Stage
    view: View
    figures: Mapping[str, np.ndarray]
    _today: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    def figure(self, name: str) -> np.ndarray:
        """Published scores of a part, of 综合得分 or of 加减分; one column where they do not vary."""
        if name in self.figures:
            return self.figures[name]
        if name not in self._today:
            self._today[name] = today(self.view, name)[:, None]
        return self._today[name]

    @cached_property
    def groups(self) -> np.ndarray:
        return group_names(self.stage, self.view.frame)

    @cached_property
    def order(self) -> np.ndarray:
        """Higher is better, equal only where nothing parts two subjects."""
        keys = self.stage.tie_break
        if len(keys) > 1:
            raise UnsupportedError("more than one tie-break key")
        order = self.figure(COMPOSITE)
        for name in keys:
            key = self.figure(name)
            order = order * _KEY + np.where(key == NONE, 0, key) + _KEY // 2
        return order

    @cached_property
    def ranks(self) -> np.ndarray:
        """Competition ranks within the groups of the stage."""
        ranks = np.zeros(self.order.shape, dtype=np.int64)
        for name in dict.fromkeys(self.groups):
            rows = np.flatnonzero(self.groups == name)
            ranks[rows] = _ranks(self.order[rows])
        return ranks


def today(view: View, name: str) -> np.ndarray:
    """Today's published scores of a part or of 综合得分 in hundredths; NONE where there is none."""
    values = view.frame[name].to_numpy(dtype=float)
    known = np.isfinite(values)
    return np.where(known, hundredths(np.where(known, values, 0.0)), NONE)


def figures_needed(stage: Stage) -> list[str]:
    """The figures that a stage's grades look at: 综合得分, the tie-break keys, and parts named by conditions."""
    names = [COMPOSITE, *stage.tie_break]
    whens = [step.when for step in stage.steps] + [step.first.when for step in stage.steps if step.first]
    for when in (when for when in whens if when is not None):
        names += _named_figures(when, stage)
    return list(dict.fromkeys(names))


def _named_figures(when: When, stage: Stage) -> Iterator[str]:
    if "of" in when:
        return
    if "named" in when:
        yield from _named_figures(stage.conditions[when["named"]].when, stage)
    for inner in [*when.get("all", ()), *when.get("any", ()), *([when["not"]] if "not" in when else ())]:
        yield from _named_figures(inner, stage)
    yield from (when[key] for key in ("score", "last") if key in when)


def _ranks(order: np.ndarray) -> np.ndarray:
    """Competition ranks down each column."""
    at = np.argsort(-order, axis=0, kind="stable")
    ordered = np.take_along_axis(order, at, axis=0)
    place = np.arange(len(order))[:, None]
    begins = np.vstack([np.ones((1, order.shape[1]), bool), ordered[1:] != ordered[:-1]])
    found = np.maximum.accumulate(np.where(begins, place, 0), axis=0) + 1
    ranks = np.empty_like(found)
    np.put_along_axis(ranks, at, found, axis=0)
    return ranks


# --- the steps --------------------------------------------------------------------------------------------------------


@dataclass
class _State:
    """Grades so far: level (index among the stage's grades, −1: none yet), pending, the best level allowed."""

    level: np.ndarray
    pending: np.ndarray
    ceiling: np.ndarray

    @property
    def open(self) -> np.ndarray:
        return (self.level < 0) & ~self.pending


def outcome(field: Field) -> Outcome:
    """Take the steps of a stage for all variants. Raises UnsupportedError."""
    shape = field.order.shape
    state = _State(np.full(shape, -1, np.int8), np.zeros(shape, bool), np.zeros(shape, np.int8))
    for step in field.stage.steps:
        if step.kind not in ("flag", "mark") and in_force(step.only_if, field.case.readings):
            _take(field, state, step)
    return Outcome((state.level == 0) & ~state.pending, state.pending)


def _take(field: Field, state: _State, step: Step) -> None:
    if step.kind == "places":
        _give_places(field, state, step)
        return
    met = state.open & _true(step.when, field, state)
    grades = field.stage.grades
    level = grades.index(step.word) if step.word in grades else _LAST_LEVEL
    if step.kind == "pending":
        state.pending |= met
    elif step.kind == "ceiling":
        state.ceiling = np.where(met, np.maximum(state.ceiling, level), state.ceiling).astype(np.int8)
    elif step.kind == "set":
        state.level[met] = level
    else:
        state.level = np.where(met, np.maximum(state.ceiling, level), state.level).astype(np.int8)


def _give_places(field: Field, state: _State, step: Step) -> None:
    level = field.stage.grades.index(step.word)
    for pool in step.pools:
        for when in filter(None, (pool.members, pool.count, *(when for when, _ in pool.shares))):
            _refuse_varying(when, field.stage)
    if step.pools and step.when is not None and _varies_with(step.when, field.stage, ("grade", "pending")):
        raise UnsupportedError("a place that hangs on grades given by the same step")
    able = np.broadcast_to(_true(step.when, field, state), field.order.shape)
    first = None
    if step.first is not None and in_force(step.first.only_if, field.case.readings):
        first = np.broadcast_to(_true(step.first.when, field, state), field.order.shape)
    for pool in open_pools(field.case, step, field.view, field.groups):
        rows = np.flatnonzero(pool.members)
        open_ones = (state.level[rows] < 0) & ~state.pending[rows]
        may = open_ones & (state.ceiling[rows] <= level) & able[rows]
        if pool.places is None:
            state.pending[rows] |= may
            continue
        if pool.every:
            given, tied = may, np.zeros_like(may)
        else:
            before = may & first[rows] if first is not None else np.zeros_like(may)
            given, tied = _fill(field.order[rows], may, before, pool.places)
        state.level[rows] = np.where(given, level, state.level[rows])
        state.pending[rows] |= tied


def _fill(order: np.ndarray, may: np.ndarray, first: np.ndarray, places: int) -> tuple[np.ndarray, np.ndarray]:
    """Who gets a place and who ties for the last ones; those who go first (可优先) before others."""
    left = np.full(order.shape[1], places)
    if not first.any():
        return _allocate(order, may, left)
    given, tied = _allocate(order, first, left)
    left = np.where(tied.any(axis=0), 0, left - given.sum(axis=0))
    more, tied_more = _allocate(order, may & ~first, left)
    return given | more, tied | tied_more


def _allocate(order: np.ndarray, may: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As `ranking.allocate`, column by column: a level of equal ones that does not fit whole stays open."""
    values = np.where(may, order, NONE)
    ordered = -np.sort(-values, axis=0)
    last, beyond = (np.clip(places + shift, 0, len(order) - 1)[None, :] for shift in (-1, 0))
    bar = np.take_along_axis(ordered, last, axis=0)
    next_one = np.where(places[None, :] < len(order), np.take_along_axis(ordered, beyond, axis=0), NONE)
    split = (bar == next_one) & (bar != NONE)
    some = places[None, :] > 0
    given = may & some & np.where(split, values > bar, values >= bar)
    return given, may & some & split & (values == bar)


# --- conditions -------------------------------------------------------------------------------------------------------


def _true(when: When | None, field: Field, state: _State) -> np.ndarray:
    """For whom a condition holds in which variant; one column where it does not vary."""
    if when is None:
        return np.ones((len(field.view.frame), 1), bool)
    if "of" in when:
        return holds(when, field.view)[:, None]
    if "all" in when or "any" in when:
        join = np.logical_and if "all" in when else np.logical_or
        parts = [_true(inner, field, state) for inner in when["all" if "all" in when else "any"]]
        joined = parts[0]
        for part in parts[1:]:
            joined = join(joined, part)
        return joined
    if "not" in when:
        return ~_true(when["not"], field, state)
    if "named" in when:
        return _true(field.stage.conditions[when["named"]].when, field, state)
    return _leaf(when, field, state)


def _leaf(when: When, field: Field, state: _State) -> np.ndarray:
    if "score" in when:
        return _meets_bars(field.figure(when["score"]), when)
    if "last" in when:
        return _last(field.figure(when["last"]), field.view.frame["category"].to_numpy())
    if "rank_share" in when:
        share = parse_share(when["rank_share"]) * field.view.frame["count"].to_numpy(dtype=float)
        return ~exceeds(field.ranks - share[:, None], 0.0)
    if "grade" in when:
        names = [when["grade"]] if isinstance(when["grade"], str) else list(when["grade"])
        levels = [field.stage.grades.index(name) for name in names if name in field.stage.grades]
        return np.isin(state.level, levels)
    if "pending" in when:
        return state.pending
    if "history" in when or "history_score" in when:
        raise UnsupportedError("a grade that hangs on earlier years and this year's grade")
    return holds(when, field.view)[:, None]


def _meets_bars(figures: np.ndarray, when: When) -> np.ndarray:
    known, values = figures != NONE, figures / 100
    met = known.copy()
    tests = {
        "at_least": reaches,
        "above": exceeds,
        "below": lambda v, b: ~reaches(v, b),
        "at_most": lambda v, b: ~exceeds(v, b),
    }
    for bar in (bar for bar in BARS if bar in when):
        met &= tests[bar](values, parse_share(when[bar]))
    return met


def _last(figures: np.ndarray, categories: np.ndarray) -> np.ndarray:
    """The lowest of a category of at least two; all who tie for it are last."""
    found = np.zeros(figures.shape, bool)
    for name in dict.fromkeys(categories):
        rows = np.flatnonzero(categories == name)
        own = figures[rows]
        known = own != NONE
        lowest = np.where(known, own, -NONE).min(axis=0)
        found[rows] = known & (own == lowest) & (known.sum(axis=0) >= 2)
    return found


def _refuse_varying(when: When, stage: Stage) -> None:
    """Pools are taken as they stand today; that holds only where no score of this stage decides who is in them."""
    if _varies_with(when, stage, _VARYING):
        raise UnsupportedError("a pool whose members hang on scores")


def _varies_with(when: When, stage: Stage, keys: tuple[str, ...]) -> bool:
    """Does a condition look at any of these in its own stage?"""
    if "of" in when:
        return False
    inner = [*when.get("all", ()), *when.get("any", ()), *([when["not"]] if "not" in when else ())]
    inner += [stage.conditions[when["named"]].when] if "named" in when else []
    return any(key in when for key in keys) or any(_varies_with(one, stage, keys) for one in inner)
