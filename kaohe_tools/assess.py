"""One case from its folder to its result: read, check, and stage by stage score, rank, grade.

Three steps, so that what-if questions need not begin anew: `prepare` reads the files, `put_values` gives scores and
ledger entries their worth, `assess_valued` goes through the stages.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path

import numpy as np
import pandas as pd

from kaohe_tools.binding import Bound, bind
from kaohe_tools.case import Case, load_case
from kaohe_tools.digests import digest_of
from kaohe_tools.directory import Directory
from kaohe_tools.doubts import doubts
from kaohe_tools.facts import bind_facts, bind_history
from kaohe_tools.grading import Grading
from kaohe_tools.grid import read_folder
from kaohe_tools.ledger import bind_ledger
from kaohe_tools.logs import log, step
from kaohe_tools.problems import LEVELS, InputError, Place, Problems
from kaohe_tools.scheme import Scheme
from kaohe_tools.sheets import Tables, read_tables
from kaohe_tools.stages import Run
from kaohe_tools.values import check_votes, item_values, tell_few_voters

# Columns of text as Python's own objects: they are walked row by row here, and where pyarrow is installed, its columns
# would make that twice as slow.
_plain_texts = pd.option_context("mode.string_storage", "python")


@dataclass(frozen=True)
class Assessment:
    """Everything known about an assessed case, on numbered subjects.

    subjects: the roster (Directory.subjects). contributions: as `scoring` gives them. scores: by subject, unrounded
    parts, ADJUST and composite. grades: by subject, rank, count, group, grade, pending and the yes/no marks. reasons:
    subject, step, article, text, own (how the subject is told; "": as the text), in order. quotas: stage, pool, count,
    places, used, sum. consequences: subject, matter, article. entries: as `ledger` gives them, those set aside too,
    with file, sheet, cell. voters: subject, leaf, voters (valid ballots), of parts scored by ballots. history: subject,
    year, grade, composite. tables: the sheets and rows that were read. bound: what was read, by items. gradings: by
    stage, the steps of grading as they were taken. What of it may be written out: see `anonymity`.
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
    entries: pd.DataFrame
    voters: pd.DataFrame
    history: pd.DataFrame
    tables: Tables
    bound: Bound
    gradings: Mapping[str, Grading]


@dataclass(frozen=True)
class Prepared:
    """A case whose files are read and bound to subjects and items; nothing in it depends on a reading."""

    case: Case
    inputs: Mapping[str, str]
    directory: Directory
    bound: Bound
    facts: pd.DataFrame
    history: Mapping
    problems: Problems


@dataclass(frozen=True)
class Valued:
    """The items' values and the ledger's entries under the readings of a case, and all problems told so far."""

    valued: pd.DataFrame
    entries: pd.DataFrame
    problems: Problems


def assess(folder: Path, scheme_file: Path | None = None) -> Assessment:
    """Assess a case folder, under another scheme file where one is given (see `load_case`).

    Raises InputError with every problem where there is an error in it.
    """
    prepared = prepare(folder, scheme_file)
    with step("计分、排名、定等次"):
        assessment = assess_prepared(prepared, prepared.case)
    told = "、".join(f"{level} {assessment.problems.count(level)} 个" for level in LEVELS)
    log.info("考核对象 %d 个；数据检查：%s", len(assessment.subjects), told)
    return assessment


@_plain_texts
def prepare(folder: Path, scheme_file: Path | None = None) -> Prepared:
    """Read a case folder. Flaws of the data are kept with it, to be told with all others by `assess_prepared`.

    Raises InputError only where case.yaml or the scheme cannot be used.
    """
    case = load_case(folder, scheme_file)
    problems = Problems()
    with step("读取数据"):
        inputs, grids = input_digests(folder), read_folder(folder, problems)
        tables = read_tables(grids, vote_names(case.scheme), problems)
        log.info("案例文件夹里有 %d 个文件，读到 %d 张表", len(inputs), len(grids))
    return prepare_tables(case, inputs, tables, problems)


@_plain_texts
def prepare_tables(case: Case, inputs: Mapping[str, str], tables: Tables, problems: Problems) -> Prepared:
    """Bind the tables of a case that were read; what is wrong is kept with them, as by `prepare`."""
    with step("逐项核对"):
        directory = Directory(case.scheme, tables, problems)
        bound = bind(tables, directory, problems)
        facts = bind_facts(tables, directory, problems)
        history = bind_history(case, tables, directory, problems)
        _tell_expected_facts(directory, facts, problems)
        problems.extend(doubts(case, bound, directory, facts))
    return Prepared(case, inputs, directory, bound, facts, history, problems)


def assess_prepared(prepared: Prepared, case: Case) -> Assessment:
    """Assess a prepared case, or one that differs from it in readings, params, missing or cutoff alone.

    Changes nothing in `prepared`. Raises InputError with every problem where there is an error.
    """
    return assess_valued(prepared, put_values(prepared, case), case)


@_plain_texts
def put_values(prepared: Prepared, case: Case) -> Valued:
    """What each item and each ledger entry is worth under a case's readings; what is wrong with them is kept."""
    problems = prepared.problems.copy()
    directory = _telling(prepared.directory, problems)
    bound = replace(prepared.bound, attempted=set(prepared.bound.attempted))
    entries = bind_ledger(case, directory.tables, directory, problems)
    valued = item_values(case, bound, prepared.facts, directory, problems)
    check_votes(case, bound, directory, problems)
    tell_few_voters(case, bound, directory, problems)
    return Valued(valued, entries, problems)


@_plain_texts
def assess_valued(prepared: Prepared, worth: Valued, case: Case, until: str = "") -> Assessment:
    """Go through the stages. Raises InputError with every problem where there is an error.

    until: the last stage to be taken ("": all); what comes after it is then neither worked out nor looked at.
    """
    problems = worth.problems.copy()
    directory = _telling(prepared.directory, problems)
    facts = (prepared.facts[name].tolist() for name in ("subject", "fact", "value"))
    lookup = {(subject, fact): value for subject, fact, value in zip(*facts, strict=True)}
    run = Run(case, directory, prepared.bound, worth.valued, worth.entries, lookup, prepared.history, problems)
    for stage in case.scheme.stages.values():
        if problems.errors and stage.name != next(iter(case.scheme.stages)):
            break
        run.take(stage)
        if stage.name == until:
            break
    if problems.errors:
        raise InputError(problems)
    return _result(run, prepared.inputs)


def _telling(directory: Directory, problems: Problems) -> Directory:
    """The same directory, that tells its problems to another list."""
    other = copy.copy(directory)
    other.problems = problems
    return other


def check(folder: Path) -> Problems:
    """All problems of a case, its notes included; errors or not."""
    return examine(folder)[0]


def examine(folder: Path) -> tuple[Problems, Prepared | None]:
    """All problems of a case, and what was read of it (None where case.yaml or the scheme cannot be used)."""
    prepared = None
    try:
        prepared = prepare(folder)
        return assess_prepared(prepared, prepared.case).problems, prepared
    except InputError as error:
        return error.problems, prepared


def input_digests(folder: Path) -> dict[str, str]:
    """sha256 of every file of the case, by its path in the folder."""
    files = sorted((p for p in folder.rglob("*") if p.is_file() and not p.name.startswith((".", "~$"))), key=str)
    return {p.relative_to(folder).as_posix(): digest_of(p) for p in files}


def vote_names(scheme: Scheme) -> list[str]:
    """Every tally column that a stage names."""
    votes: list[str] = []
    for stage in scheme.stages.values():
        votes += [*stage.votes, *(stage.ballot.votes if stage.ballot else ()), stage.abstain]
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
                who = f"环节“{stage.name}”有 {len(lacking)} 个对象没有给出情形“{fact.name}”"
                problems.note(Place(), f"{who}（{shown}），按没有影响处理", "如有结论请补填")


# --- the result -------------------------------------------------------------------------------------------------------


def _result(run: Run, inputs: Mapping[str, str]) -> Assessment:
    """All stages together."""
    return Assessment(
        case=run.case,
        problems=run.problems,
        inputs=dict(inputs),
        subjects=run.directory.subjects,
        contributions=_sourced(pd.concat(run.rows, ignore_index=True), run.directory),
        scores=pd.concat(run.scores).sort_index(),
        grades=pd.concat(run.grades).sort_index(),
        reasons=_by_subject(run.reasons, ["subject", "step", "article", "text", "own"]),
        quotas=pd.DataFrame(run.quotas, columns=["stage", "pool", "count", "places", "used", "sum"]),
        consequences=_by_subject(run.consequences, ["subject", "matter", "article"]),
        entries=_placed(run.entries, run.directory),
        voters=run.bound.items.loc[run.bound.voters.index, ["subject", "leaf"]].assign(voters=run.bound.voters),
        history=_past(run.history),
        tables=run.directory.tables,
        bound=run.bound,
        gradings=run.gradings,
    )


def _past(history: Mapping[tuple[int, int], tuple[str, float]]) -> pd.DataFrame:
    """Earlier years, by subject and year."""
    rows = [(*key, *told) for key, told in sorted(history.items())]
    return pd.DataFrame(rows, columns=["subject", "year", "grade", "composite"])


def _sourced(rows: pd.DataFrame, directory: Directory) -> pd.DataFrame:
    """Contributions, each with its file, sheet and cell.

    What is worked out from other rows (封顶, 折算, an earlier stage) has none of its own and gets its subject's.
    """
    without = np.flatnonzero(rows["file"] == "")
    if not len(without):
        return rows
    subjects = directory.subjects.loc[rows["subject"].iloc[without]]
    listed = directory.tables.places(subjects, ["subject"] * len(subjects))
    filled = {name: rows[name].to_numpy(copy=True) for name in listed}
    for name, values in filled.items():
        values[without] = listed[name]
    return rows.assign(**filled)


def _by_subject(rows: list[tuple], columns: list[str]) -> pd.DataFrame:
    """Rows by subject, those of one subject in the order in which they came about."""
    return pd.DataFrame(sorted(rows, key=itemgetter(0)), columns=columns)


def _placed(entries: pd.DataFrame, directory: Directory) -> pd.DataFrame:
    """Ledger entries in canonical order, each with the file, sheet and cell where it stands."""
    places = [directory.tables.place(s, r, "standard") for s, r in zip(entries["sheet"], entries["row"], strict=True)]
    where = {name: [getattr(place, name) for place in places] for name in ("file", "sheet", "cell")}
    table = entries.drop(columns=["sheet", "row"]).assign(**where)
    by = ["subject", "standard", "matter", "value", "file", "sheet", "cell"]
    keys = list(zip(*(table[name].tolist() for name in by), strict=True))
    return table.iloc[sorted(range(len(keys)), key=keys.__getitem__)].reset_index(drop=True)
