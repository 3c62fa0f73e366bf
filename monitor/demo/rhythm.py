"""The rhythm of a sales year: working days, holidays, month and quarter ends, and weekly luck.

Days count from the first day of the export (day 0, a Monday); days before it are negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np
from numpy.typing import NDArray

from monitor.calendar import FiscalCalendar
from monitor.demo.company import BEFORE_WEEKS, FIRST_DAY, WEEKS

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

FIRST = -7 * BEFORE_WEEKS
AFTER_WEEKS = 4
"""Weeks of calendar beyond the export: a deal that would close there may be pulled into its last days."""
COUNT = 7 * (BEFORE_WEEKS + WEEKS + AFTER_WEEKS)
LAST = 7 * WEEKS - 1

MONTH_OF_QUARTER = (0.97, 1.03, 1.0)
HOLIDAY = 0.15
YEAR_END = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Every simulated day, as arrays over day - FIRST.

    creation         how many deals are created, relative to an average day
    days_left        days left in the month, and in the quarter
    days_in          days gone in the month, and in the quarter
    year_end         between Christmas and New Year
    public_holidays  for numpy's working-day arithmetic
    """

    creation: FloatArray
    left_in_month: IntArray
    left_in_quarter: IntArray
    into_month: IntArray
    into_quarter: IntArray
    year_end: BoolArray
    public_holidays: NDArray[np.datetime64]

    def quarter_end(self, day: IntArray) -> BoolArray:
        """Whether each day is among its quarter's last fourteen."""
        return self.left_in_quarter[day - FIRST] < 14

    def working(self, day: IntArray) -> IntArray:
        """Each day, or the next working day after it."""
        rolled = np.busday_offset(to_dates(day), 0, roll="forward", holidays=self.public_holidays)
        return from_dates(rolled)


@cache
def calendar() -> Calendar:
    """The calendar of the demo company: calendar quarters, the public holidays of the United States."""
    import holidays  # 60 ms, and only the demo needs it here

    days = [FIRST_DAY + timedelta(days=FIRST + offset) for offset in range(COUNT)]
    off = holidays.country_holidays("US", years=range(days[0].year, days[-1].year + 1))
    fiscal = FiscalCalendar()
    places = [fiscal.day(day) for day in days]
    year_end = np.array([(day.month, day.day) >= (12, 24) or (day.month, day.day) == (1, 1) for day in days])
    month = np.array([place.month_of_quarter for place in places])
    creation = np.array([0.0 if day.weekday() >= 5 else HOLIDAY if day in off else 1.0 for day in days])
    creation *= np.asarray(MONTH_OF_QUARTER)[month] * np.where(year_end, YEAR_END, 1.0)
    return Calendar(
        creation=creation / creation.mean(),
        left_in_month=np.array([place.days_left_in_month for place in places]),
        left_in_quarter=np.array([place.days_left_in_quarter for place in places]),
        into_month=np.array([day.day - 1 for day in days]),
        into_quarter=np.array([(day - p.quarter_start).days for day, p in zip(days, places, strict=True)]),
        year_end=year_end,
        public_holidays=np.array(sorted(off), dtype="datetime64[D]"),
    )


def to_dates(day: IntArray) -> NDArray[np.datetime64]:
    """Days of the export as dates."""
    return np.datetime64(FIRST_DAY, "D") + day.astype("timedelta64[D]")


def from_dates(dates: NDArray[np.datetime64]) -> IntArray:
    """Dates as days of the export."""
    return (dates - np.datetime64(FIRST_DAY, "D")).astype(np.int64)


def day_of(day: date) -> int:
    """A date as a day of the export."""
    return (day - FIRST_DAY).days


def weekly_luck(rng: np.random.Generator, spread: float, phi: float) -> FloatArray:
    """One value a week, AR(1) with standard deviation `spread`; index by (day - FIRST) // 7."""
    from scipy.signal import lfilter  # 0.2 s, and only the demo needs it

    warm = 30
    noise = rng.normal(0.0, spread * np.sqrt(1 - phi**2), COUNT // 7 + warm)
    luck: FloatArray = lfilter([1.0], [1.0, -phi], noise)[warm:]
    return luck


def rush(rng: np.random.Generator, close: IntArray) -> IntArray:
    """Closings of early in a month or quarter, some of them pulled into the last days of the one before."""
    chart = calendar()
    at = np.clip(close, FIRST, FIRST + COUNT - 1) - FIRST
    into_quarter, into_month = chart.into_quarter[at], chart.into_month[at]
    luck = rng.random(close.size)
    early, days_before = rng.integers(0, 8, close.size), rng.integers(0, 3, close.size)
    to_quarter_end = (into_quarter < 12) & (luck < 0.45)
    to_month_end = (into_quarter >= 12) & (into_month < 6) & (luck < 0.3)
    close = np.where(to_quarter_end, close - into_quarter - 1 - early, close)
    return np.where(to_month_end, close - into_month - 1 - days_before, close)


def rest(rng: np.random.Generator, close: IntArray) -> IntArray:
    """Closings between Christmas and New Year, half of them left until January."""
    at = np.clip(close, FIRST, FIRST + COUNT - 1) - FIRST
    later = calendar().year_end[at] & (rng.random(close.size) < 0.5)
    return np.where(later, close + rng.integers(9, 20, close.size), close)
