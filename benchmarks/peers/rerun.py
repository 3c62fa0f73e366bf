"""Methods for finished series, rerun each week on all that is there: OLS-CUSUM, PELT, Otava.

Such a method has spoken when it finds any change. Only its first word counts, so each week asks whether it speaks at
the next stricter level than those at which it has spoken already.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.peers.given import LEARNING, Given
from detectors.types import FloatArray

PENALTIES = np.geomspace(1.0, 16.0, 33)  # of PELT, in ln T of the first year's variances; 2 is among them
P_VALUES = np.arange(2.0, 16.0, 0.5)  # of Otava, -log10


def ols_cusum(given: Given) -> FloatArray:
    """The supremum of the OLS-CUSUM process of the residuals (Ploberger and Kraemer, 1992)."""
    from statsmodels.stats.diagnostic import breaks_cusumolsresid

    found = np.full(given.rates.shape, -np.inf)
    for row, series in zip(found, given.rates, strict=True):
        for week in range(LEARNING, len(series)):
            past = series[: week + 1]
            row[week] = breaks_cusumolsresid(past - past.mean(), ddof=1)[0]
    return found


def pelt(given: Given) -> FloatArray:
    """PELT for a change of the mean, in ruptures' C form; the strength is the penalty over ln T."""
    from ruptures import KernelCPD

    def speaks(past: FloatArray, level: float) -> bool:
        method = KernelCPD(kernel="linear", min_size=2).fit(past)
        return len(method.predict(pen=level * float(np.log(len(past))))) > 1

    return _climbing(given.standard, PENALTIES, speaks)


def otava(given: Given) -> FloatArray:
    """Otava's e-divisive with windows of 50 and t-tests, as it ships but for p; the strength is -log10 p."""
    from otava.analysis import compute_change_points

    def speaks(past: FloatArray, level: float) -> bool:
        points, _ = compute_change_points(past.tolist(), window_len=50, max_pvalue=10.0**-level)
        return len(points) > 0

    return _climbing(given.rates, P_VALUES, speaks)


def _climbing(
    series: FloatArray, levels: FloatArray, speaks: Callable[[FloatArray, float], bool]
) -> FloatArray:
    """The strictest level at which each series has spoken by each week, -inf for none, (S, T)."""
    found = np.full(series.shape, -np.inf)
    for row, values in zip(found, series, strict=True):
        reached = 0
        for week in range(LEARNING, len(values)):
            while reached < len(levels) and speaks(values[: week + 1], float(levels[reached])):
                reached += 1
            row[week] = levels[reached - 1] if reached else -np.inf
    return found
