"""Body rows of one section: what each says for itself, before anything is filled in or joined."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kaohe_tools.grid import Grid, Unusable
from kaohe_tools.importing.labels import (
    CONTENT,
    PART,
    PARTS,
    POINTS,
    PROJECT,
    SUBJECT,
    as_text,
    clean_part,
    is_note,
    once,
    one_line,
    read_points,
    squeeze,
    total_in,
)
from kaohe_tools.importing.layout import Cell, Section
from kaohe_tools.problems import Place, Problems

_SHOWN = 30  # characters of a text quoted in a message


@dataclass
class Row:
    """One row of a table. Labels are None where the cell is blank or goes on from above, "" where there is no cell.

    `pieces` are the rows of sheets (from 0) that it stands in, `columns` where each role stands. `breaks`: a page
    begins here. `tall`: the label cell covers more rows. `project_above`, `text_above`, `points_above`: the cell began
    in a row above. Of a row of totals, `text` is its label.
    """

    pieces: list[tuple[Grid, int]]
    columns: dict[str, int]
    part: str | None = None
    project: str | None = None
    subject: str | None = None
    text: str = ""
    points: object = None
    total: bool = False
    breaks: bool = False
    tall: bool = False
    project_above: bool = False
    text_above: bool = False
    points_above: bool = False

    def place(self, role: str = CONTENT) -> Place:
        """Where the cell of a role stands (the row, if it has none)."""
        grid, line = self.pieces[0]
        return grid.place(line, self.columns.get(role, -1))

    @property
    def blank_points(self) -> bool:
        return not as_text(self.points)


def quote(text: str) -> str:
    """A text as quoted in a message: its beginning."""
    return f"「{text[:_SHOWN]}{'…' if len(text) > _SHOWN else ''}」"


def read_rows(section: Section, problems: Problems) -> list[Row]:
    """The rows of a section in their order; what is no row (notes, empty rows, labels alone) is told and left out."""
    rows: list[Row] = []
    carried = Row([], {})  # labels that stand alone in rows above
    empty: list[int] = []
    for line in section.rows:
        row = _row(section, line)
        carried.breaks |= line in section.breaks
        others = _other_texts(section, line)
        if not _is_blank(row) or row.text_above or row.points_above or others:
            _tell_empty(section, empty, problems)
        reason = _why_no_row(row, section.cells[line], others, section.layout.left)
        if reason == "空行":
            empty.append(line)
        elif reason:
            _tell_left_out(row, reason, section.cells[line], problems)
        if reason:
            if "附注" not in reason:
                carried.part, carried.project = row.part or carried.part, row.project or carried.project
            continue
        row.part = row.part or carried.part
        row.project = carried.project if row.project is None else row.project
        row.breaks |= carried.breaks
        carried = Row([], {})
        rows.append(row)
    _tell_empty(section, empty, problems)
    _tell_skipped(section, problems)
    return rows


def _row(section: Section, line: int) -> Row:
    """A row as its cells have it."""
    by_role: dict[str, list[Cell]] = {}
    for cell in section.cells[line]:
        role = section.layout.role_of(cell)
        if role:
            by_role.setdefault(role, []).append(cell)
    row = Row([(section.grid, line)], {role: cells[0].left for role, cells in by_role.items()})
    own = {role: [c for c in cells if c.top == line and c.text] for role, cells in by_role.items()}
    row.part = "\n".join(c.text for c in own.get(PART, [])) or None
    row.tall = any(c.bottom > line for c in own.get(PART, []))
    if PROJECT in by_role:
        row.project = once(squeeze("\n".join(c.text for c in own[PROJECT]))) or None
    elif PROJECT in section.layout.roles:
        row.project = ""
    row.project_above = any(c.top < line and c.text for c in by_role.get(PROJECT, []))
    row.subject = squeeze("\n".join(c.text for c in own.get(SUBJECT, []))) or None
    row.text_above = not own.get(CONTENT) and any(c.top < line and c.text for c in by_role.get(CONTENT, []))
    row.text = one_line("\n".join(c.text for c in by_role.get(CONTENT, []) if c.text))
    points = own.get(POINTS, [])
    row.points = points[0].value if len(points) == 1 else "\n".join(c.text for c in points) or None
    row.points_above = not points and any(c.top < line and c.text for c in by_role.get(POINTS, []))
    for cell in section.cells[line]:
        found, figure = total_in(cell.text) if cell.top == line else (False, None)
        if found and (not row.text or row.text_above or (cell.text == row.text and _is_total_of_text(section, cell))):
            row.total, row.text = True, squeeze(cell.text)
            row.points = row.points if read_points(row.points).number is not None else figure
            break
    return row


def _is_total_of_text(section: Section, cell: Cell) -> bool:
    """A total named in the content column: by the bare word, or in a cell that begins at the left edge."""
    return (
        cell.left <= section.layout.left
        or section.layout.role_of(cell) != CONTENT
        or bool(re.match(r"[合小总共]\s*计|总\s*分", cell.text))
    )


def _other_texts(section: Section, line: int) -> list[str]:
    """Texts that stand in columns without a role."""
    return [c.text for c in section.cells[line] if c.top == line and c.text and section.layout.role_of(c) is None]


def _is_blank(row: Row) -> bool:
    has_text = bool(row.text) and not row.text_above
    return not (row.part or row.project or row.subject or has_text or not row.blank_points)


def _why_no_row(row: Row, line: list[Cell], others: list[str], left: int) -> str:
    """Why a row is none of the table's: an empty text where it is one (or a total)."""
    if row.total:
        return ""
    first = next((cell for cell in line if cell.text), None)
    if first and first.left <= left and row.blank_points and is_note(first.text):
        return "表内附注"
    if _is_blank(row):
        if row.text_above or row.points_above:
            return "合并单元格的延续"
        return "没有指标和分值的行" if others else "空行"
    has_text = bool(row.text) and not row.text_above
    if row.blank_points and not row.points_above:
        if has_text and PART not in row.columns and clean_part(row.text)[0] in PARTS:
            row.part, row.text = row.text, ""
            return "单独成行的指标类别"
        if not has_text and not row.text_above:
            return "单独成行的考核项目" if row.project else "单独成行的指标类别"
    return ""


def _tell_left_out(row: Row, reason: str, line: list[Cell], problems: Problems) -> None:
    grid, number = row.pieces[0]
    place = grid.place(number)
    shown = quote("，".join(squeeze(cell.text) for cell in line if cell.top == number and cell.text))
    if reason == "表内附注":
        problems.note(place, f"表内附注没有导入：{shown}")
    elif reason == "合并单元格的延续":
        problems.note(place, "整行是上面合并单元格的延续，不单列一行")
    elif reason == "没有指标和分值的行":
        problems.warning(place, f"这一行没有指标和分值，没有导入：{shown}", "请核对原表")
    else:
        problems.note(place, f"{reason}{shown}，作为以下各行的类别或项目，不单列一行", "如不是，请核对原表")


def _tell_empty(section: Section, lines: list[int], problems: Problems) -> None:
    """Empty rows, one message for those that follow one another."""
    if lines:
        rows = f"第{lines[0] + 1}行" if len(lines) == 1 else f"第{lines[0] + 1}—{lines[-1] + 1}行"
        problems.note(section.grid.place(lines[0]), f"{rows}是空行，已略去", "请核对原表是否漏了内容")
        lines.clear()


def _tell_skipped(section: Section, problems: Problems) -> None:
    """Headers of later pages, page marks, and columns that have no role here."""
    grid = section.grid
    for header in section.headers[0 if section.inherited else 1 :]:
        problems.note(grid.place(header), "每页重复的表头，已跳过")
    for line in section.marks:
        text = "，".join(cell.text for cell in section.cells[line] if cell.text)
        if text:
            problems.note(grid.place(line), f"表头上方的文字没有导入：{quote(text)}")
    unread: dict[int, Cell] = {}
    for line in section.rows:
        for cell in section.cells[line]:
            if (
                isinstance(cell.value, Unusable)
                and cell.top == line
                and section.layout.role_of(cell) in (CONTENT, PART)
            ):
                problems.warning(grid.place(line, cell.left), f"单元格{cell.value.why}", cell.value.advice)
            if cell.text and section.layout.role_of(cell) is None:
                unread.setdefault(cell.left, cell)
    for column, cell in sorted(unread.items()):
        name = section.layout.names[column] if column < len(section.layout.names) else ""
        problems.note(grid.place(cell.top, column), f"列{quote(name or cell.text)}不属于指标表的各列，没有导入")
