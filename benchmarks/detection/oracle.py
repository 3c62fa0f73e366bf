"""The limits to compare a detector with: one that knows everything, and one that must learn the level alone.

`oracle` is the CUSUM of Lorden (1971) and Moustakides (1986), which no detector with the same run length beats in the
worst case, carried to a process that remembers: the largest log-likelihood ratio over all starts of the last
LONGEST periods, each through the Kalman filter of the simulator's own model. It knows the level, the season, every
variance, the odd weeks, and the size, the sign and the shape of the change.

`semi_oracle` knows all of that but the level: the likelihood ratio is that of what is left of the values when an
unknown level is taken out, so it pays for learning the level as any detector must. Odd weeks it cuts at three
standard deviations.

Both return a strength (series, periods) to be held against a level that `detectors.calibrate.fit_level` fits.
The likelihoods are Gaussian: exact for none of the families, close for rates of many deals.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from detectors.simulate import YEAR, Ordinary, Weekly
from detectors.types import FloatArray

LONGEST = 156
CUT = 3.0
MOST_HELD = 60.0  # a log-likelihood ratio of one week beyond this says no more


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What the simulator was told, in the unit of the values.

    ordinary, spread  the settings, and one deal's standard deviation
    sampling          variance of a week's mean over that of the plain mean of its deals (below 1 for trimmed tails)
    step              what the change adds 1, 2, ... periods after it began; constant after the last
    """

    ordinary: Ordinary
    spread: float
    step: FloatArray
    sampling: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filtered:
    """Innovations of the values, less level and season, and their variances, both (S, T).

    `expected` (2, S, T) is the gain on drift and weekly effect, for filtering any other signal.
    """

    innovation: FloatArray
    variance: FloatArray
    gain: FloatArray
    forget: FloatArray


def oracle(made: Weekly, truth: Truth) -> FloatArray:
    """The CUSUM that knows everything, (S, T)."""
    known = _filtered(made, truth)
    odd, size = truth.ordinary.outliers, truth.ordinary.outlier
    series, periods = made.values.shape
    strength = np.zeros((series, periods))
    steps = _Steps(series, known.forget)
    total = np.zeros((series, LONGEST))
    for t in range(periods):
        added = steps.next(truth.step, known.gain[:, :, t])
        e, variance = known.innovation[:, t, None], known.variance[:, t, None]
        gain = _log_density(e - added, variance, odd, size) - _log_density(e, variance, odd, size)
        total = np.roll(total, 1, axis=1)
        total[:, 0] = 0.0
        total += np.clip(gain, -MOST_HELD, MOST_HELD) * steps.opened
        strength[:, t] = total.max(axis=1)
    return strength


def semi_oracle(made: Weekly, truth: Truth, learning: int) -> FloatArray:
    """The CUSUM that knows all but the level, which it learns from all periods; starts from `learning` on; (S, T)."""
    known = _filtered(made, truth)
    series, periods = made.values.shape
    strength = np.full((series, periods), -np.inf)
    level = _Steps(series, known.forget, width=1)
    steps = _Steps(series, known.forget)
    weight, moment = np.zeros(series), np.zeros(series)
    own, cross, product = (np.zeros((series, LONGEST)) for _ in range(3))
    for t in range(periods):
        one = level.same(known.gain[:, :, t])
        precision = np.where(np.isfinite(known.variance[:, t]), 1.0 / known.variance[:, t], 0.0)
        e = known.innovation[:, t]
        if t >= learning // 2:
            expected = moment / weight * one
            reach = CUT / np.sqrt(np.maximum(precision, 1e-12)) + np.abs(truth.step).max()
            e = expected + np.clip(e - expected, -reach, reach)
        weight += precision * one**2
        moment += precision * one * e
        if t < learning:
            continue
        added = steps.next(truth.step, known.gain[:, :, t])
        own, cross, product = (np.roll(sums, 1, axis=1) for sums in (own, cross, product))
        for sums in (own, cross, product):
            sums[:, 0] = 0.0
        own += precision[:, None] * added**2
        cross += precision[:, None] * added * one[:, None]
        product += precision[:, None] * added * e[:, None]
        score = product - cross * (moment / weight)[:, None]
        information = own - cross**2 / weight[:, None]
        ratio = np.where(steps.opened, score - information / 2.0, -np.inf)
        strength[:, t] = ratio.max(axis=1)
    return strength


class _Steps:
    """The innovations of a change from each of the last LONGEST starts, the newest first."""

    def __init__(self, series: int, forget: FloatArray, width: int = LONGEST) -> None:
        self._state = np.zeros((2, series, width))
        self._forget = forget[:, None, None]
        self._age = 0

    @property
    def opened(self) -> FloatArray:
        """1 for each start there has been, 0 for the rest, (LONGEST,)."""
        return (np.arange(self._state.shape[2]) < self._age).astype(np.float64)

    def next(self, step: FloatArray, gain: FloatArray) -> FloatArray:
        """The innovation of each start's change in the next period, (S, LONGEST); gain (2, S)."""
        self._age += 1
        self._state = np.roll(self._state, 1, axis=2)
        self._state[:, :, 0] = 0.0
        ages = np.minimum(np.arange(self._state.shape[2]), len(step) - 1)
        return self._filter(step[ages], gain)

    def same(self, gain: FloatArray) -> FloatArray:
        """The innovation of a constant 1 in the next period, (S,)."""
        return self._filter(np.ones(1), gain)[:, 0]

    def _filter(self, signal: FloatArray, gain: FloatArray) -> FloatArray:
        innovation: FloatArray = signal - self._state.sum(axis=0)
        self._state = self._forget * (self._state + gain[:, :, None] * innovation)
        return innovation


def _filtered(made: Weekly, truth: Truth) -> _Filtered:
    """The values through the Kalman filter of the simulator: drift, weekly effect and sampling noise."""
    ordinary, spread = truth.ordinary, truth.spread
    season = made.terms @ [ordinary.quarter_end_rate, ordinary.month_end_rate, 0.0]
    rest = np.nan_to_num(made.values - ordinary.rate - season)
    stationary = np.array([ordinary.turnover**2, ordinary.rho * spread**2])
    forget = np.array([math.exp(-1.0 / YEAR), ordinary.phi])
    series, periods = rest.shape
    state = np.zeros((2, series))
    covariance = np.tile(np.diag(stationary)[:, :, None], (1, 1, series))
    fade = forget[:, None, None] * forget[None, :, None]
    new = np.diag((1.0 - forget**2) * stationary)[:, :, None]
    innovation, variance = np.zeros((series, periods)), np.full((series, periods), np.inf)
    gain = np.zeros((2, series, periods))
    for t in range(periods):
        seen = made.n[:, t] > 0
        toward = covariance.sum(axis=1)
        noise = truth.sampling * (1.0 - ordinary.rho) * spread**2 / np.maximum(made.n[:, t], 1.0)
        predicted = toward.sum(axis=0) + noise
        gain[:, :, t] = seen * toward / predicted
        innovation[:, t] = seen * (rest[:, t] - state.sum(axis=0))
        variance[seen, t] = predicted[seen]
        state = forget[:, None] * (state + gain[:, :, t] * innovation[:, t])
        left = covariance - gain[:, None, :, t] * toward[None]
        covariance = fade * left + new
    return _Filtered(innovation=innovation, variance=variance, gain=gain, forget=forget)


def _log_density(e: FloatArray, variance: FloatArray, odd: float, size: float) -> FloatArray:
    """Ln of the density of innovations, odd weeks by `size` up or down among them; 0 where nothing was seen."""
    seen = np.isfinite(variance)
    precision = np.where(seen, 1.0 / variance, 0.0)
    usual = np.exp(-0.5 * e * e * precision)
    moved = np.exp(-0.5 * (e - size) ** 2 * precision) + np.exp(-0.5 * (e + size) ** 2 * precision)
    density: FloatArray = np.log((1.0 - odd) * usual + 0.5 * odd * moved + 1e-30)
    return np.where(seen, density, 0.0)
