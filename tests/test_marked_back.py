"""A marked copy, corrected and put back in place of its original, is as good as the corrected original."""

from __future__ import annotations

import shutil

import openpyxl
import pytest
import xlsxwriter
from marks import RED, fill, marked
from offices import SHEETS, make_case

from kaohe_tools.assess import assess, check
from kaohe_tools.grid import read_file
from kaohe_tools.marking import OPINION, write_marked
from kaohe_tools.outputs import tables
from kaohe_tools.problems import Problems

ACROSS = ("结果", "理由", "名额", "运用")


def same_results(case, other) -> bool:
    one, two = tables(assess(case)), tables(assess(other))
    return all(one[name].equals(two[name]) for name in ACROSS)


def put_back(case, out) -> None:
    for path in out.rglob("*.xlsx"):
        shutil.copy(path, case / path.relative_to(out))


def test_a_corrected_copy_put_back_gives_what_the_good_case_gives(tmp_path):
    good = make_case(tmp_path / "good")
    bad = make_case(tmp_path / "bad", {"得分!D2": 81, "台账!D2": 1.5})
    [path] = write_marked(bad, check(bad), tmp_path / "out")
    book = openpyxl.load_workbook(path)
    book["得分"]["D2"], book["台账"]["D2"] = 18, None
    book.save(path)
    put_back(bad, tmp_path / "out")
    assert {p.level for p in check(bad) if p.place.sheet == OPINION} == {"提示"}
    assert check(bad).errors == [] and check(bad).count("警告") == 0
    assert same_results(good, bad)


def test_a_copy_that_comes_back_wrong_again_is_marked_anew_without_the_old_marks(tmp_path):
    case = make_case(tmp_path / "case", {"得分!D2": 81, "得分!D4": 82})
    [path] = write_marked(case, check(case), tmp_path / "out")
    book = openpyxl.load_workbook(path)
    book["得分"]["D2"] = 18
    book.save(case / "数据.xlsx")
    book = marked(case, tmp_path / "out")["数据.xlsx"]
    assert [name for name in book.sheetnames if name.startswith(OPINION)] == [OPINION]
    sheet = book["得分"]
    assert fill(sheet["D2"]) is None and sheet["D2"].comment is None
    assert fill(sheet["D4"]) == RED and sheet["D4"].comment.text.count("错误：") == 1


@pytest.mark.parametrize("sheet", ["考核对象", "指标", "History", "=1+1", "甲'乙"])
def test_whatever_the_sheets_are_called_the_list_of_problems_is_never_taken_for_data(tmp_path, sheet):
    rows = {
        **{k: v for k, v in SHEETS.items() if k != "情形"},
        sheet: [*SHEETS["情形"][:1], ["乙局", "不得评优", "有"]],
    }
    case = make_case(tmp_path / "case", sheets={**rows, "指标 (2)": SHEETS["指标"]} if sheet == "指标" else rows)
    book = marked(case, tmp_path / "out")["数据.xlsx"]
    assert book[sheet]["C2"].comment is not None
    put_back(case, tmp_path / "out")
    assert {p.level for p in check(case) if p.place.sheet == OPINION} == {"提示"}


def scores_by_formula(path, stored=True) -> None:
    """A workbook as Excel writes one: 18 is 9+9 with its stored value, and a total stands below."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("得分")
        for i, row in enumerate(SHEETS["得分"]):
            for j, value in enumerate(row):
                sheet.write(i, j, value)
        sheet.write_formula("D2", "=9+9", None, 18 if stored else "")
        sheet.write_formula("A3", '="甲"&"局"', None, "甲局")
        sheet.write(11, 0, "合计")
        sheet.write_formula("D12", "=SUM(D2:D11)", None, 351)
        sheet.write("D4", 99)


def without_scores(folder):
    return make_case(folder, sheets={name: rows for name, rows in SHEETS.items() if name != "得分"})


def test_formulas_become_their_stored_values_so_that_the_copy_reads_as_before(tmp_path):
    good, bad = make_case(tmp_path / "good"), without_scores(tmp_path / "bad")
    scores_by_formula(bad / "得分.xlsx")
    assert [p.place.cell for p in check(bad).errors] == ["D4"]
    [path] = write_marked(bad, check(bad), tmp_path / "out")
    book = openpyxl.load_workbook(path)
    assert [book["得分"][cell].value for cell in ("D2", "A3", "D12")] == [18, "甲局", 351]
    assert any("3 个公式" in str(row[0].value) for row in book[OPINION].iter_rows())
    book["得分"]["D4"] = 16
    book.save(bad / "得分.xlsx")
    assert same_results(good, bad)


def test_a_formula_without_a_stored_value_is_text_in_the_copy(tmp_path):
    case = make_case(tmp_path / "case", {"得分!D2": "=9+9"})
    sheet = marked(case, tmp_path / "out")["数据.xlsx"]["得分"]
    assert (sheet["D2"].value, sheet["D2"].data_type, fill(sheet["D2"])) == ("=9+9", "s", RED)
    assert "没有存计算结果" in sheet["D2"].comment.text


def test_a_csv_copy_put_back_in_place_of_the_csv_reads_as_before(tmp_path):
    good, bad = make_case(tmp_path / "good"), without_scores(tmp_path / "bad")
    lines = [",".join("" if v is None else str(v) for v in row) for row in SHEETS["得分"]]
    lines[1] = lines[1].replace("18", "１９9")
    (bad / "得分.csv").write_text("\n".join(lines), encoding="gb18030")
    [path] = write_marked(bad, check(bad), tmp_path / "out")
    assert [r[:4] for r in read_file(path, Problems())[1].rows[2:4]] == [
        ["甲局", None, "业务一", 70], ["乙局", None, "党建", 16],
    ]  # fmt: skip
    book = openpyxl.load_workbook(path)
    book["得分"]["D2"] = 18
    book.save(bad / "得分.xlsx")
    (bad / "得分.csv").unlink()
    assert same_results(good, bad)
