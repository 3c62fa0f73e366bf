"""When a change began, how large it is, and how large one could be that nobody has noticed.

The posterior over start periods is proportional to the Bayes factors, the prior flat. Given a start and a shape,
the size has the plain normal prior N(0, WIDTH^2 sigma^2), wider than the one that finds changes: what has been found
is no longer presumed to be of a usual size. It then follows Student's t with df degrees around S v, v = WIDTH^2 /
(1 + WIDTH^2 I), shrunk towards 0, which offsets the winner's curse at an alarm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from detectors.evidence import Scale
from detectors.student import quantile_95
from detectors.types import FloatArray, IntArray, SignArray

TAILS = (0.5, 0.05, 0.95)
WIDTH = 1.4  # in standard deviations of a typical period


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Posterior mean of the step, its 90 % interval and P(|step| >= the size that matters), each (S,)."""

    mean: FloatArray
    low: FloatArray
    high: FloatArray
    matters: FloatArray


def start_quantiles(weights: FloatArray, starts: IntArray) -> FloatArray:
    """Median, 5 % and 95 % quantile of the start, shape (3, S), from its posterior (S, C); nan without any."""
    running = np.cumsum(weights, axis=1)
    total = running[:, -1]
    places = [(running < tail * total[:, None]).sum(axis=1) for tail in TAILS]
    quantiles: FloatArray = starts[np.minimum(np.stack(places), len(starts) - 1)].astype(np.float64)
    quantiles[:, total == 0.0] = np.nan
    return quantiles


def reach_back(low: FloatArray, direction: FloatArray, cut: SignArray, starts: IntArray) -> FloatArray:
    """The lower bound of the start, moved back over the periods just before it that were cut the step's way.

    low, direction (S,); cut (S, C). A wild value counts as a few standard deviations only; where it was the first
    of a large step, that makes it look like a half-way house, and the step seem to begin later.
    """
    low = low.copy()
    for series in np.flatnonzero((cut != 0.0).any(axis=1) & np.isfinite(low)):
        column = int(np.searchsorted(starts, low[series]))
        while (
            column > 0
            and starts[column - 1] == low[series] - 1
            and cut[series, column - 1] * direction[series] > 0
        ):
            column -= 1
            low[series] -= 1
    return low


def effect(
    weights: FloatArray, information: FloatArray, score: FloatArray, scale: Scale, matters_if: FloatArray
) -> Effect:
    """The size of the change from the posterior `weights` (S, M); `matters_if` (S,) is nan where none is set.

    The interval is that of a t distribution with the mixture's mean and spread.
    """
    df = np.maximum(scale.df, 1)
    variance = 1.0 / (WIDTH**-2 + information)
    mean = score * variance
    total = weights.sum(axis=1)
    known = total > 0.0
    total = np.where(known, total, 1.0)
    centre = np.einsum("sm,sm->s", weights, mean) / total
    left = scale.rss[:, None] - score * mean
    np.maximum(left, 0.0, out=left)
    left *= variance
    left /= df[:, None]
    mean -= centre[:, None]
    mean *= mean
    left += mean
    deviation = np.sqrt(np.einsum("sm,sm->s", weights, left) / total)
    quantile = np.array([quantile_95(int(one)) for one in df])
    centre = np.where(known, centre, np.nan)
    return Effect(
        mean=centre,
        low=centre - quantile * deviation,
        high=centre + quantile * deviation,
        matters=_beyond(matters_if, centre, deviation, df),
    )


def _beyond(size: FloatArray, centre: FloatArray, deviation: FloatArray, df: IntArray) -> FloatArray:
    """P(|step| >= size)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        above = stdtr(df.astype(np.float64), (centre - size) / deviation)
        below = stdtr(df.astype(np.float64), (-centre - size) / deviation)
    certain = (np.abs(centre) >= size).astype(np.float64)
    beyond = np.where(deviation > 0.0, above + below, certain)
    return np.where(np.isnan(size) | np.isnan(centre), np.nan, np.minimum(beyond, 1.0))


def still_possible(information: FloatArray, score: FloatArray, scale: Scale) -> tuple[FloatArray, FloatArray]:
    """The 90 % interval of the step of one candidate, I and S of shape (S,), not shrunk: S / I +- t sd.

    nan where there is no information or fewer than two degrees of freedom.
    """
    defined = (information > 0.0) & (scale.df >= 2)
    i = np.where(defined, information, 1.0)
    df = np.where(defined, scale.df - 1, 1)
    estimate = np.where(defined, score / i, np.nan)
    left = np.maximum(scale.rss - score**2 / i, 0.0)
    half = np.array([quantile_95(int(one)) for one in df]) * np.sqrt(left / (df * i))
    return estimate - half, estimate + half
