"""The sample for one's own regulation: it loads, assesses, explains itself, and never overwrites a file.

甲乡 目标任务: 定量 45/50×50 = 45, 得分 36/50 → (45+36)/100×80 = 64.80; 评价 9 + 9.5; 省级表彰 +2        → 85.30
乙乡 目标任务: 定量 25/50 < 60% = 0, 得分 45 → 45/100×80 = 36.00; 评价 8 + 8; 通报批评 2 次 −2            → 50.00
丙乡 目标任务: 50 + 48 → 98/100×80 = 78.40; 评价 10 + 9; 有任务未完成，不能优秀                           → 97.40
丁局 目标任务: 40 + 40 → 80/100×70 = 56.00; 评价 9 + 18                                                  → 83.00
戊局 一票否决; 目标任务 50 + 50 → 70.00; 评价 10 + 20                                                    → 100.00
Places: 乡镇 3×20% = 0.6, by half_up 1; 部门 2×20% = 0.4 → 0.
"""

from __future__ import annotations

import pytest
from offices import make_case

from kaohe_tools.assess import assess
from kaohe_tools.outputs import tables
from kaohe_tools.problems import InputError
from kaohe_tools.scheme import SCHEMES, built_in, load_scheme
from kaohe_tools.scheme.starter import SAMPLE, new_scheme

FIGURES = {
    "甲乡": (45, 36, 9, 9.5),
    "乙乡": (25, 45, 8, 8),
    "丙乡": (50, 48, 10, 9),
    "丁局": (40, 40, 9, 18),
    "戊局": (50, 50, 10, 20),
}
SHEETS = {
    "名册": [["考核对象", "类别"], *([name, "乡镇" if "乡" in name else "部门"] for name in FIGURES)],
    "指标": [
        ["类别", "部分", "指标", "分值", "计分规则", "目标值"],
        *([category, "目标任务", "项目开工", 50, "定量", 50] for category in ("乡镇", "部门")),
        *([category, "目标任务", "基层治理", 50, None, None] for category in ("乡镇", "部门")),
    ],
    "得分": [
        ["考核对象", "指标", "得分", "完成值"],
        *([name, "项目开工", None, figures[0]] for name, figures in FIGURES.items()),
        *([name, "基层治理", figures[1], None] for name, figures in FIGURES.items()),
        *([name, "领导评价", figures[2], None] for name, figures in FIGURES.items()),
        *([name, "群众评价", figures[3], None] for name, figures in FIGURES.items()),
    ],
    "台账": [
        ["考核对象", "事项", "标准", "次数", "依据"],
        ["甲乡", "乡村振兴", "省级表彰", 1, "文件"],
        ["乙乡", "信访", "通报批评", 2, "通报"],
    ],
    "情形": [["考核对象", "情形", "值"], ["丙乡", "任务未完成比例", "5%"], ["戊局", "一票否决", "是"]],
}


def test_the_sample_assesses_a_small_case_as_worked_by_hand(tmp_path):
    new_scheme(tmp_path / "case" / "我县办法.yaml")
    options = {"scheme": "我县办法.yaml", "year": 2024, "params": None, "readings": "{quota_rounding: half_up}"}
    found = tables(assess(make_case(tmp_path / "case", sheets=SHEETS, **options)))
    result = found["结果"].set_index("考核对象")
    assert result["综合得分"].to_dict() == {
        "丙乡": "97.40", "甲乡": "85.30", "乙乡": "50.00", "戊局": "100.00", "丁局": "83.00",
    }  # fmt: skip
    assert result["等次"].to_dict() == {
        "丙乡": "良好", "甲乡": "优秀", "乙乡": "一般", "戊局": "较差", "丁局": "良好",
    }  # fmt: skip
    assert dict(zip(found["名额"]["类别"], found["名额"]["名额"], strict=True)) == {"乡镇": 1, "部门": 0}
    assert {row["考核对象"]: row["事项"] for _, row in found["运用"].iterrows()} == {
        "甲乡": "通报表扬", "乙乡": "约谈", "丁局": "约谈",
    }  # fmt: skip


def test_an_editor_finds_the_language_from_the_file(tmp_path):
    path = new_scheme(tmp_path / "deep" / "own.yaml")
    first = path.read_text(encoding="utf-8").splitlines()[0]
    address = first.removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / address).resolve() == (SCHEMES / "scheme.schema.json").resolve()


def test_a_file_that_is_there_is_left_as_it_is(tmp_path):
    (tmp_path / "own.yaml").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="文件已经存在"):
        new_scheme(tmp_path / "own.yaml")
    assert (tmp_path / "own.yaml").read_text(encoding="utf-8") == "mine"


def test_another_kind_of_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="应以"):
        new_scheme(tmp_path / "own.xlsx")
    assert not list(tmp_path.iterdir())


def test_the_sample_is_no_built_in_scheme():
    assert load_scheme(str(SAMPLE)).id not in built_in()
