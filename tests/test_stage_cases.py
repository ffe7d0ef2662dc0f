"""Every stage of every built-in scheme worked by hand: the cases are data, their arithmetic stands in the files."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import yaml
from arithmetic import worked
from offices import YAML, make_case

from kaohe_tools.assess import assess
from kaohe_tools.exact import publish, show
from kaohe_tools.outputs import tables
from kaohe_tools.scheme import built_in, load_scheme

FILES = sorted((Path(__file__).parent / "stage_cases").glob("*.yaml"))
WORDS = ("排名", "等次", "待定", "表彰", "评先")


@cache
def _read(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


STAGES = [pytest.param(path, stage, id=f"{path.stem}: {stage}") for path in FILES for stage in _read(path)["expected"]]
CASES = [pytest.param(path, id=path.stem) for path in FILES]


@pytest.fixture(scope="module")
def assessed(tmp_path_factory):
    """Each case assessed once: its file to its assessment."""

    @cache
    def of(path):
        case = _read(path)
        keys = {**dict.fromkeys(YAML), "scheme": case["scheme"], "title": f"{path.stem}手算", **case["case"]}
        return assess(make_case(tmp_path_factory.mktemp("case") / "case", sheets=case["sheets"], **keys))

    return of


def _as_printed(column, value):
    """A figure is worked out, rounded and printed with two decimals; an empty one and a word stay as they are."""
    return str(value) if column in WORDS or value == "" else show(float(publish(worked(str(value)))))


def _rows(assessment, stage, table):
    return [row for row in tables(assessment)[table].to_dict("records") if row["环节"] == stage]


@pytest.mark.parametrize("path, stage", STAGES)
def test_every_cell_of_the_result_is_what_was_worked_by_hand(path, stage, assessed):
    expected = _read(path)["expected"][stage]
    found = {row["考核对象"]: row for row in _rows(assessed(path), stage, "结果")}
    assert found.keys() == expected.keys()
    cells = [(subject, column) for subject, row in expected.items() for column in row if column != "运用"]
    hand = {cell: _as_printed(cell[1], expected[cell[0]][cell[1]]) for cell in cells}
    assert {cell: str(found[cell[0]][cell[1]]) for cell in cells} == hand


@pytest.mark.parametrize("path, stage", STAGES)
def test_every_consequence_is_what_was_worked_by_hand(path, stage, assessed):
    expected = _read(path)["expected"][stage]
    found = {subject: set() for subject in expected}
    for row in _rows(assessed(path), stage, "运用"):
        found[row["考核对象"]].add(row["事项"])
    assert found == {subject: set(row["运用"]) for subject, row in expected.items()}


@pytest.mark.parametrize("path", CASES)
def test_a_composite_is_the_sum_of_its_contributions(path, assessed):
    assessment = assessed(path)
    sums = assessment.contributions.groupby("subject")["value"].sum()
    assert set(sums.index) == set(assessment.subjects.index)
    for subject, value in assessment.scores["composite"].items():
        assert abs(sums[subject] - value) <= 1e-9, assessment.subjects.at[subject, "subject"]


@pytest.mark.parametrize("path, stage", STAGES)
def test_a_worked_stage_says_every_column_that_the_stage_fills(path, stage):
    case = _read(path)
    ruled = load_scheme(case["scheme"]).stages[stage]
    columns = {part.name for part in ruled.parts} | set(ruled.mark_names)
    columns |= {"加减分", "综合得分", "排名", "等次", "待定", "运用"}
    for subject, row in case["expected"][stage].items():
        assert row.keys() == columns, subject


def test_every_stage_of_every_built_in_scheme_is_worked():
    worked_stages = {(case["scheme"], stage) for case in map(_read, FILES) for stage in case["expected"]}
    assert worked_stages == {(name, stage) for name in built_in() for stage in load_scheme(name).stages}
