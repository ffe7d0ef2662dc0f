"""What is written out must not trace a score to the few who gave it.

A part judged by fewer voters than the case's `min_voters` is listed together with another part of the same subject;
where these belong to different top-level parts, both columns stay blank. Sums, ranks and grades are as they were.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd

from kaohe_tools.assess import Assessment
from kaohe_tools.columns import AND, TOGETHER
from kaohe_tools.exact import publish, show
from kaohe_tools.scoring import ADJUST

HIDDEN = "（不单列）"
TEXTS = ("text", "own")  # columns of reasons in which figures may stand
_SHARE = re.compile(r"得票率 [\d.]+/([\d.]+)=[\d.]+%")


def disclosed(assessment: Assessment) -> Assessment:
    """The assessment as it may be written out; the same object where no group of voters is too small."""
    least = assessment.case.min_voters
    small = assessment.voters[assessment.voters["voters"] < least]
    reasons = assessment.reasons
    reasons = reasons.assign(**{name: [_without_shares(text, least) for text in reasons[name]] for name in TEXTS})
    if small.empty:
        return replace(assessment, reasons=reasons)
    groups = {
        number: _together(assessment, int(number), set(rows["leaf"])) for number, rows in small.groupby("subject")
    }
    scores, hidden = assessment.scores.copy(), {}
    for number, rows in groups.items():
        tops = list(dict.fromkeys(assessment.contributions.loc[rows, "top"]))
        if len(tops) > 1:
            hidden[number] = {top: show(float(publish(scores.at[number, top]))) for top in tops if top in scores}
            scores.loc[number, list(hidden[number])] = np.nan
    figures = [hidden.get(number, {}) for number in reasons["subject"]]
    texts = {name: [_without(text, own) for text, own in zip(reasons[name], figures, strict=True)] for name in TEXTS}
    contributions = _merged(assessment, list(groups.values()))
    return replace(assessment, contributions=contributions, scores=scores, reasons=reasons.assign(**texts))


def _together(assessment: Assessment, number: int, leaves: set[str]) -> list[int]:
    """Index labels of the contributions of a subject that are listed as one, so that no small group stands alone."""
    rows = assessment.contributions[assessment.contributions["subject"] == number]
    rows = rows[rows["top"] != ADJUST]
    mine = rows["leaf"].isin(leaves)
    voters = assessment.voters[(assessment.voters["subject"] == number) & assessment.voters["leaf"].isin(leaves)]
    chosen = list(rows.index[mine])
    if voters["voters"].sum() >= assessment.case.min_voters:
        return chosen
    others = rows[~mine & rows["points"].notna()]
    judged = set(assessment.voters.loc[assessment.voters["subject"] == number, "leaf"])
    near = others["top"].isin(rows.loc[mine, "top"])
    order = others.assign(near=near, judged=others["leaf"].isin(judged)).sort_values(
        ["near", "judged", "points"], ascending=[False, False, True], kind="stable"
    )
    return sorted([*chosen, *order.index[:1]])


def _listed(assessment: Assessment, number: int) -> dict[str, str]:
    """Where a subject stands in the roster: the source that is given for a row made of several."""
    row = assessment.subjects.loc[number]
    place = assessment.tables.place(int(row["sheet"]), int(row["row"]), "subject")
    return {"file": place.file, "sheet": place.sheet, "cell": place.cell}


def _merged(assessment: Assessment, groups: list[list[int]]) -> pd.DataFrame:
    """The contributions with each group as one row, its source the subject in the roster; sums stay, votes go."""
    rows, least = assessment.contributions, assessment.case.min_voters
    table = rows.copy()
    for group in groups:
        if not group:
            continue
        own = rows.loc[group]
        what = {
            "top": _joined(own["top"]), "leaf": _joined(own["leaf"]), "project": "", "indicator": TOGETHER,
            "component": "", "points": own["points"].sum(), "score": own["value"].sum(), "value": own["value"].sum(),
            "rule": f"有效票不足 {least} 张，为保密不单列票数和得分", "article": _joined(own["article"], "；"),
            **_listed(assessment, int(own["subject"].iloc[0])),
        }  # fmt: skip
        table.loc[group[0], list(what)] = list(what.values())
        table = table.drop(index=group[1:])
    return table.reset_index(drop=True)


def _joined(texts: pd.Series, mark: str = AND) -> str:
    return mark.join(dict.fromkeys(text for text in texts if text))


def _without_shares(text: str, least: int) -> str:
    """A reason without the tally of a vote that fewer than `least` took part in."""
    return _SHARE.sub(lambda found: found[0] if float(found[1]) >= least else f"得票率{HIDDEN}", text)


def _without(text: str, figures: dict[str, str]) -> str:
    """A reason without the figures of parts that are not listed by themselves."""
    for part, figure in figures.items():
        text = re.sub(rf"({re.escape(part)}”?(?:得分)?) {re.escape(figure)}(?!\d)", rf"\1{HIDDEN}", text)
    return text
