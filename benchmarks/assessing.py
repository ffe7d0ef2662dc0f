"""How fast one case is assessed again, beside the least that pandas could do with the same rows: run by hand.

    python benchmarks/assessing.py [number of sizes]

One reassessment is what a movement of a slider asks for: other points of two parts, everything scored, ranked and
graded anew with all reasons (`Trial.attempt`). The bare bound is a groupby-sum of the rows' values by unit and a rank
of the sums: no shares of points, no ties by published figures, no grades, no words. Both are measured in one run, the
rounds interleaved; what counts are the ratio, and that the time for one row does not grow with the number of rows: by
the clock on a quiet machine, in processor time on a busy one. Reading the files is not part of it.
"""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path

import pandas as pd
from robustness import QINGHAI, ZHASHUI, Taken, state, timed, write_case

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


def main() -> None:
    """Make the cases in a temporary folder, measure, print."""
    print(state())
    sizes = SIZES[: int(sys.argv[1])] if len(sys.argv) > 1 else SIZES
    head = f"{'rows':>12}{'seconds':>10}{'CPU s':>10}{'rows/s':>12}{'CPU µs/row':>12}{'to bare':>10}{'in CPU':>10}"
    print(f"{'':30}{head}")
    with tempfile.TemporaryDirectory() as name:
        for scheme in (QINGHAI, ZHASHUI):
            for units, indicators in sizes:
                case = write_case(Path(name) / f"{scheme[0]}-{units}", *scheme, units, indicators)
                rows, taken = measure(case)
                own, least = taken[OURS], taken[BARE]
                shown = (
                    f"{rows:12,}{own.wall:10.4f}{own.work:10.4f}{rows / own.wall:12,.0f}{own.work / rows * 1e6:12.2f}"
                )
                ratios = f"{own.wall / least.wall:10.1f}{own.work / least.work:10.1f}"
                print(f"{f'{scheme[0]}, {units:,} × {indicators}':30}{shown}{ratios}", flush=True)
    print(state())


if __name__ == "__main__":
    main()
