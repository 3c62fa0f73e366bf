"""Learned lateness: the share of closings that came in time, and what would do instead."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from monitor.lateness import FEWEST, Lateness, learn
from monitor.types import INSTANT

FIRST_READ, TODAY = date(2025, 1, 1), date(2025, 12, 1)
BERLIN = "Europe/Berlin"


def closings(delays: list[int], *, closed: date = date(2025, 6, 2), observed: bool = True) -> pl.DataFrame:
    """One deal for each delay in days, read at six in the morning in UTC."""
    read = [
        datetime(closed.year, closed.month, closed.day, 6, tzinfo=UTC) + timedelta(days=d) for d in delays
    ]
    return pl.DataFrame(
        {
            "deal_id": [f"{closed}-{place}" for place in range(len(delays))],
            "known_at": read,
            "observed": observed,
            "closed_on": closed,
        },
        schema_overrides={"known_at": INSTANT, "observed": pl.Boolean, "closed_on": pl.Date},
    )


def learned(decided: pl.DataFrame, late_by: int = 3) -> Lateness | None:
    return learn(decided, FIRST_READ, TODAY, "crm", timedelta(days=late_by), BERLIN)


def test_the_share_within_late_by_is_counted_and_left_alone_where_it_will_do() -> None:
    known = learned(closings([1] * 90 + [3] * 7 + [9] * 3))
    assert known is not None
    assert (known.closings, known.in_time, known.suggested_days) == (100, pytest.approx(0.97), None)
    assert known.sentence == "source crm: 97 % of closings arrive within its late_by of 3 days (100 closings)"


@pytest.mark.parametrize(
    ("late_by", "suggested"),
    [(3, 5), (5, None), (7, None), (10, 5), (30, 5)],
    ids=["too short", "just right", "a little long", "twice as long", "far too long"],
)
def test_what_would_do_is_suggested_where_late_by_is_too_short_or_far_too_long(
    late_by: int, suggested: int | None
) -> None:
    known = learned(closings([1] * 80 + [5] * 17 + [40] * 3), late_by)
    assert known is not None
    assert known.suggested_days == suggested


def test_only_closings_seen_to_come_count() -> None:
    good = closings([1] * FEWEST)
    loaded = closings([300] * 80, closed=FIRST_READ, observed=True)
    assumed = closings([200] * 80, closed=date(2025, 4, 1), observed=False)
    unripe = closings([0] * 80, closed=TODAY - timedelta(days=5))
    again = good.with_columns(pl.col("known_at") + timedelta(days=90))
    known = learned(pl.concat([again, loaded, assumed, unripe, good]))
    assert known is not None
    assert (known.closings, known.in_time) == (FEWEST, 1.0)


def test_too_few_closings_say_nothing() -> None:
    assert learned(closings([1] * (FEWEST - 1))) is None


def test_days_are_the_companys() -> None:
    """Half past ten at night in UTC is the next day in Berlin."""
    late = closings([0] * FEWEST).with_columns(pl.col("known_at") + timedelta(hours=16, minutes=30))
    known = learned(late, 0)
    assert known is not None
    assert known.in_time == 0.0


def test_a_closing_dated_ahead_is_not_late() -> None:
    known = learned(closings([-10] * FEWEST), 0)
    assert known is not None
    assert known.in_time == 1.0
