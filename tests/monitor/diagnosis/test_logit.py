"""The second opinion: a binomial GLM finds what was planted, and agrees with the split within what both can know."""

from dataclasses import replace

import numpy as np
import pytest

from monitor.diagnosis.logit import fit, period_effect
from monitor.diagnosis.split import split
from monitor.diagnosis.sums import weekly_sums
from monitor.observations import Observations

BEFORE, AFTER = np.arange(0, 40), np.arange(40, 60)


def deals(seed, *, change=-0.1, tiers=3, deals=60, weekly=0.0, batch=0, same_mix=False):
    """Deals of sixty weeks whose win rate moves by `change` from week 40 on; in batches of one outcome if asked."""
    rng = np.random.default_rng(seed)
    week = np.repeat(np.arange(60), deals)
    late = week >= 40
    odds = np.array([0.5, 0.3, 0.2]) if tiers == 3 else np.array([1.0])
    drifted = odds if same_mix or tiers == 1 else np.array([0.3, 0.3, 0.4])
    tier = np.where(late, rng.choice(tiers, week.size, p=drifted), rng.choice(tiers, week.size, p=odds))
    level = np.array([0.45, 0.3, 0.2])[tier]
    chance = np.clip(level + change * late + rng.normal(0, weekly, 60)[week], 0.02, 0.98)
    draw = rng.random(week.size)
    if batch:
        first = np.arange(week.size) // batch * batch
        draw = draw[first]
    value = (draw < chance).astype(float)
    nothing = np.full(week.size, -1)
    observed = Observations(
        week=week,
        value=value,
        tier=tier,
        tiers=tuple("ABC"[:tiers]),
        core=tier == 0,
        stratum=tier,
        strata=tiers,
        segments={},
        names={},
        batches=(),
        owner=nothing,
        creator=nothing,
        closer=nothing,
        amount=np.full(week.size, np.nan),
        day_terms=np.zeros((week.size, 4)),
    )
    return observed, np.ones(week.size)


def test_the_planted_change_lies_in_the_interval_as_often_as_it_says():
    inside = 0
    for seed in range(100):
        found = period_effect(*deals(seed, weekly=0.04), BEFORE, AFTER)
        inside += found.low <= -0.1 <= found.high
    assert 81 <= inside <= 97  # 90 of 100, three standard deviations of a binomial each way


def test_a_change_of_mix_alone_is_no_change_of_the_rate():
    beyond = sum(
        period_effect(*deals(seed, change=0.0, weekly=0.03), BEFORE, AFTER).clears_zero()
        for seed in range(100)
    )
    assert beyond <= 19


@pytest.mark.parametrize("seed", range(6))
def test_it_agrees_with_the_split_within_a_fraction_of_the_error(seed):
    observed, weights = deals(seed, weekly=0.04)
    before, after = (
        weekly_sums(observed.week, observed.value, weights, observed.tier, 3, weeks)
        for weeks in (BEFORE, AFTER)
    )
    parts, model = split(before, after), period_effect(observed, weights, BEFORE, AFTER)
    assert model.value == pytest.approx(parts.rate.value, abs=0.5 * parts.rate.error)
    assert model.error == pytest.approx(parts.rate.error, rel=0.35)


def test_errors_know_that_deals_of_one_week_share_their_luck():
    lonely = period_effect(*deals(1, batch=0), BEFORE, AFTER).error
    batched = period_effect(*deals(1, batch=10), BEFORE, AFTER).error
    assert batched > 2 * lonely


def test_weights_count_as_so_many_deals():
    observed, weights = deals(2)
    doubled = period_effect(observed, 2 * weights, BEFORE, AFTER)
    once = period_effect(observed, weights, BEFORE, AFTER)
    assert doubled.value == pytest.approx(once.value)
    assert doubled.error == pytest.approx(once.error)


@pytest.mark.parametrize(
    ("why", "prepared"),
    [
        ("too few weeks", lambda o: (o, np.arange(3), np.arange(40, 43))),
        ("all were won", lambda o: (replace(o, value=np.ones(o.week.size)), BEFORE, AFTER)),
        ("all since were lost", lambda o: (replace(o, value=o.value * (o.week < 40)), BEFORE, AFTER)),
    ],
)
def test_where_the_model_cannot_be_fitted_there_is_no_opinion_or_a_wide_one(why, prepared):
    observed, before, after = prepared(deals(3)[0])
    found = period_effect(observed, np.ones(observed.week.size), before, after)
    assert found is None or np.isfinite(found.error), why


@pytest.mark.filterwarnings("ignore:cov_type not fully supported")
def test_the_fit_is_that_of_statsmodels():
    import statsmodels.api as sm

    rng = np.random.default_rng(5)
    design = np.column_stack([rng.random(800) < 0.4, np.ones(800), rng.normal(size=800)]).astype(float)
    won = (rng.random(800) < 1 / (1 + np.exp(0.8 - 0.5 * design[:, 0]))).astype(float)
    weights, week = rng.uniform(0.2, 1.0, 800), rng.integers(0, 40, 800)
    beta, covariance = fit(won, design, weights, week)
    theirs = sm.GLM(won, design, family=sm.families.Binomial(), var_weights=weights).fit(
        cov_type="cluster", cov_kwds={"groups": week}, tol=1e-12
    )
    assert beta == pytest.approx(theirs.params, rel=1e-7)
    assert covariance == pytest.approx(theirs.cov_params(), rel=1e-6)
