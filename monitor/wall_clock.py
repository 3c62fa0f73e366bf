"""Where a wall-clock time of a zone lies on the line of time, through gaps and repeated hours.

A local time may not exist (clocks went forward over it) or exist twice (clocks went back). Schedules have one
rule: the first instant at which the local clock shows the wanted time or later.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

SECOND = timedelta(seconds=1)


@lru_cache(maxsize=4096)
def first_instant(zone: str, wanted: datetime) -> datetime:
    """The first instant (UTC) at which the clock of `zone` shows `wanted` (naive) or later.

    A time in a gap gives the first valid instant after it, a repeated time its first occurrence.

    >>> first_instant("Europe/Berlin", datetime(2026, 3, 29, 2, 30)).isoformat()
    '2026-03-29T01:00:00+00:00'
    >>> first_instant("Europe/Berlin", datetime(2026, 10, 25, 2, 30)).isoformat()
    '2026-10-25T00:30:00+00:00'
    """
    place = ZoneInfo(zone)
    found = wanted.replace(tzinfo=place, fold=0).astimezone(UTC)
    if wall(place, found) == wanted:
        return found
    return _end_of_gap(place, wanted, found)


def _end_of_gap(place: ZoneInfo, wanted: datetime, after: datetime) -> datetime:
    """Between fold=1 (before the gap) and fold=0 (after it) there is one jump; bisect to its second."""
    before = wanted.replace(tzinfo=place, fold=1).astimezone(UTC)
    while after - before > SECOND:
        middle = before + timedelta(seconds=(after - before) // SECOND // 2)
        before, after = (before, middle) if wall(place, middle) >= wanted else (middle, after)
    return after


def wall(place: ZoneInfo, instant: datetime) -> datetime:
    """What the clock on the wall of `place` shows at `instant`, naive."""
    return instant.astimezone(place).replace(tzinfo=None)


def local_day(zone: str, instant: datetime) -> date:
    """The date of `zone` at `instant`."""
    return wall(ZoneInfo(zone), instant).date()


def start_of_day(zone: str, day: date) -> datetime:
    """The first instant (UTC) of `day` in `zone`; where midnight does not exist, the first that does."""
    return first_instant(zone, datetime.combine(day, time()))


@lru_cache(maxsize=1024)
def offsets(zone: str, year: int) -> tuple[timedelta, timedelta]:
    """The least and the greatest offset from UTC that `zone` has in `year`, looked at every five days.

    Every five days, since some zones change for the month of Ramadan only.
    """
    place = ZoneInfo(zone)
    start = datetime(year, 1, 1, 12, tzinfo=UTC)
    seen = [(start + timedelta(days=days)).astimezone(place).utcoffset() for days in range(0, 366, 5)]
    known = [offset for offset in seen if offset is not None]
    return min(known), max(known)
