"""Who may see what: nothing that leaves the office tells a name or a score of others, wherever in a file."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from pathlib import Path

import openpyxl
import papermill
import pytest
from compared_offices import make_office
from leaks import CODE, HIDING, PLANTED, folder_says, leaks, said
from offices import make_case
from test_anonymity import FEW, FEW_OF_TWO

from kaohe_tools.assess import Assessment, assess
from kaohe_tools.audience import INTERNAL, PUBLIC, SUBJECT
from kaohe_tools.cli import main
from kaohe_tools.exact import tidy
from kaohe_tools.explain import as_text, explain
from kaohe_tools.explain.deriving import derived, visible
from kaohe_tools.feedback import Wanted, profile, write_explanation, write_feedback
from kaohe_tools.feedback.build import public_names, results_of
from kaohe_tools.feedback.pages import Sheet, derivation_page, profile_page
from kaohe_tools.outputs import tables, write
from kaohe_tools.problems import InputError
from kaohe_tools.report.pages import Frame
from kaohe_tools.scheme import built_in

ROOT = Path(__file__).resolve().parent.parent
DECIMAL = re.compile(r"(?<![\d.])\d+\.\d{2,}(?![\d.])")


# --- cases in which every name is a code that stands nowhere else --------------------------------------------------


def _renamed(case: Path, folder: Path) -> Path:
    """A copy of a case in which each subject is called by a code, so that any code found is that subject."""
    names = dict.fromkeys(assess(case).subjects["subject"])
    codes = {tidy(name): f"甲{place:04d}号" for place, name in enumerate(names)}
    folder.mkdir(parents=True)
    for path in sorted(case.iterdir()):
        if path.suffix != ".xlsx":
            (folder / path.name).write_bytes(path.read_bytes())
            continue
        book = openpyxl.load_workbook(path)
        for sheet in book:
            for cell in (cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)):
                cell.value = codes.get(tidy(cell.value), cell.value)
        book.save(folder / path.name)
    return folder


@pytest.fixture(scope="module", params=built_in())
def office(request, tmp_path_factory) -> Assessment:
    folder = tmp_path_factory.mktemp("renamed") / request.param
    return assess(_renamed(ROOT / "data" / "raw" / request.param, folder))


@pytest.fixture(scope="module")
def results(office):
    return results_of(office)


@pytest.fixture(scope="module")
def pages(office, results):
    """The pages of a sample of subjects, with their category and name."""
    return [(view, name, _pages(office, results, view, name)) for view, name in _sample(results)]


def _own(office: Assessment, stage: str, name: str) -> set[str]:
    """The codes that may stand on a subject's pages: its own and that of its unit."""
    rows = office.subjects[(office.subjects["stage"] == stage) & (office.subjects["subject"] == name)]
    return {name, *rows["unit"]} - {""}


def _sample(results) -> list[tuple[object, str]]:
    """Of each category the first, the last and one who is pending, with the category."""
    chosen = []
    for view in results.each_category():
        names = list(view.scores["对象"])
        picked = dict.fromkeys([names[0], names[-1], *view.pending["对象"].head(1)])
        chosen += [(view, name) for name in picked]
    return chosen


def _pages(office: Assessment, results, view, name: str) -> dict[str, bytes]:
    """A subject's profile and derivation as pages."""
    sheet = Sheet(results.run, SUBJECT)
    told = derived(visible(office, False), name, view.stage, False)
    page = profile_page(profile(results, view, name), sheet, "more.html")
    return {"profile": page.encode(), "derivation": derivation_page(told, sheet).encode()}


def _own_figures(office: Assessment, written, results, view, name: str) -> set[str]:
    """Figures with decimals in a subject's own rows of the tables, in its losses and in the parameters of the year."""
    rows = []
    for table in written.values():
        if "考核对象" in table and "环节" in table:
            mine = table[(table["考核对象"] == name) & (table["环节"] == view.stage)]
            rows += [" ".join(map(str, row)) for row in mine.itertuples(index=False)]
    lost = view.items.loc[view.items["对象"] == name, "失分"].clip(lower=0)
    parts = profile(results, view, name).parts["得分"].dropna()
    figures = [f"{value:.2f}" for value in [*lost, *parts]]
    who = office.subjects[(office.subjects["stage"] == view.stage) & (office.subjects["subject"] == name)].index
    figures += [f"{office.scores.at[number, 'composite']:.9f}".rstrip("0") for number in who]  # not yet rounded
    return set(DECIMAL.findall(" ".join([*rows, *figures, json.dumps(results.run["params"])])))


def _told(page: bytes) -> str:
    """What a reader sees of a page."""
    body = re.sub(r"<(style|head)\b.*?</\1>", "", page.decode(), flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r'"data:[^"]*"', "", body)))


def test_no_page_of_a_subject_names_another(office, pages) -> None:
    for view, name, made in pages:
        own = _own(office, view.stage, name)
        for kind, page in made.items():
            assert name in said(page)
            assert leaks(said(page), own) == set(), (kind, view.full_name, name)


def test_every_figure_on_a_page_of_a_subject_stands_in_its_own_rows(office, results, pages) -> None:
    written = tables(visible(office, False))
    for view, name, made in pages:
        known = _own_figures(office, written, results, view, name)
        for kind, page in made.items():
            found = set(DECIMAL.findall(_told(page)))
            assert found and found <= known, (kind, view.full_name, name, found - known)


def test_no_explanation_names_another(office) -> None:
    """Of everyone of whose reasons the office's own telling names others, and of every fourth subject."""
    shown = visible(office, False)
    named = set(office.reasons.loc[office.reasons["own"] != "", "subject"])
    for row in (row for row in office.subjects.itertuples() if row.Index in named or row.Index % 4 == 0):
        text = as_text(derived(shown, row.code or row.subject, row.stage, False))
        assert leaks(text, _own(office, row.stage, row.subject)) == set()


def test_what_the_office_reads_of_the_same_results_names_others(office) -> None:
    shown = visible(office, True)
    for row in office.subjects.head(3).itertuples():
        text = as_text(derived(shown, row.code or row.subject, row.stage, True))
        assert leaks(text, _own(office, row.stage, row.subject)) != set()


def test_the_public_learns_who_has_the_best_grade_and_nothing_else(office, results, tmp_path) -> None:
    write_feedback(office, tmp_path / "public", Wanted(PUBLIC))
    text = folder_says(tmp_path / "public")
    scores = results.scores
    tops = {entry["name"]: entry["top_grade"] for entry in results.run["stages"]}
    best = scores[(scores["等次"] == scores["环节"].map(tops)) & (scores["待定"] == "") & (scores["等次"] != "")]
    assert {found[0] for found in CODE.finditer(text)} == set(best["考核对象"])
    page = _told((tmp_path / "public" / "index.html").read_bytes())
    assert DECIMAL.findall(page) == []
    assert "待定" not in page and "内部资料" not in page
    assert [path.name for path in (tmp_path / "public").glob("*.html")] == ["index.html"]


def test_names_for_the_public_are_not_in_the_order_of_ranks(results) -> None:
    lists = [names for stage in public_names(results) for _, names in stage["rows"]]
    assert all(names == sorted(names) for names in lists)


# --- files of one subject, whatever their form ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def tied(tmp_path_factory) -> Assessment:
    """Twelve units, four places: the first two are barred, so that a place goes on to the fifth; the next two tie."""
    names = [f"甲{place:04d}号" for place in range(12)]
    folder = make_office(tmp_path_factory.mktemp("tied") / "case", 12, {5: 66.0, 6: 66.0}, names=names)
    book = openpyxl.load_workbook(folder / "数据.xlsx")
    facts = book.create_sheet("情形")
    facts.append(["考核对象", "情形", "值", "依据"])
    for name in names[:2]:
        facts.append([name, "不得评优", "是", "会议纪要"])
    book.save(folder / "数据.xlsx")
    return assess(folder)


@pytest.mark.parametrize("suffix", [".txt", ".html", ".docx"])
@pytest.mark.parametrize("place", [0, 4, 5, 11])
def test_a_file_that_explains_one_result_names_nobody_else(tied, suffix, place, tmp_path) -> None:
    name = f"甲{place:04d}号"
    write_explanation(tied, name, None, False, tmp_path / f"a{suffix}")
    text = said((tmp_path / f"a{suffix}").read_bytes())
    assert name in text
    assert leaks(text, {name}) == set()


@pytest.mark.parametrize("suffix", [".txt", ".html", ".docx"])
def test_asked_for_others_it_tells_who_stands_around_with_their_scores(tied, suffix, tmp_path) -> None:
    write_explanation(tied, "甲0005号", None, True, tmp_path / f"a{suffix}")
    text = said((tmp_path / f"a{suffix}").read_bytes())
    scores = tables(tied)["结果"].set_index("考核对象")["综合得分"]
    assert all(name in text and scores[name] in text for name in ("甲0003号", "甲0004号", "甲0006号", "甲0007号"))


def test_what_is_told_instead_of_names_is_still_true(tied) -> None:
    assert "名额顺延到本对象，定为优秀" in explain(tied, "甲0004号", others=False)
    assert "排名并列，争厅机关最后 1 个优秀名额" in explain(tied, "甲0005号", others=False)
    assert "情形“不得评优”为是" in explain(tied, "甲0000号", others=False)


def test_the_folder_of_one_subject_holds_nothing_of_others(tied, tmp_path) -> None:
    write_feedback(tied, tmp_path / "one", Wanted(SUBJECT, "甲0004号"))
    assert leaks(folder_says(tmp_path / "one"), {"甲0004号"}) == set()


def test_an_executed_notebook_holds_nothing_of_others(tied, tmp_path) -> None:
    write(tied, tmp_path / "results")
    given = {"results_dir": str(tmp_path / "results"), "subject": "甲0004号"}
    papermill.execute_notebook(ROOT / "notebooks" / "profile.ipynb", tmp_path / "out.ipynb", given, progress_bar=False)
    text = said((tmp_path / "out.ipynb").read_bytes())
    assert "甲0004号" in text
    assert leaks(text, {"甲0004号"}) == set()


def test_a_page_is_the_same_whatever_exactly_others_scored(tmp_path) -> None:
    def page(marks: dict[int, float]) -> str:
        office = assess(make_office(tmp_path / str(len(marks)) / "case", 12, marks))
        made = _pages(office, results := results_of(office), results.category(), "第08处")
        return b"".join(made.values()).decode()  # with its record: a digest of the scores would tell them apart

    assert page({}) == page({0: 69.07, 1: 68.46, 9: 64.55})


def test_pages_for_different_readers_never_come_into_onefolder_says(tied, tmp_path) -> None:
    write_feedback(tied, tmp_path / "pages", Wanted(PUBLIC))
    with pytest.raises(InputError, match="给另一类读者（public）的页面"):
        write_feedback(tied, tmp_path / "pages", Wanted(INTERNAL))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "note.txt").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="不是本命令生成的"):
        write_feedback(tied, tmp_path / "mine", Wanted(PUBLIC))


def test_pages_for_the_office_say_that_they_are_internal(tied, tmp_path) -> None:
    made = results_of(tied)
    internal = profile_page(profile(made, made.category(), "甲0004号", INTERNAL), Sheet(made.run, INTERNAL))
    own = profile_page(profile(made, made.category(), "甲0004号"), Sheet(made.run, SUBJECT))
    assert internal.count("内部资料") >= 3 and "内部资料" not in own and "只供考核对象本人" in own
    assert Frame(made, ()).context()["mark"] == "内部资料"


FEW_FIGURES = ["17.33", "17.3333", "1×100%", "/3票", "9.0000", "/2票"]  # what two and three voters gave, in any form


def test_the_command_explains_without_others_unless_asked(tied, capsys) -> None:
    case = str(tied.case.folder)
    assert main(["explain", case, "甲0005号"]) == 0
    assert leaks(capsys.readouterr().out, {"甲0005号"}) == set()
    assert main(["explain", case, "甲0005号", "--others"]) == 0
    assert leaks(capsys.readouterr().out, {"甲0005号"}) != set()


def test_among_few_the_explanation_tells_no_rank_and_says_why(tmp_path) -> None:
    office = assess(make_office(tmp_path / "case", 4))
    own, all_of_it = (tidy(explain(office, "第02处", others=others)) for others in (False, True))
    assert "排名第" not in own and "中排第" not in own
    assert tidy("不足 5 个，从名次可能推知他人得分，因此不列名次") in own
    assert tidy("排名第 2") in all_of_it


def test_wrong_use_of_the_commands_is_told(tied, capsys, tmp_path) -> None:
    case = str(tied.case.folder)
    assert main(["explain", case, "甲0005号", "--out", str(tmp_path / "a.pdf")]) == 2
    assert main(["feedback", case, "--out", str(tmp_path), "--audience", "public", "--subject", "甲0005号"]) == 2
    told = capsys.readouterr().err
    assert "--out 应是 .html、.docx、.txt 文件" in told and "不能只要一个对象" in told


def test_the_same_results_give_the_same_bytes(tied, tmp_path) -> None:
    for name in ("a", "b"):
        write_feedback(tied, tmp_path / name, Wanted(SUBJECT, "甲0005号"))
        write_explanation(tied, "甲0005号", None, False, tmp_path / name / "c.docx")
    files = [{path.name: path.read_bytes() for path in (tmp_path / name).rglob("*.*")} for name in ("a", "b")]
    assert files[0] == files[1] and len(files[0]) >= 5


# --- few voters ----------------------------------------------------------------------------------------------------


def test_what_few_voters_gave_is_told_to_nobody(tmp_path) -> None:
    few = assess(make_case(tmp_path / "case", {**FEW, **FEW_OF_TWO}))
    made, texts = results_of(few), []
    for place, name in enumerate(("甲局", "丙处")):
        for suffix in (".html", ".docx"):
            write_explanation(few, name, None, True, tmp_path / f"{place}{suffix}")
            texts.append(said((tmp_path / f"{place}{suffix}").read_bytes()))
    for view in made.each_category():
        for name in view.scores["对象"]:
            texts.append(_told(profile_page(profile(made, view, name, INTERNAL), Sheet(made.run, INTERNAL)).encode()))
    assert all("甲局" in text or "丙处" in text or "乙局" in text or "丁处" in text for text in texts)
    assert [figure for figure in FEW_FIGURES if any(figure in text for text in texts)] == []


# --- the search itself ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", HIDING)
def test_the_search_finds_a_name_planted_in(where) -> None:
    assert leaks(said(HIDING[where]), {"甲0001号"}) == {PLANTED}


def test_the_search_finds_names_when_reasons_are_told_as_the_office_has_them(tied) -> None:
    careless = replace(tied, reasons=tied.reasons.assign(own=""))
    assert leaks(explain(careless, "甲0005号", others=False), {"甲0005号"}) == {"甲0006号"}
    made = results_of(careless)
    page = profile_page(profile(made, made.category(), "甲0005号"), Sheet(made.run, SUBJECT))
    assert leaks(said(page.encode()), {"甲0005号"}) == {"甲0006号"}
