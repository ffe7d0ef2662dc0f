"""One case from its folder to its result: read, check, score, rank, grade."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from kaohe_tools.binding import bind
from kaohe_tools.case import Case, load_case
from kaohe_tools.conditions import View, holds
from kaohe_tools.directory import Directory
from kaohe_tools.exact import hundredths, publish, show
from kaohe_tools.facts import bind_facts
from kaohe_tools.grading import grade_stage, settled_frame
from kaohe_tools.grid import read_folder
from kaohe_tools.ledger import bind_ledger
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.ranking import competition_ranks
from kaohe_tools.scheme import COMPOSITE, Scheme, Stage
from kaohe_tools.scoring import ADJUST, composites, contributions
from kaohe_tools.sheets import read_tables


@dataclass(frozen=True)
class Assessment:
    """Everything known about an assessed case, on numbered subjects.

    subjects: the roster (Directory.subjects). contributions: as `scoring` gives them. scores: by subject, unrounded
    parts, ADJUST and composite. grades: rank, count, grade, pending. reasons: subject, step, article, text (in order).
    quotas: stage, pool, count, places, used, sum. consequences: subject, matter, article.
    """

    case: Case
    problems: Problems
    inputs: dict[str, str]
    subjects: pd.DataFrame
    contributions: pd.DataFrame
    scores: pd.DataFrame
    grades: pd.DataFrame
    reasons: pd.DataFrame
    quotas: pd.DataFrame
    consequences: pd.DataFrame


def assess(folder: Path) -> Assessment:
    """Assess a case folder. Raises InputError with every problem where there is an error in it."""
    case = load_case(folder)
    problems = Problems()
    inputs = _hashes(folder)
    grids = read_folder(folder, problems)
    tables = read_tables(grids, _vote_names(case.scheme), problems)
    directory = Directory(case.scheme, tables, problems)
    bound = bind(tables, directory, problems)
    facts = bind_facts(tables, directory, problems)
    entries = bind_ledger(case, tables, directory, problems)
    rows = contributions(case, bound, facts, entries, directory, problems)
    _tell_expected_facts(directory, facts, problems)
    if problems.errors:
        raise InputError(problems)
    scores = composites(rows, directory)
    lookup = {(row.subject, row.fact): row.value for row in facts.itertuples()}
    grades, reasons, quotas, consequences = _grade(case, directory, scores, entries, lookup)
    return Assessment(case, problems, inputs, directory.subjects, rows, scores, grades, reasons, quotas, consequences)


def check(folder: Path) -> Problems:
    """All problems of a case, its notes included; errors or not."""
    try:
        return assess(folder).problems
    except InputError as error:
        return error.problems


def _hashes(folder: Path) -> dict[str, str]:
    """sha256 of every file of the case, by its path in the folder."""
    files = sorted((p for p in folder.rglob("*") if p.is_file() and not p.name.startswith((".", "~$"))), key=str)
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def _vote_names(scheme: Scheme) -> list[str]:
    votes = [vote for stage in scheme.stages.values() for vote in (*stage.votes, stage.abstain)]
    return list(dict.fromkeys(votes))


def _tell_expected_facts(directory: Directory, facts: pd.DataFrame, problems: Problems) -> None:
    """A note for each fact that a grade usually needs and that was given for nobody or only for some."""
    given = set(zip(facts["subject"], facts["fact"], strict=True))
    for stage in directory.scheme.stages.values():
        here = directory.subjects[directory.subjects["stage"] == stage.name]
        for fact in (fact for fact in stage.facts.values() if fact.expected):
            lacking = [name for number, name in here["subject"].items() if (number, fact.name) not in given]
            if lacking:
                shown = "、".join(lacking[:5]) + ("等" if len(lacking) > 5 else "")
                message = (
                    f"环节“{stage.name}”有 {len(lacking)} 个对象没有给出情形“{fact.name}”（{shown}），按没有影响处理"
                )
                problems.note(Place(), message, "如有结论请补填")


# --- from scores to grades ------------------------------------------------------------------------------------------


def _grade(case: Case, directory: Directory, scores: pd.DataFrame, entries: pd.DataFrame, facts: dict):
    """Ranks, grades, reasons, quotas and consequences, stage by stage."""
    grades, reasons, quotas, consequences = [], [], [], []
    for stage in case.scheme.stages.values():
        here = directory.subjects.index[directory.subjects["stage"] == stage.name]
        if not len(here):
            continue
        view = View(stage, _published(stage, directory.subjects.loc[here], scores.loc[here]), facts)
        reasons += _score_reasons(stage, view, entries)
        grading = grade_stage(case, stage, view)
        settled = settled_frame(grading)
        view.frame["grade"] = settled["grade"]
        grades.append(settled.assign(rank=view.frame["排名"], count=view.frame["count"]))
        reasons += grading.reasons
        quotas += [(stage.name, *row) for row in grading.quotas]
        for rule in stage.consequences:
            for number in here[holds(rule.when, view)]:
                consequences += [(number, matter, rule.article) for matter in rule.then]
    return (
        pd.concat(grades).sort_index(),
        _by_subject(reasons, ["subject", "step", "article", "text"]),
        pd.DataFrame(quotas, columns=["stage", "pool", "count", "places", "used", "sum"]),
        _by_subject(consequences, ["subject", "matter", "article"]),
    )


def _by_subject(rows: list[tuple], columns: list[str]) -> pd.DataFrame:
    """Rows by subject, those of one subject in the order in which they came about."""
    return pd.DataFrame(rows, columns=columns).sort_values("subject", kind="stable", ignore_index=True)


def _published(stage: Stage, subjects: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """What conditions and ranks look at: published parts (all levels that are columns) and 综合得分, 排名, count."""
    frame = subjects[["subject", "category", "group", "unit", "post"]].copy()
    for part in stage.parts:
        frame[part.name] = publish(scores[part.name])
    frame[ADJUST] = publish(scores[ADJUST])
    frame[COMPOSITE] = publish(scores["composite"])
    codes = pd.factorize(frame["category"])[0]
    frame["排名"] = competition_ranks(hundredths(scores["composite"]), codes)
    frame["count"] = frame.groupby("category")["subject"].transform("size")
    return frame


def _score_reasons(stage: Stage, view: View, entries: pd.DataFrame) -> list[tuple[int, str, str, str]]:
    """For each subject: how its composite came about, which ledger entries were set aside, and where it stands."""
    aside = {number: group for number, group in entries[entries["set_aside"] != ""].groupby("subject")}
    reasons = []
    for number, row in view.frame.iterrows():
        parts = [part for part in stage.parts if not np.isnan(row[part.name])]
        terms = [f"{part.name} {show(row[part.name])}" for part in parts]
        if stage.ledger is not None:
            terms.append(f"{ADJUST} {show(row[ADJUST])}")
        articles = "；".join(dict.fromkeys(part.article for part in parts))
        text = f"{' + '.join(terms)}，{COMPOSITE} {show(row[COMPOSITE])}（各项分别四舍五入，总分由未舍入的数相加）"
        reasons.append((number, "得分", articles, text))
        for entry in aside.get(number, entries.iloc[:0]).sort_values(["standard", "matter"]).itertuples():
            what = f"{entry.standard}“{entry.matter}”" if entry.matter else entry.standard
            reasons.append((number, "台账", entry.article, f"{what} {entry.value:+g} 分不计：{entry.set_aside}"))
        tied = int(((view.frame["category"] == row["category"]) & (view.frame["排名"] == row["排名"])).sum())
        shared = f"，与另外 {tied - 1} 个对象并列" if tied > 1 else ""
        reasons.append((number, "排名", "", f"在{row['category']} {row['count']} 个对象中排第 {row['排名']}{shared}"))
    return reasons
