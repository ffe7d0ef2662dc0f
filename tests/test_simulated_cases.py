"""The made-up cases that come with the project, one a scheme: whole, marked, and made again by their seed."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest

from kaohe_tools.assess import assess
from kaohe_tools.outputs import tables
from kaohe_tools.scheme import built_in, load_scheme
from kaohe_tools.simulate import EVERY_FILE, simulate

RAW = Path(__file__).resolve().parent.parent / "data" / "raw"
CASES = ("qinghai-2023", "zhashui-2022", "zaozhuang", "bureau-400")


@pytest.fixture(scope="module", params=CASES)
def folder(request) -> Path:
    return RAW / request.param


@pytest.fixture(scope="module")
def assessment(folder):
    return assess(folder)


def _seed(folder: Path) -> int:
    """The seed that the head of case.yaml names."""
    return int(re.search(r"随机种子 (\d+)", (folder / "case.yaml").read_text(encoding="utf-8")).group(1))


def _simulated_sheets(folder: Path) -> dict[str, list[list[object]]]:
    """The rows of every simulated sheet in the folder, by kind, title row first."""
    found = {kind: folder / name for kind, name in EVERY_FILE.items() if (folder / name).is_file()}
    return {
        kind: [list(row) for row in openpyxl.load_workbook(path).active.iter_rows(values_only=True)]
        for kind, path in found.items()
    }


def test_every_built_in_scheme_has_a_case():
    schemes = {path.name: load_scheme(path.name).id for path in RAW.iterdir() if path.name in built_in()}
    assert set(schemes) == set(built_in()) == {"qinghai-2019", *CASES}


def test_it_runs_without_errors_or_warnings(assessment):
    assert [str(p) for p in assessment.problems.sorted() if p.level != "提示"] == []


def test_it_is_marked_as_made_up_in_the_case_and_on_every_simulated_sheet(folder, assessment):
    assert assessment.case.simulated
    titles = [rows[0][0] for rows in _simulated_sheets(folder).values()]
    assert titles == [title for title in titles if "演示数据" in title and f"种子 {_seed(folder)} " in title]
    assert len(titles) >= 2


def test_its_sheets_are_the_ones_that_the_simulator_makes_again(folder):
    made = {
        kind: [
            list(table.columns),
            *([None if v is None or v == "" or v != v else v for v in row] for row in table.itertuples(index=False)),
        ]
        for kind, table in simulate(folder, _seed(folder)).items()
    }
    assert {kind: rows[2:] for kind, rows in _simulated_sheets(folder).items()} == made


def test_every_stage_and_category_of_its_scheme_has_subjects(assessment):
    scheme = assessment.case.scheme
    stages = scheme.stages.values()
    wanted = {
        (s.name, c) for s in stages for c in (scheme.stages[s.same_subjects] if s.same_subjects else s).categories
    }
    assert set(zip(assessment.subjects["stage"], assessment.subjects["category"], strict=True)) == wanted


def test_everyone_has_a_score_and_where_there_are_grades_a_grade_or_a_question(assessment):
    result = tables(assessment)["结果"]
    assert (result["综合得分"].astype(str) != "").all()
    graded = result["环节"].map(lambda name: bool(assessment.case.scheme.stages[name].grades))
    assert ((result["等次"] != "") | (result["待定"] != ""))[graded].all()


def test_the_scores_look_like_an_office_s(assessment):
    composite = assessment.scores["composite"].astype(float)
    totals = assessment.subjects["stage"].map(
        lambda name: max(assessment.case.scheme.stages[name].total.values(), default=100)
    )
    share = composite / totals.loc[composite.index]
    assert 0.7 < share.median() < 0.97
    assert share.std() > 0.01
