"""A case with millions of score rows: these are reduced to one row a subject and part, the rest is the ordinary way.

Grades, ceilings, places and reasons all come from the functions that assess any case; a part that was reduced is to
them a part scored as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import fsspec
import numpy as np
import pandas as pd

from kaohe_tools.assess import (
    Assessment,
    assess_prepared,
    assess_valued,
    input_digests,
    prepare_tables,
    put_values,
    vote_names,
)
from kaohe_tools.bulk.board import Board, board_of
from kaohe_tools.bulk.filling import fill
from kaohe_tools.bulk.flaws import tell
from kaohe_tools.bulk.sources import SUFFIXES, Source, source_of
from kaohe_tools.bulk.standing import leaf_sums
from kaohe_tools.case import Case, load_case
from kaohe_tools.directory import Directory
from kaohe_tools.grid import OWN_TEMPLATES, Grid, read_folder
from kaohe_tools.grid.limits import RefusedError
from kaohe_tools.logs import log, step
from kaohe_tools.outputs import write
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.sheets import Tables, read_tables

SUMMARY = "大表汇总.csv"  # what the parts' scores were reduced to; cells of 明细 point into it
_HEADERS = ["环节", "考核对象", "编号", "指标", "得分", "满分"]


@dataclass(frozen=True)
class Whole:
    """An assessed case, the slots of its score rows, and the summary that was assessed."""

    assessment: Assessment
    tables: Tables
    board: Board
    scores: np.ndarray
    summary: pd.DataFrame


def assess_bulk(folder: Path) -> Whole:
    """Assess a case folder whose .csv and .parquet files of scores are taken as big tables.

    Raises InputError with every problem where there is an error, also for rules that need more than points.
    """
    case, problems = load_case(folder), Problems()
    with step("读取数据"):
        inputs, sources = input_digests(folder), score_files(folder)
        grids = read_folder(folder, problems, {source.file for source in sources})
        tables = read_tables(grids, vote_names(case.scheme), problems)
        if not sources:
            problems.error(
                Place(), "案例文件夹里没有得分大表", "大表是 .csv 或 .parquet 文件；没有大表的，请不用大表方式"
            )
    with step("核对大表"):
        quiet = Problems()  # of the roster all is told once more by the ordinary way
        directory = Directory(case.scheme, tables, quiet)
        board = board_of(tables, directory, problems)
        filled = _filled(board, sources, case, problems)
    reduced = _without_indicators(tables)
    if problems.errors:  # with all that is wrong with the other sheets
        prepare_tables(case, inputs, reduced, problems)
        raise InputError(problems)
    summary = _summary(board, leaf_sums(board, filled, case.missing))
    with step("计分、排名、定等次"):
        prepared = prepare_tables(case, inputs, _with_scores(reduced, summary, SUMMARY, case), problems)
        rows = f"按部分汇总为 {len(summary)} 行参加考核，明细只到部分"
        problems.note(Place(SUMMARY), rows, "各指标的得分见原表；汇总与结果表放在一起")
        assessment = assess_prepared(prepared, case)
    log.info("考核对象 %d 个，得分 %d 格", len(assessment.subjects), board.slots)
    return Whole(assessment, tables, board, filled, summary)


def write_bulk(whole: Whole, folder: Path) -> None:
    """Write the tables of the contract, and with them the summary that their cells point to."""
    write(whole.assessment, folder, {SUMMARY: whole.summary})


def score_files(folder: Path) -> list[Source]:
    """The .csv and .parquet files of a case folder that hold scores, by name; others are for the ordinary way."""
    system, found = fsspec.filesystem("file"), []
    for path in sorted(folder.rglob("*"), key=lambda p: p.relative_to(folder).as_posix()):
        name = path.relative_to(folder).as_posix()
        hidden = path.name.startswith((".", "~$")) or name.startswith(f"{OWN_TEMPLATES}/")
        if hidden or path.is_symlink() or not path.is_file() or path.suffix.lower() not in SUFFIXES:
            continue
        try:
            found.append(source_of(str(path), name, system))
        except RefusedError:
            continue  # no table of scores, or one that the ordinary way will tell about
    return found


def _filled(board: Board, sources: list[Source], case: Case, problems: Problems) -> np.ndarray:
    """The slots, all that is wrong with the rows told. A file that breaks off is one error, beside those before it."""
    for source in (source for source in sources if source.unused):
        problems.note(Place(source.file), f"没有用到的列：{'、'.join(source.unused)}")
    try:
        filled = fill(board, sources)
        if filled.flawed:
            tell(board, sources, case.missing, problems)
        else:
            for source in sources:
                problems.note(Place(source.file), "按“得分”大表读取，没有问题")
        return filled.scores
    except RefusedError as refused:
        before = len(problems.errors)
        tell(board, sources, case.missing, problems)
        if len(problems.errors) == before:  # what broke off a moment ago did not this time
            problems.error(Place("、".join(source.file for source in sources)), refused.message, refused.advice)
        return np.full(board.slots, np.nan)


def _summary(board: Board, leaves: pd.DataFrame) -> pd.DataFrame:
    """One row a subject and part, as a sheet of scores."""
    who = board.directory.subjects.loc[leaves["subject"]]
    columns = [*(who[name].to_numpy() for name in ("stage", "subject", "code")), leaves["leaf"].astype(str).to_numpy()]
    columns += [leaves[name].to_numpy() for name in ("score", "full")]
    return pd.DataFrame(dict(zip(_HEADERS, columns, strict=True)))


def _without_indicators(tables: Tables) -> Tables:
    """The same tables with parts that are scored as a whole."""
    return Tables(list(tables.sheets), {**tables.frames, "indicators": tables["indicators"].iloc[:0]}, tables.votes)


def _with_scores(tables: Tables, rows: pd.DataFrame, name: str, case: Case) -> Tables:
    """Tables with one more sheet of scores (`rows` with the headers of one), in place."""
    cells = rows.astype(object).where(rows.notna() & (rows != ""), None).to_numpy().tolist()
    grid = Grid(name, "", [list(rows.columns), *cells])
    read = read_tables([grid], vote_names(case.scheme), Problems())
    for sheet, frame in zip(read.sheets, [read["scores"].drop(columns="sheet")], strict=True):
        tables.add(sheet, frame)
    return tables


def detail_of(whole: Whole, subject: str) -> Assessment:
    """The category of one subject assessed by the ordinary way alone, from its indicators on: every reason, every line.

    What is given by more than one category (places over all of them) is not to be seen here. Raises KeyError where
    nobody, or more than one, is called so.
    """
    board, case = whole.board, whole.assessment.case
    number = board.subjects[""][subject]
    table = board.directory.subjects
    stage, category = table.loc[number, ["stage", "category"]]
    members = board.directory.members(stage, category)
    names = {*table.loc[members, "subject"], *table.loc[members, "code"]} - {""}
    aliases = {name for row in whole.tables["indicators"]["category"].unique()
               if board.directory.category_named(stage, name := row) == category}  # fmt: skip
    tables = Tables(list(whole.tables.sheets), _cut(whole.tables.frames, names, aliases), whole.tables.votes)
    rows = [
        (stage, table.at[who, "subject"], table.at[who, "code"], item.project, item.indicator, score)
        for who in members.tolist()
        for item, score in zip(
            board.own(int(board.shape[who])).itertuples(),
            whole.scores[board.start[who] : board.start[who + 1]].tolist(),
            strict=True,
        )
        if not np.isnan(score) or item.source == "indicators"
    ]
    scores = pd.DataFrame(rows, columns=["环节", "考核对象", "编号", "考核项目", "指标", "得分"])
    prepared = prepare_tables(case, {}, _with_scores(tables, scores, "大表", case), Problems())
    return assess_valued(prepared, put_values(prepared, case), case, stage)


def _cut(frames: Mapping[str, pd.DataFrame], names: set[str], categories: set[str]) -> dict[str, pd.DataFrame]:
    """Of every table the rows that speak of some subjects (of indicators also those of their category)."""
    cut = {}
    for kind, frame in frames.items():
        here = frame["subject"].isin(names) | (frame["code"].isin(names) & (frame["code"] != ""))
        if kind == "indicators":
            here |= (frame["subject"] == "") & (frame["code"] == "") & frame["category"].isin(categories)
        cut[kind] = frame[here].reset_index(drop=True)
    return cut
