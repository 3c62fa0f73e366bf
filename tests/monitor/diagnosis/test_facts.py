"""The facts around a change: against hand tables, brute force, and a binomial model clustered by batch."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from config.settings_profile import MetricSettings
from config.units import parse_size
from monitor.calendar import FiscalCalendar
from monitor.diagnosis.rates import rate_facts
from monitor.diagnosis.split import split
from monitor.diagnosis.sums import Window, weekly_sums
from monitor.diagnosis.volumes import volume_facts
from monitor.metrics import METRICS
from monitor.panel import Frame, build_panel, deal_weights_of
from monitor.types import DEAL_COLUMNS

FIRST = date(2024, 1, 1)
WINDOW = Window(before=np.arange(30), after=np.arange(30, 45))
RATES = {"A": 0.36, "B": 0.24, "out": 0.12}


def panel_of(deals, kind="win_rate", *, weeks=45, learning=26, **more):
    """The panel of deals given as columns of a few names; what is missing is null."""
    absent = [
        pl.lit(None, kind_).alias(name) for name, kind_ in DEAL_COLUMNS.items() if name not in deals.columns
    ]
    deals = deals.with_columns(absent)
    if "seg:region" not in deals.columns:
        deals = deals.with_columns(pl.lit(None, pl.String).alias("seg:region"))
    metric = MetricSettings.model_validate(
        {"name": kind, "kind": kind, "matters_if": parse_size("20 %" if kind == "volume" else "5 points")}
        | more
    )
    frame = Frame(
        calendar=FiscalCalendar(), holidays=None, learning=learning, dimensions=("region",), at_most={}
    )
    return build_panel(
        deals.with_columns(core=pl.col("tier") == "A"),
        metric,
        frame,
        first_week=FIRST,
        last_week=FIRST + timedelta(weeks=weeks - 1),
        basis=METRICS[kind].default_basis,
    )


def decided(
    rng, *, a_week=40, weeks=45, shares=(0.5, 0.3, 0.2), later=None, change=0.0, alike=0.0, regions=("East",)
):
    """Decided deals in batches of one seller on one day; `change` is added to the log odds from week 30 on.

    later   the shares of the tiers from week 30 on
    alike   the chance that all deals of a batch have one outcome
    """
    tiers = np.array(list(RATES), dtype=object)
    rows = []
    for week in range(weeks):
        share = later if later is not None and week >= 30 else shares
        left = rng.poisson(a_week)
        while left > 0:
            size = min(left, int(rng.integers(1, 7)))
            left -= size
            tier = rng.choice(3, size, p=share)
            odds = np.log([RATES[t] / (1 - RATES[t]) for t in tiers[tier]]) + change * (week >= 30)
            luck = np.full(size, rng.random()) if rng.random() < alike else rng.random(size)
            batch = f"batch {len(rows)}"
            won = luck < 1 / (1 + np.exp(-odds))
            day = FIRST + timedelta(weeks=week, days=int(rng.integers(0, 5)))
            rows += [
                (day, t, w, batch, str(rng.choice(regions))) for t, w in zip(tiers[tier], won, strict=True)
            ]
    day, tier, won, batch, region = zip(*rows, strict=True)
    return pl.DataFrame(
        {
            "closed_on": day,
            "tier": tier,
            "outcome": ["won" if w else "lost" for w in won],
            "owner": batch,
            "closed_by": batch,
            "seg:region": region,
        }
    )


# --- against a model -----------------------------------------------------------------------------------------


def marginal_effect(deals):
    """The average effect of the later period on the chance to win, tier held fixed, and its standard error.

    A binomial model with tier dummies, clustered by batch; the error by the delta method.
    """
    import statsmodels.api as sm

    won = (deals["outcome"] == "won").to_numpy().astype(float)
    period = (deals["closed_on"] >= FIRST + timedelta(weeks=30)).cast(pl.Float64).to_numpy()
    tiers = np.stack([(deals["tier"] == name).to_numpy() for name in RATES], axis=1).astype(float)
    design = np.column_stack([tiers, period])
    fit = sm.GLM(won, design, family=sm.families.Binomial()).fit(
        cov_type="cluster", cov_kwds={"groups": deals["owner"].rank("dense").to_numpy()}
    )
    on, off = (np.column_stack([tiers, np.full(len(won), value)]) for value in (1.0, 0.0))
    p_on, p_off = fit.predict(on), fit.predict(off)
    slope = ((p_on * (1 - p_on))[:, None] * on - (p_off * (1 - p_off))[:, None] * off).mean(axis=0)
    return float((p_on - p_off).mean()), float(np.sqrt(slope @ fit.cov_params() @ slope))


def test_the_rate_part_agrees_with_a_binomial_model_clustered_by_batch():
    """Thirty companies whose mix moves and whose odds fall, with batches that share their luck.

    Both estimate one effect, with errors that are nearly the same draws: their mean difference over thirty companies
    is zero within four of its own standard errors (but for what the tiers' weights differ by, 0.002 at most); no
    single difference exceeds four standard errors of either; and the two errors are of one size, on average within a
    fifth (each is known to about 1 / sqrt(2 x 43) = 11 %, their mean to 2 %).
    """
    rng = np.random.default_rng(1)
    differences, errors, modelled = [], [], []
    for _ in range(30):
        deals = decided(rng, later=(0.35, 0.3, 0.35), change=-0.7, alike=0.6)
        rate = rate_facts(panel_of(deals), WINDOW).split.rate
        effect, error = marginal_effect(deals)
        differences.append(rate.value - effect)
        errors.append(rate.error)
        modelled.append(error)
    differences = np.array(differences)
    scatter = differences.std(ddof=1) / np.sqrt(len(differences))
    assert abs(differences.mean()) < 4 * scatter + 0.002
    assert np.abs(differences).max() < 4 * np.mean(modelled)
    assert np.mean(errors) / np.mean(modelled) == pytest.approx(1.0, abs=0.2)


def test_without_batches_it_is_the_model_up_to_how_tiers_are_weighted():
    """No deal shares its luck with another: the two may differ by what additivity in log odds adds, and no more."""
    deals = decided(np.random.default_rng(2), a_week=300, change=-0.7)
    effect, error = marginal_effect(deals)
    assert rate_facts(panel_of(deals), WINDOW).split.rate.value == pytest.approx(effect, abs=error / 2)


def test_a_change_of_mix_alone_is_all_mix():
    """The odds stand still: 150 deals a week leave the rate part zero but for its error."""
    deals = decided(np.random.default_rng(3), a_week=150, later=(0.2, 0.3, 0.5))
    parts = rate_facts(panel_of(deals), WINDOW).split
    assert parts.mix.value == pytest.approx(0.3 * (0.12 - 0.36), abs=0.02)
    assert abs(parts.rate.value) < 3 * parts.rate.error
    assert parts.mix.value + parts.rate.value == pytest.approx(parts.whole.value, abs=1e-12)


# --- against hand tables and brute force ---------------------------------------------------------------------


def test_weekly_sums_are_by_week_and_group_and_leave_out_what_has_none():
    week = np.array([0, 0, 1, 2, 2, 2, 5])
    sums = weekly_sums(
        week,
        np.array([1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0]),
        np.array([1.0, 0.5, 1.0, 0.25, 1.0, 1.0, 1.0]),
        np.array([0, 1, 1, 0, 0, -1, 0]),
        2,
        np.array([0, 2, 3]),
    )
    assert sums.hits.tolist() == [[1.0, 0.0], [1.25, 0.0], [0.0, 0.0]]
    assert sums.deals.tolist() == [[1.0, 0.5], [1.25, 0.0], [0.0, 0.0]]


def test_core_and_outside_are_the_changes_within_and_unknown_is_neither():
    deals = decided(np.random.default_rng(4), change=-0.5)
    unknown = pl.Series(np.random.default_rng(5).random(deals.height) < 0.2)
    deals = deals.with_columns(tier=pl.when(unknown).then(pl.lit("unknown")).otherwise("tier"))
    panel = panel_of(deals)
    facts, weights = rate_facts(panel, WINDOW), deal_weights_of(panel)
    index = panel.observed.week
    tier = deals["tier"].to_numpy()
    for found, mask in ((facts.core, tier == "A"), (facts.outside, (tier == "B") | (tier == "out"))):
        before, after = (
            np.average(panel.observed.value[mask & part], weights=weights[mask & part])
            for part in (index < 30, index >= 30)
        )
        assert found.value == pytest.approx(after - before)


def test_a_discount_is_split_over_what_it_is_adjusted_for():
    """Small products at 30 % off displace large ones at 10 %: nobody gave a deeper discount for the same thing."""
    rng = np.random.default_rng(6)
    rows = [
        (FIRST + timedelta(weeks=week), "Basic" if rng.random() < (0.6 if week >= 30 else 0.2) else "Pro")
        for week in range(45)
        for _ in range(60)
    ]
    day, product = zip(*rows, strict=True)
    off = np.where(np.array(product) == "Basic", 0.3, 0.1) + rng.normal(0, 0.05, len(rows))
    deals = pl.DataFrame({"closed_on": day, "attr:product": product, "discount": off}).with_columns(
        outcome=pl.lit("won"), tier=pl.lit("A")
    )
    blind, seeing = (
        rate_facts(panel_of(deals, "discount", adjust_for=names), WINDOW).split for names in ([], ["product"])
    )
    assert blind.rate.value == pytest.approx(0.08, abs=0.01)
    assert seeing.rate.value == pytest.approx(0.0, abs=3 * seeing.rate.error)
    assert seeing.mix.value == pytest.approx(0.08, abs=0.01)


# --- places --------------------------------------------------------------------------------------------------


def in_places(steps, seed=8, a_week=120):
    """Deals of as many regions as `steps` names, whose rates take these steps in week 30, from one half."""
    rng = np.random.default_rng(seed)
    region = rng.choice(np.array(list(steps), dtype=object), a_week * 45)
    week = np.repeat(np.arange(45), a_week)
    rate = 0.5 + np.array([steps[r] for r in region]) * (week >= 30)
    return pl.DataFrame(
        {
            "closed_on": [FIRST + timedelta(weeks=int(w)) for w in week],
            "tier": ["A"] * len(week),
            "outcome": np.where(rng.random(len(week)) < rate, "won", "lost").tolist(),
            "seg:region": region.tolist(),
        }
    )


def test_the_place_that_carries_a_change_is_found_with_its_part():
    """One region of four falls by 40 points: 10 points of the whole, and the rest stands still."""
    facts = rate_facts(panel_of(in_places({"East": -0.4, "North": 0.0, "South": 0.0, "West": 0.0})), WINDOW)
    local = facts.local
    assert (local.dimension, local.value) == ("region", "East")
    assert local.part.value == pytest.approx(-0.1, abs=3 * local.part.error)
    assert local.rest.value == pytest.approx(0.0, abs=3 * local.rest.error)
    assert local.part.clears_half_of(facts.split.rate.value, local.level)


def test_the_errors_of_a_place_and_its_rest_are_those_they_have():
    """Over forty companies: a standard deviation is known to 1 / sqrt(2 x 39) = 11 %, so within 40 % to be sure."""
    places = [
        rate_facts(
            panel_of(in_places({"East": -0.2, "West": 0.0}, seed, 60)), WINDOW, place=("region", "East")
        ).local
        for seed in range(100, 140)
    ]
    for name, true in (("part", -0.1), ("rest", 0.0)):
        values, errors = np.array([(getattr(p, name).value, getattr(p, name).error) for p in places]).T
        assert errors.mean() == pytest.approx(values.std(ddof=1), rel=0.4), name
        assert values.mean() == pytest.approx(true, abs=4 * errors.mean() / np.sqrt(40)), name


def test_the_place_is_sought_among_those_that_moved_with_the_whole():
    """East gained more than any other region lost; it is not where the fall comes from."""
    steps = {"East": 0.3, "North": -0.2, "South": -0.25, "West": -0.25}
    facts = rate_facts(panel_of(in_places(steps)), WINDOW)
    assert facts.split.rate.value < 0
    assert facts.local.value in ("South", "West")


def test_a_place_that_was_asked_for_is_taken_whatever_it_did():
    steps = {"East": -0.3, "North": 0.0, "West": 0.0}
    local = rate_facts(panel_of(in_places(steps)), WINDOW, place=("region", "North")).local
    assert (local.value, local.level) == ("North", 0.95)


def test_breadth_counts_the_places_that_moved_the_way_of_the_whole():
    steps = {"East": -0.3, "North": -0.3, "South": -0.3, "West": 0.3}
    (breadth,) = rate_facts(panel_of(in_places(steps)), WINDOW).breadth
    assert (breadth.dimension, breadth.moved, breadth.of) == ("region", 3, 4)


def test_one_seller_may_be_the_place_and_is_no_name():
    deals = in_places({"East": 0.0, "West": 0.0}).with_columns(
        owner=pl.Series([f"seller {n % 6}" for n in range(120 * 45)])
    )
    star = pl.col("owner") == "seller 3"
    late = pl.col("closed_on") >= FIRST + timedelta(weeks=30)
    deals = deals.with_columns(outcome=pl.when(star & late).then(pl.lit("lost")).otherwise("outcome"))
    facts = rate_facts(panel_of(deals), WINDOW)
    local = facts.local
    assert {breadth.dimension: breadth.of_places for breadth in facts.breadth} == {
        "region": True,
        "owner": False,
    }
    assert local.dimension == "owner"
    assert "seller" not in local.value
    assert rate_facts(panel_of(deals), WINDOW, owners=False).local.dimension == "region"


def test_one_place_alone_is_no_place():
    facts = rate_facts(panel_of(in_places({"East": -0.3})), WINDOW)
    assert (facts.local, facts.breadth) == (None, ())


# --- counts --------------------------------------------------------------------------------------------------


def created(before, after, weeks=45):
    """So many deals a week of each tier before week 30 and after."""
    rows = [
        (FIRST + timedelta(weeks=week), tier)
        for week in range(weeks)
        for tier, count in (after if week >= 30 else before).items()
        for _ in range(count)
    ]
    day, tier = zip(*rows, strict=True)
    return pl.DataFrame({"created_on": day, "tier": tier}).with_columns(outcome=pl.lit("open"))


def test_counts_are_compared_by_side_and_unknown_is_on_neither():
    panel = panel_of(
        created({"A": 20, "out": 10, "unknown": 4}, {"A": 10, "out": 20, "unknown": 8}), "volume"
    )
    facts = volume_facts(panel, WINDOW)
    assert facts.core.value == pytest.approx(np.log(0.5))
    assert facts.outside.value == pytest.approx(np.log(2.0))
    assert facts.whole.value == pytest.approx(np.log(38 / 34))
    assert (facts.core_change, facts.outside_change) == (-10.0, 10.0)


def test_a_side_that_vanished_is_a_large_fall_and_no_infinity():
    facts = volume_facts(panel_of(created({"A": 20, "out": 10}, {"out": 10}), "volume"), WINDOW)
    assert np.isfinite(facts.core.value)
    assert facts.core.value < -5
    assert facts.core_change == -20.0


# --- where nothing can be said -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("says", "window"),
    [
        ("the metric begins after the change", Window(before=np.arange(0), after=np.arange(45))),
        ("three weeks before", Window(before=np.arange(3), after=np.arange(3, 45))),
        ("one week after", Window(before=np.arange(44), after=np.arange(44, 45))),
    ],
)
def test_windows_too_short_to_tell_of_scatter_say_nothing(says, window):
    assert rate_facts(panel_of(decided(np.random.default_rng(8))), window) is None, says
    assert volume_facts(panel_of(created({"A": 2}, {"A": 1}), "volume"), window) is None, says


@pytest.mark.parametrize("empty", [range(30), range(30, 45)])
def test_a_window_without_deals_says_nothing(empty):
    deals = decided(np.random.default_rng(9))
    start, end = FIRST + timedelta(weeks=empty.start), FIRST + timedelta(weeks=empty.stop)
    left = deals.filter(~pl.col("closed_on").is_between(start, end, closed="left"))
    assert rate_facts(panel_of(left), WINDOW) is None


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_where_every_deal_ends_alike_nothing_moves_and_nothing_warns(outcome):
    deals = decided(np.random.default_rng(10)).with_columns(outcome=pl.lit(outcome))
    facts = rate_facts(panel_of(deals), WINDOW)
    assert facts.split.whole.value == pytest.approx(0.0, abs=1e-12)
    assert not facts.split.rate.clears_zero()


def test_few_deals_of_a_tier_leave_its_own_change_unsaid():
    facts = rate_facts(panel_of(decided(np.random.default_rng(11), shares=(0.98, 0.01, 0.01))), WINDOW)
    assert facts.core is not None
    assert facts.outside is None


def test_the_mix_over_a_dimension_is_the_split_over_its_values():
    rng = np.random.default_rng(9)
    panel = panel_of(decided(rng, regions=("East", "West"), change=-0.4))
    facts, weights, observed = rate_facts(panel, WINDOW), deal_weights_of(panel), panel.observed
    sums = [
        weekly_sums(observed.week, observed.value, weights, observed.segments["region"], 3, weeks)
        for weeks in (WINDOW.before, WINDOW.after)
    ]
    assert facts.mix_over["region"].value == pytest.approx(split(*sums).mix.value)
    assert abs(facts.mix_over["region"].value) < abs(facts.split.whole.value) / 4
