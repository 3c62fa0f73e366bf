"""The detector's manners: hard series, refusals, invariances, textbook data."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import DETECTORS, InvariantSR, Reading, Scan, scan_batch

RNG = np.random.default_rng(21)
NOISE = RNG.normal(size=130)
TERMS = np.column_stack([np.arange(130) % 13 >= 11, RNG.random(130)]).astype(float)
STEP = np.where(np.arange(130) >= 90, -0.13, 0.0)
COUNTS = RNG.integers(30, 90, 130).astype(float)


def evidence(values, n=60.0, regressors=None, **setting):
    values = np.atleast_2d(values)
    return scan_batch(values, np.broadcast_to(n, values.shape), regressors, **setting).evidence


@pytest.mark.parametrize("name", DETECTORS)
def test_every_detector_learns_in_silence_then_finds_a_clear_step_and_dates_it(name):
    detector = DETECTORS[name](learning=52, arl=4160.0, harmful="down", matters_if=0.05)
    readings = [detector.update(0.4 + 0.06 * NOISE[t] + STEP[t], 60.0, TERMS[t]) for t in range(130)]
    assert all(isinstance(one, Reading) for one in readings)
    assert all(math.isnan(one.evidence) and one.start is None and not one.alarm for one in readings[:52])
    assert not any(one.alarm for one in readings[:90])
    last = readings[-1]
    assert last.alarm
    assert last.evidence >= math.log(4160.0)
    assert last.start_low <= 90 <= last.start_high
    assert last.effect_low <= -0.13 <= last.effect_high < 0
    assert last.matters > 0.9


def test_nile_changed_with_the_year_1899():
    from statsmodels.datasets import nile

    flow = nile.load_pandas().data["volume"].to_numpy()
    detector = InvariantSR(learning=20, arl=1000.0)
    readings = [detector.update(value) for value in flow]
    first = next(year for year, one in enumerate(readings) if one.alarm)
    assert 1899 <= 1871 + first <= 1910
    assert 1871 + readings[first].start in (1898, 1899, 1900)
    assert readings[-1].effect == pytest.approx(-248, abs=60)  # Cobb (1978): 1098 before, 850 after


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0, -7e8])
def test_a_constant_series_is_no_news_whatever_its_level(value):
    out = scan_batch(np.full((1, 200), value), np.full((1, 200), 60.0), np.tile(TERMS, (2, 1))[:200])
    assert not out.alarm.any()
    assert not out.shock.any()
    assert (out.effect[:, 52:] == 0).all()
    np.testing.assert_allclose(out.expected[:, 52:], value, rtol=1e-12)
    assert np.isfinite(out.evidence[:, 52:]).all()


def test_one_lost_deal_among_all_won_is_no_alarm_but_a_lasting_fall_is():
    won = np.ones((1, 200))
    won[0, 100] = 59 / 60
    assert not scan_batch(won, np.full(won.shape, 60.0), harmful="down").alarm.any()
    won[0, 120:] = 0.9 + 0.03 * NOISE[:80]
    out = scan_batch(won, np.full(won.shape, 60.0), harmful="down")
    assert not out.alarm[0, :120].any()
    assert out.alarm[0, 123:140].any()
    assert out.start_low[0, -1] <= 120 <= out.start_high[0, -1]


def test_a_constant_series_that_starts_to_vary_around_a_new_level_alarms_in_a_few_weeks():
    values = np.concatenate([np.full(100, 0.5), 0.4 + 0.01 * NOISE[:40]])
    out = scan_batch(values[None], np.full((1, 140), 60.0))
    first = int(out.alarm[0].argmax())
    assert 103 <= first <= 115


def test_millions_of_deals_a_week_and_single_deals_are_both_read():
    values = 0.4 + 0.001 * NOISE + STEP
    for n in (1e6, 1.0, 0.01):
        out = scan_batch(values[None], np.full((1, 130), n), TERMS, harmful="down")
        assert out.alarm[0, 95:].any(), n
        assert out.start_low[0, -1] <= 90 <= out.start_high[0, -1], n
        assert not out.alarm[0, :90].any(), n


def test_a_thousand_weeks_keep_the_evidence_of_the_unthinned_sum(monkeypatch):
    rng = np.random.default_rng(22)
    values = 0.4 + 0.07 * rng.normal(size=(4, 1000))
    values[:2, 930:] -= 0.15
    n = np.full(values.shape, 60.0)
    thinned = scan_batch(values, n, harmful="down")
    monkeypatch.setattr("detectors.candidates.CROWD", 10_000)
    whole = scan_batch(values, n, harmful="down")
    np.testing.assert_allclose(thinned.evidence[:, :552], whole.evidence[:, :552], rtol=1e-12)
    np.testing.assert_allclose(thinned.evidence[:, 552:], whole.evidence[:, 552:], atol=0.25)
    assert thinned.alarm[:2, 935:].any(axis=1).all()
    assert (np.abs(thinned.start[:2, -1] - 930) <= 4).all()
    assert not np.array_equal(thinned.evidence, whole.evidence, equal_nan=True)


def test_retired_ramps_and_dropped_candidates_leave_the_sum_as_it_was():
    from detectors.candidates import Candidates
    from detectors.evidence import log_sum

    rng = np.random.default_rng(23)
    candidates = Candidates(2, 1, 0.2)
    for period in range(10, 705):  # a crowd is thinned in a period divisible by 32
        candidates.open(period, np.array([True, period >= 300]))
    asked = candidates.hypotheses()
    assert asked.information.shape == (2, 695 + 2 * 104)
    own = rng.normal(size=(2, 3, 903)) * 3
    factors = own + asked.log_prior[:, None]
    before, starts = log_sum(factors), candidates.starts.copy()
    candidates.retire(factors)
    kept = candidates.starts
    # the newest 104 starts keep their ramps but for the oldest of them, which is asked for the last time
    step = np.searchsorted(starts, kept)
    ramp = np.concatenate([695 + np.arange(1, 104), 695 + 104 + np.arange(1, 104)])
    weights = candidates.hypotheses().log_prior
    after = np.concatenate(
        [
            weights[:, None, : len(kept)] + own[:, :, step],
            factors[:, :, ramp],
        ],
        axis=2,
    )
    np.testing.assert_allclose(log_sum(after), before)
    assert len(kept) < 128 + 16 * 3 + 4
    assert (np.diff(kept)[-127:] == 1).all()
    assert np.diff(kept).max() == 32


def test_what_is_kept_of_a_series_hardly_grows_with_its_weeks():
    scan, sizes = Scan(learning=26, arl=260.0, harmful=[None]), {}
    rng = np.random.default_rng(24)
    for week in range(1, 1001):
        scan.advance(rng.normal(size=1), [60.0])
        sizes[week] = len(pickle.dumps(scan))
    assert max(sizes[week] for week in range(560, 1001)) < sizes[520]  # before the crowd is thinned
    assert max(sizes[week] for week in range(920, 1001)) < 1.2 * max(sizes[week] for week in range(600, 680))


def test_a_new_bar_leaves_every_start_what_its_own_bar_gave_it():
    """sum of BF_k / h_k over both bars, from a scan of all starts and one of the later ones alone."""
    values = 0.4 + 0.06 * NOISE + STEP

    def scan(**setting):
        return Scan(learning=40, harmful=["down"], **setting)

    changed, whole, later = scan(arl=4000.0), scan(arl=4000.0), scan(arl=4000.0, first_candidate=80)
    for t in range(110):
        if t == 80:
            changed.rebudget(500.0)
        found, every, new = (
            math.exp(one.advance([values[t]], [60.0], TERMS[t]).evidence[0, 0])
            for one in (changed, whole, later)
        )
        if t >= 80:
            assert found / 500.0 == pytest.approx((every - new) / 4000.0 + new / 500.0, rel=1e-9)
    with pytest.raises(ValueError, match="at least 1"):
        changed.rebudget(0.0)


def test_a_ramp_that_grew_old_leaves_its_evidence_to_the_step_that_starts_with_it(monkeypatch):
    values = np.tile(0.4 + 0.06 * NOISE + STEP, (1, 1))
    whole = evidence(values, COUNTS, TERMS, learning=40)
    monkeypatch.setattr("detectors.ramps.REACH", 30)
    part = evidence(values, COUNTS, TERMS, learning=40)
    np.testing.assert_allclose(part[0, :70], whole[0, :70], rtol=1e-12)
    np.testing.assert_allclose(part[0, 70:], whole[0, 70:], atol=0.2)
    assert not np.array_equal(part[0, 70:], whole[0, 70:])


def test_missing_weeks_leave_everything_but_the_count_of_starts_as_it_was():
    values, n = 0.4 + 0.06 * NOISE + STEP, COUNTS.copy()
    n[60:64] = 0.0
    values[60:64] = np.nan
    out = scan_batch(values[None], n[None], TERMS, harmful="down")
    assert not out.alarm[0, :90].any()
    assert out.alarm[0, 95:].any()
    assert np.isfinite(out.expected[0, 60:64]).all()
    assert np.isnan(out.expected_sd[0, 60:64]).all()
    values[60:64] = 1e9  # not looked at
    again = scan_batch(values[None], n[None], TERMS, harmful="down")
    np.testing.assert_array_equal(again.evidence, out.evidence)


def test_a_series_with_too_few_weeks_learns_on_until_it_has_enough():
    n = np.zeros(130)
    n[[3, 20, 41]] = 60.0
    n[55:] = 60.0
    out = evidence(0.4 + 0.06 * NOISE, n, TERMS)
    first = int(np.isfinite(out[0]).argmax())
    assert first == 57  # five weeks with deals before it are more than rank 2 + 2; none was a quarter end
    assert np.isnan(evidence(np.full(80, np.nan), 0.0)).all()


def test_candidates_wait_for_the_first_candidate_and_series_keep_their_own_time():
    values = np.tile(0.4 + 0.06 * NOISE, (3, 1))
    out = evidence(values, 60.0, TERMS, learning=[30, 52, 30], first_candidate=[0, 0, 70])
    assert np.isfinite(out).argmax(axis=1).tolist() == [30, 52, 70]
    alone = evidence(values[:1], 60.0, TERMS, learning=30, first_candidate=70)
    np.testing.assert_allclose(out[2], alone[0], rtol=1e-9)


def test_a_regressor_of_zeros_or_a_copy_changes_nothing():
    values = 0.4 + 0.06 * NOISE + STEP
    plain = evidence(values, COUNTS, TERMS)
    more = np.column_stack([np.zeros(130), TERMS, TERMS[:, 0] * 3 - 1, np.full(130, 2024.0)])
    np.testing.assert_allclose(evidence(values, COUNTS, more), plain, rtol=1e-8)


def test_a_season_explained_by_a_regressor_is_no_change():
    values = 0.4 + 0.06 * NOISE + 0.4 * TERMS[:, 0]
    assert not scan_batch(values[None], np.full((1, 130), 60.0), TERMS).alarm.any()


def test_a_wild_week_counts_as_three_standard_deviations():
    values = 0.4 + 0.06 * NOISE
    values[100] = -5.0
    wild = evidence(values)
    values[100] = -500.0
    np.testing.assert_allclose(evidence(values), wild, rtol=1e-9)
    assert not scan_batch(values[None], np.full((1, 130), 60.0)).alarm.any()


def test_a_wild_week_in_the_baseline_neither_widens_the_noise_nor_moves_the_level():
    values = 0.4 + 0.06 * NOISE + STEP
    clean = scan_batch(values[None], np.full((1, 130), 60.0))
    values[20] = 90.0
    wild = scan_batch(values[None], np.full((1, 130), 60.0))
    assert wild.expected_sd[0, 60] < 1.3 * clean.expected_sd[0, 60]
    assert wild.alarm[0, -1]


def test_what_the_prediction_promises_holds():
    rng = np.random.default_rng(24)
    values = 0.4 + 0.06 * rng.normal(size=(100, 120))
    out = scan_batch(values, np.full(values.shape, 60.0), rng.random((120, 3)), clip=math.inf)
    score = (values[:, 52:] - out.expected[:, 52:]) / out.expected_sd[:, 52:]
    assert np.abs(score.mean()) < 0.05
    assert score.std() == pytest.approx(1.0, abs=0.06)


def test_the_interval_of_a_step_a_quarter_ago_covers_none_as_often_as_it_says():
    rng = np.random.default_rng(25)
    values = 0.4 + 0.06 * rng.normal(size=(400, 100))
    out = scan_batch(values, np.full(values.shape, 60.0), clip=math.inf, rho=0.0, drift=0.0)
    covered = (out.still_low[:, -1] <= 0) & (out.still_high[:, -1] >= 0)
    assert covered.mean() == pytest.approx(0.9, abs=3 * math.sqrt(0.09 / 400))
    assert np.isnan(out.still_low[:, :64]).all()
    assert np.isfinite(out.still_low[:, 64:]).all()


@settings(max_examples=25, deadline=None)
@given(
    st.floats(0.01, 1e4),
    st.floats(-1e3, 1e3),
    st.lists(st.floats(-10, 10), min_size=2, max_size=2),
)
def test_level_unit_and_season_do_not_change_the_evidence(unit, level, season):
    values = 0.4 + 0.06 * NOISE + STEP
    plain = evidence(values, COUNTS, TERMS, harmful="down")
    moved = evidence(unit * values + level + TERMS @ season, COUNTS, TERMS, harmful="down")
    np.testing.assert_allclose(moved, plain, rtol=1e-6, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(52, 129))
def test_the_future_does_not_change_a_reading(length):
    values = (0.4 + 0.06 * NOISE + STEP)[None]
    whole = scan_batch(values, COUNTS[None], TERMS, harmful="up", matters=0.1)
    part = scan_batch(values[:, :length], COUNTS[None, :length], TERMS[:length], harmful="up", matters=0.1)
    for field in ("evidence", "effect", "start_high", "matters", "expected_sd", "still_low"):
        np.testing.assert_array_equal(getattr(part, field), getattr(whole, field)[:, :length])


def test_a_fall_and_a_rise_mirror_each_other():
    values = 0.4 + 0.06 * NOISE + STEP
    down = scan_batch(values[None], COUNTS[None], TERMS, harmful="down", matters=0.1)
    up = scan_batch(-values[None], COUNTS[None], TERMS, harmful="up", matters=0.1)
    np.testing.assert_allclose(up.evidence, down.evidence, rtol=1e-9)
    np.testing.assert_allclose(up.effect, -down.effect, rtol=1e-9)
    np.testing.assert_allclose(up.effect_low, -down.effect_high, rtol=1e-9)
    np.testing.assert_allclose(up.matters, down.matters, rtol=1e-9)


@pytest.mark.parametrize(
    "value, n, regressors, sentence",
    [
        (math.nan, 5.0, [0, 0], r"finite where n > 0.*series 0, period 60 has nan"),
        (math.inf, 5.0, [0, 0], "finite where n > 0"),
        (0.4, -1.0, [0, 0], r"0 or more; series 0, period 60 has -1"),
        (0.4, math.inf, [0, 0], "n must be a finite number"),
        (0.4, math.nan, [0, 0], "n must be a finite number"),
        (0.4, 5.0, [0, math.nan], "regressors must be finite; those of period 60"),
        (0.4, 5.0, [0], "2 regressors before, 1 in period 60"),
    ],
)
def test_what_cannot_be_read_is_refused_and_the_detector_goes_on(value, n, regressors, sentence):
    detector = InvariantSR(learning=52)
    twin = InvariantSR(learning=52)
    for t in range(60):
        detector.update(NOISE[t], 10, TERMS[t])
        twin.update(NOISE[t], 10, TERMS[t])
    with pytest.raises(ValueError, match=sentence):
        detector.update(value, n, regressors)
    assert repr(detector.update(NOISE[60], 10, TERMS[60])) == repr(twin.update(NOISE[60], 10, TERMS[60]))


@pytest.mark.parametrize(
    "setting, sentence",
    [
        ({"learning": -1}, "learning is a number of periods"),
        ({"arl": 0.5}, "arl is a number of periods, at least 1"),
        ({"arl": math.nan}, "arl is a number of periods"),
        ({"harmful": "sideways"}, '"down", "up" or None'),
        ({"harmful_weight": 1.2}, "harmful_weight is a share"),
        ({"drift": -0.1}, "drift is a variance"),
        ({"rho": 1.0}, "rho is a share"),
        ({"phi": 1.0}, "phi is an autocorrelation"),
        ({"sizes": ()}, "sizes are positive"),
        ({"clip": 0.0}, "clip is positive"),
        ({"prior_sd": (0.1, 0.0)}, "prior_sd are positive"),
        ({"prior_sd": (math.inf,)}, "prior_sd are positive"),
    ],
)
def test_settings_that_make_no_sense_are_refused(setting, sentence):
    with pytest.raises(ValueError, match=sentence):
        InvariantSR(**setting)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="2 series need as many values"):
        Scan(learning=[5, 5], arl=100.0, harmful=[None, None]).advance([1.0], [1.0])
    with pytest.raises(ValueError, match="shape"):
        scan_batch(np.zeros(5), np.ones(5))
    with pytest.raises(ValueError, match="regressors have shape"):
        scan_batch(np.zeros((1, 5)), np.ones((1, 5)), np.zeros((4, 2)))
    with pytest.raises(ValueError, match="3 priors for 2 regressors"):
        scan_batch(np.zeros((1, 5)), np.ones((1, 5)), np.zeros((5, 2)), prior_sd=(1.0, 1.0, 1.0))
    with pytest.raises(ValueError, match="arl holds"):
        scan_batch(np.zeros((2, 5)), np.ones((2, 5)), arl=[100.0, 100.0, 100.0])
