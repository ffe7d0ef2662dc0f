"""What a chart draws, measured: its texts, which of them overlap, which are cut off at the edge of the paper."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from kaohe_tools.charts.lettering import Lettering
from kaohe_tools.style import Chart

HAIR = 1.5  # pixels by which neighbours may touch: line boxes are taller than what is written in them


@dataclass(frozen=True, eq=False)
class Word:
    """One text of a lettering, asked like a Text."""

    axes: Axes
    text: str
    box: Bbox
    colour: str
    side: str

    def get_text(self) -> str:
        return self.text

    def get_window_extent(self) -> Bbox:
        return self.box

    def get_rotation(self) -> float:
        return 0.0

    def get_color(self) -> str:
        return self.colour

    def get_ha(self) -> str:
        return {"left": "right", "right": "left"}.get(self.side, self.side)


def words(lettering: Lettering) -> list[Word]:
    parts = zip(lettering.texts, lettering.boxes(), lettering.colours, strict=True)
    return [Word(lettering.axes, *part, lettering.side) for part in parts if part[0].strip()]


def columns(chart: Chart) -> list[list[Word]]:
    """Texts that stand below one another, column by column, such as the names of rows."""
    found = [lettering for lettering in chart.findobj(Lettering) if len(set(lettering.points[:, 0])) == 1]
    return [words(lettering) for lettering in found]


def row_names(axes: Axes) -> list[str]:
    """The names at the left of rows, top to bottom as they were given."""
    at_left = (found for found in axes.findobj(Lettering) if (found.points[:, 0] == 0).all())
    return next(at_left).texts


def texts(chart: Chart) -> list[Text | Word]:
    """The texts that a chart draws: without the labels of ticks beyond the ends of their axis."""
    hidden = set()
    for axis in chart.findobj(Axis):
        low, high = sorted(axis.get_view_interval())
        seen = axis.get_visible()
        beyond = [tick for tick in axis.get_major_ticks() if not (seen and low <= tick.get_loc() <= high)]
        hidden |= {label for tick in beyond for label in (tick.label1, tick.label2)}
    shown = [
        text for text in chart.findobj(Text) if text.get_visible() and text.get_text().strip() and text not in hidden
    ]
    return shown + [word for lettering in chart.findobj(Lettering) for word in words(lettering)]


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
