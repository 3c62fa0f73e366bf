"""The split against brute force, against statsmodels' binomial model, and its intervals against simulation."""

import numpy as np
import pytest

from monitor.diagnosis.split import WeeklySums, log_ratio, split


def weekly(rng, weeks, deals, shares, rates, alike=0.0):
    """Weekly sums of simulated deals; `alike` is the standard deviation of a weekly effect on the rate."""
    groups = len(shares)
    n = np.array([rng.multinomial(deals, shares) for _ in range(weeks)], dtype=float)
    p = np.clip(np.array(rates) + alike * rng.standard_normal((weeks, 1)), 0.01, 0.99)
    return WeeklySums(hits=rng.binomial(n.astype(int), p).astype(float).reshape(weeks, groups), deals=n)


def test_mix_and_rate_add_up_exactly_and_equal_brute_force():
    rng = np.random.default_rng(1)
    for _ in range(50):
        before = weekly(rng, 20, 60, [0.5, 0.3, 0.2], [0.4, 0.2, 0.1])
        after = weekly(rng, 9, 50, [0.3, 0.3, 0.4], [0.3, 0.25, 0.1])
        parts = split(before, after)
        assert parts.mix.value + parts.rate.value == pytest.approx(parts.whole.value, abs=1e-12)
        mix = rate = 0.0
        for g in range(3):
            s0 = before.deals[:, g].sum() / before.deals.sum()
            s1 = after.deals[:, g].sum() / after.deals.sum()
            r0 = before.hits[:, g].sum() / before.deals[:, g].sum()
            r1 = after.hits[:, g].sum() / after.deals[:, g].sum()
            mix += (s1 - s0) * (r0 + r1) / 2
            rate += (r1 - r0) * (s0 + s1) / 2
        assert parts.mix.value == pytest.approx(mix, abs=1e-12)
        assert parts.rate.value == pytest.approx(rate, abs=1e-12)


def test_a_group_without_deals_on_one_side_breaks_nothing():
    before = WeeklySums(hits=np.array([[3.0, 0.0], [4.0, 0.0]]), deals=np.array([[10.0, 0.0], [10.0, 0.0]]))
    after = WeeklySums(hits=np.array([[3.0, 1.0], [4.0, 0.0]]), deals=np.array([[10.0, 5.0], [10.0, 5.0]]))
    parts = split(before, after)
    assert np.isfinite([parts.mix.value, parts.rate.value, parts.whole.error]).all()
    assert parts.mix.value + parts.rate.value == pytest.approx(parts.whole.value, abs=1e-12)


def test_the_rate_part_agrees_with_a_binomial_model_clustered_by_week():
    """The model's average effect of the period, tier held fixed, is the rate part up to its standard error."""
    import statsmodels.api as sm

    rng = np.random.default_rng(7)
    before = weekly(rng, 60, 60, [0.5, 0.3, 0.2], [0.36, 0.25, 0.15], alike=0.03)
    after = weekly(rng, 16, 60, [0.3, 0.3, 0.4], [0.24, 0.13, 0.05], alike=0.03)
    rows = []
    for period, sums in ((0, before), (1, after)):
        for week in range(len(sums.deals)):
            for tier in range(3):
                won, n = int(sums.hits[week, tier]), int(sums.deals[week, tier])
                rows += [(1, period, tier, 1000 * period + week)] * won
                rows += [(0, period, tier, 1000 * period + week)] * (n - won)
    won, period, tier, cluster = np.array(rows).T
    tiers = np.eye(3)[tier]
    design = np.column_stack([tiers, tiers * period[:, None]])
    fit = sm.GLM(won, design, family=sm.families.Binomial()).fit(
        cov_type="cluster", cov_kwds={"groups": cluster}
    )
    rate = lambda beta: 1 / (1 + np.exp(-beta))  # noqa: E731
    change = rate(fit.params[:3] + fit.params[3:]) - rate(fit.params[:3])
    parts = split(before, after)
    weights = (before.shares + after.shares) / 2
    assert parts.rate.value == pytest.approx(float(change @ weights), abs=1e-6)  # saturated: the same number
    gradient = np.concatenate(
        [
            weights * (_slope(fit.params[:3] + fit.params[3:]) - _slope(fit.params[:3])),
            weights * _slope(fit.params[:3] + fit.params[3:]),
        ]
    )
    error = float(np.sqrt(gradient @ fit.cov_params() @ gradient))
    # the model holds the shares fixed and has no autocovariance term; both change the error by a little
    assert parts.rate.error == pytest.approx(error, rel=0.25)


def _slope(beta):
    p = 1 / (1 + np.exp(-beta))
    return p * (1 - p)


def test_the_ninety_percent_intervals_cover():
    """1,000 draws: a true 0.90 lies within 0.90 +- 4 sqrt(.09 / 1000) = 0.038 but for one time in 16,000."""
    rng = np.random.default_rng(3)
    s0, s1 = np.array([0.5, 0.3, 0.2]), np.array([0.35, 0.3, 0.35])
    r0, r1 = np.array([0.36, 0.25, 0.15]), np.array([0.26, 0.2, 0.15])
    true = {"mix": (s1 - s0) @ (r0 + r1) / 2, "rate": (r1 - r0) @ (s0 + s1) / 2}
    hits = {"mix": 0, "rate": 0}
    for _ in range(1000):
        parts = split(weekly(rng, 52, 60, s0, r0, 0.03), weekly(rng, 13, 60, s1, r1, 0.03))
        for name in hits:
            part = getattr(parts, name)
            hits[name] += part.low <= true[name] <= part.high
    for name, count in hits.items():
        assert 0.862 <= count / 1000 <= 0.938, name


def test_the_admissions_reversal_is_all_mix():
    """Berkeley 1973 (Bickel, Hammel, O'Connell, Science 187, 1975): women applied where fewer are admitted.

    As a change from men to women: the rate falls 14 points; department by department it would have risen.
    """
    men = (
        np.array([[512, 353, 120, 138, 53, 22]], dtype=float),
        np.array([[825, 560, 325, 417, 191, 373]], float),
    )
    women = (
        np.array([[89, 17, 202, 131, 94, 24]], dtype=float),
        np.array([[108, 25, 593, 375, 393, 341]], float),
    )
    parts = split(WeeklySums(hits=men[0], deals=men[1]), WeeklySums(hits=women[0], deals=women[1]))
    assert parts.whole.value == pytest.approx(-0.1416, abs=0.001)
    assert parts.mix.value < parts.whole.value
    assert parts.rate.value > 0


def test_the_log_ratio_of_counts_covers_too():
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(1000):
        noise = lambda weeks: rng.poisson(60 * rng.gamma(50, 1 / 50, weeks)).astype(float)  # noqa: E731
        estimate = log_ratio(noise(40), noise(12) * 1.0)
        covered += estimate.low <= 0.0 <= estimate.high
    assert 0.862 <= covered / 1000 <= 0.938
