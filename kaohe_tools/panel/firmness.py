"""Beside the sliders: how far a weight must move before a grade changes, and how firm ranks are under random ones."""

from __future__ import annotations

from kaohe_tools.charts import acceptability
from kaohe_tools.display import Table, Text, plain, table
from kaohe_tools.panel.trial import Trial
from kaohe_tools.style import Chart
from kaohe_tools.whatif.break_even import break_evens
from kaohe_tools.whatif.robust import Plan, robustness
from kaohe_tools.whatif.secrecy import few_told
from kaohe_tools.whatif.turning import break_even_table


def break_even(trial: Trial) -> Table:
    """The nearest break-even weight of each part for each subject of the category, where there is one."""
    base = trial.base
    found = break_evens(base, [trial.stage], [trial.category])
    frame = break_even_table(base.assessment, found)
    frame = frame[frame["临界分值"] != ""]
    order = frame["变动"].astype(float).abs().sort_values(kind="stable").index
    columns = ["考核对象", "部分", "现分值", "临界分值", "变动", "方向", "说明"]
    caption = f"{trial.category}：哪个部分的分值改到多少，等次就变（其余按比例，最近的在前）"
    shown = frame.loc[order, columns].reset_index(drop=True)
    return table(shown, "break-even", caption, numbers=columns[2:5], wide=["说明"], simulated=base.case.simulated)


def firmness(trial: Trial, draws: int, seed: int) -> tuple[Text, Chart, Table]:
    """What random weights (each ±20 %) leave of ranks and grades: sentences, a heat map, and a row for each subject.

    Which weight a result hangs on most is not told where few voted, as in `kaohe whatif --robust`.
    """
    base = trial.base
    few = few_told(base.assessment, trial.stage)
    found = robustness(base.prepared, base.worth, base.case, trial.stage, Plan(draws, seed), drivers=not few)
    shown = found.shown()
    here = base.assessment.subjects.loc[found.subjects["subject"], "category"].to_numpy() == trial.category
    text = Text("\n".join(f"- {plain(sentence)}" for sentence in (*found.sentences, *few)))
    caption = f"{trial.category}：权重抽样 {draws:,} 次，名次和等次稳不稳"
    frame = shown[here].drop(columns=["组"]).reset_index(drop=True)
    picture = acceptability(found, trial.category)
    return text, picture, table(frame, "firmness", caption, simulated=base.case.simulated)
