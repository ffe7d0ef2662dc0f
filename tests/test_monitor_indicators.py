"""Indicator tables during the year: two issues compared, and what a regulation asks of them; notebook and charts."""

from __future__ import annotations

import json
import os
from itertools import pairwise
from pathlib import Path

import papermill
import pytest
from mid_year import mid_year
from offices import make_case

from kaohe_tools.charts.progress import behind_multiples, progress_lines
from kaohe_tools.cli import main
from kaohe_tools.monitor import change_table, finding_table, lines, monitor, sum_table
from kaohe_tools.problems import InputError
from kaohe_tools.scheme import built_in, load_scheme

ROOT = Path(__file__).resolve().parent.parent
LONE = [None] * 7
OLD = {
    "指标!F2": 25,  # 绿化造林 was worth 25
    "指标!E4": "党的建设工作",
    "指标!H6": 50,  # 招商引资 was to bring 50
    "指标!M3": "季度",
    "指标!D7": "文旅",
}
OLD_ROW = {"指标": [["镇办", None, "目标任务", "生态", "河长制", 5, "非量化", *LONE[:6], "单位"]]}


@pytest.fixture
def compared(tmp_path):
    return monitor(mid_year(tmp_path / "新"), compare=mid_year(tmp_path / "旧", OLD, OLD_ROW))


def _changes(look):
    rows = change_table(look).to_dict("records")
    return {(r["变动"], r["考核对象"], r["指标"], r["原值"], r["现值"]) for r in rows}


# --- two issues -------------------------------------------------------------------------------------------------------


def test_what_was_dropped_renamed_reweighted_moved_and_retargeted_is_told(compared):
    assert _changes(compared) == {
        ("删除", "全部 4 个", "河长制", "5", ""),
        ("疑似改名", "全部 4 个", "党的建设", "党的建设工作", "党的建设"),
        ("分值变动", "全部 4 个", "绿化造林", "25", "30"),
        ("目标值变动", "乙镇", "招商引资", "50", "60"),
        ("监测周期变动", "全部 4 个", "群众满意率", "季度", ""),
        ("调整考核项目", "丙镇", "旅游收入", "文旅", "经济"),
    }


def test_a_change_stands_at_its_cells_in_both_issues(compared):
    table = change_table(compared).set_index("指标")
    row = table.loc["绿化造林"]
    assert (row["文件"], row["工作表"], row["单元格"], row["原单元格"]) == ("数据.xlsx", "指标", "F2", "F2")
    assert (table.loc["河长制", "文件"], table.loc["河长制", "原单元格"]) == ("", "E9")


def test_a_change_is_told_with_what_the_regulation_asks_for_it(compared):
    told = lines(compared)
    assert "删除 原表 数据.xlsx[指标]!E9：镇办全部 4 个对象“河长制”（5 分）" in told
    assert any(line.endswith("镇办全部 4 个对象“党的建设工作”改成“党的建设”") for line in told)
    assert any(line.endswith("镇办全部 4 个对象“绿化造林”由 25 改为 30") for line in told)
    assert any("县考核委员会研究同意，三季度后原则上不再调整（第十五条）" in line for line in told)


def test_a_change_after_the_last_quarter_for_it_is_told_so(tmp_path):
    new, old = mid_year(tmp_path / "新", {"得分!D2": "11月"}), mid_year(tmp_path / "旧", {"指标!F2": 25})
    assert any("现在已过（第十五条）" in line for line in lines(monitor(new, compare=old)))


def test_sums_are_given_for_every_subject_and_part(tmp_path):
    look = monitor(mid_year(tmp_path / "新"), compare=mid_year(tmp_path / "旧", {"指标!F5": 20}))
    sums = sum_table(look)
    row = sums[(sums["考核对象"] == "甲镇") & (sums["部分"] == "合计")].iloc[0]
    assert (row["原分值"], row["现分值"], row["增减"]) == ("90", "100", "10")
    assert set(sums.loc[sums["考核对象"] != "甲镇", "增减"]) == {"0"}
    assert "分值合计：甲镇由 90 改为 100" in lines(look)


def test_an_issue_written_by_subject_equals_one_written_by_category(tmp_path):
    case = mid_year(tmp_path / "新")
    head = "考核对象,部分,考核项目,指标,分值\n"
    rows = ["生态,绿化造林,30", "民生,群众满意率,20", "党建,党的建设,20"]
    own = {"甲镇": "固定资产投资", "乙镇": "招商引资", "丙镇": "旅游收入", "丁镇": "粮食产量"}
    text = head + "".join(f"{who},目标任务,{row}\n" for who, name in own.items() for row in [*rows, f"经济,{name},30"])
    (tmp_path / "旧.csv").write_text(text, encoding="utf-8")
    look = monitor(case, compare=tmp_path / "旧.csv")
    assert change_table(look).empty
    assert "指标变动：两个版本相同" in lines(look)


def test_an_issue_that_cannot_be_read_is_an_error(tmp_path, capsys):
    case = mid_year(tmp_path / "新")
    (tmp_path / "空.csv").write_text("甲,乙\n1,2\n", encoding="utf-8")
    for old, told in ((tmp_path / "没有", "没有“"), (tmp_path / "空.csv", "里面没有指标表")):
        assert main(["monitor", str(case), "--compare", str(old)]) == 1
        assert told in capsys.readouterr().err
    with pytest.raises(InputError, match="多少"):
        monitor(case, compare=mid_year(tmp_path / "旧", {"指标!F2": "多少"}))


# --- demands ----------------------------------------------------------------------------------------------------------

CHECKS = [
    {"columns": ["牵头部门", "设置依据"], "article": "一"},
    {"targets": True, "article": "二"},
    {"distinct": True, "article": "三"},
    {"same_standard": True, "article": "四"},
    {"telling": True, "article": "五"},
    {"covering": True, "article": "六"},
    {"count": {"at_least": 2, "at_most": 3}, "article": "七"},
    {"worth": {"at_least": 5, "at_most": 60}, "article": "八"},
]
UNITS = ("甲", "乙", "丙", "丁")


def _demanding(folder, indicators, scores=(), checks=CHECKS):
    """Findings of a small scheme with these checks: (要求, 条款, 考核对象, 指标, 单元格) and the words."""
    stage = {
        "categories": {"部门": {}},
        "rules": {"量化": {"kind": "proportional", "article": "0"}},
        "parts": {"工作": {"points": 100, "from": "indicators", "article": "0"}},
        "checks": checks,
    }
    scheme = {"id": "own", "title": "小办法", "source": {"document": "测试"}, "stages": {"单位": stage}}
    folder.mkdir(exist_ok=True)
    (folder / "own.yaml").write_text(json.dumps(scheme, ensure_ascii=False), encoding="utf-8")
    head = ["类别", "考核对象", "部分", "指标", "分值", "计分规则", "目标值", "牵头部门", "设置依据"]
    sheets = {
        "名册": [["考核对象", "类别"], *([name, "部门"] for name in UNITS)],
        "指标": [head, *indicators],
        "得分": [["考核对象", "指标", "得分", "时点"], *scores],
    }
    look = monitor(make_case(folder, sheets=sheets, scheme="own.yaml", year=2024, params=None))
    return {
        (r["要求"], r["考核对象"], r["指标"], r["单元格"]): r["问题"] for r in finding_table(look).to_dict("records")
    }


def _row(name, points=50, who=None, rule=None, target=None, lead="办公室", law="文件"):
    return [None if who else "部门", who, "工作", name, points, rule, target, lead, law]


def test_a_sound_table_meets_every_demand(tmp_path):
    scores = [[name, "党建", 40 + i, "一季度"] for i, name in enumerate(UNITS)]
    assert _demanding(tmp_path, [_row("党建"), _row("业务")], scores) == {}


def test_a_blank_where_something_is_required_is_told_at_its_cell(tmp_path):
    found = _demanding(tmp_path, [_row("党建", lead=None), _row("业务")])
    assert found == {("要素齐全", "4 个对象", "党建", "H2"): "没有写“牵头部门”"}


def test_a_column_that_is_blank_throughout_is_told_once(tmp_path):
    found = _demanding(tmp_path, [_row("党建", law=None), _row("业务", law=None)])
    assert found == {("要素齐全", "", "", "I2"): "“设置依据”这一列全部空白（2 项指标）"}


def test_an_indicator_by_target_without_one_is_told(tmp_path):
    found = _demanding(tmp_path, [_row("产值", rule="量化"), _row("税收", rule="量化", target=9)])
    assert list(found) == [("有目标值", "4 个对象", "产值", "G2")]


def test_indicators_that_overlap_are_told(tmp_path):
    rows = [_row("安全生产责任", 40), _row("安全生产责任落实", 40), _row("党建", 20)]
    assert list(_demanding(tmp_path, rows)) == [("不交叉重叠", "4 个对象", "安全生产责任落实", "D3")]
    assert _demanding(tmp_path, [_row("一类项目"), _row("二类项目")]) == {}


def test_one_indicator_with_two_standards_is_told(tmp_path):
    rows = [_row("党建", 50, who) for who in UNITS[:3]] + [_row("党建", 40, "丁"), _row("业务", 50)]
    found = _demanding(tmp_path, rows)
    (key,) = found
    assert key[0] == "标准统一"
    assert found[key] == "同一类别里“分值”不一致（40：“丁”；50：“丙”“乙”“甲”）"


def test_an_indicator_that_tells_nobody_apart_is_told(tmp_path):
    scores = [[name, "党建", 45, "一季度"] for name in UNITS] + [
        [name, "业务", 40 + i, None] for i, name in enumerate(UNITS)
    ]
    found = _demanding(tmp_path, [_row("党建"), _row("业务")], scores)
    assert found == {("有区分度", "", "党建", "D2"): "4 个对象的得分率都是 90%，拉不开差距"}


def test_an_indicator_that_leaves_one_out_is_told(tmp_path):
    rows = [_row("业务"), *(_row("党建", 50, who) for who in UNITS[:3]), _row("创新", 50, "丁")]
    found = _demanding(tmp_path, rows)
    assert found == {("全覆盖", "", "党建", "D3"): "“丁”没有这项指标，同类别其余 3 个都有"}


def test_too_many_indicators_and_points_out_of_range_are_told(tmp_path):
    found = _demanding(tmp_path, [_row("党建", 94), _row("业务", 2), _row("创新", 2), _row("服务", 2)])
    assert found["指标项数", "甲", "党建", "D2"] == "共 4 项指标，多于 3"
    assert found["指标分值", "4 个对象", "党建", "E2"] == "分值 94，多于 60"
    assert found["指标分值", "4 个对象", "服务", "E5"] == "分值 2，少于 5"


def test_every_finding_names_the_article_of_the_scheme(tmp_path):
    look = monitor(ROOT / "data" / "raw" / "qinghai-2023")
    table = finding_table(look)
    articles = {check.article for check in load_scheme("qinghai-2023").stages["单位"].checks}
    assert len(table) and set(table["条款"]) <= articles
    assert any("数据来源" in text for text in table["问题"])


def test_a_scheme_without_demands_is_told_so(tmp_path):
    assert "指标检查：办法文件没有写对指标的要求（checks 一节），没有检查" in lines(monitor(make_case(tmp_path)))


@pytest.mark.parametrize(
    "check, told",
    [
        ({"columns": ["负责人"], "article": "一"}, "不在可选范围"),
        ({"targets": True}, "没有条款"),
        ({"monitored": "每周", "article": "一"}, "不在可选范围"),
        ({"until": "三季度", "monitored": "季度", "article": "一"}, "要求|不合|缺少"),
        ({"targets": True, "distinct": True, "article": "一"}, "恰好写一个"),
    ],
)
def test_a_check_that_is_written_wrong_is_told(tmp_path, check, told):
    with pytest.raises(InputError, match=told):
        _demanding(tmp_path, [_row("党建")], checks=[check])


def test_checks_of_built_in_schemes_have_articles():
    checks = [check for name in built_in() for stage in load_scheme(name).stages.values() for check in stage.checks]
    assert checks
    assert all(check.article.startswith("第") for check in checks)


# --- charts and the notebook ------------------------------------------------------------------------------------------


def _many(folder, count):
    """Many towns with long names, reported quarter by quarter at different paces."""
    towns = [f"第{i}街道办事处及其所属单位" for i in range(count)]
    head = ["类别", "部分", "指标", "分值", "计分规则", "目标值", "环节"]
    scores = [
        [t, "绿化", f"{q}季度", round(25 * q * (0.3 + 0.9 * i / count), 1)]
        for i, t in enumerate(towns)
        for q in (1, 2, 3)
    ]
    sheets = {
        "名册": [["考核对象", "类别"], *([town, "镇办"] for town in towns)],
        "指标": [head, ["镇办", "目标任务", "绿化", 100, "量化", 100, "单位"]],
        "得分": [["考核对象", "指标", "时点", "完成值"], *scores],
    }
    return monitor(make_case(folder, sheets=sheets, scheme="zhashui-2022", year=2022, params=None))


@pytest.mark.parametrize("count", [1, 4, 60])
def test_no_label_of_a_chart_overlaps_another_or_is_cut_off(tmp_path, count):
    look = _many(tmp_path, count)
    for chart in (progress_lines(look), behind_multiples(look)):
        chart.png()
        labels = [text for axes in chart.axes for text in axes.texts]
        boxes = sorted((text.get_window_extent() for text in labels), key=lambda box: box.y0)
        assert all(low.y1 <= high.y0 + 1 for low, high in pairwise(boxes))
        titles = [axes.title.get_window_extent() for axes in chart.axes]
        assert all(box.x1 <= chart.bbox.width + 1 for box in [*boxes, *titles])


def test_charts_of_a_case_without_reports_say_so(tmp_path):
    look = monitor(make_case(tmp_path))
    assert "没有" in progress_lines(look).texts[1].get_text()
    assert "没有" in behind_multiples(look).texts[1].get_text()


def test_a_chart_of_an_indicator_names_it_and_stamps_simulated_data(tmp_path):
    chart = progress_lines(monitor(mid_year(tmp_path)), "旅游收入")
    words = {text.get_text() for text in chart.texts}
    assert chart.title.startswith("旅游收入：1 个对象")
    assert "演示数据" in words


def test_papermill_runs_the_notebook(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
    case, old = mid_year(tmp_path / "年中 案例"), mid_year(tmp_path / "旧", OLD, OLD_ROW)
    target = tmp_path / "monitor.ipynb"
    parameters = {"case_dir": str(case), "compare": str(old), "asof": "2022-06-30"}
    papermill.execute_notebook(
        ROOT / "notebooks" / "monitor.ipynb", target, parameters, progress_bar=False, kernel_name="python3"
    )
    cells = json.loads(target.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    assert [output for output in outputs if output["output_type"] in ("error", "stream")] == []
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 2
    html = "".join("".join(output["data"].get("text/html", "")) for output in outputs if "data" in output)
    assert html.count("（演示数据）") == 5
    assert "预计不足 60%，将不计分" in html and "河长制" in html
