"""Labels beside points that never overlap: each as near to its point as its neighbours let it be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from kaohe_tools.style import FAINT


def keep_apart(values: np.ndarray, least: float, low: float, high: float) -> np.ndarray:
    """Positions in the order of `values`, at least `least` apart and within low to high, moved as little as may be.

    Least squares, by pooling neighbours that get in each other's way. Where there is no room for all, evenly spread.

    >>> keep_apart(np.array([1.0, 1.0, 5.0]), 1.0, 0.0, 10.0).tolist()
    [0.5, 1.5, 5.0]
    """
    if least * (len(values) - 1) >= high - low:
        ranks = np.argsort(np.argsort(values, kind="stable"), kind="stable")
        return low + (high - low) * ranks / max(len(values) - 1, 1)
    order = np.argsort(values, kind="stable")
    wished = values[order] - least * np.arange(len(values))
    pools: list[list[float]] = []  # mean of the wishes, how many
    for wish in wished:
        pools.append([float(wish), 1.0])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (one, few), (other, more) = pools[-2:]
            pools[-2:] = [[(one * few + other * more) / (few + more), few + more]]
    placed = np.repeat([mean for mean, _ in pools], [int(size) for _, size in pools])
    placed = np.clip(placed, low, high - least * (len(values) - 1)) + least * np.arange(len(values))
    result = np.empty(len(values))
    result[order] = placed
    return result


def side_labels(
    axes: Axes, points: Sequence[tuple[float, float]], texts: Sequence[str], at: float, least: float, **look: Any
) -> None:
    """Texts in a column from x = `at` on, each joined to its point by a thin line; `least` as in `keep_apart`.

    The limits of the axes must have been set. `look` is how the texts are drawn; `colors` gives each its own colour.
    """
    colours = look.pop("colors", None)
    low, high = sorted(axes.get_ylim())
    places = keep_apart(np.array([y for _, y in points], dtype=float), least, low + least / 2, high - least / 2)
    width = abs(axes.get_xlim()[1] - axes.get_xlim()[0])
    for i, ((x, y), text, place) in enumerate(zip(points, texts, places, strict=True)):
        bends = [x, at - 0.07 * width, at - 0.02 * width, at - 0.006 * width]
        axes.plot(bends, [y, y, place, place], color=FAINT, linewidth=0.5, zorder=1)
        own = {"color": colours[i]} if colours else {}
        axes.text(at, place, text, ha="left", va="center", **{**look, **own}).set_in_layout(False)


def room_for(inches: float, size: float) -> float:
    """The share of `inches` that one line of text of `size` points takes, with a little air.

    >>> round(room_for(7.2, 9), 3)
    0.026
    """
    return 1.5 * size / 72 / inches
