"""Order: competition ranks of published scores, and places given out by rank. Ties are never settled by row order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


def competition_ranks(scores: npt.ArrayLike, groups: npt.ArrayLike) -> np.ndarray:
    """Ranks within groups, 1 = highest, equal scores sharing the best rank (1, 2, 2, 4).

    scores: whole hundredths (int), so that only what is published decides; groups: any integer codes.

    >>> competition_ranks([9000, 8800, 8800, 8700, 5000], [0, 0, 0, 0, 1]).tolist()
    [1, 2, 2, 4, 1]
    """
    scores, groups = np.asarray(scores, dtype=np.int64), np.asarray(groups)
    if scores.size == 0:
        return np.zeros(0, dtype=np.int64)
    order = np.lexsort((-scores, groups))
    sorted_scores, sorted_groups = scores[order], groups[order]
    position = np.arange(scores.size)
    new_group = np.r_[True, sorted_groups[1:] != sorted_groups[:-1]]
    new_score = new_group | np.r_[True, sorted_scores[1:] != sorted_scores[:-1]]
    group_start = np.maximum.accumulate(np.where(new_group, position, 0))
    score_start = np.maximum.accumulate(np.where(new_score, position, 0))
    ranks = np.empty(scores.size, dtype=np.int64)
    ranks[order] = score_start - group_start + 1
    return ranks


def order_of(*keys: npt.ArrayLike) -> np.ndarray:
    """One whole number for each subject, higher is better, equal only where all keys (first the most important) are.

    >>> order_of([9000, 8800, 8800], [1, 5, 7]).tolist()
    [2, 0, 1]
    """
    _, order = np.unique(np.column_stack([np.asarray(key) for key in keys]), axis=0, return_inverse=True)
    return order.reshape(-1)


@dataclass(frozen=True)
class Allocation:
    """Who gets a place, and who ties for the last ones (both as masks over the candidates given)."""

    given: np.ndarray
    tied: np.ndarray
    open_places: int | np.ndarray


def allocate(scores: npt.ArrayLike, eligible: npt.ArrayLike, places: int) -> Allocation:
    """Give places by score to those eligible; a tie that does not fit into what is left stays open, with the places.

    >>> result = allocate([90, 88, 88, 80], [True] * 4, 2)
    >>> result.given.tolist(), result.tied.tolist(), result.open_places
    ([True, False, False, False], [False, True, True, False], 1)
    """
    scores, eligible = np.asarray(scores), np.asarray(eligible, dtype=bool)
    given, tied = np.zeros(scores.size, dtype=bool), np.zeros(scores.size, dtype=bool)
    if places <= 0:
        return Allocation(given, tied, places)
    best = np.sort(scores[eligible])[::-1]
    if len(best) <= places:
        return Allocation(eligible.copy(), tied, places - len(best))
    line = best[places]  # the first score that does not fit
    given = eligible & (scores > line)
    left = places - int(given.sum())
    return Allocation(given, eligible & (scores == line) if left else tied, left)


def allocate_within(
    scores: npt.ArrayLike, eligible: npt.ArrayLike, groups: npt.ArrayLike, places: npt.ArrayLike
) -> Allocation:
    """Give places by score within many groups at once, in each as `allocate` does (for one group that is quicker).

    groups: whole numbers from 0; places: by group. `open_places` of the result is an array, by group.

    >>> result = allocate_within([90, 88, 88, 70], [True] * 4, [0, 0, 0, 1], [2, 3])
    >>> result.given.tolist(), result.tied.tolist(), result.open_places.tolist()
    ([True, False, False, True], [False, True, True, False], [1, 2])
    """
    scores, eligible = np.asarray(scores), np.asarray(eligible, dtype=bool)
    groups, places = np.asarray(groups), np.asarray(places)
    able = np.flatnonzero(eligible)
    able = able[np.lexsort((-scores[able], groups[able]))]
    sizes = np.bincount(groups[able], minlength=len(places))
    starts = np.cumsum(sizes) - sizes
    full = (places > 0) & (sizes > places)  # some who may get no place
    line = scores[able[(starts + places)[full]]]  # of each such group, the first score that does not fit
    lines = np.zeros(len(places), dtype=scores.dtype)
    lines[full] = line
    contested, own = full[groups] & eligible, lines[groups]
    given = (contested & (scores > own)) | (eligible & ((places > 0) & ~full)[groups])
    left = places - np.bincount(groups[given], minlength=len(places))
    tied = contested & (scores == own) & (left > 0)[groups]
    return Allocation(given, tied, left)
