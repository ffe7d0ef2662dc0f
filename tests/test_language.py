"""The language of schemes at work: ledgers, places, weights and tie-breaks of small schemes, worked by hand as data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from offices import make_case
from test_rule_cases import worked

from kaohe_tools.assess import assess
from kaohe_tools.outputs import tables
from kaohe_tools.problems import InputError

HERE = Path(__file__).parent
LEDGERS, PLACES = (
    yaml.safe_load((HERE / name).read_text("utf-8")) for name in ("ledger_cases.yaml", "place_cases.yaml")
)
CODES = {
    "市级": {"sign": "plus", "points": 2, "level": 1, "commend": True},
    "省级": {"sign": "plus", "points": 4, "level": 2, "commend": True},
    "论文": {"sign": "plus", "points": 1.5, "per": "篇", "level": 3},
    "交流": {"sign": "plus", "points": 3},
    "自填加分": {"sign": "plus", "range": [1, 5]},
    "通报": {"sign": "minus", "points": 2, "per": "次"},
    "迟报": {"sign": "minus", "points": 0.5},
    "自填减分": {"sign": "minus"},
}


def _assess(folder, stage, sheets, **options):
    """Assess a case with a scheme of one stage."""
    scheme = {"id": "own", "title": "小办法", "source": {"document": "测试"}, "stages": {"单位": stage}}
    scheme |= options.pop("scheme", {})
    folder.mkdir(exist_ok=True)
    (folder / "own.yaml").write_text(json.dumps(scheme, ensure_ascii=False), encoding="utf-8")
    flow = {
        key: json.dumps(value, ensure_ascii=False) for key, value in options.items() if key in ("readings", "params")
    }
    return tables(
        assess(make_case(folder, sheets=sheets, scheme="own.yaml", year=2024, **{"params": None, **options, **flow}))
    )


@pytest.mark.parametrize("case", LEDGERS, ids=lambda case: case["name"])
def test_bonuses_and_penalties_are_as_worked_by_hand(case, tmp_path):
    codes = {name: {**code, "article": "9"} for name, code in CODES.items()}
    ledger = {"article": "9", "codes": codes} | ({"cap": case["cap"]} if "cap" in case else {})
    stage = {"categories": {"部门": {}}, "parts": {"工作": {"points": 100, "article": "1"}}, "ledger": ledger}
    entries = [[*entry, *[None] * (5 - len(entry))] for entry in case["entries"]]
    rows = [["甲", f"事项{i}", *entry[:4], "文件", entry[4]] for i, entry in enumerate(entries)]
    sheets = {
        "名册": [["考核对象", "类别"], ["甲", "部门"]],
        "得分": [["考核对象", "指标", "得分"], ["甲", "工作", 80]],
        "台账": [["考核对象", "事项", "标准", "次数", "分值", "日期", "依据", "同一工作"], *rows],
    }
    found = _assess(tmp_path, stage, sheets, readings=case.get("readings", {}), cutoff=case.get("cutoff"))
    row = found["结果"].iloc[0]
    assert float(row["加减分"]) == pytest.approx(worked(case["gives"]), abs=1e-9)
    assert float(row["综合得分"]) == pytest.approx(80 + worked(case["gives"]), abs=1e-9)


def _places_case(case):
    """Stage and sheets of a case of places."""
    units = [(name, "部门", score) for name, score in zip("甲乙丙丁戊己", case["departments"], strict=False)]
    units += [(name, "乡镇", score) for name, score in zip("子丑寅卯", case.get("towns", []), strict=False)]
    groups = case.get("groups", " " * len(units))
    scores = [(n, *(s if isinstance(s, list) else (s / 2, s / 2))) for n, _, s in units]
    stage = {
        "categories": {"部门": {}, "乡镇": {}} if "towns" in case else {"部门": {}},
        "parts": {name: {"points": 50, "article": "1"} for name in ("业务", "作风")},
        "facts": {name: {"type": "yes_no", "article": "2"} for name in ("禁", "先")},
        "grades": ["优秀", "其他"],
        "tie_break": case.get("tie_break", []),
        "grading": [
            {"ceiling": "其他", "when": {"fact": "禁"}, "article": "3"},
            {"places": "优秀", "article": "4", **case["step"]},
            {"baseline": "其他", "article": "5"},
        ],
    }
    sheets = {
        "名册": [
            ["考核对象", "类别", "分口"],
            *([n, c, g.strip()] for (n, c, _), g in zip(units, groups, strict=True)),
        ],
        "得分": [
            ["考核对象", "指标", "得分"],
            *([n, "业务", a] for n, a, _ in scores),
            *([n, "作风", b] for n, _, b in scores),
        ],
        "情形": [["考核对象", "情形", "值"], *([n, fact, "是"] for n, fact in case.get("facts", {}).items())],
    }
    return stage, sheets


@pytest.mark.parametrize("case", PLACES, ids=lambda case: case["name"])
def test_places_are_as_worked_by_hand(case, tmp_path):
    stage, sheets = _places_case(case)
    params = (
        {"params": {"seats": {"title": "名额", "article": "4", "default": 2}}} if "param" in str(case["step"]) else {}
    )
    options = {"readings": case.get("readings", {}), "params": case.get("params", {}), "scheme": params}
    found = _assess(tmp_path, stage, sheets, **options)
    result, quotas = found["结果"], found["名额"]
    assert set(result.loc[result["等次"] == "优秀", "考核对象"]) == set(case["excellent"])
    assert set(result.loc[result["待定"] == "并列待定", "考核对象"]) == set(case.get("open", ""))
    assert dict(zip(quotas["类别"], quotas["名额"], strict=True)) == case["quota"]


def test_weights_at_every_level_make_weighted_means(tmp_path):
    # 经济 3/4: 产值 2/3, 税收 1/3; 民生 1/4. 100 × (3/4×(2/3×0.9 + 1/3×0.6) + 1/4×0.8)
    parts = {
        "经济": {
            "weight": 3, "article": "1",
            "parts": {"产值": {"weight": 2, "article": "1"}, "税收": {"weight": 1, "article": "1"}},
        },
        "民生": {"weight": 1, "article": "1"},
    }  # fmt: skip
    stage = {"total": 100, "categories": {"县": {}}, "parts": {"发展": {"points": 100, "article": "1", "parts": parts}}}
    scores = [["甲县", "产值", 90, 100], ["甲县", "税收", 60, 100], ["甲县", "民生", 80, 100]]
    sheets = {
        "名册": [["考核对象", "类别"], ["甲县", "县"]],
        "得分": [["考核对象", "指标", "得分", "满分"], *scores],
    }
    found = _assess(tmp_path, stage, sheets)
    assert float(found["结果"].iloc[0]["综合得分"]) == worked("100 * (3/4 * (2/3*0.9 + 1/3*0.6) + 1/4 * 0.8)")


def test_figures_below_zero_are_compared_like_others(tmp_path):
    # 增长率 −2, 3, 8: (x + 2) / (8 + 2) × 100
    stage = {
        "categories": {"县": {}},
        "parts": {"增长率": {"points": 100, "article": "1", "rule": {"kind": "minmax", "article": "1"}}},
    }
    sheets = {
        "名册": [["考核对象", "类别"], ["甲县", "县"], ["乙县", "县"], ["丙县", "县"]],
        "得分": [["考核对象", "指标", "完成值"], ["甲县", "增长率", -2], ["乙县", "增长率", 3], ["丙县", "增长率", 8]],
    }
    result = _assess(tmp_path, stage, sheets)["结果"].set_index("考核对象")["综合得分"]
    assert (result["甲县"], result["乙县"], result["丙县"]) == ("0.00", "50.00", "100.00")


@pytest.mark.parametrize(
    "places, value, words",
    [("number", "很多", "不小于 0 的整数"), ("number", 2.5, "不小于 0 的整数"), ("share", 30, "0 到 1 之间的比例")],
)
def test_a_plan_that_gives_no_such_figure_is_told(places, value, words, tmp_path):
    stage, sheets = _places_case({"departments": [90, 85], "step": {places: {"param": "seats"}}})
    declared = {"params": {"seats": {"title": "名额", "article": "4"}}}
    with pytest.raises(InputError, match=words):
        _assess(tmp_path, stage, sheets, params={"seats": value}, scheme=declared)
