"""What stands in a template: its sheets, what Excel offers and refuses in it, and how it prints."""

from __future__ import annotations

import openpyxl
import pytest
from filling import KEYS, SHEETS, forms, roster_file
from openpyxl.utils import range_boundaries

from kaohe_tools.columns import KINDS
from kaohe_tools.scheme import built_in, load_scheme
from kaohe_tools.template import write_template

USED = {
    "bureau-400": ["名册", "得分", "加减分", "情形"],
    "qinghai-2019": ["名册", "指标", "得分", "测评", "加减分", "情形"],
    "qinghai-2023": ["名册", "指标", "得分", "测评", "加减分", "情形"],
    "zaozhuang": ["名册", "指标", "得分", "测评", "加减分", "情形", "历年等次"],
    "zhashui-2022": ["名册", "指标", "得分", "测评", "加减分", "情形", "历年等次"],
}
pytestmark = pytest.mark.filterwarnings("ignore:Data Validation extension:UserWarning")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """For each scheme a template without a roster and one with that of the bundled case."""
    root = tmp_path_factory.mktemp("模板")
    found = {}
    for name in built_in():
        found[name] = root / f"{name}-空白.xlsx", root / f"{name}.xlsx"
        write_template(load_scheme(name), found[name][0])
        write_template(load_scheme(name), found[name][1], roster_file(name))
    return found


@pytest.fixture(scope="module")
def books(files):
    return {name: tuple(map(openpyxl.load_workbook, pair)) for name, pair in files.items()}


def _rules(book, sheet: str, header: str) -> list:
    """The validations of a column, by its header."""
    form = next(form for form in forms(book).values() if form.sheet.title == sheet)
    letter = openpyxl.utils.get_column_letter(form.columns[header])
    return [
        rule
        for rule in form.sheet.data_validations.dataValidation
        if any(str(cells).rstrip("0123456789:" + letter) == "" for cells in rule.sqref.ranges)
    ]


def _listed(book, formula: str) -> list[str]:
    """The words of every list that a drop-down's formula refers to."""
    words = []
    for part in formula.split("'词表'!")[1:]:
        cells = part.split(")")[0].split(",")[0].replace("$", "")
        left, top, _, bottom = range_boundaries(cells)
        words += [book["词表"].cell(row, left).value for row in range(top, bottom + 1)]
    return words


# --- sheets and columns


@pytest.mark.parametrize("name", built_in())
def test_there_is_one_sheet_for_each_kind_that_the_scheme_uses_and_a_guide_before_them(name, books):
    for book in books[name]:
        assert book.sheetnames == ["填写说明", *USED[name], "核对", "词表"]
        assert book["词表"].sheet_state == "veryHidden"


@pytest.mark.parametrize("name", built_in())
def test_headers_are_those_of_the_contract_with_the_votes_of_the_scheme(name, books):
    scheme = load_scheme(name)
    votes = {vote for s in scheme.stages.values() for vote in (*s.votes, *(s.ballot.votes if s.ballot else ()))}
    for form in forms(books[name][0]).values():
        known = {column.header for column in KINDS[form.kind].columns}
        if form.kind == "ballots":
            known |= votes | {"弃权", "收回"}
            assert set(form.columns) > votes
        assert set(form.columns) <= known
        assert form.due == 0


def test_only_columns_that_the_scheme_has_a_use_for_are_there(books):
    def columns(name: str, kind: str) -> set[str]:
        return set(forms(books[name][0])[kind].columns)

    assert columns("qinghai-2019", "roster") == {"考核对象", "类别"}
    assert columns("zaozhuang", "roster") == {"环节", "编号", "考核对象", "类别", "分口", "所属单位"}
    assert {"职务", "所属单位"} <= columns("qinghai-2023", "roster")
    assert {"来源", "完成值"} <= columns("zhashui-2022", "scores")
    assert not {"来源", "完成值", "环节"} & columns("qinghai-2019", "scores")
    assert {"完成值", "目标值"} <= columns("bureau-400", "scores")
    assert "测评项" in columns("zhashui-2022", "ballots") - columns("zaozhuang", "ballots")


@pytest.mark.parametrize("name", built_in())
def test_the_guide_names_every_part_standard_and_fact_with_its_article(name, books):
    lines = [tuple(cell for cell in row if cell) for row in books[name][0]["填写说明"].values]
    rows = [" ".join(map(str, line)) for line in lines]
    for stage in load_scheme(name).stages.values():
        wanted = [(p.name, p.article) for top in stage.parts for p in top.walk() if p.points]
        wanted += [(code.name, code.article) for code in (stage.ledger.codes.values() if stage.ledger else ())]
        wanted += [(fact.name, fact.article) for fact in stage.facts.values()]
        for word, article in wanted:
            assert any(row.startswith(stage.name) and word in row and article in row for row in rows), (word, article)


# --- what Excel offers and refuses


@pytest.mark.parametrize("name", built_in())
def test_drop_downs_offer_the_words_of_the_scheme(name, books):
    scheme = load_scheme(name)
    stages = scheme.stages.values()
    expected = {
        ("名册", "类别"): {c for s in stages for c in s.categories},
        ("加减分", "标准"): {c for s in stages if s.ledger for c in s.ledger.codes},
        ("情形", "情形"): {f for s in stages for f in s.facts},
        ("历年等次", "等次"): {g for s in stages for g in s.grades},
        ("指标", "计分规则"): {r for s in stages for r in s.rules},
    }
    for book in books[name]:
        for (sheet, header), words in expected.items():
            if sheet in book.sheetnames and words:
                (rule,) = _rules(book, sheet, header)
                assert rule.type == "list" and rule.errorStyle in (None, "stop") and rule.showErrorMessage
                assert words <= set(_listed(book, rule.formula1)), (sheet, header)


def test_a_drop_down_follows_the_stage_of_its_row(books):
    (rule,) = _rules(books["zhashui-2022"][0], "情形", "情形")
    assert '$A4="领导班子"' in rule.formula1
    own = rule.formula1.split('$A4="领导班子",')[1].split(",")[0]
    facts = load_scheme("zhashui-2022").stages["领导班子"].facts
    assert _listed(books["zhashui-2022"][0], own) == list(facts)


@pytest.mark.parametrize("name", built_in())
def test_subjects_are_chosen_from_the_roster(name, books):
    for book in books[name]:
        roster = forms(book)["roster"]
        first = f"'名册'!${openpyxl.utils.get_column_letter(roster.columns['考核对象'])}$4"
        for sheet in USED[name][1:]:
            (rule,) = _rules(book, sheet, "考核对象")
            assert rule.type == "list" and rule.formula1.startswith(first)


@pytest.mark.parametrize("name", built_in())
def test_numbers_are_held_to_what_check_accepts(name, books):
    for book in books[name]:
        there = forms(book)
        (score,) = _rules(book, "得分", "得分")
        full = openpyxl.utils.get_column_letter(there["scores"].columns["满分"])
        assert (score.type, score.operator or "between", score.formula1) == ("decimal", "between", "0")
        assert f"${full}4" in score.formula2
        (points,) = _rules(book, "加减分", "分值")
        assert (points.type, points.operator, points.formula1) == ("decimal", "greaterThan", "0")
        (date,) = _rules(book, "加减分", "日期")
        assert date.type == "date"
        if "次数" in there["ledger"].columns:
            (times,) = _rules(book, "加减分", "次数")
            assert (times.type, times.formula1) == ("whole", "1")
        for vote in ("优秀", "弃权", "收回") if "ballots" in there else ():
            (votes,) = _rules(book, "测评", vote)
            assert (votes.type, votes.formula1) == ("whole", "0")
        if "history" in there:
            (year,) = _rules(book, "历年等次", "年度")
            assert (year.type, year.formula1, year.formula2) == ("whole", "1900", "2999")


def test_the_value_of_a_listed_fact_is_held_to_its_choices_and_others_are_marked(books):
    book = books["qinghai-2023"][1]
    listed, spare = _rules(book, "情形", "值")
    assert _listed(book, listed.formula1) == ["优秀", "良好", "合格", "不合格"]
    assert listed.errorStyle in (None, "stop")
    assert spare.errorStyle == "warning", "a share is no word of a list"
    formats = book["情形"].conditional_formatting
    marked = [rule.formula[0] for cells in formats for rule in cells.rules if "任务未完成比例" in rule.formula[0]]
    assert len(marked) == 1 and "<=1" in marked[0]


@pytest.mark.parametrize("name", built_in())
def test_every_validation_speaks_chinese_and_no_cell_has_two(name, books):
    for book in books[name]:
        for sheet in (book[title] for title in USED[name]):
            taken: set[tuple[int, int]] = set()
            for rule in sheet.data_validations.dataValidation:
                assert rule.promptTitle and rule.prompt and rule.errorTitle and rule.error
                for cells in rule.sqref.ranges:
                    new = {(row, cells.min_col) for row in range(cells.min_row, cells.max_row + 1)}
                    assert not new & taken
                    taken |= new


# --- protection and print


@pytest.mark.parametrize("name", built_in())
def test_headers_and_listed_keys_are_locked_and_the_rest_is_open(name, books):
    for book in books[name]:
        for form in forms(book).values():
            sheet = form.sheet
            assert sheet.protection.sheet and not sheet.protection.password
            assert not sheet.protection.formatColumns and not sheet.protection.autoFilter and not sheet.protection.sort
            assert all(sheet.cell(form.header, j).protection.locked for j in form.columns.values())
            for j in form.columns.values():
                assert not sheet.cell(form.next, j).protection.locked
            for row in range(form.header + 1, form.next):
                keys = [
                    form.columns[h]
                    for h in KEYS.get(form.kind, ("考核对象", "类别", "指标"))
                    if h in form.columns and h != "评分人"
                ]
                given = [sheet.cell(row, j) for j in keys if sheet.cell(row, j).value]
                assert given and all(cell.protection.locked for cell in given)
            spare = sheet.max_row - form.next + 1
            assert spare >= 500


@pytest.mark.parametrize("name", built_in())
def test_every_sheet_prints_on_landscape_a4_one_page_wide_with_its_header_on_each_page(name, books):
    for book in books[name]:
        for sheet in book:
            if sheet.title == "词表":
                continue
            assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
            assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToHeight == 0
            assert sheet.print_title_rows and "&P" in sheet.oddFooter.center.text
            assert sheet.freeze_panes
            if sheet.title in SHEETS:
                assert sheet.print_title_rows == "$1:$3"
