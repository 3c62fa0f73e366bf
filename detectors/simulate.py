"""Weekly series with a known truth: what a company's numbers do in ordinary times, and one change at most.

Everything random comes from the generator that is passed in. A year has 52 weeks, a quarter 13: its months are of
4, 4 and 5 weeks, its end the last two weeks, and the last two weeks of the year are holidays. Batches of deals are in
`simulate_batches`, regions in `simulate_regions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from detectors.effective import weekly_means
from detectors.types import FloatArray

YEAR = 52
QUARTER = 13
MONTH_ENDS = (3, 7, 12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordinary:
    """What happens though nothing changes; rates and their parts in 0..1.

    deals, rate            deals of an ordinary week, and the level of the rate (or share, or discount)
    rho, phi               variance of the weekly effect as a share of one deal's variance; its autocorrelation
    quarter_end_deals      part by which deals rise in the last two weeks of a quarter; quarter_end_rate: the rate
    month_end_deals        part by which deals rise in the last week of a month; month_end_rate: the rate
    holiday_deals          the part of the deals that is missing in the last two weeks of a year
    season                 height of an annual wave in the rate of which the calendar terms know nothing
    turnover               standard deviation of the slow drift that sellers who come and go cause
    trend                  what the rate gains a year; over many years that is a change, unless it is a regressor
    outliers, outlier      the share of weeks that something odd befalls, and by how much it moves the rate
    irregular              standard deviation of the logarithm of a week's volume, beyond chance and calendar
    missing                the share of weeks of which nothing is known
    """

    deals: float = 60.0
    rate: float = 0.3
    rho: float = 0.02
    phi: float = 0.2
    quarter_end_deals: float = 0.5
    quarter_end_rate: float = 0.03
    month_end_deals: float = 0.0
    month_end_rate: float = -0.02
    holiday_deals: float = 0.5
    season: float = 0.0
    turnover: float = 0.007
    trend: float = 0.0
    outliers: float = 0.005
    outlier: float = 0.2
    irregular: float = 0.0
    missing: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change: from period `at` on the rate differs by `size`; a ramp takes `over` periods, a shock lasts them."""

    at: int
    size: float
    shape: Literal["step", "ramp", "shock"] = "step"
    over: int = 1

    def path(self, periods: int) -> FloatArray:
        """What the change adds in each period, (periods,).

        >>> Change(at=2, size=-0.1, shape="ramp", over=2).path(5).tolist()
        [0.0, 0.0, -0.05, -0.1, -0.1]
        """
        since = np.arange(periods) - self.at + 1.0
        if self.shape == "shock":
            return np.where((since >= 1) & (since <= self.over), self.size, 0.0)
        over = self.over if self.shape == "ramp" else 1
        path: FloatArray = self.size * np.clip(since / over, 0.0, 1.0) + 0.0  # no -0
        return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """Simulated series: values and n (S, T), nan and 0 in a week without deals; calendar terms (T, 3)."""

    values: FloatArray
    n: FloatArray
    terms: FloatArray


def calendar_terms(periods: int) -> FloatArray:
    """Quarter end, month end and holiday of each week, (periods, 3), each 0 or 1."""
    week = np.arange(periods)
    quarter_end = week % QUARTER >= QUARTER - 2
    month_end = np.isin(week % QUARTER, MONTH_ENDS)
    holiday = week % YEAR >= YEAR - 2
    return np.column_stack([quarter_end, month_end, holiday]).astype(np.float64)


def rates(
    rng: np.random.Generator, series: int, periods: int, ordinary: Ordinary, change: Change | None = None
) -> Weekly:
    """Shares of deals: a win rate, or the share of deals that fit the profile."""
    terms = calendar_terms(periods)
    chance, n = chances(rng, series, periods, ordinary, change), _deals(rng, series, ordinary, terms)
    return Weekly(values=share_of(rng.binomial(n, chance), n), n=n.astype(np.float64), terms=terms)


def measures(
    rng: np.random.Generator,
    series: int,
    periods: int,
    ordinary: Ordinary,
    change: Change | None = None,
    *,
    spread: float = 0.08,
    tail: float = 4.0,
    trim: float = 0.1,
) -> Weekly:
    """Trimmed means of what single deals show, a discount or a log price.

    A deal's standard deviation is `spread` and its distribution Student's t with `tail` degrees (more than 2).
    """
    terms = calendar_terms(periods)
    n = _deals(rng, series, ordinary, terms)
    level = ordinary.rate + ordinary_path(rng, series, periods, ordinary, spread) + _added(change, periods)
    week = np.repeat(np.arange(series * periods), n.ravel())
    noise = rng.standard_t(tail, len(week)) * np.sqrt((tail - 2.0) / tail * (1.0 - ordinary.rho))
    deals = level.ravel()[week] + spread * noise
    means, _, _ = weekly_means(week, deals, np.ones(len(week)), series * periods, trim)
    return Weekly(values=means.reshape(series, periods), n=n.astype(np.float64), terms=terms)


def tiered_rates(
    rng: np.random.Generator,
    series: int,
    periods: int,
    ordinary: Ordinary,
    *,
    core_share: float = 0.6,
    core_more: float = 0.2,
    learning: int = YEAR,
    mix: Change | None = None,
    change: Change | None = None,
) -> tuple[Weekly, Weekly]:
    """Win rates of a company with two tiers, raw and adjusted for the mix of tiers (indirect standardisation).

    Core deals are won `core_more` more often than the others; `mix` moves the share of core deals, `change` the
    rates of both tiers. What is learned of the tiers' rates is learned in the first `learning` weeks.
    """
    terms = calendar_terms(periods)
    n = _deals(rng, series, ordinary, terms)
    core = rng.binomial(n, np.clip(core_share + _added(mix, periods), 0.0, 1.0))
    base = chances(rng, series, periods, ordinary, change) - core_share * core_more
    won_core = rng.binomial(core, np.clip(base + core_more, 0.01, 0.99))
    won_rest = rng.binomial(n - core, np.clip(base, 0.01, 0.99))
    early = slice(0, learning)
    core_rate = won_core[:, early].sum(axis=1, keepdims=True) / core[:, early].sum(axis=1, keepdims=True)
    rest = (n - core)[:, early].sum(axis=1, keepdims=True)
    rest_rate = won_rest[:, early].sum(axis=1, keepdims=True) / rest
    won = won_core + won_rest
    level = won[:, early].sum(axis=1, keepdims=True) / n[:, early].sum(axis=1, keepdims=True)
    adjusted = share_of(won - core * core_rate - (n - core) * rest_rate, n) + level
    counts = n.astype(np.float64)
    return (
        Weekly(values=share_of(won, n), n=counts, terms=terms),
        Weekly(values=adjusted, n=counts, terms=terms),
    )


def remembering(
    rng: np.random.Generator, series: int, periods: int, variance: float, correlation: float
) -> FloatArray:
    """A stationary first-order autoregression, (series, periods)."""
    noise = rng.normal(size=(series, periods))
    values: FloatArray = noise * np.sqrt(variance * (1.0 - correlation**2))
    values[:, 0] = rng.normal(size=series) * np.sqrt(variance)
    for period in range(1, periods):
        values[:, period] += correlation * values[:, period - 1]
    return values


def usual_deals(rng: np.random.Generator, series: int, ordinary: Ordinary, terms: FloatArray) -> FloatArray:
    """Deals to be expected in each week, (series, periods): the calendar, irregular weeks, and 0 in a missing one."""
    calendar = (1.0 + ordinary.quarter_end_deals * terms[:, 0]) * (1.0 - ordinary.holiday_deals * terms[:, 2])
    calendar = calendar * (1.0 + ordinary.month_end_deals * terms[:, 1])
    usual: FloatArray = np.tile(ordinary.deals * calendar, (series, 1))
    if ordinary.irregular:
        scatter = ordinary.irregular * rng.normal(size=usual.shape)
        usual *= np.exp(scatter - ordinary.irregular**2 / 2.0)
    if ordinary.missing:
        usual *= rng.random(usual.shape) >= ordinary.missing
    return usual


def chances(
    rng: np.random.Generator, series: int, periods: int, ordinary: Ordinary, change: Change | None
) -> FloatArray:
    """The chance that a deal is won in each week, (series, periods)."""
    spread = float(np.sqrt(ordinary.rate * (1.0 - ordinary.rate)))
    path = ordinary_path(rng, series, periods, ordinary, spread)
    chances: FloatArray = np.clip(ordinary.rate + path + _added(change, periods), 0.01, 0.99)
    return chances


def ordinary_path(
    rng: np.random.Generator, series: int, periods: int, ordinary: Ordinary, spread: float
) -> FloatArray:
    """Season, trend, weekly effect, turnover and odd weeks; `spread` is one deal's standard deviation."""
    terms = calendar_terms(periods)
    season = terms @ [ordinary.quarter_end_rate, ordinary.month_end_rate, 0.0]
    season = season + ordinary.season * np.sin(2.0 * np.pi * np.arange(periods) / YEAR)
    trend = ordinary.trend * np.arange(periods) / YEAR
    weekly = remembering(rng, series, periods, ordinary.rho * spread**2, ordinary.phi)
    turnover = remembering(rng, series, periods, ordinary.turnover**2, float(np.exp(-1.0 / YEAR)))
    odd = (rng.random((series, periods)) < ordinary.outliers) * rng.choice([-1.0, 1.0], (series, periods))
    path: FloatArray = season + trend + weekly + turnover + ordinary.outlier * odd
    return path


def _deals(rng: np.random.Generator, series: int, ordinary: Ordinary, terms: FloatArray) -> np.ndarray:
    return rng.poisson(usual_deals(rng, series, ordinary, terms))


def _added(change: Change | None, periods: int) -> FloatArray:
    return np.zeros(periods) if change is None else change.path(periods)


def share_of(part: np.ndarray, whole: np.ndarray) -> FloatArray:
    """`part` / `whole`, nan where `whole` is 0."""
    share: FloatArray = np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    return share
