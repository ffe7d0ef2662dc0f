"""等次表.xlsx holds formulas that Excel, WPS and LibreOffice know, each stored with what was published."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from good_offices import good
from recalculating import HEADER, column_of, rows_of, values_of
from whatif_cases import base

from kaohe_tools.basis import BASIS, Basis, load, of_folder
from kaohe_tools.outputs import write as write_results
from kaohe_tools.results import Results, read_results
from kaohe_tools.workbook import write_workbook

KNOWN = {  # in Excel 2010 and later, WPS and LibreOffice alike
    *("SUM", "SUMIFS", "COUNT", "COUNTIFS", "SUMPRODUCT", "MAX", "MIN", "INT", "ROUND", "ROUNDUP", "N"),
    *("IF", "AND", "OR", "NOT", "ISNUMBER", "CHOOSE"),
}
LONGEST_FORMULA, LONGEST_TEXT, DEEPEST = 8192, 255, 64  # Excel's limits
CASES = ("qinghai-2019", "zhashui-2022")
WORDS = ("考核对象", "等次", "待定", "分口", "所属单位")
YELLOW = "FFFFF2CC"

_TEXT = re.compile(r'"((?:[^"]|"")*)"')
_SHEET = re.compile(r"'([^']+)'!")


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("结果")
    for name in CASES:
        write_results(base(name).assessment, folder / name)
    write_results(good("small")[1], folder / "small")
    return {name: folder / name for name in (*CASES, "small")}


def _basis(folder: Path) -> Basis:
    found = of_folder(folder)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def paths(folders, tmp_path_factory) -> dict[str, Path]:
    made = tmp_path_factory.mktemp("表")
    for name, folder in folders.items():
        write_workbook(read_results(folder), made / f"{name}.xlsx", _basis(folder))
    return {name: made / f"{name}.xlsx" for name in folders}


@pytest.fixture(scope="module")
def books(paths) -> dict[str, openpyxl.Workbook]:
    return {name: openpyxl.load_workbook(path) for name, path in paths.items()}


def _formulas(book: openpyxl.Workbook) -> list[str]:
    return [cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def _grade_sheets(names: list[str]) -> list[str]:
    return [name for name in names if "·" in name and not name.startswith("推演")]


# --- what is stored ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*CASES, "small"])
def test_what_is_stored_is_what_was_published(folders, paths, name):
    sheets = values_of(paths[name])
    shown = {}
    for title in _grade_sheets(list(sheets)):
        shown |= {(title.split("·")[0], row["考核对象"]): row for row in rows_of(sheets[title])}
    published = pd.read_csv(folders[name] / "结果.csv", encoding="utf-8-sig", dtype=str, keep_default_na=False)
    assert len(shown) == len(published)
    for row in published.to_dict("records"):
        mine = shown[row["环节"], row["考核对象"]]
        for column in (column for column in row if column in mine and column not in WORDS):
            figure = "" if row[column] == "" else float(row[column])
            assert mine[column] == figure, (column, mine)
        assert (mine["等次"], mine["待定"], mine["与公布结果"]) == (row["等次"], row["待定"], "一致")


@pytest.mark.parametrize("name", CASES)
def test_every_score_rank_and_grade_of_a_grade_table_is_a_formula(books, name):
    for title in _grade_sheets(books[name].sheetnames):
        sheet = books[name][title]
        for header in ("排名", "综合得分", "等次", "待定", "与公布结果"):
            column = column_of(sheet, header)
            types = {sheet.cell(row, column).data_type for row in range(HEADER + 1, sheet.max_row + 1)}
            assert types == {"f"}, (title, header)


def test_points_scores_findings_and_places_may_be_changed(books):
    for title, header in (("权重", "分值"), ("明细", "得分"), ("名额", "比例"), ("推演·单位", "情形：一票否决")):
        sheet = books["zhashui-2022"][title]
        column = column_of(sheet, header)
        cells = [sheet.cell(row, column) for row in range(HEADER + 1, sheet.max_row + 1)]
        assert any(cell.fill.fgColor.rgb == YELLOW and cell.data_type != "f" for cell in cells), title


# --- what a spreadsheet takes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*CASES, "small"])
def test_formulas_use_only_what_every_spreadsheet_knows(books, name):
    for formula in _formulas(books[name]):
        bare = _TEXT.sub('""', formula)
        assert set(re.findall(r"([A-Z][A-Z0-9.]*)\(", bare)) <= KNOWN, formula
        assert {title.replace("''", "'") for title in _SHEET.findall(bare)} <= set(books[name].sheetnames), formula
        assert "#" not in bare and "[" not in bare and "{" not in bare, formula


@pytest.mark.parametrize("name", [*CASES, "small"])
def test_formulas_keep_within_the_limits_of_excel(books, name):
    formulas = _formulas(books[name])
    assert len(formulas) > 100
    for formula in formulas:
        assert len(formula) <= LONGEST_FORMULA
        assert max((len(text) for text in _TEXT.findall(formula)), default=0) <= LONGEST_TEXT
        depth = deepest = 0
        for sign in _TEXT.sub("", formula):
            depth += {"(": 1, ")": -1}.get(sign, 0)
            deepest = max(deepest, depth)
        assert depth == 0 and deepest <= DEEPEST, formula


def test_text_that_looks_like_a_formula_stays_text_in_every_sheet(folders, tmp_path):
    folder, name = folders["small"], '=HYPERLINK("x")'
    results, basis = read_results(folder), _basis(folder)
    stages = {title: replace(stage, subjects=(name,) * len(stage.subjects)) for title, stage in basis.stages.items()}
    tables = {key: getattr(results, key).assign(考核对象=name) for key in ("contributions", "reasons", "consequences")}
    write_workbook(replace(results, **tables), tmp_path / "t.xlsx", replace(basis, stages=stages))
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    found = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value == name]
    assert {cell.parent.title for cell in found} >= {"明细", "理由", "推演·单位"}
    assert {(cell.data_type, cell.quotePrefix) for cell in found} == {("s", True)}


# --- the file beside the tables ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*CASES, "small"])
def test_what_a_result_was_made_of_reads_back_as_it_was_written(folders, name, tmp_path):
    again = tmp_path / "again"
    write_results(base(name).assessment if name in CASES else good(name)[1], again)
    assert (again / BASIS).read_bytes() == (folders[name] / BASIS).read_bytes()
    assert load(again / BASIS) == _basis(folders[name])


@pytest.mark.parametrize("name", ["qinghai-2019", "small"])
def test_the_same_results_give_the_same_bytes(folders, paths, name, tmp_path):
    write_workbook(read_results(folders[name]), tmp_path / "again.xlsx", _basis(folders[name]))
    assert (tmp_path / "again.xlsx").read_bytes() == paths[name].read_bytes()


def test_tables_that_were_edited_by_hand_are_shown_as_values(folders, tmp_path):
    folder = tmp_path / "改过"
    folder.mkdir()
    for path in folders["small"].iterdir():
        if path.is_file():
            (folder / path.name).write_bytes(path.read_bytes())
    assert of_folder(folder) is not None
    (folder / "结果.csv").write_bytes((folder / "结果.csv").read_bytes() + b"\n")
    assert of_folder(folder) is None
    results: Results = read_results(folders["small"])
    write_workbook(results, tmp_path / "t.xlsx", of_folder(folder))
    assert _formulas(openpyxl.load_workbook(tmp_path / "t.xlsx")) == []


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"scheme": 1}', '{"stages": {"a": 1}, "scheme": {}}'])
def test_a_spoilt_file_is_as_none(folders, tmp_path, content):
    for name in ("结果.csv", "明细.csv", "名额.csv"):
        (tmp_path / name).write_bytes((folders["small"] / name).read_bytes())
    (tmp_path / BASIS).write_text(content, encoding="utf-8")
    assert of_folder(tmp_path) is None
