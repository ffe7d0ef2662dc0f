"""Out of the archive: grades of earlier years, in the columns of the history sheet (历年等次)."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

from kaohe_tools.archive.roster import on_roster
from kaohe_tools.archive.store import frame_of, reading, refuse
from kaohe_tools.aside import file_aside
from kaohe_tools.case import load_case
from kaohe_tools.directory import Directory
from kaohe_tools.exact import show
from kaohe_tools.grid import read_folder
from kaohe_tools.outputs import write_csv
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.sheets import read_tables

HEADERS = {"stage": "环节", "subject": "考核对象", "year": "年度", "grade": "等次", "composite": "综合得分"}
COLUMNS = list(HEADERS.values())
CODE = "编号"  # a further column, where names repeat
_SHOWN = 5  # names that a message lists


def history_rows(
    store: Path,
    source: str | Sequence[str],
    before_year: int,
    *,
    simulated: bool = False,
    problems: Problems | None = None,
) -> pd.DataFrame:
    """Grades before a year: COLUMNS (综合得分 as published, text), and 编号 where names repeat; by 环节, name and year.

    `source`: names of archived cases, or a scheme's id for all its cases. Rows that are 待定 are left out and told in
    `problems`, as is where the rows are from. Simulated results are used only if asked for; a real one then still wins.
    Raises InputError where nothing is archived, or where two cases speak of the same subject and year.
    """
    problems = Problems() if problems is None else problems
    return _as_sheet(_collect(store, source, before_year, simulated, problems))


def history_for(
    store: Path,
    folder: Path,
    *,
    sources: Sequence[str] = (),
    simulated: bool = False,
    problems: Problems | None = None,
) -> pd.DataFrame:
    """What `history_rows` gives for a case folder: years before its own, for the subjects on its roster.

    `sources` as there; where left out: the case's own name if it has earlier years in the archive, else its scheme.
    Subjects no longer on the roster are left out and told. Raises InputError as there, and where the case or its roster
    cannot be read.
    """
    problems = Problems() if problems is None else problems
    case = load_case(folder)
    found = Problems()
    directory = Directory(case.scheme, read_tables(read_folder(folder, found), [], found), found)
    if directory.subjects.empty:
        raise InputError(found)
    names = list(sources)
    if not names:
        with reading(store) as connection:
            runs = _runs(connection)
        own = (runs["case_name"] == case.name) & (runs["year"] < case.year) & (~runs["simulated"] | simulated)
        names = [case.name if own.any() else case.scheme.id]
    rows = _collect(store, names, case.year, simulated, problems)
    return _as_sheet(on_roster(rows, directory.subjects, problems))


def export_history(
    store: Path,
    source: str | Sequence[str],
    before_year: int,
    path: Path,
    *,
    simulated: bool = False,
    problems: Problems | None = None,
) -> pd.DataFrame:
    """`history_rows` written by `write_history`; returns the rows."""
    rows = history_rows(store, source, before_year, simulated=simulated, problems=problems)
    write_history(rows, path)
    return rows


def write_history(rows: pd.DataFrame, path: Path) -> None:
    """Rows of history as a CSV (UTF-8 with BOM) that a case folder takes as its history sheet; whole or not at all."""
    with file_aside(path) as new:
        write_csv(rows, new)


# --- choosing ---------------------------------------------------------------------------------------------------------


def _collect(
    store: Path, source: str | Sequence[str], before_year: int, simulated: bool, problems: Problems
) -> pd.DataFrame:
    """Settled rows before a year:
    run_id, case_name, simulated, year, stage, subject, code, grade, pending, composite, repeated.
    """
    names = [source] if isinstance(source, str) else list(source)
    sql = "SELECT run_id, stage, subject, code, grade, pending, composite FROM results WHERE run_id = ?"
    with reading(store) as connection:
        chosen = _chosen(_runs(connection), names, before_year, simulated, store)
        rows = pd.concat([frame_of(connection.execute(sql, (int(run),))) for run in chosen["run_id"]])
    rows = _one_each(rows.merge(chosen, on="run_id"), problems)
    rows["repeated"] = rows.duplicated(["year", "stage", "subject"], keep=False)
    _tell_sources(rows, problems)
    return _settled(rows, problems)


def _runs(connection: sqlite3.Connection) -> pd.DataFrame:
    runs = frame_of(connection.execute("SELECT run_id, case_name, scheme_id, year, simulated FROM runs"))
    return runs.assign(simulated=runs["simulated"] == 1)


def _chosen(runs: pd.DataFrame, names: list[str], before_year: int, simulated: bool, store: Path) -> pd.DataFrame:
    """The runs that the names mean, of earlier years; a case's name goes before a scheme's of the same spelling."""
    cases, known = set(runs["case_name"]), sorted({*runs["case_name"], *runs["scheme_id"]})
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        near = get_close_matches(unknown[0], known, 1, 0.5) if unknown else []
        advice = f"是不是“{near[0]}”？" if near else f"已归档：{'、'.join(sorted(cases)) or '无'}"
        raise refuse(store, f"档案里没有案例或办法“{'、'.join(unknown)}”", advice)
    schemes = [name for name in names if name not in cases]
    meant = runs[runs["case_name"].isin(names) | runs["scheme_id"].isin(schemes)]
    earlier = meant[meant["year"] < before_year]
    chosen = earlier if simulated else earlier[~earlier["simulated"]]
    if chosen.empty:
        what = f"“{'、'.join(names)}”在 {before_year} 年以前"
        if not earlier.empty:
            raise refuse(store, f"{what}只有演示数据的结果", "演示数据默认不用；确实要用的，请写明包括演示数据")
        years = "、".join(map(str, sorted(set(meant["year"]))))
        raise refuse(store, f"{what}没有归档的结果", f"已归档的年度：{years}")
    return chosen


def _one_each(rows: pd.DataFrame, problems: Problems) -> pd.DataFrame:
    """One row for each subject and year. Raises InputError where two real (or two simulated) cases have one."""
    key = ["year", "stage", "subject", "code"]
    rows = rows.sort_values([*key, "simulated", "case_name"], ignore_index=True)
    twice = rows[rows.duplicated([*key, "simulated"], keep=False)]
    if not twice.empty:
        found = Problems()
        for (year, stage), group in twice.groupby(["year", "stage"]):
            cases = "、".join(sorted(set(group["case_name"])))
            message = f"{year} 年环节“{stage}”的{_list(group['subject'])}在几个案例（{cases}）里都有"
            found.error(Place(), message, "请写明取哪个案例的结果")
        raise InputError(found)
    beaten = rows.duplicated(key)
    for year, group in rows[beaten].groupby("year"):
        message = f"{year} 年{_list(group['subject'])}既有正式结果又有演示数据，只取正式结果"
        problems.note(Place(), message)
    return rows[~beaten].reset_index(drop=True)


def _tell_sources(rows: pd.DataFrame, problems: Problems) -> None:
    """Where the rows of each year are from; a warning where several cases make up one year."""
    for year, group in rows.groupby("year"):
        real, shown = group[~group["simulated"]], group[group["simulated"]]
        named = [f"“{name}”" for name in sorted(set(real["case_name"]))]
        named += [f"“{name}”（演示数据）" for name in sorted(set(shown["case_name"]))]
        message = f"{year} 年取自{'、'.join(named)}，共 {len(group)} 行"
        if len(named) > 1:
            problems.warning(Place(), message, "同一年取自几个案例，请核对是不是同一地区或单位的")
        else:
            problems.note(Place(), message)


def _settled(rows: pd.DataFrame, problems: Problems) -> pd.DataFrame:
    """Without the rows that still wait for a decision, each year's told."""
    waiting = rows["pending"] != ""
    for (year, stage), group in rows[waiting].groupby(["year", "stage"]):
        message = f"{year} 年环节“{stage}”有 {len(group)} 个对象归档时待定，没有取用：{_list(group['subject'])}"
        problems.warning(Place(), message, "定下后请在历年表里补填，或改好当年数据重新考核、归档")
    return rows[~waiting].reset_index(drop=True)


def _list(names: pd.Series) -> str:
    known = sorted(set(names))
    return "、".join(f"“{name}”" for name in known[:_SHOWN]) + (f"等 {len(known)} 个" if len(known) > _SHOWN else "")


def _as_sheet(rows: pd.DataFrame) -> pd.DataFrame:
    """The history sheet; 编号 only where a name alone would not say who is meant."""
    rows = rows.sort_values(["stage", "subject", "code", "year"], ignore_index=True)
    table = rows[list(HEADERS)].rename(columns=HEADERS)
    table["综合得分"] = [show(float(value)) for value in rows["composite"].astype(float)]
    codes = rows["code"].where(rows["repeated"], "")
    if (codes != "").any():
        table.insert(2, CODE, codes)
    return table
