"""What a chart draws, measured: its texts, which of them overlap, which are cut off at the edge of the paper."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from matplotlib.axis import Axis
from matplotlib.text import Text

from kaohe_tools.style import Chart

HAIR = 1.5  # pixels by which neighbours may touch: line boxes are taller than what is written in them


def texts(chart: Chart) -> list[Text]:
    """The texts that a chart draws: without the labels of ticks beyond the ends of their axis."""
    hidden = set()
    for axis in chart.findobj(Axis):
        low, high = sorted(axis.get_view_interval())
        beyond = [tick for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high]
        hidden |= {label for tick in beyond for label in (tick.label1, tick.label2)}
    return [
        text for text in chart.findobj(Text) if text.get_visible() and text.get_text().strip() and text not in hidden
    ]


def cut_off(chart: Chart) -> list[str]:
    """Texts that leave the paper."""
    found = []
    for text in texts(chart):
        left, bottom, right, top = text.get_window_extent().extents
        if left < -1 or bottom < -1 or right > chart.bbox.width + 1 or top > chart.bbox.height + 1:
            found.append(text.get_text())
    return found


def overlapping(chart: Chart) -> list[tuple[str, str]]:
    """Pairs of texts that lie over one another, slanted ones as they are slanted."""
    boxes = [(text.get_text(), _corners(text)) for text in texts(chart)]
    return [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if _meet(one, other)]


def _corners(text: Text) -> np.ndarray:
    """The corners of the box around a text, a hair smaller than it is: 4 × (x, y) in pixels, in order."""
    box, angle = text.get_window_extent(), np.deg2rad(text.get_rotation())
    cos, sin = abs(np.cos(angle)), abs(np.sin(angle))
    width, height = np.linalg.solve([[cos, sin], [sin, cos]], [box.width, box.height])
    half = np.maximum(np.array([width, height]) / 2 - HAIR, 0.1)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    return corners @ turn + [(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2]


def _meet(one: np.ndarray, other: np.ndarray) -> bool:
    """Do two rectangles overlap: no side of either parts them."""
    for corners in (one, other):
        for axis in (corners[1] - corners[0], corners[3] - corners[0]):
            a, b = one @ axis, other @ axis
            if a.max() <= b.min() or b.max() <= a.min():
                return False
    return True
