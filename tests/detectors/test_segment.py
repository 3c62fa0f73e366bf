"""Cutting finished series: what is found, what is left alone, and how sure the dates are."""

import itertools
import math

import numpy as np
import pytest

from detectors import segment
from detectors.partition import Pieces, best_cuts
from detectors.segmentation import LONGEST_EXACT


def steps(periods, changes, size):
    return sum((np.arange(periods) >= c) * (size if i % 2 == 0 else -size) for i, c in enumerate(changes))


def remembering(rng, periods, phi):
    values = np.zeros(periods)
    for t, noise in enumerate(rng.normal(size=periods)):
        values[t] = phi * values[t - 1] + noise
    return values


def found(values, n=None):
    return [point.index for point in segment(values, n)]


def test_nile_has_one_change_with_the_year_1899():
    from statsmodels.datasets import nile

    (point,) = segment(nile.load_pandas().data["volume"].to_numpy())
    assert 1871 + point.index in (1898, 1899)
    assert point.low <= 28 <= point.high
    assert point.high - point.low <= 8
    assert point.before == pytest.approx(1098, abs=15)  # Cobb (1978)
    assert point.after == pytest.approx(850, abs=15)


@pytest.mark.parametrize(
    "values",
    [[], [1.0], [math.nan] * 30, [5.0] * 40, [0.0] * 20 + [1.0] + [0.0] * 19, [1.0, 2.0] * 3],
    ids=["nothing", "one value", "all missing", "constant", "a blip", "too short"],
)
def test_series_without_a_regime_are_left_whole(values):
    assert segment(values) == []


@pytest.mark.parametrize(
    "periods, phi, at_most",
    [(30, 0.0, 0.03), (30, 0.7, 0.1), (100, 0.0, 0.02), (100, 0.7, 0.02), (250, 0.7, 0.02)],
)
def test_noise_is_rarely_cut_though_it_remembers(periods, phi, at_most):
    rng = np.random.default_rng(periods)
    cut = [bool(found(remembering(rng, periods, phi))) for _ in range(40)]
    assert np.mean(cut) <= at_most + 3 * math.sqrt(at_most / 40)


def test_a_trend_is_not_cut_into_stairs():
    rng = np.random.default_rng(1)
    for slope in (0.01, 0.1, 1.0):
        assert found(slope * np.arange(150) + rng.normal(size=150)) == []
    assert found(np.exp(np.arange(150) / 70) + 0.05 * rng.normal(size=150)) == []


def test_a_smooth_rise_is_not_cut_into_what_nobody_would_see():
    smooth = 1 / (1 + np.exp(-(np.arange(200) - 100) / 40))
    assert len(found(smooth + 0.001 * np.random.default_rng(1).normal(size=200))) <= 2


def test_a_season_is_not_cut_and_does_not_hide_a_step():
    rng = np.random.default_rng(2)
    season = 3 * np.sin(2 * np.pi * np.arange(208) / 52) + 2 * (np.arange(208) % 13 == 12)
    noise = rng.normal(size=208)
    assert found(season + noise) == []
    (change,) = found(season + noise + steps(208, [120], 3))
    assert abs(change - 120) <= 2


def test_outliers_alone_are_no_change_and_do_not_move_one():
    rng = np.random.default_rng(3)
    values = rng.normal(size=120)
    values[[20, 60, 61, 95]] += [15, -12, -14, 400]
    assert found(values) == []
    (point,) = segment(values + steps(120, [70], 4))
    assert abs(point.index - 70) <= 1
    assert point.after - point.before == pytest.approx(4, abs=0.6)


@pytest.mark.parametrize("level, unit", [(0.0, 1e-6), (0.0, 1.0), (-1e9, 1.0), (1e12, 1e6), (5.0, 1e-9)])
def test_clear_steps_are_found_exactly_in_any_unit(level, unit):
    rng = np.random.default_rng(4)
    changes = [40, 77, 118, 160]
    values = 0.3 * rng.normal(size=200) + steps(200, changes, 3)
    points = segment(level + unit * values)
    assert [point.index for point in points] == changes
    assert all(point.low <= point.index <= point.high for point in points)
    sizes = [(point.after - point.before) / unit for point in points]
    assert sizes == pytest.approx([3, -3, 3, -3], abs=0.3)


def test_noise_free_steps_are_found_exactly():
    assert found(np.repeat([1.0, 4.0, 2.0], [20, 15, 25])) == [20, 35]


def test_a_bend_in_a_trend_is_found():
    rng = np.random.default_rng(5)
    bend = 0.2 * np.arange(120) - 0.4 * np.maximum(np.arange(120) - 60.0, 0)
    points = [segment(bend + rng.normal(size=120)) for _ in range(30)]
    assert all(len(one) == 1 for one in points)
    assert all(abs(one[0].index - 60) <= 5 for one in points)
    assert np.mean([one[0].low <= 60 <= one[0].high for one in points]) > 0.9 - 3 * math.sqrt(0.09 / 30)


def test_a_fall_within_a_trend_is_a_change_and_the_trend_is_not():
    rng = np.random.default_rng(6)
    (change,) = found(0.05 * np.arange(160) - 4.0 * (np.arange(160) >= 90) + rng.normal(size=160))
    assert abs(change - 90) <= 1


def test_missing_values_keep_the_index_of_the_table():
    rng = np.random.default_rng(7)
    values = 0.3 * rng.normal(size=100) + steps(100, [60], 3)
    values[[0, 5, 30, 31, 32, 59, 60, 99]] = np.nan
    (point,) = segment(values)
    assert point.index == 61  # the first value of the new regime that is there
    assert found(np.concatenate([np.full(50, np.nan), values])) == [111]


def test_values_with_few_observations_weigh_little():
    rng = np.random.default_rng(8)
    n = np.full(120, 400.0)
    n[60:] = 2.0
    rate = rng.binomial(n.astype(int), 0.4) / n
    assert found(rate, n) == []
    n[60:] = 400.0
    rate = rng.binomial(n.astype(int), np.where(np.arange(120) < 60, 0.4, 0.3)) / n
    (change,) = found(rate, n)
    assert abs(change - 60) <= 3
    n[[3, 70]] = 0.0
    assert len(found(np.where(n > 0, rate, np.nan), n)) == 1


def test_intervals_cover_nine_times_in_ten():
    rng = np.random.default_rng(9)
    covered, widths = [], []
    for _ in range(150):
        change = int(rng.integers(40, 80))
        points = segment(rng.normal(size=120) + steps(120, [change], 2.0))
        if len(points) == 1:
            covered.append(points[0].low <= change <= points[0].high)
            widths.append(points[0].high - points[0].low)
    assert len(covered) > 130
    assert np.mean(covered) > 0.9 - 3 * math.sqrt(0.09 / len(covered))
    assert np.mean(widths) < 8


def test_a_higher_price_finds_fewer():
    rng = np.random.default_rng(10)
    values = rng.normal(size=200) + steps(200, [50, 100, 150], 1.6)
    counts = [len(segment(values, price=price)) for price in (0.5, 2.5, 8.0, 40.0)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] >= 3
    assert counts[-1] == 0


def test_long_series_are_pooled_and_their_dates_are_exact_all_the_same():
    rng = np.random.default_rng(11)
    changes = [1501, 4003, 7777]
    periods = 2 * LONGEST_EXACT + 1001
    assert found(0.5 * rng.normal(size=periods) + steps(periods, changes, 3)) == changes


@pytest.mark.parametrize("degree", [0, 1])
def test_the_best_cuts_are_the_best_of_all(degree):
    rng = np.random.default_rng(12)
    values, weights = rng.normal(size=14), rng.uniform(0.5, 2, 14)
    times = np.cumsum(rng.integers(1, 3, 14)).astype(float)
    cuts = best_cuts(Pieces(values, weights, times, degree), least=3, most=3)

    def cost(first, end):
        piece = slice(first, end)
        root = np.sqrt(weights[piece])
        design = np.vander(times[piece], degree + 1) * root[:, None]
        rest = values[piece] * root
        return ((rest - design @ np.linalg.lstsq(design, rest, rcond=None)[0]) ** 2).sum()

    for changes, cut in enumerate(cuts):
        every = [
            (sum(cost(a, b) for a, b in itertools.pairwise((0, *c, 14))), c)
            for c in itertools.combinations(range(3, 12), changes)
            if all(b - a >= 3 for a, b in itertools.pairwise((0, *c, 14)))
        ]
        assert cut.changes == min(every)[1]
        assert cut.cost == pytest.approx(min(every)[0])
    assert len(cuts) == 4
    assert best_cuts(Pieces(values[:2], weights[:2], times[:2], degree), least=3, most=3) == []


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (([1.0, math.inf],), "number 1 is not"),
        (([1.0, 2.0], [1.0, -1.0]), "n must be a finite number, 0 or more; number 1"),
        (([1.0, 2.0], [1.0, math.nan]), "n must be a finite number"),
        (([1.0, 2.0], [1.0]), "one and the same length"),
        (([[1.0, 2.0]],), "one and the same length"),
    ],
)
def test_what_cannot_be_read_is_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        segment(*arguments)
    with pytest.raises(ValueError, match="price must be 0 or more"):
        segment([1.0, 2.0], price=-1.0)
