"""Weights drawn at random, from a prepared case to its `Robustness`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from tqdm import tqdm

from kaohe_tools.assess import Prepared, Valued
from kaohe_tools.case import Case
from kaohe_tools.grading import TIED
from kaohe_tools.scheme import COMPOSITE
from kaohe_tools.whatif.robust.drivers import LEAST, first_order, variances
from kaohe_tools.whatif.robust.engine import NotVectorisedError, take_stage
from kaohe_tools.whatif.robust.loop import Loop
from kaohe_tools.whatif.robust.model import Table, table_of
from kaohe_tools.whatif.robust.plan import Draws, Plan, shares_below
from kaohe_tools.whatif.robust.result import FAST, HIGH, LOW, SLOW, Robustness, sentences, verdict
from kaohe_tools.whatif.robust.sampling import Counts, Outcomes, Sampler

DRIVER_DRAWS = 4096  # drivers are told from the first draws: the error of a share of variance is below 1% by then
DRIVER_FIGURES = 4_000_000  # but from no more than this many draws × subjects


def robustness(
    prepared: Prepared,
    worth: Valued,
    case: Case,
    stage: str,
    plan: Plan = Plan(),  # noqa: B008 - frozen
    *,
    drivers: bool = True,
    progress: bool = False,
) -> Robustness:
    """Draw weights of a stage at random and tell how firmly ranks and the best grade stand, quotas and bars in force.

    `case` is the one to assess (`prepared.case`, or a variant); earlier stages stay as they are, later ones are not
    looked at. Every draw gives what `assess_valued` gives under its weights. Raises ValueError for an unknown stage,
    NothingToDrawError where it has no weights to draw, InputError where the case has errors. `progress` shows a bar.
    """
    if stage not in case.scheme.stages:
        raise ValueError(f"没有环节“{stage}”，可选：{'、'.join(case.scheme.stages)}")
    taken = take_stage(prepared, worth, case, stage)
    table = table_of(prepared, worth, taken, plan)
    way, why = _way(prepared, worth, table)
    with tqdm(total=plan.draws, desc=f"抽样 {stage}", unit="次", disable=not progress) as bar:
        counts = way.counts(bar.update)
    subjects = _subjects(table, way, counts)
    found = _drivers(table, way) if drivers and plan.draws >= LEAST and not why else _NO_DRIVERS
    result = Robustness(
        case, stage, plan, subjects, _ranks(table, counts), _grades(table, way, counts), found,
        next(iter(taken.stage.grades), ""), SLOW if why else FAST, why, 0.98 / np.sqrt(plan.draws), (),
    )  # fmt: skip
    return replace(result, sentences=sentences(result))


def _way(prepared: Prepared, worth: Valued, table: Table) -> tuple[Sampler | Loop, str]:
    """The fast way where the stage allows it and its first draw is what the engine makes of it; else the loop."""
    loop = Loop(prepared, worth, table)
    try:
        sampler = Sampler(table)
    except NotVectorisedError as error:
        return loop, f"{error}，不能一次算多组权重"
    first = Draws(table.plan, len(table.keys)).take(1)
    if _in_words(sampler, sampler.outcomes(first)) != _in_words(loop, loop.outcomes(first)):
        return Loop(prepared, worth, table), "抽查一次，快速算法与完整重算不一致"
    return sampler, ""


def _in_words(way: Sampler | Loop, found: Outcomes) -> list[list]:
    """Results that can be compared whatever numbers the words have."""
    grades = [way.words[code] if code >= 0 else "" for code in found.grade.ravel()]
    pendings = [way.pendings[code] for code in found.pending.ravel()]
    return [found.composite.ravel().tolist(), found.rank.ravel().tolist(), grades, pendings]


# --- tables -----------------------------------------------------------------------------------------------------------


def _subjects(table: Table, way: Sampler | Loop, counts: Counts) -> pd.DataFrame:
    """See `Robustness.subjects`."""
    frame = table.taken.view.frame.iloc[table.subjects]
    figures = {name: np.zeros(len(frame)) for name in ("low", "high", "best", "worst", "mean", "same")}
    group = np.empty(len(frame), dtype=object)
    today = frame["rank"].to_numpy()
    for name, where in table.groups.items():
        own = counts.ranks[name]
        group[where] = name
        sums = own.cumsum(axis=1, dtype=np.min_scalar_type(counts.draws))
        for column, share in (("low", LOW), ("high", HIGH)):
            figures[column][where] = (sums >= share * counts.draws - 1e-9).argmax(axis=1) + 1
        del sums
        figures["best"][where] = (own > 0).argmax(axis=1) + 1
        figures["worst"][where] = own.shape[1] - (own[:, ::-1] > 0).argmax(axis=1)
        figures["mean"][where] = own @ np.arange(1, own.shape[1] + 1) / counts.draws
        figures["same"][where] = own[np.arange(len(own)), today[where] - 1] / counts.draws
    made = pd.DataFrame({
        "subject": frame.index, "name": frame["subject"].to_numpy(), "category": frame["category"].to_numpy(),
        "group": group, "count": frame["count"].to_numpy(), "score": frame[COMPOSITE].to_numpy(), "rank": today,
        **figures, "grade": frame["grade"].to_numpy(), "pending": frame["pending"].to_numpy(),
        "called": table.taken.grades["grade"].reindex(frame.index).to_numpy(),
    })  # fmt: skip
    made = made.astype({name: int for name in ("low", "high", "best", "worst")})
    made["top"], made["tied"], made["held"] = _shares(way, counts, len(made), bool(table.taken.stage.grades))
    made["verdict"] = [verdict(*row) for row in made[["top", "tied", "held"]].itertuples(index=False)]
    return made.sort_values("subject", ignore_index=True)


def _shares(way: Sampler | Loop, counts: Counts, width: int, graded: bool) -> tuple[np.ndarray, ...]:
    """Shares of draws with the best grade, tied for a last place, pending for another reason."""
    if not graded:
        return (np.full(width, np.nan),) * 3
    ties = np.array([word == TIED for word in way.pendings])
    tied = counts.pendings[ties].sum(axis=0)
    return counts.grades[0] / counts.draws, tied / counts.draws, (counts.pendings[1:].sum(axis=0) - tied) / counts.draws


def _ranks(table: Table, counts: Counts) -> pd.DataFrame:
    """See `Robustness.ranks`."""
    subjects = table.taken.view.frame.index.to_numpy()[table.subjects]
    parts = []
    for name, where in table.groups.items():
        member, rank = np.nonzero(counts.ranks[name])
        share = counts.ranks[name][member, rank] / counts.draws
        parts.append(pd.DataFrame({"subject": subjects[where][member], "rank": rank + 1, "probability": share}))
    made = parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
    if made["subject"].is_monotonic_increasing:  # as are the ranks of each: millions of rows need not be sorted
        return made
    return made.sort_values(["subject", "rank"], ignore_index=True)


def _grades(table: Table, way: Sampler | Loop, counts: Counts) -> pd.DataFrame:
    """See `Robustness.grades`."""
    subjects = table.taken.view.frame.index.to_numpy()[table.subjects]
    open_ones = counts.draws - counts.grades.sum(axis=0) if len(counts.grades) else np.zeros(len(subjects), dtype=int)
    words = [*way.words, ""]
    number, column = np.nonzero(np.vstack([counts.grades.reshape(-1, len(subjects)), open_ones]))
    share = np.vstack([counts.grades.reshape(-1, len(subjects)), open_ones])[number, column] / counts.draws
    made = {"subject": subjects[column], "grade": [words[n] for n in number], "probability": share}
    return pd.DataFrame(made).sort_values(["subject", "grade"], ignore_index=True)


# --- drivers ----------------------------------------------------------------------------------------------------------

_DRIVER_COLUMNS = ["group", "category", "part", "indicator", "name", "subject", "on_rank", "on_top"]
_NO_DRIVERS = pd.DataFrame(columns=_DRIVER_COLUMNS)


def _drivers(table: Table, sampler: Sampler) -> pd.DataFrame:
    """See `Robustness.drivers`: group by group, on the multipliers that its subjects hang on."""
    most = max(min(DRIVER_DRAWS, DRIVER_FIGURES // len(table.subjects)), LEAST)
    chunks = list(sampler.chunks(min(table.plan.draws, most)))
    shares = shares_below(table.plan, np.concatenate(chunks))
    found = [(each.rank, each.grade == 0) for each in map(sampler.outcomes, chunks)]  # the rest of each is let go
    rank, top = map(np.concatenate, zip(*found, strict=True))
    subjects = table.taken.view.frame.index.to_numpy()[table.subjects]
    parts = []
    for name, where in table.groups.items():
        mine = _concerned(table, where)
        on_rank, on_top = first_order(shares[:, mine], rank[:, where]), first_order(shares[:, mine], top[:, where])
        moved, turned = variances(rank[:, where]), variances(top[:, where])
        together = (_weighted(on_rank, moved), _weighted(on_top, turned))
        for who, own_rank, own_top in ((np.array([-1]), *together), (subjects[where], on_rank, on_top)):
            parts.append(pd.DataFrame({
                "group": name, "key": np.repeat(mine, len(who)), "subject": np.tile(who, len(mine)),
                "on_rank": own_rank.ravel(), "on_top": own_top.ravel(),
            }))  # fmt: skip
    made = pd.concat(parts, ignore_index=True)
    keys = pd.DataFrame(
        [(key.category, key.leaf, key.indicator, key.name) for key in table.keys],
        columns=["category", "part", "indicator", "name"],
    )
    return made.join(keys, on="key")[_DRIVER_COLUMNS]


def _concerned(table: Table, where: slice) -> np.ndarray:
    """The multipliers that the subjects of a group hang on."""
    categories = set(table.categories[where])
    members = set(table.taken.view.frame.index[table.subjects[where]])
    indicators = set(table.items.loc[table.items["subject"].isin(members), "key"])
    leaves = {name for category in categories for name in table.leaves[category].names}
    return np.array([
        number for number, key in enumerate(table.keys)
        if (number in indicators if key.category else key.leaf in leaves)
    ], dtype=int)  # fmt: skip


def _weighted(shares: np.ndarray, variances: np.ndarray) -> np.ndarray:
    """First-order shares of all outcomes together: each counts as much as it varies."""
    total = variances.sum()
    return (np.nan_to_num(shares) @ variances / total)[:, None] if total else np.full((len(shares), 1), np.nan)
