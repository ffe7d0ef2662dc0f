"""What a comparison says on a terminal, and its files: whole or not at all, the same bytes for the same input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from kaohe_tools.aside import made_aside, put_files
from kaohe_tools.plaintext import wrap
from kaohe_tools.spreadsheet import write_csv
from kaohe_tools.whatif.compare import (
    GAIN,
    LOSE,
    PEND,
    SIMULATED,
    Comparison,
    comparison_table,
    movers_table,
    sentence,
    side_by_side,
)
from kaohe_tools.whatif.scenario import Scenario, in_words
from kaohe_tools.whatif.scenario_file import save_scenario

ALL, MOVERS, BESIDE, SCENARIO = "方案对比", "方案变动", "方案并列", "方案"
_MOST = 20  # movers listed on a terminal


def write_comparisons(
    comparisons: Sequence[Comparison],
    scenarios: Sequence[Scenario],
    folder: Path,
    more: Mapping[str, pd.DataFrame] | None = None,
) -> list[Path]:
    """Write 方案对比.csv, 方案变动.csv, 方案.yaml (several: 方案1.yaml …, 方案并列.csv) and `more` tables by name.

    Files of that name are replaced, all of them or none; other files in the folder stay. Returns the paths.
    """
    tables: dict[str, pd.DataFrame] = {}
    if comparisons:
        tables[ALL] = pd.concat([comparison_table(one) for one in comparisons], ignore_index=True)
        tables[MOVERS] = pd.concat([movers_table(one) for one in comparisons], ignore_index=True)
    if len(comparisons) > 1:
        tables[BESIDE] = side_by_side(comparisons)
    with made_aside(folder) as aside:
        for name, table in {**tables, **(more or {})}.items():
            write_csv(table, aside / f"{name}.csv")
        for i, scenario in enumerate(scenarios, start=1):
            save_scenario(scenario, aside / f"{SCENARIO}{i if len(scenarios) > 1 else ''}.yaml")
        return put_files(aside, folder)


def summary(comparison: Comparison, scenario: Scenario) -> list[str]:
    """Lines for a terminal: what is changed, who gains, loses or becomes pending and why, how many ranks move."""
    title = f"方案“{comparison.name}”：{in_words(scenario) or '什么也不改'}"
    lines = wrap(f"{title}（{SIMULATED}）" if comparison.base.case.simulated else title, hanging="  ")
    for note in comparison.notes:
        lines += wrap(note, "  ", "    ")
    movers = comparison.movers
    if movers.empty:
        moved = (comparison.frame["composite_new"] != comparison.frame["composite_was"]).sum()
        return [*lines, "  " + (f"{moved} 个对象的得分有变，排名、等次都不变" if moved else "得分、排名、等次都不变")]
    lines += wrap(_counted(comparison), "  ", "    ")
    graded = movers[movers["change"] != "排名变化"]
    for number in graded.index[:_MOST]:
        row = graded.loc[number]
        lines += wrap(
            f"{_called(comparison, number)}（{row['category']}）：{sentence(comparison, number)}", "  · ", "    "
        )
    if len(graded) > _MOST:
        lines.append(f"  · 还有 {len(graded) - _MOST} 个，见 {MOVERS}.csv")
    return lines


def _called(comparison: Comparison, number: int) -> str:
    """A subject by its name, with the stage where the case has several."""
    row = comparison.frame.loc[number]
    return f"{row['stage']}·{row['subject']}" if comparison.frame["stage"].nunique() > 1 else row["subject"]


def _counted(comparison: Comparison) -> str:
    """How many ranks and grades move; who gains and loses the best grade, who becomes pending."""
    movers = comparison.movers
    ranks, grades = movers["rank_new"] != movers["rank_was"], movers["change"] != "排名变化"
    words = [f"{int(ranks.sum())} 个对象排名变化", f"{int(grades.sum())} 个等次或待定变化"]
    for sign in (GAIN, LOSE, PEND):
        told: dict[str, list[str]] = {}
        for number, change in movers["change"].items():
            for word in (w for w in change.split("、") if (w == sign if sign == PEND else w.startswith(sign))):
                told.setdefault("转为待定" if sign == PEND else word, []).append(_called(comparison, number))
        words += [f"{word} {len(names)} 个" for word, names in told.items()]
    return "；".join(words)
