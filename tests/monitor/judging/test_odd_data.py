"""Odd data that are no change: rates at the edge, a past that comes late, endless values, labels that look alike."""

from __future__ import annotations

import warnings
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from detectors import scan_batch
from monitor.plan import plan_of
from monitor.profile_fit import profile_fit
from monitor.schedule import ready_at
from monitor.types import SeriesKey
from monitor.weekly import History, Weekly

FIRST = date(2024, 1, 1)
NOW = datetime(2030, 1, 1, tzinfo=UTC)
WHOLE = SeriesKey(metric="win_rate")


@pytest.mark.parametrize("pause", [0, 3], ids=["every week", "with empty weeks"])
def test_every_rate_of_few_deals_is_a_finite_number_and_no_alarm(pause: int) -> None:
    """106: all won, all lost, one deal, none; k of n for every k and n up to 12, week after week."""
    pairs = [(n, won) for n in range(13) for won in range(n + 1)]
    deals = np.array([n for n, _ in pairs], dtype=float)
    rates = np.array([won / n if n else np.nan for n, won in pairs])
    weeks = 120
    values, counts = np.repeat(rates[:, None], weeks, axis=1), np.repeat(deals[:, None], weeks, axis=1)
    if pause:
        values[:, ::pause], counts[:, ::pause] = np.nan, 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        out = scan_batch(values, counts, harmful="down")
    assert not out.alarm.any()
    learned = counts.sum(axis=1) > 0
    assert np.isfinite(out.evidence[learned, -1]).all()
    assert np.isfinite(out.effect[learned, -1]).all()
    assert not np.isposinf(out.evidence).any()


def test_a_past_of_two_years_that_comes_late_changes_no_judgement_and_opens_nothing(
    company, settings_with
) -> None:
    """107: the deals of before were won far more often; weeks judged since the first load stay as they were."""
    settings = settings_with()
    whole = company(31, weeks=150, a_week=30.0, win=lambda week: np.where(week < 100, 0.6, 0.3))
    loaded = pl.col("created_on") >= FIRST + timedelta(weeks=100)
    here = History(versions=whole.versions.filter(loaded), accounts=whole.accounts)
    weekly, judged = Weekly(settings=settings), []
    for index in range(135, 146):
        week = FIRST + timedelta(weeks=index)
        at = ready_at(plan_of(settings), week)
        judged.append(weekly.judge(week, at, whole if index >= 140 else here))
    assert not weekly.ledger.inflections
    assert not any(one.changes.opened for one in judged)
    newest = {each.key: each for each in judged[-1].judged}[WHOLE]
    assert newest.reading.evidence < np.log(newest.watch.bar) - 2.0
    fresh = Weekly(settings=settings)  # one that learned the whole past anew does see the fall
    for index in range(104, 112):
        week = FIRST + timedelta(weeks=index)
        fresh.judge(week, ready_at(plan_of(settings), week), whole)
    assert fresh.ledger.inflections


def spread(history: History, region: pl.Expr) -> History:
    return History(
        versions=history.versions.with_columns(region.alias("attr:region")), accounts=history.accounts
    )


def test_a_hundred_thousand_values_of_a_dimension_are_a_few_series_and_a_warning(
    company, settings_with
) -> None:
    """111: only as many values are watched as may be; ops hear that the column is hardly the one they meant."""
    settings = settings_with()
    history = company(32, weeks=60, a_week=60.0)
    everyone = pl.format("customer {}", pl.int_range(pl.len()))
    named = pl.when(pl.int_range(pl.len()) % 4 == 0).then(pl.lit("East")).otherwise(everyone)
    copies = [
        history.versions.with_columns(deal_id=pl.format(f"{copy}-{{}}", "deal_id")) for copy in range(30)
    ]
    many = spread(History(versions=pl.concat(copies), accounts=history.accounts), named)
    assert many.versions["attr:region"].n_unique() > 75_000
    weekly = Weekly(settings=settings)
    panels = weekly.panels(weekly.deals(NOW, many), FIRST + timedelta(weeks=58), many)
    for panel in panels.values():
        assert len(panel.series) + len(panel.thin) <= 2 + 8, panel.metric
    places = {dict(one.key.segment)["region"] for one in panels["win_rate"].series if one.key.contrast}
    assert places == {"East"}
    [warning] = [one for one in profile_fit(settings, many, NOW).warnings if "values" in one]
    assert "at most 8 of them are watched apart" in warning


def test_labels_that_look_alike_are_two_segments_and_ops_are_told(company, settings_with) -> None:
    """112: a Cyrillic letter is another letter; a wide or differently spaced one is not."""
    settings = settings_with()
    history = company(33, weeks=60, a_week=60.0)
    turn = pl.int_range(pl.len()) % 4
    names = ["EMEA", "\u0415MEA", "\uff25\uff2d\uff25\uff21", "Americas"]  # the third is EMEA in wide letters
    odd = spread(history, turn.replace_strict(dict(enumerate(names)), return_dtype=pl.String))
    deals = Weekly(settings=settings).deals(NOW, odd)
    assert deals["seg:region"].n_unique() == 3
    [warning] = [one for one in profile_fit(settings, odd, NOW).warnings if "look alike" in one]
    assert "CYRILLIC CAPITAL LETTER IE" in warning
    plain = spread(
        history,
        turn.replace_strict(dict(enumerate(["EMEA", "emea", "E MEA", "APAC"])), return_dtype=pl.String),
    )
    assert not [one for one in profile_fit(settings, plain, NOW).warnings if "look alike" in one]
