"""Reading a results folder: what is missing is told in one go, categories and subjects are found, names may repeat."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sample_results import write_sample

from kaohe_tools.problems import InputError
from kaohe_tools.results import read_results


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_sample(tmp_path, {"事业局": 4, "厅机关": 6})


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8-sig")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8-sig")


def test_blank_names_mean_the_first_stage_and_category(folder: Path) -> None:
    results = read_results(folder)
    assert results.category().name == "事业局"
    assert results.category("", "厅机关").stage == "单位"


def test_an_unknown_category_is_refused_with_the_known_ones(folder: Path) -> None:
    with pytest.raises(InputError, match=r"没有环节“单位”的类别“厅机"):
        read_results(folder).category("单位", "厅机")
    with pytest.raises(InputError, match=r"没有环节“领导班子”；已有：单位"):
        read_results(folder).category("领导班子")


def test_all_that_is_missing_is_told_in_one_go(folder: Path) -> None:
    (folder / "名额.csv").unlink()
    (folder / "run.json").unlink()
    _edit(folder / "理由.csv", "条款", "条文")
    with pytest.raises(InputError) as caught:
        read_results(folder)
    told = [(Path(problem.place.file).name, problem.message) for problem in caught.value.problems]
    assert told == [("理由.csv", "缺列：条款"), ("名额.csv", "没有此文件"), ("run.json", "没有此文件")]


def test_a_category_has_only_its_own_rows(folder: Path) -> None:
    view = read_results(folder).category("单位", "厅机关")
    names = set(view.scores["考核对象"])
    assert len(names) == 6
    assert set(view.contributions["考核对象"]) == names
    assert set(view.reasons["考核对象"]) == names
    assert list(view.quotas["类别"]) == ["厅机关"]


def test_a_name_that_two_subjects_bear_is_shown_with_its_number(tmp_path: Path) -> None:
    folder = write_sample(tmp_path, {"厅机关": 3})
    lines = (folder / "结果.csv").read_text(encoding="utf-8-sig").splitlines()
    rows = [line.split(",") for line in lines]
    numbered = [[*row[:3], "编号" if i == 0 else f"A{i}", *row[3:]] for i, row in enumerate(rows)]
    numbered[1][2] = numbered[2][2] = "人事处"
    (folder / "结果.csv").write_text("\n".join(",".join(row) for row in numbered), encoding="utf-8-sig")
    labels = list(read_results(folder).category().scores["对象"])
    assert labels[:2] == ["人事处（A1）", "人事处（A2）"]
    assert labels[2] == numbered[3][2]


def test_a_problem_belongs_to_the_category_whose_subject_it_names(folder: Path) -> None:
    results = read_results(folder)
    first = results.scores.loc[results.scores["类别"] == "事业局", "考核对象"]
    told = results.category("单位", "事业局").problems["问题"]
    assert len(told) == 1
    assert any(name in told.iloc[0] for name in first)


def test_a_problem_in_a_cell_that_a_score_comes_from_belongs_to_its_category(folder: Path) -> None:
    _edit(folder / "问题.csv", "提示,评分.xlsx,得分,,", "警告,评分.xlsx,得分,E4,")
    assert len(read_results(folder).category("单位", "事业局").problems) == 2
    assert read_results(folder).unplaced == 0


def test_a_warning_that_names_nobody_is_counted_apart(folder: Path) -> None:
    _edit(folder / "问题.csv", "提示,评分.xlsx,得分,,", "警告,其他.xlsx,说明,,")
    assert read_results(folder).category("单位", "事业局").unplaced == 1


def test_ranks_within_groups_are_recognised(tmp_path: Path) -> None:
    assert read_results(write_sample(tmp_path / "a", {"市直部门": 20}, grouped=True)).category().group == "分口"
    assert read_results(write_sample(tmp_path / "b", {"市直部门": 20})).category().group == ""


def test_parts_come_with_points_and_leaves(folder: Path) -> None:
    view = read_results(folder).category()
    assert [(part.name, part.points) for part in view.parts] == [("目标任务", 80), ("民主测评", 20)]
    assert [leaf.name for leaf in view.leaves] == ["目标任务", "领导小组测评", "群众测评"]
    assert view.judged == ("领导小组测评", "群众测评")


def test_a_scheme_that_only_ranks_has_no_line_of_a_top_grade(tmp_path: Path) -> None:
    view = read_results(write_sample(tmp_path, {"科室": 5}, graded=False)).category()
    assert view.top_line() is None
    assert view.grades == []


def test_a_case_of_one_stage_does_not_repeat_its_name(tmp_path: Path) -> None:
    run = json.loads((write_sample(tmp_path, {"厅机关": 2}) / "run.json").read_text(encoding="utf-8"))
    assert [stage["name"] for stage in run["stages"]] == ["单位"]
    assert read_results(tmp_path).category().full_name == "厅机关"


def test_places_by_unit_give_no_line_over_the_whole_category(folder: Path) -> None:
    assert read_results(folder).category("单位", "厅机关").top_line() is not None
    _edit(folder / "名额.csv", "单位,厅机关,6,2,2,", "单位,厅机关·甲,3,1,1,30%×3\n单位,厅机关·乙,3,1,1,")
    view = read_results(folder).category("单位", "厅机关")
    assert len(view.quotas) == 2
    assert view.top_line() is None


def test_places_of_the_whole_stage_are_those_of_each_category(folder: Path) -> None:
    text = (folder / "名额.csv").read_text(encoding="utf-8-sig").splitlines()
    (folder / "名额.csv").write_text("\n".join([text[0], "单位,全部,10,3,3,30%×10"]), encoding="utf-8-sig")
    view = read_results(folder).category("单位", "厅机关")
    assert list(view.quotas["类别"]) == ["全部"]
    assert view.top_line() is not None


def test_a_grade_has_its_level_on_the_scale_also_under_another_name(folder: Path) -> None:
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    run["stages"][0]["grade_aliases"] = {"合格": "良好"}
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    view = read_results(folder).category()
    assert [view.level(grade) for grade in ("优秀", "良好", "合格", "不确定等次", "")] == [0, 1, 1, None, None]


def test_parameters_are_told_by_title_and_shares_as_per_cent(tmp_path):
    folder = write_sample(tmp_path)
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    run |= {"params": {"share": 0.29, "places": {"甲类": 3}}, "param_titles": {"share": "优秀比例", "places": "名额"}}
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    assert read_results(folder).params == {"优秀比例": "29%", "名额": "甲类 3"}


@pytest.mark.parametrize("graded", [True, False])
def test_results_tell_whether_anybody_can_have_a_grade(tmp_path: Path, graded: bool) -> None:
    assert read_results(write_sample(tmp_path, {"科室": 5, "中心": 3}, graded=graded)).graded is graded
