"""Cutting a finished series into regimes: where it changed, between which dates, from what to what.

For history before a baseline is learned, for charts, and for any table of time, value[, n]. One setting for all
series, and restraint first: a change must explain more than its price after season, outliers, trend and the noise's
own memory have explained what they can. Looking again every week at a growing series is the business of
`InvariantSR`, which keeps a promise about false alarms; this does not.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from detectors.cleaning import without_outliers, without_season
from detectors.partition import Degree, Pieces, best_cuts
from detectors.shapes import Data, Fit, Shape, fitted, shortest_piece
from detectors.types import ChangePoint, FloatArray, IntArray

PRICE = 2.5
WEEKLY_EFFECT = 0.02  # with many observations behind a value, this share of the variance stays
SHORTEST_SERIES = 8
SHORTEST_CURVE = 20
LONGEST_EXACT = 4000
MOST_CHANGES = 30  # a series with more is not one of regimes
PIECES: tuple[tuple[Degree, tuple[Shape, ...]], ...] = ((0, ("steps",)), (1, ("lines", "kinks")))


def segment(values: ArrayLike, n: ArrayLike | None = None, *, price: float = PRICE) -> list[ChangePoint]:
    """The changes of a finished series, in order of time.

    values   (T,), nan where missing
    n        (T,), observations behind each value (deals behind a rate): its variance is taken as
             0.02 + 0.98 / n of that of one; 0 where missing
    price    of a change, beyond that of the numbers it adds, in ln T; more finds fewer

    `index` is the first period of the new regime, `low` and `high` bound it at 90 %, `before` and `after` are the
    mean levels of the regimes on either side, season and outliers taken out. Series of fewer than 8 values are
    left whole; beyond 4000 values, neighbours are pooled first and the dates refined after. Raises ValueError for
    infinite values, a negative or infinite n, or shapes that do not fit.

    >>> segment([3.0, 3.1, 2.9, 3.0, 3.1, 5.0, 5.1, 4.9, 5.0, 5.1])[0].index
    5
    """
    x, weights = _checked(values, n, price)
    at = np.flatnonzero(weights > 0.0)
    x, weights = x[at], weights[at]
    if len(x) < SHORTEST_SERIES or np.ptp(x) <= 1e-12 * np.abs(x).max():
        return []
    level, unit = float(np.median(x)), float(np.ptp(x))
    weights = weights / weights.mean()
    clean = without_outliers(without_season((x - level) / unit, at), weights)
    if np.ptp(clean) == 0.0:
        return []
    data = Data(values=clean, weights=weights, times=at.astype(np.float64))
    return _points(_chosen(data, price), data, at, level, unit)


def _checked(values: ArrayLike, n: ArrayLike | None, price: float) -> tuple[FloatArray, FloatArray]:
    """Values (T,), and weights (T,) that are 0 where there is nothing."""
    x = np.asarray(values, dtype=np.float64)
    counts = np.ones(x.shape) if n is None else np.asarray(n, dtype=np.float64)
    if x.ndim != 1 or counts.shape != x.shape:
        raise ValueError(f"values and n have one and the same length, not {x.shape} and {counts.shape}")
    if np.isinf(x).any():
        raise ValueError(
            f"values must be finite, or nan where missing; number {int(np.isinf(x).argmax())} is not"
        )
    bad = ~((counts >= 0.0) & (counts < math.inf))
    if bad.any():
        raise ValueError(f"n must be a finite number, 0 or more; number {int(bad.argmax())} is not")
    if not price >= 0.0:
        raise ValueError(f"price must be 0 or more, not {price}")
    there = ~np.isnan(x) & (counts > 0.0)
    variance = WEEKLY_EFFECT + (1.0 - WEEKLY_EFFECT) / np.where(there, counts, 1.0)
    return x, np.where(there, 1.0 / variance, 0.0)


def _chosen(data: Data, price: float) -> Fit:
    """The best shape with its changes; of equals, the one with fewer changes."""
    size = -(-len(data.values) // LONGEST_EXACT)
    if size > 1:
        coarse = _chosen(data.pooled(size), price)
        return _refined(coarse.shape, tuple(change * size for change in coarse.changes), data, price)
    found = [
        fitted(data, "curve", (), price=price, degree=degree)
        for degree in (2, 3)
        if len(data.values) >= SHORTEST_CURVE
    ]
    for degree, shapes in PIECES:
        pieces = Pieces(data.values, data.weights, data.times, degree)
        for cut in best_cuts(pieces, shortest_piece(data, shapes[0]), MOST_CHANGES):
            found += [fitted(data, shape, cut.changes, price=price) for shape in shapes]
    best = min(found, key=_worth)
    if best.shape == "lines" and best.changes:  # bends were only tried where lines break best
        best = min(best, _refined("kinks", best.changes, data, price), key=_worth)
    return _refined(best.shape, best.changes, data, price)


def _worth(fit: Fit) -> tuple[float, int]:
    return fit.criterion, len(fit.changes)


def _refined(shape: Shape, changes: tuple[int, ...], data: Data, price: float) -> Fit:
    """Each change moved to its best place between its neighbours, until none moves."""
    for _ in range(10):
        before = changes
        for number in range(len(changes)):
            places, cost = data.profile(shape, changes, number)
            changes = (*changes[:number], int(places[cost.argmin()]), *changes[number + 1 :])
        if changes == before:
            break
    return fitted(data, shape, changes, price=price)


def _points(fit: Fit, data: Data, at: IntArray, level: float, unit: float) -> list[ChangePoint]:
    """The changes in the user's own index and unit, each with its 90 % bounds."""
    means = [
        level + unit * float(np.average(data.values[a:b], weights=data.weights[a:b]))
        for a, b in pairwise((0, *fit.changes, len(data.values)))
    ]
    points = []
    for number, change in enumerate(fit.changes):
        low, high = _interval(*data.profile(fit.shape, fit.changes, number), fit.long_run_variance)
        points.append(
            ChangePoint(
                index=int(at[change]),
                low=int(at[min(low, change)]),
                high=int(at[max(high, change)]),
                before=means[number],
                after=means[number + 1],
            )
        )
    return points


def _interval(places: IntArray, cost: FloatArray, variance: float) -> tuple[int, int]:
    """5 % and 95 % quantile of a change's place, its neighbours held, from the likelihood and a flat prior."""
    share = np.exp(-0.5 * (cost - cost.min()) / max(variance, np.finfo(np.float64).tiny))
    running = np.cumsum(share) / share.sum()
    low, high = (int(places[np.searchsorted(running, tail)]) for tail in (0.05, 0.95))
    return low, high
