"""Monitoring during the year: times and cycles, progress against plan, early warning, what was not reported."""

from __future__ import annotations

import datetime

import pytest
from mid_year import mid_year
from offices import make_case

from kaohe_tools.assess import prepare
from kaohe_tools.cli import main
from kaohe_tools.monitor import EACH_TIME, Plan, WrongDayError, lines, monitor, progress_table, tables, write
from kaohe_tools.monitor.times import UnclearTimeError, elapsed, periods, planned, read_cycle, read_time
from kaohe_tools.problems import InputError

TIMES = {
    "03-31": [
        "一季度",
        "2023Q1",
        "第一季度",
        "1季度末",
        "2023年一季度",
        "三月",
        "1-3月",
        "2023-03",
        "3月31日",
        "20230331",
    ],
    "06-30": [
        "半年",
        "上半年",
        "2023H1",
        "年中",
        "2023-06",
        "2023.6",
        "6月",
        "六月底",
        "202306",
        "2023年6月30日",
        "１—６月",
    ],
    "09-30": ["前三季度", "2023年第三季度", "1至9月", "2023/9", "九月份"],
    "12-31": ["四季度", "全年", "年底", "2023年", "下半年", "十二月"],
    "05-15": ["2023-05-15", "5月15日", "2023/5/15"],
}
UNCLEAR = ["中期", "Q5", "13月", "6", "20236", "2023-02-30", "上次", "2022Q4", "2024-03", "45107"]


def _alerts(look, level=None):
    return [str(alert) for alert in look.alerts if level in (None, alert.level)]


def _progress(look, who, indicator):
    table = progress_table(look)
    return table[(table["考核对象"] == who) & (table["指标"] == indicator)]


def _latest(look, who, indicator):
    return _progress(look, who, indicator).iloc[-1]


# --- times and cycles -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day, text", [(day, text) for day, texts in TIMES.items() for text in texts])
def test_a_time_means_the_last_day_of_what_it_says(day, text):
    assert read_time(text, 2023).isoformat() == f"2023-{day}"


@pytest.mark.parametrize("text", UNCLEAR)
def test_a_time_that_is_unclear_is_refused_and_never_guessed(text):
    with pytest.raises(UnclearTimeError):
        read_time(text, 2023)


@pytest.mark.parametrize(
    "text, per_year",
    [("季度", 4), ("每季度", 4), ("按月", 12), ("每半年一次", 2), ("年度", 1), ("不定期", None), ("双周", None)],
)
def test_a_cycle_is_so_many_times_a_year_or_unknown(text, per_year):
    assert getattr(read_cycle(text), "per_year", None) == per_year


def test_the_plan_is_even_or_goes_by_whole_periods():
    may = datetime.date(2023, 5, 31)
    assert elapsed(may) == pytest.approx(5 / 12)
    assert planned(may, None) == pytest.approx(5 / 12)
    assert [planned(may, read_cycle(text)) for text in ("季度", "半年", "年", "月")] == [
        0.25,
        0,
        0,
        pytest.approx(5 / 12),
    ]
    assert [name for _, name in periods(read_cycle("季度"), 2023, datetime.date(2023, 9, 30))] == [
        "一季度",
        "二季度",
        "三季度",
    ]


# --- progress and early warning ---------------------------------------------------------------------------------------


def test_a_case_without_annual_scores_can_be_watched(tmp_path):
    look = monitor(mid_year(tmp_path))
    assert look.asof == datetime.date(2022, 6, 30)
    row = _latest(look, "甲镇", "绿化造林")
    assert (row["进度"], row["计划"], row["年底预计"], row["状态"]) == ("55%", "50%", "110%", "正常")


def test_what_is_below_plan_by_more_than_the_margin_is_behind(tmp_path):
    case = mid_year(tmp_path)
    assert _latest(monitor(case), "丙镇", "绿化造林")["状态"] == "落后"  # 36% of 50%
    assert (
        _latest(monitor(case, plan=Plan(0.14)), "丙镇", "绿化造林")["状态"] == "正常"
    )  # 14 points are not more than 14
    assert _latest(monitor(case, plan=Plan(0.13)), "丙镇", "绿化造林")["状态"] == "落后"


def test_what_would_end_below_the_floor_of_its_rule_is_urgent(tmp_path):
    found = _alerts(monitor(mid_year(tmp_path)), "紧急")
    assert (
        "紧急 数据.xlsx[得分]!F5：乙镇“绿化造林”2022-06 完成 20/100=20%，计划 50%；"
        "照此年底 40%，预计不足 60%，将不计分（第二十四条(一)）"
    ) in found


def test_the_floor_follows_the_reading_in_force(tmp_path):
    at_floor = {"得分!F5": 30}  # 30% in June: 60% at the year's end
    counted = monitor(mid_year(tmp_path / "计", at_floor))
    refused = monitor(mid_year(tmp_path / "不计", at_floor, readings="{floor_inclusive: false}"))
    assert _latest(counted, "乙镇", "绿化造林")["预计得分"] == "18"
    assert _latest(refused, "乙镇", "绿化造林")["预计得分"] == "0"
    assert any("预计不高于 60%，将不计分" in line for line in _alerts(refused))


def test_a_bar_of_a_grade_that_is_missed_even_at_best_is_urgent(tmp_path):
    # 乙镇: of 100 indicator points 12 (党建 60% of 20) and 30 (not due before the year's end) are left: 42% × 90 + 10
    found = _alerts(monitor(mid_year(tmp_path)), "紧急")
    assert found[0].endswith("综合得分年底最多 47.80（不计加减分），低于 80，将定为较差（第二十七条(四)）")
    assert not [line for line in found if "丙镇：" in line]


def test_a_rate_is_compared_with_its_target_at_any_time(tmp_path):
    look = monitor(mid_year(tmp_path))
    row = _latest(look, "乙镇", "群众满意率")
    assert (row["计划"], row["计划依据"], row["状态"]) == ("100%", "比率，不随时间折算", "预计不计分")
    assert _latest(look, "甲镇", "群众满意率")["状态"] == "正常"


def test_a_growth_rate_is_no_sum_that_grows_over_the_year(tmp_path):
    look = monitor(mid_year(tmp_path, {"指标!E7": "人均收入增速", "得分!C15": "人均收入增速"}))
    row = _latest(look, "丙镇", "人均收入增速")
    assert (row["计划"], row["计划依据"]) == ("100%", "比率，不随时间折算")


def test_what_is_due_once_a_year_is_not_behind_before_its_end(tmp_path):
    row = _latest(monitor(mid_year(tmp_path)), "乙镇", "招商引资")
    assert (row["进度"], row["计划"], row["年底预计"], row["状态"]) == ("0%", "0%", "", "正常")


def test_a_row_with_a_target_of_its_own_is_planned_by_it(tmp_path):
    look = monitor(mid_year(tmp_path, {"得分!G15": 28}))  # 旅游收入: 80 for the year, 28 by June, 30 done
    row = _latest(look, "丙镇", "旅游收入")
    assert (row["计划"], row["计划依据"], row["状态"]) == ("35%", "本行目标值", "正常")
    assert row["年底预计"] == "107.14%"


def test_a_target_of_a_report_is_no_other_target_of_the_year(tmp_path):
    """What is due by a 时点 differs from the year's target as a matter of course; of a year's row it is told."""
    due = {"得分!G2": 25, "得分!G3": 50}
    case = mid_year(tmp_path / "时点", due)
    assert [problem for problem in prepare(case).problems if "目标值" in problem.message] == []
    problems = prepare(mid_year(tmp_path / "全年", {**due, "得分!D2": None})).problems
    found = [problem for problem in problems if "目标值" in problem.message]
    assert [(problem.place.cell, problem.message) for problem in found] == [
        ("G2", "目标值 25 与指标表的 100 不同，按本行计")
    ]


def test_scores_of_a_period_can_be_taken_for_its_own(tmp_path):
    case = mid_year(tmp_path)
    assert _latest(monitor(case), "甲镇", "党的建设")["状态"] == "正常"  # 12 of 20, half the year over
    own = _latest(monitor(case, plan=Plan(scores=EACH_TIME)), "甲镇", "党的建设")
    assert (own["计划"], own["状态"]) == ("100%", "落后")


def test_the_day_decides_what_is_looked_at(tmp_path):
    look = monitor(mid_year(tmp_path), datetime.date(2022, 3, 31))
    assert set(progress_table(look)["截至"]) == {"2022-03-31"}
    assert "另有 10 行晚于这一天" in lines(look)[1]
    with pytest.raises(WrongDayError):
        monitor(mid_year(tmp_path), datetime.date(2021, 12, 31))


def test_several_raters_are_averaged_and_a_repeated_report_counts_for_nothing(tmp_path):
    head = ["考核对象", "考核项目", "指标", "时点", "得分", "评分人"]
    raters = {
        "评分": [head, ["丁镇", "党建", "党的建设", "半年", 10, "张"], ["丁镇", "党建", "党的建设", "上半年", 15, "李"]]
    }
    look = monitor(mid_year(tmp_path / "评分人", more=raters))
    assert _latest(look, "丁镇", "党的建设")["数值"] == "12.5"
    twice = monitor(mid_year(tmp_path / "重复", more={"得分": [["丙镇", "经济", "旅游收入", "二季度", None, 70]]}))
    assert _progress(twice, "丙镇", "旅游收入").empty
    assert any("同一天报了 2 次" in line and "请只留一行" in line for line in _alerts(twice, "核对"))


# --- what is unclear or was not reported ------------------------------------------------------------------------------


def test_an_unclear_time_is_told_and_its_rows_are_left_out(tmp_path):
    look = monitor(mid_year(tmp_path, {"得分!D15": "中期", "得分!D2": "2021Q1"}))
    found = _alerts(look, "核对")
    assert (
        "核对 数据.xlsx[得分]!D15：时点“中期”看不出是哪一天，1 行没有用到；请写成 2022Q2、2022-06、上半年 这样的时点"
        in found
    )
    assert any("时点“2021Q1”不在 2022 年度" in line for line in found)
    assert _progress(look, "丙镇", "旅游收入").empty


def test_a_report_that_is_due_and_not_there_is_told_at_the_last_one(tmp_path):
    found = _alerts(monitor(mid_year(tmp_path)), "缺报")
    assert "缺报 数据.xlsx[得分]!F8：“绿化造林”二季度没有报：“丁镇”，上次是 一季度；监测周期是季度，请催报" in found
    assert "缺报 数据.xlsx[指标]!E4：“党的建设”上半年没有报：“丁镇”“丙镇”，从未报过；监测周期是半年，请催报" in found


def test_an_indicator_without_a_cycle_is_due_as_often_as_the_scheme_says(tmp_path):
    found = _alerts(monitor(mid_year(tmp_path)), "缺报")
    assert any(
        "“粮食产量”上半年没有报" in line and "办法要求半年监测一次" in line and "第十八条" in line for line in found
    )


def test_an_unknown_cycle_and_a_figure_that_falls_are_asked_about(tmp_path):
    look = monitor(mid_year(tmp_path, {"指标!M2": "不定期", "得分!F3": 20}))
    found = _alerts(look, "核对")
    assert any("监测周期“不定期”看不懂" in line and "[指标]!M2" in line for line in found)
    assert any("[得分]!F3" in line and "2022Q2报 20，比一季度的 26 少" in line for line in found)


def test_most_urgent_comes_first(tmp_path):
    order = ["紧急", "落后", "缺报", "核对"]
    levels = [alert.level for alert in monitor(mid_year(tmp_path, {"得分!D15": "中期"})).alerts]
    assert levels == sorted(levels, key=order.index)
    assert set(levels) == set(order)


def test_the_results_of_a_finished_year_are_not_watched(tmp_path):
    case = make_case(tmp_path)
    look = monitor(case)
    assert look.alerts == []
    assert "没有带时点的行" in lines(look)[1]
    assert set(progress_table(look)["状态"]) == {"全年结果"}


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command_tells_and_writes_the_tables(tmp_path, capsys):
    case, out = mid_year(tmp_path / "年中"), tmp_path / "监测"
    assert main(["monitor", str(case), "--asof", "2022-06-30", "--out", str(out)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "年中小县：过程监测（截至 2022-06-30）（演示数据）"
    assert told[4].startswith("紧急 ")
    assert any("按全年匀速推算" in line for line in told)
    assert sorted(path.stem for path in out.iterdir()) == sorted(["进度", "预警", "指标变动", "指标合计", "指标检查"])
    for path in out.iterdir():
        text = path.read_bytes()
        assert text.startswith(b"\xef\xbb\xbf")
        assert all(line.endswith("数据" if not i else "演示数据") for i, line in enumerate(text.decode().splitlines()))


def test_the_same_case_gives_the_same_bytes_whatever_the_order_of_its_rows(tmp_path):
    from mid_year import SHEETS

    first, second = tmp_path / "一", tmp_path / "二"
    write(monitor(mid_year(tmp_path / "案例")), first)
    write(monitor(mid_year(tmp_path / "案例")), second)
    assert [path.read_bytes() for path in sorted(first.iterdir())] == [p.read_bytes() for p in sorted(second.iterdir())]
    turned = {**SHEETS, "得分": [SHEETS["得分"][0], *SHEETS["得分"][:0:-1]]}
    case = make_case(tmp_path / "倒", None, turned, scheme="zhashui-2022", year=2022, params=None, simulated="true")
    cells = ["文件", "工作表", "单元格"]
    now, then = (progress_table(monitor(folder)).drop(columns=cells) for folder in (tmp_path / "案例", case))
    assert now.equals(then)


def test_a_case_with_errors_ends_with_one_and_wrong_use_with_two(tmp_path, capsys):
    broken = mid_year(tmp_path / "错", {"得分!F3": "多"})
    assert main(["monitor", str(broken)]) == 1
    assert "[得分]!F3" in capsys.readouterr().err
    with pytest.raises(InputError):
        monitor(tmp_path / "没有")
    assert main(["monitor", str(mid_year(tmp_path / "好")), "--asof", "2020-01-01"]) == 2
    for words in (["--asof", "六月"], ["--margin", "130%"], ["--scores", "每月"]):
        with pytest.raises(SystemExit) as stopped:
            main(["monitor", str(tmp_path / "好"), *words])
        assert stopped.value.code == 2


def test_all_tables_have_their_columns_even_when_empty(tmp_path):
    for name, table in tables(monitor(make_case(tmp_path))).items():
        assert len(table.columns) > 5, name
