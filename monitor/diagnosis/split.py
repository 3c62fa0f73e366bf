"""The split of a change in a rate into mix and rate, after Kitagawa (1955), Oaxaca (1973) and Blinder (1973).

With shares s and rates r of groups g before (0) and after (1), the interaction shared equally:

    mix  = sum_g (s1 - s0) (r0 + r1) / 2        who is counted changed
    rate = sum_g (r1 - r0) (s0 + s1) / 2        how each group does changed
    mix + rate = R1 - R0                        exactly

Standard errors by the delta method on weekly sums, robust to what deals of one week share (a sandwich over weeks,
with the first autocovariance added where it is positive): each week's influence on every share and rate is
carried through to the parts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from monitor.types import FloatArray

LEVEL = 0.95  # two-sided 90 %
MOST_OF_WHOLE = 5.0
"""Parts that cancel make a whole near nought, and shares of it without meaning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number with its standard error and the 90 % interval that its degrees of freedom give."""

    value: float
    error: float
    freedom: float

    @property
    def low(self) -> float:
        """The lower end of the 90 % interval."""
        return self.value - self._reach()

    @property
    def high(self) -> float:
        """The upper end of the 90 % interval."""
        return self.value + self._reach()

    def _reach(self, level: float = LEVEL) -> float:
        return float(student.ppf(level, max(self.freedom, 1.0))) * self.error

    def clears_zero(self, level: float = LEVEL) -> bool:
        """Whether zero lies outside the interval whose one-sided level is `level`."""
        return abs(self.value) > self._reach(level)

    def clears_half_of(self, whole: float, level: float = LEVEL) -> bool:
        """Whether the interval lies beyond half of `whole`, on its side."""
        reach = self._reach(level)
        return self.value - reach > whole / 2 if whole > 0 else self.value + reach < whole / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklySums:
    """Weighted sums of a period: `hits` and `deals` of shape (weeks, groups)."""

    hits: FloatArray
    deals: FloatArray

    @property
    def rates(self) -> FloatArray:
        """Each group's rate; the period's where the group has no deals."""
        total = self.deals.sum(axis=0)
        overall = self.hits.sum() / max(float(self.deals.sum()), 1e-12)
        rates: FloatArray = np.where(total > 0, self.hits.sum(axis=0) / np.maximum(total, 1e-12), overall)
        return rates

    @property
    def shares(self) -> FloatArray:
        """Each group's share of the deals."""
        shares: FloatArray = self.deals.sum(axis=0) / max(float(self.deals.sum()), 1e-12)
        return shares

    @property
    def rate(self) -> float:
        """The rate of the whole period."""
        return float(self.hits.sum() / max(float(self.deals.sum()), 1e-12))

    def influence_on_rates(self) -> FloatArray:
        """Each week's influence on each group's rate, (weeks, groups)."""
        total = np.maximum(self.deals.sum(axis=0), 1e-12)
        influence: FloatArray = (self.hits - self.rates * self.deals) / total
        return influence

    def influence_on_shares(self) -> FloatArray:
        """Each week's influence on each group's share, (weeks, groups)."""
        week_total = self.deals.sum(axis=1, keepdims=True)
        influence: FloatArray = (self.deals - self.shares * week_total) / max(float(self.deals.sum()), 1e-12)
        return influence


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The parts of a change in a rate, the whole, and each group's change of rate.

    `mix` and `rate` carry the error of their own size; `mix_of_whole` is the mix part of a whole that is taken as
    given, as a share of it is: its error is that of mix - (mix / whole) whole (the delta method for a ratio).
    """

    whole: Estimate
    mix: Estimate
    rate: Estimate
    mix_of_whole: Estimate
    groups: tuple[Estimate, ...]


def split(before: WeeklySums, after: WeeklySums) -> Split:
    """Mix and rate parts of the change from `before` to `after`.

    >>> once = WeeklySums(hits=np.array([[8.0, 1.0], [8.0, 1.0]]), deals=np.array([[10.0, 10.0], [10.0, 10.0]]))
    >>> then = WeeklySums(hits=np.array([[4.0, 1.5], [4.0, 1.5]]), deals=np.array([[5.0, 15.0], [5.0, 15.0]]))
    >>> parts = split(once, then)
    >>> round(parts.mix.value, 3), round(parts.rate.value, 3)
    (-0.175, 0.0)
    """
    share_sum = (before.shares + after.shares) / 2
    rate_sum = (before.rates + after.rates) / 2
    rate_gap, share_gap = after.rates - before.rates, after.shares - before.shares
    rate_influence = (
        -before.influence_on_rates() @ share_sum + before.influence_on_shares() @ rate_gap / 2,
        after.influence_on_rates() @ share_sum + after.influence_on_shares() @ rate_gap / 2,
    )
    mix_influence = (
        -before.influence_on_shares() @ rate_sum + before.influence_on_rates() @ share_gap / 2,
        after.influence_on_shares() @ rate_sum + after.influence_on_rates() @ share_gap / 2,
    )
    groups = tuple(
        estimate(float(rate_gap[g]), -before.influence_on_rates()[:, g], after.influence_on_rates()[:, g])
        for g in range(len(rate_gap))
    )
    mix, whole = float(share_gap @ rate_sum), after.rate - before.rate
    share = min(max(mix / whole, -MOST_OF_WHOLE), MOST_OF_WHOLE) if whole else 0.0
    return Split(
        mix_of_whole=estimate(
            mix, *(m - share * (m + r) for m, r in zip(mix_influence, rate_influence, strict=True))
        ),
        whole=estimate(
            whole,
            rate_influence[0] + mix_influence[0],
            rate_influence[1] + mix_influence[1],
        ),
        mix=estimate(mix, *mix_influence),
        rate=estimate(float(rate_gap @ share_sum), *rate_influence),
        groups=groups,
    )


def estimate(value: float, before: FloatArray, after: FloatArray) -> Estimate:
    """`value` with the error that the weekly influences of the two periods give.

    Freedom after Satterthwaite (1946), each period having its weeks less one.
    """
    v0, v1 = _variance(before), _variance(after)
    if v0 + v1 <= 0:
        return Estimate(value=value, error=0.0, freedom=1.0)
    f0, f1 = max(len(before) - 1, 1), max(len(after) - 1, 1)
    freedom = (v0 + v1) ** 2 / (v0**2 / f0 + v1**2 / f1)
    return Estimate(value=value, error=float(np.sqrt(v0 + v1)), freedom=freedom)


def _variance(influence: FloatArray) -> float:
    weeks = len(influence)
    if weeks < 2:
        return float(influence @ influence)
    plain = float(influence @ influence)
    neighbour = float(influence[1:] @ influence[:-1])  # Bartlett weight 1/2, twice
    return max(plain, plain + neighbour) * weeks / (weeks - 1)


def log_ratio(before: FloatArray, after: FloatArray) -> Estimate:
    """ln(mean after / mean before) of weekly counts, each of shape (weeks,)."""
    mean0, mean1 = max(float(before.mean()), 0.5 / len(before)), max(float(after.mean()), 0.5 / len(after))
    return estimate(
        float(np.log(mean1 / mean0)),
        -(before - before.mean()) / (mean0 * len(before)),
        (after - after.mean()) / (mean1 * len(after)),
    )


def difference(before: FloatArray, after: FloatArray) -> Estimate:
    """Mean after - mean before of weekly values, each of shape (weeks,)."""
    return estimate(
        float(after.mean() - before.mean()),
        -(before - before.mean()) / len(before),
        (after - after.mean()) / len(after),
    )
