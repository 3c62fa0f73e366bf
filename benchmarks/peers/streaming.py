"""Methods that take in one value at a time: river's Page-Hinkley and ADWIN, FOCuS, Bayesian online change points."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from benchmarks.peers.given import CHANGE_AT, HORIZON, LEARNING, TUNING, Given, falls, nulls
from detectors import evaluate
from detectors.calibrate import fit_level
from detectors.types import FloatArray

Strength = Callable[[Given], FloatArray]

DELTAS = (0.01, 0.02, 0.03, 0.04)  # of Page-Hinkley, tried on series of their own
ADWIN_LEVELS = (2.0, -float(np.log10(0.002)), 3.5, 4.5, 6.0, 8.0, 11.0, 15.0)  # -log10 of its delta
LAM = (
    250.0  # weeks between changes that BOCPD expects; far more, and version 0.4.0 gives probabilities above 1
)
WANTED = 4160.0


def page_hinkley(delta: float, mode: str) -> Strength:
    """The statistic that is held against the threshold; river has no public name for it."""

    def strength(given: Given) -> FloatArray:
        from river.drift import PageHinkley

        found = np.full(given.rates.shape, -np.inf)
        for row, series in zip(found, given.rates.tolist(), strict=True):
            method = PageHinkley(min_instances=30, delta=delta, threshold=np.inf, mode=mode)
            for week, value in enumerate(series):
                method.update(value)
                if week >= LEARNING:
                    row[week] = _statistic(method, mode)
        return found

    return strength


def _statistic(method: Any, mode: str) -> float:
    fall = method._max_decrease - method._sum_decrease
    rise = method._sum_increase - method._min_increase
    return float(fall if mode == "down" else max(fall, rise))


def tuned_page_hinkley(given: Given) -> FloatArray:
    """One-sided, with the delta that finds a fall of 8 points soonest on series like these: it is told the truth."""
    return page_hinkley(best_delta(), "down")(given)


@cache
def best_delta() -> float:
    """The delta with the shortest mean delay at 8 points, at matched false alarms, on the tuning seeds."""
    quiet, fallen = nulls(400, seed=TUNING), falls(200, 8, seed=TUNING)

    def mean_delay(delta: float) -> float:
        strength = page_hinkley(delta, "down")
        bar = fit_level(strength(quiet), wanted=WANTED, start=LEARNING)
        return evaluate.mean_delay(evaluate.delays(strength(fallen) >= bar.level, CHANGE_AT), HORIZON)

    return min(DELTAS, key=mean_delay)


def focus(side: str) -> Strength:
    """FOCuS for a Gaussian mean, level unknown; the values in standard deviations of the first year."""

    def strength(given: Given) -> FloatArray:
        from changepoint_online import Focus, Gaussian

        found = np.full(given.rates.shape, -np.inf)
        for row, series in zip(found, given.standard.tolist(), strict=True):
            method = Focus(Gaussian(), side=side)
            for week, value in enumerate(series):
                method.update(value)
                if week >= LEARNING:
                    row[week] = method.statistic()
        return found

    return strength


def bocpd(given: Given) -> FloatArray:
    """Ln of the odds that there has been a change at all, from the run-length posterior."""
    import changepoint

    found = np.full(given.rates.shape, -np.inf)
    for row, series in zip(found, given.standard.tolist(), strict=True):
        method = changepoint.Bocpd(prior=changepoint.NormalGamma(), lam=LAM)
        for week, value in enumerate(series):
            none = method.step(value)[-1]
            if week >= LEARNING:
                row[week] = np.log(max(1.0 - none, 1e-300)) - np.log(max(none, 1e-300))
    return found


def adwin_weekly(given: Given) -> FloatArray:
    """ADWIN over weekly rates, looked at each week; the strictest delta at which it has spoken."""
    return _adwin([[[value] for value in series] for series in given.rates.tolist()], clock=1)


def adwin_deals(given: Given) -> FloatArray:
    """ADWIN over single deals in random order within their week, as its documentation has it."""
    rng = np.random.default_rng(TUNING)
    deals = []
    for values, n in zip(given.made.values, given.made.n.astype(int), strict=True):
        won = np.nan_to_num(np.rint(values * n)).astype(int)
        deals.append(
            [rng.permutation(np.arange(m) < w).astype(float).tolist() for m, w in zip(n, won, strict=True)]
        )
    return _adwin(deals, clock=32)


def _adwin(deals: list[list[list[float]]], clock: int) -> FloatArray:
    """One ADWIN a level beside one another; each counts up to its first word after the first year."""
    from river.drift import ADWIN

    found = np.full((len(deals), len(deals[0])), -np.inf)
    for row, series in zip(found, deals, strict=True):
        for level in ADWIN_LEVELS:
            method = ADWIN(delta=10.0**-level, clock=clock)
            for week, values in enumerate(series):
                spoke = False
                for value in values:
                    method.update(value)
                    spoke = spoke or method.drift_detected
                if spoke and week >= LEARNING:
                    row[week] = max(row[week], level)
                    break
    return found
