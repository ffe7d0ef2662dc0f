"""Problems as lines of text: for people at a terminal a table by level and sheet, for scripts one problem a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from kaohe_tools.plaintext import columns, wrap
from kaohe_tools.problems import LEVELS, NOTE, Place, Problem, Problems
from kaohe_tools.spreadsheet import printable

NARROWEST = 72  # columns of a terminal below which a table has no room
_GAP, _WIDEST_CELL = 2, 16
_HEADS = ("级别", "单元格", "问题", "建议")


def problem_lines(problems: Problems, width: int | None = None, notes: bool = True) -> list[str]:
    """All problems, errors first, then how many there are. `width` of a terminal; None: one problem a line."""
    chosen = [problem for problem in problems.sorted() if notes or problem.level != NOTE]
    if width is None:
        lines = [_one_line(problem) for problem in chosen]
    elif width < NARROWEST:
        lines = [line for problem in chosen for line in wrap(_one_line(problem), hanging="  ", width=width)]
    else:
        lines = list(_table(chosen, width))
    return [*lines, counts(problems)]


def counts(problems: Problems) -> str:
    """How many problems of each level there are, in one sentence."""
    told = "，".join(f"{level} {problems.count(level)} 个" for level in LEVELS if problems.count(level))
    return f"共{told}" if told else "没有发现问题"


def _one_line(problem: Problem) -> str:
    """A problem as one line, whatever signs stand in what it quotes."""
    return " ".join(printable(str(problem)).splitlines())


def _table(problems: Sequence[Problem], width: int) -> Iterator[str]:
    """Blocks by level and sheet, in each a line or more for every problem; all blocks share their columns."""
    if not problems:
        return
    cell = min(max(columns(p.place.cell) for p in problems), _WIDEST_CELL)
    cell = max(cell, columns(_HEADS[1]))
    rest = width - 2 - columns(_HEADS[0]) - cell - 3 * _GAP
    message = round(rest * 0.6)
    widths = (columns(_HEADS[0]), cell, message, rest - message)
    notes = [p for p in problems if p.level == NOTE]
    serious = [p for p in problems if p.level != NOTE]
    if serious:
        yield from _row(_HEADS, widths)
    for (level, file, sheet), block in groupby(serious, key=lambda p: (p.level, p.place.file, p.place.sheet)):
        told = list(block)
        yield ""
        where = printable(str(Place(file, sheet))) or "整个案例"
        yield from wrap(f"{where}（{level} {len(told)} 个）", width=width)
        for problem in told:
            about = f"（{problem.about}）" if problem.about else ""
            yield from _row((level, problem.place.cell, f"{problem.message}{about}", problem.advice), widths)
    if notes:
        yield from ["", f"{NOTE} {len(notes)} 个"] if serious else [f"{NOTE} {len(notes)} 个"]
        for note in notes:
            yield from wrap(_one_line(note).removeprefix(f"{NOTE} "), indent="  ", hanging="    ", width=width)
    yield ""


def _row(texts: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    """The lines of one row, every text wrapped within its column."""
    cells = [_fit(" ".join(printable(text).split()), width) for text, width in zip(texts, widths, strict=True)]
    for i in range(max(map(len, cells))):
        parts = [lines[i] if i < len(lines) else "" for lines in cells]
        padded = (part + " " * (width - columns(part)) for part, width in zip(parts, widths, strict=True))
        yield ("  " + (" " * _GAP).join(padded)).rstrip()


def _fit(text: str, width: int) -> list[str]:
    """A text wrapped at a width; a word that is longer still is cut, so that the columns stay aligned."""
    lines: list[str] = []
    for line in wrap(text, width=width):
        while columns(line) > width:
            size = len(line)
            while columns(line[:size]) > width:
                size -= 1
            lines.append(line[:size])
            line = line[size:].lstrip()
        lines.append(line)
    return [line for line in lines if line] or [""]
