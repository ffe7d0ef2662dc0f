"""Lettering: many short texts as one artist, which look and stand as matplotlib's own texts do."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from kaohe_tools.charts.lettering import Lettering
from kaohe_tools.style import INK, Chart, Fitted, font_families, new_chart, use_style

LINES = ["自然资源调查监测院  12", "92.35", "gj", "一", "Ag，—"]
WIDE, HIGH = 768, 96  # pixels
NEAR = 12  # of 255 steps: rounding of where a picture is laid over another


def _paper() -> tuple[Chart, object]:
    use_style()
    chart = Chart(figsize=(WIDE / 192, HIGH / 192), dpi=192)
    axes = chart.add_axes((0, 0, 1, 1), xlim=(0, WIDE), ylim=(0, HIGH))
    axes.set_axis_off()
    return chart, axes


def _pixels(chart: Chart) -> np.ndarray:
    canvas = FigureCanvasAgg(chart)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].astype(int)


def _shifts(one: np.ndarray, other: np.ndarray) -> int:
    """The largest difference, where the other may be moved by a pixel: the smallest of the nine ways."""
    moved = [np.roll(other, (down, right), (0, 1)) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    return min(int(np.abs(one - picture).max()) for picture in moved)


@pytest.mark.parametrize("line", LINES)
def test_a_text_looks_as_matplotlib_draws_it_at_a_whole_pixel(line: str) -> None:
    ours, axes = _paper()
    lettering = Lettering([(200, 40)], [line], 9, axes.transData, side="right", level="row")
    axes.add_artist(lettering)
    drawn = _pixels(ours)
    box = lettering.boxes()[0]
    theirs, axes = _paper()
    text = axes.text(200, 40, line, size=9, ha="left", va="center_baseline", color=INK)
    assert text.get_window_extent(FigureCanvasAgg(theirs).get_renderer()).bounds == pytest.approx(box.bounds)
    base = _baseline(theirs, text)
    text.set_y(40 + round(base) - base)
    assert _shifts(_pixels(theirs), drawn) <= NEAR


def _baseline(chart: Chart, text: object) -> float:
    """Where the baseline of a text lies, in pixels from below."""
    found = []
    renderer = FigureCanvasAgg(chart).get_renderer()
    renderer.draw_text = lambda gc, x, y, *rest, **more: found.append(HIGH - y)
    text.draw(renderer)
    return found[0]


def test_several_lines_stand_where_matplotlib_puts_them() -> None:
    told = "最高 95.2% 甲局\n最低 60.0% 乙局"
    chart, axes = _paper()
    lettering = Lettering([(300, 50)], [told], 8.5, axes.transData, side="left", level="row", spacing=1.5)
    axes.add_artist(lettering)
    text = axes.text(300, 50, told, size=8.5, ha="right", va="center_baseline", linespacing=1.5)
    wanted = text.get_window_extent(FigureCanvasAgg(chart).get_renderer())
    assert lettering.boxes()[0].bounds == pytest.approx(wanted.bounds)


@pytest.mark.skipif(len(font_families()) < 3, reason="没有系统中文字体，本测试跳过")
def test_a_rare_character_is_drawn_with_a_font_of_the_system() -> None:
    pictures = []
    for name in ("㛃", "㛂"):  # beyond our font; boxes in their place would be alike, and a warning
        chart, axes = _paper()
        axes.add_artist(Lettering([(200, 40)], [name], 9, axes.transData))
        pictures.append(_pixels(chart))
    assert (pictures[0] != pictures[1]).any()


def test_a_drawing_alone_stands_where_constrained_layout_puts_it() -> None:
    places = []
    for engine in (None, "constrained"):
        chart = new_chart("标题", height=2.0)
        axes = chart.subplots()
        axes.set_title("甲", loc="left")
        if engine:
            chart.set_layout_engine(engine, **chart.get_layout_engine().get())
        else:
            assert isinstance(chart.get_layout_engine(), Fitted)
        chart.png()
        places.append(axes.get_position().bounds)
    assert places[0] == pytest.approx(places[1], abs=1e-3)
