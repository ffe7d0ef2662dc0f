"""From filled slots to parts, composite scores, ranks and places: all subjects at once, whatever their categories."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from kaohe_tools.bulk.board import Board
from kaohe_tools.exact import floor_share, hundredths
from kaohe_tools.ranking import allocate_within, competition_ranks

LEAF_COLUMNS = ["subject", "leaf", "score", "full", "due"]


def leaf_sums(board: Board, scores: np.ndarray, missing: str = "error") -> pd.DataFrame:
    """Sums of each subject's parts: LEAF_COLUMNS, by subject and part; score and full in points of the indicators, due
    the part's own points (得分合计 / 分值合计 × 部分分值).

    `scores`: by slot. missing: what a slot without a score is, as in case.yaml; under `exclude` its points do not
    count, and a part without any score is left out. Parts that are scored as a whole are there where they have a score.
    """
    points, order = board.items["points"].to_numpy(), board.items["order"].to_numpy()
    measured = (board.items["source"] == "indicators").to_numpy()
    names = board.items["leaf"].to_numpy()
    due = board.items["due"].to_numpy()
    parts: list[tuple[np.ndarray, ...]] = []
    for run in board.runs():
        low, high = int(board.first[run[2]]), int(board.first[run[2] + 1])
        starts = np.flatnonzero(np.r_[True, order[low + 1 : high] != order[low : high - 1]])
        block = board.block(scores, run)
        lacking = np.isnan(block)
        whole = points[low:high]
        if lacking.any():
            block = np.where(lacking, 0.0, block)
            counted = np.where(lacking & (~measured[low:high] | (missing == "exclude")), 0.0, whole)
            full = np.add.reduceat(counted, starts, axis=1)
        else:
            full = np.broadcast_to(np.add.reduceat(whole, starts), (len(block), len(starts)))
        score = np.add.reduceat(block, starts, axis=1)
        subject, leaf = np.nonzero(full > 0)
        at = low + starts[leaf]
        parts.append((run[0] + subject, at, score[subject, leaf], full[subject, leaf]))
    if not parts:
        return pd.DataFrame({name: [] for name in LEAF_COLUMNS})
    subject, at, score, full = (np.concatenate(column) for column in zip(*parts, strict=True))
    leaves, which = np.unique(names.astype(str), return_inverse=True)
    return pd.DataFrame({
        "subject": subject, "leaf": pd.Categorical.from_codes(which[at], leaves), "score": score, "full": full,
        "due": due[at],
    })  # fmt: skip


def standing(leaves: pd.DataFrame, groups: npt.ArrayLike) -> pd.DataFrame:
    """By subject: composite (whole hundredths, published), rank in its group, and whether it is scored at all.

    For where the parts of `leaf_sums` are all that there is. groups: an integer code for each subject. Subjects without
    any score have composite and rank 0.
    """
    groups = np.asarray(groups)
    subject = leaves["subject"].to_numpy()
    score, full, due = (leaves[name].to_numpy() for name in ("score", "full", "due"))
    worth = np.where(np.abs(full - due) < 1e-9, score, score * due / full)
    scored = np.bincount(subject, minlength=len(groups)) > 0
    composite = hundredths(np.bincount(subject, worth, len(groups)))
    ranks = np.zeros(len(groups), np.int64)
    ranks[scored] = competition_ranks(composite[scored], groups[scored])
    return pd.DataFrame({"composite": composite, "rank": ranks, "scored": scored})


def places(
    table: pd.DataFrame, groups: npt.ArrayLike, share: float, eligible: npt.ArrayLike | None = None
) -> pd.DataFrame:
    """Who has a place, and who ties for the last ones (`given`, `tied`), by share of those scored in each group.

    table: of `standing`; eligible: who may have one (all who are scored, if left out). Rules as `ranking.allocate`.
    """
    groups, scored = np.asarray(groups), table["scored"].to_numpy()
    sizes = np.bincount(groups[scored], minlength=int(groups.max(initial=-1)) + 1)
    whole = {size: floor_share(share, size) for size in np.unique(sizes).tolist()}
    may = scored if eligible is None else scored & np.asarray(eligible, dtype=bool)
    found = allocate_within(table["composite"].to_numpy(), may, groups, [whole[size] for size in sizes.tolist()])
    return pd.DataFrame({"given": found.given, "tied": found.tied})
