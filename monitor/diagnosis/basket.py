"""The money won a week, split into price, quantity and mix over a fixed basket, after Bennet (1920).

With groups g, money M_g and list value L_g a week, N deals a week, p_g = M_g / L_g what is paid of list,
h_g = L_g / N what a deal holds, and bars for the mean of before and after:

    price     sum_g bar(L_g) (p1_g - p0_g)          like baskets at other prices
    quantity  (N1 - N0) sum_g bar(p_g) bar(h_g)     more or fewer deals
    mix       bar(N) sum_g bar(p_g) (h1_g - h0_g)   other products, other sizes
    price + quantity + mix = M1 - M0                exactly

A group that one period does not have takes the price of the other: nothing is known of a change of it. Errors by the
delta method on weekly sums, as in `monitor.diagnosis.split`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.diagnosis.split import Estimate, estimate
from monitor.diagnosis.sums import Window, weekly_sums
from monitor.observations import Observations
from monitor.types import FloatArray

STEP = 1e-30
LEAST_DEALS = 20
"""In each period."""

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """Money won a week before, and the parts of its change, in the company's currency."""

    before: float
    whole: Estimate
    price: Estimate
    quantity: Estimate
    mix: Estimate


def basket_of(observed: Observations, window: Window) -> Basket | None:
    """The split of what won deals with a list price brought in; None where either period has hardly any.

    The groups are the strata, the tiers where there are none. Deals in other currencies are left out.
    """
    if not (window.tells and len(observed.offered)):
        return None
    known = np.isfinite(observed.offered) & (observed.offered < 1.0) & (observed.amount > 0)
    if len(observed.own_currency):
        known &= observed.own_currency
    groups, count = (
        (observed.stratum, observed.strata) if observed.strata else (observed.tier, len(observed.tiers))
    )
    groups = np.where(known, np.where(groups >= 0, groups, count), -1)
    paid = np.where(known, observed.amount, 0.0)
    listed = paid / np.where(known, 1.0 - observed.offered, 1.0)
    ones = np.ones(len(paid))
    periods = []
    for weeks in (window.before, window.after):
        money, value = (
            weekly_sums(observed.week, one, ones, groups, count + 1, weeks) for one in (paid, listed)
        )
        if money.deals.sum() < LEAST_DEALS:
            return None
        periods.append(np.concatenate([money.hits, value.hits, money.deals.sum(axis=1)[:, None]], axis=1))
    return split_money(*periods)


def split_money(before: FloatArray, after: FloatArray) -> Basket:
    """The split between two periods of weekly sums, (weeks, 2 groups + 1): money by group, list value, all deals.

    >>> once = np.tile([80.0, 100.0, 2.0], (4, 1))      # two deals a week, of 100 list, at 80 %
    >>> then = np.tile([105.0, 150.0, 3.0], (4, 1))     # three of 150, at 70 %
    >>> parts = split_money(once, then)
    >>> [round(part.value, 9) for part in (parts.price, parts.quantity, parts.mix, parts.whole)]
    [-12.5, 37.5, 0.0, 25.0]
    """
    means = [period.mean(axis=0) for period in (before, after)]
    values = _split(*(mean[None] for mean in means))[0]
    influences = []
    for place, period in enumerate((before, after)):
        mean = means[place]
        trials = np.tile(mean.astype(np.complex128), (len(mean), 1))
        trials[np.diag_indices(len(mean))] += STEP * 1j
        both = [one[None] for one in means]
        both[place] = trials
        influences.append((period - mean) @ (_split(*both).imag / STEP) / len(period))
    parts = [
        estimate(float(value), influences[0][:, part], influences[1][:, part])
        for part, value in enumerate(values)
    ]
    money = float(means[0][: len(means[0]) // 2].sum())
    return Basket(before=money, whole=parts[0], price=parts[1], quantity=parts[2], mix=parts[3])


def _split(x0: Array, x1: Array) -> Array:
    """Whole, price, quantity and mix, (trials, 4); any of the sums complex."""
    groups = x0.shape[1] // 2
    (m0, l0, n0), (m1, l1, n1) = ((x[:, :groups], x[:, groups:-1], x[:, -1:]) for x in (x0, x1))
    p0, p1 = _price(m0, l0, _price(m1, l1, 0.0)), _price(m1, l1, _price(m0, l0, 0.0))
    h0, h1 = l0 / n0, l1 / n1
    paid = (p0 + p1) / 2
    price = ((l0 + l1) / 2 * (p1 - p0)).sum(axis=1)
    quantity = (n1 - n0)[:, 0] * (paid * (h0 + h1) / 2).sum(axis=1)
    mix = (n0 + n1)[:, 0] / 2 * (paid * (h1 - h0)).sum(axis=1)
    whole = m1.sum(axis=1) - m0.sum(axis=1)
    return np.stack(np.broadcast_arrays(whole, price, quantity, mix), axis=-1)


def _price(money: Array, listed: Array, otherwise: Array | float) -> Array:
    some = listed.real > 0
    price: Array = np.where(some, money / np.where(some, listed, 1.0), otherwise)
    return price
