"""The created-cohort win rate: quarters at the same age, open deals as open ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl

from config.settings import Settings
from monitor.cohorts import Cohort, cohorts_now, cohorts_of
from monitor.weekly import History

TODAY = date(2026, 1, 1)


def deals(size: int = 3000) -> pl.DataFrame:
    """Deals created over two years, three in ten won within 6 weeks, the others lost after 8 to 20."""
    rng = np.random.default_rng(2)
    created = [TODAY - timedelta(days=int(day)) for day in rng.integers(1, 730, size)]
    won = rng.random(size) < 0.3
    age = np.where(won, rng.integers(0, 42, size), rng.integers(56, 140, size))
    closed = [day + timedelta(days=int(days)) for day, days in zip(created, age, strict=True)]
    over = [day <= TODAY for day in closed]
    return pl.DataFrame(
        {
            "created_on": created,
            "closed_on": [day if ended else None for day, ended in zip(closed, over, strict=True)],
            "outcome": [
                ("won" if w else "lost") if ended else "open" for w, ended in zip(won, over, strict=True)
            ],
        }
    )


def by_quarter(found: tuple[Cohort, ...]) -> dict[str, Cohort]:
    return {one.quarter: one for one in found}


def test_a_young_quarter_has_the_win_rate_of_an_old_one(settings_with: Callable[..., Settings]) -> None:
    found = cohorts_of(deals(), settings_with(), TODAY)
    assert len(found) == 8
    assert {one.weeks for one in found} == {15}
    old, young = found[3], found[-2]
    assert young.still_open > 30
    assert young.so_far is not None
    assert young.so_far > 0.34  # of those decided: the losses take longer
    for one in (old, young):
        assert one.won is not None
        assert one.between is not None
        assert abs(one.won - 0.3) < 3 * np.sqrt(0.21 / one.deals)
        assert one.between[0] < one.won < one.between[1]
        assert one.lost is not None
        assert one.won + one.lost <= 1 + 1e-12


def test_a_quarter_of_which_too_few_came_of_the_age_says_nothing(
    settings_with: Callable[..., Settings],
) -> None:
    newest = cohorts_of(deals(), settings_with(), TODAY)[-1]
    assert (newest.won, newest.between, newest.lost) == (None, None, None)
    assert newest.so_far is not None
    assert newest.as_dict()["quarter"] == newest.quarter


def test_open_deals_of_an_old_export_were_last_seen_on_its_newest_day(
    settings_with: Callable[..., Settings],
) -> None:
    years_later = cohorts_of(deals(), settings_with(), date(2029, 1, 1))
    assert years_later == cohorts_of(deals(), settings_with(), TODAY)


def test_deals_created_before_an_export_by_closing_begins_are_no_cohort(
    settings_with: Callable[..., Settings],
) -> None:
    cut = date(2025, 1, 1)
    since = deals().filter(pl.col("closed_on").is_null() | (pl.col("closed_on") >= cut))
    found = by_quarter(cohorts_of(since, settings_with(), TODAY))
    whole = by_quarter(cohorts_of(deals(), settings_with(), TODAY))
    assert len(found) == 4
    assert {name: one.deals for name, one in found.items()} == {name: whole[name].deals for name in found}


def test_without_open_deals_nothing_is_censored_and_nothing_is_told(
    settings_with: Callable[..., Settings], company: Callable[..., History]
) -> None:
    now = datetime(2025, 3, 1, tzinfo=UTC)
    assert cohorts_now(settings_with(), company(3, show="closed"), now) == ()
    assert cohorts_now(settings_with("metrics: {volume: {matters_if: 20 %}}\n"), company(3), now) == ()
    assert cohorts_now(settings_with(), company(3), now)
