"""The form of a change in time: against brute force, and how often each is said where it is true and where not."""

import numpy as np
import pytest
from scipy.signal import lfilter

from monitor.diagnosis.marginal import Marginal
from monitor.diagnosis.shape import ANY_LENGTH, ENDED_ODDS, LONGEST, ODDS, Shape, shape_of

AT, WEEKS = 60, 84
NO_TERMS = np.zeros((WEEKS, 0))
NEAR = (AT - 4, AT + 1)


def weekly(seed, shape, size=-0.18, weeks=WEEKS, phi=0.2):
    """Weeks that remember a fifth of the one before, as the simulated companies' do."""
    noise = lfilter([1.0], [1.0, -phi], np.random.default_rng(seed).normal(0, 1, weeks + 20))[20:]
    return 0.3 + 0.06 * np.sqrt(1 - phi**2) * noise + size * shape(np.arange(weeks))


def step(week):
    return week >= AT


def window(length):
    return lambda week: (week >= AT) & (week < AT + length)


def drift(over):
    return lambda week: np.clip((week - AT + 1) / over, 0, 1)


def told(seed, shape, weeks=WEEKS, starts=NEAR, size=-0.18):
    values = weekly(seed, shape, size)[:weeks]
    return shape_of(values, np.full(weeks, 50.0), NO_TERMS[:weeks], starts=starts)


def test_the_odds_are_those_of_models_fitted_one_by_one(monkeypatch):
    monkeypatch.setattr(Marginal, "memory", lambda *_: 0.0)
    rng = np.random.default_rng(3)
    terms, effective = rng.normal(size=(40, 2)), rng.uniform(20, 60, 40)
    values, starts = rng.normal(0.3, 0.05, 40), (25, 27)
    week = np.arange(40)

    def likelihood(shape):
        root = np.sqrt(effective)[:, None]
        small, large = (
            np.column_stack(c) * root for c in ((np.ones(40), terms), (np.ones(40), terms, shape))
        )
        rss = np.linalg.lstsq(large, values * root[:, 0], rcond=None)[1][0]
        size = np.linalg.det(large.T @ large) / np.linalg.det(small.T @ small)
        return size**-0.5 * rss ** (-(40 - 4) / 2)

    steps = np.mean([likelihood(week >= k) for k in range(25, 28)])
    windows = [(k, n) for k in range(25, 28) for n in range(1, ANY_LENGTH + 1) if k + n <= 37]
    each = {(k, n): likelihood((week >= k) & (week < k + n)) / n for k, n in windows}
    short = {w: p for w, p in each.items() if w[1] <= LONGEST}
    slopes = [(k, over) for over in (8, 12, 16) for k in range(25 - over, 28)]
    slow = np.mean([likelihood(np.clip((week - k + 1) / over, 0, 1)) for k, over in slopes])
    found = shape_of(values, effective, terms, starts=starts)
    ended = sum(short.values()) / sum(1 / n for _, n in short)
    assert found.ended == pytest.approx(np.log(ended / steps), abs=1e-6)
    assert found.slow == pytest.approx(np.log(slow / steps), abs=1e-6)
    assert found.brief == pytest.approx(sum(short.values()) / sum(each.values()), abs=1e-6)
    start, length = max(short, key=lambda w: short[w] * w[1])
    assert found.window == (start, start + length)


def test_a_blip_is_told_within_eight_weeks_of_its_end_and_a_step_hardly_ever():
    """By the bound for odds that are looked at every week, at most one step in 20 passes for a blip at any time."""
    blips = [told(seed, window(5), AT + 13).surely_ended for seed in range(100)]
    assert np.mean(blips) >= 0.75
    steps = [
        any((s := told(seed, step, weeks)) is not None and s.surely_ended for weeks in range(AT + 5, WEEKS))
        for seed in range(60)
    ]
    assert np.mean(steps) <= np.exp(-ENDED_ODDS)


def test_a_few_good_weeks_by_luck_do_not_end_a_step():
    """Weeks of a lasting step that resemble a return for a moment, at odds of 18 to 1."""
    seen = [s for weeks in range(AT + 5, WEEKS) if (s := told(92, step, weeks)) is not None]
    assert max(s.ended for s in seen) > np.log(10.0)
    assert not any(s.surely_ended for s in seen)


@pytest.mark.parametrize(("ended", "brief", "was"), [(1.0, 0.9, True), (1.0, 0.4, False), (-6.9, 0.9, False)])
def test_a_return_that_a_step_explains_better_was_no_blip(ended, brief, was):
    shape = Shape(ended=ended, slow=0.0, brief=brief, window=(0, 5), over=8)
    assert shape.was_brief is was


def test_how_long_it_lasted():
    for length, brief in ((3, True), (5, True), (12, False), (16, False)):
        said = [told(seed, window(length)).brief > 0.5 for seed in range(40)]
        assert np.mean(np.array(said) == brief) >= 0.8, length


def test_a_slow_drift_is_told_from_a_step_where_it_shows():
    starts = (AT, AT + 12)  # a step is dated to the middle of a drift
    drifts = [told(seed, drift(16), starts=starts, size=-0.4).surely_slow for seed in range(40)]
    steps = [told(seed, step, size=-0.4).surely_slow for seed in range(100)]
    assert np.mean(drifts) >= 0.9
    assert np.mean(steps) <= np.exp(-ODDS)


def test_weeks_that_say_nothing_change_nothing():
    values, effective = weekly(1, window(5)), np.full(WEEKS, 50.0)
    values[[20, 70]], effective[[21, 71]] = np.nan, 0.0
    found = shape_of(values, effective, NO_TERMS, starts=NEAR)
    assert found.surely_ended
    assert found.window == (AT, AT + 5)


@pytest.mark.parametrize("starts", [(1, 1), (WEEKS - 2, WEEKS - 1)])
def test_nothing_is_said_of_a_change_at_either_end(starts):
    assert shape_of(weekly(1, step), np.full(WEEKS, 50.0), NO_TERMS, starts=starts) is None
