"""Which weight drives a result: first-order shares of variance (Sobol), by the correlation ratio over bins.

Multipliers are independent and each bin of one holds the same share of its possible values, so that the variance of
the bins' means is the first-order effect (Saltelli et al. 2008, Global Sensitivity Analysis, chapter 1.2 and 4).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

BINS = 10
BLOCK = 256  # outcomes worked out together: their draws are few enough to be there as floats
LEAST = 200  # draws below which nothing is said


def first_order(shares: np.ndarray, outcomes: np.ndarray, bins: int = BINS) -> np.ndarray:
    """Inputs × outcomes: which share of an outcome's variance hangs on each input alone, 0 to 1.

    shares: draws × inputs, uniform over 0 to 1. outcomes: draws × outcomes. Corrected for what chance alone gives
    (adjusted as 1 − (1 − η²)(n − 1)/(n − bins), not below 0). NaN for an outcome that never changes.
    """
    return np.hstack([_first_order(shares, block, bins) for block in _blocks(outcomes)])


def variances(outcomes: np.ndarray) -> np.ndarray:
    """The variance of each outcome, of draws × outcomes."""
    return np.concatenate([block.var(axis=0) for block in _blocks(outcomes)])


def _blocks(outcomes: np.ndarray) -> Iterator[np.ndarray]:
    """Some outcomes after the other, as floats."""
    for first in range(0, outcomes.shape[1], BLOCK):
        yield outcomes[:, first : first + BLOCK].astype(float)


def _first_order(shares: np.ndarray, outcomes: np.ndarray, bins: int) -> np.ndarray:
    """See `first_order`."""
    draws = len(outcomes)
    centred = outcomes - outcomes.mean(axis=0)
    total = (centred**2).sum(axis=0)
    found = np.full((shares.shape[1], outcomes.shape[1]), np.nan)
    varied = total > 1e-12 * draws
    centred, total = centred[:, varied], total[varied]
    for number, input_shares in enumerate(shares.T):
        which = np.minimum((input_shares * bins).astype(int), bins - 1)
        order = np.argsort(which, kind="stable")
        counts = np.bincount(which, minlength=bins)
        there = counts > 0
        starts = np.r_[0, np.cumsum(counts[there])[:-1]]
        sums = np.add.reduceat(centred[order], starts, axis=0)
        between = (sums**2 / counts[there][:, None]).sum(axis=0)
        ratio = between / total
        found[number, varied] = np.clip(1 - (1 - ratio) * (draws - 1) / max(draws - there.sum(), 1), 0.0, 1.0)
    return found
