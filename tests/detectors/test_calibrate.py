"""Bars fitted to a wanted run length: against theory, against the realised rate, and where nothing can be told."""

import math

import numpy as np
import pytest

from detectors import evaluate, scan_batch
from detectors.calibrate import LOWEST, calibrate, fit_level, strengths
from detectors.simulate import Weekly


def noise(rng, series, periods=460):
    """Weekly values without any memory, season or drift."""
    return Weekly(
        values=rng.normal(size=(series, periods)), n=np.ones((series, periods)), terms=np.zeros((periods, 0))
    )


def shiryaev_roberts(rng, series, periods, size):
    """Ln R of the classical detector of a known shift, R_t = (1 + R_t-1) times the likelihood ratio."""
    ratio = np.exp(size * rng.normal(size=(series, periods)) - size**2 / 2)
    r = np.zeros((series, periods + 1))
    for t in range(periods):
        r[:, t + 1] = (1 + r[:, t]) * ratio[:, t]
    return np.log(r[:, 1:])


@pytest.mark.parametrize("size", [0.5, 1.0])
def test_the_level_of_the_classical_detector_is_that_of_theory(size):
    strength = shiryaev_roberts(np.random.default_rng(301), 1500, 500, size)
    bar = fit_level(strength, wanted=500.0, start=0)
    theory = math.log(500.0 * math.exp(-0.583 * size))  # Pollak (1987), with Siegmund's overshoot
    assert bar.low <= theory <= bar.high
    assert bar.high - bar.low < 0.15  # sharp enough to fail: theory moves by 0.29 with the size


def test_a_fitted_bar_keeps_the_run_length_on_other_series():
    wanted = 300.0
    bar = calibrate(noise, np.random.default_rng(302), wanted=wanted, series=180, learning=26)
    assert bar.low <= bar.level <= bar.high
    assert bar.arl < wanted  # the guaranteed bar is the safe side
    other = noise(np.random.default_rng(303), 180)
    strong = strengths(scan_batch(other.values, other.n, other.terms, learning=26, arl=LOWEST))
    late, uncalibrated = (
        evaluate.early_and_late(strong >= math.log(level), 26)[1] for level in (bar.arl, wanted)
    )
    # Two Poisson counts, on a logarithmic scale. Half of 180 series are left after 208 weeks at 300 a false alarm and
    # are watched for up to 226 more: 54 alarms are expected in each, 32 with three standard deviations fewer.
    error = math.sqrt(1 / bar.alarms + 1 / late.alarms)
    assert error < math.sqrt(2 / 32)
    assert abs(math.log(late.arl / wanted)) < 3 * error
    assert uncalibrated.low > wanted  # as shipped it alarms more rarely: the series can tell the two apart


def test_the_alarms_at_a_higher_bar_follow_from_the_readings_at_the_lowest():
    rng = np.random.default_rng(304)
    values = rng.normal(size=(60, 150))
    values[:, 80:] += 1.2
    values[::3, 70:73] += 3.0  # shocks as well, for they keep alarms back
    lowest, higher = (
        scan_batch(values, np.ones(values.shape), learning=26, arl=bar) for bar in (LOWEST, 400.0)
    )
    assert higher.alarm.any()
    assert lowest.shock.any()
    np.testing.assert_array_equal(strengths(lowest) >= math.log(400.0), higher.alarm)


def test_a_level_counts_the_periods_from_the_start_on_only():
    strength = np.full((4, 10), -np.inf)
    strength[0, 1], strength[1, 6], strength[2, 8] = 9.0, 2.0, 3.0
    bar = fit_level(np.tile(strength, (100, 1)), wanted=10.0, start=5)
    assert 2.0 < bar.level <= 3.0
    assert (bar.alarms, bar.exposure) == (
        100,
        100 * (5 + 4 + 5),
    )  # the series that alarmed before is left out


@pytest.mark.parametrize(
    "strength, wanted, start, sentence",
    [
        (np.zeros((3, 10)), 1000.0, 0, "30 periods are too few for a run length of 1000"),
        (np.full((3, 10), -np.inf), 5.0, 0, "no series ever comes near an alarm"),
        (np.zeros((3, 10)), 5.0, 10, "leave none to fit on from period 10"),
        (np.repeat([[0.0] * 99 + [1.0]], 30, axis=0)[:, ::-1], 0.5, 0, "shorter than any"),
    ],
)
def test_what_the_series_cannot_tell_is_said(strength, wanted, start, sentence):
    with pytest.raises(ValueError, match=sentence):
        fit_level(strength, wanted=wanted, start=start)
