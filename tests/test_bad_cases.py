"""Every kind of problem as a worked bad case: the cases are data (bad_cases/), each with its place, level and words."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest
import yaml
from message_forms import EXEMPT, message_forms
from offices import SHEETS, YAML, make_case
from quick import schemes_read_once  # noqa: F401

from kaohe_tools.assess import check

HERE = Path(__file__).parent
FILES = sorted((HERE / "bad_cases").glob("*.yaml"))
CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in FILES
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]
# what follows from a flaw elsewhere: something is missing, or somebody not known, for it
FOLLOWS = ["“.+”缺少“.+”的得分", "“.+”没有指标或部分“.+”", "名册里没有“.+”"]


def _base(name: str) -> tuple[dict[str, list], dict[str, object]]:
    """The sheets and case.yaml of the small office or of a worked stage."""
    if name == "small":
        return SHEETS, {}
    case = yaml.safe_load((HERE / "stage_cases" / f"{name}.yaml").read_text(encoding="utf-8"))
    return case["sheets"], {**dict.fromkeys(YAML), "scheme": case["scheme"], "title": name, **case["case"]}


def _make(case: dict, folder: Path) -> Path:
    """Write the folder of a bad case."""
    sheets, settings = _base(case.get("base", "small"))
    sheets = {**sheets, **case.get("sheets", {})}
    for name, rows in case.get("add", {}).items():
        sheets[name] = [*sheets[name], *rows]
    for name, numbers in case.get("delete", {}).items():
        sheets[name] = [row for number, row in enumerate(sheets[name], 1) if number not in numbers]
    make_case(folder, case.get("change"), sheets, **{**settings, **case.get("case", {})})
    for name, text in case.get("files", {}).items():
        (folder / name).write_text(text, encoding="utf-8")
    if "text" in case:
        (folder / "case.yaml").write_text(case["text"], encoding="utf-8")
    for name in case.get("without", ()):
        (folder / name).rmdir() if name == "." else (folder / name).unlink()
    if case.keys() & {"hidden", "hidden_rows", "hidden_columns", "merged"}:
        _look(folder / "数据.xlsx", case)
    return folder


def _look(path: Path, case: dict) -> None:
    """Hide sheets, rows and columns, merge cells."""
    book = openpyxl.load_workbook(path)
    for name in case.get("hidden", ()):
        book[name].sheet_state = "hidden"
    for name, rows in case.get("hidden_rows", {}).items():
        for row in rows:
            book[name].row_dimensions[row].hidden = True
    for name, columns in case.get("hidden_columns", {}).items():
        for column in columns:
            book[name].column_dimensions[column].hidden = True
    for name, blocks in case.get("merged", {}).items():
        for block in blocks:
            book[name].merge_cells(block)
    book.save(path)


def _where(text: str) -> tuple[str, str, str]:
    """File, sheet and cell of a place as the cases write it: 得分!D2, 得分, 台账.csv!D2, case.yaml!第2行 or nothing."""
    name, _, cell = text.partition("!")
    is_file = "." in name
    return (name if is_file else "数据.xlsx" if name else "", "" if is_file else name, cell)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The problems of each bad case, told once: by the number of the case."""
    found = {}

    def of(case):
        if id(case) not in found:
            found[id(case)] = list(check(_make(case, tmp_path_factory.mktemp("case") / "case")))
        return found[id(case)]

    return of


@pytest.mark.parametrize("case", CASES)
def test_a_bad_case_is_told_at_its_place_and_in_words(case, told):
    level, where, words = case["told"]
    problems = told(case)
    right = [
        p
        for p in problems
        if words in p.message
        and level in ("", p.level)
        and (not where or (p.place.file, p.place.sheet, p.place.cell) == _where(where))
    ]
    assert right, "\n".join(map(str, problems))
    follows = "|".join([*FOLLOWS, *(f".*{word}.*" for word in case.get("follows", ()))])
    others = [p for p in problems if p.level == "错误" and p not in right]
    assert [str(p) for p in others if not re.fullmatch(follows, p.message)] == []


INDEPENDENT = ("得分: 得分是负数", "情形和历年: 没有的情形", "台账: 日期不存在", "测评: 票数不是数字")


def test_all_problems_are_told_in_one_go(tmp_path):
    cases = [param.values[0] for param in CASES if param.id in INDEPENDENT]
    assert len(cases) == len(INDEPENDENT)
    changes = {cell: value for case in cases for cell, value in case["change"].items()}
    problems = check(make_case(tmp_path / "case", changes))
    found = [f"{p.place.sheet}!{p.place.cell}" for p in problems.errors]
    assert sorted(found) == sorted(case["told"][1] for case in cases)


def test_a_flaw_of_case_yaml_is_told_at_its_line(told):
    for case in (param.values[0] for param in CASES if param.id.startswith("案例文件") and "case" in param.values[0]):
        lines = [p.place.cell for p in told(case) if p.level == "错误" and p.place.file]
        assert all(cell.startswith("第") for cell in lines) or None in case["case"].values(), case["name"]


def test_names_of_bad_cases_are_told_apart():
    names = [param.id for param in CASES]
    assert sorted(names) == sorted(set(names))


def test_every_form_of_message_has_a_bad_case(told):
    messages = [problem.message for param in CASES for problem in told(param.values[0])]
    forms = message_forms()
    lacking = [at for form, at in forms.items() if not any(re.search(form, message) for message in messages)]
    assert [at for at in lacking if not any(word in at for word in EXEMPT)] == []


def test_what_is_exempt_is_a_message():
    assert [word for word in EXEMPT if not any(word in at for at in message_forms().values())] == []
