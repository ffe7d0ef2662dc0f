"""Which kind of sheet a grid is: told by its header row alone, never by the names of files or sheets.

The header is the first row with a kind's required columns; it may stretch over two rows with merged cells.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from kaohe_tools.columns import KINDS, UNITS, VOTES, Kind
from kaohe_tools.exact import tidy
from kaohe_tools.grid import Grid
from kaohe_tools.problems import Place

_UNIT = re.compile(rf"(.+)\((?:{'|'.join(UNITS)})\)")
KNOWN = frozenset(column.header for kind in KINDS.values() for column in kind.columns)


@dataclass(frozen=True)
class Sheet:
    """A recognised sheet: where it is, its kind and in which column (from 0) each field stands.

    header: the (last) header row; top: the first one. names: the headers as read, by column.
    """

    grid: Grid
    kind: Kind
    header: int
    positions: Mapping[str, int]
    top: int
    names: Mapping[int, str]

    def place(self, row: int, name: str = "") -> Place:
        """The cell of a field in a row (both as kept in the table); its first cell where the sheet lacks the field."""
        return self.grid.place(row, self.positions.get(name, min(self.positions.values())))

    def about(self, row: int) -> str:
        """Whom a row speaks of: its subject, else its category, as written."""
        cells = (
            self.grid.rows[row][self.positions[name]] for name in ("subject", "category") if name in self.positions
        )
        return next((tidy(cell) for cell in cells if cell is not None), "")


def recognise(grid: Grid, votes: Collection[str]) -> Sheet | None:
    """The sheet's kind by its header; the fullest kind wins where several fit. None where no row is a header."""
    cells = grid.filled()
    for i in range(len(cells)):
        sheet = _at(grid, cells, i, votes)
        if sheet is not None:
            return sheet
    return None


def _at(grid: Grid, cells: list[list[object]], i: int, votes: Collection[str]) -> Sheet | None:
    """The sheet whose header begins in row i, alone or with the row below it."""
    upper = header_names(cells[i], votes)
    below = header_names(cells[i + 1], votes) if i + 1 < len(cells) else {}
    joined = _joined(upper, below, votes)
    for names, last in ((joined, i + 1), (upper, i)):
        kind = kind_of(names.values(), votes) if names else None
        if kind is not None:
            return Sheet(grid, kind, last, positions_of(kind, names, votes), i, names)
    return None


def _joined(upper: Mapping[int, str], below: Mapping[int, str], votes: Collection[str]) -> dict[int, str]:
    """The names of a header over two rows; empty where the row below is no part of it.

    It is where it adds a known header and holds nothing but headers and what is merged down from above.
    """
    known = KNOWN | set(votes)
    repeated = {j for j, name in below.items() if upper.get(j) == name}
    added = {j: name for j, name in below.items() if j not in repeated}
    if not known & set(upper.values()) or not known & set(added.values()):
        return {}
    if any(name not in known and upper.get(j) in known for j, name in added.items()):
        return {}
    if all(name in upper.values() for name in added.values()):
        return {}  # the header again
    return {**upper, **added}


def header_names(row: list[object], votes: Collection[str]) -> dict[int, str]:
    """By column, the texts of a row as header names: tidied, a unit in parentheses left out where a name is known."""
    names = {j: text for j, cell in enumerate(row) if isinstance(cell, str) and (text := tidy(cell))}
    known = KNOWN | set(votes)
    bare = {j: match[1] for j, name in names.items() if name not in known and (match := _UNIT.fullmatch(name))}
    return {j: bare[j] if bare.get(j) in known else name for j, name in names.items()}


def positions_of(kind: Kind, names: Mapping[int, str], votes: Collection[str]) -> dict[str, int]:
    """In which column each field of a kind stands; of a header that stands twice the first counts."""
    first: dict[str, int] = {}
    for j in sorted(names):
        first.setdefault(names[j], j)
    positions = {column.name: first[column.header] for column in kind.columns if column.header in first}
    if kind.name == "ballots":
        positions |= {vote: first[vote] for vote in votes if vote in first}
    return positions


def kind_of(names: Iterable[str], votes: Collection[str]) -> Kind | None:
    """The kind whose required headers are all among some names; the fullest where several are."""
    present = set(names)
    fitting = [kind for kind in KINDS.values() if not lacking(kind, present, votes)]
    return max(fitting, key=lambda k: (len(k.required), sum(c.header in present for c in k.columns)), default=None)


def lacking(kind: Kind, present: Collection[str], votes: Collection[str]) -> list[str]:
    """What a kind requires and a header lacks, for people."""
    there = set(present)
    return [
        "或".join(header for header in group if header != VOTES)
        for group in kind.required
        if not (there & set(group) or (VOTES in group and there & set(votes)))
    ]


def nearest(grid: Grid, votes: Collection[str]) -> tuple[Kind, list[str]] | None:
    """The kind that an unread sheet comes nearest to, and what its header lacks; None where it looks like none."""
    best: tuple[int, Kind, list[str]] | None = None
    for row in grid.rows:
        present = set(header_names(row, votes).values())
        if not KNOWN & present:
            continue
        for kind in KINDS.values():
            missing = lacking(kind, present, votes)
            found = len(kind.required) - len(missing)
            if found >= 2 and (best is None or found - len(missing) > best[0]):
                best = (found - len(missing), kind, missing)
    return best[1:] if best else None
