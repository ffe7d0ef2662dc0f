"""The page for a talk with a subject: its result, how it compares where that tells nobody's score, what is ahead."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from compared_offices import LONG, make_office

from kaohe_tools.assess import assess
from kaohe_tools.audience import INTERNAL, SUBJECT
from kaohe_tools.feedback import Wanted, profile, write_feedback
from kaohe_tools.feedback.build import results_of
from kaohe_tools.feedback.pages import Sheet, profile_page
from kaohe_tools.feedback.tables import parts_rows
from kaohe_tools.outputs import write
from kaohe_tools.problems import InputError

ROOT = Path(__file__).resolve().parent.parent


def _results(tmp_path_factory, *office, **yaml):
    return results_of(assess(make_office(tmp_path_factory.mktemp("office") / "case", *office, **yaml)))


@pytest.fixture(scope="module")
def twelve(tmp_path_factory):
    """Twelve units, four places, no two alike."""
    return _results(tmp_path_factory, 12)


@pytest.fixture(scope="module")
def four(tmp_path_factory):
    return _results(tmp_path_factory, 4)


def _page(results, subject: str, audience: str = SUBJECT):
    return profile(results, results.category(), subject, audience)


def test_scores_are_those_that_are_published(twelve) -> None:
    published = twelve.scores.set_index("考核对象").loc["第06处"]
    page = _page(twelve, "第06处")
    own = page.parts.set_index("部分")["得分"]
    assert own[["综合得分", "目标任务", "民主测评"]].to_dict() == {
        name: published[name] for name in ("综合得分", "目标任务", "民主测评")
    }
    assert (page.rank, page.count, page.composite) == (published["排名"], 12, published["综合得分"])


def test_a_subject_sees_medians_in_whole_per_cent_and_the_office_as_they_are(twelve) -> None:
    own, office = _page(twelve, "第06处"), _page(twelve, "第06处", INTERNAL)
    median = (twelve.scores["目标任务"] / 80).median()
    told = own.parts.set_index("部分").at["目标任务", "中位"]
    assert told == pytest.approx(round(told, 2), abs=1e-12)
    assert abs(told - median) <= 0.005
    assert office.parts.set_index("部分").at["目标任务", "中位"] == pytest.approx(median)
    assert median != pytest.approx(told)


def test_strong_items_lie_above_the_median_and_weak_ones_below(twelve) -> None:
    first, last = _page(twelve, "第01处"), _page(twelve, "第12处")
    assert list(first.strongest["项目"])[:1] == ["业务"]
    assert list(last.weakest["项目"])[:1] == ["业务"]
    assert (first.strongest["相差"] > 0).all() and (last.weakest["相差"] < 0).all()


def test_positions_are_quarters_and_many_alike_are_told_as_alike(twelve) -> None:
    parts = {name: _page(twelve, name).parts.set_index("部分")["位置"] for name in ("第01处", "第12处")}
    assert (parts["第01处"]["目标任务"], parts["第12处"]["目标任务"]) == ("前四分之一", "后四分之一")
    assert parts["第01处"]["民主测评"] == "多数同分"


def test_among_few_nothing_is_compared_and_the_page_says_why(four) -> None:
    page = _page(four, "第02处")
    assert (page.rank, page.count, page.compared) == (0, 0, False)
    assert page.parts["中位"].isna().all() and set(page.parts["位置"]) == {""}
    assert "不足 5 个" in page.remark
    html = profile_page(page, Sheet(four.run, SUBJECT))
    assert "排名第" not in html and "中位数最多" not in html and page.remark in html


def test_a_small_group_of_a_large_category_hides_the_rank_and_not_the_medians(twelve) -> None:
    groups = ["甲口" if place % 3 else "乙口" for place in range(12)]
    scores = twelve.scores.sort_values("综合得分", ascending=False).assign(分口=groups)
    ranks = scores.groupby("分口")["综合得分"].rank(ascending=False, method="min")
    page = _page(replace(twelve, scores=scores.assign(排名=ranks)), "第04处")
    assert (page.rank, page.compared, page.group) == (0, True, "乙口")
    assert page.parts["中位"].notna().any() and "名次" in page.remark
    assert not any("排名第" in text for text in page.reasons["说明"])


def test_the_office_may_say_that_standings_are_no_secret(tmp_path_factory) -> None:
    page = _page(_results(tmp_path_factory, 4, min_compared=1), "第02处")
    assert (page.rank, page.count, page.compared) == (2, 4, True)


def test_the_office_itself_sees_the_standing_among_few(four) -> None:
    assert _page(four, "第02处", INTERNAL).rank == 2


def test_one_alone_is_compared_with_nobody_whatever_the_office_says(tmp_path_factory) -> None:
    page = _page(_results(tmp_path_factory, 1, min_compared=0), "第01处")
    assert not page.compared and page.parts["中位"].isna().all()


@pytest.mark.parametrize("subject", ["第05处", "第08处", "第12处"])
def test_the_distance_to_the_line_is_true_and_coarse(twelve, subject) -> None:
    scores = twelve.scores.set_index("考核对象")["综合得分"]
    gap = twelve.scores.loc[twelve.scores["等次"] == "优秀", "综合得分"].min() - scores[subject]
    told, exact = _page(twelve, subject).ahead, _page(twelve, subject, INTERNAL).ahead
    words = "还差不到 1 分" if gap < 1 else f"还差 {int(gap)} 至 {int(gap) + 1} 分"
    assert any(words in line for line in told)
    assert any(f"还差 {gap:.2f} 分" in line for line in exact)


def test_the_best_have_nothing_ahead(twelve) -> None:
    assert _page(twelve, "第01处").ahead == ("已是最好等次。",)


def test_a_line_that_few_hold_is_not_told(tmp_path_factory) -> None:
    results = _results(tmp_path_factory, 12, params="{places: {厅机关: 2}}")
    assert any("只有 2 个" in line and "不列" in line for line in _page(results, "第05处").ahead)
    assert not any("还差" in line for line in _page(results, "第05处").ahead)


def test_who_ties_for_the_last_place_is_told_that_it_is_pending_without_names(tmp_path_factory) -> None:
    results = _results(tmp_path_factory, 12, {3: 67.0, 4: 67.0})
    one, other = results.scores.loc[results.scores["待定"] != "", "考核对象"]
    page = _page(results, one)
    told = " ".join([*page.reasons["说明"], *page.ahead])
    assert "并列" in told and "决定以前" in told
    assert other not in told and other in " ".join(_page(results, one, INTERNAL).reasons["说明"])


def test_where_places_do_not_go_by_score_no_distance_is_told() -> None:
    results = results_of(assess(ROOT / "data" / "raw" / "zhashui-2022"))
    view = results.category("科级干部", "部门正职")
    below = view.scores[(view.scores["等次"] != "优秀") & (view.scores["待定"] == "")]["对象"]
    told = [" ".join(profile(results, view, name, INTERNAL).ahead) for name in below]
    assert told and not any("还差" in text for text in told)
    assert any("不能说差几分" in text for text in told)


def test_results_of_an_earlier_version_are_refused_rather_than_told_with_names(twelve) -> None:
    older = replace(twelve, reasons=twelve.reasons.drop(columns="反馈说明"))
    with pytest.raises(InputError, match="缺列：反馈说明"):
        _page(older, "第06处")


def test_an_unknown_subject_is_told(twelve) -> None:
    with pytest.raises(InputError, match="没有考核对象“第99处”"):
        _page(twelve, "第99处")


def test_the_notebook_shows_the_same_page(twelve, tmp_path) -> None:
    write(assess(make_office(tmp_path / "case", 12)), tmp_path / "out")
    notebook = json.loads((ROOT / "notebooks" / "profile.ipynb").read_text(encoding="utf-8"))
    names: dict[str, object] = {}
    shown = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            body = ast.parse("".join(cell["source"])).body
            last = body.pop() if isinstance(body[-1], ast.Expr) else None
            exec(compile(ast.Module(body, []), "profile.ipynb", "exec"), names)
            if "parameters" in cell["metadata"].get("tags", []):
                names |= {"results_dir": str(tmp_path / "out"), "subject": "第06处"}
            if last is not None:
                shown.append(eval(compile(ast.Expression(last.value), "profile.ipynb", "eval"), names))
    text = "\n".join(getattr(item, "html", str(item)) for item in shown)
    page = _page(twelve, "第06处")
    assert all(value in text for value in parts_rows(page)["得分"])
    assert all(line in text.replace("\\", "") for line in page.ahead)


@pytest.mark.parametrize("count", [4, 60])
def test_a_page_is_one_side_of_a4_for_few_and_many_and_long_names(count, chromium, tmp_path) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="缺少 playwright，本测试跳过")
    names = [f"{LONG}{place:02d}号" * 2 for place in range(count)]
    office = assess(make_office(tmp_path / "case", count, names=names, simulated="true"))
    first = write_feedback(office, tmp_path / "pages", Wanted(SUBJECT, names[-1]))
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto(first[0].as_uri())
        pdf = page.pdf(prefer_css_page_size=True)
        browser.close()
    assert pdf.count(b"/Type /Page\n") == 1


def test_a_page_of_all_is_made_for_each_and_one_list(tmp_path) -> None:
    write_feedback(assess(make_office(tmp_path / "case", 3)), tmp_path / "pages", Wanted(INTERNAL))
    made = sorted(path.name for path in (tmp_path / "pages").glob("*.html"))
    names = [f"单位-第{place:02d}处" for place in (1, 2, 3)]
    assert made == sorted(["index.html", *(f"{name}{end}.html" for name in names for end in ("", "-来历"))])


def test_positions_need_as_many_others_as_medians(twelve) -> None:
    parts = _page(twelve, "第06处").parts
    assert (parts["中位"].notna() == (parts["位置"] != "")).all()
    assert isinstance(parts, pd.DataFrame) and len(parts) == 6
