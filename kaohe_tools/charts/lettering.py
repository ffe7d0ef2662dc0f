"""Many short texts as one artist: what charts write beside rows and into cells, drawn as stamps that are kept.

A chart writes hundreds of names and figures, most of them in several charts. matplotlib's own `Text` lays each out
several times for each picture, and a tick label brings two lines and a grid line with it; a `Lettering` looks like
them, stands where they would and costs a fraction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from matplotlib.artist import Artist, allow_rasterization
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.colors import to_rgb
from matplotlib.font_manager import get_font
from matplotlib.ft2font import LoadFlags
from matplotlib.transforms import Bbox, Transform

from kaohe_tools.style import FONT_FILE, INK, MUTED, all_fonts

KEPT = 4096  # stamps: a page has some hundred texts
PAD = 3.5  # points between the axes and what stands beside them
Colours = str | Sequence[str]


def beside(
    axes: Axes,
    y: Sequence[float],
    texts: Sequence[str],
    size: float = 9.5,
    colours: Colours | None = None,
    *,
    right: bool = False,
    spacing: float | None = None,
) -> None:
    """Texts at the left (or right) of rows at `y`, in the places of the labels of ticks."""
    points = np.column_stack([np.full(len(texts), float(right)), np.asarray(y, dtype=float)])
    look = {"colours": colours or (MUTED if right else INK), "side": "right" if right else "left", "spacing": spacing}
    axes.yaxis.set_visible(False)
    axes.add_artist(Lettering(points, texts, size, axes.get_yaxis_transform(), away=PAD, level="row", **look))


def inside(
    axes: Axes, x: Sequence[float], y: Sequence[float], texts: Sequence[str], size: float, colours: Colours
) -> None:
    """Short texts in the middle of bars or cells; the layout need not look for room for them."""
    words = Lettering(np.column_stack([x, y]), texts, size, axes.transData, colours=colours)
    words.set_in_layout(False)
    axes.add_artist(words)


@dataclass(frozen=True)
class Stamp:
    """A line of text in pixels, as matplotlib measures it. ink: coverage (0 to 255), bottom row first; its lower left
    corner lies at `corner` from where the baseline begins.
    """

    ink: np.ndarray
    corner: tuple[float, int]
    width: float
    ascent: float
    descent: float


@lru_cache(KEPT)
def _stamp(line: str, size: float, dpi: float) -> Stamp:
    """A line drawn behind a blank, which makes it begin at a whole pixel, and none of its letters stand beside it."""
    font = all_fonts()
    font.set_size(size, dpi)
    font.set_text(" ", flags=LoadFlags.DEFAULT)
    blank = font.get_width_height()[0] / 64
    font.set_text(f" {line}", flags=LoadFlags.DEFAULT)
    (width, height), descent = font.get_width_height(), font.get_descent()
    font.draw_glyphs_to_bitmap()
    ink, ascent = font.get_image()[::-1].copy(), (height - descent) / 64
    return Stamp(ink, (-blank, int(ascent) + 1 - len(ink)), width / 64 - blank, ascent, descent / 64)


@lru_cache(KEPT)
def _coloured(line: str, size: float, dpi: float, colour: str) -> np.ndarray:
    """A stamp as the picture that a renderer takes: RGBA."""
    ink = _stamp(line, size, dpi).ink
    picture = np.empty((*ink.shape, 4), dtype=np.uint8)
    picture[..., :3] = np.rint(np.array(to_rgb(colour)) * 255)
    picture[..., 3] = ink
    return picture


@cache
def _room() -> tuple[float, float]:
    """How far a line of our font reaches above and below its baseline, in its size."""
    font = get_font(FONT_FILE)
    table = font.get_sfnt_table("OS/2")
    return table["sTypoAscender"] / font.units_per_EM, -table["sTypoDescender"] / font.units_per_EM


@dataclass(frozen=True)
class Block:
    """A text of one or more lines. Baselines are measured downwards from its top, in pixels."""

    lines: tuple[str, ...]
    baselines: tuple[float, ...]
    width: float
    height: float


@lru_cache(KEPT)
def _block(text: str, size: float, dpi: float, spacing: float | None) -> Block:
    lines, baselines, top, width = text.split("\n"), [], 0.0, 0.0
    above, below = (share * size * dpi / 72 for share in _room())
    for line in lines:
        stamp = _stamp(line, size, dpi)
        ascent, descent = max(stamp.ascent, above), max(stamp.descent, below)
        if spacing is not None:
            ascent = stamp.ascent + (spacing * (above + below) - stamp.ascent - stamp.descent) / 2
            descent = spacing * (above + below) - ascent
        baselines.append(top + ascent)
        top += ascent + descent
        width = max(width, stamp.width)
    return Block(tuple(lines), tuple(baselines), width, top)


class Lettering(Artist):
    """Texts of one size, each at a point of its own; they are upright and written whole, beyond the axes too.

    points: x, y of each text in `transform`. colours: one for all, or one for each. side: where the text lies from its
    point: "left", "right" or "center". away: points (1/72 inch) between them. level: "row" puts the middle of letters
    at the point, as labels of ticks have it, "middle" that of the line with room for what hangs below. spacing: of
    lines, in heights of one (None: as it comes).
    """

    zorder = 3

    def __init__(
        self,
        points: np.ndarray,
        texts: Sequence[str],
        size: float,
        transform: Transform,
        *,
        colours: Colours = INK,
        side: str = "center",
        away: float = 0.0,
        level: str = "middle",
        spacing: float | None = None,
    ) -> None:
        super().__init__()
        self.set_transform(transform)
        self.set_clip_on(False)
        self.points = np.asarray(points, dtype=float).reshape(-1, 2)
        self.texts, self.size = list(texts), size
        self.colours = [colours] * len(self.texts) if isinstance(colours, str) else list(colours)
        self.side = side
        self._share = {"left": 1.0, "center": 0.5, "right": 0.0}[side]  # of its width that lies left of the point
        self._away = {"left": -away, "center": 0.0, "right": away}[side]
        self._level, self._spacing = level, spacing

    def _places(self, dpi: float) -> list[tuple[float, float, Block]]:
        """The top left corner of each text in pixels, and the text."""
        places = []
        for (x, y), text in zip(self.get_transform().transform(self.points), self.texts, strict=True):
            block = _block(text, self.size, dpi, self._spacing)
            middle = block.baselines[-1] if self._level == "row" else block.height
            places.append((x + self._away * dpi / 72 - self._share * block.width, y + middle / 2, block))
        return places

    def boxes(self) -> list[Bbox]:
        """Where each text stands, in pixels."""
        found = self._places(self.get_figure(root=True).dpi)
        return [Bbox.from_bounds(x, top - block.height, block.width, block.height) for x, top, block in found]

    def get_window_extent(self, renderer: RendererBase | None = None) -> Bbox:
        boxes = [box for box, text in zip(self.boxes(), self.texts, strict=True) if text]
        return Bbox.union(boxes) if boxes else Bbox.null()

    @allow_rasterization
    def draw(self, renderer: RendererBase) -> None:
        if not self.get_visible():
            return
        gc, dpi = renderer.new_gc(), self.get_figure(root=True).dpi
        for (left, top, block), colour in zip(self._places(dpi), self.colours, strict=True):
            for line, baseline in zip(block.lines, block.baselines, strict=True):
                stamp = _stamp(line, self.size, dpi)
                x = left + self._share * (block.width - stamp.width) + stamp.corner[0]
                y = round(top - baseline) + stamp.corner[1]
                renderer.draw_image(gc, round(x), y, _coloured(line, self.size, dpi, colour))
        gc.restore()
        self.stale = False
