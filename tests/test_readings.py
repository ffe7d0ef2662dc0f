"""What hangs on the readings: every trial equals an assessment of the case with that reading written in case.yaml."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import papermill
import pytest
import yaml
from offices import SHEETS, make_case

from kaohe_tools import readings
from kaohe_tools.assess import assess, assess_prepared, prepare
from kaohe_tools.outputs import tables
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.readings import ReadingsReport, compare_readings


@pytest.fixture(scope="module")
def trials(shared) -> tuple[Path, ReadingsReport]:
    folder = shared / "cases" / "qinghai-2023-2"
    return folder, compare_readings(folder)


def _with_readings(folder: Path, target: Path, **chosen: str) -> Path:
    """A copy of a case folder with these readings written in its case.yaml."""
    shutil.copytree(folder, target)
    data = yaml.safe_load((target / "case.yaml").read_text(encoding="utf-8"))
    data["readings"] = {**data.get("readings", {}), **chosen}
    (target / "case.yaml").write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return target


def _choices(row: dict[str, str]) -> dict[str, str]:
    codes = [choice.split("（")[0] for choice in row["选项"].split(" + ")]
    return dict(zip(row["读法"].split(" + "), codes, strict=True))


def _result(folder: Path) -> pd.DataFrame:
    return tables(assess(folder))["结果"].set_index(["环节", "考核对象"]).sort_index()


def test_a_trial_equals_a_fresh_assessment_with_the_reading_in_case_yaml(trials, tmp_path):
    folder, report = trials
    today = _result(folder)
    rows = report.summary.to_dict("records")
    pairs = [row for row in rows if " + " in row["读法"]]
    single = [row for row in rows if " + " not in row["读法"]]
    for place, row in enumerate([*single, *pairs[:: max(len(pairs) // 4, 1)]]):
        fresh = _result(_with_readings(folder, tmp_path / str(place), **_choices(row)))
        mine = report.changes[(report.changes["读法"] == row["读法"]) & (report.changes["选项"] == row["选项"])]
        told = mine.set_index(["环节", "考核对象"])
        columns = ["综合得分", "排名", "等次", "待定"]
        moved = fresh.index[(fresh[columns].astype(str) != today[columns].astype(str)).any(axis=1)]
        assert set(moved) <= set(told.index)
        for key in told.index:
            for column in columns:
                assert str(fresh.at[key, column]) == told.at[key, f"新{column}"], (row["读法"], key)
                assert str(today.at[key, column]) == told.at[key, f"原{column}"], (row["读法"], key)
        counts = {"综合得分": "得分变化", "排名": "排名变化"}
        for column, count in counts.items():
            assert int(row[count]) == int((fresh[column] != today[column]).sum()), (row["读法"], count)


def test_every_choice_is_tried_alone_and_with_every_choice_of_another_reading(trials):
    folder, report = trials
    case = prepare(folder).case
    single = {(n, c) for n, r in case.scheme.readings.items() for c in r.choices if c != case.readings[n]}
    pairs = {frozenset((one, two)) for one in single for two in single if one[0] != two[0]}
    tried = [frozenset(_choices(row).items()) for row in report.summary.to_dict("records")]
    assert len(tried) == len(set(tried))
    assert set(tried) == {frozenset([one]) for one in single} | pairs


def test_who_gains_and_who_loses_the_top_grade_is_named(trials):
    _, report = trials
    for row in report.summary.to_dict("records"):
        mine = report.changes[(report.changes["读法"] == row["读法"]) & (report.changes["选项"] == row["选项"])]
        names = mine["环节"] + "·" + mine["考核对象"]
        for sign, column in (("得优秀", "得到最好等次"), ("失优秀", "失去最好等次"), ("待定", "转为待定")):
            chosen = names[[sign in words.split("、") for words in mine["变化"]]]
            assert "、".join(chosen) == row[column]
        assert (row["影响"] == "没有影响") == mine.empty


def test_trials_change_nothing_of_what_was_prepared(trials):
    folder, _ = trials
    prepared = prepare(folder)
    before = tables(assess_prepared(prepared, prepared.case))
    again = tables(assess_prepared(prepared, prepared.case))
    fresh = tables(assess(folder))
    for name, table in fresh.items():
        pd.testing.assert_frame_equal(before[name], table)
        pd.testing.assert_frame_equal(again[name], table)


def test_points_written_in_the_ledger_do_not_hang_on_how_times_are_counted(tmp_path):
    changes = {"台账!D2": 2, "台账!E2": 1}
    report = compare_readings(make_case(tmp_path / "case", changes), pairs=False)
    assert set(report.summary["影响"]) == {"没有影响"}
    assert report.changes.empty


def test_a_common_reading_without_effect_is_tried_and_told(tmp_path):
    report = compare_readings(make_case(tmp_path / "case"), pairs=False)
    assert list(report.summary["读法"]) == [
        *("quota_rounding", "quota_rounding", "quota_scope", "adjust_cap", "per_time", "same_work", "same_work_scope")
    ]
    assert set(report.summary["影响"]) == {"没有影响"}
    assert report.as_text().count("→ 没有影响") == 7
    assert "两种读法" not in report.as_text()


def test_a_choice_that_brings_errors_is_told_and_the_others_are_still_tried(tmp_path, monkeypatch):
    real = readings.assess_valued

    def fails_for_once(prepared, worth, case):
        if case.readings["adjust_cap"] == "each":
            problems = Problems()
            problems.error(Place("数据.xlsx", "台账", "C2"), "加减分无法封顶", "请核对")
            raise InputError(problems)
        return real(prepared, worth, case)

    monkeypatch.setattr(readings, "assess_valued", fails_for_once)
    report = compare_readings(make_case(tmp_path / "case"))
    failed = report.summary[report.summary["读法"].str.contains("adjust_cap")]
    assert set(failed["影响"]) == {"不能考核：这样读有 1 个错误：错误 数据.xlsx[台账]!C2：加减分无法封顶；请核对"}
    assert set(report.summary[~report.summary["读法"].str.contains("adjust_cap")]["影响"]) == {"没有影响"}
    assert "不能考核" in report.as_text()


def test_a_case_with_errors_as_it_stands_is_refused_with_all_of_them(tmp_path):
    folder = make_case(tmp_path / "case", {"得分!D2": 99, "得分!D3": "约70"})
    with pytest.raises(InputError) as wrong:
        compare_readings(folder)
    assert {problem.place.cell for problem in wrong.value.problems.errors} == {"D2", "D3"}


def test_the_report_is_written_as_tables(trials, tmp_path):
    _, report = trials
    paths = report.write(tmp_path / "out")
    assert [path.name for path in paths] == ["读法影响.csv", "读法影响明细.csv"]
    for path, table in zip(paths, (report.summary, report.changes), strict=True):
        read = pd.read_csv(path, dtype=str, encoding="utf-8-sig", keep_default_na=False)
        pd.testing.assert_frame_equal(read, table.astype(str), check_dtype=False)


def test_the_order_of_the_rows_does_not_matter(tmp_path):
    turned = {name: [rows[0], *reversed(rows[1:])] for name, rows in SHEETS.items()}
    one = compare_readings(make_case(tmp_path / "one"), pairs=False)
    two = compare_readings(make_case(tmp_path / "two", sheets=turned), pairs=False)
    pd.testing.assert_frame_equal(one.summary, two.summary)
    pd.testing.assert_frame_equal(one.changes, two.changes)


def test_the_notebook_shows_both_tables_for_a_case(tmp_path):
    folder = make_case(tmp_path / "case", simulated="true")
    notebook = Path(__file__).parents[1] / "notebooks" / "readings.ipynb"
    done = papermill.execute_notebook(
        notebook, tmp_path / "done.ipynb", {"case_dir": str(folder)}, progress_bar=False, kernel_name="python3"
    )
    shown = "".join(str(output) for cell in done.cells for output in cell.get("outputs", []))
    assert "换一种读法，变化多少（演示数据）" in shown and "换一种读法，谁会变（演示数据）" in shown
    assert "没有影响" in shown
