"""Working days as the State Council arranges them: holidays, days off in lieu, and weekends that are worked.

The arrangement of a year is announced at the end of the one before. What the calendar does not know yet is told, never
guessed from the weekday.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cache

import holidays

WORKDAYS = "workdays"
_DAY = datetime.timedelta(days=1)


class UnknownYearError(ValueError):
    """A day lies in a year whose holidays are not arranged yet, or not known to the calendar; `year` says which."""

    def __init__(self, year: int) -> None:
        super().__init__(f"the working days of {year} are not known")
        self.year = year


@dataclass(frozen=True)
class Period:
    """A period from `start` on. end: its last day, None where it is not known (`unknown` then says which year is)."""

    start: datetime.date
    end: datetime.date | None
    days: int
    unknown: int | None = None
    begins_off: bool = False


@cache
def _year(year: int) -> holidays.HolidayBase:
    """The calendar of a year. Every arrangement has moved some days since 2001: without any, there is none yet."""
    calendar = holidays.country_holidays("CN", years=year)
    if not any(day.year == year for day in calendar.weekend_workdays):
        raise UnknownYearError(year)
    return calendar


def is_workday(day: datetime.date) -> bool:
    """Is a day worked in China? Raises UnknownYearError.

    >>> is_workday(datetime.date(2024, 2, 4)), is_workday(datetime.date(2024, 2, 12))
    (True, False)
    """
    return _year(day.year).is_working_day(day)


def period(start: datetime.date, days: int, unit: str = WORKDAYS) -> Period:
    """The period that begins on `start`, the first day counted in, and lasts so many working days (or plain days).

    >>> period(datetime.date(2024, 2, 5), 5).end
    datetime.date(2024, 2, 9)
    """
    if unit != WORKDAYS:
        return Period(start, start + (days - 1) * _DAY, days)
    day, left = start, days
    try:
        begins_off = not is_workday(start)
        while True:
            left -= is_workday(day)
            if left == 0:
                return Period(start, day, days, begins_off=begins_off)
            day += _DAY
    except UnknownYearError as error:
        return Period(start, None, days, error.year)
