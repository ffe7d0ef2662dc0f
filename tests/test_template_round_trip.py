"""A template made, filled in by a script and put back reads without a change: of every scheme that comes with us."""

from __future__ import annotations

import re
import shutil

import openpyxl
import pytest
from filling import bundled, fill, forms, roster_file, rows_of, through_the_year

from kaohe_tools.assess import assess, check
from kaohe_tools.outputs import result_table, write
from kaohe_tools.problems import ERROR, NOTE, WARNING, InputError, Problems
from kaohe_tools.scheme import built_in, load_scheme
from kaohe_tools.template import BY_LEAD, BY_RATER, TemplateChoices, write_split, write_template

FILLED_IN = ("scores", "ballots", "ledger", "facts", "history")
NO_MATTER = {"考核组", "综合得分", "环节"}  # columns of the bundled cases that a scheme may have no use for
NO_DATA = "不是数据表（没有认识的表头），没有读取"

pytestmark = pytest.mark.filterwarnings("ignore:Data Validation extension:UserWarning")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """For each scheme: its template, a case folder with it filled in from the bundled case, and what it lacks."""
    root = tmp_path_factory.mktemp("模板")
    found = {}
    for name in built_in():
        template, case = root / f"{name}.xlsx", root / name
        write_template(load_scheme(name), template, roster_file(name))
        case.mkdir()
        for path in (bundled(name) / "case.yaml", *through_the_year(bundled(name))):
            shutil.copy(path, case)
        rows = {kind: listed for kind, listed in rows_of(bundled(name)).items() if kind in FILLED_IN}
        left = fill(template, rows, case / "填报表.xlsx")
        found[name] = (template, case, left)
    return found


def _placeless(message: str) -> str:
    """A message without the places that it names: other rows, other files."""
    return re.sub(r"（另见[^）]*）|[A-Z]+\d+", "", message)


def _results(assessment, folder) -> bytes:
    write(assessment, folder)
    return (folder / "结果.csv").read_bytes()


@pytest.fixture(scope="module")
def assessed(made):
    """For each scheme: the bundled case and the filled-in template, assessed."""
    return {name: (assess(bundled(name)), assess(case)) for name, (_, case, _) in made.items()}


@pytest.mark.parametrize("name", built_in())
def test_filled_in_and_put_back_it_gives_the_results_of_the_bundled_case(name, made, assessed, tmp_path):
    assert made[name][2] <= NO_MATTER
    before, after = assessed[name]
    assert _results(after, tmp_path / "填") == _results(before, tmp_path / "原")


@pytest.mark.parametrize("name", built_in())
def test_filled_in_it_is_read_without_an_error_or_a_warning_that_the_bundled_case_does_not_have(name, assessed):
    before, after = (
        {_placeless(p.message) for p in assessment.problems if p.level == WARNING} for assessment in assessed[name]
    )
    typed = "分值“3+2”按 5 读取"  # the template holds what was read
    assert after == before - {typed}


@pytest.mark.parametrize("name", built_in())
def test_of_the_template_own_sheets_and_spare_rows_nothing_is_told_but_that_they_are_no_data(name, made, assessed):
    book = openpyxl.load_workbook(made[name][0])
    told = [p for p in assessed[name][1].problems if p.level == NOTE and p.place.sheet]
    extra = [sheet.title for sheet in book if sheet.title in ("填写说明", "核对", "词表")]
    assert len(extra) == 3
    for p in told:
        if p.place.sheet in extra:
            assert p.message == NO_DATA
        else:
            assert "空行" not in p.message, p


@pytest.mark.parametrize("name", built_in())
def test_every_listed_row_of_scores_votes_and_facts_is_one_that_the_bundled_case_fills(name, made):
    """Nothing is listed that is not due: after filling, no listed row of these sheets is still blank."""
    book = openpyxl.load_workbook(made[name][1] / "填报表.xlsx")
    for kind, form in forms(book).items():
        filled = {"scores": ("得分", "完成值"), "facts": ("值",), "ballots": ("优秀", "得分")}.get(kind)
        if filled is None:
            continue
        for row in range(form.header + 1, form.next):
            values = [form.sheet.cell(row, form.columns[header]).value for header in filled if header in form.columns]
            assert any(value is not None for value in values), (kind, row)


@pytest.mark.parametrize("name", built_in())
def test_left_blank_every_listed_score_is_missing_at_its_own_cell(name, made, tmp_path):
    template, _, _ = made[name]
    case = tmp_path / "空白"
    case.mkdir()
    shutil.copy(bundled(name) / "case.yaml", case)
    shutil.copy(template, case / "填报表.xlsx")
    form = forms(openpyxl.load_workbook(template))["scores"]
    places = {(p.place.sheet, p.place.cell) for p in check(case) if p.level == ERROR and "缺少" in p.message}
    told = {int("".join(c for c in cell if c.isdigit())) for sheet, cell in places if sheet == "得分"}
    names = [tuple(form.sheet.cell(row, form.columns[h]).value for h in ("考核对象", "指标"))
             for row in range(form.header + 1, form.next)]  # fmt: skip
    assert len(told) == len(names), "one for each row that is listed, both 来源 of a blend too"


def test_a_template_without_a_roster_can_be_filled_in_from_its_first_row(tmp_path):
    case = tmp_path / "case"
    case.mkdir()
    name = "bureau-400"
    write_template(load_scheme(name), tmp_path / "空白.xlsx")
    shutil.copy(bundled(name) / "case.yaml", case)
    left = fill(tmp_path / "空白.xlsx", rows_of(bundled(name)), case / "填报表.xlsx")
    assert left <= NO_MATTER
    assert _results(assess(case), tmp_path / "填") == _results(assess(bundled(name)), tmp_path / "原")


def _office(folder, leads) -> None:
    """A roster with three indicators of the given lead departments."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["考核对象", "类别"], ["甲局", "事业局"], ["=乙局", "事业局"]):
        sheet.append(row)
    sheet["A3"].data_type = "s"
    other = book.create_sheet("指标")
    other.append(["类别", "部分", "指标", "分值", "牵头部门"])
    for n, (points, lead) in enumerate(zip((20, 50, 30), leads, strict=True)):
        other.append(["事业局", "党政建设" if n == 0 else "个性指标", f"指标{n}", points, lead])
    book.save(folder)


def _case(folder, *files) -> None:
    folder.mkdir()
    text = "scheme: qinghai-2019\nyear: 2019\nparams: {places: {事业局: 1}}\n"
    (folder / "case.yaml").write_text(text, encoding="utf-8")
    for file in files:
        shutil.copy(file, folder)


def _score_rows(path) -> list[tuple]:
    form = forms(openpyxl.load_workbook(path))["scores"]
    headers = [h for h in ("考核对象", "指标", "评分人", "满分") if h in form.columns]
    return [tuple(form.sheet.cell(row, form.columns[h]).value for h in headers)
            for row in range(form.header + 1, form.next)]  # fmt: skip


def _fill_scores(path, share: float) -> None:
    book = openpyxl.load_workbook(path)
    form = forms(book)["scores"]
    for row in range(form.header + 1, form.next):
        full = form.sheet.cell(row, form.columns["满分"]).value
        form.sheet.cell(row, form.columns["得分"]).value = full * share
    book.save(path)


def test_a_file_for_each_lead_department_holds_its_own_rows_and_together_they_are_all(tmp_path):
    _office(tmp_path / "名册.xlsx", ["组织部/人事处", "财务处", None])
    scheme = load_scheme("qinghai-2019")
    told = write_split(scheme, tmp_path / "分", tmp_path / "名册.xlsx", BY_LEAD, TemplateChoices(votes=()))
    files = {path.name: _score_rows(path) for path in sorted((tmp_path / "分").iterdir())}
    assert set(files) == {"得分-组织部_人事处.xlsx", "得分-财务处.xlsx", "得分-未定牵头部门.xlsx"}
    assert told == ["得分-组织部_人事处.xlsx：组织部/人事处，2 行", "得分-财务处.xlsx：财务处，2 行",
                    "得分-未定牵头部门.xlsx：未定牵头部门，4 行"]  # fmt: skip
    assert [row[:2] for row in files["得分-财务处.xlsx"]] == [("甲局", "指标1"), ("=乙局", "指标1")]
    rest = {row[1] for row in files["得分-未定牵头部门.xlsx"]}
    assert rest == {"指标2", "民主测评"}


def test_the_files_of_all_departments_put_beside_the_roster_read_without_a_change(tmp_path):
    _office(tmp_path / "名册.xlsx", ["组织部", "财务处", None])
    choices = TemplateChoices(votes=())
    write_split(load_scheme("qinghai-2019"), tmp_path / "分", tmp_path / "名册.xlsx", BY_LEAD, choices)
    for path in (tmp_path / "分").iterdir():
        _fill_scores(path, 0.9)
    _case(tmp_path / "case", tmp_path / "名册.xlsx", *(tmp_path / "分").iterdir())
    assessment = assess(tmp_path / "case")
    assert assessment.problems.count(WARNING) == 0
    assert result_table(assessment)["综合得分"].tolist() == ["90.00", "90.00"]
    assert sorted(assessment.subjects["subject"]) == ["=乙局", "甲局"]


def test_the_files_of_two_raters_are_averaged(tmp_path):
    _office(tmp_path / "名册.xlsx", [None, None, None])
    choices = TemplateChoices(votes=(), raters=("张三", "李四"))
    write_split(load_scheme("qinghai-2019"), tmp_path / "分", tmp_path / "名册.xlsx", BY_RATER, choices)
    assert {path.name for path in (tmp_path / "分").iterdir()} == {"得分-张三.xlsx", "得分-李四.xlsx"}
    assert {row[2] for row in _score_rows(tmp_path / "分" / "得分-张三.xlsx")} == {"张三"}
    _fill_scores(tmp_path / "分" / "得分-张三.xlsx", 0.8)
    _fill_scores(tmp_path / "分" / "得分-李四.xlsx", 1.0)
    _case(tmp_path / "case", tmp_path / "名册.xlsx", *(tmp_path / "分").iterdir())
    assert result_table(assess(tmp_path / "case"))["综合得分"].tolist() == ["90.00", "90.00"]


def test_what_is_counted_is_not_asked_of_every_rater(tmp_path):
    """完成值 is no opinion: two rows of it would be an error."""
    scheme = load_scheme("zhashui-2022")
    choices = TemplateChoices(raters=("张三", "李四"))
    write_split(scheme, tmp_path / "分", roster_file("zhashui-2022"), BY_RATER, choices)
    names = {path.name for path in (tmp_path / "分").iterdir()}
    assert names == {"得分-张三.xlsx", "得分-李四.xlsx", "得分-不分评分人.xlsx"}
    form = forms(openpyxl.load_workbook(tmp_path / "分" / "得分-不分评分人.xlsx"))["scores"]
    cells = [[form.sheet.cell(row, form.columns[h]) for h in ("得分", "完成值")] for row in range(4, form.next)]
    assert cells and all(score.protection.locked and not done.protection.locked for score, done in cells)


def test_a_roster_with_errors_makes_no_template_and_tells_all_of_them(tmp_path):
    book = openpyxl.Workbook()
    for row in (["考核对象", "类别"], ["甲局", "事业"], ["乙局", "厅机关们"], ["丙局", "事业局"]):
        book.active.append(row)
    book.save(tmp_path / "名册.xlsx")
    with pytest.raises(InputError) as told:
        write_template(load_scheme("qinghai-2019"), tmp_path / "表.xlsx", tmp_path / "名册.xlsx", problems=Problems())
    errors = [(p.place.cell, p.message) for p in told.value.problems.errors]
    assert errors == [("B2", "没有类别“事业”"), ("B3", "没有类别“厅机关们”")]
    assert not (tmp_path / "表.xlsx").exists()
