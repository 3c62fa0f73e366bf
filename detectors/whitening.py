"""Whitening by a Kalman filter whose gain needs no data.

The null model of a period, per-deal variance 1:  x = W'beta + u + a + e, with
    u  slow level drift, an Ornstein-Uhlenbeck process that forgets over 104 periods, stationary variance `drift`
    a  weekly effect, autoregressive with coefficient `phi`, stationary variance `rho`
    e  sampling noise, variance (1 - rho) / n
Gain and innovation variance follow from n alone, so one linear filter whitens the values, every regressor and
every candidate's step alike. A period without deals (n = 0) is a prediction step and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.types import FloatArray, IntArray

FORGETTING = float(np.exp(-1.0 / 104.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """One period's gain on level and weekly effect, and the innovation's precision 1 / F; all of shape (S,).

    All are 0 where there are no deals.
    """

    level: FloatArray
    weekly: FloatArray
    precision: FloatArray


class Whitener:
    """The covariance recursion of the filter for S series, from the stationary variances on.

    `drift` has shape (S,).
    """

    def __init__(self, drift: FloatArray, rho: float, phi: float) -> None:
        self._drift, self._rho, self._phi = drift, rho, phi
        self._level = drift.copy()
        self._cross = np.zeros_like(drift)
        self._weekly = np.full_like(drift, rho)

    def gain(self, n: FloatArray) -> Gain:
        """The gain of a period with `n` effective deals (S,); the filter then stands at the next period."""
        to_level, to_weekly = self._level + self._cross, self._cross + self._weekly
        observed = n > 0
        noise = (1.0 - self._rho) / np.where(observed, n, 1.0)
        precision = observed / (to_level + to_weekly + noise)
        gain = Gain(level=to_level * precision, weekly=to_weekly * precision, precision=precision)
        theta, phi = FORGETTING, self._phi
        level = self._level - gain.level * to_level
        cross = self._cross - gain.level * to_weekly
        weekly = self._weekly - gain.weekly * to_weekly
        self._level = theta * theta * level + (1.0 - theta * theta) * self._drift
        self._cross = theta * phi * cross
        self._weekly = phi * phi * weekly + (1.0 - phi * phi) * self._rho
        return gain

    def put(self, rows: IntArray, part: Whitener) -> None:
        """Let series `rows` stand where the series of `part` stand."""
        self._level[rows] = part._level
        self._cross[rows] = part._cross
        self._weekly[rows] = part._weekly


class Filtered:
    """What the filter expects of drift and weekly effect in each of the signals, an array of shape (S, ...)."""

    def __init__(self, shape: tuple[int, ...], phi: float) -> None:
        self._level = np.zeros(shape)
        self._weekly = np.zeros(shape)
        self._phi = phi

    @property
    def expected(self) -> FloatArray:
        """The next value of each signal, as far as its own past tells."""
        expected: FloatArray = self._level + self._weekly
        return expected

    def absorb(self, innovation: FloatArray, gain: Gain) -> None:
        """Learn this period's innovation and step to the next period."""
        wide = (slice(None),) + (None,) * (innovation.ndim - 1)
        self._level += gain.level[wide] * innovation
        self._level *= FORGETTING
        self._weekly += gain.weekly[wide] * innovation
        self._weekly *= self._phi

    def put(self, rows: IntArray, part: Filtered) -> None:
        """Let series `rows` stand where the series of `part` stand."""
        self._level[rows] = part._level
        self._weekly[rows] = part._weekly
