"""What pages and merges broke, put together again: labels spread, halves of labels and of cells joined, all told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from kaohe_tools.exact import tidy
from kaohe_tools.importing.labels import (
    PART,
    PARTS,
    POINTS,
    PROJECT,
    clean_part,
    is_open,
    is_wide_open,
    read_points,
)
from kaohe_tools.importing.rows import Row, quote
from kaohe_tools.problems import Problems

_PIECES = 8  # a label falls into no more pieces than this
_HABIT = 0.8  # share of finished sentences from which an unfinished one is a sign
_BARE = {"共性": "共性指标", "个性": "个性指标"}


@dataclass
class Labels:
    """How often each 考核项目, and each two in a row, stand in the document: the evidence for joining halves."""

    projects: Counter[str] = field(default_factory=Counter)
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)

    @classmethod
    def of(cls, tables: Sequence[Sequence[Row]]) -> Labels:
        named = [[tidy(row.project) for row in rows if row.project] for rows in tables]
        return cls(
            Counter(name for names in named for name in names),
            Counter(pair for names in named for pair in pairwise(names)),
        )

    def alone(self, first: str, second: str) -> list[bool]:
        """Do the halves of a label also stand without each other."""
        together = self.pairs[tidy(first), tidy(second)]
        return [self.projects[tidy(half)] > together for half in (first, second)]


def repair(rows: list[Row], labels: Labels, problems: Problems) -> list[Row]:
    """The rows of one unit's table with labels whole and spread, and cells cut by a page joined (totals stay)."""
    printed = _clean_parts(rows, problems)
    _mark_pages(rows)
    _join_projects(rows, labels, problems)
    _spread(rows)
    joined = _join_cut_cells(rows, problems)
    _check_printed_points(joined, printed, problems)
    return joined


def _clean_parts(rows: list[Row], problems: Problems) -> dict[str, float]:
    """Labels of 指标类别 cleaned, pieces of one joined; returns the points printed with each label."""
    printed: dict[str, float] = {}
    starts = [row for row in rows if row.part and not row.total]
    n = 0
    while n < len(starts):
        row = starts[n]
        raw = row.part or ""
        name, points = clean_part(raw)
        taken = 1
        if name not in PARTS:
            for more in range(2, min(_PIECES, len(starts) - n) + 1):
                pieces = [start.part or "" for start in starts[n : n + more]]
                whole, whole_points = clean_part("".join(pieces))
                if whole in PARTS and clean_part(pieces[-1])[0] not in PARTS:
                    name, points, taken = whole, whole_points, more
                    shown = "」「".join(tidy(piece) for piece in pieces)
                    problems.note(starts[n + 1].place(PART), f"指标类别「{shown}」是被切断的一个，已接成「{name}」")
                    break
        name = _BARE.get(name, name)
        if taken == 1 and name != tidy(raw):
            problems.note(row.place(PART), f"指标类别{quote(tidy(raw))}规范为「{name}」")
        if points is not None:
            printed[name] = points
        for start in starts[n : n + taken]:
            start.part = name
        n += taken
    return printed


def _mark_pages(rows: list[Row]) -> None:
    """A label that is said again, below rows without one, begins a page."""
    current, before = None, None
    for row in rows:
        if row.part:
            row.breaks |= row.part == current and (row.tall or before is None or not before.part)
            current = row.part
        before = row


def _join_projects(rows: list[Row], labels: Labels, problems: Problems) -> None:
    """考核项目 cut by a page: 国土空间 | 规划, if the whole is a label elsewhere and not both halves are."""
    block: list[Row] = []  # rows under the project above
    for row in rows:
        if row.total or (row.part and block and not row.breaks):
            block = []
        if row.project is None:
            block += [row] if block else []
            continue
        first = block[0] if block else None
        if first and row.breaks and row.project and first.project and first.project != row.project:
            whole = first.project + row.project
            known, alone = labels.projects[tidy(whole)] > 0, labels.alone(first.project, row.project)
            halves = f"「{first.project}」「{row.project}」"
            if (known and not all(alone)) or _must_go_on(first.project, row.project):
                problems.note(
                    row.place(PROJECT), f"考核项目{halves}是被分页切断的一个，已接成「{whole}」", "如是两个项目，请改回"
                )
                first.project = row.project = whole
                block.append(row)
                continue
            if known or (not any(alone) and len(block) == 1):
                problems.warning(
                    row.place(PROJECT), f"考核项目{halves}在分页处相接，可能是被切断的一个，未作改动", "请核对原表"
                )
        block = [row] if row.project else []


def _must_go_on(first: str, second: str) -> bool:
    """Can the first half not end here, or the second not begin here."""
    return is_wide_open(first) or first.endswith(("和", "与", "及", "的")) or second[0] in "的和与及、，）)”》"


def _spread(rows: list[Row]) -> None:
    """Labels go down until the next; a new 指标类别 ends the 考核项目 above it."""
    cells = [row for row in rows if not row.total]
    pairs = list(pairwise(cells))
    repeats = sum(bool(b.project) and b.project == a.project for a, b in pairs)
    blanks = sum(b.project is None and not b.project_above for _, b in pairs)
    part, project, subject = "", "", ""
    for row in cells:
        if row.subject and row.subject != subject:
            subject, part, project = row.subject, "", ""
        if row.part and row.part != part:
            part, project = row.part, ""
        unsaid = project if row.project_above or repeats <= blanks else ""
        project = unsaid if row.project is None else row.project
        row.part, row.project, row.subject = part, project, subject


def _join_cut_cells(rows: list[Row], problems: Problems) -> list[Row]:
    """A row cut in two by a page becomes one; where the signs are not clear both stay, with a warning."""
    texts = [row.text for row in rows if row.text and not row.total]
    finished = sum(not is_open(text) for text in texts)
    tidy_style = len(texts) >= 5 and finished >= _HABIT * len(texts)
    joined: list[Row] = []
    for row in rows:
        above = joined[-1] if joined else None
        if above is None or above.total or row.total or not _same_labels(above, row) or row.text_above:
            joined.append(row)
            continue
        why = _why_one(above, row, tidy_style)
        if not why:
            if row.text and row.blank_points and not row.points_above and is_open(above.text):
                advice = "如是同一句话，请把两行合为一行"
                problems.warning(row.place(), "没有分值，且上一行句子没有结束，可能是被切断的下半句，未作改动", advice)
            joined.append(row)
            continue
        shown = f"{quote(above.text[-12:])}＋{quote(row.text[:12])}" if row.text else "分值落在下一页"
        problems.note(row.place(), f"与上一行是被分页切断的一行（{why}），已接成一行：{shown}", "如是两行，请改回")
        above.text += row.text
        if above.blank_points:
            above.points = row.points
            above.columns = {**above.columns, POINTS: row.columns.get(POINTS, -1)}
        above.pieces += row.pieces
    return joined


def _same_labels(above: Row, row: Row) -> bool:
    return (above.part, above.project, above.subject) == (row.part, row.project, row.subject)


def _why_one(above: Row, row: Row, tidy_style: bool) -> str:
    """The evidence that a row goes on with the one above; an empty text where there is not enough."""
    if above.points_above or row.points_above or above.text_above:
        return ""
    if not row.text:
        return (
            "上页有文字无分值，下页有分值无文字" if row.breaks and above.blank_points and not row.blank_points else ""
        )
    if not above.text or not (above.blank_points or row.blank_points):
        return ""
    if is_wide_open(above.text) and (row.blank_points or row.breaks):
        return "上一行停在句中"
    if is_open(above.text) and row.breaks:
        return "上一行句子没有结束，本行另起一页"
    if is_open(above.text) and row.blank_points and not above.blank_points and tidy_style:
        return "上一行句子没有结束，本行没有分值，而表中其他句子都有句末标点"
    return ""


def _check_printed_points(rows: Sequence[Row], printed: dict[str, float], problems: Problems) -> None:
    """Points printed with a label (党政建设20分) against the sum of its rows."""
    for part, expected in printed.items():
        own = [row for row in rows if row.part == part and not row.total]
        total = sum(read_points(row.points).number or 0.0 for row in own)
        if own and abs(total - expected) > 1e-9:
            message = f"指标类别「{part}」标明 {expected:g} 分，各行合计 {total:g} 分"
            problems.warning(own[0].place(PART), message, "请核对原表")
