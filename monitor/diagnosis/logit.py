"""A second opinion on a win rate: a binomial GLM of won on period, tier and calendar, standard errors by week.

The split compares two windows stratum by stratum; this model asks the same of every deal at once, with the calendar
of the day it was decided held still. Where the two disagree no cause is named.

    logit P(won) = level + tier + month end, quarter end, month of quarter + beta * (after the change)

Deals count by their weight. Errors are clustered by week, which holds both what the deals of one batch share and what
all deals of a week do (Liang and Zeger 1986). The answer is the average marginal effect of the period in points, its
error by the delta method.
"""

from __future__ import annotations

import warnings

import numpy as np

from monitor.diagnosis.split import Estimate
from monitor.observations import IntArray, Observations
from monitor.types import FloatArray

LEAST_WEEKS = 8


def period_effect(
    observed: Observations, weights: FloatArray, before: IntArray, after: IntArray
) -> Estimate | None:
    """The change of the win rate from the weeks `before` to the weeks `after`, tier and calendar held still.

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
    design = _design(period[used].astype(np.float64), observed, used)
    return _fit(won, design, weights[used], observed.week[used], len(weeks))


def _design(
    period: FloatArray, observed: Observations, used: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> FloatArray:
    """Columns: the period, an intercept, tiers but the first, calendar terms; those that add nothing are left out."""
    tier = observed.tier[used]
    tiers = [(tier == code).astype(np.float64) for code in np.unique(tier)[1:]]
    terms = [observed.day_terms[used, column] for column in range(observed.day_terms.shape[1])]
    columns = [period, np.ones_like(period)]
    for column in (*tiers, *terms):
        if np.linalg.matrix_rank(np.column_stack([*columns, column])) > len(columns):
            columns.append(column)
    return np.column_stack(columns)


def _fit(
    won: FloatArray, design: FloatArray, weights: FloatArray, week: IntArray, weeks: int
) -> Estimate | None:
    import statsmodels.api as sm  # seconds and 200 MB, and only a change of a win rate needs it
    from statsmodels.tools.sm_exceptions import PerfectSeparationError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # separation is answered below, in the covariance
        try:
            fitted = sm.GLM(won, design, family=sm.families.Binomial(), var_weights=weights).fit(
                cov_type="cluster", cov_kwds={"groups": week}
            )
        except (np.linalg.LinAlgError, ValueError, PerfectSeparationError):
            return None
        covariance = np.asarray(fitted.cov_params())
    value, gradient = _marginal(design, np.asarray(fitted.params), weights)
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
