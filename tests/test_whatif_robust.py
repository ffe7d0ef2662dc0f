"""`kaohe whatif --robust` as a newcomer meets it: its tables agree with draws that are assessed in full, one by one."""

from __future__ import annotations

import pandas as pd
import pytest
from offices import SHEETS, make_case
from whatif_cases import RAW, base

from kaohe_tools.assess import assess_valued
from kaohe_tools.cli import main
from kaohe_tools.whatif.compare import holds_best
from kaohe_tools.whatif.robust import BOTH, SIMPLEX, Plan, robustness
from kaohe_tools.whatif.robust.engine import take_stage
from kaohe_tools.whatif.robust.loop import reassessed
from kaohe_tools.whatif.robust.model import table_of
from kaohe_tools.whatif.robust.plan import Draws
from kaohe_tools.whatif.robust.telling import robust_tables
from kaohe_tools.whatif.variant import base_of

FILES = {"稳健性.csv", "名次概率.csv", "权重影响.csv"}


@pytest.fixture
def office(tmp_path):
    """甲局 leads by its votes and 乙局 by its marks: who is first hangs on the weights."""
    return make_case(tmp_path / "case", {"测评!C2": 20, "测评!D2": 0, "测评!E2": 0, "测评!F2": 0})


def _read(path) -> pd.DataFrame:
    return pd.read_csv(path, encoding="utf-8-sig", dtype=str, keep_default_na=False)


def _asked(case, out, *words: str) -> dict[str, pd.DataFrame]:
    assert main(["whatif", str(case), "--robust", *words, "--out", str(out)]) == 0
    return {path.stem: _read(path) for path in out.iterdir()}


def test_tables_are_those_of_every_stage_that_has_weights(tmp_path, capsys):
    plan = Plan(draws=300, seed=4, spread=0.4)
    found = _asked(RAW / "zhashui-2022", tmp_path / "out", "40%", "--draws", "300", "--seed", "4")
    own = base("zhashui-2022")
    results = [robustness(own.prepared, own.worth, own.case, stage, plan) for stage in ("单位", "科级干部")]
    expected = robust_tables(results, own.assessment.subjects["code"])
    assert set(found) == set(expected) == {"稳健性", "名次概率", "权重影响"}
    for name, table in expected.items():
        pd.testing.assert_frame_equal(found[name], table, check_dtype=False)
    told = capsys.readouterr().out.replace("\n    ", "").replace("\n  ", "")
    assert "各自在上下 40% 之内浮动" in told and "抽样 300 次，种子 4" in told
    assert "稳健性：环节“领导班子”的综合得分取自“单位”，没有自己的分值可抽" in told
    assert set(found["稳健性"]["数据"]) == {"演示数据"}
    rows = found["稳健性"].set_index(["环节", "考核对象"])
    for one in results:
        for row in one.subjects.itertuples():
            cells = rows.loc[(one.stage, row.name)]
            assert (cells["名次5%"], cells["名次95%"]) == (str(row.low), str(row.high))
            assert float(cells["最好等次概率"]) == pytest.approx(row.top, abs=5e-5)
            assert cells["判断"] == row.verdict


@pytest.mark.parametrize(
    ("words", "plan"),
    [
        (["35%", "--draws", "40"], Plan(draws=40, spread=0.35)),
        (["--simplex", "--level", "两者", "--draws", "40", "--seed", "9"], Plan(40, 9, SIMPLEX, level=BOTH)),
    ],
)
def test_probabilities_are_counts_of_full_reassessments(office, tmp_path, words, plan):
    """A plain loop over the same draws: each assessed by the engine, ranks and best grades counted."""
    own = base_of(office)
    table = table_of(own.prepared, own.worth, take_stage(own.prepared, own.worth, own.case, "单位"), plan)
    found = [
        assess_valued(*reassessed(own.prepared, own.worth, table, raw))
        for raw in Draws(plan, len(table.keys)).take(plan.draws)
    ]
    names = own.assessment.subjects["subject"]
    ranks = pd.DataFrame([one.grades["rank"].set_axis(names) for one in found])
    best = pd.DataFrame([holds_best(one).set_axis(names) for one in found]).mean()
    assert ranks["甲局"].nunique() == 2, "the draws differ in who is first"
    tables = _asked(office, tmp_path / "out", *words)
    chances = tables["名次概率"].set_index("考核对象")
    whole = tables["稳健性"].set_index("考核对象")
    for name in names:
        for rank in (1, 2):
            assert float(chances.loc[name, f"第{rank}名"]) == pytest.approx((ranks[name] == rank).mean(), abs=5e-5)
        assert float(whole.loc[name, "最好等次概率"]) == pytest.approx(best[name], abs=5e-5)
        assert whole.loc[name, ["最好名次", "最差名次"]].tolist() == [str(ranks[name].min()), str(ranks[name].max())]


def test_the_weight_that_a_result_hangs_on_is_named_for_each_subject(tmp_path):
    found = _asked(RAW / "qinghai-2023", tmp_path / "out")["稳健性"].set_index(["环节", "考核对象"])
    own = base("qinghai-2023")
    drivers = robustness(own.prepared, own.worth, own.case, "单位", Plan()).drivers
    number = own.assessment.subjects.index[own.assessment.subjects["subject"] == "综合处"][0]
    rows = drivers[drivers["subject"] == number]
    for column, what in (("on_rank", "名次最看"), ("on_top", "等次最看")):
        first = rows.loc[rows[column].astype(float).idxmax()]
        cells = found.loc[("单位", "综合处")]
        assert cells[what] == first["name"]
        assert float(cells[f"{what}·占比"]) == pytest.approx(first[column], abs=5e-5)
    still = found[found["名次不变"] == "1"]
    assert len(still) and set(still["名次最看"]) == {""}, "a rank that never moves hangs on no weight"


def test_the_same_seed_gives_the_same_bytes_another_seed_others(office, tmp_path):
    seeds = {"a": "3", "b": "3", "c": "4"}
    for name, seed in seeds.items():
        _asked(office, tmp_path / name, "90%", "--draws", "150", "--seed", seed)
    first, again, other = ({path.name: path.read_bytes() for path in (tmp_path / n).iterdir()} for n in seeds)
    assert set(first) == FILES
    assert first == again
    assert first["名次概率.csv"] != other["名次概率.csv"]


def test_together_with_a_scenario_both_are_written(office, tmp_path, capsys):
    assert "数据" not in _asked(office, tmp_path / "out", "--set", "目标任务=70")["稳健性"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *FILES, *("方案.yaml", "方案变动.csv", "方案对比.csv"),
    }  # fmt: skip
    told = capsys.readouterr().out
    assert "方案“目标任务=70”" in told and "稳健性：测试用小案例" in told


def test_without_a_folder_it_says_where_each_subject_is_to_be_had(office, capsys):
    assert main(["whatif", str(office), "--robust", "--draws", "20"]) == 0
    assert "每个对象的名次区间、概率见 稳健性.csv（用 --out 写出）" in capsys.readouterr().out


def test_where_few_voted_nothing_is_told_of_single_weights(tmp_path, capsys):
    sheets = {**SHEETS, "测评": [[*row[:2], 2, 1, 0, 0] if row[1] == "领导小组测评" else row for row in SHEETS["测评"]]}
    case = make_case(tmp_path / "case", sheets=sheets, min_voters=5)
    found = _asked(case, tmp_path / "out", "50%", "--draws", "300")
    assert "单位·厅机关的“领导小组测评”有效票不足 5 张" in capsys.readouterr().out.replace("\n    ", "")
    assert found["权重影响"].empty
    assert set(found["稳健性"]["名次最看"]) == {""}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--robust", "120%"], "“120%”不是浮动幅度，请写成 20% 或 0.2，不超过 100%"),
        (["--robust", "0"], "“0”不是浮动幅度"),
        (["--robust", "两成"], "“两成”不是浮动幅度"),
        (["--robust", "--draws", "0"], "参数 --draws：“0”不是不小于 1 的整数"),
        (["--robust", "--level", "单位"], "没有“单位”，可选：'部分', '指标', '两者'"),
        (["--robust", "20%", "--simplex"], "--simplex 不限幅度，--robust 后面不要再写幅度"),
        (["--draws", "50", "--seed", "2"], "--draws、--seed 要和 --robust 一起用"),
    ],
)
def test_wrong_words_are_a_wrong_use_of_the_command(office, capsys, words, told):
    try:
        status = main(["whatif", str(office), *words])
    except SystemExit as stopped:
        status = stopped.code
    assert status == 2
    assert told in capsys.readouterr().err
