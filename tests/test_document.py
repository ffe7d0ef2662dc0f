"""公示, 通报 and 考核工作报告: each figure is that of the results, and what is open is told as open."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import pytest
from documents import NUMBER, documents, everything, lines, of_office, sample, tables
from sample_results import long_name

from kaohe_tools.document import phrases
from kaohe_tools.document.notice import notice_context
from kaohe_tools.document.publicity import publicity_context
from kaohe_tools.document.work_report import work_report_context
from kaohe_tools.records import record_line, record_of
from kaohe_tools.results import Results, read_results

OFFICES = ["bureau-400-科室局", "qinghai-2019-单位", "qinghai-2023-处级干部", "zaozhuang-工作人员", "zhashui-2022"]
SIZES = {"事业局": 4, "厅机关": 8}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Results of two categories with a pending subject each, and their documents; not to be changed."""
    folder = tmp_path_factory.mktemp("made")
    results = sample(folder / "results", {"start": "2024-01-08"}, sizes=SIZES)
    return results, documents(results, folder / "documents"), folder / "documents"


def _names(results: Results, pending: bool) -> list[str]:
    scores = results.scores
    return list(scores.loc[(scores["待定"] != "") == pending, "考核对象"])


# --- complete, for every scheme -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OFFICES)
def test_every_scheme_gives_complete_documents(name):
    results, found = of_office(name)
    wanted = {"通报", "考核工作报告"} | ({"公示"} if results.run["publicity"] else set())
    assert set(found) == wanted
    for document in found.values():
        text = everything(document)
        assert not re.search(r"[{}]|\bnan\b|None|NaN", text)
        assert lines(document)[0].replace("\n", "") == document.core_properties.title
        assert results.title in lines(document)[0].replace("\n", "")


@pytest.mark.parametrize("name", OFFICES)
def test_everybody_stands_in_the_notice_with_the_grade_that_the_results_give(name):
    results, found = of_office(name)
    context = notice_context(results)
    listed = [
        (stage["名称"], grade["等次"], who)
        for stage in context["环节"]
        for category in stage["类别"]
        for grade in category["等次"]
        for who in re.split("[、；]", re.sub(r"[^；、]+：", "", grade["名单"]))
        if grade["数"] != "0"
    ]
    scores = results.scores[(results.scores["待定"] == "") & (results.scores["等次"] != "")]
    assert sorted(listed) == sorted(zip(scores["环节"], scores["等次"], scores["考核对象"], strict=True))
    text = everything(found["通报"])
    assert [who for who in results.scores["考核对象"] if who not in text] == []


@pytest.mark.parametrize("name", OFFICES)
def test_every_consequence_of_a_settled_subject_is_told_with_its_article(name):
    results, found = of_office(name)
    text = everything(found["通报"])
    settled = results.consequences.merge(results.scores[results.scores["待定"] == ""][["环节", "考核对象"]])
    assert [row.事项 for row in settled.itertuples() if f"{row.事项}（{row.条款}，" not in text] == []


# --- figures --------------------------------------------------------------------------------------------------------


def test_the_tables_of_the_work_report_are_the_published_results(made):
    results, found, _ = made
    ranked = [table for table in tables(found["考核工作报告"]) if table[0][:2] == ["名次", "考核对象"]]
    assert len(ranked) == len(SIZES)
    told = [row for table in ranked for row in table[1:]]
    expected = [
        [f"{row['排名']:.0f}", row["考核对象"], f"{row['目标任务']:.2f}", f"{row['民主测评']:.2f}",
         f"{row['加减分']:.2f}", f"{row['综合得分']:.2f}",
         f"待定（{row['待定']}）" if row["待定"] else row["等次"]]
        for row in results.scores.to_dict("records")
    ]  # fmt: skip
    assert told == expected


def test_each_figure_in_the_sentences_is_that_of_the_results(made):
    results, found, _ = made
    sentences = [line for line in lines(found["考核工作报告"]) if line.startswith("本类别共")]
    for (_, scores), sentence in zip(results.scores.groupby("类别", sort=False), sentences, strict=True):
        figures = sorted(Decimal(f"{score:.2f}") for score in scores["综合得分"])
        middle = (figures[(len(figures) - 1) // 2] + figures[len(figures) // 2]) / 2
        median = middle.quantize(Decimal("0.01"), ROUND_HALF_UP)
        best = scores[(scores["等次"] == "优秀") & (scores["待定"] == "")]["综合得分"].min()
        assert NUMBER.findall(sentence) == [f"{figures[-1]}", f"{figures[0]}", f"{median}", f"{best:.2f}"]
        assert sentence.startswith(f"本类别共{len(scores)}个考核对象，")


def test_counts_of_grades_places_and_pending_are_those_of_the_results(made):
    results, found, _ = made
    summary = tables(found["考核工作报告"])[0]
    for row, (name, scores) in zip(summary[1:], results.scores.groupby("类别", sort=False), strict=True):
        quota = results.quotas.set_index("类别").loc[name]
        pending = (scores["待定"] != "").sum()
        assert row[0] == name and row[1] == str(len(scores)) and row[7] == str(pending)
        assert row[5:7] == [f"{quota['名额']:.0f}", f"{quota['已用']:.0f}"]
    told = [line for line in lines(found["考核工作报告"]) if line.startswith("等次情况：")]
    for line, (_, scores) in zip(told, results.scores.groupby("类别", sort=False), strict=True):
        decided = scores[scores["待定"] == ""]["等次"].value_counts()
        assert all(f"{grade}{count}个" in line for grade, count in decided.items())


def test_the_items_that_cost_most_are_named_with_the_mean_of_what_they_cost(made):
    results, found, _ = made
    sentences = [line for line in lines(found["考核工作报告"]) if "失分最多的共有项目" in line and "得分率" in line]
    for view, sentence in zip(results.each_category(), sentences, strict=True):
        items = view.items[view.items["共有"]]
        means = items.assign(失分=items["失分"].clip(lower=0)).groupby("项目")["失分"].mean()
        worst = means.sort_values(ascending=False).head(3)
        assert all(f"{name}（{phrases.figure(points)}分）" in sentence for name, points in worst.items())


# --- what is open ---------------------------------------------------------------------------------------------------


def test_who_is_pending_stands_in_no_list_of_a_grade(made):
    results, found, _ = made
    pending = _names(results, pending=True)
    assert len(pending) == 2
    graded = [line for line in lines(found["通报"]) if re.match(r"(优秀|良好|一般|较差)（\d+个）：", line)]
    graded += lines(found["公示"])
    assert len(graded) > 4
    assert [line for line in graded for name in pending if name in line] == []
    assert "以下2个考核对象的等次尚未确定，确定后另行通报。" in lines(found["通报"])
    assert all(any(name in line for line in lines(found["通报"])) for name in pending)


def test_where_all_are_pending_nobody_has_a_grade_and_nothing_is_shown_in_public(tmp_path):
    results = sample(tmp_path / "results", {}, sizes=SIZES, all_pending=True)
    found = documents(results, tmp_path / "documents")
    assert "截至目前，样例厅2019年度目标责任考核没有定为优秀的考核对象。" in lines(found["公示"])
    assert not any("公示时间" in line for line in lines(found["公示"]))
    assert "优秀（0个）：无。" in lines(found["通报"])
    assert "以下12个考核对象的等次尚未确定，确定后另行通报。" in lines(found["通报"])
    assert "尚未确定等次的12个。" in "".join(lines(found["考核工作报告"]))


def test_a_proposal_stands_only_in_the_work_report_and_as_a_proposal(made):
    _, found, _ = made
    rows = next(table for table in tables(found["考核工作报告"]) if table[0][2:4] == ["待定原因", "建议"])
    assert [row[3] for row in rows[1:]] == ["优秀", "优秀"]
    assert any("“建议”一栏不是考核结果" in line for line in lines(found["考核工作报告"]))
    assert "建议" not in everything(found["通报"]) + everything(found["公示"])


# --- secrecy --------------------------------------------------------------------------------------------------------


def test_no_score_stands_in_notice_or_publicity(made):
    _, found, _ = made
    assert NUMBER.findall(everything(found["通报"]) + everything(found["公示"])) == []


def test_the_public_list_names_the_best_only_without_ranks(made):
    results, found, _ = made
    text = everything(found["公示"])
    scores = results.scores
    best = set(scores[(scores["等次"] == "优秀") & (scores["待定"] == "")]["考核对象"])
    assert {name for name in scores["考核对象"] if name in text} == best
    assert "名次" not in text and "排名" not in text
    listed = [line.split("：")[1].rstrip("。").split("、") for line in lines(found["公示"]) if "个）：" in line]
    assert listed == [sorted(names) for names in listed] and sum(map(len, listed)) == len(best)


@pytest.mark.parametrize(("show", "columns"), [("ranks", 3), ("scores", 4)])
def test_the_case_may_ask_for_ranks_or_scores_in_the_notice(tmp_path, show, columns):
    results = sample(tmp_path / "results", notice=show, sizes=SIZES)
    found = documents(results, tmp_path / "documents", names=["通报"])
    table = tables(found["通报"])[0]
    assert table[0] == ["名次", "考核对象", "综合得分", "等次"] if columns == 4 else ["名次", "考核对象", "等次"]
    assert [row[1] for row in table[1:]] == list(results.scores.query("类别 == '事业局'")["考核对象"])
    assert {row[-1] for row in table[1:]} <= {"优秀", "良好", "一般", "待定"}


# --- small, large and odd cases -------------------------------------------------------------------------------------


def test_one_subject_alone_is_told_in_the_singular(tmp_path):
    results = sample(tmp_path / "results", sizes={"事业局": 1})
    text = lines(documents(results, tmp_path / "documents")["考核工作报告"])
    assert any(line.startswith("本类别只有1个考核对象，综合得分") for line in text)
    assert "最高" not in "".join(text) and "平均" not in "".join(text) and "均为" not in "".join(text)


def test_the_work_report_ends_with_the_record_of_the_run(made):
    results, found, _ = made
    assert f"记录：{record_line(record_of(results.run))}" in lines(found["考核工作报告"])
    assert not any(line.startswith("记录") for name in ("公示", "通报") for line in lines(found[name]))


def test_where_no_places_are_set_none_are_counted(tmp_path):
    results = sample(tmp_path / "results", sizes=SIZES)
    unset = replace(results, quotas=results.quotas.assign(名额=float("nan")))
    text = "".join(lines(documents(unset, tmp_path / "documents", names=["考核工作报告"])["考核工作报告"]))
    assert "名额尚未规定（2处）。" in text and "名额共" not in text


def test_a_ranking_without_grades_says_nothing_of_grades(tmp_path):
    results = sample(tmp_path / "results", sizes=SIZES, graded=False)
    found = documents(results, tmp_path / "documents")
    assert set(found) == {"通报", "考核工作报告"}
    assert tables(found["通报"])[0][0] == ["名次", "考核对象"]
    text = "".join(lines(found["考核工作报告"]))
    assert "只排名、不定等次" in text and "办法没有规定名额。" in text and "优秀" not in text


def test_without_earlier_years_nothing_is_compared(made):
    assert not any("与上年相比" in line for line in lines(made[1]["考核工作报告"]))


def test_a_grade_is_compared_with_that_of_last_year(tmp_path):
    results = sample(tmp_path / "results", sizes=SIZES)
    best, worst = results.scores["考核对象"].iloc[0], results.scores["考核对象"].iloc[3]
    rows = [["环节", "考核对象", "年度", "等次", "综合得分"], ["单位", best, 2018, "良好", 81.5]]
    rows += [["单位", worst, 2018, "优秀", 95], ["单位", best, 2017, "较差", 50]]
    text = "\n".join(",".join(map(str, row)) for row in rows) + "\n"
    (tmp_path / "results" / "历年.csv").write_text(text, encoding="utf-8-sig")
    context = work_report_context(read_results(tmp_path / "results"))
    assert context["上年句"] == "有2018年度结果的考核对象2个，与上年相比，等次上升1个、下降1个。"
    assert [(row["考核对象"], row["上年等次"], row["变化"]) for row in context["上年"]] == [
        (best, "良好", "上升"), (worst, "优秀", "下降"),
    ]  # fmt: skip


def test_long_names_and_many_subjects_are_all_there(tmp_path):
    results = sample(tmp_path / "results", sizes={"厅机关": 60})
    found = documents(results, tmp_path / "documents")
    for document in found.values():
        assert [name for name in results.scores["考核对象"] if name not in everything(document)] == []
    assert long_name("厅机关") in everything(found["通报"])


def test_names_are_written_as_they_are_whatever_signs_they_hold(tmp_path):
    results = sample(tmp_path / "results", sizes={"事业局": 4})
    odd = "甲<b>&{{ 名称 }}\x01局"
    first = results.scores["考核对象"].iloc[-1]
    for name in ("结果.csv", "明细.csv", "理由.csv"):
        path = tmp_path / "results" / name
        path.write_text(path.read_text("utf-8-sig").replace(first, odd), "utf-8-sig")
    found = documents(read_results(tmp_path / "results"), tmp_path / "documents", names=["通报"])
    assert "甲<b>&{{ 名称 }} 局" in everything(found["通报"])


def test_groups_are_listed_group_by_group(tmp_path):
    results = sample(tmp_path / "results", {}, sizes={"厅机关": 8}, grouped=True)
    assert re.match(r"党群口：\S+；经济口：\S+", publicity_context(results)["环节"][0]["类别"][0]["名单"])
    columns = work_report_context(results)["环节"][0]["类别"][0]["列"]
    assert columns[:3] == ["分口", "名次", "考核对象"]


# --- as documents ---------------------------------------------------------------------------------------------------


def test_simulated_data_are_stamped_on_every_page_and_real_ones_on_none(made, tmp_path):
    for document in made[1].values():
        section = document.sections[0]
        stamps = [section.header.paragraphs[0].text, section.even_page_header.paragraphs[0].text]
        assert stamps == ["演示数据", "演示数据"]
        assert not section.different_first_page_header_footer
    results = sample(tmp_path / "results", {}, sizes={"事业局": 1}, simulated=False)
    real = documents(results, tmp_path / "documents")
    assert not any("演示数据" in everything(document) for document in real.values())


def test_the_same_results_give_the_same_bytes(made, tmp_path):
    documents(made[0], tmp_path / "again")
    first = made[2]
    assert sorted(path.name for path in first.iterdir()) == ["公示.docx", "考核工作报告.docx", "通报.docx"]
    for path in first.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes(), path.name


def test_every_picture_is_described_and_as_wide_as_the_text_at_most(made):
    document = made[1]["考核工作报告"]
    section = document.sections[0]
    described = [shape._inline.docPr.get("descr") for shape in document.inline_shapes]
    assert len(described) == 5
    assert described[0] == "各类别等次构成"
    assert described[1].startswith("事业局：4 个考核对象，综合得分")
    width = section.page_width - section.left_margin - section.right_margin
    assert all(shape.width <= width for shape in document.inline_shapes)
    captions = [line for line in lines(document) if re.match(r"图\d", line)]
    assert [line.split("　")[0] for line in captions] == [f"图{number}" for number in range(1, 6)]


def test_the_page_is_that_of_an_official_paper(made):
    for document in made[1].values():
        section, normal = document.sections[0], document.styles["Normal"]
        assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
        margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
        assert [round(margin.mm) for margin in margins] == [37, 35, 28, 26]
        xml = normal.element.xml
        assert 'w:eastAsia="仿宋_GB2312"' in xml and normal.font.size.pt == 16
        defaults = document.styles.element.xml
        assert '<w:lang w:val="en-US" w:eastAsia="zh-CN"' in defaults
        assert "PAGE" in section.footer._element.xml and section.footer.paragraphs[0].text == "— 1 —"
