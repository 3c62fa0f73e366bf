"""Cumulative incidence against a library, against itself done by hand, and against what was put in."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from detectors.incidence import Incidence, cumulative_incidence


def deals(seed: int, size: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Ages in whole days with many ties, and ends of three kinds, a fifth of them not seen."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(4, size, p=[0.2, 0.3, 0.35, 0.15])
    return np.floor(rng.exponential(np.array([60, 30, 50, 90])[kind])), kind


def by_hand(age: np.ndarray, kind: np.ndarray, kinds: int, until: float) -> list[float]:
    """F_k by an age, day by day."""
    still, share = 1.0, [0.0] * kinds
    for day in range(int(until) + 1):
        there = [one for one in range(len(age)) if day <= age[one]]
        ends = [sum(age[one] == day and kind[one] == k for one in there) for k in range(1, kinds + 1)]
        if there:
            share = [was + still * end / len(there) for was, end in zip(share, ends, strict=True)]
            still *= 1 - sum(ends) / len(there)
    return share


@pytest.mark.parametrize("seed", range(3))
def test_it_is_what_the_library_says(seed: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from statsmodels.duration.survfunc import CumIncidenceRight

        age, kind = deals(seed)
        theirs = CumIncidenceRight(age, kind)  # its error divides by nought where the last one ends
    ours = cumulative_incidence(age, kind, 3)
    for one in range(3):
        for time, share in zip(theirs.times, theirs.cinc[one], strict=True):
            assert ours.by(time)[one] == pytest.approx(share, abs=1e-12)


def test_it_is_what_counting_day_by_day_says() -> None:
    age, kind = deals(7, 120)
    ours = cumulative_incidence(age, kind, 3)
    for until in (0.0, 5.0, 30.0, 80.0, 400.0):
        np.testing.assert_allclose(ours.by(until), by_hand(age, kind, 3, until), atol=1e-12)


def test_without_open_ones_it_is_the_plain_share() -> None:
    age, kind = deals(3)
    age, kind = age[kind > 0], kind[kind > 0]
    ours = cumulative_incidence(age, kind, 3)
    np.testing.assert_allclose(ours.by(1e9), [(kind == k).mean() for k in (1, 2, 3)], atol=1e-12)
    plain = [(share * (1 - share)) / len(kind) for share in ours.by(40.0)]
    place = int(np.searchsorted(ours.ages, 40.0, side="right")) - 1
    np.testing.assert_allclose(ours.variance[:, place], plain, rtol=1e-9)  # the binomial's, to the digit


def test_its_interval_holds_what_was_put_in_nine_times_in_ten() -> None:
    """300 samples of 150 deals, a third censored: 90 % of 90-% intervals, within three errors of the count."""
    rng = np.random.default_rng(11)
    inside, truth = 0, 0.4 * (1 - np.exp(-1.0))  # a hazard of 0.4 / 30 of 1 / 30, by 30 days
    for _ in range(300):
        age = rng.exponential(30.0, 150)
        kind = np.where(rng.random(150) < 0.4, 1, 2)
        seen = rng.uniform(0, 90, 150)
        found = cumulative_incidence(np.minimum(age, seen), np.where(age <= seen, kind, 0), 2)
        low, high = found.between(30.0)[0]
        inside += low <= truth <= high
    assert inside / 300 == pytest.approx(0.9, abs=3 * np.sqrt(0.09 / 300))


def test_a_young_cohort_is_not_read_as_a_losing_one() -> None:
    """Losses take longer than wins: of decided deals nearly all are won at first; by age the share is what it is."""
    rng = np.random.default_rng(5)
    won = rng.random(4000) < 0.3
    age = np.where(won, rng.uniform(0, 40, 4000), rng.uniform(40, 120, 4000))
    seen = rng.uniform(0, 130, 4000)
    kind = np.where(age <= seen, np.where(won, 1, 2), 0)
    found = cumulative_incidence(np.minimum(age, seen), kind, 2)
    assert (kind == 1).sum() / (kind > 0).sum() > 0.4
    assert found.by(120.0)[0] == pytest.approx(0.3, abs=0.03)


def test_nothing_that_ended_is_no_share() -> None:
    found = cumulative_incidence(np.array([3.0, 4.0]), np.array([0, 0]), 2)
    assert isinstance(found, Incidence)
    assert found.by(10.0).tolist() == [0.0, 0.0]
    assert found.between(10.0).tolist() == [[0.0, 0.0], [0.0, 0.0]]
