"""Into the archive: one results folder (结果.csv, 理由.csv, 运用.csv, 名额.csv, run.json) in one transaction."""

from __future__ import annotations

import datetime
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from kaohe_tools.archive.store import refuse, writing
from kaohe_tools.case import FILE as CASE_FILE
from kaohe_tools.outputs import RUN
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.results import ADJUST, LABEL, TOTAL, Results, read_results
from kaohe_tools.spreadsheet import as_written

_TEXT = {"case": str, "title": str, "year": int, "simulated": bool, "scheme": dict, "readings": dict, "params": dict}
_RECORD = {**_TEXT, "inputs": list, "versions": dict, "time": str}
_AGAIN = "请重新运行 kaohe run 或 kaohe assess"
_WHO = ("环节", "类别", "考核对象", "编号", "分口", "所属单位")


@dataclass(frozen=True)
class Archived:
    """What was stored; `replaced` is when the result that it took the place of had been archived ("" for none)."""

    store: Path
    case_name: str
    year: int
    title: str
    simulated: bool
    subjects: int
    pending: int
    consequences: int
    replaced: str

    def __str__(self) -> str:
        """已归档 2022 年度“镇办考核”（演示数据）：12 个对象，其中待定 1 个；替换了 … 归档的结果."""
        simulated = "（演示数据）" if self.simulated else ""
        pending = f"，其中待定 {self.pending} 个" if self.pending else ""
        replaced = f"；替换了 {self.replaced} 归档的同一案例同一年度的结果" if self.replaced else ""
        told = f"{self.subjects} 个对象{pending}，结果运用 {self.consequences} 条{replaced}"
        return f"已归档 {self.year} 年度“{self.case_name}”{simulated}：{told}"


def results_folder(given: Path, root: Path) -> Path:
    """The results folder that a user means: itself, or data/processed/<case> under `root` for a case folder or name.

    Raises InputError where there are no results there.
    """
    if (given / RUN).is_file():
        return given
    folder = root / "data" / "processed" / given.resolve().name
    if (folder / RUN).is_file():
        return folder
    if (given / CASE_FILE).is_file():
        raise refuse(folder, f"案例“{given.resolve().name}”还没有结果", "请先运行 kaohe run 或 kaohe assess")
    raise refuse(given, "不是结果文件夹，也不是案例文件夹", "请给出案例文件夹，或里面有 run.json 的结果文件夹")


def archive_results(results_dir: Path, store: Path) -> Archived:
    """Store one assessed case-year; an archived result of the same case, year and kind (real, simulated) is replaced.

    Raises InputError where the folder is not whole, or the archive cannot be used; it is then as it was before.
    """
    with _readable(results_dir):
        results = read_results(results_dir)
        _check(results, results_dir)
        rows = _rows(results)
    run = results.run
    key = (run["case"], run["year"], int(run["simulated"]))
    with writing(store) as connection:
        where = "case_name = ? AND year = ? AND simulated = ?"
        before = connection.execute(f"SELECT archived_at FROM runs WHERE {where}", key).fetchone()
        connection.execute(f"DELETE FROM runs WHERE {where}", key)
        _insert(connection, run, key, rows)
    return Archived(
        store=store,
        case_name=run["case"],
        year=run["year"],
        title=run["title"],
        simulated=run["simulated"],
        subjects=len(results.scores),
        pending=int((results.scores["待定"] != "").sum()),
        consequences=len(results.consequences),
        replaced=before[0] if before else "",
    )


# --- reading the folder -----------------------------------------------------------------------------------------------


@contextmanager
def _readable(folder: Path) -> Iterator[None]:
    """Whatever is raised over a file that is not what it should be is told as such."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        reason = f"（{' '.join(str(error).split())[:120]}）" if isinstance(error, ValueError) else ""
        raise refuse(folder, f"结果文件读不出来，或内容不全{reason}", _AGAIN) from error


def _check(results: Results, folder: Path) -> None:
    """Raises InputError where run.json lacks what the archive needs, or a subject has two rows."""
    problems = Problems()
    place = Place(str(folder / RUN))
    record = results.run if isinstance(results.run, dict) else {}
    wrong = [name for name, kind in _RECORD.items() if type(record.get(name)) is not kind]
    if wrong:
        problems.error(place, f"缺少或写错：{'、'.join(wrong)}", _AGAIN)
    elif not record["scheme"].get("id"):
        problems.error(place, "缺少办法的代号（scheme.id）", _AGAIN)
    codes = results.scores.get("编号", pd.Series("", index=results.scores.index))
    twice = results.scores.assign(编号=codes).duplicated(["环节", "考核对象", "编号"])
    for row in results.scores[twice].itertuples():
        name = f"环节“{row.环节}”的“{row.考核对象}”有两行"
        problems.error(Place(str(folder / "结果.csv"), "", f"A{row.Index + 2}"), name, _AGAIN)
    if problems.errors:
        raise InputError(problems)


# --- rows -------------------------------------------------------------------------------------------------------------


def _insert(
    connection: sqlite3.Connection, run: Mapping[str, Any], key: tuple[str, int, int], rows: Mapping[str, list[tuple]]
) -> None:
    scheme = run["scheme"]
    sources = (scheme["id"], scheme.get("title", ""), scheme.get("sha256", ""), run["versions"].get("kaohe_tools", ""))
    now = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
    values = (*key, run["title"], *sources, run["time"], now, json.dumps(run, ensure_ascii=False))
    names = "case_name, year, simulated, title, scheme_id, scheme_title, scheme_sha256, software_version"
    marks = ", ".join("?" * len(values))
    cursor = connection.execute(
        f"INSERT INTO runs ({names}, assessed_at, archived_at, record) VALUES ({marks})", values
    )
    for table, own in rows.items():
        _fill(connection, table, cursor.lastrowid, own)


def _fill(connection: sqlite3.Connection, table: str, run_id: int, rows: Iterable[tuple]) -> None:
    """Rows of one table, in the order of its columns after run_id; the table's name is ours, never a user's."""
    rows = [(run_id, *row) for row in rows]
    if rows:
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)


def _rows(results: Results) -> dict[str, list[tuple]]:
    """The rows of every table but runs, by table."""
    run, scores = results.run, results.scores
    columns = [name for name in scores if name not in (*_WHO, LABEL)]
    parts = columns[: columns.index(ADJUST)]
    marks = columns[columns.index("待定") + 1 :]
    who = [_texts(scores, name) for name in _WHO]
    figures = [_floats(scores, ADJUST), _floats(scores, TOTAL), _wholes(scores, "排名")]
    verdicts = [_texts(scores, "等次"), _texts(scores, "待定")]
    return {
        "readings": [(name, *_choice(value)) for name, value in run["readings"].items()],
        "params": [(name, json.dumps(value, ensure_ascii=False)) for name, value in run["params"].items()],
        "inputs": [(entry["file"], entry["sha256"]) for entry in run["inputs"]],
        "results": _numbered(*who, *figures, *verdicts),
        "part_scores": [
            (i, part, v) for part in parts for i, v in enumerate(_floats(scores, part), 1) if v is not None
        ],
        "marks": [(i, mark, v) for mark in marks for i, v in enumerate(_texts(scores, mark), 1) if v],
        "reasons": _named(results.reasons, "步骤", "条款", "说明"),
        "consequences": _named(results.consequences, "事项", "条款"),
        "quotas": _numbered(
            *(_texts(results.quotas, name) for name in ("环节", "类别")),
            *(_wholes(results.quotas, name) for name in ("参加数", "名额", "已用")),
            _texts(results.quotas, "算式"),
        ),
    }


def _choice(value: Mapping[str, Any] | str) -> tuple[str, str]:
    return (str(value["choice"]), str(value.get("label", ""))) if isinstance(value, Mapping) else (str(value), "")


def _named(frame: pd.DataFrame, *names: str) -> list[tuple]:
    return _numbered(*(_texts(frame, name) for name in ("环节", "考核对象", "编号", *names)))


def _numbered(*columns: list) -> list[tuple]:
    return [(i, *row) for i, row in enumerate(zip(*columns, strict=True), 1)]


def _texts(frame: pd.DataFrame, name: str) -> list[str]:
    """A column as text ("" where the table has none), without the apostrophe that `write_csv` puts before formulas."""
    return [as_written(str(cell)) for cell in frame[name]] if name in frame else [""] * len(frame)


def _floats(frame: pd.DataFrame, name: str) -> list[float | None]:
    numbers = pd.to_numeric(frame[name], errors="coerce")
    return [None if pd.isna(value) else float(value) for value in numbers]


def _wholes(frame: pd.DataFrame, name: str) -> list[int | None]:
    return [None if value is None else int(value) for value in _floats(frame, name)]
