"""What an experienced clerk would ask: each question with what it asks about and what not (doubt_cases.yaml)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
import yaml
from offices import make_case, told

from kaohe_tools.assess import check
from kaohe_tools.doubts import QUESTIONS
from kaohe_tools.doubts.given import DONE, RATIO, few
from kaohe_tools.doubts.likeness import near_pairs
from kaohe_tools.doubts.sizes import far
from kaohe_tools.scheme import built_in

ROOT = Path(__file__).resolve().parent.parent
CASES = yaml.safe_load((Path(__file__).parent / "doubt_cases.yaml").read_text(encoding="utf-8"))
OFFICE = CASES.pop("office")
UNITS, INDICATORS = OFFICE["units"], OFFICE["indicators"]
EACH = [pytest.param(case, id=f"{question}: {case['name']}") for question, cases in CASES.items() for case in cases]
ASKED = ("asks", "notes")


# --- the office and its changes ---------------------------------------------------------------------------------------


def _score_rows(case: dict) -> dict[tuple[str, str], list]:
    """考核对象, 指标, 得分 by unit and indicator, those that are there."""
    points = {name: INDICATORS[name][0] for name in INDICATORS}
    marks = {(u, i): OFFICE["scores"][n][m] for n, u in enumerate(UNITS) for m, i in enumerate(INDICATORS)}
    for where, value in case.get("scores", {}).items():
        keys = [key for key in marks if where in (*key, "/".join(key), "all")]
        values = value if isinstance(value, list) else [value] * len(keys)
        marks |= {k: v * points[k[1]] if where == "all" else v for k, v in zip(keys, values, strict=True)}
    gone = set(case.get("drop", ()))
    return {key: [*key, mark] for key, mark in marks.items() if not gone & {*key, "/".join(key)}}


def _sheets(case: dict) -> dict[str, list[list]]:
    scores = _score_rows(case)
    ballots = [[unit, "民主测评", *votes] for unit, votes in zip(UNITS, OFFICE["ballots"], strict=True)]
    sheets = {
        "名册": [["考核对象", "类别"], *([unit, "事业局"] for unit in UNITS)],
        "指标": [
            ["类别", "考核对象", "部分", "指标", "分值", "牵头部门"],
            *(["事业局", None, part, name, points, lead] for name, (points, part, lead) in INDICATORS.items()),
        ],
        "得分": [["考核对象", "指标", "得分"], *scores.values()],
        "测评": [
            ["考核对象", "评价主体", "优秀", "良好", "一般", "较差", "弃权"],
            *(row for row in ballots if row[0] != case.get("no_ballots")),
        ],
        "台账": [
            ["考核对象", "事项", "标准", "次数", "分值", "日期", "依据"],
            ["地质矿产局", "集中述职", "两个责任落实不力", None, 0.5, "2019-05-20", "考核组记录"],
        ],
    }
    for sheet, columns in case.get("columns", {}).items():
        for header, value in columns.items():
            _put_column(sheets[sheet], header, value)
    for kind, header in (("full", "满分"), ("rater", "评分人")):
        given = case.get(kind, {})
        if given:
            old = [row[-1] if sheets["得分"][0][-1] == header else None for row in sheets["得分"][1:]]
            new = [given.get("/".join(key), given.get(key[1], was)) for key, was in zip(scores, old, strict=True)]
            _put_column(sheets["得分"], header, new)
    for sheet, rows in case.get("rows", {}).items():
        sheets[sheet] += rows
    return sheets | _for_each(case)


def _put_column(rows: list[list], header: str, value: object) -> None:
    """Set a column, a new one at the right end where the sheet lacks it."""
    values = value if isinstance(value, list) else [value] * (len(rows) - 1)
    if header not in rows[0]:
        for row in rows:
            row.append(None)
        rows[0][-1] = header
    for row, given in zip(rows[1:], values, strict=True):
        row[rows[0].index(header)] = given


def _for_each(case: dict) -> dict[str, list[list]]:
    """The sheet with a row for every unit but some."""
    if "each" not in case:
        return {}
    each = case["each"]
    units = [(n, unit) for n, unit in enumerate(UNITS) if unit not in each.get("but", ())]
    fill = [{"{unit}": unit, "{n}": 7 + n * 0.3} for n, unit in units]
    return {each["sheet"]: [each["header"], *([marks.get(cell, cell) for cell in each["row"]] for marks in fill)]}


def _folder(case: dict, folder: Path) -> Path:
    """The office with the changes of a case, written out."""
    sheets = _sheets(case)
    called = case.get("rename_unit", {})
    sheets = {
        case.get("rename", {}).get(name, name): [[called.get(cell, cell) for cell in row] for row in rows]
        for name, rows in sheets.items()
    }
    make_case(folder, case.get("cells"), sheets, **case.get("case", {}))
    for file, content in case.get("files", {}).items():
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in content.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        book.save(folder / file)
    return folder


# --- asked, and not asked ---------------------------------------------------------------------------------------------


def test_the_office_itself_gives_nothing_to_ask(tmp_path):
    problems = check(_folder({}, tmp_path / "case"))
    assert told(problems) == []
    assert not any("请核对" in p.advice for p in problems)


@pytest.mark.parametrize("case", EACH)
def test_a_clerk_would_ask_about_this_at_its_cell_and_about_nothing_else(case, tmp_path):
    problems = check(_folder(case, tmp_path / "case"))
    found, notes = told(problems, "警告"), told(problems, "提示")
    wanted = {**case.get("asks", {}), **case.get("besides", {})}
    for cell, words in wanted.items():
        assert any(where == cell and words in message for where, message in found), (cell, words, found)
    assert [where for where, _ in found if where not in wanted] == [], found
    advice = {str(p.place).partition("[")[2].replace("]", ""): p.advice for p in problems if p.level == "警告"}
    assert all("警告不影响计算" in advice[cell] for cell in case.get("asks", ()) if not problems.errors), advice
    for cell, words in case.get("notes", {}).items():
        assert any(where == cell and words in message for where, message in notes), notes
    if "never" in case:
        assert not [str(p) for p in problems if case["never"] in str(p)]
    assert bool(problems.errors) == case.get("stops", False), [str(p) for p in problems.errors]


@pytest.mark.parametrize("kept", [0, 1, 2])
@pytest.mark.parametrize("sheet", ["名册", "指标", "得分", "测评", "台账"])
def test_an_office_that_has_hardly_delivered_a_sheet_is_checked_all_the_same(sheet, kept, tmp_path):
    sheets = _sheets({"columns": {"得分": {"评分人": "张三"}, "测评": {"应到": 50}}})
    sheets[sheet] = sheets[sheet][:kept]
    problems = check(make_case(tmp_path / "case", sheets=sheets, missing="zero"))
    read = [where for where, message in told(problems, "提示") if message.startswith("按“")]
    assert (sheet in read) == (kept > 0)


@pytest.mark.parametrize("question", [question.__name__ for question in QUESTIONS])
def test_every_question_has_a_case_that_is_asked_about_and_one_near_to_it_that_is_not(question):
    near = [case["name"].startswith("near") for case in CASES[question]]
    assert True in near and False in near
    assert [not any(kind in c for kind in ASKED) for c in CASES[question] if "notes" not in c] == [
        n for n, c in zip(near, CASES[question], strict=True) if "notes" not in c
    ]


# --- sizes, on bare figures -------------------------------------------------------------------------------------------

FAR = {
    "a tenth of the others": (RATIO, [0.9, 1.0, 1.1, 0.1], [0.1]),
    "ten times the others": (RATIO, [0.9, 1.0, 1.1, 9.8], [9.8]),
    "two slips among many": (RATIO, [0.9, 1.0, 1.1, 0.95, 1.05, 0.98, 0.1, 0.09], [0.09, 0.1]),
    "元 for 万元": (DONE, [5200, 48000, 9100, 81000000], [81000000]),
    "a percentage for a fraction": (DONE, [0.92, 0.95, 0.98, 97], [97]),
    "units that differ in size": (DONE, [520, 4800, 9100, 21000], []),
    "of two others nobody can say what is usual": (RATIO, [0.9, 1.0, 0.09], []),
    "others that do not agree among themselves": (RATIO, [0.02, 0.1, 0.5, 1.0, 0.04, 0.06], []),
    "zeros are scores like any other": (RATIO, [0, 0.9, 1.0, 1.1, 0], []),
    "rates that may be below zero": (DONE, [-0.01, 0.5, 0.6, 0.7, 80], []),
}


@pytest.mark.parametrize("name", FAR)
def test_what_is_far_from_its_neighbours(name):
    kind, values, expected = FAR[name]
    marks = pd.DataFrame({"value": np.array(values, dtype=float), "kind": kind, "group": 0})
    assert sorted(far(marks)["value"]) == expected


# --- names ------------------------------------------------------------------------------------------------------------


def test_near_names_are_found_among_thousands_and_only_near_ones():
    names = [f"{chr(0x4E00 + 3 * i)}{chr(0x5E00 + 5 * i)}{chr(0x7000 + 7 * i)}自然资源局" for i in range(2000)]
    names.append(names[700].replace("资", "咨"))
    assert [(p.first, p.second, p.one, p.other, p.confused) for p in near_pairs(names)] == [
        (700, 2000, "资", "咨", True)
    ]


@pytest.mark.parametrize("one, other", [("已局", "己局"), ("党建（含廉政）", "党建含廉政"), ("人事\u200b处", "人事处")])
def test_usual_confusions_hold_for_names_of_any_length(one, other):
    assert [p.confused for p in near_pairs([one, other])] == [True]


@pytest.mark.parametrize("one, other", [("甲镇", "乙镇"), ("己镇", "戊镇"), ("部门01", "部门02"), ("1.5万", "15万")])
def test_marks_of_order_are_no_confusion(one, other):
    assert not [p for p in near_pairs([one, other]) if p.confused or p.plain(one)]


@pytest.mark.parametrize("lacking, having, expected", [(1, 3, True), (1, 2, False), (2, 18, True), (2, 8, False)])
def test_a_few_that_lack_what_their_peers_have_look_forgotten(lacking, having, expected):
    assert few(lacking, having) is expected


# --- the cases that come with the project -----------------------------------------------------------------------------

TOLD = ("指标分值合计", "分值“3+2”按 5 读取", "分值空白，本行不计分", "指标没有文字，只有分值", "与另一行完全相同")


@pytest.mark.parametrize("name", built_in())
def test_a_bundled_case_gives_nothing_to_ask(name):
    found = told(check(ROOT / "data" / "raw" / name), "警告")
    assert [line for line in found if not any(words in line[1] for words in TOLD)] == []


@pytest.mark.parametrize("name", built_in())
def test_in_the_shared_cases_only_units_that_are_copies_of_others_are_asked_about(name, shared):
    for folder in sorted(path for path in (shared / "cases").glob(f"{name}-*") if path.is_dir()):
        found = [message for _, message in told(check(folder), "警告")]
        odd = [m for m in found if not any(words in m for words in TOLD) and "个得分完全相同" not in m]
        assert odd == [], folder.name
