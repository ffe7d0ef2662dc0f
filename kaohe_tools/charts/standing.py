"""How charts of what-if tell who gains or loses the best grade: colour, and line, and sign, each enough by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from kaohe_tools.charts.grades import LEVELS, dot
from kaohe_tools.style import ACCENT, FAINT, INK, MUTED, PAPER, PARTS

GAIN_COLOUR, LOSE_COLOUR, PEND_COLOUR = PARTS[0], ACCENT, INK
DASHES, DOTS = (0, (4, 1.4)), (0, (1, 1.3))
THICK = 2.6  # points of a line that stands for the best grade
HEAD = 0.27  # inches of the heading of a group


@dataclass(frozen=True)
class Look:
    """How a subject's line and label are drawn. sign: stands in its label, "" for none."""

    colour: str
    label: str
    width: float
    style: str | tuple = "solid"
    sign: str = ""
    order: int = 2

    def shaded(self, turn: int) -> Look:
        """The same kind in another shade of its colour."""
        shades = SHADES.get(self.colour, (self.colour,))
        shade = shades[turn % len(shades)]
        return replace(self, colour=shade, label=shade if len(shades) > 1 else self.label)

    def handle(self, name: str) -> Line2D:
        """Its entry of a legend."""
        text = f"{self.sign} {name}".strip()
        return Line2D([], [], color=self.colour, linewidth=self.width, linestyle=self.style, label=text)


GAINS = Look(GAIN_COLOUR, GAIN_COLOUR, 1.7, "solid", "▲", 4)
LOSES = Look(LOSE_COLOUR, LOSE_COLOUR, 1.7, DASHES, "▼", 4)
PENDS = Look(PEND_COLOUR, PEND_COLOUR, 1.7, DOTS, "◇", 4)
KEEPS = Look("#55616B", INK, 1.2, "solid", "", 3)
RISES = Look(GAIN_COLOUR, GAIN_COLOUR, 1.5, "solid", "▲", 4)
FALLS = Look(LOSE_COLOUR, LOSE_COLOUR, 1.5, DASHES, "▼", 4)
MOVES = Look("#8794A0", INK, 1.0, "solid", "", 3)
RESTS = Look("#C2CAD0", MUTED, 1.0, "solid", "", 2)
SHADES = {  # dark and light in turn, so that lines of one kind can be followed where they cross
    GAIN_COLOUR: (GAIN_COLOUR, "#0B3558", "#4A8FC4"),
    LOSE_COLOUR: (LOSE_COLOUR, "#7E2800", "#E0713F"),
}


def has_line(where: pd.Series, ranks: pd.Series, best: pd.Series) -> bool:
    """Is there a line of the best grade: do most of those down to the last who has it have it?

    where: the rankings (ranks of one are not held against another's). Where places go office by office, say, those who
    have the best grade stand among all others, and a line under the last of them would say nothing.
    """
    last = ranks[best].groupby(where[best]).max()
    reached = ranks <= where.map(last)
    return bool(best.any()) and bool(best[reached].mean() > 0.5)


def legend(axes: Axes, handles: Sequence[Artist], above: float = 0.0, **look: object) -> None:
    """A legend over the drawing, at the left; `above`: inches between them for what else stands over it."""
    if handles:
        place = {"loc": "lower left", "bbox_to_anchor": (0, 1), "ncols": len(handles)}
        place["bbox_transform"] = axes.transAxes + ScaledTranslation(0, above, axes.figure.dpi_scale_trans)
        spaces = {"fontsize": 9, "handlelength": 2.4, "columnspacing": 1.4, "borderaxespad": 0.2}
        axes.legend(handles=handles, **place, **{**spaces, **look})


def line_handle(label: str, **look: object) -> Line2D:
    """An entry of a legend for a line."""
    return Line2D([], [], label=label, **look)


@dataclass(frozen=True)
class Dot:
    """How a standing is drawn at one point."""

    colour: str
    marker: str
    edge: str
    size: float

    def draw(self, axes: Axes, x: float, ranks: Sequence[float]) -> None:
        look = {"color": self.colour, "marker": self.marker, "edgecolors": self.edge, "linewidths": 0.9}
        axes.scatter([x] * len(ranks), ranks, s=self.size, zorder=6, **look)

    def handle(self, name: str) -> Line2D:
        """Its entry of a legend."""
        return dot(name, self.colour, self.marker, self.edge)


BEST_DOT = Dot(LEVELS[0][0], LEVELS[0][1], PAPER, 36)
OTHER_DOT = Dot(LEVELS[1][0], LEVELS[1][1], PAPER, 20)
PENDING_DOT = Dot(PAPER, "D", MUTED, 26)


def quiet(axes: Axes) -> None:
    """No frame, no ticks upwards: labels stand at the ends of the lines."""
    axes.spines[:].set_visible(False)
    axes.set_yticks([])
    axes.tick_params(axis="x", labelsize=8.5, colors=FAINT, labelcolor=MUTED)
