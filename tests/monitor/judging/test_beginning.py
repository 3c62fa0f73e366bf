"""Where a history begins, and what is left out of the first weeks of an export that is cut by creation."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from monitor.beginning import beginning_of
from monitor.metrics import Basis

FIRST = date(2024, 1, 1)  # a Monday


def export(*deals: tuple[int | None, int | None]) -> pl.DataFrame:
    rows = [
        (None if c is None else FIRST + timedelta(days=c), None if e is None else FIRST + timedelta(days=e))
        for c, e in deals
    ]
    return pl.DataFrame(
        {"created_on": [row[0] for row in rows], "closed_on": [row[1] for row in rows]},
        schema={"created_on": pl.Date, "closed_on": pl.Date},
    ).with_columns(
        outcome=pl.when(pl.col("closed_on").is_null()).then(pl.lit("open")).otherwise(pl.lit("won"))
    )


def later(deals: list[tuple[int, int]], days: int) -> list[tuple[int, int]]:
    return [(created + days, closed + days) for created, closed in deals]


EVERY_DAY = range(200)
CREATED_SINCE = [(day, day + cycle) for day in EVERY_DAY for cycle in (7, 14, 35)]
CLOSED_SINCE = [(day - cycle, day) for day in EVERY_DAY for cycle in (7, 14, 35)]


@pytest.mark.parametrize(
    ("says", "deals", "basis", "expected"),
    [
        ("created since then: creations from the first week", CREATED_SINCE, "created", 0),
        ("created since then: decisions once the slow ones are among them", CREATED_SINCE, "decided", 35),
        ("closed since then: decisions from the first week", CLOSED_SINCE, "decided", 0),
        ("closed since then: creations no earlier, for some closed before it", CLOSED_SINCE, "created", 0),
        ("a day within a week: from the next whole week on", later(CREATED_SINCE, 2), "created", 7),
        ("a year mistyped is no beginning", [(-9000, 40), (-4000, 41), *CREATED_SINCE], "created", 0),
        ("a closing year mistyped is no beginning", [(None, -9000), *CLOSED_SINCE], "decided", 0),
        ("deals without a day of creation", [(None, e) for _, e in CLOSED_SINCE], "decided", 0),
        ("open deals alone", [(c, None) for c in EVERY_DAY], "created", 0),
        ("sold on the day", [(c, c) for c in EVERY_DAY], "created", 0),
        ("a rest of half a year is no beginning", [*CREATED_SINCE, *later(CREATED_SINCE, 400)], "created", 0),
    ],
)  # fmt: skip
def test_the_history_begins_with_the_first_honest_week(
    says: str, deals: Any, basis: Basis, expected: int
) -> None:
    beginning = beginning_of(export(*deals))
    assert beginning is not None
    assert beginning.week(basis, 0) == FIRST + timedelta(days=expected), says


def test_without_dated_deals_there_is_no_first_week() -> None:
    assert beginning_of(export()) is None
    assert beginning_of(export((None, None))) is None


def test_the_first_cycle_is_left_out_and_said_to_be() -> None:
    beginning = beginning_of(export(*CREATED_SINCE))
    assert beginning is not None
    assert (beginning.by, beginning.slow, beginning.left_out) == ("creations", 35, 35)
    assert beginning.sentence == (
        "The history begins with deals created on 2024-01-01: by 2024-02-05 only quick ones can have been decided, "
        "so nothing is read by the day of decision before"
    )
    closings = beginning_of(export(*CLOSED_SINCE))
    assert closings is not None
    assert (closings.by, closings.sentence) == ("closings", None)


def test_of_a_short_history_no_more_than_half_is_left_out() -> None:
    slow = [(day, day + cycle) for day in range(100) for cycle in (10, 60, 100)]
    beginning = beginning_of(export(*[deal for deal in slow if deal[1] <= 120]))
    assert beginning is not None
    assert beginning.left_out == 60 < beginning.slow
    assert "no more than half of the history is left out" in str(beginning.sentence)
    assert beginning.week("decided", 0) == FIRST + timedelta(days=63)
    assert beginning.week("created", 0) == FIRST
