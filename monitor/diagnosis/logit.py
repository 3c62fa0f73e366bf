"""A second opinion on a win rate: a binomial GLM of won on period, tier, segments, tenure and calendar.

The split compares two windows stratum by stratum; this model asks the same of every deal at once, with the calendar
of the day it was decided, its segments and the tenure of its seller held still. Where the two disagree no cause is
named.

    logit P(won) = level + tier + segments + new seller + what was offered, where lost deals say so
                   + month end, quarter end, month of quarter + beta * (after the change)

Deals count by their weight. Errors are clustered by week, which holds both what the deals of one batch share and what
all deals of a week do (Liang and Zeger 1986). The answer is the average marginal effect of the period in points, its
error by the delta method. Fitted by Fisher scoring on the normal equations, which are small: the same numbers as
statsmodels' GLM with clustered covariance (a test holds that), in a twentieth of its time and without loading it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from monitor.diagnosis.people import THERE_FROM_THE_START, first_weeks
from monitor.diagnosis.split import Estimate
from monitor.observations import BoolArray, IntArray, Observations
from monitor.types import FloatArray

LEAST_WEEKS = 8
LEAST_DEALS = 20
"""Deals of a segment value below which it has no term of its own."""
MOST_STEPS, CLOSE = 25, 1e-10
NEW_WEEKS = 13
ADDS_NOTHING = 1e-9


def period_effect(
    observed: Observations,
    weights: FloatArray,
    before: IntArray,
    after: IntArray,
    band: IntArray | None = None,
) -> Estimate | None:
    """The change of the win rate from the weeks `before` to the weeks `after`, everything else held still.

    band   of each deal's offered discount, where lost deals carry one (`monitor.diagnosis.offers`)

    None where the model cannot be fitted: too few weeks, or outcomes that one of its terms tells entirely.
    """
    position = np.full(
        int(max(before.max(initial=0), after.max(initial=0), observed.week.max(initial=0))) + 1, -1
    )
    position[before], position[after] = 0, 1
    period = position[observed.week]
    used = (period >= 0) & (weights > 0)
    weeks = np.unique(observed.week[used])
    won = observed.value[used]
    if len(weeks) < LEAST_WEEKS or won.min(initial=1.0) == won.max(initial=0.0):
        return None
    design = _design(period[used].astype(np.float64), observed, used, weights[used], band)
    return _effect(won, design, weights[used], observed.week[used], len(weeks))


def _design(
    period: FloatArray, observed: Observations, used: BoolArray, weights: FloatArray, band: IntArray | None
) -> FloatArray:
    """Columns: the period, an intercept, and the terms; those that add nothing to the ones before are left out."""
    everything = np.column_stack([period, np.ones_like(period), *_terms(observed, used, band)])
    gram = everything.T @ (everything * weights[:, None])
    kept: list[int] = []
    for column in range(len(gram)):
        within = gram[np.ix_(kept, kept)]
        along = np.linalg.lstsq(within, gram[kept, column], rcond=None)[0] if kept else np.empty(0)
        left = gram[column, column] - gram[column, kept] @ along
        if left > ADDS_NOTHING * max(gram[column, column], 1e-300):
            kept.append(column)
    design: FloatArray = everything[:, kept]
    return design


def _terms(observed: Observations, used: BoolArray, band: IntArray | None) -> Iterator[FloatArray]:
    for codes in (observed.tier, *observed.segments.values(), *(() if band is None else (band,))):
        here = codes[used]
        values, counts = np.unique(here, return_counts=True)
        for value in values[counts >= LEAST_DEALS][1:]:
            yield (here == value).astype(np.float64)
    if (observed.owner >= 0).any():
        first = first_weeks(observed)
        tenure = observed.week - first
        later = first >= observed.begins + THERE_FROM_THE_START
        new = (observed.owner >= 0) & later & (tenure < NEW_WEEKS)
        yield new[used].astype(np.float64)
    yield from observed.day_terms[used].T


def fit(
    won: FloatArray, design: FloatArray, weights: FloatArray, clusters: IntArray
) -> tuple[FloatArray, FloatArray] | None:
    """Coefficients and their clustered covariance; None where the likelihood has no maximum.

    won, weights, clusters  (deals,); design (deals, terms)
    """
    beta = np.zeros(design.shape[1])
    for _ in range(MOST_STEPS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(design @ beta, -30, 30)))
        information = design.T @ (design * (weights * chance * (1.0 - chance))[:, None])
        try:
            step = np.linalg.solve(information, design.T @ (weights * (won - chance)))
        except np.linalg.LinAlgError:
            return None
        beta = beta + step
        if np.abs(step).max() < CLOSE:
            break
    else:
        return None
    chance = 1.0 / (1.0 + np.exp(-(design @ beta)))
    bread = np.linalg.inv(design.T @ (design * (weights * chance * (1.0 - chance))[:, None]))
    _, cluster = np.unique(clusters, return_inverse=True)
    scores = np.zeros((int(cluster.max()) + 1, design.shape[1]))
    np.add.at(scores, cluster, design * (weights * (won - chance))[:, None])
    groups, (deals, terms) = len(scores), design.shape
    small_sample = groups / (groups - 1) * (deals - 1) / (deals - terms)
    covariance: FloatArray = small_sample * bread @ (scores.T @ scores) @ bread
    return beta, covariance


def _effect(
    won: FloatArray, design: FloatArray, weights: FloatArray, week: IntArray, weeks: int
) -> Estimate | None:
    fitted = fit(won, design, weights, week)
    if fitted is None:
        return None
    beta, covariance = fitted
    value, gradient = _marginal(design, beta, weights)
    variance = float(gradient @ covariance @ gradient)
    if not np.isfinite(value) or not np.isfinite(variance) or variance <= 0:
        return None
    return Estimate(value=value, error=float(np.sqrt(variance)), freedom=float(weeks - 2))


def _marginal(design: FloatArray, beta: FloatArray, weights: FloatArray) -> tuple[float, FloatArray]:
    """The weighted mean of P(won | after) - P(won | before) over all deals, and its gradient in beta."""
    share = weights / weights.sum()
    value, gradient = 0.0, np.zeros_like(beta)
    for period, sign in ((1.0, 1.0), (0.0, -1.0)):
        at = design.copy()
        at[:, 0] = period
        chance = 1.0 / (1.0 + np.exp(-(at @ beta)))
        value += sign * float(share @ chance)
        gradient += sign * (share * chance * (1.0 - chance)) @ at
    return value, gradient
