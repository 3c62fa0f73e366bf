"""A mix of several tiers: against least squares on the whole history, an integral, and a single series."""

import math

import numpy as np
import pytest
from scipy import stats

from detectors import scan_batch
from detectors.evidence import Scale
from detectors.evidence import log_bayes_factors as of_one
from detectors.mix import log_bayes_factors, scan_mix, whitened_contrasts

WEEKS, LEARNING = 110, 40
N = np.random.default_rng(501).integers(40, 90, WEEKS)
TERMS = (np.arange(WEEKS) % 13 >= 11).astype(float)[:, None]
SHARES = {1: 0.7, 8: 0.15, 16: 0.15}


def mix(seed, before=(0.5, 0.3, 0.2), after=(0.5, 0.3, 0.2), at=75):
    rng = np.random.default_rng(seed)
    return np.array([rng.multinomial(N[t], after if t >= at else before) for t in range(WEEKS)]).astype(float)


def test_equals_generalised_least_squares_on_the_whole_history():
    counts = mix(502, after=(0.38, 0.34, 0.28))
    counts[[20, 60]] = 0.0
    fast = scan_mix(counts, regressors=TERMS, learning=LEARNING, clip=math.inf, drift=0.0004)
    seen = np.flatnonzero(counts.sum(axis=1) > 0)
    shares = counts[:LEARNING].sum(axis=0) / counts[:LEARNING].sum()
    # any whitened contrasts do: these take every tier against the last one
    plain = np.array([[1.0, 0.0, -1.0], [0.0, 1.0, -1.0]])
    contrasts = np.linalg.inv(np.linalg.cholesky(plain @ np.diag(1 / shares) @ plain.T)) @ plain
    values = (np.log(counts + 0.5) @ contrasts.T)[seen]
    lag = np.abs(np.subtract.outer(seen, seen))
    sigma = 0.0004 * math.exp(-1 / 104) ** lag + 0.02 * 0.2**lag + np.diag(0.98 / counts[seen].sum(axis=1))
    root = np.linalg.cholesky(sigma)
    design = np.linalg.solve(root, np.column_stack([np.ones(len(seen)), TERMS[seen]]))
    values = np.linalg.solve(root, values)
    early = seen < LEARNING
    typical = 1 / np.mean(1 / np.diag(root)[early] ** 2)
    for t in (45, 80, 109):
        now = seen <= t
        hat = design[now] @ np.linalg.pinv(design[now])
        rest = values[now] - hat @ values[now]
        df = now.sum() - 2
        total = 0.0
        for k in range(LEARNING, t + 1):
            for width, share in SHARES.items():
                column = np.linalg.solve(root, np.clip((seen - k + 1) / width, 0, 1))[now]
                column = column - hat @ column
                information = column @ column
                a = 0.7**2 * typical * information
                explained = a / (1 + a) * ((column @ rest) ** 2).sum() / max(information, 1e-12)
                q2 = explained / (rest**2).sum()
                total += share * (1 - q2) ** -df * (1 + df * q2 / (1 - q2)) / (1 + a) ** 2
        assert fast.evidence[t] == pytest.approx(math.log(total), rel=1e-8)


def test_the_factor_is_the_integral_over_size_direction_and_scale():
    information, scores, rss, df, nu = 6.0, np.array([5.0, -4.0]), 40.0, 15, 0.7
    grid = np.linspace(-5 * nu, 5 * nu, 201)
    one, two = np.meshgrid(grid, grid)
    square = one**2 + two**2
    prior = square / (2 * nu**2) * np.exp(-square / (2 * nu**2)) / (2 * np.pi * nu**2)
    precision = np.linspace(0.02, 3.5, 300)
    density = stats.gamma.pdf(precision, df, scale=2 / rss)
    likelihood = [
        (prior * np.exp((one * scores[0] + two * scores[1]) * math.sqrt(p) - information * square / 2)).sum()
        for p in precision
    ]
    integral = (
        (np.array(likelihood) * density).sum() * (grid[1] - grid[0]) ** 2 * (precision[1] - precision[0])
    )
    scale = Scale(rss=np.array([25.0, 15.0]), df=np.array([df, df]))
    found = log_bayes_factors(np.array([information]), scores[:, None], scale, nu)[0]
    assert found == pytest.approx(math.log(integral), abs=1e-4)


def test_one_contrast_is_a_single_series():
    information, score = np.array([[7.0, 0.0, 3.0]]), np.array([[-9.0, 0.0, 2.0]])
    scale = Scale(rss=np.array([60.0]), df=np.array([50]))
    single = of_one(information, score, scale, np.array([0.7]), np.zeros(1))[0, 0]
    np.testing.assert_allclose(log_bayes_factors(information[0], score, scale, 0.7), single, rtol=1e-12)


def test_a_move_between_two_tiers_outside_the_first_is_found_where_the_first_ones_share_is_blind():
    counts = mix(503, after=(0.5, 0.12, 0.38))
    out = scan_mix(counts, regressors=TERMS, learning=LEARNING)
    assert not out.alarm[:75].any()
    assert out.alarm[75:95].any()
    assert out.start_low[-1] <= 75 <= out.start_high[-1]
    np.testing.assert_allclose(out.after[-1], (0.5, 0.12, 0.38), atol=0.06)
    np.testing.assert_allclose(out.before, (0.5, 0.3, 0.2), atol=0.03)
    share = counts[:, 0] / counts.sum(axis=1)
    assert not scan_batch(share[None], N[None], TERMS, learning=LEARNING).alarm.any()


def test_an_unchanged_mix_is_no_news():
    assert not any(
        scan_mix(mix(510 + seed), regressors=TERMS, learning=LEARNING).alarm.any() for seed in range(4)
    )
    constant = scan_mix(np.tile([30.0, 20.0, 10.0], (WEEKS, 1)), learning=LEARNING)
    assert not constant.alarm.any()
    np.testing.assert_allclose(constant.after[-1], constant.before, rtol=1e-9)


def test_the_contrasts_of_a_baseline_scatter_alike():
    shares = np.array([0.5, 0.3, 0.15, 0.05])
    counts = np.random.default_rng(504).multinomial(4000, shares, size=4000)
    scatter = 4000 * np.cov(np.log(counts + 0.5) @ whitened_contrasts(shares).T, rowvar=False)
    np.testing.assert_allclose(scatter, np.eye(3), atol=0.1)


@pytest.mark.parametrize(
    "counts, rest, sentence",
    [
        (np.ones(60), {}, "two tiers at least"),
        (np.ones((60, 3)) * [1, 0, 1], {}, "tier 1 has no deals in the baseline of 52"),
        (np.ones((60, 3)) * [1, -1, 1], {}, "counts must be finite and not negative"),
        (np.ones((60, 3)), {"n": np.full(60, math.nan)}, "n must be finite"),
        (np.ones((60, 3)), {"n": np.r_[1.0, np.zeros(59)]}, "1 periods with deals are too few"),
        (np.ones((60, 3)), {"n": np.ones(59)}, "60 periods need as many n"),
        (np.ones((60, 3)), {"regressors": np.full((60, 1), math.inf)}, "regressors must be finite"),
    ],
)
def test_what_cannot_be_read_is_refused(counts, rest, sentence):
    with pytest.raises(ValueError, match=sentence):
        scan_mix(counts, **rest)
