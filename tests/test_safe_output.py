"""Whatever stands in the cells of a case, what is written out of it is inert: CSV, Excel, HTML, file names, screen."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest
from docx import Document
from hostile import INDICATOR, NAMES, REMARK, make_hostile
from hypothesis import given
from hypothesis import strategies as st
from offices import make_case

from kaohe_tools.assess import check
from kaohe_tools.cli import main
from kaohe_tools.exact import parse_number
from kaohe_tools.listing import problem_lines
from kaohe_tools.marking import write_marked
from kaohe_tools.problems import Place, Problems
from kaohe_tools.report.pages import policy, script
from kaohe_tools.report.plan import plan_pages, safe_name
from kaohe_tools.spreadsheet import as_written, inert, put, sheet_names

ROOT = Path(__file__).resolve().parent.parent
SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
DEVICES = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10))}
TEXTS = st.text(st.characters(exclude_categories=()), max_size=60)


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A project whose hostile case has been run by the command, as its user would."""
    root = tmp_path_factory.mktemp("hostile")
    case = make_hostile(root / "data" / "raw" / "case")
    words = [sys.executable, "-m", "kaohe_tools.cli", "run", str(case), "--jobs", "1"]
    done = subprocess.run(words, cwd=root, env=_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return root


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}


def formulas(path) -> list[str]:
    """Cells of a workbook that are formulas, or text like one that would become one when it is edited."""
    book = openpyxl.load_workbook(path)
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    texts = [cell for cell in cells if isinstance(cell.value, str)]
    assert texts
    return [
        f"{cell.parent.title}!{cell.coordinate}"
        for cell in texts
        if cell.data_type == "f" or (cell.value.startswith(SIGNS) and not cell.quotePrefix)
    ]


class Page(HTMLParser):
    """Collects the elements of a page and what they might run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attributes) -> None:
        self.tags.append(tag)
        values = {name: value or "" for name, value in attributes}
        self.handlers += [name for name in values if name.startswith("on")]
        self.handlers += [v for v in values.values() if v.strip().lower().startswith("javascript:")]

    def handle_data(self, data) -> None:
        self.text += data


# --- a whole run ------------------------------------------------------------------------------------------------------


def test_no_cell_of_any_csv_file_is_a_formula_or_holds_control_characters(project):
    files = [*(project / "data" / "processed" / "case").glob("*.csv"), *(project / "reports").rglob("*.csv")]
    assert len(files) > 10
    for path in files:
        with path.open(encoding="utf-8-sig", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert [c for c in cells if c.startswith(SIGNS) and parse_number(c) is None] == [], path.name
        assert [c for c in cells if CONTROL.search(c)] == [], path.name


def test_the_results_hold_every_subject_by_its_name(project):
    with (project / "data" / "processed" / "case" / "结果.csv").open(encoding="utf-8-sig", newline="") as file:
        names = {as_written(row["考核对象"]) for row in csv.DictReader(file)}
    assert {"=1+1", "<script>alert(1)</script>", "../../x", "CON", "长" * 300, "上下"} <= names
    assert len(names) == len(NAMES) + 2


def test_nothing_that_an_office_wrote_is_a_formula_of_the_workbook_or_stands_in_one(project):
    [path] = (project / "reports").rglob("等次表.xlsx")
    written, own = openpyxl.load_workbook(path, data_only=True), openpyxl.load_workbook(path)
    live = {where for where in formulas(path) if own[where.split("!")[0]][where.split("!")[1]].data_type == "f"}
    assert live == set(formulas(path)), "no text that would become a formula when it is edited"
    for where in sorted(live):
        sheet, cell = where.split("!")
        told = str(own[sheet][cell].value)
        assert not [name for name in NAMES if name.strip() and name in told and len(name) > 3], (where, told)
        assert str(written[sheet][cell].value) not in NAMES, "names are text, not what a formula gives"
    book = openpyxl.load_workbook(path)
    texts = {cell.value for sheet in book for row in sheet.iter_rows() for cell in row}
    assert {"=1+1", "<script>alert(1)</script>"} <= texts, "and no apostrophe before them"


def test_pages_show_hostile_names_as_text_and_run_nothing_of_them(project):
    pages = list((project / "reports" / "case").glob("*.html"))
    assert len(pages) >= 4
    for path in pages:
        text = path.read_text("utf-8")
        page = Page(text)
        assert page.handlers == [], path.name
        assert not re.search(r"<script[^>]*>\s*alert|<img src=x", text), path.name
        assert page.tags.count("script") == 1 and f"<script>{script()}</script>" in text, "none but our own"
        assert f'content="{policy()}"' in text, "and the browser is told to run no other"
    told = "".join(Page(path.read_text("utf-8")).text for path in pages)
    assert "<script>alert(1)</script>" in told and "<script>alert(3)</script>=考核" in told


def test_nothing_is_written_outside_the_project_and_every_name_is_legal_on_windows(project):
    assert sorted(path.name for path in project.iterdir()) == ["data", "reports"]
    for path in (project / "reports").rglob("*"):
        name = path.name
        assert not re.search(r'[<>:"/\\|?*\x00-\x1f]', name) and not name.endswith((".", " ")), name
        assert name.split(".")[0].casefold() not in DEVICES, name


# --- other outputs ----------------------------------------------------------------------------------------------------


def _with_a_wrong_score(case: Path) -> Path:
    scores = next(path for path in case.iterdir() if "得分" in path.name)
    scores.write_bytes(scores.read_bytes().replace(b",18\r\n", b",1800\r\n"))
    return case


def test_marked_copies_hold_no_formula(tmp_path):
    names = [name for name in NAMES if not CONTROL.search(name.replace("\t", ""))]
    case, told = _with_a_wrong_score(make_hostile(tmp_path / "case", names)), Problems()
    paths = write_marked(case, check(case), tmp_path / "out", told)
    assert told.items == [] and [path.name for path in paths] == ["=得分's.xlsx"]
    assert formulas(paths[0]) == []
    assert all(path.is_relative_to(tmp_path / "out") for path in tmp_path.rglob("*.xlsx"))


def test_a_name_that_no_workbook_can_hold_is_told_and_its_file_not_copied(tmp_path):
    case, told = _with_a_wrong_score(make_hostile(tmp_path / "case")), Problems()
    assert write_marked(case, check(case), tmp_path / "out", told) == []
    [flaw] = told
    assert flaw.place.cell == "A24" and "不一致" in flaw.message


def test_imported_indicators_hold_no_formula(tmp_path):
    paper = Document()
    paper.add_paragraph("甲局")
    table = paper.add_table(4, 4)
    rows = [
        ("指标类别", "考核项目", "考核内容", "分值"), ("共性指标", "=1+1", REMARK, "40"),
        ("共性指标", "-x", INDICATOR, "30"), ("共性指标", "@x", "<script>alert(1)</script>", "30"),
    ]  # fmt: skip
    for i, row in enumerate(rows):
        for j, text in enumerate(row):
            table.cell(i, j).text = text
    paper.save(tmp_path / "来文.docx")
    assert main(["import", str(tmp_path / "来文.docx"), "--out", str(tmp_path / "指标.xlsx")]) == 0
    assert formulas(tmp_path / "指标.xlsx") == []
    book = openpyxl.load_workbook(tmp_path / "指标.xlsx")
    assert "=1+1" in {cell.value for row in book["指标"].iter_rows() for cell in row}


def test_the_screen_gets_one_line_a_problem_and_no_control_characters(tmp_path, capsys):
    case = make_case(tmp_path / "case", {"得分!A2": "上\n下", "得分!C3": "a\nb"})
    (case / "新.csv").write_text("考核对象,情形,值\n丙\x1b[31m\x07处,不得评优,是\n", "utf-8")
    assert main(["check", str(case)]) == 1
    out = capsys.readouterr().out
    assert not CONTROL.search(out)
    assert all(line.startswith(("错误", "警告", "提示", "共")) for line in out.splitlines() if line)


@pytest.mark.parametrize("width", [None, 40, 80, 200])
def test_no_line_is_wider_than_the_terminal(width):
    from kaohe_tools.plaintext import columns

    problems = Problems()
    for name in NAMES:
        problems.error(Place(f"{name}.xlsx", name, "F17"), f"“{name}”不对", f"请改{name}")
    lines = problem_lines(problems, width)
    assert lines[-1] == f"共错误 {len(NAMES)} 个"
    if width is None:
        assert len(lines) == len(NAMES) + 1
    elif width > 72:
        assert [line for line in lines if columns(line) > width and line.startswith("  ")] == []


# --- the pieces, on whatever text -------------------------------------------------------------------------------------


@given(TEXTS)
def test_a_csv_cell_is_never_a_formula_and_reads_back(text):
    cell = inert(text)
    assert not cell.startswith(SIGNS) or parse_number(cell) is not None
    cell.encode("utf-8")
    assert not CONTROL.search(cell)


@given(TEXTS)
def test_a_cell_of_a_workbook_is_never_a_formula(text):
    book = openpyxl.Workbook()
    put(book.active["A1"], text)
    stream = io.BytesIO()
    book.save(stream)
    cell = openpyxl.load_workbook(stream).active["A1"]
    assert cell.data_type in ("s", "n", "inlineStr") and (cell.value is None or isinstance(cell.value, str))


@given(st.lists(TEXTS, max_size=6))
def test_names_of_sheets_are_legal_and_differ(names):
    found = sheet_names(names)
    assert len({name.casefold() for name in found}) == len(names)
    for name in found:
        assert 0 < len(name.encode("utf-16-le")) <= 62 and not re.search(r"[\[\]:*?/\\'\x00-\x1f]", name)
        assert name.casefold() != "history"


@given(TEXTS)
def test_names_of_pages_are_legal_on_windows_and_stay_in_their_folder(text):
    name = safe_name(text)
    assert name and not re.search(r'[<>:"/\\|?*\x00-\x1f\x7f]', name) and name == name.strip(" .")
    assert name.split(".")[0].strip().casefold() not in DEVICES
    assert len(name.encode("utf-8")) <= 240


@pytest.mark.parametrize("name", ["CON", "nul", "com1", "LPT9.x", "Aux ", "con.tar.gz", "..", "../../x", "\u202econ"])
def test_names_that_windows_keeps_for_itself_are_changed(name):
    found = safe_name(name)
    assert found.split(".")[0].casefold() not in DEVICES and "/" not in found and found not in ("", ".", "..")


def test_pages_of_hostile_categories_have_names_that_differ():
    pages = plan_pages([("=单位", "<script>"), ("=单位", "?script?"), ("CON", "CON"), ("..", "../x"), ("", "")])
    assert len({page.stem.casefold() for page in pages}) == 6
