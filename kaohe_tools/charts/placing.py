"""Labels beside points that never overlap: each as near to its point as its neighbours let it be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from kaohe_tools.charts.lettering import Colours, Lettering
from kaohe_tools.style import FAINT, WIDTH, shorten, text_width

FLANK = 0.34  # inches between a drawing and the texts beside it, for the lines that lead to them
MARGINS = 0.3  # inches of paper at both sides of a page-wide drawing together


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
    axes: Axes,
    points: Sequence[tuple[float, float]],
    texts: Sequence[str],
    at: float,
    least: float,
    *,
    left: bool = False,
    reach: float = 0.07,
    size: float,
    colours: Colours,
) -> None:
    """Texts in a column from x = `at` on, each joined to its point by a thin line; `least` as in `keep_apart`.

    The limits of the axes must have been set. left: the column lies at the left of the points and ends at `at`. reach:
    how far before the column, in widths of the axes, the lines begin to bend. size, colours: of the texts.
    """
    if not texts:
        return
    low, high = sorted(axes.get_ylim())
    places = keep_apart(np.array([y for _, y in points], dtype=float), least, low + least / 2, high - least / 2)
    width = abs(axes.get_xlim()[1] - axes.get_xlim()[0]) * (-1 if left else 1)
    bends = (at - reach * width, at - 0.02 * width, at - 0.006 * width)
    paths = [
        list(zip((x, *bends), (y, y, place, place), strict=True)) for (x, y), place in zip(points, places, strict=True)
    ]
    look = {"color": FAINT, "linewidth": 0.5, "capstyle": "projecting", "joinstyle": "round", "zorder": 1}
    axes.add_collection(LineCollection(paths, **look), autolim=False)
    column = [(at, place) for place in places]
    side = "left" if left else "right"
    words = Lettering(np.array(column), texts, size, axes.transData, colours=colours, side=side)
    words.set_in_layout(False)
    axes.add_artist(words)


def room_for(inches: float, size: float) -> float:
    """The share of `inches` that one line of text of `size` points takes, with a little air.

    >>> round(room_for(7.2, 9), 3)
    0.026
    """
    return 1.5 * size / 72 / inches


def flanked(axes: Axes, ends: tuple[float, float], texts: tuple[Sequence[str], Sequence[str]], size: float) -> None:
    """Set the limits across so that columns of texts have room at the left and at the right of a drawing.

    `ends`: where the drawing begins and ends. The axes must be as wide as a page, without labels of their own.
    """
    left, right = (max((text_width(text, size) for text in column), default=0.0) + FLANK for column in texts)
    inch = (ends[1] - ends[0]) / (WIDTH - MARGINS - left - right)
    axes.set_xlim(ends[0] - left * inch, ends[1] + right * inch)


def short_names(names: Sequence[str], length: int = 20) -> list[str]:
    """Names of at most `length` characters that can still be told apart: cut in the middle where the heads are alike.

    >>> short_names(["自然资源综合调查监测一院", "自然资源综合调查监测二院", "地质局"], 8)
    ['自然资源…测一院', '自然资源…测二院', '地质局']
    """
    cut = [shorten(name, length) for name in names]
    alike = {text for text, count in Counter(dict(zip(names, cut, strict=True)).values()).items() if count > 1}
    tail = (length - 1) // 2
    return [
        f"{name[: length - 1 - tail]}…{name[-tail:]}" if text in alike and len(name) > length else text
        for name, text in zip(names, cut, strict=True)
    ]
