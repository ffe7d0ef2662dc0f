"""What no weight can bring about is known before the first draw: it holds in every draw, and changes no count."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from kaohe_tools.assess import prepare, put_values
from kaohe_tools.scheme import COMPOSITE
from kaohe_tools.whatif.robust import BOTH, SIMPLEX, SPREAD, Plan, pools
from kaohe_tools.whatif.robust.engine import take_stage
from kaohe_tools.whatif.robust.model import Builder, Table, table_of
from kaohe_tools.whatif.robust.plan import Draws
from kaohe_tools.whatif.robust.reach import Reach, least_average
from kaohe_tools.whatif.robust.sampling import Sampler

RAW = Path(__file__).resolve().parent.parent / "data" / "raw"


@cache
def _taken(name: str, stage: str) -> tuple:
    prepared = prepare(RAW / name)
    worth = put_values(prepared, prepared.case)
    return prepared, worth, take_stage(prepared, worth, prepared.case, stage)


def _table(name: str, stage: str, plan: Plan) -> Table:
    return table_of(*_taken(name, stage), plan)


def _counts(table: Table) -> list[np.ndarray]:
    found = Sampler(table).counts()
    return [*found.ranks.values(), found.grades, found.pendings]


@pytest.mark.parametrize(("name", "stage"), [("zhashui-2022", "单位"), ("qinghai-2023", "单位"), ("zaozhuang", "区市")])
def test_what_is_known_of_all_draws_beforehand_changes_no_count(name, stage, monkeypatch):
    """Bars that no weight comes near, those never last, candidates never near the line: the same without knowing."""
    table = _table(name, stage, Plan(draws=400, level=BOTH, spread=0.3, seed=2))
    knowing = _counts(table)
    width = len(table.subjects)
    monkeypatch.setattr(Reach, "between", lambda self, name: tuple(np.full((2, width), [[-np.inf], [np.inf]])))
    monkeypatch.setattr(Reach, "lowest", lambda self, name, members: members)
    monkeypatch.setattr(pools, "SOME", -1)
    for one, other in zip(knowing, _counts(table), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", ["zhashui-2022", "qinghai-2019"])
@pytest.mark.parametrize("way", [SPREAD, SIMPLEX])
def test_no_draw_goes_beyond_what_weights_can_reach(name, way):
    table = _table(name, "单位", Plan(way=way, level=BOTH, spread=0.9))
    builder = Builder(table)
    reach, names = Reach(builder), [COMPOSITE, *(part.name for part in table.taken.stage.parts)]
    raw = Draws(table.plan, len(table.keys)).take(2000)
    raw[:1000] = np.where(raw[:1000] > np.median(raw), raw.max(), raw.min())  # corners of what can be drawn
    found, _ = builder.scores(names, {}).figures(raw)
    for name, figures in found.items():
        published = figures >> table.bits
        low, high = reach.between(name)
        assert (published >= low).all() and (published <= high).all()
        everyone = np.arange(published.shape[1])
        last = (published == published.min(axis=1, keepdims=True)).any(axis=0)
        assert set(everyone[last]) <= set(reach.lowest(name, everyone))
    assert np.isfinite(np.concatenate(reach.between(COMPOSITE))).any()


def test_who_stands_far_from_the_last_is_known_never_to_be_last():
    table = _table("zhashui-2022", "单位", Plan(level=BOTH, spread=0.05))
    everyone = np.arange(len(table.subjects))
    lowest = Reach(Builder(table)).lowest(COMPOSITE, everyone)
    assert 0 < len(lowest) < len(everyone) / 2
    assert table.taken.view.frame[COMPOSITE].to_numpy()[table.subjects].argmin() in lowest


def test_the_least_average_is_that_of_the_best_corner():
    chance = np.random.default_rng(1)
    values, base = chance.normal(size=(6, 4)), chance.random(6)
    corners = np.array([[0.7 + 0.6 * (number >> bit & 1) for bit in range(6)] for number in range(64)]) * base
    expected = (corners @ values / corners.sum(axis=1, keepdims=True)).min(axis=0)
    np.testing.assert_allclose(least_average(values, base, 0.7, 1.3), expected)
