"""The company's weeks, fiscal months and quarters, and the calendar terms of the null model.

Win rates and volumes breathe with the month and the quarter: the last day of a month may hold six times the
volume at a win rate 33 points lower. These terms let the detector call that ordinary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from monitor.types import FloatArray

WEEK = timedelta(days=7)
QUARTER_END_DAYS = 14
PATTERNS = {"4-4-5": (4, 4, 5), "4-5-4": (4, 5, 4), "5-4-4": (5, 4, 4)}
MONTHS_A_QUARTER = 3
CALENDAR_TERMS = ("month end", "quarter end", "second month", "third month")


@dataclass(frozen=True, slots=True, kw_only=True)
class FiscalDay:
    """Where a day lies in the fiscal calendar: month of its quarter (0..2), days left in month and quarter."""

    quarter_start: date
    month_of_quarter: int
    days_left_in_month: int
    days_left_in_quarter: int


def week_start(day: date, starts: int) -> date:
    """The first day of the week that holds `day`; `starts` is 0 for Monday.

    >>> week_start(date(2026, 6, 28), 0)
    datetime.date(2026, 6, 22)
    """
    return day - timedelta(days=(day.weekday() - starts) % 7)


def weeks_from(first: date, last: date) -> tuple[date, ...]:
    """Every week from `first` to `last`, both first days of weeks, both included."""
    return tuple(first + WEEK * index for index in range(((last - first).days // 7) + 1))


def last_complete_week(today: date, late_by: timedelta, starts: int) -> date:
    """The newest week that ended at least `late_by` before the start of `today`."""
    return week_start(today - timedelta(days=late_by.days), starts) - WEEK


@dataclass(frozen=True, slots=True, kw_only=True)
class FiscalCalendar:
    """Fiscal months that are calendar months, or weeks in a 4-4-5 pattern from the week nearest the start."""

    starts: int = 1
    pattern: str = "months"
    week_starts: int = 0

    def day(self, day: date) -> FiscalDay:
        """Where `day` lies."""
        if self.pattern == "months":
            return self._by_months(day)
        return self._by_weeks(day)

    def quarter(self, day: date) -> str:
        """The fiscal quarter's name, by the year in which the fiscal year ends: "FY2026 Q3".

        >>> FiscalCalendar(starts=2).quarter(date(2026, 1, 15))
        'FY2026 Q4'
        """
        start = self.day(day).quarter_start
        middle = start + timedelta(days=45)
        number = (middle.month - self.starts) % 12 // MONTHS_A_QUARTER
        year = middle.year + (1 if self.starts > 1 and middle.month >= self.starts else 0)
        return f"FY{year} Q{number + 1}" if self.starts > 1 else f"{year} Q{number + 1}"

    def _by_months(self, day: date) -> FiscalDay:
        month_of_quarter = (day.month - self.starts) % MONTHS_A_QUARTER
        month_end = _add_months(day.replace(day=1), 1) - timedelta(days=1)
        quarter_start = _add_months(day.replace(day=1), -month_of_quarter)
        quarter_end = _add_months(quarter_start, MONTHS_A_QUARTER) - timedelta(days=1)
        return FiscalDay(
            quarter_start=quarter_start,
            month_of_quarter=month_of_quarter,
            days_left_in_month=(month_end - day).days,
            days_left_in_quarter=(quarter_end - day).days,
        )

    def _by_weeks(self, day: date) -> FiscalDay:
        year_start = self._year_start(day)
        week = min((day - year_start).days // 7, 52)
        quarter = min(week // 13, 3)
        next_year = self._year_start(year_start + timedelta(days=380))
        quarter_start = year_start + WEEK * (13 * quarter)
        quarter_end = next_year if quarter == 3 else quarter_start + WEEK * 13
        lengths = PATTERNS[self.pattern]
        starts = (0, lengths[0], lengths[0] + lengths[1], 99)
        month = next(m for m in range(3) if week - 13 * quarter < starts[m + 1])
        month_end = quarter_end if month == 2 else quarter_start + WEEK * starts[month + 1]
        return FiscalDay(
            quarter_start=quarter_start,
            month_of_quarter=month,
            days_left_in_month=(month_end - day).days - 1,
            days_left_in_quarter=(quarter_end - day).days - 1,
        )

    def _year_start(self, day: date) -> date:
        """The first day of the 52- or 53-week fiscal year that holds `day`."""
        candidates = [
            _nearest_week_start(date(year, self.starts, 1), self.week_starts)
            for year in (day.year - 1, day.year, day.year + 1)
        ]
        return max(start for start in candidates if start <= day)

    def terms(self, weeks: Sequence[date]) -> FloatArray:
        """The calendar terms of each week, shape (weeks, 4), in the order of CALENDAR_TERMS.

        Each is the share of the week's seven days that are: a month's last day; among a quarter's last
        fourteen; in the second month of a quarter; in the third.
        """
        return np.array([_week_terms(self, week) for week in weeks], dtype=np.float64).reshape(-1, 4)


@lru_cache(maxsize=4096)
def _week_terms(calendar: FiscalCalendar, week: date) -> tuple[float, float, float, float]:
    days = [calendar.day(week + timedelta(days=offset)) for offset in range(7)]
    return (
        sum(day.days_left_in_month == 0 for day in days) / 7,
        sum(day.days_left_in_quarter < QUARTER_END_DAYS for day in days) / 7,
        sum(day.month_of_quarter == 1 for day in days) / 7,
        sum(day.month_of_quarter == 2 for day in days) / 7,
    )


def trend(weeks: Sequence[date]) -> FloatArray:
    """Years since the first week, shape (weeks, 1): a company that grows steadily has not changed."""
    return np.arange(len(weeks), dtype=np.float64)[:, None] / 52.18


def yearly(weeks: Sequence[date]) -> FloatArray:
    """Sine and cosine of the day of the year, then of twice it, at each week's middle; shape (weeks, 4)."""
    middles = [week + timedelta(days=3) for week in weeks]
    angle = np.array(
        [2 * np.pi * middle.timetuple().tm_yday / 365.25 for middle in middles], dtype=np.float64
    )
    waves = [part(times * angle) for times in (1, 2) for part in (np.sin, np.cos)]
    return np.stack(waves, axis=1).reshape(-1, 4)


def holiday_share(weeks: Sequence[date], country: str | None) -> FloatArray:
    """The share of each week's five working days that nobody works, shape (weeks, 1).

    Public holidays of `country` where it is given; and, everywhere, the days between Christmas and New Year.
    """
    years = {week.year for week in weeks} | {(week + WEEK).year for week in weeks}
    days_off = _public_holidays(country, tuple(sorted(years))) if country else frozenset()
    shares = [
        sum(
            day in days_off or (day.month == 12 and day.day >= 24) or (day.month == 1 and day.day == 1)
            for day in (week + timedelta(days=offset) for offset in range(7))
            if day.weekday() < 5
        )
        / 5
        for week in weeks
    ]
    return np.array(shares, dtype=np.float64)[:, None]


@lru_cache(maxsize=64)
def _public_holidays(country: str, years: tuple[int, ...]) -> frozenset[date]:
    import holidays  # 60 ms, and only companies that name a country need it

    return frozenset(holidays.country_holidays(country, years=years))


def _add_months(first_of_month: date, months: int) -> date:
    index = first_of_month.year * 12 + first_of_month.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _nearest_week_start(day: date, starts: int) -> date:
    start = week_start(day, starts)
    return start if (day - start).days <= 3 else start + WEEK
