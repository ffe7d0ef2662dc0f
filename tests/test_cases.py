"""Worked cases: what the package finds agrees cell by cell with what was worked out apart from it."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from kaohe_tools.assess import assess
from kaohe_tools.outputs import tables
from kaohe_tools.scheme import built_in


def _expected(case: Path) -> list[dict[str, str]]:
    with open(f"{case}.expected.csv", encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _cases(shared: Path) -> list[Path]:
    folders = sorted(path for path in (shared / "cases").iterdir() if path.is_dir())
    return [folder for folder in folders if folder.name.rsplit("-", 1)[0] in built_in()]


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("scheme", built_in())
def test_a_shared_case_agrees_in_every_cell(scheme, number, shared):
    folders = [folder for folder in _cases(shared) if folder.name.startswith(scheme)]
    if number >= len(folders):
        pytest.skip(f"no case {number + 1} of {scheme} in ../shared/cases")
    assessment = assess(folders[number])
    sums = assessment.contributions.groupby("subject")["value"].sum()
    assert set(sums.index) == set(assessment.subjects.index)
    assert np.allclose(sums, assessment.scores["composite"], atol=1e-9, rtol=0)
    found = {(r["环节"], r["类别"], r["考核对象"]): r for r in tables(assessment)["结果"].to_dict("records")}
    expected = {(r["环节"], r["类别"], r["考核对象"]): r for r in _expected(folders[number])}
    assert found.keys() == expected.keys()
    for key, row in expected.items():
        for column, value in row.items():
            if value and not (column == "等次" and row["待定"]):
                assert str(found[key][column]) == value, (key, column)
        assert (found[key]["待定"] == "") == (row["待定"] == "")
