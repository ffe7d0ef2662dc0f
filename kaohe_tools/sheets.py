"""Cells → the tidy tables of the contract: each sheet's kind told by its header row, every cell read as its type.

A table keeps, for every row, the number of its sheet and its row in it, so that any value can be traced to its cell.
Nothing is dropped silently: title rows, totals and remarks are listed, unread sheets are told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from kaohe_tools.cells import Reader, blank_of
from kaohe_tools.columns import BESIDE_VOTES, KINDS, NUMERIC, Column, Kind
from kaohe_tools.data_rows import Cells, data_rows, row_numbers
from kaohe_tools.forms import Form, recognise_form
from kaohe_tools.grid import Grid, Unusable
from kaohe_tools.headers import Sheet, kind_of, nearest, recognise
from kaohe_tools.problems import Place, Problems


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

    def places(self, rows: pd.DataFrame, fields: Sequence[str]) -> pd.DataFrame:
        """Columns file, sheet, cell of one field of each row (`rows` has columns sheet and row)."""
        numbers = pd.factorize(pd.Series(list(zip(rows["sheet"], fields, strict=True)), dtype=object))
        heads = [self.sheets[sheet].place(0, field) for sheet, field in numbers[1]]
        file, name, letter = (
            np.array([part(head) for head in heads] or [""], dtype=object)[numbers[0]]
            for part in (lambda p: p.file, lambda p: p.sheet, lambda p: p.cell.removesuffix("1"))
        )
        cells = [f"{a}{row + 1}" for a, row in zip(letter, rows["row"].tolist(), strict=True)]
        return pd.DataFrame({"file": file, "sheet": name, "cell": cells}, index=rows.index)

    def add(self, sheet: Sheet, frame: pd.DataFrame) -> None:
        """Put the rows of one more sheet to those of its kind."""
        frame = frame.assign(sheet=len(self.sheets))
        self.sheets.append(sheet)
        before = self.frames.get(sheet.kind.name)
        self.frames[sheet.kind.name] = frame if before is None else pd.concat([before, frame], ignore_index=True)


def read_tables(grids: Iterable[Grid], votes: Iterable[str], problems: Problems) -> Tables:
    """Recognise and read all sheets. `votes`: every tally column that a stage of the scheme names (with 弃权)."""
    votes = list(votes)
    tables = Tables()
    unread: list[Grid] = []
    for grid in grids:
        sheet = recognise(grid, votes)
        if sheet is None:
            unread.append(grid)
            continue
        _tell_hidden(grid, problems)
        _tell_unused_columns(sheet, votes, problems)
        tables.add(sheet, _read_sheet(sheet, problems))
    for name, kind in KINDS.items():
        tables.frames[name] = _whole(kind, tables.frames.get(name))
    _read_forms(unread, tables, votes, problems)
    ballots = tables.frames["ballots"]
    tables.votes = [vote for vote in votes if vote in ballots]
    return tables


def _whole(kind: Kind, frame: pd.DataFrame | None) -> pd.DataFrame:
    """The table of a kind with all its columns, empty where no sheet is of it."""
    return _empty(kind) if frame is None else pd.concat([_empty(kind), frame], ignore_index=True)


def _empty(kind: Kind) -> pd.DataFrame:
    frame = {column.name: pd.Series(dtype=_dtype(column)) for column in kind.columns}
    return pd.DataFrame({**frame, "sheet": pd.Series(dtype=int), "row": pd.Series(dtype=int)})


# --- what is told of a sheet ------------------------------------------------------------------------------------------


def _tell_hidden(grid: Grid, problems: Problems) -> None:
    """Say what is read though nobody sees it in Excel."""
    if grid.hidden:
        problems.note(grid.place(), "工作表是隐藏的，照常读取", "如不应参加计算，请删除")
    if grid.hidden_rows:
        message = f"{row_numbers(grid.hidden_rows)}是隐藏的或被筛选掉的，照常读取"
        problems.note(grid.place(), message, "如不应参加计算，请删除")
    if grid.hidden_columns:
        letters = "、".join(grid.place(0, j).cell.rstrip("1") for j in grid.hidden_columns)
        problems.note(grid.place(), f"{letters} 列是隐藏的，照常读取", "如不应参加计算，请删除")


def _tell_unused_columns(sheet: Sheet, votes: Collection[str], problems: Problems) -> None:
    """Say which columns are not read; beside votes an unknown one may be a vote that the scheme does not name."""
    used = set(sheet.positions.values())
    spare = {j: name for j, name in sheet.names.items() if j not in used}
    other = kind_of(spare.values(), votes)
    if other is not None:
        message = f"同一张工作表里还有一张“{other.title}”表，没有读取"
        problems.error(sheet.grid.place(sheet.header, min(spare)), message, "请移到另一张工作表")
        return
    taken = {sheet.names[j] for j in used}
    unused = {j: name for j, name in spare.items() if name not in taken}
    counted = {j: name for j, name in unused.items() if sheet.kind.name == "ballots" and name not in BESIDE_VOTES}
    for j, name in counted.items():
        message = f"办法里没有“{name}”这种票，这一列没有计入"
        problems.warning(sheet.grid.place(sheet.header, j), message, "如是票数，请改正表头，或在办法的 votes 里写明")
    rest = "、".join(dict.fromkeys(name for j, name in unused.items() if j not in counted))
    if rest:
        problems.note(sheet.grid.place(), f"没有用到的列：{rest}")


def _tell_unread(grid: Grid, votes: Collection[str], problems: Problems) -> None:
    """Say of a sheet that is not read what it lacks, where it looks like a data sheet at all."""
    near = nearest(grid, votes)
    if near is not None:
        kind, missing = near
        message = f"没有读取：像“{kind.title}”表，但缺列 {'、'.join(missing)}"
        problems.warning(grid.place(), message, "如是数据表，请补上表头")
    elif any(cell is not None for row in grid.rows for cell in row):
        problems.note(grid.place(), "不是数据表（没有认识的表头），没有读取")


def _tell_nameless(sheet: Sheet, cells: Cells, kept: Sequence[int], problems: Problems) -> None:
    """Columns with data and no header: whatever they are, they are not read."""
    width = max((len(cells[i]) for i in kept), default=0)
    for j in range(width):
        if j not in sheet.names and any(cells[i][j] is not None for i in kept):
            problems.warning(
                sheet.grid.place(sheet.header, j), "这一列有内容，没有表头，没有读取", "请补上表头，或删除"
            )


# --- the rows of a sheet ----------------------------------------------------------------------------------------------


def _read_sheet(sheet: Sheet, problems: Problems) -> pd.DataFrame:
    """The data rows of a sheet, every cell read as its column's type; rows left out are listed in one note."""
    cells = sheet.grid.filled()
    kept = data_rows(sheet, cells, problems)
    _refuse_twins(sheet, cells, kept, problems)
    _tell_nameless(sheet, cells, kept, problems)
    unclear = _unclear(sheet, kept)
    names = {column.name for column in sheet.kind.columns}
    votes = [Column(vote, vote, "count") for vote in sheet.positions if vote not in names]
    columns: dict[str, pd.Series] = {}
    for column in (*sheet.kind.columns, *votes):
        j = sheet.positions.get(column.name)
        if j is None:
            columns[column.name] = pd.Series([blank_of(column.type)] * len(kept), dtype=_dtype(column))
            continue
        values = [cells[i][j] for i in kept]
        for i, why in unclear.get(column.name, {}).items():
            values[i] = why
        read = Reader(column, sheet, kept, problems, secret=sheet.kind.name == "ballots").read(values)
        columns[column.name] = pd.Series(read, dtype=_dtype(column))
    return pd.DataFrame({**columns, "sheet": 0, "row": np.array(kept, dtype=int)})


def _dtype(column: Column) -> type:
    return float if column.type in NUMERIC else object


def _refuse_twins(sheet: Sheet, cells: Cells, kept: Sequence[int], problems: Problems) -> None:
    """A header that stands over two columns with data: which of them counts is not for us to say."""
    for j, name in sheet.names.items():
        first = next((k for k in sorted(sheet.names) if k in sheet.positions.values() and sheet.names[k] == name), j)
        if j == first:
            continue
        if any(cells[i][j] is not None and cells[i][j] != cells[i][first] for i in kept):
            place, other = sheet.grid.place(sheet.header, j), sheet.grid.place(sheet.header, first)
            message = f"表头“{name}”有两列（另见 {other.cell}），分不清以哪一列为准"
            problems.error(place, message, "请删去一列，或改正表头")


def _unclear(sheet: Sheet, kept: Sequence[int]) -> dict[str, dict[int, Unusable]]:
    """Figures in merged cells, of which nobody can say whose they are: by field, by position among the kept rows."""
    found: dict[str, dict[int, Unusable]] = {}
    where = {row: i for i, row in enumerate(kept)}
    fields = {j: name for name, j in sheet.positions.items()}
    single = {c.name for c in sheet.kind.columns if c.type in ("number", "count") and c.name != "full"}
    single |= {name for name in sheet.positions if name not in {c.name for c in sheet.kind.columns}}
    for span in sheet.grid.spans:
        rows = [where[i] for i in range(span.top, span.bottom + 1) if i in where]
        names = [fields[j] for j in range(span.left, span.right + 1) if j in fields]
        if not rows or sheet.grid.rows[span.top][span.left] is None:
            continue
        for name in names:
            if name in single and (len(rows) > 1 or len(names) > 1):
                why = f"在合并的单元格里（{sheet.grid.place(span.top, span.left).cell} 起），分不清属于哪一行、哪一列"
                cell = Unusable("合并单元格", why, "请取消合并，逐格填写")
                found.setdefault(name, {}).update(dict.fromkeys(rows, cell))
    return found


# --- scanned forms ----------------------------------------------------------------------------------------------------


def _read_forms(grids: Iterable[Grid], tables: Tables, votes: list[str], problems: Problems) -> None:
    """Ballots as a scanner gives them, one row a ballot and one column an item; the other sheets are told as unread."""
    roster = tables["roster"]
    names = {*roster["subject"], *roster["code"]} - {""}
    for grid in grids:
        form = recognise_form(grid, votes, names)
        if form is None:
            _tell_unread(grid, votes, problems)
            continue
        _tell_hidden(grid, problems)
        _add_form(form, tables, problems)


def _add_form(form: Form, tables: Tables, problems: Problems) -> None:
    cells = form.sheet.grid.filled()
    kept = data_rows(form.sheet, cells, problems)
    fields: dict[str, list | np.ndarray] = {}
    for column in form.sheet.kind.columns:
        j = form.sheet.positions.get(column.name)
        if j is not None:
            reader = Reader(column, form.sheet, kept, problems, secret=True)
            fields[column.name] = reader.read([cells[i][j] for i in kept])
    rows = pd.DataFrame({**fields, "row": np.array(kept, dtype=int)})
    for sheet, frame in form.columns(rows, cells, problems):
        tables.add(sheet, frame)
