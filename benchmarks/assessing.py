"""How fast one case is assessed again, beside the least that pandas could do with the same rows: run by hand.

    python benchmarks/assessing.py [--quick]

One reassessment is what a movement of a slider asks for: other points of two parts, everything scored, ranked and
graded anew with all reasons (`Trial.attempt`). The bare bound is a groupby-sum of the rows' values by unit and a rank
of the sums: no shares of points, no ties by published figures, no grades, no words. Both are measured in one run, the
rounds interleaved; what counts are the ratio, and that the time for one row does not grow with the number of rows: by
the clock on a quiet machine, in processor time on a busy one. Reading the files is not part of it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pandas as pd
from measuring import QINGHAI, ZHASHUI, Table, Taken, quick, ratio, show, timed, write_case

from kaohe_tools.panel import open_trial
from kaohe_tools.panel.trial import Trial

SIZES = ((60, 30), (2_000, 60), (20_000, 60))
ROUNDS, AT_LEAST = 9, 20_000  # rows worked out between two looks at the clock
OURS, BARE = "ours", "groupby-sum and rank"


def other_points(trial: Trial) -> dict[str, float]:
    """Two points moved from the first part to the second."""
    first, second, *_ = points = trial.points
    return {**points, first: points[first] - 2, second: points[second] + 2}


def bare(rows: pd.DataFrame) -> pd.Series:
    """Sums and ranks alone."""
    return rows.groupby("subject")["value"].sum().rank(method="min", ascending=False)


def measure(case: Path) -> tuple[int, dict[str, Taken]]:
    """The number of contribution rows, and how long each way takes for them."""
    trial = open_trial(case)
    rows = trial.base.assessment.contributions
    ways = {OURS: partial(trial.attempt, other_points(trial)), BARE: partial(bare, rows[["subject", "value"]].copy())}
    return len(rows), timed(ways, ROUNDS if len(rows) < AT_LEAST else 3, max(AT_LEAST // len(rows), 1))


def tables(small: bool = False) -> Iterator[Table]:
    """One table over all sizes; `small`: the smallest alone."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for scheme in (QINGHAI, ZHASHUI):
            for units, indicators in SIZES[:1] if small else SIZES:
                case = write_case(Path(name) / f"{scheme[0]}-{units}", *scheme, units, indicators)
                number, taken = measure(case)
                own, least = taken[OURS], taken[BARE]
                shown = [f"{own.wall:.4f}", f"{own.work:.4f}", f"{own.work / number * 1e6:.2f}"]
                beside = [ratio(own.wall, least.wall), ratio(own.work, least.work)]
                rows.append([f"{scheme[0]}，{units:,} × {indicators}", f"{number:,}", *shown, *beside])
    head = ["办法，对象 × 指标", "行", "秒", "处理器秒", "每行处理器微秒", "对 pandas", "对 pandas（处理器）"]
    told = "“pandas”只做分组求和与排名：不管分值怎么来、并列、等次、理由。"
    yield Table("换一次权重，重新考核", head, rows, [told])


def main() -> None:
    """Measure and print."""
    show(tables(quick()))


if __name__ == "__main__":
    main()
