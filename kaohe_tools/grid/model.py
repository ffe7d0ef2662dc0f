"""What every reader gives: sheets as grids of cells, merged blocks, and cells whose content cannot be used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from kaohe_tools.problems import Place
from kaohe_tools.spreadsheet import column_letter

# fmt: off
ERROR_VALUES = frozenset([
    "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!", "#FIELD!",
    "#BLOCKED!", "#CONNECT!", "#BUSY!", "#UNKNOWN!", "#PYTHON!", "#EXTERNAL!",
])
# fmt: on


class Unusable:
    """A cell whose content cannot be used as it stands; printing it gives what the cell shows."""

    def __init__(self, text: str, why: str, advice: str) -> None:
        self.text, self.why, self.advice = text, why, advice

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Unusable({self.text!r}, {self.why!r})"


def error_value(text: str) -> Unusable:
    """A cell that shows an error such as #DIV/0!."""
    return Unusable(text, f"是错误值 {text}", "请改正公式或直接填写数值")


def bare_formula() -> Unusable:
    """A formula that nothing has calculated yet: there is no result in the file."""
    return Unusable("公式", "是公式，但文件里没有存计算结果", "请用 Excel 或 WPS 打开并保存一次，或直接填写数值")


@dataclass(frozen=True)
class Span:
    """A merged block of cells: first and last row and column, from 0, both included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass
class Grid:
    """One sheet: `rows[i][j]` is what stands in row i+1, column j+1; None is a blank cell.

    Merged blocks carry their value in the first cell only; `filled` spreads it; they lie within the rows and never
    overlap. `headings` are the paragraphs before a Word table, `after` those below the last table of the file.
    `hidden_rows` and `hidden_columns` count from 0; hidden is also what a filter leaves out or what has no height or
    width. Values are text, numbers, dates or `Unusable`.
    """

    file: str
    sheet: str
    rows: list[list[object]]
    spans: list[Span] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    hidden: bool = False
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    after: list[str] = field(default_factory=list)

    def place(self, row: int = -1, column: int = -1) -> Place:
        """The place of a cell (both from 0), of a whole row (column left out) or of the sheet."""
        letters = column_letter(column + 1) if column >= 0 else ""
        return Place(self.file, self.sheet, f"{letters}{row + 1}" if row >= 0 else "")

    def filled(self) -> list[list[object]]:
        """The rows with every merged block filled by its value."""
        if not self.spans:
            return self.rows
        rows = [list(row) for row in self.rows]
        for span in self.spans:
            value = rows[span.top][span.left]
            for i in range(span.top, span.bottom + 1):
                rows[i][span.left : span.right + 1] = [value] * (span.right + 1 - span.left)
        return rows


def fit_spans(spans: Iterable[Span], height: int, width: int) -> tuple[list[Span], list[Span]]:
    """Merged blocks cut to the size of a sheet, in order; apart from them, those that overlap one before.

    Takes time and space of the order of the sheet's cells, whatever the blocks are.
    """
    taken = bytearray(height * width)
    kept: list[Span] = []
    overlapping: list[Span] = []
    for span in sorted(set(spans), key=lambda s: (s.top, s.left, s.bottom, s.right)):
        fitted = Span(span.top, span.left, min(span.bottom, height - 1), min(span.right, width - 1))
        if fitted.top > fitted.bottom or fitted.left > fitted.right or span.top < 0 or span.left < 0:
            continue
        free = True
        for i in range(fitted.top, fitted.bottom + 1):
            start, stop = i * width + fitted.left, i * width + fitted.right + 1
            if taken.find(1, start, stop) >= 0:
                free = False
                break
            taken[start:stop] = b"\1" * (stop - start)
        if not free:
            overlapping.append(span)
        elif fitted.bottom > fitted.top or fitted.right > fitted.left:
            kept.append(fitted)
    return kept, overlapping


def beneath(grid: Grid) -> list[tuple[int, int]]:
    """Cells that hold something beneath a merged block, where nobody sees it: `filled` covers them up."""
    return [
        (i, j)
        for span in grid.spans
        for i in range(span.top, span.bottom + 1)
        for j in range(span.left, span.right + 1)
        if grid.rows[i][j] is not None and (i, j) != (span.top, span.left)
    ]
