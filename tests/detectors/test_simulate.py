"""The simulator does what it says, and the detector keeps its promises on what it makes."""

import dataclasses
import math

import numpy as np
import pytest

from detectors import evaluate, scan_batch
from detectors.simulate import Change, Ordinary, calendar_terms, measures, rates, remembering, tiered_rates
from detectors.simulate_batches import Batches, batched_rates
from detectors.simulate_regions import regional_rates

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


def test_more_deals_close_in_a_months_last_week_where_asked():
    made = rates(np.random.default_rng(13), 200, 52, dataclasses.replace(FLAT, month_end_deals=2.0))
    month_end = calendar_terms(52)[:, 1] > 0
    assert made.n[:, month_end].mean() / made.n[:, ~month_end].mean() == pytest.approx(3.0, rel=0.02)


def test_an_annual_wave_is_in_the_rate_and_in_no_term():
    made = rates(np.random.default_rng(14), 400, 104, dataclasses.replace(FLAT, season=0.05))
    wave = np.sin(2 * np.pi * np.arange(104) / 52)
    assert 2 * np.mean(made.values.mean(axis=0) * wave) == pytest.approx(0.05, abs=0.003)
    assert np.linalg.lstsq(made.terms, wave, rcond=None)[1] > 0.9 * wave @ wave


def test_volume_is_irregular_and_weeks_are_missing_where_asked():
    made = rates(np.random.default_rng(15), 300, 52, dataclasses.replace(FLAT, irregular=0.5, missing=0.1))
    assert np.mean(made.n == 0) == pytest.approx(0.1, abs=0.01)
    assert np.isnan(made.values[made.n == 0]).all()
    there = made.n[made.n > 0]
    assert there.mean() == pytest.approx(60, rel=0.03)
    assert np.log(there).std() == pytest.approx(math.sqrt(0.25 + 1 / 60), rel=0.05)


def test_a_trend_gains_what_it_says_a_year():
    made = rates(np.random.default_rng(16), 300, 156, dataclasses.replace(FLAT, trend=0.02))
    gained = made.values[:, 104:].mean() - made.values[:, :52].mean()
    assert gained == pytest.approx(0.04, abs=0.003)


def test_batches_scatter_as_their_agreement_says_and_effective_deals_count_for_it():
    batches = Batches(share=0.5, size=8.0, alike=0.7)
    raw, effective = batched_rates(np.random.default_rng(17), 60, 104, FLAT, batches=batches)
    assert raw.n.mean() == pytest.approx(60, rel=0.03)
    assert 0.4 < effective.n.mean() / raw.n.mean() < 0.75
    spread = 0.3 * 0.7
    dispersion = {
        name: np.mean((made.values - 0.3) ** 2 / (spread * (0.02 + 0.98 / made.n)))
        for name, made in (("raw", raw), ("effective", effective))
    }
    assert dispersion["raw"] > 2.0
    assert dispersion["effective"] == pytest.approx(1.0, abs=0.25)


def test_one_deal_a_batch_is_no_batch():
    raw, effective = batched_rates(np.random.default_rng(18), 5, 60, FLAT, batches=Batches(share=0.0))
    np.testing.assert_allclose(raw.values, effective.values)
    np.testing.assert_allclose(raw.n, effective.n)


@pytest.mark.parametrize("changing", [2, None])
def test_a_region_shows_in_its_contrast_and_the_market_in_none(changing):
    change = Change(at=52, size=-0.12)
    ordinary = dataclasses.replace(FLAT, deals=240.0)
    made = regional_rates(np.random.default_rng(19), 200, 104, ordinary, change, changing=changing)
    moved = [one.values[:, 52:].mean() - one.values[:, :52].mean() for one in made.contrasts]
    expected = [0.0] * 6 if changing is None else [-0.12 if one == 2 else 0.12 / 5 for one in range(6)]
    assert moved == pytest.approx(expected, abs=0.006)
    whole = made.whole.values[:, 52:].mean() - made.whole.values[:, :52].mean()
    assert whole == pytest.approx(-0.12 if changing is None else -0.02, abs=0.006)
    assert made.contrasts[0].n.mean() == pytest.approx(1 / (1 / 40 + 1 / 200), rel=0.03)


def test_what_regions_share_cancels_in_a_contrast():
    ordinary = dataclasses.replace(QUIET, deals=2400.0, rho=0.05)
    made = regional_rates(np.random.default_rng(20), 100, 52, ordinary)
    plain = 0.21 * 0.05 / 2  # the region's own half of the weekly effect
    expected = plain * (1 + 1 / 5) + 0.21 * np.mean(1 / made.contrasts[0].n)
    centred = made.contrasts[0].values - made.contrasts[0].values.mean(axis=1, keepdims=True)
    assert centred.var() == pytest.approx(expected, rel=0.1)
