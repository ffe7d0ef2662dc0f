"""One stage of a prepared case as the engine itself takes it: today, or under drawn weights."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from kaohe_tools.assess import Prepared, Valued
from kaohe_tools.case import Case
from kaohe_tools.conditions import View
from kaohe_tools.problems import InputError
from kaohe_tools.scheme import Stage
from kaohe_tools.stages import Run
from kaohe_tools.whatif.weights import Points, reweighed


class NotVectorisedError(ValueError):
    """Something that draws can only be put through one at a time; says what, in Chinese."""


@dataclass(frozen=True)
class Taken:
    """A stage as the engine took it. view: with everybody's rank, grade and what is pending; rows: contributions;
    scores: unrounded parts and composite by subject; grades: as in Assessment, this stage's subjects.
    """

    case: Case
    stage: Stage
    view: View
    rows: pd.DataFrame
    scores: pd.DataFrame
    grades: pd.DataFrame


def take_stage(prepared: Prepared, worth: Valued, case: Case, name: str) -> Taken:
    """Go through the stages up to one. Raises InputError with every problem where there is an error."""
    problems = worth.problems.copy()
    directory = copy.copy(prepared.directory)
    directory.problems = problems
    lookup = {(row.subject, row.fact): row.value for row in prepared.facts.itertuples()}
    run = Run(case, directory, prepared.bound, worth.valued, worth.entries, lookup, prepared.history, problems)
    for stage in case.scheme.stages.values():
        run.take(stage)
        if problems.errors:
            raise InputError(problems)
        if stage.name == name:
            break
    return Taken(case, run.case.scheme.stages[name], run.views[name], run.rows[-1], run.scores[-1], run.grades[-1])


def with_weights(
    prepared: Prepared, worth: Valued, case: Case, stage: str, points: Points, scale: Mapping[int, float]
) -> tuple[Prepared, Valued, Case]:
    """The case as it would be with other points of parts, and of items: `scale` by item, its share of full points kept.

    What comes back can be assessed by `assess_valued`; nothing that is given is changed.
    """
    scheme = reweighed(case.scheme, stage, points) if points else case.scheme
    if scale:
        factor = pd.Series(scale, dtype=float)
        items, valued = prepared.bound.items.copy(), worth.valued.copy()
        items["points"] *= factor.reindex(items.index).fillna(1.0)
        valued["score"] *= valued["item"].map(factor).fillna(1.0).to_numpy()
        prepared = replace(prepared, bound=replace(prepared.bound, items=items))
        worth = replace(worth, valued=valued)
    return prepared, worth, replace(case, scheme=scheme)
