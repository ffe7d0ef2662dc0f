"""Those who give marks: how lenient each is beside the others, how far they agree, and whether panels differ."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from kaohe_tools.assess import Prepared
from kaohe_tools.explore.items import LEAST
from kaohe_tools.explore.maths import SHUFFLES, between_share, between_tail, chi_square_tail, t_quantile
from kaohe_tools.explore.study import Study

LEAST_COMMON = 5  # subjects marked by a rater and others too, for an interval
LEAST_RANKED = 5  # subjects for W: a rule of thumb; with fewer hardly any order is beyond chance
FEW_RANKED = 7  # up to so many the χ² of W is not to be trusted (Siegel 1956 has table R for them): chance by lot
LEAST_PANEL = 3  # subjects of a panel for comparing panels
STRONG = 0.7  # W: strong agreement; below 0.3: weak (Schmidt 1997, Decision Sciences 28)
WEAK = 0.3
LARGE = 0.14  # η²: a large effect (Cohen 1988, p. 287)
CHANCE = 0.05
RATER, PANEL = "rater", "panel"


def marks(prepared: Prepared, what: Study) -> pd.DataFrame:
    """Every mark (得分) that somebody gave a subject of a category.

    subject, label, leaf, project, indicator, item (number), component, rater, panel ("" where not given), share (of the
    item's points). Marks worked out from what was done (完成值) are nobody's judgement and left out; so are ballots.
    """
    bound = prepared.bound
    given = bound.scores[bound.scores["score"].notna()]
    sheets = prepared.directory.tables["scores"]
    found = given.merge(sheets[["sheet", "row", "panel"]], on=["sheet", "row"], how="inner")
    items = bound.items[["subject", "leaf", "project", "indicator", "points"]]
    table = found.join(items, on="item")
    table = table[table["subject"].isin(what.subjects.index)]
    table = table.assign(share=table["score"] / table["points"], label=table["subject"].map(what.subjects["label"]))
    columns = ["subject", "label", "leaf", "project", "indicator", "item", "component", RATER, PANEL, "share"]
    return table[columns].sort_values(columns[:1] + columns[5:], kind="stable", ignore_index=True)


def leniency(marked: pd.DataFrame, by: str = RATER) -> pd.DataFrame:
    """How far each rater (or panel) lies above the others on the same items, in shares of the points.

    who, marks, subjects (marked by others too), deviation (mean over subjects of the mean over items of: own mark less
    the mean of the others'), low, high (95 % interval; NaN with fewer than LEAST_COMMON subjects), firm (0 lies
    outside). The strictest come first. Nobody marked beside another: no rows.
    """
    named = marked[marked[by] != ""]
    one = named.groupby(["item", "component", "subject", by], as_index=False)["share"].mean()
    group = one.groupby(["item", "component"])["share"]
    count, sums = group.transform("size"), group.transform("sum")
    one = one.assign(apart=one["share"] - (sums - one["share"]) / (count - 1).where(count > 1))
    per_subject = one.dropna(subset="apart").groupby([by, "subject"])["apart"].agg(["mean", "size"]).reset_index()
    rows = []
    for who, own in per_subject.groupby(by):
        n, middle = len(own), float(own["mean"].mean())
        reach = t_quantile(n - 1) * float(own["mean"].std()) / math.sqrt(n) if n >= LEAST_COMMON else math.nan
        firm = abs(middle) > reach + 1e-12  # never with NaN
        rows.append((who, int(own["size"].sum()), n, middle, middle - reach, middle + reach, firm))
    table = pd.DataFrame(rows, columns=["who", "marks", "subjects", "deviation", "low", "high", "firm"])
    return table.sort_values(["deviation", "who"], ignore_index=True)


def kendall_w(scores: np.ndarray) -> tuple[float, float, float]:
    """Kendall's coefficient of concordance of judges (columns) over objects (rows), with its χ² and p.

    Tied objects share their mean rank, and W is corrected for them (Siegel 1956, chapter 9). p is that of χ² (cautious
    with few judges: Legendre 2005, J. Agricultural, Biological and Environmental Statistics 10); for FEW_RANKED objects
    or fewer by permutation of each judge's ranks, seeded. NaN where every judge ties all.
    """
    objects, judges = scores.shape
    ranks = pd.DataFrame(scores).rank().to_numpy()
    squares = ((ranks.sum(axis=1) - judges * (objects + 1) / 2) ** 2).sum()
    ties = sum(((sizes := np.unique(column, return_counts=True)[1]) ** 3 - sizes).sum() for column in ranks.T)
    below = judges**2 * (objects**3 - objects) - judges * ties
    if below <= 0:
        return math.nan, math.nan, math.nan
    w = float(12 * squares / below)
    chi = judges * (objects - 1) * w
    return w, chi, _by_lot(ranks, squares) if objects <= FEW_RANKED else chi_square_tail(chi, objects - 1)


def _by_lot(ranks: np.ndarray, squares: float) -> float:
    """p of rank sums as far apart where each judge draws his ranks by lot: SHUFFLES draws, seeded."""
    drawn = np.random.default_rng(0).permuted(np.tile(ranks, (SHUFFLES, 1, 1)), axis=1).sum(axis=2)
    apart = ((drawn - drawn.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    return float((1 + (apart >= squares - 1e-9).sum()) / (SHUFFLES + 1))


def agreement(marked: pd.DataFrame) -> pd.DataFrame:
    """Kendall's W of the raters who marked the same subjects, for each panel (all together where no panels are given).

    panel, raters, subjects, w, chi, p, lacking ("" or why there is no W). Each rater ranks the subjects by the mean
    share over the items that all of them marked.
    """
    rows = []
    named = marked[marked[RATER] != ""]
    for panel, own in named.groupby(PANEL):
        cells = own.groupby(["subject", "indicator", "project", "leaf", "component", RATER])["share"].mean().unstack()
        whole = cells.dropna()
        means = whole.groupby("subject").mean()
        judges, objects = cells.shape[1], len(means)
        lacking = (
            "" if judges > 1 and objects >= LEAST_RANKED else "只有一位评分人" if judges < 2 else "共同评分的对象太少"
        )
        w, chi, p = kendall_w(means.round(9).to_numpy()) if not lacking else (math.nan,) * 3
        if not lacking and math.isnan(w):
            lacking = "每位评分人给的分都没有区别"
        rows.append((panel, judges, objects, w, chi, p, lacking))
    return pd.DataFrame(rows, columns=["panel", "raters", "subjects", "w", "chi", "p", "lacking"])


def panel_effect(marked: pd.DataFrame) -> tuple[pd.DataFrame, float, float]:
    """Do panels that marked different subjects differ? By panel: panel, subjects, mean, spread; then η² and its p.

    η² is the share of the differences between subjects that lies between panels; p by permutation. Both NaN where there
    are fewer than two panels of LEAST_PANEL subjects, fewer than LEAST subjects, or a subject was marked by several
    panels (then see `leniency` by panel).
    """
    means = marked[marked[PANEL] != ""].groupby([PANEL, "subject"])["share"].mean().reset_index()
    table = means.groupby(PANEL)["share"].agg(["size", "mean", "std"]).reset_index()
    table = table.set_axis(["panel", "subjects", "mean", "spread"], axis=1)
    crossed = means["subject"].duplicated().any()
    if crossed or len(table) < 2 or table["subjects"].min() < LEAST_PANEL or len(means) < LEAST:
        return table, math.nan, math.nan
    groups = pd.factorize(means[PANEL])[0]
    values = means["share"].to_numpy()
    return table, between_share(values, groups), between_tail(values, groups)
