"""Do the points of the indicators add up to what the scheme says?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from kaohe_tools.binding import Bound
from kaohe_tools.directory import Directory
from kaohe_tools.exact import show_short, snap, tidy
from kaohe_tools.problems import Problems
from kaohe_tools.scheme import Composition, Part


def check_totals(bound: Bound, directory: Directory, problems: Problems) -> None:
    """Indicator points that do not add up to what the scheme says: a warning that names both figures."""
    _tell_hollow(bound.hollow, directory, problems)
    indicators = bound.items[bound.items["source"] == "indicators"]
    categories = directory.subjects[["stage", "category"]].loc[indicators["subject"]]
    by = [categories["stage"].to_numpy(), categories["category"].to_numpy(), indicators["leaf"].to_numpy()]
    for (stage, category, leaf), rows in indicators.groupby(by):
        part = directory.scheme.stages[stage].part_named(leaf)
        checks = [(leaf, part.indicator_total or part.points[category], np.ones(len(rows), bool))]
        if part.composition:
            own = [c for c in part.composition if category in c.points]
            checks = [(c.label, c.points[category], _members(c, part, rows)) for c in own]
        for label, expected, chosen in checks:
            found = snap(rows["points"].where(chosen, 0.0).groupby(rows["subject"]).sum())
            wrong = np.abs(found - expected) > 1e-9
            for number, total in zip(rows["subject"].unique()[wrong], found[wrong], strict=True):
                mine = (rows["subject"] == number).to_numpy()
                shown = rows[mine & chosen] if (mine & chosen).any() else rows[mine]
                first = shown.sort_values(["shared", "sheet", "row"]).iloc[0]
                place = directory.tables.place(int(first["sheet"]), int(first["row"]), "points")
                name = directory.subjects.at[number, "subject"]
                message = f"“{name}”的“{label}”指标分值合计 {show_short(total)}，应为 {show_short(expected)}"
                problems.warning(place, message, "请核对原表；得分已按比例折算到部分分值")


def _tell_hollow(hollow: pd.DataFrame, directory: Directory, problems: Problems) -> None:
    """Parts whose indicators all lack points: nothing can be scored there."""
    for row in hollow.itertuples():
        name, category = directory.subjects.loc[row.subject, ["subject", "category"]]
        part = directory.stage_of(row.subject).part_named(row.leaf)
        due = show_short(part.indicator_total or part.points[category])
        message = f"“{name}”的“{row.leaf}”指标分值合计 0，应为 {due}"
        problems.warning(directory.tables.place(row.sheet, row.row, "points"), message, "请补上分值；现在本部分不得分")


def _members(composition: Composition, part: Part, rows: pd.DataFrame) -> np.ndarray:
    """Which indicator rows a composition group counts: those labelled so as 部分 or 考核项目, or the rest."""
    label, project = rows["label"].to_numpy(), rows["project"].map(tidy).to_numpy()
    if not composition.rest:
        return (label == tidy(composition.label)) | (project == tidy(composition.label))
    named = [tidy(other.label) for other in part.composition if not other.rest]
    return ~(np.isin(label, named) | np.isin(project, named))
