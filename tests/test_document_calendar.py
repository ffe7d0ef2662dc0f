"""The period of 公示 by working days, and what a case may choose of it. Arrangements: notices of the State Council.

2023: 国办发明电〔2022〕16号, 8 December 2022. 2024: notice of 25 October 2023. 2025: notice of 12 November 2024.
"""

from __future__ import annotations

import datetime

import pytest
from documents import documents, lines, sample
from offices import make_case

from kaohe_tools.case import load_case
from kaohe_tools.document.calendar import UnknownYearError, is_workday, period
from kaohe_tools.document.phrases import showing
from kaohe_tools.document.publicity import publicity_remark
from kaohe_tools.problems import InputError

PERIODS = {
    "an ordinary week": ("2024-01-08", "2024-01-12"),
    "over a weekend": ("2024-01-11", "2024-01-17"),
    "over 春节 2024 (10 to 17 February off, Sunday 18 worked)": ("2024-02-07", "2024-02-19"),
    "with the Sunday before 春节 2024 (4 February worked)": ("2024-02-02", "2024-02-07"),
    "over 国庆 2023 (29 September to 6 October off, the weekend of 7 worked)": ("2023-09-27", "2023-10-09"),
    "over 春节 2023 (21 to 27 January off, the weekend of 28 worked)": ("2023-01-19", "2023-01-30"),
    "over 劳动节 2024 (1 to 5 May off, Sunday 28 April and Saturday 11 May worked)": ("2024-04-28", "2024-05-07"),
    "over the end of a year (元旦 2025 off)": ("2024-12-30", "2025-01-06"),
    "from a day that is off": ("2024-02-10", "2024-02-22"),
}
DAY = datetime.date.fromisoformat


@pytest.mark.parametrize("name", PERIODS)
def test_five_working_days_end_on(name):
    start, end = map(DAY, PERIODS[name])
    assert period(start, 5).end == end


def test_a_period_that_begins_on_a_day_off_says_so():
    assert period(DAY("2024-02-10"), 5).begins_off
    assert not period(DAY("2024-02-04"), 5).begins_off


def test_plain_days_need_no_calendar():
    assert period(DAY("2024-02-10"), 7, "days").end == DAY("2024-02-16")
    assert period(DAY("2999-01-01"), 7, "days").end == DAY("2999-01-07")


def test_a_year_without_an_arrangement_is_not_guessed():
    with pytest.raises(UnknownYearError):
        is_workday(DAY("2101-03-01"))
    found = period(DAY("2101-03-01"), 5)
    assert (found.end, found.unknown) == (None, 2101)


def test_a_period_that_runs_into_a_year_without_an_arrangement_has_no_end():
    last = max(year for year in range(2024, 2100) if _is_known(year))
    found = period(datetime.date(last, 12, 31), 5)
    assert (found.end, found.unknown) == (None, last + 1)


def _is_known(year: int) -> bool:
    try:
        is_workday(datetime.date(year, 1, 4))
    except UnknownYearError:
        return False
    return True


# --- in the document ------------------------------------------------------------------------------------------------


def test_the_document_tells_the_period(tmp_path):
    results = sample(tmp_path / "results", {"start": "2024-02-07"}, sizes={"事业局": 3})
    found = documents(results, tmp_path / "out", names=["公示", "通报"])
    assert "公示时间：2024年2月7日至2024年2月19日（5个工作日）。" in lines(found["公示"])
    told = "公示时间：2024年2月7日至2024年2月19日（5个工作日）；公示无异议后"
    assert any(told in line for line in lines(found["通报"]))


def test_without_a_first_day_the_period_is_left_to_be_filled_in(tmp_path):
    results = sample(tmp_path / "results", {}, sizes={"事业局": 3})
    found = documents(results, tmp_path / "out", names=["公示"])
    blank = "＿＿＿＿年＿＿月＿＿日"
    assert f"公示时间：{blank}至{blank}（不少于5个工作日）。" in lines(found["公示"])
    assert publicity_remark(results).startswith("公示时间留空待填")


@pytest.mark.parametrize(
    ("rule", "told", "remark"),
    [
        ({"start": "2101-03-01"}, "2101年3月1日至＿＿＿＿年＿＿月＿＿日（不少于5个工作日）", "还没有 2101 年的"),
        ({"start": "2024-02-10"}, "2024年2月10日至2024年2月22日（5个工作日）", "不是工作日"),
        ({"days": None, "unit": "days", "note": "天数不清"}, "（＿＿天）", "天数不清，公示天数请在 case.yaml"),
        ({"start": "2024-01-08"}, "2024年1月8日至2024年1月12日（5个工作日）", ""),
    ],
)
def test_the_office_is_told_what_it_has_to_look_at(tmp_path, rule, told, remark):
    results = sample(tmp_path / "results", rule, sizes={"事业局": 3})
    assert showing(results)[0].endswith(told)
    assert remark in publicity_remark(results) and bool(remark) == bool(publicity_remark(results))


# --- in case.yaml ---------------------------------------------------------------------------------------------------


def _case(folder, scheme: str = "qinghai-2023", **yaml):
    return load_case(make_case(folder / "case", scheme=scheme, params=None, **yaml))


def test_the_figure_of_the_scheme_holds_where_the_case_says_nothing(tmp_path):
    rule = _case(tmp_path).publicity
    assert (rule.days, rule.unit, rule.article) == (5, "workdays", "第二十三条(九)")
    assert load_case(make_case(tmp_path / "other")).publicity is None


def test_a_case_may_show_results_longer_or_where_the_scheme_does_not_ask_for_it(tmp_path):
    case = _case(tmp_path, publicity="{start: 2024-01-08, days: 7}")
    assert (case.publicity.days, case.publicity_start) == (7, DAY("2024-01-08"))
    own = load_case(make_case(tmp_path / "other", publicity="{days: 3, unit: days}")).publicity
    assert (own.days, own.unit, own.article) == (3, "days", "")


@pytest.mark.parametrize(
    ("scheme", "key", "value", "message", "advice"),
    [
        ("qinghai-2023", "publicity", "{days: 4}", "公示 4 个工作日，天数不够", "不少于 5 个工作日（第二十三条(九)）"),
        ("qinghai-2023", "publicity", "{start: 明天}", "start“明天”不是日期", "2023-12-15"),
        ("qinghai-2023", "publicity", "{days: 0}", "days“0”不是天数", "正整数"),
        ("qinghai-2023", "publicity", "{unit: days}", "unit“days”不合要求", "办法写的是 workdays"),
        ("qinghai-2023", "publicity", "{until: 2024-01-08}", "publicity 的写法不对", "start、days、unit"),
        ("bureau-400", "publicity", "{days: 5}", "本办法只排名、不定等次", "请删除"),
        ("qinghai-2023", "notice", "all", "notice“all”不在可选范围", "list、ranks、scores"),
        ("zhashui-2022", "notice", "scores", "本办法的通报不能列得分", "第四十三条(五)：不得泄露考评分数"),
    ],
)
def test_what_cannot_be_is_told_at_its_line(tmp_path, scheme, key, value, message, advice):
    with pytest.raises(InputError) as caught:
        _case(tmp_path, scheme, **{key: value})
    (problem,) = caught.value.problems.errors
    assert message in problem.message and advice in problem.advice
    assert problem.place.file == "case.yaml" and problem.place.cell.startswith("第")
