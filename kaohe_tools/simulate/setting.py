"""What the simulator knows of a case: who is assessed and how able, which items, and where chance comes from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kaohe_tools.case import Case
from kaohe_tools.directory import NOBODY, Directory
from kaohe_tools.exact import tidy
from kaohe_tools.scheme import Rule

OWN, INHERITED = 0.8, 0.6  # how much of a subject's ability is its own, how much that of what it belongs to
MANY_VOTERS = ("测评", "互评", "群众", "代表")  # a part named so is voted on; others are given a mark


@dataclass(frozen=True)
class Setting:
    """A case to simulate.

    `random` draws what every case has, `extra` what only some have, `marking` the marks of single raters, `reporting`
    reports during the year, so that none moves the others' figures; `ability` is about standard normal, by subject;
    `items` as in `items.Items.table`; `raters`: how many members of a panel mark an indicator (0: it marks as one).
    """

    case: Case
    directory: Directory
    items: pd.DataFrame
    ability: pd.Series
    random: np.random.Generator
    extra: np.random.Generator
    raters: int
    marking: np.random.Generator
    reporting: np.random.Generator

    def rule(self, item) -> Rule:
        """The scoring rule of an item (a row as itertuples gives it): its 计分规则, or its part's."""
        stage = self.directory.stage_of(item.subject)
        if item.rule:
            return next(rule for name, rule in stage.rules.items() if tidy(name) == item.rule)
        return stage.part_named(item.leaf).rule

    def is_voted(self, item) -> bool:
        """Is a part that is scored as a whole scored by votes (rather than by a mark)?"""
        voted = any(word in item.leaf for word in MANY_VOTERS)
        return item.source == "scores" and self.rule(item).kind == "given" and voted


def abilities(directory: Directory, random: np.random.Generator) -> pd.Series:
    """How able each subject is; one that belongs to a subject of an earlier stage takes after it."""
    own = pd.Series(random.normal(0.0, 1.0, len(directory.subjects)), directory.subjects.index)
    stages = list(directory.scheme.stages)
    result = own.copy()
    for number, stage in directory.subjects["stage"].items():
        for earlier in stages[: stages.index(stage)]:
            origin = directory.link(number, earlier)
            if origin != NOBODY:
                result[number] = OWN * own[number] + INHERITED * result[origin]
                break
    return result
