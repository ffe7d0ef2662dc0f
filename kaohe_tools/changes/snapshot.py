"""输入.csv: the cells of a case that were read, as text, so that a later run can say which of them have changed.

One line a row of a sheet, its cells in the columns where they stand (A, B …); before the rows of a sheet a line 表头
with the column names as read. Sheets of a kind that may hold ballots are named without content; one digest over all
of them tells whether any has changed. It is made slowly (PBKDF2) and over all ballots at once, because the digest of
a few votes could be found by trying.
"""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

from kaohe_tools.columns import KINDS
from kaohe_tools.sheets import Sheet, Tables
from kaohe_tools.spreadsheet import column_letter, like_formula, printable

SNAPSHOT = "输入.csv"
OPEN = frozenset({"roster", "indicators", "scores", "ledger", "facts", "history"})  # any other kind is secret
TITLES = {kind.title: kind for kind in KINDS.values()}

_HEAD = ["文件", "工作表", "表", "行"]
_HEADER, _SECRET, _DIGEST = "表头", "保密", "摘要"
_ROUNDS = 100_000


@dataclass(frozen=True)
class Cells:
    """What was read of one sheet: its kind's title, its column names and where they stand (from 0), and its rows.

    `rows[i]` has the texts of row `numbers[i]` (from 1) in the order of `headers`.
    """

    file: str
    sheet: str
    title: str
    headers: tuple[str, ...]
    positions: tuple[int, ...]
    numbers: list[int]
    rows: list[tuple[str, ...]]


@dataclass(frozen=True)
class Snapshot:
    """What was read of a case. `secret`: file, sheet and title of the sheets that are kept back; `digest` over them."""

    sheets: list[Cells]
    secret: list[tuple[str, str, str]]
    digest: str = ""


def take(tables: Tables) -> Snapshot:
    """The snapshot of what was read, sheets in the order of their names."""
    read: dict[int, list[int]] = {}
    for frame in tables.frames.values():
        for number, rows in frame.groupby("sheet")["row"]:
            read.setdefault(int(number), []).extend(rows.tolist())
    pairs = [(sheet, sorted(set(read.get(number, [])))) for number, sheet in enumerate(tables.sheets)]
    pairs.sort(key=lambda pair: (pair[0].grid.file, pair[0].grid.sheet))
    hidden = [pair for pair in pairs if pair[0].kind.name not in OPEN]
    names = [(sheet.grid.file, sheet.grid.sheet, sheet.kind.title) for sheet, _ in hidden]
    return Snapshot([_cells(*pair) for pair in pairs if pair[0].kind.name in OPEN], names, _digest(hidden))


def _cells(sheet: Sheet, rows: list[int]) -> Cells:
    grid = sheet.grid.filled()
    headers = {column.name: column.header for column in sheet.kind.columns}
    used = sorted((j, headers.get(name, name)) for name, j in sheet.positions.items())
    columns = [_texts([grid[i][j] for i in rows]) for j, _ in used]
    return Cells(
        sheet.grid.file, sheet.grid.sheet, sheet.kind.title, tuple(header for _, header in used),
        tuple(j for j, _ in used), [i + 1 for i in rows], list(zip(*columns, strict=True)),
    )  # fmt: skip


def _texts(values: list[object]) -> list[str]:
    """Cells as text. White space and how a number is stored (18, 18.0, "18") make no difference, as in reading."""
    known = {kind: {v: _text(v) for v in {v for v in values if type(v) is kind}} for kind in (str, float)}
    return ["" if v is None else known[type(v)][v] if type(v) in known else _text(v) for v in values]


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return " ".join(printable(str(value)).split())


def _digest(pairs: Iterable[tuple[Sheet, list[int]]]) -> str:
    """One digest over the rows of all these sheets, whatever their order; "" where there is none."""
    lines = sorted(
        "\x1f".join([sheet.kind.name, *_texts(row)]) for sheet, _ in pairs for row in sheet.grid.filled() if any(row)
    )
    return hashlib.pbkdf2_hmac("sha256", "\x1e".join(lines).encode(), b"kaohe", _ROUNDS).hex() if lines else ""


# --- as a file --------------------------------------------------------------------------------------------------------


def save(snapshot: Snapshot, path: Path) -> None:
    """Write 输入.csv (UTF-8 with BOM): the same bytes for the same snapshot."""
    width = max((position + 1 for cells in snapshot.sheets for position in cells.positions), default=1)
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*_HEAD, *map(column_letter, range(1, width + 1))])
    for cells in snapshot.sheets:
        writer.writerows(_lines(cells, width))
    for names in snapshot.secret:
        writer.writerow([*map(_quoted, names), _SECRET])
    if snapshot.digest:
        writer.writerow(["", "", "", _DIGEST, snapshot.digest])
    path.write_bytes(stream.getvalue().encode("utf-8-sig", "replace"))


def _lines(cells: Cells, width: int) -> Iterator[tuple[object, ...]]:
    columns: list[Iterable[str]] = [repeat("")] * width
    texts_of = list(zip(*cells.rows, strict=True)) or [()] * len(cells.headers)
    for j, header, texts in zip(cells.positions, cells.headers, texts_of, strict=True):
        columns[j] = [header, *_quote_all(texts)]
    names = _quoted(cells.file), _quoted(cells.sheet), cells.title
    return zip(*map(repeat, names), [_HEADER, *cells.numbers], *columns, strict=False)


def _quote_all(texts: Iterable[str]) -> list[str]:
    known = {text: _quoted(text) for text in set(texts)}
    return [known[text] for text in texts]


def _quoted(text: str) -> str:
    """Inert in a spreadsheet, and so that `_bare` gives back exactly what was there."""
    return f"'{text}" if text.startswith("'") or like_formula(text) else text


def _bare(text: str) -> str:
    return text[1:] if text.startswith("'") else text


def load(path: Path) -> Snapshot:
    """Read 输入.csv. Raises ValueError where it is none, OSError where it cannot be read."""
    lines = csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""))
    try:
        return _loaded(lines)
    except (csv.Error, IndexError, KeyError) as error:
        raise ValueError(f"不是输入快照（{error}）") from error


def _loaded(lines: Iterator[list[str]]) -> Snapshot:
    if next(lines, [])[:4] != _HEAD:
        raise ValueError("不是输入快照")
    sheets: list[Cells] = []
    secret: list[tuple[str, str, str]] = []
    digest = ""
    for file, sheet, title, row, *texts in lines:
        if row == _DIGEST:
            digest = texts[0]
        elif row == _SECRET:
            secret.append((_bare(file), _bare(sheet), title))
        elif row == _HEADER:
            used = [j for j, text in enumerate(texts) if text]
            names = (_bare(file), _bare(sheet), TITLES[title].title)
            sheets.append(Cells(*names, tuple(texts[j] for j in used), tuple(used), [], []))
        else:
            sheets[-1].numbers.append(int(row))
            sheets[-1].rows.append(tuple(_bare(texts[j]) for j in sheets[-1].positions))
    return Snapshot(sheets, secret, digest)
