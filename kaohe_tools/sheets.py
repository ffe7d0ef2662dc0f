"""Cells → the tidy tables of the contract: each sheet's kind told by its header row, every cell read as its type.

A table keeps, for every row, the number of its sheet and its row in it, so that any value can be traced to its cell.
Nothing is dropped silently: title rows, totals and remarks are listed, unread sheets are told.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from kaohe_tools.columns import BESIDE_VOTES, KINDS, REMARK_STARTS, TOTAL_ROWS, VOTES, Column, Kind
from kaohe_tools.exact import parse_number, tidy
from kaohe_tools.grid import Grid, Unusable
from kaohe_tools.problems import Place, Problems


@dataclass(frozen=True)
class Sheet:
    """A recognised sheet: where it is, its kind and in which column (from 0) each field stands."""

    grid: Grid
    kind: Kind
    header: int
    positions: dict[str, int]

    def place(self, row: int, name: str = "") -> Place:
        """The cell of a field in a row (both as kept in the table); the whole row where the sheet lacks the field."""
        return self.grid.place(row, self.positions.get(name, -1))

    def about(self, row: int) -> str:
        """Whom a row speaks of: its subject, else its category, as written."""
        cells = (
            self.grid.rows[row][self.positions[name]] for name in ("subject", "category") if name in self.positions
        )
        return next((tidy(cell) for cell in cells if cell is not None), "")


@dataclass
class Tables:
    """All rows of all sheets of a case, by kind; columns as in `columns.KINDS`, plus `sheet` (its number) and `row`.

    Blank cells are "" (text and keys), NaN (numbers) or None (dates, raw values). `votes`: the tally columns present.
    """

    sheets: list[Sheet] = field(default_factory=list)
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    votes: list[str] = field(default_factory=list)

    def __getitem__(self, kind: str) -> pd.DataFrame:
        return self.frames[kind]

    def place(self, sheet: int, row: int, name: str = "") -> Place:
        """The cell of a field of a table row."""
        return self.sheets[sheet].place(row, name)


def read_tables(grids: Iterable[Grid], votes: Iterable[str], problems: Problems) -> Tables:
    """Recognise and read all sheets. `votes`: every tally column that a stage of the scheme names (with 弃权)."""
    votes = list(votes)
    tables = Tables()
    rows: dict[str, list[pd.DataFrame]] = {name: [] for name in KINDS}
    for grid in grids:
        sheet = recognise(grid, votes)
        if sheet is None:
            _tell_unread(grid, votes, problems)
            continue
        if grid.hidden:
            problems.note(grid.place(), "工作表是隐藏的，照常读取", "如不应参加计算，请删除")
        _tell_unused_columns(sheet, problems)
        tables.sheets.append(sheet)
        rows[sheet.kind.name].append(_read_sheet(sheet, len(tables.sheets) - 1, problems))
    for name, kind in KINDS.items():
        tables.frames[name] = pd.concat([_empty(kind), *rows[name]], ignore_index=True) if rows[name] else _empty(kind)
    ballots = tables.frames["ballots"]
    tables.votes = [vote for vote in votes if vote in ballots]
    return tables


def recognise(grid: Grid, votes: list[str]) -> Sheet | None:
    """The sheet's kind by its header row: the first row with a kind's required columns, the fullest kind winning."""
    for i, row in enumerate(grid.filled()):
        headers: dict[str, int] = {}
        for j, cell in enumerate(row):
            if isinstance(cell, str):
                headers.setdefault(tidy(cell), j)
        fitting = [kind for kind in KINDS.values() if _has_required(kind, headers, votes)]
        if fitting:
            kind = max(fitting, key=lambda k: (len(k.required), sum(c.header in headers for c in k.columns)))
            positions = {c.name: headers[c.header] for c in kind.columns if c.header in headers}
            if kind.name == "ballots":
                positions |= {vote: headers[vote] for vote in votes if vote in headers}
            return Sheet(grid, kind, i, positions)
    return None


def _has_required(kind: Kind, headers: Iterable[str], votes: list[str]) -> bool:
    present = set(headers)
    return all(any(h in present for h in group) or (VOTES in group and present & set(votes)) for group in kind.required)


def _tell_unused_columns(sheet: Sheet, problems: Problems) -> None:
    """Say which columns are not read; beside votes an unknown one may be a vote that the scheme does not name."""
    row = sheet.grid.filled()[sheet.header]
    used = set(sheet.positions.values())
    unused = {j: tidy(cell) for j, cell in enumerate(row) if j not in used and isinstance(cell, str) and tidy(cell)}
    counted = {j: name for j, name in unused.items() if sheet.kind.name == "ballots" and name not in BESIDE_VOTES}
    for j, name in counted.items():
        message = f"办法里没有“{name}”这种票，这一列没有计入"
        problems.warning(sheet.grid.place(sheet.header, j), message, "如是票数，请改正表头，或在办法的 votes 里写明")
    rest = "、".join(name for j, name in unused.items() if j not in counted)
    if rest:
        problems.note(sheet.grid.place(), f"没有用到的列：{rest}")


def _tell_unread(grid: Grid, votes: list[str], problems: Problems) -> None:
    """Say of a sheet that is not read what it lacks, where it looks like a data sheet at all."""
    best: tuple[int, Kind, list[str]] | None = None
    for row in grid.rows:
        headers = {tidy(cell) for cell in row if isinstance(cell, str)}
        for kind in KINDS.values():
            lacking = [
                "或".join(h for h in group if h != VOTES)
                for group in kind.required
                if not (headers & set(group) or (VOTES in group and headers & set(votes)))
            ]
            found = len(kind.required) - len(lacking)
            if found >= 2 and (best is None or found - len(lacking) > best[0]):
                best = (found - len(lacking), kind, lacking)
    if best is not None:
        problems.warning(
            grid.place(), f"没有读取：像“{best[1].title}”表，但缺列 {'、'.join(best[2])}", "如是数据表，请补上表头"
        )
    elif any(cell is not None for row in grid.rows for cell in row):
        problems.note(grid.place(), "不是数据表（没有认识的表头），没有读取")


def _empty(kind: Kind) -> pd.DataFrame:
    numeric = ("number", "count", "year")
    frame = {c.name: pd.Series(dtype=float if c.type in numeric else object) for c in kind.columns}
    return pd.DataFrame({**frame, "sheet": pd.Series(dtype=int), "row": pd.Series(dtype=int)})


def _read_sheet(sheet: Sheet, number: int, problems: Problems) -> pd.DataFrame:
    """The data rows of a sheet, every cell read as its column's type; rows left out are listed in one note."""
    cells = sheet.grid.filled()
    kept = _data_rows(sheet, cells, problems)
    columns: dict[str, pd.Series] = {}
    votes = [name for name in sheet.positions if name not in {c.name for c in sheet.kind.columns}]
    for column in (*sheet.kind.columns, *(Column(vote, vote, "count") for vote in votes)):
        j = sheet.positions.get(column.name)
        values = [None] * len(kept) if j is None else [cells[i][j] for i in kept]
        cleaned = _read_column(values, column, sheet, kept, problems)
        columns[column.name] = pd.Series(cleaned, dtype=float if isinstance(cleaned, np.ndarray) else object)
    return pd.DataFrame({**columns, "sheet": number, "row": kept})


def _data_rows(sheet: Sheet, cells: list[list[object]], problems: Problems) -> list[int]:
    """Row numbers below the header that hold data: not blank, not a total, not a remark, not the header again."""
    used = sorted(sheet.positions.values())
    header = [tidy(cells[sheet.header][j]) for j in used]
    words = [
        sheet.positions[c.name] for c in sheet.kind.columns if c.type in ("key", "text") and c.name in sheet.positions
    ]
    left_out: dict[str, list[int]] = {"空行": [], "合计行": [], "说明行": [], "重复的表头": []}
    if sheet.header:
        left_out = {"表头上方的行": list(range(sheet.header)), **left_out}
    kept: list[int] = []
    for i in range(sheet.header + 1, len(cells)):
        row = cells[i]
        texts = [tidy(row[j]) for j in words if row[j] is not None]
        if all(row[j] is None or (isinstance(row[j], str) and not row[j].strip()) for j in used):
            left_out["空行"].append(i)
        elif any(text in TOTAL_ROWS for text in texts[:2]):
            left_out["合计行"].append(i)
        elif _is_remark(row):
            left_out["说明行"].append(i)
        elif [tidy(row[j]) for j in used] == header:
            left_out["重复的表头"].append(i)
        else:
            kept.append(i)
    told = "，".join(f"{name} {_row_numbers(rows)}" for name, rows in left_out.items() if rows)
    problems.note(
        sheet.grid.place(), f"按“{sheet.kind.title}”读取 {len(kept)} 行" + (f"；未计：{told}" if told else "")
    )
    return kept


def _is_remark(row: list[object]) -> bool:
    """A line of remarks under a table: one text alone in its row (or merged over it) that begins like one."""
    texts = {tidy(cell) for cell in row if cell is not None}
    return len(texts) == 1 and next(iter(texts)).startswith(REMARK_STARTS)


def _row_numbers(rows: list[int]) -> str:
    """Row numbers for people, runs joined: 第1–3、7行."""
    runs: list[list[int]] = []
    for row in rows:
        if runs and row == runs[-1][1] + 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    return "第" + "、".join(f"{a + 1}–{b + 1}" if b > a else f"{a + 1}" for a, b in runs) + "行"


def _read_column(
    values: list[object], column: Column, sheet: Sheet, rows: list[int], problems: Problems
) -> list | np.ndarray:
    """One column's cells as its type; what cannot be read is an error at its cell and stays blank."""

    def refuse(i: int, found: str, expected: str) -> None:
        problems.error(sheet.place(rows[i], column.name), f"{column.header}{found}", expected, sheet.about(rows[i]))

    for i, value in enumerate(values):
        if isinstance(value, Unusable):
            refuse(i, value.why, value.advice)
    clean = [None if isinstance(v, Unusable) or (isinstance(v, str) and not v.strip()) else v for v in values]
    if column.type == "key":
        return [tidy(_as_text(value)) for value in clean]
    if column.type == "text":
        return [" ".join(_as_text(value).split()) for value in clean]
    if column.type == "raw":
        return clean
    if column.type == "date":
        return [None if v is None else _date(v, i, refuse) for i, v in enumerate(clean)]
    numbers = np.full(len(clean), np.nan)
    for i, value in enumerate(clean):
        if value is None:
            continue
        read = parse_number(value)
        if read is None:
            refuse(i, f"“{_as_text(value)}”不是数字", "请填写数字")
            continue
        if column.type == "year":
            numbers[i] = _whole(read[0], 1900, 2999, i, refuse, "请写成四位年份")
        elif column.type == "count":
            numbers[i] = _whole(read[0], 0, 10**7, i, refuse, "请填写不小于 0 的整数")
        else:
            numbers[i] = read[0]
            if read[1]:
                text = f"{column.header}“{_as_text(value)}”按 {read[0]:g} 读取"
                problems.warning(sheet.place(rows[i], column.name), text, "请改写为一个数", sheet.about(rows[i]))
    return numbers


def _as_text(value: object) -> str:
    """A cell as text: whole floats without the point, dates in ISO form."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return str(value)


def _whole(value: float, low: int, high: int, i: int, refuse, expected: str) -> float:
    if value != int(value) or not low <= value <= high:
        refuse(i, f"“{value:g}”不是范围内的整数", expected)
        return np.nan
    return value


_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_EPOCH = datetime.date(1899, 12, 30)  # day 0 of Excel's serial dates


def _date(value: object, i: int, refuse) -> datetime.date | None:
    """A date as such, as an Excel serial number, or as text such as 2023-11-10 or 2023年11月10日."""
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    number = parse_number(value)
    if number and 20000 <= number[0] <= 80000 and number[0] == int(number[0]):
        return _EPOCH + datetime.timedelta(days=int(number[0]))
    match = _DATE.fullmatch(tidy(value))
    if match:
        try:
            return datetime.date(*map(int, match.groups()))
        except ValueError:
            pass
    refuse(i, f"“{_as_text(value)}”不是日期", "请写成 2023-11-10")
    return None
