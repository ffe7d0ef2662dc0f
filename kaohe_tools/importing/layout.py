"""Where things stand in a sheet: real cells with their merges, the header, the columns of each role, the sections."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from kaohe_tools.grid import Grid
from kaohe_tools.importing.labels import (
    CONTENT,
    HEADERS,
    PART,
    PARTS,
    POINTS,
    as_text,
    clean_part,
    header_name,
    is_note,
    read_points,
    total_in,
)


@dataclass(frozen=True)
class Cell:
    """A cell as drawn: the rows and columns (from 0, both ends included) that it covers, and what stands in it."""

    top: int
    left: int
    bottom: int
    right: int
    value: object

    @property
    def text(self) -> str:
        return as_text(self.value)


@dataclass(frozen=True)
class Layout:
    """The columns of each role, how wide the table is, the header's texts by column and its last row."""

    roles: dict[str, tuple[int, ...]]
    width: int
    names: tuple[str, ...] = ()
    bottom: int = -1

    @property
    def left(self) -> int:
        """The table's first column: sheets often leave those before it blank."""
        named = {column for column, name in enumerate(self.names) if name}
        return min(named.union(*self.roles.values()), default=0)

    def role_of(self, cell: Cell) -> str | None:
        """The role that a cell covers most of; where it covers several, content wins, then points, then the label."""
        order = (CONTENT, POINTS, PART)
        best, best_fit = None, (0.0, 0)
        for role, columns in self.roles.items():
            share = sum(cell.left <= column <= cell.right for column in columns) / len(columns)
            fit = (share, len(order) - order.index(role) if role in order else 0)
            if share > 0 and fit > best_fit:
                best, best_fit = role, fit
        return best


@dataclass
class Section:
    """One table in a sheet: its title rows, its body rows, those that begin a page (`breaks`), headers, page marks."""

    grid: Grid
    cells: list[list[Cell]]
    layout: Layout
    titles: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    breaks: set[int] = field(default_factory=set)
    headers: list[int] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    inherited: bool = False


def drawn_cells(grid: Grid) -> list[list[Cell]]:
    """For each row the cells that it meets, left to right, merged ones once."""
    cover: dict[tuple[int, int], Cell] = {}
    for span in grid.spans:
        cell = Cell(span.top, span.left, span.bottom, span.right, grid.rows[span.top][span.left])
        for i in range(span.top, span.bottom + 1):
            for j in range(span.left, span.right + 1):
                cover.setdefault((i, j), cell)
    lines = []
    for i, row in enumerate(grid.rows):
        line = [cover.get((i, j)) or Cell(i, j, i, j, value) for j, value in enumerate(row)]
        lines.append(list(dict.fromkeys(line)))
    return lines


def find_layout(cells: list[list[Cell]], i: int) -> Layout | None:
    """The columns of each role if row i is (or begins) a header: content and points must be named."""
    names = {header_name(cell.text) for cell in cells[i]}
    if not names & set(HEADERS[POINTS]) and not names & set(HEADERS[CONTENT]):
        return None
    bottom = min(max((cell.bottom for cell in cells[i] if cell.top == i and cell.text), default=i), i + 2)
    width = max(cell.right for cell in cells[i]) + 1
    by_column: list[list[str]] = [[] for _ in range(width)]
    for line in range(bottom, i - 1, -1):
        for cell in cells[line]:
            for column in range(cell.left, min(cell.right, width - 1) + 1):
                by_column[column].append(header_name(cell.text))
    roles: dict[str, tuple[int, ...]] = {}
    for role, options in HEADERS.items():
        taken = {column for columns in roles.values() for column in columns}
        for option in options:
            columns = tuple(c for c, found in enumerate(by_column) if c not in taken and option in found)
            if columns:
                roles[role] = columns
                break
    if CONTENT not in roles or POINTS not in roles:
        return None
    shown = tuple(next((name for name in found if name), "") for found in by_column)
    return _with_unnamed_part(Layout(roles, width, shown, bottom), cells)


def _with_unnamed_part(layout: Layout, cells: list[list[Cell]]) -> Layout:
    """A column without a known name that holds labels such as 共性指标 is the labels' column."""
    if PART in layout.roles:
        return layout
    taken = {column for columns in layout.roles.values() for column in columns}
    for column in range(layout.width):
        if column in taken:
            continue
        texts = (cell.text for line in cells[layout.bottom + 1 :] for cell in line if cell.left == cell.right == column)
        if any(clean_part(text)[0] in PARTS for text in texts if text):
            return Layout({**layout.roles, PART: (column,)}, layout.width, layout.names, layout.bottom)
    return layout


def holds_points(line: Sequence[Cell], layout: Layout) -> bool:
    """Does this row have a number where points stand: the sign of a row of the table, not of a title."""
    return any(layout.role_of(cell) == POINTS and read_points(cell.value).number is not None for cell in line)


def split_sections(grid: Grid, earlier: Layout | None, names_someone: Callable[[list[str]], bool]) -> list[Section]:
    """The tables of one sheet; none where it has no header and `earlier` (the table before) does not fit either.

    `names_someone` says whether title rows name a unit or category: only then a header in the middle begins a new
    table; else it is the header of the next page.
    """
    cells = drawn_cells(grid)
    headers: dict[int, Layout] = {}
    i = 0
    while i < len(cells):
        layout = find_layout(cells, i)
        if layout:
            headers[i] = layout
            i = layout.bottom
        i += 1
    width = max((len(row) for row in grid.rows), default=0)
    if not headers:
        if earlier is None or earlier.width != width or not any(holds_points(line, earlier) for line in cells):
            return []
        first = next(n for n, line in enumerate(cells) if holds_points(line, earlier))
        start = _first_body_row(cells, first, earlier)
        rows = list(range(start, len(cells)))
        return [Section(grid, cells, earlier, _titles(cells, range(start)), rows, inherited=True)]
    sections: list[Section] = []
    for n, (header, layout) in enumerate(headers.items()):
        end = list(headers)[n + 1] if n + 1 < len(headers) else len(cells)
        body = list(range(layout.bottom + 1, end))
        if n == 0:
            _open_first(sections, grid, cells, header, layout)
        elif titles := _titles_above(cells, header, sections[-1]):
            texts = _titles(cells, titles)
            sections[-1].rows = [row for row in sections[-1].rows if row not in titles]
            if names_someone(texts):
                sections.append(Section(grid, cells, layout, texts))
            else:
                sections[-1].marks += titles
        section = sections[-1]
        section.headers.append(header)
        if section.rows and body:
            section.breaks.add(body[0])
        section.rows += body
    return sections


def _open_first(sections: list[Section], grid: Grid, cells: list[list[Cell]], header: int, layout: Layout) -> None:
    """The first section: what stands above its header is titles, or rows of a table that goes on from a page before."""
    first = next((i for i in range(header) if holds_points(cells[i], layout)), None)
    start = header if first is None else _first_body_row(cells, first, layout)
    section = Section(grid, cells, layout, _titles(cells, range(start)), list(range(start, header)))
    section.inherited = bool(section.rows)
    sections.append(section)


def _first_body_row(cells: list[list[Cell]], row: int, layout: Layout) -> int:
    """Rows above the first one with points belong to the table as long as something stands in their content column."""
    while row > 0 and any(layout.role_of(c) == CONTENT and c.text and c.left > layout.left for c in cells[row - 1]):
        row -= 1
    return row


def _titles(cells: list[list[Cell]], rows: Sequence[int] | range) -> list[str]:
    return [cell.text for i in rows for cell in cells[i] if cell.top == i and cell.text]


def _titles_above(cells: list[list[Cell]], header: int, section: Section) -> list[int]:
    """Rows right above a header in the middle that hold one text at the left edge or over the whole width."""
    found: list[int] = []
    row = header - 1
    while row in section.rows:
        filled = [cell for cell in cells[row] if cell.text]
        if filled and not (
            len(filled) == 1
            and filled[0].left <= section.layout.left
            and filled[0].top == filled[0].bottom == row
            and clean_part(filled[0].text)[0] not in PARTS
            and not total_in(filled[0].text)[0]
            and not is_note(filled[0].text)
        ):
            break
        found.append(row)
        row -= 1
    found.reverse()
    while found and not any(cell.text for cell in cells[found[0]]):
        found.pop(0)
    return found
