"""The list of problems on a terminal: by level and sheet, in columns that stand below each other."""

from __future__ import annotations

import pytest

from kaohe_tools.listing import problem_lines
from kaohe_tools.plaintext import columns
from kaohe_tools.problems import Place, Problems


@pytest.fixture
def problems() -> Problems:
    found = Problems()
    found.error(Place("评分.xlsx", "得分", "F17"), "得分 18 高于分值 16", "应在 0 到 16 之间", "甲局")
    found.error(Place("评分.xlsx", "得分", "AB1204"), "一" * 60, "二" * 60)
    found.warning(Place("名册.csv", "", "B2"), "可疑", "请核对")
    found.note(Place("名册.csv"), "按“名册”读取 4 行")
    return found


def test_in_a_table_every_column_begins_at_one_place(problems):
    lines = problem_lines(problems, 100)
    heads = lines[0]
    starts = [columns(heads[: heads.index(name)]) for name in ("级别", "单元格", "问题", "建议")]
    row = next(line for line in lines if "F17" in line)
    found = [columns(row[: row.index(text)]) for text in ("错误", "F17", "得分 18", "应在")]
    assert found == starts
    assert max(map(columns, lines)) <= 100


def test_problems_are_grouped_by_level_and_sheet_with_the_counts_last(problems):
    lines = problem_lines(problems, 100)
    headings = [line for line in lines if line and not line.startswith(" ")]
    assert headings == [
        "评分.xlsx[得分]（错误 2 个）",
        "名册.csv（警告 1 个）",
        "提示 1 个",
        "共错误 2 个，警告 1 个，提示 1 个",
    ]


def test_nothing_of_a_long_message_is_lost(problems):
    text = "".join(problem_lines(problems, 100))
    assert text.count("一") == text.count("二") == 60


def test_without_a_terminal_every_problem_is_one_line(problems):
    lines = problem_lines(problems)
    assert lines[0] == "错误 评分.xlsx[得分]!F17：得分 18 高于分值 16；应在 0 到 16 之间"
    assert len(lines) == 5 and lines[-1] == "共错误 2 个，警告 1 个，提示 1 个"


def test_a_narrow_terminal_gets_wrapped_lines(problems):
    assert max(map(columns, problem_lines(problems, 50))) <= 50


def test_notes_may_be_left_out_but_are_counted(problems):
    lines = problem_lines(problems, None, notes=False)
    assert len(lines) == 4 and "提示 1 个" in lines[-1]


def test_no_problem_is_said_in_one_line():
    assert problem_lines(Problems(), 100) == problem_lines(Problems()) == ["没有发现问题"]
