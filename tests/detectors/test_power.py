"""The detection promise against the simulator: what is promised is what happens."""

import math

import numpy as np
import pytest

from detectors import evaluate, scan_batch
from detectors.power import HORIZON, WITHIN, promise, scatter_of
from detectors.simulate import Change, Ordinary, calendar_terms, measures, rates

DEALS = 63 / 60  # a year's mean, of the deals of an ordinary week


def simulated(made, change, bar, *, learning=52, harmful="down", drift=0.0002):
    """The median delay of series without an alarm before their change, and its sampling error."""
    out = scan_batch(
        made.values, made.n, made.terms, learning=learning, arl=bar, harmful=harmful, drift=drift
    )
    fair = out.alarm[~out.alarm[:, : change.at].any(axis=1)]
    delay = evaluate.delays(fair, change.at)
    known = np.where(np.isnan(delay), HORIZON, delay)
    return evaluate.median_delay(delay), 1.25 * known.std() / math.sqrt(len(known))


@pytest.mark.parametrize(
    "deals, fall, bar, learning, at",
    [
        (20, 0.12, 4160.0, 52, 78),
        (60, 0.08, 4160.0, 52, 78),
        (60, 0.12, 870.0, 52, 130),
        (60, 0.10, 9400.0, 26, 52),
        (200, 0.08, 4160.0, 52, 78),
        (60, 0.06, 260.0, 52, 78),
        (10, 0.08, 4160.0, 52, 78),  # so slow to show that noise carries half of them over the bar
    ],
)
def test_half_of_all_falls_are_found_in_the_weeks_promised(deals, fall, bar, learning, at):
    change = Change(at=at, size=-fall)
    made = rates(np.random.default_rng([401, deals, at]), 150, at + HORIZON, Ordinary(deals=deals), change)
    median, error = simulated(made, change, bar, learning=learning)
    terms = calendar_terms(at + HORIZON)
    promised = promise(deals * DEALS, math.sqrt(0.3 * 0.7), bar, fall, learned=at, terms=terms).median[0]
    assert promised == pytest.approx(median, abs=max(0.2 * median, 1.0) + 2 * error)
    assert error < 0.2 * median


def test_a_discount_is_found_in_the_weeks_promised_by_its_measured_scatter():
    ordinary = Ordinary(rate=0.1, outlier=0.04, turnover=0.002, quarter_end_rate=0.01, month_end_rate=-0.005)
    change = Change(at=78, size=0.02)
    made = measures(np.random.default_rng(402), 100, 160, ordinary, change)
    median, error = simulated(made, change, 4160.0, harmful="up", drift=0.0006)
    before = slice(0, 78)
    scatter = np.median(
        [
            scatter_of(values[before], n[before], made.terms[before], 0.0006)
            for values, n in zip(made.values, made.n, strict=True)
        ]
    )
    assert scatter < 0.08  # trimmed means scatter less than plain ones
    terms = calendar_terms(78 + HORIZON)
    promised = promise(63, scatter, 4160.0, 0.02, learned=78, terms=terms, drift=0.0006).median[0]
    assert promised == pytest.approx(median, abs=0.2 * median + 2 * error)


@pytest.mark.parametrize("weeks", [8, 13, 26])
def test_half_of_the_smallest_changes_are_found_just_in_time(weeks):
    found = promise(
        60 * DEALS, math.sqrt(0.3 * 0.7), 4160.0, 0.1, learned=78, terms=calendar_terms(78 + HORIZON)
    )
    smallest = found.smallest[0, WITHIN.index(weeks)]
    change = Change(at=78, size=-smallest)
    made = rates(np.random.default_rng([403, weeks]), 150, 78 + 3 * weeks, Ordinary(), change)
    median, error = simulated(made, change, 4160.0)
    assert median == pytest.approx(weeks, abs=max(0.2 * weeks, 1.0) + 2 * error)


def test_more_deals_a_lower_bar_and_more_learning_promise_more():
    plain = {"scatter": 0.46, "effect": 0.08, "learned": 78}
    by_deals = promise([10, 30, 100, 1000], arl=4160.0, **plain)
    assert (np.diff(by_deals.smallest, axis=0) < 0).all()
    assert (np.diff(by_deals.median) < 0).all()
    by_bar = promise(60, arl=[100.0, 1000.0, 10_000.0], **plain)
    assert (np.diff(by_bar.smallest[:, 1:], axis=0) > 0).all()  # in 4 weeks only a clear start will do
    assert (np.diff(by_bar.median) > 0).all()
    assert (np.diff(by_bar.smallest, axis=1) < 0).all()
    learned = [promise(60, 0.46, 4160.0, 0.08, learned=weeks).median[0] for weeks in (39, 78, 208)]
    assert learned == sorted(learned, reverse=True)
    assert len(set(learned)) == 3


def test_a_regressor_that_looks_like_the_change_costs_weeks():
    weeks = np.arange(78 + HORIZON)[:, None] / 52
    trend = promise(60, 0.46, 4160.0, 0.12, learned=78, terms=weeks).median[0]
    assert trend > promise(60, 0.46, 4160.0, 0.12, learned=78).median[0] + 3


def test_the_unit_of_the_values_does_not_matter():
    one, other = (promise(60, 0.46 * unit, 4160.0, -0.08 * unit, learned=78) for unit in (1.0, 1e6))
    np.testing.assert_array_equal(one.median, other.median)
    np.testing.assert_allclose(1e6 * one.smallest, other.smallest)


def test_what_is_too_small_for_three_years_is_not_promised():
    assert np.isnan(promise(20, 0.46, 4160.0, 0.005).median[0])
    assert np.isnan(promise(60, 0.46, 4160.0, 0.1, horizon=10).smallest[0, 2])


def test_a_change_inside_the_series_is_hardly_counted_as_scatter():
    ordinary = Ordinary(outliers=0.0, turnover=0.0)
    made = rates(np.random.default_rng(404), 60, 260, ordinary, Change(at=130, size=0.2))
    measured = [
        scatter_of(values, n, made.terms, 0.0002) for values, n in zip(made.values, made.n, strict=True)
    ]
    assert np.median(measured) == pytest.approx(math.sqrt(0.3 * 0.7), rel=0.1)
    assert math.isnan(scatter_of(np.full(60, 0.3), np.full(60, 10.0), np.zeros((60, 0)), 0.0002))


@pytest.mark.parametrize(
    "changed, sentence",
    [
        ({"n": 0}, "n and scatter are positive"),
        ({"arl": 0.5}, "arl is a number of periods"),
        ({"learned": 5}, "leaves nothing to learn from"),
        ({"terms": np.zeros((3, 1))}, "terms have shape"),
        (
            {"learned": 14, "terms": np.random.default_rng(1).normal(size=(170, 8))},
            "too few for 8 regressors",
        ),
    ],
)
def test_settings_that_make_no_sense_are_refused(changed, sentence):
    plain = {"n": 60, "scatter": 0.46, "arl": 4160.0, "effect": 0.08}
    with pytest.raises(ValueError, match=sentence):
        promise(**(plain | changed))
