"""Scoring rules worked by hand: the cases are data (rule_cases.yaml), their arithmetic stands in the file."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import yaml
from arithmetic import worked

from kaohe_tools.rules import Row, Setting, UnscorableError, value_of
from kaohe_tools.scheme import SCHEMES, load_scheme

CASES = yaml.safe_load((Path(__file__).parent / "rule_cases.yaml").read_text(encoding="utf-8"))
EACH = [pytest.param(kind, case, id=f"{kind}: {case['name']}") for kind, cases in CASES.items() for case in cases]

SCHEME = """
id: one-rule
title: 一条规则
source: {document: 测试}
readings:
  floor_inclusive: {question: 恰好时计不计, article: "1", choices: {true: 计, false: 不计}, default: true}
stages:
  单位:
    categories: {单位: {}}
    parts:
      工作: {points: 1, rule: %s, article: "1"}
"""


def _rule(kind, options, folder):
    """The rule as a scheme file gives it, so that its options are those of the language."""
    written = json.dumps({"kind": kind, **options, "article": "1"}, ensure_ascii=False)
    (folder / "own.yaml").write_text(SCHEME % written, encoding="utf-8")
    return load_scheme("own.yaml", folder).stages["单位"].part_named("工作").rule


def _try(kind, case, folder):
    rows = [Row(**row) for row in case["rows"]]
    peers = [*case.get("others", []), *(row.done for row in rows if not math.isnan(row.done))]
    setting = Setting(case.get("readings", {}), peers)
    return value_of(_rule(kind, case.get("options", {}), folder), case["points"], rows, setting)


@pytest.mark.parametrize("kind, case", [param for param in EACH if "gives" in param.values[1]])
def test_a_rule_gives_what_was_worked_by_hand(kind, case, tmp_path):
    score, how = _try(kind, case, tmp_path)
    assert score == pytest.approx(worked(case["gives"]), abs=1e-9)
    assert how


@pytest.mark.parametrize("kind, case", [param for param in EACH if "fails" in param.values[1]])
def test_what_cannot_be_scored_says_why(kind, case, tmp_path):
    with pytest.raises(UnscorableError, match=case["fails"]):
        _try(kind, case, tmp_path)


def test_the_order_of_the_rows_and_of_the_others_is_nothing(tmp_path):
    for kind, cases in CASES.items():
        for case in (case for case in cases if "gives" in case):
            turned = {**case, "rows": case["rows"][::-1], "others": case.get("others", [])[::-1]}
            assert _try(kind, turned, tmp_path) == _try(kind, case, tmp_path), case["name"]


def test_every_kind_of_the_language_has_cases():
    schema = json.loads((SCHEMES / "scheme.schema.json").read_text(encoding="utf-8"))
    kinds = schema["$defs"]["rule"]["properties"]["kind"]["enum"]
    assert set(kinds) == set(CASES)
    assert all(len([case for case in CASES[kind] if "gives" in case]) >= 2 for kind in kinds)


def test_every_option_of_the_language_has_a_case():
    schema = json.loads((SCHEMES / "scheme.schema.json").read_text(encoding="utf-8"))
    options = set(schema["$defs"]["rule"]["properties"]) - {"kind", "article"}
    assert options == {option for cases in CASES.values() for case in cases for option in case.get("options", {})}
