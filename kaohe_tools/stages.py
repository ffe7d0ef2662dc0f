"""The stages of a case one after the other: scored, ranked and graded; what one finds is there for the later ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from kaohe_tools.binding import Bound
from kaohe_tools.case import Case
from kaohe_tools.columns import GROUPINGS
from kaohe_tools.conditions import View, holds
from kaohe_tools.directory import Directory
from kaohe_tools.exact import hundredths, publish, show, texts
from kaohe_tools.grading import Grading, grade_stage, over_limits
from kaohe_tools.problems import Place, Problems
from kaohe_tools.ranking import competition_ranks, order_of
from kaohe_tools.scheme import COMPOSITE, Stage, in_force
from kaohe_tools.scoring import ADJUST, composites, contributions


@dataclass
class Run:
    """The stages of a case taken one after the other; what an earlier one found is there for the later ones."""

    case: Case
    directory: Directory
    bound: Bound
    valued: pd.DataFrame
    entries: pd.DataFrame
    facts: Mapping
    history: Mapping
    problems: Problems
    views: dict[str, View] = field(default_factory=dict)
    gradings: dict[str, Grading] = field(default_factory=dict)
    published: dict[int, float] = field(default_factory=dict)
    rows: list[pd.DataFrame] = field(default_factory=list)
    scores: list[pd.DataFrame] = field(default_factory=list)
    grades: list[pd.DataFrame] = field(default_factory=list)
    reasons: list[tuple] = field(default_factory=list)
    quotas: list[tuple] = field(default_factory=list)
    consequences: list[tuple] = field(default_factory=list)

    def take(self, stage: Stage) -> None:
        """Score, rank and grade one stage."""
        subjects = self.directory.subjects
        here = subjects.index[subjects["stage"] == stage.name]
        if not len(here):
            return
        view = self._view(stage, here)
        rows = contributions(
            self.case, stage, self.bound, self.valued, self.entries, view, self.published, self.directory, self.problems
        )
        if self.problems.errors:
            return
        scores = composites(rows, stage, here)
        if self._without_score(scores):
            return
        groups = group_names(stage, view.frame)
        order = self._publish(stage, view, scores, groups)
        self.reasons += _score_reasons(stage, view, groups, self.entries)
        grading = grade_stage(self.case, stage, view, order, groups)
        self._keep(stage, view, rows, scores, grading)

    def _without_score(self, scores: pd.DataFrame) -> bool:
        """Subjects of whom nothing at all was given (under missing: exclude) cannot be ranked; told."""
        without = scores.index[scores["composite"].isna()]
        for row in self.directory.subjects.loc[without].itertuples():
            place = self.directory.tables.place(row.sheet, row.row, "subject")
            self.problems.error(place, f"“{row.subject}”没有任何得分，无法计算{COMPOSITE}", "请补填，或从名册中删除")
        return bool(len(without))

    def _view(self, stage: Stage, here: pd.Index) -> View:
        frame = self.directory.subjects.loc[here].assign(grade="", pending="", rank=0, count=0)
        links = {name: np.array([self.directory.link(number, name) for number in here]) for name in self.views}
        votes = self.bound.votes.groupby("subject").sum().reindex(here)
        return View(stage, frame, self.facts, self.case.year, votes, self.history, links, self.views)

    def _publish(self, stage: Stage, view: View, scores: pd.DataFrame, groups: np.ndarray) -> np.ndarray:
        """Put the published figures and ranks into the view; returns the order in which places are given."""
        columns = {name: publish(scores[name]) for name in (*(part.name for part in stage.parts), ADJUST)}
        columns[COMPOSITE] = publish(scores["composite"])
        keys = [hundredths(scores["composite"])]
        keys += [hundredths(scores[name].fillna(0.0)) for name in stage.tie_break]
        order, group = order_of(*keys), pd.factorize(groups)[0]
        view.put({**columns, "rank": competition_ranks(order, group), "count": np.bincount(group)[group]})
        self.published |= dict(zip(view.frame.index, columns[COMPOSITE].tolist(), strict=True))
        return order

    def _keep(self, stage: Stage, view: View, rows: pd.DataFrame, scores: pd.DataFrame, grading: Grading) -> None:
        self.views[stage.name] = view
        self.gradings[stage.name] = grading
        self.rows.append(rows)
        self.scores.append(scores)
        self.grades.append(grading.result().assign(rank=view.frame["rank"], count=view.frame["count"]))
        self.reasons += grading.reasons
        self.quotas += [(stage.name, *row) for row in grading.quotas]
        for told in over_limits(grading):
            self.problems.warning(Place(), told, "办法写“一般不超过”，请研究是否调整")
        for rule in stage.consequences:
            if in_force(rule.only_if, self.case.readings):
                for number in view.frame.index[holds(rule.when, view)]:
                    self.consequences += [(number, matter, rule.article) for matter in rule.then]


def group_names(stage: Stage, frame: pd.DataFrame) -> np.ndarray:
    """The name of the group in which each subject is ranked: its category, or a group within it (县级·甲局)."""
    names = frame["category"].tolist()
    if stage.rank_within:
        rows = frame[[GROUPINGS[name] for name in stage.rank_within]].itertuples()
        within = [ranked_within(stage, row) for row in rows]
        names = [f"{name}·{own}" if own else name for name, own in zip(names, within, strict=True)]
    return np.array(names, dtype=object)


def ranked_within(stage: Stage, subject: Any) -> str:
    """What a subject (a row as itertuples gives it) is ranked within, beside its category; "" where nothing."""
    return next(filter(None, (getattr(subject, GROUPINGS[name]) for name in stage.rank_within)), "")


def _score_reasons(
    stage: Stage, view: View, groups: np.ndarray, entries: pd.DataFrame
) -> list[tuple[int, str, str, str, str]]:
    """For each subject: how its composite came about, which ledger entries were set aside, and where it stands."""
    aside: dict[int, list] = {}
    for entry in entries[entries["set_aside"] != ""].sort_values(["standard", "matter"], kind="stable").itertuples():
        aside.setdefault(entry.subject, []).append(entry)
    ranks, counts = view.frame["rank"].to_numpy(), view.frame["count"].tolist()
    _, level, sizes = np.unique(
        pd.factorize(groups)[0] * len(ranks) + ranks - 1, return_inverse=True, return_counts=True
    )
    standing = zip(groups, counts, ranks.tolist(), sizes[level].tolist(), strict=True)
    reasons = []
    for number, how, (name, count, rank, same) in zip(
        view.frame.index, _compositions(stage, view), standing, strict=True
    ):
        reasons.append((number, "得分", *how, ""))
        for entry in aside.get(number, ()):
            what = f"{entry.standard}“{entry.matter}”" if entry.matter else entry.standard
            reasons.append((number, "台账", entry.article, f"{what} {entry.value:+g} 分不计：{entry.set_aside}", ""))
        shared = f"，与另外 {same - 1} 个对象并列" if same > 1 else ""
        reasons.append((number, "排名", "", f"在{name} {count} 个对象中排第 {rank}{shared}", ""))
    return reasons


def _compositions(stage: Stage, view: View) -> Iterator[tuple[str, str]]:
    """For each subject the articles and the sum of its composite score in words; a part that it lacks is left out."""
    whole = texts(view.frame[COMPOSITE], show)
    if stage.composite_from:
        origin = f"即{stage.composite_from}环节的{COMPOSITE}"
        yield from ((stage.composite_article, f"{COMPOSITE} {figure}，{origin}") for figure in whole)
        return
    named = {part.name: part.article for part in stage.parts} | {ADJUST: ""}
    columns = [texts(view.frame[name], show) for name in named]
    for total, *figures in zip(whole, *columns, strict=True):
        there = [(name, figure) for name, figure in zip(named, figures, strict=True) if figure]
        terms = " + ".join(f"{name} {figure}" for name, figure in there)
        text = f"{terms}，{COMPOSITE} {total}（各项分别四舍五入，总分由未舍入的数相加）"
        yield "；".join(dict.fromkeys(named[name] for name, _ in there if name != ADJUST)), text
