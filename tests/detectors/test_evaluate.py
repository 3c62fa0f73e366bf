import math

import numpy as np
import pytest
from scipy import stats

from detectors.evaluate import (
    agreement,
    cover,
    coverage,
    dating_error,
    delays,
    early_and_late,
    found,
    mean_delay,
    median_delay,
    run_length,
)


def alarms(*periods, length=10):
    return np.array([[at is not None and period >= at for period in range(length)] for at in periods])


def test_delays_count_changed_periods_and_leave_out_false_alarms():
    assert delays(alarms(4, 6, None, 2), 4.0).tolist() == pytest.approx(
        [1, 3, math.nan, math.nan], nan_ok=True
    )
    assert found(alarms(4, 6, None, 2), 4.0) == pytest.approx(2 / 3)
    each = delays(alarms(4, 6), np.array([3.0, 6.0]))
    assert each.tolist() == [2, 1]


def test_averages_of_delays_count_those_never_found():
    delay = np.array([1.0, 3.0, math.nan])
    assert median_delay(delay) == 3
    assert mean_delay(delay, horizon=6) == pytest.approx(10 / 3)
    assert math.isnan(median_delay(np.array([1.0, math.nan, math.nan])))
    assert math.isnan(median_delay(np.array([])))
    assert math.isnan(mean_delay(np.array([]), horizon=6))


def test_run_length_is_exposure_over_alarms_with_the_exact_poisson_interval():
    measured = run_length(alarms(3, None, 5, 9, length=12), start=2)
    assert (measured.alarms, measured.exposure) == (3, 2 + 10 + 4 + 8)
    assert measured.arl == 8
    # stats: the 90 % limits of a Poisson mean that gave 3
    assert measured.low == pytest.approx(24 / stats.chi2.ppf(0.95, 8) * 2)
    assert measured.high == pytest.approx(24 / stats.chi2.ppf(0.05, 6) * 2)


def test_run_length_without_an_alarm_is_bounded_from_below_only():
    measured = run_length(alarms(None, None))
    assert measured.alarms == 0
    assert math.isnan(measured.arl)
    assert math.isnan(measured.high)
    assert measured.low == pytest.approx(20 / -math.log(0.05))
    assert math.isnan(run_length(alarms(0, 0), start=5).low)


def test_early_and_late_periods_are_told_apart():
    early, late = early_and_late(alarms(30, 300, None, length=400), learned=20)
    assert (early.alarms, early.exposure) == (1, 11 + 208 + 208)
    assert (late.alarms, late.exposure) == (1, (300 - 228 + 1) + (400 - 228))


def test_coverage_and_dating_look_at_what_is_defined():
    low, high = np.array([1.0, 4.0, math.nan]), np.array([3.0, 6.0, math.nan])
    assert coverage(low, high, 3.0) == 0.5
    assert math.isnan(coverage(low[2:], high[2:], 3.0))
    assert dating_error(np.array([2.0, 8.0, math.nan]), 5.0) == 3
    assert math.isnan(dating_error(np.array([math.nan]), 5.0))


@pytest.mark.parametrize(
    "marked, changes, expected, why",
    [
        ([[], []], [], 1.0, "nothing marked, nothing found"),
        ([[50]], [], 2 / 3, "one of two starts missed"),
        ([[50]], [54], 1.0, "within the margin"),
        ([[50]], [56], 0.5, "beyond the margin"),
        ([[50], []], [50], 1.0, "enough that one person marked it"),
        ([[50]], [48, 51], 0.8, "a mark is matched once"),
        ([[50, 52]], [51], 0.8, "a found change matches once"),
    ],
)
def test_agreement_is_the_f1_of_the_benchmark(marked, changes, expected, why):
    assert agreement(marked, changes) == pytest.approx(expected), why


def test_cover_weighs_each_piece_by_its_length():
    assert cover([[50]], [50], 100) == 1.0
    assert cover([[50]], [], 100) == 0.5
    assert cover([[]], [25], 100) == 0.75
    assert cover([[50], []], [50], 100) == pytest.approx(0.75)
    assert math.isnan(cover([], [50], 100))
    assert math.isnan(agreement([], [50]))
