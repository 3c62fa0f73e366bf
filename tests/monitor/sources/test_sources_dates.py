"""Dates and moments: declared, never guessed; a date passes through no zone, a moment becomes the company's day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from monitor.sources.dates import ENOUGH_TO_TELL, Moments, Written

LOS_ANGELES = "America/Los_Angeles"


def read(*texts: str | None, dates: str = "iso", zone: str = "UTC", company: str = LOS_ANGELES) -> Moments:
    return Written(dates=dates, zone=zone, company=company).moments(pl.Series(texts, dtype=pl.String))


def day(text: str, **how: str) -> date | None:
    return read(text, **how).days()[0]


JANUARY = date(2026, 1, 31)


@pytest.mark.parametrize(
    "text, dates, expected, because",
    [
        ("2026-01-31", "iso", JANUARY, "an ISO date"),
        ("2026-01-31", "month_first", JANUARY, "an ISO date cannot be mistaken"),
        ("2026-01-31", "%d.%m.%Y", JANUARY, "nor beside a pattern"),
        ("2026-1-31", "iso", JANUARY, "the year first: it cannot be mistaken"),
        ("01/31/2026", "iso", None, "not as declared"),
        ("01/31/2026", "month_first", JANUARY, "month first"),
        ("1/31/26", "month_first", JANUARY, "a short year"),
        ("1/31/71", "month_first", date(1971, 1, 31), "a short year of the last century"),
        ("31/01/2026", "month_first", None, "there is no month 31"),
        ("31/01/2026", "day_first", JANUARY, "day first"),
        ("31.1.2026", "day_first", JANUARY, "with dots"),
        ("03/04/2026", "month_first", date(2026, 3, 4), "both are possible: as declared"),
        ("03/04/2026", "day_first", date(2026, 4, 3), "both are possible: as declared"),
        ("31.01.2026", "%d.%m.%Y", JANUARY, "a pattern"),
        ("31 Jan 2026", "%d %b %Y", JANUARY, "a month by its name"),
        ("31.01.2026 23:30", "%d.%m.%Y", None, "a pattern takes the whole cell"),
        ("2025-02-30", "iso", None, "there is no such day"),
        ("2024-02-29", "iso", date(2024, 2, 29), "a leap day"),
        ("2025-02-29", "iso", None, "no leap year"),
        ("45321", "iso", None, "a day number of a spreadsheet"),
        ("2026/01/31", "month_first", JANUARY, "nor with other marks"),
        ("yesterday", "iso", None, "words"),
        ("2026-01-31T25:00:00", "iso", None, "there is no such hour"),
        ("2026-01-31T12:60:00", "iso", None, "there is no such minute"),
        ("1/31/2026 13:05 PM", "month_first", None, "there is no such hour after noon"),
        ("+2026-01-31", "iso", None, "a sign"),
        ("2026-01-31 or so", "iso", None, "more than a date"),
    ],
)
def test_a_date_is_read_as_declared_or_not_at_all(
    text: str, dates: str, expected: date | None, because: str
) -> None:
    assert day(text, dates=dates) == expected, because


@pytest.mark.parametrize(
    "text, how, expected, because",
    [
        ("2026-02-01T02:00:00Z", {}, JANUARY, "six in the evening there, the day before"),
        ("2026-02-01T02:00:00+00:00", {}, JANUARY, "the same"),
        ("2026-02-01 02:00:00", {}, JANUARY, "the zone of the format, UTC"),
        ("2026-02-01 02:00:00", {"zone": LOS_ANGELES}, date(2026, 2, 1), "the company's own clock"),
        ("2026-02-01T02:00:00-08:00", {}, date(2026, 2, 1), "its own zone wins"),
        ("2026-02-01T02:00:00-0800", {"zone": "Asia/Tokyo"}, date(2026, 2, 1), "its own zone wins"),
        ("2026-01-31T23:59:59.999999Z", {"company": "UTC"}, JANUARY, "to the last moment"),
        ("1/31/2026 11:59 PM", {"dates": "month_first", "company": "UTC"}, JANUARY, "before midnight"),
        ("2/1/2026 12:00 AM", {"dates": "month_first", "company": "UTC"}, date(2026, 2, 1), "midnight"),
        ("2/1/2026 02:00", {"dates": "month_first"}, JANUARY, "the zone of the format"),
        ("1/31/2026 12:00 PM", {"dates": "month_first", "company": "UTC"}, JANUARY, "noon"),
        ("2026-02-01T00:30:00Z", {}, JANUARY, "just past midnight in UTC"),
        (
            "31.01.2026 23:30",
            {"dates": "%d.%m.%Y %H:%M", "company": "Asia/Tokyo"},
            date(2026, 2, 1),
            "a pattern",
        ),
        (
            "31/01/26 23:30:01.5",
            {"dates": "%d/%m/%y %H:%M:%S.%f", "company": "UTC"},
            JANUARY,
            "with fractions",
        ),
        (
            "2026-02-01 01:00 +0900",
            {"dates": "%Y-%m-%d %H:%M %z", "company": "UTC"},
            JANUARY,
            "with its zone",
        ),
    ],
)
def test_a_moment_becomes_the_companys_day(
    text: str, how: dict[str, str], expected: date, because: str
) -> None:
    assert day(text, **how) == expected, because


@pytest.mark.parametrize("company", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata", LOS_ANGELES])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Anchorage"])
def test_a_date_without_a_time_is_the_same_everywhere(company: str, zone: str) -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(366)]
    told = read(*(each.isoformat() for each in days), company=company, zone=zone).days().to_list()
    assert told == days


def test_moments_agree_with_the_standard_librarys_zones() -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    moments = [start + timedelta(minutes=37 * n) for n in range(9_000)]
    for company in ("America/New_York", "Asia/Beirut", "Africa/Casablanca"):
        told = read(*(each.strftime("%Y-%m-%dT%H:%M:%SZ") for each in moments), company=company).days()
        assert told.to_list() == [each.astimezone(ZoneInfo(company)).date() for each in moments]


def test_a_time_that_does_not_exist_or_exists_twice_is_still_a_moment() -> None:
    told = read("2026-03-08 02:30:00", "2026-11-01 01:30:00", zone="America/New_York", company="UTC")
    assert told.instants().to_list() == [
        datetime(2026, 3, 8, 7, 30, tzinfo=UTC),
        datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
    ]


def test_a_date_as_an_instant_is_the_companys_midnight() -> None:
    assert read("2026-01-31").instants().to_list() == [datetime(2026, 1, 31, 8, tzinfo=UTC)]


def test_midnights_throughout_are_dates_that_were_exported_as_moments() -> None:
    texts = [f"2026-01-{n:02d} 00:00:00" for n in range(1, 31)]
    assert read(*texts).days()[0] == date(2026, 1, 1)
    assert read(*texts).only_midnights
    assert read(*(f"{text}Z".replace(" ", "T") for text in texts)).days()[0] == date(2026, 1, 1)
    assert not read(*texts, "2026-01-31 00:00:01").only_midnights
    assert read(*texts, "2026-01-31 00:00:01").days()[0] == date(2025, 12, 31)
    assert not read(*texts[: ENOUGH_TO_TELL - 1]).only_midnights


def test_nothing_is_read_of_nothing() -> None:
    assert read(None, "x").days().to_list() == [None, None]
    assert read().days().to_list() == []
    assert read(None, dates="%d.%m.%Y %H:%M %z").instants().to_list() == [None]
