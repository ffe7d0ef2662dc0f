"""Weights drawn at random: every draw gives what a full reassessment under its weights gives, in all five schemes."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from offices import SHEETS, make_case

from kaohe_tools.assess import Prepared, Valued, assess_valued, prepare, put_values
from kaohe_tools.case import Case
from kaohe_tools.conditions import holds
from kaohe_tools.exact import hundredths
from kaohe_tools.ranking import allocate, competition_ranks
from kaohe_tools.whatif.robust import BOTH, INDICATORS, PARTS, SIMPLEX, SPREAD, Plan, orders, robustness, sampling
from kaohe_tools.whatif.robust.drivers import first_order
from kaohe_tools.whatif.robust.engine import NotVectorisedError, take_stage
from kaohe_tools.whatif.robust.loop import Loop, reassessed, weights_at
from kaohe_tools.whatif.robust.model import Table, table_of
from kaohe_tools.whatif.robust.plan import Draws
from kaohe_tools.whatif.robust.pools import levels
from kaohe_tools.whatif.robust.result import SLOW
from kaohe_tools.whatif.robust.sampling import Sampler

RAW = Path(__file__).resolve().parent.parent / "data" / "raw"
STAGES = [
    ("bureau-400", "科室局"),
    ("qinghai-2019", "单位"),
    ("qinghai-2023", "单位"),
    ("qinghai-2023", "处级干部"),
    ("zaozhuang", "市直部门"),
    ("zaozhuang", "区市"),
    ("zaozhuang", "工作人员"),
    ("zhashui-2022", "单位"),
    ("zhashui-2022", "科级干部"),
]
DRAWS = 10  # of each way


@cache
def _ready(name: str) -> tuple[Prepared, Valued]:
    prepared = prepare(RAW / name)
    return prepared, put_values(prepared, prepared.case)


def _table(prepared: Prepared, worth: Valued, case: Case, stage: str, plan: Plan) -> Table:
    return table_of(prepared, worth, take_stage(prepared, worth, case, stage), plan)


def _official(prepared: Prepared, worth: Valued, table: Table, raw: np.ndarray) -> pd.DataFrame:
    """A full reassessment under one draw: composite, rank, grade as it is called, pending, in the table's order."""
    found = assess_valued(*reassessed(prepared, worth, table, raw))
    subjects = table.taken.view.frame.index[table.subjects]
    grades = found.grades.loc[subjects, ["rank", "grade", "pending"]]
    return grades.assign(composite=hundredths(found.scores.loc[subjects, "composite"]))


def _fast(sampler: Sampler, raw: np.ndarray) -> list[pd.DataFrame]:
    """The same of every draw by the fast way."""
    table, found = sampler.table, sampler.outcomes(raw)
    view, subjects = table.taken.view, table.taken.view.frame.index[table.subjects]
    names: list[dict[str, str]] = [{} for _ in subjects]
    for when, called in table.taken.stage.grade_names:
        for column in np.flatnonzero(holds(when, view)[table.subjects]):
            names[column] |= called
    tables = []
    for rank, grade, pending, composite in zip(found.rank, found.grade, found.pending, found.composite, strict=True):
        words = [
            sampler.judge.proposals[question] if question else sampler.words[code] if code >= 0 else ""
            for code, question in zip(grade, pending, strict=True)
        ]
        called = [own.get(word, word) for own, word in zip(names, words, strict=True)]
        questions = [sampler.pendings[code] for code in pending]
        tables.append(
            pd.DataFrame({"rank": rank, "grade": called, "pending": questions, "composite": composite}, index=subjects)
        )
    return tables


def _agrees(prepared: Prepared, worth: Valued, table: Table, draws: int) -> list[pd.DataFrame]:
    """Hold draws against full reassessments; returns these."""
    raw = Draws(table.plan, len(table.keys)).take(draws)
    officials = [_official(prepared, worth, table, row) for row in raw]
    for official, fast in zip(officials, _fast(Sampler(table), raw), strict=True):
        found = fast[official.columns].set_axis(official.columns, axis=1)  # how pandas keeps texts is no matter
        pd.testing.assert_frame_equal(official, found, check_dtype=False, check_names=False)
    return officials


@pytest.mark.parametrize(("name", "stage"), STAGES)
@pytest.mark.parametrize("way", [SPREAD, SIMPLEX])
def test_every_draw_is_a_full_reassessment_under_its_weights(name, stage, way):
    prepared, worth = _ready(name)
    plan = Plan(way=way, spread=0.5, level=BOTH, seed=7)
    found = _agrees(prepared, worth, _table(prepared, worth, prepared.case, stage, plan), DRAWS)
    assert len({tuple(table["composite"]) for table in found}) > DRAWS // 2, "the draws are different ones"


@pytest.mark.parametrize(
    ("name", "stage", "changed"),
    [
        ("zhashui-2022", "单位", {"priority": "apply", "quota_rounding": "ceil", "quota_scope": "all"}),
        ("zhashui-2022", "科级干部", {"honour_floor": "80", "case_open": "待定", "team_poor": "investigate"}),
        ("qinghai-2023", "单位", {"quota_scope": "all", "integrity_for_excellent": "hard", "unfinished": "一般"}),
        ("bureau-400", "科室局", {"exempt": "rescale"}),
    ],
)
def test_other_readings_are_in_force_in_every_draw(name, stage, changed):
    prepared, worth = _ready(name)
    case = replace(prepared.case, readings={**prepared.case.readings, **changed})
    table = _table(prepared, worth, case, stage, Plan(way=SIMPLEX, level=PARTS, seed=3))
    _agrees(prepared, worth, table, 6)


def test_a_share_that_the_plan_has_not_set_leaves_everyone_pending():
    prepared, worth = _ready("qinghai-2023")
    case = replace(prepared.case, params={**prepared.case.params, "cadre_excellent_share": None})
    found = _agrees(prepared, worth, _table(prepared, worth, case, "处级干部", Plan()), 2)
    assert (found[0]["pending"] == "名额比例未规定").any()


def test_parts_left_out_are_shared_by_those_that_are_there(tmp_path):
    sheets = {**SHEETS, "测评": [row for row in SHEETS["测评"] if row[:2] != ["丁处", "领导小组测评"]]}
    prepared = prepare(make_case(tmp_path / "case", sheets=sheets, missing="exclude"))
    worth = put_values(prepared, prepared.case)
    for level in (PARTS, INDICATORS, BOTH):
        _agrees(prepared, worth, _table(prepared, worth, prepared.case, "单位", Plan(level=level, way=SIMPLEX)), 4)


def test_equals_tie_for_the_last_place_whatever_the_weights(tmp_path):
    twins = {"得分!D6": 27, "得分!D7": 28, "得分!D8": 36, "得分!D9": 27, "得分!D10": 28, "得分!D11": 36}
    same = {"测评!C4": 8, "测评!D4": 2, "测评!C6": 8, "测评!D6": 2, "测评!E6": 0}
    sheets = {name: rows for name, rows in SHEETS.items() if name != "台账"}
    same |= {f"测评!{column}7": SHEETS["测评"][4][at] for at, column in enumerate("CDEFG", start=2)}
    prepared = prepare(
        make_case(tmp_path / "case", {**twins, **same}, sheets, params="{places: {事业局: 1, 厅机关: 1}}")
    )
    worth = put_values(prepared, prepared.case)
    result = robustness(prepared, worth, prepared.case, "单位", Plan(draws=50, way=SIMPLEX))
    twins_rows = result.subjects[result.subjects["category"] == "厅机关"]
    assert twins_rows["tied"].tolist() == [1.0, 1.0]
    assert twins_rows["top"].tolist() == [0.0, 0.0]
    assert set(twins_rows["best"]) == set(twins_rows["worst"]) == {1}


# --- counting ---------------------------------------------------------------------------------------------------------


def _counts(table: Table) -> list[np.ndarray]:
    found = Sampler(table).counts()
    return [*found.ranks.values(), found.grades, found.pendings]


@pytest.mark.parametrize("way", [SPREAD, SIMPLEX])
def test_the_same_seed_gives_the_same_result_whatever_the_chunks(way, monkeypatch):
    prepared, worth = _ready("qinghai-2023")
    plan = Plan(draws=777, way=way, level=BOTH, seed=5)
    table = _table(prepared, worth, prepared.case, "单位", plan)
    whole = _counts(table)
    monkeypatch.setattr(sampling, "CHUNK", 17 * 101)
    for one, other in zip(whole, _counts(table), strict=True):
        np.testing.assert_array_equal(one, other)
    other_seed = replace(table, plan=replace(plan, seed=6))
    assert any((one != other).any() for one, other in zip(whole, _counts(other_seed), strict=True))


def test_counts_are_those_of_the_draws_one_by_one():
    prepared, worth = _ready("zhashui-2022")
    table = _table(prepared, worth, prepared.case, "科级干部", Plan(draws=300, way=SIMPLEX))
    sampler = Sampler(table)
    counts, found = sampler.counts(), sampler.outcomes(Draws(table.plan, len(table.keys)).take(300))
    for name, where in table.groups.items():
        ranks = found.rank[:, where]
        expected = [np.bincount(column - 1, minlength=ranks.shape[1]) for column in ranks.T]
        np.testing.assert_array_equal(counts.ranks[name], expected)
    for code, row in enumerate(counts.grades):
        np.testing.assert_array_equal(row, (found.grade == code).sum(axis=0))
    for code, row in enumerate(counts.pendings):
        np.testing.assert_array_equal(row, (found.pending == code).sum(axis=0))


def test_groups_are_counted_alike_whether_sorted_or_counted(monkeypatch):
    prepared, worth = _ready("qinghai-2023")
    table = _table(prepared, worth, prepared.case, "单位", Plan(draws=500))
    by_sorting = _counts(table)
    monkeypatch.setattr(orders, "LARGE", 1)
    monkeypatch.setattr(orders, "DENSE", 1e6)
    for one, other in zip(by_sorting, _counts(table), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", ["qinghai-2023", "zhashui-2022"])
def test_the_same_seed_gives_the_same_result_whatever_the_threads(name, monkeypatch):
    prepared, worth = _ready(name)
    monkeypatch.setattr(sampling, "CHUNK", 17 * 101)
    sampler = Sampler(_table(prepared, worth, prepared.case, "单位", Plan(draws=777, level=BOTH, way=SIMPLEX)))
    heard = []
    alone, together = sampler.counts(threads=1), sampler.counts(heard.append, threads=5)
    assert sum(heard) == 777 and len(heard) > 5
    for group in alone.ranks:
        np.testing.assert_array_equal(alone.ranks[group], together.ranks[group])
    np.testing.assert_array_equal(alone.grades, together.grades)
    np.testing.assert_array_equal(alone.pendings, together.pendings)


def test_what_goes_wrong_in_a_thread_is_raised(monkeypatch):
    prepared, worth = _ready("qinghai-2023")
    sampler = Sampler(_table(prepared, worth, prepared.case, "单位", Plan(draws=777)))
    monkeypatch.setattr(sampling, "CHUNK", 17 * 101)

    def fails(rows: int) -> None:
        raise RuntimeError(f"heard of {rows}")

    with pytest.raises(RuntimeError, match="heard of"):
        sampler.counts(fails, threads=3)


def test_a_stage_that_needs_the_loop_gives_the_same_and_says_so():
    prepared, worth = _ready("qinghai-2023")
    scheme = prepared.case.scheme
    stage = replace(scheme.stages["单位"], tie_break=("各方面评价",))
    case = replace(prepared.case, scheme=replace(scheme, stages={**scheme.stages, "单位": stage}))
    plan = Plan(draws=6, way=SIMPLEX)
    table = _table(prepared, worth, case, "单位", plan)
    with pytest.raises(NotVectorisedError, match="得分相同"):
        Sampler(table)
    result = robustness(prepared, worth, case, "单位", plan)
    assert result.method == SLOW
    assert any("得分相同时还要比较其他部分" in sentence for sentence in result.sentences)
    officials = [_official(prepared, worth, table, raw) for raw in Draws(plan, len(table.keys)).take(6)]
    best = pd.concat([each["grade"].eq("优秀") for each in officials], axis=1).mean(axis=1)
    pd.testing.assert_series_equal(result.subjects.set_index("subject")["top"], best.sort_index(), check_names=False)


def test_the_loop_counts_as_the_fast_way_does():
    prepared, worth = _ready("zaozhuang")
    table = _table(prepared, worth, prepared.case, "区市", Plan(draws=12, way=SIMPLEX))
    fast, slow = Sampler(table).counts(), Loop(prepared, worth, table).counts()
    for name in table.groups:
        np.testing.assert_array_equal(fast.ranks[name], slow.ranks[name])
    np.testing.assert_array_equal(fast.grades, slow.grades)


# --- arithmetic -------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(-2, 4), min_size=7, max_size=7), min_size=1, max_size=5), st.integers(0, 7))
def test_ranks_of_many_draws_are_competition_ranks(rows, noise):
    figures = np.array(rows, dtype=np.int32)
    expected = np.array([competition_ranks(row, np.zeros(7, dtype=int)) for row in figures])
    how_often = [np.bincount(expected[:, member] - 1, minlength=7) for member in range(7)]
    descending = -np.sort(-figures, axis=1)
    for most in (0, 10):  # sorted, and counted
        group = orders.Group(7, 3, len(figures), len(figures))
        own, numbers = figures << 3 | noise, group.numbers
        order = orders.Sorted.of(own, 3, numbers) if not most else None
        order = order or orders.Counted.of(own, 3, numbers, most)
        np.testing.assert_array_equal(order.ranks(), expected)
        for position in range(7):
            np.testing.assert_array_equal(order.placed(position) >> 3, descending[:, position])
        group.add(order)
        np.testing.assert_array_equal(group.ranks, how_often)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=8),
    st.integers(0, 9),
)
def test_places_of_many_draws_are_those_of_one(candidates, places):
    scores, may = (np.array(values) for values in zip(*candidates, strict=True))
    given_one = allocate(scores, may, places)
    found, tied = levels(scores.astype(np.int32)[None], may[None], np.array([places]))
    np.testing.assert_array_equal(found[0], given_one.given)
    np.testing.assert_array_equal(tied[0], given_one.tied)


def test_weights_drawn_keep_the_total_and_stay_within_the_spread():
    prepared, worth = _ready("qinghai-2023")
    table = _table(prepared, worth, prepared.case, "单位", Plan(spread=0.2))
    for raw in Draws(table.plan, len(table.keys)).take(50):
        points, scale = weights_at(table, raw)
        assert scale == {}
        for category, leaves in table.leaves.items():
            drawn = np.array([points[name][category] for name in leaves.names])
            assert drawn.sum() == pytest.approx(leaves.points.sum(), abs=1e-9)
            assert np.all(drawn / leaves.points < 1.2 / 0.8 + 1e-9)
            assert np.all(drawn / leaves.points > 0.8 / 1.2 - 1e-9)


def test_every_division_of_the_total_is_alike_likely_on_the_simplex():
    prepared, worth = _ready("zaozhuang")
    table = _table(prepared, worth, prepared.case, "工作人员", Plan(way=SIMPLEX))
    drawn = table.leaves["县级"].weights(Draws(table.plan, len(table.keys)).take(20_000))
    shares = np.sort(drawn[0]) / 100
    assert np.abs(shares - (np.arange(20_000) + 0.5) / 20_000).max() < 0.012, "of two parts, one is uniform (KS, 1%)"


def test_first_order_shares_of_the_ishigami_function():
    """Saltelli et al. 2008, Global Sensitivity Analysis: S = 0.3139, 0.4424, 0 for a = 7, b = 0.1."""
    shares = np.random.default_rng(1).random((200_000, 3))
    x = (2 * shares - 1) * np.pi
    y = np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    found = first_order(shares, np.column_stack([y, np.ones(len(y))]), bins=40)
    np.testing.assert_allclose(found[:, 0], [0.3139, 0.4424, 0.0], atol=0.006)
    assert np.isnan(found[:, 1]).all(), "of what never changes nothing can be said"
