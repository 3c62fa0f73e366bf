"""The bar that gives a wanted run length to a false alarm, fitted by simulation on series without a change.

The guaranteed bar needs none of this: at R >= h a false alarm comes less than once in h periods. Where the noise
is known well enough to be simulated, a lower bar keeps the same run length and finds changes sooner. R starts at 0,
so false alarms are rarer at first than later; a bar fitted on short series would be too low. It is fitted on what
comes after `evaluate.EARLY` periods of watching.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from detectors.evaluate import EARLY, RunLength, run_length
from detectors.invariant_sr import scan_batch
from detectors.simulate import Weekly
from detectors.types import FloatArray, Readings

LOWEST = 26.0  # weeks; alarms at bars below are not told apart

Null = Callable[[np.random.Generator, int], Weekly]
"""Makes that many series in which nothing changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar for a run length of `wanted` periods, in units of the strength it is held against: ln R, as a rule.

    `low` and `high` bound it at 90 %: the bars whose measured run length has `wanted` as its upper and as its
    lower limit. `alarms` came in `exposure` periods at `level`.
    """

    wanted: float
    level: float
    low: float
    high: float
    alarms: int
    exposure: int

    @property
    def arl(self) -> float:
        """The bar as the detector takes it: its setting `arl`, in periods."""
        return math.exp(self.level)


def calibrate(
    null: Null,
    rng: np.random.Generator,
    *,
    wanted: float,
    series: int = 400,
    learning: int = 52,
    **settings: Any,
) -> Bar:
    """The bar at which the detector alarms once in `wanted` periods on `series` series that `null` makes.

    `settings` are those of `scan_batch`, the bar apart. Pass the result's `arl` to the detector. Series must be
    longer than `learning` + EARLY periods; three times `wanted` periods beyond that, over all series, are the
    least that bounds the bar from above. Raises ValueError where they are not there.
    """
    made = null(rng, series)
    readings = scan_batch(made.values, made.n, made.terms, learning=learning, arl=LOWEST, **settings)
    return fit_level(strengths(readings), wanted=wanted, start=learning + EARLY)


def strengths(readings: Readings) -> FloatArray:
    """Ln R where nothing but the bar keeps an alarm back, -inf elsewhere; (S, T).

    Of readings made at the bar LOWEST: `strengths(readings) >= ln h` are then the alarms at any higher bar h, for
    the other conditions of an alarm do not depend on the bar once it is passed.
    """
    return np.where(readings.alarm, readings.evidence, -np.inf)


def fit_level(strength: FloatArray, *, wanted: float, start: int) -> Bar:
    """The lowest level that `strength` (S, T) reaches at most once in `wanted` periods, from `start` on.

    Works for any statistic that alarms when it is large. Raises ValueError for a level that the series cannot
    tell: too few periods to bound it, or a run length shorter than any that was seen.
    """
    peaks = np.maximum.accumulate(strength, axis=1)
    finite = peaks[np.isfinite(peaks)]
    if start >= strength.shape[1]:
        raise ValueError(f"series of {strength.shape[1]} periods leave none to fit on from period {start} on")
    if not len(finite):
        raise ValueError("no series ever comes near an alarm; make more or longer series")
    floor, ceiling = float(finite.min()), float(np.nextafter(finite.max(), np.inf))

    def measured(level: float) -> RunLength:
        return run_length(peaks >= level, start)

    most = measured(ceiling)
    if not most.low >= wanted:
        raise ValueError(
            f"{most.exposure} periods are too few for a run length of {wanted:g}; make more or longer series"
        )
    if _no_shorter(measured(floor), "arl", wanted):
        raise ValueError(f"a run length of {wanted:g} periods is shorter than any that was seen")

    def lowest(limit: str) -> float:
        low, high = floor, ceiling
        while high - low > 1e-6 * max(1.0, abs(high)):
            middle = (low + high) / 2.0
            low, high = (low, middle) if _no_shorter(measured(middle), limit, wanted) else (middle, high)
        return high

    level = lowest("arl")
    found = measured(level)
    return replace(
        Bar(wanted=wanted, level=level, low=level, high=level, alarms=found.alarms, exposure=found.exposure),
        low=lowest("high"),
        high=lowest("low"),
    )


def _no_shorter(measured: RunLength, limit: str, wanted: float) -> bool:
    """Whether a run length, or a limit of it, reaches `wanted`; one without an alarm is as long as anything."""
    if not measured.exposure:
        return False
    value = float(getattr(measured, limit))
    return math.isnan(value) or value >= wanted
