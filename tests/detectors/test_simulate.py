"""The simulator does what it says, and the detector keeps its promises on what it makes."""

import dataclasses
import math

import numpy as np
import pytest

from detectors import evaluate, scan_batch
from detectors.simulate import Change, Ordinary, calendar_terms, measures, rates, remembering, tiered_rates

QUIET = Ordinary(turnover=0.0, outliers=0.0)
FLAT = dataclasses.replace(
    QUIET, quarter_end_deals=0.0, quarter_end_rate=0.0, month_end_rate=0.0, holiday_deals=0.0
)


def test_the_generator_that_is_passed_in_decides_everything():
    one, two, three = (rates(np.random.default_rng(seed), 3, 60, Ordinary()) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.values, two.values)
    assert not np.array_equal(one.values, three.values)


def test_the_level_season_and_volume_are_those_asked_for():
    made = rates(np.random.default_rng(3), 400, 104, QUIET)
    terms = calendar_terms(104).astype(bool)
    quarter_end, month_end, holiday = terms.T
    plain = ~quarter_end & ~month_end & ~holiday
    assert made.values[:, plain].mean() == pytest.approx(0.3, abs=0.003)
    assert made.values[:, quarter_end & ~month_end & ~holiday].mean() == pytest.approx(0.33, abs=0.004)
    assert made.values[:, month_end & ~quarter_end].mean() == pytest.approx(0.28, abs=0.004)
    assert made.n[:, plain].mean() == pytest.approx(60, rel=0.01)
    assert made.n[:, quarter_end & ~holiday].mean() == pytest.approx(90, rel=0.01)
    assert made.n[:, holiday & ~month_end].mean() == pytest.approx(45, rel=0.02)  # a quarter's end as well


def test_the_variance_of_a_week_is_that_of_the_null_model():
    made = rates(np.random.default_rng(4), 600, 60, FLAT)
    spread = 0.3 * 0.7
    expected = spread * (0.02 + 0.98 * np.mean(1 / made.n))
    assert made.values.var() == pytest.approx(expected, rel=0.03)
    measured = measures(np.random.default_rng(5), 300, 40, FLAT, tail=1e6, trim=0.0)
    assert measured.values.var() == pytest.approx(0.08**2 * (0.02 + 0.98 / 60), rel=0.06)


def test_the_weekly_effect_remembers():
    values = remembering(np.random.default_rng(6), 3000, 20, variance=2.0, correlation=0.4)
    assert values.var() == pytest.approx(2.0, rel=0.03)
    assert np.corrcoef(values[:, :-1].ravel(), values[:, 1:].ravel())[0, 1] == pytest.approx(0.4, abs=0.02)


@pytest.mark.parametrize(
    "change, path",
    [
        (Change(at=2, size=1.0), [0, 0, 1, 1, 1, 1]),
        (Change(at=1, size=1.0, shape="ramp", over=4), [0, 0.25, 0.5, 0.75, 1, 1]),
        (Change(at=1, size=1.0, shape="shock", over=3), [0, 1, 1, 1, 0, 0]),
    ],
)
def test_changes_take_the_path_of_their_shape(change, path):
    assert change.path(6).tolist() == path
    made = measures(np.random.default_rng(7), 200, 6, FLAT, change, spread=1e-3)
    assert made.values.mean(axis=0) - 0.3 == pytest.approx(np.array(path), abs=1e-3)


def test_trimmed_means_of_heavy_tails_scatter_less_than_plain_ones():
    plain, trimmed = (
        measures(np.random.default_rng(8), 200, 30, FLAT, tail=3.0, trim=trim).values.var()
        for trim in (0.0, 0.1)
    )
    assert trimmed < 0.85 * plain


def test_a_change_of_mix_moves_the_raw_rate_and_not_the_adjusted_one():
    mix = Change(at=52, size=-0.2, shape="ramp", over=12)
    raw, adjusted = tiered_rates(np.random.default_rng(9), 200, 104, FLAT, mix=mix)
    late = slice(70, 104)
    assert raw.values[:, late].mean() - raw.values[:, :52].mean() == pytest.approx(-0.04, abs=0.004)
    assert adjusted.values[:, late].mean() - adjusted.values[:, :52].mean() == pytest.approx(0, abs=0.004)


def test_a_week_without_deals_has_no_value():
    made = rates(np.random.default_rng(10), 20, 52, dataclasses.replace(FLAT, deals=0.5))
    assert np.isnan(made.values[made.n == 0]).all()
    assert np.isfinite(made.values[made.n > 0]).all()
    assert (made.n == 0).any()


def test_the_detector_keeps_its_promise_on_ordinary_win_rates_early_and_late():
    bar = 260.0
    made = rates(np.random.default_rng(11), 60, 600, Ordinary())
    alarm = scan_batch(made.values, made.n, made.terms, learning=26, arl=bar, harmful="down").alarm
    for window in evaluate.early_and_late(alarm, 26):
        assert window.exposure > 3000
        assert window.high > bar  # the promise is within, or below, the measured interval


def test_a_fall_of_twelve_points_is_found_in_a_quarter_and_dated():
    change = Change(at=78, size=-0.12)
    made = rates(np.random.default_rng(12), 150, 150, Ordinary(), change)
    out = scan_batch(made.values, made.n, made.terms, learning=52, arl=4160.0, harmful="down")
    delay = evaluate.delays(out.alarm, change.at)
    assert 10 <= evaluate.median_delay(delay) <= 19  # 15 in the measured tables
    when = np.isfinite(delay)
    last = (np.flatnonzero(when), np.minimum(delay[when] + change.at - 1 + 8, 149).astype(int))
    covered = evaluate.coverage(out.start_low[last], out.start_high[last], change.at)
    assert covered > 0.9 - 3 * math.sqrt(0.09 / when.sum())
    assert evaluate.dating_error(out.start[last], change.at) <= 2
