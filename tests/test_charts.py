"""Charts: nothing overlaps or is cut off, every character is drawn, simulated data is stamped, pending stays so."""

from __future__ import annotations

import io
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from colour_vision import SIGHTS, apart
from drawn import columns, cut_off, overlapping, row_names, texts
from matplotlib.colors import to_rgb
from PIL import Image
from sample_results import long_name, write_sample

from kaohe_tools import charts, style
from kaohe_tools.charts import grades, measurement, standing
from kaohe_tools.results import Category, read_results

ROOT = Path(__file__).resolve().parent.parent
APART = 10  # five times what can just be told apart side by side
OF_CATEGORY = ["ranking", "part_spread", "heat_map", "own_items", "loss_by_subject", "loss_by_item", "judges"]
OF_CASE = ["category_spread", "grade_shares", "places_used"]
CASES = {
    "4": {"sizes": {"事业局": 4}},
    "24": {"sizes": {"厅机关": 24}},
    "60": {"sizes": {"厅直属单位": 60}},
    "one, pending": {"sizes": {"厅机关": 1}, "all_pending": True},
    "without grades": {"sizes": {"科室": 9}, "graded": False, "simulated": False},
    "two stages": {"sizes": {"事业局": 4}, "cadres": 30},
    "ranked in groups": {"sizes": {"市直部门": 20}, "grouped": True},
}


@pytest.fixture(scope="module", params=CASES, ids=CASES.keys())
def drawn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Drawn]:
    """Every chart of a case, drawn. A glyph that no font has is a warning, and warnings are errors here."""
    options = CASES[request.param]
    results = read_results(write_sample(tmp_path_factory.mktemp("sample"), **options))
    views = results.each_category()
    of_category = [getattr(charts, name)(view) for view in views for name in OF_CATEGORY]
    of_case = [getattr(charts, name)(results) for name in OF_CASE]
    return [Drawn(chart, chart.png(), results.simulated) for chart in of_category + of_case]


@dataclass
class Drawn:
    chart: style.Chart
    png: bytes
    simulated: bool


def _sample(folder: Path, **options: object) -> Category:
    return read_results(write_sample(folder, **{"sizes": {"厅机关": 24}} | options)).category()


def test_every_chart_is_drawn_at_screen_width_with_a_title(drawn: list[Drawn]) -> None:
    for one in drawn:
        assert Image.open(io.BytesIO(one.png)).width == style.WIDTH * style.SCREEN_DPI * style.SHARPNESS
        assert Image.open(io.BytesIO(one.png)).convert("RGB").getpixel((0, 0)) == (255, 255, 255)
        assert one.chart.title in {text.get_text() for text in one.chart.texts}


def test_no_text_is_cut_off_and_no_two_overlap(drawn: list[Drawn]) -> None:
    for chart in (one.chart for one in drawn):
        assert cut_off(chart) == [], chart.title
        assert overlapping(chart) == [], chart.title


def test_no_label_of_a_row_overlaps_the_next(drawn: list[Drawn]) -> None:
    for chart in (one.chart for one in drawn):
        for column in columns(chart):
            spans = sorted((word.box.y0, word.box.y1) for word in column)
            assert all(below[1] <= above[0] + 1 for below, above in pairwise(spans)), chart.title


def test_the_heading_stands_clear_of_the_drawing(drawn: list[Drawn]) -> None:
    for chart in (one.chart for one in drawn):
        heading = [text for text in chart.texts if text.get_position()[0] < 0.5]
        bottom = min(text.get_window_extent().y0 for text in heading)
        others = [text for text in texts(chart) if text not in chart.texts]
        assert all(text.get_window_extent().y1 <= bottom for text in others), chart.title
        stamp = [text for text in chart.texts if text not in heading]
        assert all(text.get_window_extent().x1 < stamp[0].get_window_extent().x0 for text in heading if stamp)


def test_a_chart_says_that_its_data_is_simulated_and_only_then(drawn: list[Drawn]) -> None:
    for one in drawn:
        stamped = any(text.get_text() == style.SIMULATED for text in one.chart.texts)
        assert stamped == one.simulated, one.chart.title


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    view = _sample(tmp_path, sizes={"厅机关": 6})
    for name in OF_CATEGORY:
        draw = getattr(charts, name)
        assert draw(view).png() == draw(view).png()


def test_rows_in_another_order_give_the_same_picture(tmp_path: Path) -> None:
    folder = write_sample(tmp_path, {"厅机关": 6})
    before = [getattr(charts, name)(read_results(folder).category()).png() for name in OF_CATEGORY]
    for name in ("明细.csv", "结果.csv"):
        head, *lines = (folder / name).read_text(encoding="utf-8-sig").splitlines()
        (folder / name).write_text("\n".join([head, *reversed(lines)]), encoding="utf-8-sig")
    after = [getattr(charts, name)(read_results(folder).category()).png() for name in OF_CATEGORY]
    assert before == after


def test_the_ranking_shows_pending_as_pending_even_with_a_proposal(tmp_path: Path) -> None:
    view = _sample(tmp_path)
    waiting = view.pending
    assert list(waiting["等次"]) == ["优秀"], "the sample proposes a grade"
    chart = charts.ranking(view)
    chart.png()
    score = f"{waiting.iloc[0]['综合得分']:.2f}"
    assert {text.get_text() for text in texts(chart) if text.get_text().startswith(score)} == {f"{score}  待定"}


def test_the_line_of_the_top_grade_is_the_lowest_score_that_holds_it(tmp_path: Path) -> None:
    view = _sample(tmp_path)
    holders = view.scores[(view.scores["等次"] == "优秀") & (view.scores["待定"] == "")]
    assert view.top_line() == holders["综合得分"].min()
    assert f"优秀线 {holders['综合得分'].min():.2f}" in charts.ranking(view).title


def test_shared_items_are_columns_and_own_items_are_one_more(tmp_path: Path) -> None:
    view = _sample(tmp_path)
    table = charts.rate_table(view)
    shared = set(view.items.loc[view.items["共有"], "项目"])
    assert set(table.columns) == shared | {charts.OWN}
    name = view.scores["对象"].iloc[0]
    own = view.items[(view.items["对象"] == name) & ~view.items["共有"]]
    assert table.at[name, charts.OWN] == pytest.approx(own["得分"].sum() / own["分值"].sum())


def test_the_points_lost_and_the_score_make_the_full_points(tmp_path: Path) -> None:
    view = _sample(tmp_path)
    lost = view.items.groupby("对象")["失分"].sum()
    for row in view.scores.to_dict("records"):
        assert row["综合得分"] - row["加减分"] + lost[row["对象"]] == pytest.approx(view.points, abs=0.006)


def test_our_font_draws_every_character_that_we_write() -> None:
    files = [
        *ROOT.glob("kaohe_tools/schemes/*.yaml"),
        *ROOT.glob("kaohe_tools/**/*.py"),
        *ROOT.glob("notebooks/*.ipynb"),
    ]
    text = "".join(path.read_text(encoding="utf-8") for path in files if path.parent.name != "fonts")
    glyphs = style.font_manager.get_font(style.FONT_FILE).get_charmap()
    assert {char for char in text if char.isprintable() and ord(char) not in glyphs} == set()


def test_a_name_with_a_character_that_no_font_has_is_told() -> None:
    assert style.uncovered("人事处𓀀") == "𓀀"


def test_long_names_are_kept_to_twenty_characters() -> None:
    name = long_name("厅机关")
    assert len(name) == 20
    assert style.shorten(name) == name
    assert style.shorten(name + "甲乙丙") == name[:19] + "…"


def test_neighbouring_parts_differ_in_lightness_too() -> None:
    lightness = [np.dot(to_rgb(colour), (0.2126, 0.7152, 0.0722)) for colour in style.PARTS]
    assert min(abs(one - other) for one, other in pairwise(lightness)) > 0.1


TOGETHER = {  # colours that stand for different things in one chart
    "parts": [*style.PARTS, style.BONUS, style.PENALTY],
    "grades": [*(colour for colour, _ in grades.LEVELS), grades.BESIDE[0]],
    "what-if": [
        look.colour for look in (standing.GAINS, standing.LOSES, standing.PENDS, standing.KEEPS, standing.RESTS)
    ],
    "items": [colour for colour, _ in measurement.LOOKS.values()],
}


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("name", TOGETHER)
def test_colours_of_one_chart_can_be_told_apart_by_everybody(name: str, sight: str) -> None:
    pairs = {(one, other): apart(one, other, sight) for one, other in combinations(dict.fromkeys(TOGETHER[name]), 2)}
    assert min(pairs.values()) >= APART, min(pairs, key=pairs.get)


def test_colours_that_are_confused_are_recognised() -> None:
    assert apart("#FF0000", "#7A8500", "normal") > 5 * APART
    assert apart("#C8440E", "#8A6A00", "protanopia") < APART


def test_a_chart_in_a_notebook_has_its_title_as_alternative_text(tmp_path: Path) -> None:
    chart = charts.ranking(_sample(tmp_path))
    bundle, metadata = chart._repr_mimebundle_()
    assert metadata["image/png"]["alt"] == chart.title
    assert metadata["image/png"]["width"] == style.WIDTH * style.SCREEN_DPI
    assert chart.title in bundle["text/plain"]


def test_of_very_many_subjects_those_who_lost_most_are_shown_and_the_chart_says_so(tmp_path: Path) -> None:
    view = _sample(tmp_path, sizes={"工作人员": 90})
    chart = charts.loss_by_subject(view)
    assert any("共 90 个，图中为失分最多的 80 个" in text.get_text() for text in chart.texts)
    lost = view.items.groupby("对象")["失分"].sum().sort_values()
    names = {name.split("  ")[0] for name in row_names(chart.axes[0])}
    assert len(names) == 80
    assert style.shorten(lost.index[-1]) in names
    assert style.shorten(lost.index[0]) not in names


def test_very_many_subjects_ranked_in_groups_are_a_strip_for_each_group(tmp_path: Path) -> None:
    chart = charts.ranking(_sample(tmp_path, sizes={"工作人员": 90}, grouped=True))
    assert row_names(chart.axes[0]) == ["党群口\n45 个", "经济口\n45 个"]


def test_where_nobody_is_graded_no_score_is_marked_as_top(tmp_path: Path) -> None:
    chart = charts.ranking(_sample(tmp_path, graded=False))
    chart.png()
    assert style.ACCENT not in {text.get_color() for text in texts(chart) if text.axes is not None}
