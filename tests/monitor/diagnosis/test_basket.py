"""Money won a week as price, quantity and mix: by hand, exactly, and with errors that are those of a bootstrap."""

import numpy as np
import pytest

from monitor.diagnosis.basket import basket_of, split_money
from monitor.diagnosis.sums import Window
from monitor.observations import Observations

WINDOW = Window(before=np.arange(30), after=np.arange(30, 50))


def weeks_of(rng, weeks, deals=12.0, paid=(0.9, 0.7), shares=(0.5, 0.5), size=(10.0, 30.0)):
    """Weekly sums of two groups: money, list value, all deals."""
    rows = np.zeros((weeks, 5))
    for week in range(weeks):
        count = rng.poisson(deals)
        group = rng.choice(2, count, p=shares)
        listed = np.asarray(size)[group] * rng.lognormal(0, 0.3, count)
        money = listed * np.clip(np.asarray(paid)[group] + rng.normal(0, 0.05, count), 0, 1.2)
        rows[week] = (
            *np.bincount(group, money, minlength=2), *np.bincount(group, listed, minlength=2), count
        )  # fmt: skip
    return rows


@pytest.mark.parametrize("seed", range(3))
def test_the_parts_are_bennets_by_hand_and_add_up(seed):
    rng = np.random.default_rng(seed)
    before, after = weeks_of(rng, 30), weeks_of(rng, 20, 9.0, (0.8, 0.7), (0.3, 0.7))
    parts = split_money(before, after)
    (m0, l0), (m1, l1) = ((rows[:, :2].mean(axis=0), rows[:, 2:4].mean(axis=0)) for rows in (before, after))
    price = sum((l0[g] + l1[g]) / 2 * (m1[g] / l1[g] - m0[g] / l0[g]) for g in range(2))
    volume = sum((m0[g] / l0[g] + m1[g] / l1[g]) / 2 * (l1[g] - l0[g]) for g in range(2))
    assert parts.price.value == pytest.approx(price)
    assert parts.quantity.value + parts.mix.value == pytest.approx(volume)
    assert parts.whole.value == pytest.approx(m1.sum() - m0.sum(), abs=1e-9)
    assert parts.price.value + parts.quantity.value + parts.mix.value == pytest.approx(
        parts.whole.value, abs=1e-9
    )


@pytest.mark.parametrize(
    ("says", "later", "part"),
    [
        ("lower prices", {"paid": (0.7, 0.5)}, "price"),
        ("fewer deals", {"deals": 6.0}, "quantity"),
        ("smaller deals", {"size": (6.0, 18.0)}, "mix"),
        ("more of the smaller kind", {"shares": (0.95, 0.05)}, "mix"),
    ],
)
def test_what_changed_is_what_is_named(says, later, part):
    rng = np.random.default_rng(4)
    parts = split_money(weeks_of(rng, 60), weeks_of(rng, 60, **later))
    assert getattr(parts, part).clears_half_of(parts.whole.value), says
    others = {"price", "quantity", "mix"} - {part}
    assert not any(getattr(parts, name).clears_half_of(parts.whole.value) for name in others), says


def test_a_group_that_is_new_has_no_change_of_price():
    rng = np.random.default_rng(5)
    before, after = weeks_of(rng, 30, shares=(1.0, 0.0)), weeks_of(rng, 30, shares=(0.5, 0.5))
    parts = split_money(before, after)
    assert not parts.price.clears_zero()
    assert parts.mix.clears_half_of(parts.whole.value)


def test_errors_are_those_of_a_bootstrap_over_weeks():
    rng = np.random.default_rng(6)
    before, after = weeks_of(rng, 40), weeks_of(rng, 20, 9.0, (0.8, 0.7), (0.3, 0.7))
    parts = split_money(before, after)
    drawn = []
    for _ in range(300):
        again = split_money(before[rng.integers(0, 40, 40)], after[rng.integers(0, 20, 20)])
        drawn.append([one.value for one in (again.whole, again.price, again.quantity, again.mix)])
    errors = [one.error for one in (parts.whole, parts.price, parts.quantity, parts.mix)]
    assert np.std(drawn, axis=0) == pytest.approx(errors, rel=0.35)  # as of the parts of a mean


def won(amount, offered, week, own=None):
    nothing = np.full(len(week), -1)
    return Observations(
        week=week,
        value=offered,
        tier=np.zeros(len(week), dtype=np.int64),
        tiers=("A",),
        core=np.ones(len(week), dtype=bool),
        stratum=nothing,
        strata=0,
        segments={},
        names={},
        batches=(),
        owner=nothing,
        amount=amount,
        day_terms=np.zeros((len(week), 4)),
        own_currency=np.ones(len(week), dtype=bool) if own is None else own,
        offered=offered,
    )


def test_deals_without_a_price_or_in_another_currency_are_left_out():
    week = np.repeat(np.arange(50), 4)
    amount, offered = np.full(200, 80.0), np.full(200, 0.2)
    own = np.tile([True, True, True, False], 50)
    amount[::4] = np.nan
    parts = basket_of(won(amount, offered, week, own), WINDOW)
    assert parts.before == pytest.approx(160.0)
    assert basket_of(won(amount, np.full(200, np.nan), week), WINDOW) is None
    assert basket_of(won(amount, offered, week), Window(before=np.arange(2), after=np.arange(2, 50))) is None
