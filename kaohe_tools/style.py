"""One look for all charts: the font that travels with the package, a colour-blind safe palette, a chart's frame.

Charts are plain `Figure` objects that show themselves in a notebook, crisp on any screen and with their title as
alternative text. pyplot is never imported, so nothing is drawn twice and nothing stays open.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.transforms import Bbox
from PIL import Image

FONT_FILE = Path(__file__).parent / "fonts" / "KaoheSansSC-Regular.otf"
FONT = "Kaohe Sans SC"
SYSTEM_FONTS = (  # for rare characters only, where the machine has them
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "SimHei",
)
SIMULATED = "演示数据"

WIDTH = 10.75  # inches; 1032 CSS pixels, the width of a page
_width = ContextVar("width", default=WIDTH)
TITLE_SIZE, SUBTITLE_SIZE = 13.0, 9.5  # points
SCREEN_DPI, SHARPNESS = 96, 2  # CSS pixels an inch, image pixels a CSS pixel

INK, MUTED, FAINT, GRID, PAPER = "#1F2933", "#5B6770", "#9AA5AE", "#E3E7EA", "#FFFFFF"
ACCENT = "#C8440E"  # vermilion: the top grade and its line, the stamp
# Okabe and Ito's hues, calmed; dark and light in turn, so that neighbours differ in a black and white print too
PARTS = ("#20639B", "#8CC0E0", "#1C7C66", "#E0A526", "#4A2C82", "#EEC2C8", "#5A3A22", "#C9C36A")
BONUS, PENALTY = "#8C2D62", "#A23B00"
_LOSSES = LinearSegmentedColormap.from_list("losses", ["#6B2500", "#B4500F", "#E69F00", "#F7DFA4", "#FFFDF5"])
LOSSES = _LOSSES.with_extremes(
    bad="#E6EAED"
)  # from dark (much lost) to nearly white (nothing lost), grey: no such item

_PAPER = np.uint32(0xFFFFFFFF)  # a pixel of it
_NEXT_TO_WHITE = 243  # of 255: between the end of LOSSES and the light greys that are seen
_FINE = 1200  # dots an inch at which texts are measured
_CLOSING = "，。；：、！？”’）》】…—％%,.;:)"

RC: dict[str, Any] = {
    "figure.dpi": SCREEN_DPI * SHARPNESS,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "axes.unicode_minus": False,  # the hyphen-minus is in every font; the sign − is not
    "axes.facecolor": PAPER,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": MUTED,
    "axes.linewidth": 0.6,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "font.size": 9.5,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": INK,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "legend.handlelength": 1.0,
    "legend.handleheight": 1.0,
    "hatch.linewidth": 0.6,
    "svg.hashsalt": "kaohe",
}


@cache
def font_families() -> list[str]:
    """Our font (loaded on first use), DejaVu Sans for signs, and those system fonts that are present."""
    font_manager.fontManager.addfont(FONT_FILE)
    present = set(font_manager.fontManager.get_font_names())
    return [FONT, "DejaVu Sans", *(name for name in SYSTEM_FONTS if name in present)]


@cache
def all_fonts() -> FT2Font:
    """Our font, which takes what it has not from the other families."""
    return font_manager.get_font([font_manager.findfont(name) for name in font_families()])


def use_style() -> None:
    """Set matplotlib's defaults to the house style; may be called any number of times."""
    wanted = {**RC, "font.family": font_families()}
    matplotlib.rcParams.update({name: value for name, value in wanted.items() if matplotlib.rcParams[name] != value})


def uncovered(text: str) -> str:
    """The characters of `text` that no font at hand can draw, each once, sorted.

    >>> uncovered("自然资源厅 2019 −1.5")
    ''
    """
    left = {char for char in text if char.isprintable()}
    for family in font_families():
        if left:
            path = font_manager.findfont(family)
            left -= {char for char in left if font_manager.get_font(path).get_char_index(ord(char))}
    return "".join(sorted(left))


class Fitted(ConstrainedLayoutEngine):
    """Constrained layout; a drawing alone is measured once, not twice, to come to the same place.

    Not where labels are slanted: how far they reach beyond the drawing depends on how wide it is.
    """

    def execute(self, fig: Figure) -> None:
        draws = getattr(fig.canvas, "get_renderer", None)
        alone = len(fig.axes) == 1 and not any(label.get_rotation() for label in fig.axes[0].get_xticklabels())
        if draws is None or not alone:
            super().execute(fig)
            return
        axes, settings = fig.axes[0], self.get()
        inner = axes.get_position()
        outer = axes.get_tightbbox(draws(), for_layout_only=True).transformed(fig.transFigure.inverted())
        across, up = np.array([settings["w_pad"], settings["h_pad"]]) / fig.get_size_inches()
        left, bottom, width, height = settings["rect"]
        low = (left + inner.x0 - outer.x0 + across, bottom + inner.y0 - outer.y0 + up)
        high = (left + width - (outer.x1 - inner.x1) - across, bottom + height - (outer.y1 - inner.y1) - up)
        if low < high and low[1] < high[1]:
            axes.set_position(Bbox([low, high]))
            axes.set_in_layout(True)


class Chart(Figure):
    """A figure that a notebook shows as a PNG at its size on screen, described by its title."""

    title = ""

    def png(self) -> bytes:
        """The chart as PNG bytes; the same chart gives the same bytes."""
        self.set_dpi(SCREEN_DPI * SHARPNESS)
        self._leave_empty_labels()
        canvas = FigureCanvasAgg(self)
        canvas.draw()
        buffer = io.BytesIO()
        picture = _in_few_colours(np.asarray(canvas.buffer_rgba()))
        picture.save(buffer, "png", compress_level=4)  # a third faster than the usual 6, for 4 % more bytes
        return buffer.getvalue()

    def _leave_empty_labels(self) -> None:
        """Spare matplotlib the search for where an axis label without text would stand, a tenth of all drawing."""
        for axes in self.axes:
            for axis in (axes.xaxis, axes.yaxis):
                if not axis.get_label_text():
                    axis.set_label_coords(0, 0)

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
        width, height = (round(inches * SCREEN_DPI) for inches in self.get_size_inches())
        bundle = {"image/png": base64.b64encode(self.png()).decode("ascii"), "text/plain": f"图：{self.title}"}
        return bundle, {"image/png": {"width": width, "height": height, "alt": self.title}}


def _in_few_colours(pixels: np.ndarray) -> Image.Image:
    """RGBA pixels as a picture of 256 colours: flat ones need no more, and the file is three times smaller.

    Paper is most of a chart; only what is drawn on it is looked through for colours.
    """
    words = np.ascontiguousarray(pixels).view(np.uint32)[..., 0]
    drawn = words != _PAPER
    inks = np.append(words[drawn], _PAPER)  # something, on an empty sheet too
    inks = Image.fromarray(inks.view(np.uint8).reshape(1, -1, 4)).convert("RGB")
    few = inks.quantize(255, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    colours = np.array(few.getpalette()).reshape(-1, 3)[:255]
    colours[colours.min(axis=1) >= _NEXT_TO_WHITE] = 255  # where next to no loss is drawn, the paper stays white
    places = np.zeros(drawn.shape, dtype=np.uint8)
    places[drawn] = np.asarray(few)[0, :-1] + 1
    picture = Image.fromarray(places)
    picture.putpalette([255, 255, 255, *colours.ravel().tolist()])
    return picture


@cache
def text_width(text: str, size: float) -> float:
    """Inches that a line of text takes in our font at `size` points.

    >>> round(text_width("自然资源", 9), 2)
    0.5
    """
    use_style()
    font = font_manager.get_font(FONT_FILE)
    font.set_size(size, _FINE)
    font.set_text(text, 0.0)
    return font.get_width_height()[0] / 64 / _FINE


def wrapped(text: str, size: float, inches: float) -> str:
    """A text in lines no wider than `inches`; none begins with a mark that belongs to the line before.

    >>> wrapped("甲乙丙丁，戊己", 9, 0.52).splitlines()
    ['甲乙丙', '丁，戊己']
    """
    lines = []
    for line in text.split("\n"):
        while text_width(line, size) > inches and len(line) > 1:
            end = next(n for n in range(len(line) - 1, 0, -1) if n == 1 or text_width(line[:n], size) <= inches)
            while end > 1 and line[end] in _CLOSING:
                end -= 1
            lines.append(line[:end])
            line = line[end:].lstrip()
        lines.append(line)
    return "\n".join(lines)


@contextmanager
def chart_width(inches: float) -> Iterator[None]:
    """Within: new charts are so wide, for paper that is narrower than a page on screen."""
    token = _width.set(inches)
    try:
        yield
    finally:
        _width.reset(token)


def new_chart(title: str, subtitle: str = "", height: float = 4.0, simulated: bool = False) -> Chart:
    """An empty chart of the house: title and subtitle at the top left, 演示数据 at the top right where it must stand.

    `height` is that of the drawing below the heading, in inches. What is too long for a line goes on in the next.
    """
    use_style()
    wide = _width.get()
    head = wrapped(title, TITLE_SIZE, wide - 0.25 - (0.95 if simulated else 0.0))
    below = wrapped(subtitle, SUBTITLE_SIZE, wide - 0.25) if subtitle else ""
    first = 0.42 + 0.25 * head.count("\n")
    full = height + first + 0.24 * (below.count("\n") + 1 if below else 0)
    chart = Chart(figsize=(wide, full))
    chart.title = title
    chart.text(0.1 / wide, 1 - 0.1 / full, head, va="top", fontsize=TITLE_SIZE, color=INK, linespacing=1.3)
    if below:
        look = {"va": "top", "fontsize": SUBTITLE_SIZE, "color": MUTED, "linespacing": 1.5}
        chart.text(0.1 / wide, 1 - (first - 0.01) / full, below, **look)
    if simulated:
        box = {"boxstyle": "round,pad=0.3", "facecolor": PAPER, "edgecolor": ACCENT, "linewidth": 1.0}
        place = {"ha": "right", "va": "top", "fontsize": 9.5, "color": ACCENT, "bbox": box}
        chart.text(1 - 0.14 / wide, 1 - 0.14 / full, SIMULATED, **place)
    chart.set_layout_engine(Fitted(rect=(0, 0, 1, height / full), w_pad=0.08, h_pad=0.06, wspace=0.04))
    return chart


def empty_chart(title: str, message: str, simulated: bool = False) -> Chart:
    """A low chart that says in words why there is nothing to draw."""
    chart = new_chart(title, message, height=0.15, simulated=simulated)
    return chart


def shorten(name: str, length: int = 20) -> str:
    """A name of at most `length` characters, the rest as an ellipsis.

    >>> shorten("青海省自然资源综合调查监测院", 8)
    '青海省自然资源…'
    """
    return name if len(name) <= length else name[: length - 1] + "…"


def warm_up() -> None:
    """Draw what nobody sees: fonts are found and read by then, and all is loaded that drawing loads at its first time.

    For a process that others fork from.
    """
    chart = new_chart("预备", SIMULATED, simulated=True)
    axes = chart.add_subplot()
    axes.barh(["预备"], [1.0])
    chart.png()
