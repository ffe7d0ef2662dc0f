"""Charts of what-if: ranks along a weight, today beside a scenario, rank acceptability; from 1 to 90 subjects."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from drawn import cut_off, overlapping, texts
from offices import SHEETS, make_case
from whatif_cases import base

from kaohe_tools import charts, panel, style
from kaohe_tools.charts.standing import FALLS, GAINS, KEEPS, LOSES, MOVES, PENDS, RESTS, RISES
from kaohe_tools.whatif.break_even import SEARCHED, break_evens
from kaohe_tools.whatif.compare import Comparison, compare
from kaohe_tools.whatif.flow import Flow, rank_flow
from kaohe_tools.whatif.robust import Plan, Robustness, robustness
from kaohe_tools.whatif.scenario import Scenario
from kaohe_tools.whatif.variant import Base, base_of, vary

STAGE, CATEGORY, PART = "单位", "厅机关", "目标任务"
LONG = "自然资源节约集约利用与国土空间用途管制综合监测评价和技术服务"  # 30 characters
CASES = {
    "4": {"count": 4},
    "24": {"count": 24},
    "60": {"count": 60},
    "60, long names": {"count": 60, "long": True},
    "one": {"count": 1},
    "60, all tied": {"count": 60, "tied": True},
    "24, all pending": {"count": 24, "pending": True},
    "24, without grades": {"count": 24, "graded": False},
    "60, in three groups, long names": {"count": 60, "long": True, "groups": 3},
    "90": {"count": 90},
}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Base:
    """A small office: its case is what the made tables belong to."""
    return base_of(make_case(tmp_path_factory.mktemp("office") / "案例", simulated="true"))


# --- tables of any size -----------------------------------------------------------------------------------------------


def _frame(count: int, *, long: bool = False, tied: bool = False, groups: int = 1, **_: object) -> pd.DataFrame:
    """Subjects with two shares each, in groups that are ranked by themselves."""
    random = np.random.default_rng(count)
    names = [f"{LONG[:-2]}{i:02d}" if long else f"第{i:02d}处" for i in range(count)]
    shares = np.full((count, 2), 0.9) if tied else random.uniform(0.8, 1.0, (count, 2))
    group = [f"{CATEGORY}·第{i % groups + 1}口" if groups > 1 else CATEGORY for i in range(count)]
    return pd.DataFrame({"subject": names, "group": group, "one": shares[:, 0], "other": shares[:, 1]})


def _at(frame: pd.DataFrame, points: float, *, pending: bool = False, graded: bool = True, **_: object) -> pd.DataFrame:
    """Composite, rank and grade at some points of the first of two parts: a fifth of each group has the best grade."""
    score = (frame["one"] * points + frame["other"] * (100 - points)).round(2)
    rank = score.groupby(frame["group"]).rank(method="min", ascending=False).astype(int)
    places = frame.groupby("group")["subject"].transform("size") / 5
    grade = np.where(pending, "待定", np.where((rank <= places) & graded, "优秀", ""))
    return pd.DataFrame({"composite": score, "rank": rank, "grade": grade})


def made_flow(**options: object) -> Flow:
    frame = _frame(**options)
    tables = [
        _at(frame, points, **options).assign(
            part=PART, points=points, number=frame.index, **frame[["subject", "group"]]
        )
        for points in np.arange(0.0, 101.0, 2.0)
    ]
    best = "优秀" if options.get("graded", True) else ""
    table = pd.concat(tables, ignore_index=True)
    holders = frozenset(table.loc[(table["points"] == 80.0) & (table["grade"] == "优秀"), "number"])
    return Flow(STAGE, CATEGORY, PART, 80.0, 0.0, 100.0, best, True, holders, table, 2.0)


def made_comparison(office: Base, **options: object) -> Comparison:
    frame = _frame(**options)
    rows = frame[["subject", "group"]].assign(stage=STAGE, category=CATEGORY, code="", change="")
    for when, points, pending in (("was", 80.0, False), ("new", 20.0, bool(options.get("pending")))):
        own = _at(frame, points, **{**options, "pending": pending})
        rows[f"composite_{when}"], rows[f"rank_{when}"] = own["composite"], own["rank"]
        rows[f"grade_{when}"] = own["grade"].where(own["grade"] != "待定", "")
        rows[f"pending_{when}"] = own["grade"].where(own["grade"] == "待定", "")
        rows[f"best_{when}"] = own["grade"] == "优秀"
    words = {(True, False): "失优秀", (False, True): "得优秀"}
    for n, row in rows.iterrows():
        told = [words.get((row["best_was"], row["best_new"]), ""), "待定" if row["pending_new"] else ""]
        told.append("排名变化" if row["rank_was"] != row["rank_new"] else "")
        rows.at[n, "change"] = "、".join(filter(None, told))
    today, stage = office.assessment, office.case.scheme.stages[STAGE]
    if not options.get("graded", True):
        scheme = replace(office.case.scheme, stages={**office.case.scheme.stages, STAGE: replace(stage, grades=())})
        today = replace(today, case=replace(today.case, scheme=scheme))
    return Comparison("少看指标，多看测评的方案", today, today, rows, pd.DataFrame(), ())


def made_robustness(office: Base, **options: object) -> Robustness:
    frame = _frame(**options)
    draws = [_at(frame, points, **options) for points in np.linspace(70, 90, 41)]
    ranks = pd.DataFrame([draw["rank"] for draw in draws]).reset_index(drop=True)
    today, graded = _at(frame, 80.0, **options), options.get("graded", True)
    holds = pd.DataFrame([draw["grade"] for draw in draws]).eq("优秀").mean().to_numpy()
    table = pd.DataFrame({
        "subject": frame.index, "name": frame["subject"], "category": CATEGORY, "group": frame["group"],
        "rank": today["rank"], "low": ranks.min().to_numpy(), "high": ranks.max().to_numpy(),
        "same": (ranks == today["rank"].to_numpy()).mean().to_numpy(),
        "grade": today["grade"].where(today["grade"] == "优秀", "良好及以下" if graded else ""),
        "pending": today["grade"].where(today["grade"] == "待定", ""),
        "top": holds if graded else np.nan, "tied": 0.05 * (holds == 0) if graded else np.nan, "held": 0.0,
    }).assign(called=lambda made: made["grade"])  # fmt: skip
    counts = ranks.melt(var_name="subject", value_name="rank").value_counts().rename("n").reset_index()
    chances = counts.assign(probability=counts["n"] / len(ranks)).drop(columns="n")
    best, none = "优秀" if graded else "", pd.DataFrame()
    return Robustness(office.case, STAGE, Plan(41), table, chances, none, none, best, "", "", 0.1, ())


@pytest.fixture(scope="module", params=CASES, ids=CASES.keys())
def drawn(request: pytest.FixtureRequest, office: Base) -> dict[str, style.Chart]:
    """The three charts of a case, drawn. A glyph that no font has is a warning, and warnings are errors here."""
    options = CASES[request.param]
    found = {
        "flow": charts.rank_flow(made_flow(**options)),
        "slope": charts.slope(made_comparison(office, **options), STAGE, CATEGORY),
        "heat": charts.acceptability(made_robustness(office, **options), CATEGORY),
    }
    for chart in found.values():
        chart.png()
    return found


@pytest.mark.parametrize("name", ["flow", "slope", "heat"])
def test_no_two_labels_overlap_and_none_is_cut_off(drawn: dict[str, style.Chart], name: str) -> None:
    assert len(texts(drawn[name])) > 4
    assert overlapping(drawn[name]) == []
    assert cut_off(drawn[name]) == []


def test_simulated_data_is_stamped_and_the_title_is_the_alternative_text(drawn: dict[str, style.Chart]) -> None:
    for chart in drawn.values():
        assert style.SIMULATED in {text.get_text() for text in chart.texts}
        assert chart._repr_mimebundle_()[1]["image/png"]["alt"] == chart.title
        assert CATEGORY in chart.title


def test_names_that_begin_alike_can_still_be_told_apart(office: Base) -> None:
    for chart in (charts.rank_flow(made_flow(count=60, long=True)),
                  charts.slope(made_comparison(office, count=60, long=True), STAGE, CATEGORY)):  # fmt: skip
        chart.png()
        ends = {text.get_text() for text in texts(chart) if "…" in text.get_text()}
        assert len(ends) == 120


# --- what is drawn ----------------------------------------------------------------------------------------------------


def _signs(chart: style.Chart) -> dict[str, str]:
    """By name, the sign at the right end of its line."""
    words = [text.get_text().split() for text in texts(chart) if text.axes and text.get_ha() == "left"]
    return {row[1]: row[2] if len(row) > 2 else "" for row in words if len(row) > 1 and row[0].isdigit()}


def test_who_gains_or_loses_the_best_grade_along_the_weight_is_marked() -> None:
    flow = made_flow(count=24)
    holds = flow.table.assign(best=flow.table["grade"] == "优秀").groupby("subject")["best"]
    now = flow.table[flow.table["points"] == flow.today].set_index("subject")["grade"] == "优秀"
    turns = holds.any() & ~holds.all()
    wanted = {name: ("▼" if now[name] else "▲") if turns[name] else "" for name in now.index}
    assert _signs(charts.rank_flow(flow)) == wanted
    assert set(wanted.values()) == {"", "▲", "▼"}


def test_what_a_line_means_is_never_said_by_its_colour_alone() -> None:
    graded = [GAINS, LOSES, PENDS, KEEPS, RESTS]
    assert len({(look.style, look.sign, look.width) for look in graded}) == len(graded)
    assert len({(look.style, look.sign) for look in (RISES, FALLS, MOVES)}) == 3


def test_the_slope_says_who_gains_who_loses_and_who_waits(office: Base) -> None:
    comparison = made_comparison(office, count=24)
    chart = charts.slope(comparison, STAGE, CATEGORY)
    ends = [text.get_text() for text in texts(chart)]
    rows = comparison.frame
    for word, chosen in (
        ("▲ 得优秀", rows["best_new"] & ~rows["best_was"]),
        ("▼ 失优秀", rows["best_was"] & ~rows["best_new"]),
    ):
        assert chosen.any()
        assert all(any(name in end and word in end for end in ends) for name in rows.loc[chosen, "subject"])
    waiting = charts.slope(made_comparison(office, count=24, pending=True), STAGE, CATEGORY)
    assert sum("◇" in text.get_text() and "待定" in text.get_text() for text in texts(waiting)) == 24 + 1
    assert "24 个转为待定" in waiting.title


def test_a_cell_of_the_heat_map_is_as_dark_as_its_rank_is_likely(office: Base) -> None:
    found = made_robustness(office, count=24)
    mesh = charts.acceptability(found, CATEGORY).axes[0].collections[0].get_array()
    matrix = found.matrix(CATEGORY).to_numpy()
    assert mesh.shape[0] == 24
    shown = matrix[:, (matrix > 0).any(axis=0)]
    assert (np.ma.getmaskarray(mesh) == (shown == 0)).all()
    assert (np.abs(mesh.filled(0) - shown) <= 1 / 16 + 1e-9).all()


def test_of_very_many_subjects_those_whose_grade_moves_are_shown_and_the_chart_says_so() -> None:
    chart = charts.rank_flow(made_flow(count=90))
    assert any("共 90 个，图中为" in text.get_text() for text in chart.texts)


# --- exact ranks along a weight ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def flow() -> Flow:
    return rank_flow(base("qinghai-2019"), STAGE, CATEGORY, PART)


def _reassessed(own: Base, points: float) -> dict[int, tuple[int, bool, bool]]:
    """Rank, best grade, pending by number, by a full reassessment."""
    grades = vary(own, Scenario(points={f"{STAGE}:{CATEGORY}:{PART}": points})).assessment.grades
    return {
        n: (row["rank"], row["grade"] == "优秀" and not row["pending"], row["pending"] != "")
        for n, row in grades.iterrows()
    }


def _in_table(flow: Flow, points: float) -> dict[int, tuple[int, bool, bool]]:
    own = flow.table[np.isclose(flow.table["points"], points)]
    return {
        row.number: (row.rank_, row.grade == "优秀", row.grade == "待定")
        for row in own.rename(columns={"rank": "rank_"}).itertuples()
    }


def test_ranks_along_a_weight_are_those_of_full_reassessments(flow: Flow) -> None:
    grade = flow.table.pivot(index="points", columns="number", values="grade")
    turns = grade.index[(grade != grade.shift()).any(axis=1)]
    for points in (0.0, 41.5, 80.0, 100.0, turns[len(turns) // 2], turns[-1]):
        there, full = _in_table(flow, points), _reassessed(base("qinghai-2019"), float(points))
        assert there == {number: full[number] for number in there}
        assert len(there) == 24


def test_where_a_grade_turns_both_hundredths_are_in_the_table(flow: Flow) -> None:
    grade = flow.table.pivot(index="points", columns="number", values="grade")
    turned = np.flatnonzero((grade.to_numpy()[1:] != grade.to_numpy()[:-1]).any(axis=1))
    assert len(turned) > 5
    assert np.diff(grade.index)[turned] == pytest.approx(0.01)


def test_the_first_turns_are_the_break_even_points(flow: Flow) -> None:
    best = flow.table.assign(best=flow.table["grade"] == "优秀").pivot(index="points", columns="number", values="best")
    found = break_evens(base("qinghai-2019"), [STAGE], [CATEGORY], [PART])
    above = best[best.index > flow.today]
    for one in found:
        turns = above.index[above[one.subject] != best.at[flow.today, one.subject]]
        assert (round(turns[0] * 100) if len(turns) else None) == (one.up.step if one.up else None)
    assert any(one.up for one in found)


def test_what_few_voters_said_is_not_drawn(tmp_path: Path) -> None:
    few = {"测评!C2": 1, "测评!D2": 2, "测评!E2": 0, "测评!F2": 0}
    found = rank_flow(base_of(make_case(tmp_path / "案例", few)), STAGE, "事业局", "民主测评")
    assert found.table.empty
    assert any("为保密" in text.get_text() for text in charts.rank_flow(found).texts)


def test_where_scores_are_no_straight_line_a_grid_is_reassessed(tmp_path: Path) -> None:
    rows = [row for row in SHEETS["测评"] if row[:2] != ["丙处", "领导小组测评"]]
    own = base_of(make_case(tmp_path / "案例", sheets={**SHEETS, "测评": rows}, missing="exclude"))
    found = rank_flow(own, STAGE, CATEGORY, PART, (79.0, 81.0))
    assert (found.way, found.table["points"].nunique()) == (SEARCHED, 41)
    full = _reassessed(own, 79.5)
    assert _in_table(found, 79.5) == {number: full[number] for number in _in_table(found, 79.5)}


def test_a_part_or_a_span_that_makes_no_sense_is_told(office: Base) -> None:
    with pytest.raises(ValueError, match="可选：目标任务"):
        rank_flow(office, STAGE, CATEGORY, "没有的部分")
    with pytest.raises(ValueError, match="应在 0 到 100 之间"):
        rank_flow(office, STAGE, CATEGORY, PART, (50.0, 120.0))


def test_beside_the_sliders_the_chart_shows_what_they_say(tmp_path: Path) -> None:
    sliders = panel.open_panel(make_case(tmp_path / "案例"), STAGE, "事业局", tmp_path / "方案")
    shown = panel.Beside(sliders)
    assert "<img" not in shown.shown.value
    sliders.sliders[PART].value = 40.0
    shown.draw()
    assert 'alt="事业局：现行与“方案一”对照' in shown.shown.value
    named = panel.Beside(sliders, str(sliders.write()))
    assert named.shown.value == shown.shown.value
    elsewhere = next(place for _, place in sliders.category.options if place != sliders.category.value)
    sliders.category.value = elsewhere
    assert "<img" not in shown.shown.value, "what stood there was of another category"


def test_a_part_that_has_no_points_is_told_in_the_chart(tmp_path: Path) -> None:
    trial = panel.open_trial(make_case(tmp_path / "案例"), STAGE, "事业局")
    assert any("可选：目标任务" in text.get_text() for text in panel.flow(trial, "没有的部分").texts)
    assert PART in panel.flow(trial).title


def test_charts_of_a_real_case_are_drawn_from_what_was_worked_out(flow: Flow) -> None:
    own = base("qinghai-2019")
    variant = vary(own, Scenario("方案一", {PART: 50.0}))
    comparison = compare(own.assessment, variant.assessment, "方案一", variant.notes)
    found = robustness(own.prepared, own.worth, own.case, STAGE, Plan(200, 1))
    for draw in (
        lambda: charts.rank_flow(flow),
        lambda: charts.slope(comparison, STAGE, CATEGORY),
        lambda: charts.acceptability(found, CATEGORY),
    ):
        chart = draw()
        assert chart.png() == draw().png()
        assert (overlapping(chart), cut_off(chart)) == ([], [])
