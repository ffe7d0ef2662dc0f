"""Results of earlier years out of the archive: the history sheet of a later year, and what follows from it."""

from __future__ import annotations

import shutil
from pathlib import Path

import archived
import pandas as pd
import pytest
from archived import assessed, copied, edit
from offices import SHEETS, make_case

from kaohe_tools import archive
from kaohe_tools.assess import assess
from kaohe_tools.outputs import tables
from kaohe_tools.problems import InputError, Problems

store, once, results = archived.store, archived.once, archived.results  # fixtures


def _messages(problems: Problems) -> str:
    return "\n".join(map(str, problems.sorted()))


def test_history_has_the_columns_of_the_history_sheet_and_only_earlier_years(results, store, tmp_path):
    for year in (2018, 2020):
        archive.archive_results(copied(results, tmp_path / str(year), year=year), store)
    archive.archive_results(results, store)
    rows = archive.history_rows(store, "局", 2020)
    assert list(rows) == archive.COLUMNS == ["环节", "考核对象", "年度", "等次", "综合得分"]
    assert sorted(set(rows["年度"])) == [2018, 2019]
    published = tables(assess(tmp_path / "raw" / "局"))["结果"].set_index("考核对象")
    for row in rows.to_dict("records"):
        assert [row["等次"], row["综合得分"]] == published.loc[row["考核对象"], ["等次", "综合得分"]].tolist()


def test_rows_that_wait_for_a_decision_are_left_out_and_told(results, store):
    scores = pd.read_csv(results / "结果.csv", dtype=str, keep_default_na=False)
    scores.loc[scores["考核对象"] == "甲局", ["等次", "待定"]] = ["", "并列待定"]
    scores.to_csv(results / "结果.csv", index=False, encoding="utf-8-sig")
    archived = archive.archive_results(results, store)
    assert "待定 1 个" in str(archived)
    problems = Problems()
    rows = archive.history_rows(store, "局", 2020, problems=problems)
    assert sorted(rows["考核对象"]) == ["丁处", "丙处", "乙局"]
    assert "1 个对象归档时待定，没有取用：“甲局”" in _messages(problems)


def test_simulated_results_are_used_only_if_asked_for_and_a_real_one_still_wins(results, store, tmp_path):
    demo = copied(results, tmp_path / "demo", simulated=True)
    archive.archive_results(demo, store)
    with pytest.raises(InputError, match="只有演示数据"):
        archive.history_rows(store, "局", 2020)
    problems = Problems()
    assert len(archive.history_rows(store, "局", 2020, simulated=True, problems=problems)) == 4
    assert "（演示数据）" in _messages(problems)
    edit(results, "结果.csv", "丁处", "戊处")
    archive.archive_results(results, store)
    assert "丁处" not in set(archive.history_rows(store, "局", 2020)["考核对象"])
    problems = Problems()
    both = archive.history_rows(store, "局", 2020, simulated=True, problems=problems)
    assert sorted(both["考核对象"]) == ["丁处", "丙处", "乙局", "戊处", "甲局"]
    assert "只取正式结果" in _messages(problems)


def test_two_cases_with_the_same_subject_and_year_are_never_chosen_between(results, store, tmp_path):
    archive.archive_results(results, store)
    archive.archive_results(copied(results, tmp_path / "other", case="另一个局"), store)
    with pytest.raises(InputError, match=r"(?s)几个案例（另一个局、局）.*写明取哪个案例"):
        archive.history_rows(store, "qinghai-2019", 2020)
    assert len(archive.history_rows(store, "另一个局", 2020)) == 4


@pytest.mark.parametrize(
    ("source", "before", "told"),
    [("局里", 2020, "是不是“局”"), ("局", 2019, "已归档的年度：2019"), ([], 2020, "没有案例")],
)
def test_history_that_is_not_there_is_told_with_what_is(source, before, told, results, store):
    archive.archive_results(results, store)
    with pytest.raises(InputError, match=told):
        archive.history_rows(store, source, before)


def test_an_exported_history_put_into_next_years_case_is_read_without_a_problem(results, store, tmp_path):
    archive.archive_results(results, store)
    case = make_case(tmp_path / "raw" / "局2020", year=2020)
    plain = assess(case)
    archive.export_history(store, "局", 2020, case / "历年.csv")
    assert (case / "历年.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with_history = assess(case)
    read = [p.message for p in with_history.problems if p.place.file == "历年.csv"]
    assert read == ["按“历年等次”读取 4 行"]
    assert len(with_history.problems) == len(plain.problems) + 1
    first = (case / "历年.csv").read_bytes()
    archive.export_history(store, "局", 2020, case / "历年.csv")
    assert (case / "历年.csv").read_bytes() == first
    assert sorted(path.name for path in case.iterdir()) == ["case.yaml", "历年.csv", "数据.xlsx"]


def test_a_case_gets_the_history_of_its_scheme_for_those_on_its_roster(results, store, tmp_path):
    archive.archive_results(results, store)
    sheets = {name: [list(row) for row in rows] for name, rows in SHEETS.items()}
    case = make_case(tmp_path / "raw" / "局2020", year=2020, sheets=sheets, changes={"名册!A2": "甲新局"})
    problems = Problems()
    rows = archive.history_for(store, case, problems=problems)
    assert sorted(rows["考核对象"]) == ["丁处", "丙处", "乙局"]
    assert "1 个对象今年名册里没有，没有取用：“甲局”" in _messages(problems)
    assert "2019 年取自“局”，共 4 行" in _messages(problems)


def test_subjects_of_one_name_keep_their_numbers_and_are_told_apart_by_them(store, tmp_path):
    sheets = {name: [list(row) for row in rows] for name, rows in SHEETS.items()}
    for name, rows in sheets.items():
        if name != "指标":
            codes, width = {"甲局": "001", "乙局": "002"}, len(rows[0])
            for row in rows:
                row.extend([None] * (width - len(row)))
                row.append("编号" if row is rows[0] else codes.get(row[0]))
                row[0] = "同名局" if row[0] in codes else row[0]
    case = make_case(tmp_path / "raw" / "局", sheets=sheets)
    archive.archive_results(assessed(case, tmp_path / "results"), store)
    published = tables(assess(case))["结果"].set_index("编号")
    next_year = make_case(tmp_path / "raw" / "局2020", sheets=sheets, year=2020)
    rows = archive.history_for(store, next_year)
    twins = rows[rows["考核对象"] == "同名局"].set_index("编号")
    assert sorted(twins.index) == ["001", "002"]
    for code in twins.index:
        assert twins.at[code, "综合得分"] == published.at[code, "综合得分"]
    archive.write_history(rows, next_year / "历年.csv")
    assert assess(next_year).problems.errors == []


# --- consequences of several years ------------------------------------------------------------------------------------


def _zhashui(shared: Path, tmp_path: Path, year: int) -> Path:
    """The same case of another year, under the year's name."""
    original = shared / "cases" / "zhashui-2022-1"
    if not original.is_dir():
        pytest.skip("缺少 ../shared/cases/zhashui-2022-1，本测试跳过")
    folder = tmp_path / "raw" / f"柞水{year}"
    shutil.copytree(original, folder)
    text = (folder / "case.yaml").read_text(encoding="utf-8")
    assert "year: 2023" in text
    (folder / "case.yaml").write_text(text.replace("year: 2023", f"year: {year}"), encoding="utf-8")
    return folder


def _adjusted(case: Path) -> set[str]:
    """The units for which the third consecutive year (or second) has a consequence."""
    uses = tables(assess(case))["运用"]
    return set(uses.loc[(uses["环节"] == "单位") & (uses["事项"] == "组织调整"), "考核对象"])


def test_a_consequence_of_consecutive_years_comes_from_the_archive_alone(shared, store, tmp_path):
    for year in (2021, 2022):
        archive.archive_results(assessed(_zhashui(shared, tmp_path, year), tmp_path / str(year)), store)
    case = _zhashui(shared, tmp_path, 2023)
    units = tables(assess(case))["结果"].query("环节 == '单位' and 待定 == ''").set_index("考核对象")["等次"]
    average, poor = set(units.index[units == "一般"]), set(units.index[units == "较差"])
    assert average
    assert poor
    assert _adjusted(case) == set()

    rows = archive.history_for(store, case)
    archive.write_history(rows[rows["年度"] == 2022], case / "历年.csv")
    assert _adjusted(case) == poor, "较差 two years running; 一般 needs a third"

    archive.write_history(rows, case / "历年.csv")
    assert _adjusted(case) == average | poor
