"""Bayes factors of a step against no step, level, season and noise scale integrated out.

The size of a step, in standard deviations sigma of a typical period, has the moment prior of Johnson and Rossell ("On
the use of non-local prior densities in Bayesian hypothesis tests", JRSS B, 2010), mixed over a few nu:

    p(theta) = theta^2 / nu^2 N(theta; 0, nu^2),    most likely at +- sqrt(2) nu, and nought at 0

A prior that is largest at 0 spends most of its weight on steps nobody could find, and takes slow drift for one.
Level, season and sigma have the right-Haar prior d beta d sigma / sigma: the factor is then the likelihood ratio of
the maximal invariant, hence a martingale of mean 1 whatever level, season and scale are (Perez-Ortiz, Lardy, de
Heide, Grunwald, "E-statistics, group invariance and anytime-valid testing", Ann. Statist. 2024). With information I,
score S, RSS on df degrees of freedom, r^2 = S^2 / (I RSS), a = nu^2 I, and q^2 = r^2 a / (1 + a), signed like S:

    ln BF = -3/2 ln(1 + a) - (df/2 + 1) ln(1 - q^2) + ln(1 + (df - 1) q^2) + ln(1 + tilt (2 P(theta > 0) - 1))

P(theta > 0) is the posterior's (`student.sign_belief`). `tilt` = 2 w - 1 upwards, 1 - 2 w downwards, gives one
direction the share w of the prior; 0 treats them alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.student import sign_belief
from detectors.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The noise as measured so far: rss (S,) on df (S,) degrees of freedom; both 0 while nothing varied."""

    rss: FloatArray
    df: IntArray


def log_bayes_factors(
    information: FloatArray, score: FloatArray, scale: Scale, sizes: FloatArray, tilt: FloatArray
) -> FloatArray:
    """Ln BF, shape (S, J, ...), from `information` and `score` of shape (S, ...), `sizes` (J,), `tilt` (S,).

    0 for a series whose values never varied: it says nothing about a scale, hence nothing about a step.
    """
    wide = (slice(None), *[None] * information.ndim)
    df = np.maximum(scale.df, 1)[wide]
    varied = scale.rss > 0.0
    rss = np.where(varied, scale.rss, 1.0)[wide]
    nu = sizes.reshape(-1, *[1] * (information.ndim - 1))
    left = 1.0 / (1.0 + nu**2 * information[:, None])
    root = np.sqrt(left)
    q = score[:, None] * root
    q *= nu / np.sqrt(rss)
    squared = np.minimum(q * q, 1.0 - left)  # r^2 is 1 at most, whatever rounding says
    weight = (df - 1.0) * squared
    weight += 1.0
    if tilt.any():
        belief = sign_belief(np.clip(q, -1.0, 1.0, out=q), np.maximum(scale.df, 1))
        belief *= tilt[wide]
        belief += 1.0
        weight *= belief
    weight *= left
    weight *= root
    unexplained = np.maximum(1.0 - squared, left, out=left)
    log_factor: FloatArray = np.log(weight, out=weight)
    log_factor -= (0.5 * df + 1.0) * np.log(unexplained, out=unexplained)
    if not varied.all():
        log_factor[~varied] = 0.0
    return log_factor


def partial_correlation(information: FloatArray, score: FloatArray, rss: FloatArray) -> FloatArray:
    """r, signed, of shape (S, ...): 0 where there is no information or no variation."""
    size = np.sqrt(information * rss[(slice(None), *[None] * (information.ndim - 1))])
    correlation = np.divide(score, size, out=np.zeros_like(score), where=size > 0.0)
    return np.clip(correlation, -1.0, 1.0)


def log_sum(log_values: FloatArray) -> FloatArray:
    """Ln of the sum of exp over all axes but the first, shape (S,); -inf for nothing."""
    return log_sum_and_shares(log_values)[0]


def log_sum_and_shares(log_values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """`log_sum`, and what each part is of the sum, in the shape of `log_values`; 0 where the sum is nothing."""
    if not log_values[0].size:
        return np.full(len(log_values), -np.inf), np.zeros_like(log_values)
    rest = tuple(range(1, log_values.ndim))
    largest = log_values.max(axis=rest, keepdims=True)
    finite = np.isfinite(largest)
    shares = np.exp(log_values - np.where(finite, largest, 0.0))
    total = shares.sum(axis=rest, keepdims=True)
    total[~finite] = 1.0
    shares /= total
    log_total = np.where(finite, largest + np.log(total), -np.inf)
    return log_total.reshape(len(log_values)), shares
