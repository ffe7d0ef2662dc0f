"""时点 and 监测周期 as offices write them: the day up to which a report goes, and how often one is due."""

from __future__ import annotations

import calendar
import datetime
import re
from dataclasses import dataclass

from kaohe_tools.exact import tidy

MONTHS = 12
_NUMERALS = {word: number for number, word in enumerate("一二三四五六七八九十", start=1)} | {"十一": 11, "十二": 12}
_MONTH = r"(1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_DAY = re.compile(r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d{2})(\d{2}))(?:T?00:00:00)?")
_YEAR = re.compile(r"(\d{4})(?:年度?)?([-/.]?)(.*)")
_QUARTER = re.compile(r"(?:前|第)?([1-4一二三四])季度?末?|[Qq]([1-4])|([1-4])[Qq]")
_IN_MONTH = re.compile(rf"(?:{_MONTH}月?[-—–~至到])?{_MONTH}月份?[底末]?")
_OF_MONTH = re.compile(rf"{_MONTH}月([12]\d|3[01]|0?[1-9])[日号]")
_HALVES = {6: ("上半年", "半年", "半年度", "年中", "H1", "h1"), 12: ("下半年", "H2", "h2")}
_WHOLE = ("全年", "年终", "年末", "年底", "全年度", "年度")
_CYCLE = re.compile(
    r"(?:按|每|逐)?(?:一)?个?(月|季|半年|年|全年)度?末?(?:(?:监测|报送|调度|通报|评价)?一次|监测|报送|调度|通报|评价)?"
)
_PER_YEAR = {"月": 12, "季": 4, "季度": 4, "半年": 2, "年": 1, "全年": 1}


class UnclearTimeError(ValueError):
    """A 时点 of which nobody can say which day it means; says why, in Chinese."""


@dataclass(frozen=True)
class Cycle:
    """How many reports a year are due; `name` as people call the cycle."""

    per_year: int
    name: str


def read_time(text: str, year: int) -> datetime.date:
    """The last day of what a 时点 speaks of. Raises UnclearTimeError; a year that it names must be the case's.

    >>> read_time("2023Q1", 2023).isoformat(), read_time("上半年", 2023).isoformat()
    ('2023-03-31', '2023-06-30')
    >>> read_time("1-9月", 2023).isoformat(), read_time("2023-06", 2023).isoformat()
    ('2023-09-30', '2023-06-30')
    """
    plain = tidy(text)
    day = _DAY.fullmatch(plain)
    if day:
        own, month, number = (int(part) for part in (day[1], day[3] or day[5] or day[7], day[4] or day[6] or day[8]))
        _same_year(own, year)
        return _date(year, month, number)
    dated = _YEAR.fullmatch(plain)
    if dated:
        _same_year(int(dated[1]), year)
        rest = dated[3]
        if rest.isdecimal() and (dated[2] or len(rest) == 2) and 1 <= int(rest) <= MONTHS:
            return month_end(year, int(rest))
        return month_end(year, _month(rest)) if rest else month_end(year, MONTHS)
    single = _OF_MONTH.fullmatch(plain)
    if single:
        return _date(year, _number(single[1]), int(single[2]))
    return month_end(year, _month(plain))


def _same_year(own: int, year: int) -> None:
    if own != year:
        raise UnclearTimeError(f"不在 {year} 年度")


def _date(year: int, month: int, day: int) -> datetime.date:
    try:
        return datetime.date(year, month, day)
    except ValueError:
        raise UnclearTimeError("没有这一天") from None


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else _NUMERALS[text]


def _month(text: str) -> int:
    """The last month of a quarter, a half-year, a span of months, a month, or the whole year."""
    quarter = _QUARTER.fullmatch(text)
    if quarter:
        return 3 * _number(quarter[1] or quarter[2] or quarter[3])
    month = _IN_MONTH.fullmatch(text)
    if month and (month[1] is None or _number(month[1]) <= _number(month[2])):
        return _number(month[2])
    for end, words in _HALVES.items():
        if text in words:
            return end
    if text in _WHOLE:
        return MONTHS
    raise UnclearTimeError("看不出是哪一天")


def month_end(year: int, month: int) -> datetime.date:
    """The last day of a month."""
    return datetime.date(year, month, calendar.monthrange(year, month)[1])


def elapsed(day: datetime.date) -> float:
    """The share of the year that is over at the end of a day; every month counts the same.

    >>> elapsed(datetime.date(2023, 6, 30)), elapsed(datetime.date(2023, 12, 31))
    (0.5, 1.0)
    """
    return (day.month - 1 + day.day / calendar.monthrange(day.year, day.month)[1]) / MONTHS


def read_cycle(text: str) -> Cycle | None:
    """A 监测周期; None where it is none that is known.

    >>> read_cycle("每季度"), read_cycle("半年一次").per_year, read_cycle("不定期")
    (Cycle(per_year=4, name='季度'), 2, None)
    """
    found = _CYCLE.fullmatch(tidy(text))
    if not found:
        return None
    name = {"季": "季度", "全年": "年"}.get(found[1], found[1])
    return Cycle(_PER_YEAR[name], name)


def periods(cycle: Cycle, year: int, upto: datetime.date) -> list[tuple[datetime.date, str]]:
    """The periods of a cycle that are over by a day: the last day of each, and its name."""
    months = MONTHS // cycle.per_year
    ends = [month_end(year, months * number) for number in range(1, cycle.per_year + 1)]
    return [(end, period_name(end, cycle)) for end in ends if end <= upto]


def period_name(end: datetime.date, cycle: Cycle) -> str:
    """What people call the period of a cycle that ends on a day: 一季度, 上半年, 5月, 全年."""
    if cycle.per_year == MONTHS:
        return f"{end.month}月"
    if cycle.per_year == 1:
        return "全年"
    names = ("上半年", "下半年") if cycle.per_year == 2 else ("一季度", "二季度", "三季度", "四季度")
    return names[end.month * cycle.per_year // MONTHS - 1]


def planned(day: datetime.date, cycle: Cycle | None) -> float:
    """The share of the year's task that should be done by a day: even over the year, or by whole periods of a cycle."""
    share = elapsed(day)
    return share if cycle is None else int(share * cycle.per_year + 1e-9) / cycle.per_year
