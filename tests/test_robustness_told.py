"""What is told of weights drawn at random: tables that hold together, sentences that say what they mean."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from offices import make_case

from kaohe_tools.assess import Prepared, Valued, assess_valued, prepare, put_values
from kaohe_tools.grading import TIED
from kaohe_tools.whatif.robust import BOTH, INDICATORS, Plan, robustness
from kaohe_tools.whatif.robust.result import percent

RAW = Path(__file__).resolve().parent.parent / "data" / "raw"


@cache
def _ready(name: str) -> tuple[Prepared, Valued]:
    prepared = prepare(RAW / name)
    return prepared, put_values(prepared, prepared.case)


def test_the_tables_hold_together():
    prepared, worth = _ready("qinghai-2023")
    before = prepared.bound.items.copy(), worth.valued.copy()
    result = robustness(prepared, worth, prepared.case, "单位", Plan(draws=2000, level=BOTH))
    pd.testing.assert_frame_equal(before[0], prepared.bound.items)
    pd.testing.assert_frame_equal(before[1], worth.valued)
    assert np.allclose(result.ranks.groupby("subject")["probability"].sum(), 1.0)
    assert np.allclose(result.subjects[["top", "tied", "held"]].sum(axis=1).le(1 + 1e-9), True)
    rows = result.subjects
    assert (rows["best"] <= rows["low"]).all() and (rows["low"] <= rows["high"]).all()
    assert (rows["high"] <= rows["worst"]).all() and (rows["worst"] <= rows["count"]).all()
    matrix = result.matrix("厅机关")
    assert matrix.shape == (24, 24) and np.allclose(matrix.sum(axis=1), 1.0)
    assert result.drivers["on_rank"].dropna().between(0, 1).all()
    official = assess_valued(prepared, worth, prepared.case).grades
    assert (official.loc[rows["subject"], "rank"].to_numpy() == rows["rank"].to_numpy()).all()
    assert list(result.shown()["优秀概率"]) == [percent(share) for share in rows["top"]]


def test_sentences_say_what_the_figures_mean():
    prepared, worth = _ready("qinghai-2023")
    few = robustness(prepared, worth, prepared.case, "单位", Plan(draws=50))
    assert few.sentences[0].startswith("（演示数据）")
    assert any("抽样只有 50 次" in sentence for sentence in few.sentences)
    assert any("看不出哪个权重" in sentence for sentence in few.sentences) and few.drivers.empty
    many = robustness(prepared, worth, prepared.case, "单位", Plan(draws=1000))
    firm = int((many.subjects["grade"].eq("优秀") & many.subjects["top"].ge(0.95)).sum())
    assert any(f"{firm} 个在 95% 以上的抽样里仍是优秀" in sentence for sentence in many.sentences)
    assert any("单独最能解释的是" in sentence for sentence in many.sentences)


def test_a_group_too_small_to_rank_is_told(tmp_path):
    prepared = prepare(make_case(tmp_path / "case"))
    worth = put_values(prepared, prepared.case)
    result = robustness(prepared, worth, prepared.case, "单位", Plan(draws=10))
    assert any("不足 3 个对象，名次稳不稳没有意义" in sentence for sentence in result.sentences)
    assert result.subjects["pending"].ne(TIED).all()


@pytest.mark.parametrize(
    ("name", "stage", "plan", "told"),
    [
        ("zhashui-2022", "领导班子", Plan(), "没有自己的分值可抽"),
        ("qinghai-2023", "处级干部", Plan(level=INDICATORS), "没有权重可抽"),
        ("qinghai-2023", "科室", Plan(), "没有环节“科室”"),
    ],
)
def test_a_stage_without_weights_is_refused(name, stage, plan, told):
    prepared, worth = _ready(name)
    with pytest.raises(ValueError, match=told):
        robustness(prepared, worth, prepared.case, stage, plan)


@pytest.mark.parametrize("wrong", [{"draws": 0}, {"spread": 0}, {"spread": 1.5}, {"way": "x"}, {"level": "x"}])
def test_a_plan_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match=r"不对|至少"):
        Plan(**wrong)
