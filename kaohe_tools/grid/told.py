"""Puts into a sheet what the Excel library did not tell: cells without value, merged blocks, what is hidden."""

from __future__ import annotations

from collections.abc import Mapping

from kaohe_tools.grid.model import Grid, Unusable, beneath, fit_spans
from kaohe_tools.grid.sheetxml import Scan
from kaohe_tools.problems import Problems

_SHOWN = 5  # cells named in one message


def finish(grid: Grid, facts: Scan, problems: Problems) -> Grid:
    """The same grid with all facts put in; what merged blocks cover up is a warning."""
    _put(grid.rows, facts.unusable)
    height, width = len(grid.rows), max(map(len, grid.rows), default=0)
    grid.spans, overlapping = fit_spans(facts.spans, height, width)
    grid.hidden_rows = sorted({row for row in facts.hidden_rows if 0 <= row < height})
    stretches = (range(max(first, 0), min(last, width - 1) + 1) for first, last in facts.hidden_columns)
    grid.hidden_columns = sorted({column for stretch in stretches for column in stretch})
    if overlapping:
        place = grid.place(overlapping[0].top, overlapping[0].left)
        message = f"有 {len(overlapping)} 处合并单元格与别处重叠，没有按合并读取"
        problems.warning(place, message, "请取消合并后重新填写")
    if covered := beneath(grid):
        cells = "、".join(grid.place(i, j).cell for i, j in covered[:_SHOWN])
        more = f" 等 {len(covered)} 格" if len(covered) > _SHOWN else ""
        message = f"合并单元格下面盖着看不见的内容（{cells}{more}），没有读取"
        problems.warning(grid.place(*covered[0]), message, "请取消合并，核对后重新填写")
    return grid


def _put(rows: list[list[object]], cells: Mapping[tuple[int, int], Unusable]) -> None:
    """Put cells into rows, which are made long and wide enough."""
    if not cells:
        return
    width = max(max(map(len, rows), default=0), 1 + max(column for _, column in cells))
    rows.extend([] for _ in range(1 + max(row for row, _ in cells) - len(rows)))
    for row in rows:
        row.extend([None] * (width - len(row)))
    for (row, column), cell in cells.items():
        rows[row][column] = cell
