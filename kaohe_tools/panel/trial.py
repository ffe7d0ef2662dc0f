"""One category of an assessed case, tried with other weights or readings; every answer is a real reassessment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from kaohe_tools.assess import Assessment
from kaohe_tools.exact import publish
from kaohe_tools.whatif.scenario import Scenario
from kaohe_tools.whatif.variant import Base, base_of, vary
from kaohe_tools.whatif.weights import points_of

COLUMNS = ("考核对象", "编号", "原排名", "排名", "原得分", "得分", "原等次", "等次", "原待定", "待定")


@dataclass(frozen=True)
class Outcome:
    """What a trial gives for the category, beside today's.

    table: COLUMNS, in today's order of ranks. line: the lowest published score that holds the top grade (NaN: nobody),
    line_today: the same as it is today. gained, lost: who enters or leaves the top grade.
    """

    points: Mapping[str, float]
    table: pd.DataFrame
    line: float
    line_today: float
    gained: tuple[str, ...]
    lost: tuple[str, ...]

    @property
    def moved(self) -> int:
        """How many subjects change their rank."""
        return int((self.table["原排名"] != self.table["排名"]).sum())


@dataclass(frozen=True)
class Trial:
    """A case assessed once, its category to be tried many times; nothing in it is changed by trying."""

    base: Base
    stage: str
    category: str

    @property
    def points(self) -> dict[str, float]:
        """Today's points of the category's leaf parts."""
        return points_of(self.base.case.scheme.stages[self.stage], self.category)

    @property
    def places(self) -> list[tuple[str, str]]:
        """The (stage, category) pairs in which weight can be moved: those with at least two leaf parts."""
        stages = self.base.case.scheme.stages
        return [pair for pair in self.base.present if len(points_of(stages[pair[0]], pair[1])) > 1]

    @property
    def top_grade(self) -> str:
        """The best grade of the stage."""
        return next(iter(self.base.case.scheme.stages[self.stage].grades), "")

    def scenario(self, points: Mapping[str, float], readings: Mapping[str, str], name: str = "") -> Scenario:
        """Points of the category's leaf parts and readings as a scenario that `kaohe whatif` understands."""
        where = f"{self.stage}:{self.category}"
        named = {f"{where}:{leaf}": value for leaf, value in points.items()}
        return Scenario(name, named, free=True, readings=dict(readings))

    def attempt(self, points: Mapping[str, float], readings: Mapping[str, str] | None = None) -> Outcome:
        """The category under other points of its leaf parts and other readings. Raises InputError as `vary` does.

        Stages after the trial's own cannot change its ranks and are left out.
        """
        return self._outcome(points, vary(self.base, self.scenario(points, readings or {}), self.stage).assessment)

    @cached_property
    def _today(self) -> pd.DataFrame:
        """Today's columns of an outcome's table, in today's order of ranks; index = subject number."""
        today = self.base.assessment
        subjects = today.subjects
        mine = subjects[(subjects["stage"] == self.stage) & (subjects["category"] == self.category)]
        grades = today.grades.loc[mine.index]
        scores = publish(today.scores["composite"].loc[mine.index])
        table = pd.DataFrame({
            "考核对象": mine["subject"], "编号": mine["code"],
            "原排名": grades["rank"], "原得分": scores, "原等次": grades["grade"], "原待定": grades["pending"],
        })  # fmt: skip
        return table.sort_values(["原排名", "考核对象", "编号"], kind="stable")

    def _outcome(self, points: Mapping[str, float], variant: Assessment) -> Outcome:
        before = self._today
        after = variant.grades.loc[before.index]
        scores = variant.scores["composite"].loc[before.index]
        columns = {"排名": after["rank"], "得分": publish(scores), "等次": after["grade"], "待定": after["pending"]}
        table = pd.concat([before, pd.DataFrame(columns)], axis=1)[list(COLUMNS)].reset_index(drop=True)
        was = (table["原等次"] == self.top_grade) & (table["原待定"] == "")
        now = (table["等次"] == self.top_grade) & (table["待定"] == "")
        lines = (float(table.loc[now, "得分"].min()), float(table.loc[was, "原得分"].min()))
        names = table["考核对象"]
        return Outcome(dict(points), table, *lines, tuple(names[now & ~was]), tuple(names[was & ~now]))


def open_trial(case: Path, stage: str = "", category: str = "") -> Trial:
    """Assess a case once and choose a category ("": the first stage, the first category with subjects).

    Raises InputError where the case has errors, KeyError where it has no such stage or category.
    """
    base = base_of(case)
    chosen = [pair for pair in base.present if stage in ("", pair[0]) and category in ("", pair[1])]
    if not chosen:
        raise KeyError(f"{stage}·{category}，可选：{'、'.join('·'.join(pair) for pair in base.present)}")
    return Trial(base, *chosen[0])
