"""What other offers made of a win rate: who is asked, against counting by hand, and on deals whose truth is known."""

import numpy as np
import pytest

from monitor.diagnosis.attribution import attribute, cells
from monitor.diagnosis.offers import offer_bands
from monitor.diagnosis.sums import Window
from monitor.observations import Observations

WINDOW = Window(before=np.arange(40), after=np.arange(40, 60))
A_WEEK = 60


def observed(value, offered, week=None, tier=None):
    week = np.repeat(np.arange(60), len(value) // 60) if week is None else week
    nothing = np.full(len(value), -1)
    return Observations(
        week=week,
        value=value.astype(float),
        tier=np.zeros(len(value), dtype=np.int64) if tier is None else tier,
        tiers=("A", "B"),
        core=np.ones(len(value), dtype=bool),
        stratum=nothing,
        strata=0,
        segments={},
        names={},
        batches=(),
        owner=nothing,
        amount=np.full(len(value), np.nan),
        day_terms=np.zeros((len(value), 4)),
        offered=offered,
    )


def company(seed, *, deeper=0.0, market=0.0):
    """Deals of two tiers that are won the more often the lower the price: three points for each point off."""
    rng = np.random.default_rng(seed)
    week = np.repeat(np.arange(60), A_WEEK)
    later = week >= 40
    tier = rng.choice(2, week.size, p=(0.6, 0.4))
    offered = np.round(np.clip(rng.normal(0.08, 0.05, week.size), 0, 0.4) + deeper * later, 4)
    chance = np.array([0.35, 0.2])[tier] + 3 * (offered - 0.08) + market * later
    return observed(rng.random(week.size) < chance, offered, week, tier)


def parts_of(deals):
    band, bands = offer_bands(deals, WINDOW)
    everybody = np.ones(len(deals.week), dtype=bool)
    return attribute(*(
        cells(
            deals.week, deals.value, np.ones(len(deals.week)), deals.tier, 2, suspect=~everybody,
            staying=everybody, weeks=weeks, band=band, bands=bands,
        )
        for weeks in (WINDOW.before, WINDOW.after)
    ))  # fmt: skip


def test_deeper_offers_that_win_more_deals_are_price_and_not_the_market():
    parts = [parts_of(company(seed, deeper=0.04)) for seed in range(10)]
    assert np.mean([p.price.value for p in parts]) == pytest.approx(0.12, abs=0.03)
    assert all(p.price.clears_half_of(p.whole.value) for p in parts)
    assert not any(p.rest.clears_half_of(p.whole.value) for p in parts)


def test_a_market_that_falls_at_the_same_offers_is_not_price():
    parts = [parts_of(company(seed, market=-0.12)) for seed in range(10)]
    assert np.mean([p.price.value for p in parts]) == pytest.approx(0.0, abs=0.01)
    assert all(p.rest.clears_half_of(p.whole.value) for p in parts)


def test_the_price_part_is_what_counting_by_hand_gives_and_the_parts_add_up():
    deals = company(1, deeper=0.03, market=-0.05)
    band, bands = offer_bands(deals, WINDOW)
    parts = parts_of(deals)

    def within(cell, count):
        """The sum over cells of the change of their rate, at the mean of their shares."""
        total = 0.0
        for one in range(count):
            here = [np.isin(deals.week, weeks) for weeks in (WINDOW.before, WINDOW.after)]
            values = [deals.value[h & (cell == one)] for h in here]
            if all(len(v) for v in values):  # what only one period has cannot have changed
                shares = [len(v) / h.sum() for v, h in zip(values, here, strict=True)]
                total += (values[1].mean() - values[0].mean()) * sum(shares) / 2
        return total

    alike = within(deals.tier * bands + band, 2 * bands)
    assert parts.price.value == pytest.approx(within(deals.tier, 2) - alike, abs=1e-12)
    assert parts.rest.value == pytest.approx(alike, abs=1e-12)
    total = sum(getattr(parts, name).value for name in ("recording", "mix", "price", "people", "rest"))
    assert total == pytest.approx(parts.whole.value, abs=1e-12)


def test_the_bands_are_fifths_of_what_was_offered_in_either_period_and_one_for_no_offer():
    deals = company(2, deeper=0.15)
    deals.offered[7] = np.nan
    band, bands = offer_bands(deals, WINDOW)
    assert (bands, band[7]) == (10, 9)
    before = np.isin(deals.week, WINDOW.before) & (band < 9)
    assert np.bincount(band[before])[:4] / before.sum() == pytest.approx(0.2, abs=0.02)
    later = np.isin(deals.week, WINDOW.after)
    assert np.bincount(band[later])[5:9] / later.sum() == pytest.approx(0.2, abs=0.02)
    assert np.all(np.diff([deals.offered[band == one].max() for one in range(9)]) > 0)


@pytest.mark.parametrize(
    ("says", "blank", "told"),
    [
        ("nine in ten lost deals carry an offer", lambda d, r: (d.value == 0) & (r < 0.1), True),
        ("seven in ten do", lambda d, r: (d.value == 0) & (r < 0.3), False),
        ("seven in ten do, and only after", lambda d, r: (d.value == 0) & (r < 0.3) & (d.week >= 40), False),
        ("won deals may be blank", lambda d, r: (d.value == 1) & (r < 0.5), True),
    ],
)
def test_four_in_five_lost_deals_must_carry_an_offer_in_either_period(says, blank, told):
    deals = company(3)
    chance = np.random.default_rng(4).random(len(deals.week))
    deals.offered[blank(deals, chance)] = np.nan
    assert (offer_bands(deals, WINDOW) is not None) is told, says


def test_a_list_price_that_lost_deals_alone_carry_is_no_offer():
    deals = company(5)
    deals.offered[deals.value == 0] = 0.0
    assert offer_bands(deals, WINDOW) is None


def test_where_everything_is_sold_at_list_other_offers_made_nothing():
    deals = company(6, market=-0.12)
    deals.offered[:] = 0.0
    assert parts_of(deals).price.value == pytest.approx(0.0, abs=1e-12)


def test_without_a_column_of_prices_nothing_is_said():
    assert offer_bands(observed(np.zeros(600), np.zeros(0)), WINDOW) is None
    assert offer_bands(observed(np.zeros(600), np.full(600, np.nan)), WINDOW) is None
