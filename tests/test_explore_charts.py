"""Charts of distributions and of the measurement for 4, 24 and 60 subjects: no text overlaps or is cut off."""

from __future__ import annotations

import io
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from drawn import columns, cut_off, overlapping, row_names, texts
from explored import make_office
from PIL import Image
from test_explore_findings import Looked, look

from kaohe_tools import charts, explore, style
from kaohe_tools.charts import measurement

SIZES = [4, 24, 60]


def every_chart(looked: Looked) -> dict[str, style.Chart]:
    """All charts of this package's tables."""
    view, marks = looked.view, looked.marks
    spreads = {way: explore.spread(view, way, marks) for way in explore.WAYS}
    stamp = view.simulated
    return {
        "crowd": charts.line_crowd(view),
        **{way: charts.strips(t, way, stamp, share=way != "综合得分") for way, t in spreads.items()},
        "profile": charts.profile_bars(explore.profile(view, ""), "与同类比较", stamp),
        "years": charts.years_lines(explore.years(looked.prepared, view), "历年", stamp),
        "map": charts.item_map(view),
        "weights": charts.weight_dumbbell(view),
        "leniency": charts.leniency_intervals(marks, "松紧", stamp),
        "heat": charts.item_heat(view),
    }


@pytest.fixture(scope="module", params=SIZES)
def drawn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, style.Chart]:
    """Every chart, drawn. A glyph that no font has is a warning, and warnings are errors here."""
    folder = make_office(tmp_path_factory.mktemp("office") / "案例", request.param)
    charts = every_chart(look(folder))
    for chart in charts.values():
        chart.png()
    return charts


def test_no_text_is_cut_off_and_no_two_overlap(drawn: dict[str, style.Chart]) -> None:
    for name, chart in drawn.items():
        assert cut_off(chart) == [], name
        assert overlapping(chart) == [], name


def test_slanted_heads_of_columns_stand_apart(drawn: dict[str, style.Chart]) -> None:
    heads = [text for text in texts(drawn["heat"]) if text.get_rotation()]
    at = sorted(text.get_window_extent().x0 for text in heads)
    size = max(text.get_fontsize() for text in heads) * style.SCREEN_DPI * style.SHARPNESS / 72
    assert len(heads) == 11
    assert min(right - left for left, right in pairwise(at)) > size


def test_simulated_data_is_stamped_and_the_paper_is_white(drawn: dict[str, style.Chart]) -> None:
    for name, chart in drawn.items():
        assert style.SIMULATED in {text.get_text() for text in chart.texts}, name
        assert Image.open(io.BytesIO(chart.png())).convert("RGB").getpixel((0, 0)) == (255, 255, 255), name
        assert chart.title in {text.get_text() for text in chart.texts}


def test_rows_are_labelled_apart(drawn: dict[str, style.Chart]) -> None:
    for name, chart in drawn.items():
        for column in columns(chart):
            spans = sorted((word.box.y0, word.box.y1) for word in column)
            assert all(below[1] <= above[0] + 1 for below, above in pairwise(spans)), name


def test_real_data_is_not_stamped(tmp_path: Path) -> None:
    charts = every_chart(look(make_office(tmp_path / "案例", 9, simulated="false")))
    assert [n for n, c in charts.items() if style.SIMULATED in {text.get_text() for text in c.texts}] == []


def test_the_same_case_gives_the_same_bytes(tmp_path: Path) -> None:
    looked = look(make_office(tmp_path / "案例", 9))
    first, second = ({name: chart.png() for name, chart in every_chart(looked).items()} for _ in range(2))
    assert first == second


def test_with_too_few_subjects_a_chart_says_so_instead_of_drawing(tmp_path: Path) -> None:
    view = look(make_office(tmp_path / "案例", 5)).view
    for chart in (charts.item_map(view), charts.weight_dumbbell(view)):
        assert chart.axes == []
        assert any("只有 5 个对象" in text.get_text() for text in chart.texts)


def test_the_line_is_drawn_at_the_score_of_the_last_in(tmp_path: Path) -> None:
    view = look(make_office(tmp_path / "案例", 24)).view
    line = explore.top_line(view)["line"].iloc[0]
    axes = charts.line_crowd(view).axes[0]
    levels = [
        segment[0][1]
        for found in axes.collections
        if hasattr(found, "get_segments")
        for segment in found.get_segments()
    ]
    assert line in levels
    assert f"优秀线 {line:.2f}" in axes.get_xticklabels()[0].get_text()


def test_sixty_raters_are_shown_with_those_farthest_off(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    rows = [
        (
            subject,
            f"对象{subject}",
            item,
            "",
            f"评分人{rater:02d}",
            "",
            0.8 + 0.01 * (rater == 7) * 9 + random.normal(0, 0.01),
        )
        for subject in range(8)
        for item in (subject * 2, subject * 2 + 1)
        for rater in range(60)
    ]
    marks = pd.DataFrame(rows, columns=["subject", "label", "item", "component", "rater", "panel", "share"])
    chart = charts.leniency_intervals(marks, "松紧", True)
    names = row_names(chart.axes[0])
    assert len(names) == measurement.RATERS
    assert names[-1] == "评分人07"
    assert any("共 60 位" in text.get_text() for text in chart.texts)
