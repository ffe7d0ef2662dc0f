"""What is wrong in a big table is told at its cell, as in any sheet; of many of one kind the first, and how many."""

from __future__ import annotations

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from offices import told
from test_bulk import SCORES, changed, problems_of, small

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")
pytest.importorskip("fsspec")

from kaohe_tools.assess import assess  # noqa: E402
from kaohe_tools.bulk.listed import LISTED  # noqa: E402
from kaohe_tools.bulk.spoken import Spoken  # noqa: E402
from kaohe_tools.bulk.whole import assess_bulk  # noqa: E402
from kaohe_tools.problems import InputError  # noqa: E402


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize(
    "cells",
    [
        {"r0": -1}, {"r0": 20.5}, {"r0": 99}, {"s1": "丁局"}, {"s1": None}, {"i2": "党健"}, {"i2": None}, {"r4": None},
        {"r0": 1e15}, {"r0": 1e-12}, {"r3": float("inf")}, {"r0": -1, "s1": "丁局", "i2": "党健", "r4": None},
    ],
    ids=str,
)  # fmt: skip
def test_a_flaw_is_told_at_the_cell_and_in_the_words_of_the_ordinary_way(tmp_path, cells, form):
    folder = small(tmp_path / "例", changed(**cells), form)
    with pytest.raises(InputError) as raised:
        assess(folder)
    expected = told(raised.value.problems, "错误")
    assert told(problems_of(folder), "错误") == expected and expected


@pytest.mark.parametrize("score", ["十八", "1e1", "#DIV/0!", "nan", "1,5"])
def test_what_is_no_number_is_told_and_never_guessed(tmp_path, score):
    rows = [[*row[:2], str(row[2])] for row in changed(r0=score)]
    found = told(problems_of(small(tmp_path / "例", rows)), "错误")
    assert found == [("C2", f"得分“{score}”不是数字")]


@pytest.mark.parametrize("kind", ["string", "large_string", "string_view"])
def test_what_is_no_number_is_told_the_same_however_a_file_keeps_its_texts(tmp_path, kind):
    folder = small(tmp_path / "例")
    (folder / "得分.csv").unlink()
    subjects, indicators, scores = zip(*changed(r0="缺考", s1="丁局"), strict=True)
    columns = [pa.array(map(str, column), getattr(pa, kind)()) for column in (subjects, indicators, scores)]
    pq.write_table(pa.table(columns, names=["考核对象", "指标", "得分"]), folder / "得分.parquet")
    found = told(problems_of(folder), "错误")
    assert ("C2", "得分“缺考”不是数字") in found and ("A3", "名册里没有“丁局”") in found


def test_full_width_numbers_are_read_and_sums_with_a_warning(tmp_path):
    rows = [[*row[:2], str(row[2])] for row in changed(r0="１８", r1="60+10")]
    folder = small(tmp_path / "例", rows)
    found = assess_bulk(folder).assessment
    assert found.scores["composite"].round(6).tolist() == assess(folder).scores["composite"].round(6).tolist()
    assert ("C3", "得分“60+10”按 70 读取") in told(found.problems, "警告")


def test_a_row_said_twice_is_told_whatever_the_order(tmp_path):
    for number, rows in enumerate(([*SCORES, SCORES[0]], [*SCORES, [*SCORES[3][:2], 1]])):
        found = told(problems_of(small(tmp_path / f"{number}", rows)), "错误")
        assert [place for place, _ in found] == ["C12"] and "得分重复" in found[0][1]


@given(st.lists(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=9), max_size=9))
def test_what_an_earlier_row_said_is_known_across_all_batches(batches):
    spoken, seen = Spoken(6), set()
    for batch in batches:
        slots, apart = np.array(batch, dtype=np.int64).reshape(-1, 2).T
        expected = []
        for row in batch:
            expected.append(row in seen)
            seen.add(row)
        assert spoken.again(slots, apart).tolist() == expected
    assert np.flatnonzero(spoken.told).tolist() == sorted({slot for slot, _ in seen})


def test_totals_blank_lines_and_titles_count_as_rows_and_not_as_data(tmp_path):
    folder = small(tmp_path / "例")
    lines = ["年度得分", "", "考核对象,指标,得分"]
    lines += [",".join(map(str, row)) for row in SCORES[:5]] + ["", "合计,,247", ",,", "丁局,党建,5"]
    lines += [",".join(map(str, row)) for row in SCORES[5:]]
    (folder / "得分.csv").write_text("\n".join(lines), encoding="utf-8")
    problems = problems_of(folder)
    assert told(problems, "错误") == [("A12", "名册里没有“丁局”")]
    assert ("", "按“得分”读取 13 行；未计：空行 1 行，合计行 1 行") in told(problems, "提示")


def test_a_million_flaws_of_one_kind_are_not_a_million_messages(tmp_path):
    rows = [*SCORES, *([f"外单位{i}", "党建", 1] for i in range(500)), *([*SCORES[0][:2], 1] for _ in range(300))]
    found = [str(problem) for problem in problems_of(small(tmp_path / "例", rows)).errors]
    assert len(found) == 2 * LISTED + 2
    assert any("“名册里没有”一类的问题另有 480 处，没有逐一列出；共 500 处" in line for line in found)
    assert any("“得分重复”一类的问题另有 280 处" in line for line in found)


def test_all_sheets_flaws_are_told_with_those_of_the_table(tmp_path):
    folder = small(tmp_path / "例", changed(r0=-1))
    pd.DataFrame([["戊局", "不得评优", "否"]], columns=["考核对象", "情形", "值"]).to_csv(
        folder / "情形.csv", index=False
    )
    assert [message for _, message in told(problems_of(folder), "错误")] == [
        "得分 -1 是负数（指标“党建”）",
        "名册里没有“戊局”",
    ]


@pytest.mark.parametrize(
    ("header", "value"),
    [("完成值", "5"), ("来源", "平时"), ("评分人", "甲"), ("时点", "一季度"), ("目标值", "3"), ("编号", "1")],
)
def test_a_column_that_only_the_ordinary_way_can_use_is_refused_by_name(tmp_path, header, value):
    folder = small(tmp_path / "例")
    frame = pd.DataFrame(SCORES, columns=["考核对象", "指标", "得分"])
    frame[header] = ["", value, *[""] * 8]
    frame.to_csv(folder / "得分.csv", index=False)
    found = told(problems_of(folder), "错误")
    assert found == [("D3", f"大表方式一个指标只看一行得分，“{header}”列用不上，却有内容")]
    frame[header] = ""
    frame.to_csv(folder / "得分.csv", index=False)
    assert len(assess_bulk(folder).assessment.subjects) == 4


def test_beside_a_needless_column_all_else_that_is_wrong_is_told_at_once(tmp_path):
    folder = small(tmp_path / "例")
    rows = [[*row, "", ""] for row in SCORES[:-1]]
    rows[0][2:4] = ["", "5"]  # scored by 完成值: its 得分 is not missing
    rows[1][2], rows[4][2] = -1, "十"
    rows[5][4] = "张"
    rows += [[*SCORES[5], "", "李"], [*SCORES[5], "", "张"], [*SCORES[7], "", ""]]
    columns = ["考核对象", "指标", "得分", "完成值", "评分人"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "得分.csv", index=False)
    assert sorted(told(problems_of(folder), "错误")) == sorted([
        ("C3", "得分 -1 是负数（指标“业务一”）"),
        ("C6", "得分“十”不是数字"),
        ("C12", "“丙处”的“重点业务一”得分重复"),
        ("C13", "“丁处”的“党建”得分重复"),
        ("D2", "大表方式一个指标只看一行得分，“完成值”列用不上，却有内容"),
        ("E7", "大表方式一个指标只看一行得分，“评分人”列用不上，却有内容"),
        ("指标!E7", "“丁处”缺少“其他业务一”的得分"),
    ])  # fmt: skip


def test_whose_a_row_is_that_only_a_code_could_tell_is_left_open(tmp_path):
    folder = small(tmp_path / "例")
    book = openpyxl.load_workbook(folder / "数据.xlsx")
    roster = book["名册"]
    for i, code in enumerate(("编号", "1", "2", "3", "4"), 1):
        roster.cell(i, 3, code)
    roster["A3"] = "甲局"
    book.save(folder / "数据.xlsx")
    names = {"甲局": ("甲局", "1"), "乙局": ("甲局", "2")}
    rows = [[*names.get(row[0], (row[0], "")), *row[1:]] for row in SCORES]
    pd.DataFrame(rows, columns=["考核对象", "编号", "指标", "得分"]).to_csv(folder / "得分.csv", index=False)
    found = [
        str(problem) for problem in problems_of(folder).errors if "得分.csv" in str(problem) or "缺少" in str(problem)
    ]
    assert len(found) == 1 and "得分.csv!B2：大表方式一个指标只看一行得分，“编号”列用不上，却有内容" in found[0]


def test_a_rule_beyond_points_is_refused_by_name(tmp_path):
    import shutil
    from pathlib import Path

    folder = tmp_path / "例"
    shutil.copytree(Path(__file__).resolve().parent.parent / "data" / "raw" / "zhashui-2022", folder)
    pd.DataFrame([["甲", "乙", 1]], columns=["考核对象", "指标", "得分"]).to_csv(folder / "得分.csv", index=False)
    found = [message for _, message in told(problems_of(folder), "错误")]
    assert "指标“固定资产投资”按计分规则“量化”计，大表方式只能计直接打分的指标" in found
    assert "名册里没有“甲”" in found  # and the rows are looked at all the same
    assert not any("缺少“固定资产投资”" in message for message in found)


def test_a_category_that_is_not_the_rosters_is_told(tmp_path):
    folder = small(tmp_path / "例")
    frame = pd.DataFrame(SCORES, columns=["考核对象", "指标", "得分"])
    frame["类别"] = ["事业局"] * 4 + ["厅机关"] * 5 + ["事业局"]
    frame.to_csv(folder / "得分.csv", index=False)
    assert told(problems_of(folder), "错误") == [("D11", "类别与名册不符（“丁处”属于厅机关）")]
    (folder / "得分.csv").unlink()
    (folder / "类别=事业局").mkdir()
    frame.drop(columns="类别").to_csv(folder / "类别=事业局" / "得分.csv", index=False)
    found = problems_of(folder).errors
    assert len(found) == 6 and found[0].place.file == "类别=事业局/得分.csv"


def test_a_project_that_is_not_the_indicators_is_told(tmp_path):
    folder = small(tmp_path / "例")
    frame = pd.DataFrame(SCORES, columns=["考核对象", "指标", "得分"])
    frame["考核项目"] = ["", "", "", "", "", "重点", "其它", "", "", ""]
    frame.to_csv(folder / "得分.csv", index=False)
    assert told(problems_of(folder), "错误") == [("D8", "“丙处”没有指标“其它·其他业务一”")]


def test_a_full_mark_that_is_none_and_a_score_above_it_are_told(tmp_path):
    folder = small(tmp_path / "例")
    frame = pd.DataFrame(SCORES, columns=["考核对象", "指标", "得分"])
    frame["满分"] = [0, 60, *[None] * 8]
    frame.to_csv(folder / "得分.csv", index=False)
    assert told(problems_of(folder), "错误") == [
        ("D2", "满分 0 不是正数"),
        ("C3", "得分 70 高于满分 60（指标“业务一”）"),
    ]


def test_two_indicators_of_one_name_are_refused(tmp_path):
    folder = small(tmp_path / "例")
    extra = [["", "丙处", "个性指标", "再一", "其他业务一", 5]]
    columns = ["类别", "考核对象", "部分", "考核项目", "指标", "分值"]
    pd.DataFrame(extra, columns=columns).to_csv(folder / "又一张指标.csv", index=False)
    found = [message for _, message in told(problems_of(folder), "错误")]
    assert "“丙处”有 2 个指标叫“其他业务一”，大表方式只按指标名称对应" in found
    assert not any("缺少" in message for message in found)
    pd.DataFrame(changed(r0=-1), columns=["考核对象", "指标", "得分"]).to_csv(folder / "得分.csv", index=False)
    assert "得分 -1 是负数（指标“党建”）" in [message for _, message in told(problems_of(folder), "错误")]


def test_a_broken_line_of_a_csv_file_is_told_with_its_number(tmp_path):
    folder = small(tmp_path / "例")
    path = folder / "得分.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines[:4], "乙局,党建", *lines[4:]]), encoding="utf-8")
    found = told(problems_of(folder), "错误")
    assert len(found) == 1 and "有 2 格，表头有 3 格，没有读取" in found[0][1]
    pd.DataFrame([["戊局", "党建", 1]], columns=["考核对象", "指标", "得分"]).to_csv(folder / "又.csv", index=False)
    found = [str(problem) for problem in problems_of(folder).sorted() if problem.level == "错误"]
    assert len(found) == 2 and found[0].startswith("错误 又.csv!A2：名册里没有“戊局”")
    assert found[1].startswith("错误 得分.csv：有一行有 2 格，表头有 3 格，没有读取")
