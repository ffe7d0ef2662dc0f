"""The made-up cases that come with the project, one a scheme: whole, marked, and made again by their seed."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from kaohe_tools.assess import assess, prepare
from kaohe_tools.explore.raters import leniency, marks
from kaohe_tools.explore.study import study
from kaohe_tools.monitor import monitor_prepared
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


def _choices(folder: Path) -> dict[str, int | bool]:
    """The seed that the head of case.yaml names, with --raters and --reports where it names them."""
    head = (folder / "case.yaml").read_text(encoding="utf-8")
    raters = re.search(r"--raters (\d+)", head)
    seed = int(re.search(r"随机种子 (\d+)", head).group(1))
    return {"seed": seed, "raters": int(raters.group(1)) if raters else 0, "reports": "--reports" in head}


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
    assert titles == [title for title in titles if "演示数据" in title and f"种子 {_choices(folder)['seed']} " in title]
    assert len(titles) >= 2


def test_its_sheets_are_the_ones_that_the_simulator_makes_again(folder):
    made = {
        kind: [
            list(table.columns),
            *([None if v is None or v == "" or v != v else v for v in row] for row in table.itertuples(index=False)),
        ]
        for kind, table in simulate(folder, **_choices(folder)).items()
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


def test_one_case_has_single_raters_and_reports_during_the_year(tmp_path):
    """So that rater views and monitoring have something to show; the year's results are as without them."""
    folder = RAW / "zhashui-2022"
    assert _choices(folder) == {"seed": 10, "raters": 3, "reports": True}
    plain = simulate(folder, 10)
    assert "评分人" not in plain["scores"] and "reports" not in plain
    with_both = simulate(folder, 10, raters=3, reports=True)
    for kind in ("ballots", "ledger", "facts", "history"):
        assert with_both[kind].equals(plain[kind])
    keys = ["环节", "考核对象", "考核项目", "指标", "来源"]
    means = [
        table.fillna({"来源": "", "考核项目": ""}).groupby(keys)[["得分"]].mean()
        for table in (plain["scores"], with_both["scores"])
    ]
    assert np.allclose(*means, atol=1e-9, rtol=0, equal_nan=True)
    named = with_both["scores"].dropna(subset="评分人")
    counts = named.groupby(keys[:-1])["评分人"].nunique()
    assert set(counts) == {3} and set(named["得分"] * 2 % 1) == {0.0}


def test_its_raters_differ_in_leniency_and_its_reports_are_watched():
    prepared = prepare(RAW / "zhashui-2022")
    offices = study(assess(RAW / "zhashui-2022"), "单位", "县直部门")
    table = leniency(marks(prepared, offices))
    assert len(table) == 3
    assert table["firm"].iloc[[0, -1]].all() and table["deviation"].iloc[0] < 0 < table["deviation"].iloc[-1]
    look = monitor_prepared(prepared)
    assert look.asof == datetime.date(2022, 9, 30)
    assert {alert.level for alert in look.alerts} >= {"紧急", "落后", "缺报"}
    assert set(look.progress["time"]) == {"一季度", "二季度", "三季度"}
