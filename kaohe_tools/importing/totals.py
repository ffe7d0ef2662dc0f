"""Do the points add up: rows of totals against the rows above them, each unit against the others of its group."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from kaohe_tools.exact import snap, tidy
from kaohe_tools.importing.labels import POINTS, read_points
from kaohe_tools.importing.rows import Row
from kaohe_tools.problems import Place, Problems


def sum_points(rows: Sequence[Row]) -> float:
    """All points that can be read as a number, rows of totals aside."""
    return float(snap(sum(read_points(row.points).number or 0.0 for row in rows if not row.total)))


def drop_totals(rows: list[Row], problems: Problems) -> list[Row]:
    """The rows without those of totals, each of which is told and compared with the rows that it sums up."""
    kept: list[Row] = []
    since = 0
    for row in rows:
        if not row.total:
            kept.append(row)
            continue
        last = kept[-1] if kept else None
        sums = [sum_points(kept)]
        if not re.match(r"(合计|总计|共计|总分)", tidy(row.text)) and last:
            sums.append(sum_points(kept[since:]))
            sums.append(sum_points([other for other in kept if other.part == last.part]))
            sums.append(sum_points([o for o in kept if (o.part, o.project) == (last.part, last.project)]))
        since = len(kept)
        figure = read_points(row.points).number
        if figure is None:
            problems.note(row.place(), f"「{row.text}」行没有作为指标导入，行中没有合计数")
        elif any(abs(figure - total) < 1e-9 for total in sums):
            problems.note(row.place(), f"「{row.text}」行没有作为指标导入，{figure:g} 与各行之和一致")
        else:
            own = sums[1] if len(sums) > 1 else sums[0]
            message = f"「{row.text}」行没有作为指标导入，所填 {figure:g} 与各行之和 {own:g} 不一致"
            problems.warning(row.place(POINTS), message, "请核对原表")
    return kept


def compare_in_groups(tables: Sequence[tuple[str, str, Place, float]], problems: Problems) -> None:
    """Tables as (group, unit, place, sum): told where a unit's sum is not the one that most of its group have."""
    groups: dict[str, list[tuple[str, Place, float]]] = {}
    for group, unit, place, total in tables:
        groups.setdefault(group, []).append((unit, place, total))
    for group, units in groups.items():
        counts = Counter(total for *_, total in units).most_common()
        where = f"「{group}」之下" if group else "文件中"
        if len(counts) > 1 and (counts[0][1] < 2 or counts[0][1] == counts[1][1]):
            sums = "、".join(f"{unit} {total:g}" for unit, _, total in units)
            problems.warning(units[0][1], f"{where}各表分值合计不一致，看不出应为多少：{sums}", "请核对原表")
            continue
        for unit, place, total in units:
            if total != counts[0][0]:
                message = f"「{unit}」各行分值合计 {total:g}，而{where}多数表合计 {counts[0][0]:g}"
                problems.warning(place, message, "请核对原表")
