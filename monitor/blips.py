"""The days of what is over: the stretch of weeks that sets itself apart from the level it left.

The stretch from week i to week j is the one that explains most: with r a week's value less the level before, and n
its effective deals, the largest (sum n r)^2 / sum n. For Gaussian weeks that is the likelihood ratio of a level of
their own (the epidemic alternative of Levin and Kline 1985).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np

from monitor.types import FloatArray, Series

LONGEST = 6
"""Weeks of the longest blip: what lasts for longer is no blip."""
DOUBT = 4
"""Weeks before and after the likely dates of a step within which a blip may have begun."""


def days_of_blip(series: Series, since: date, low: int, high: int) -> tuple[date, date]:
    """The first and the last day of a blip that a step between the weeks `low` and `high` was taken for.

    since   the first week of the level that it left
    """
    gain = _gains(series, since, max(low - DOUBT, 0))
    weeks = len(series.weeks)
    starts = range(max(low - DOUBT, 0), min(high + DOUBT, weeks - 1) + 1)
    best = max(
        ((i, j) for i in starts for j in range(i, min(i + LONGEST, weeks))), key=lambda pair: gain(*pair)
    )
    return _days(series, *best)


def last_day(series: Series, since: date, started_on: date) -> date:
    """The last day of a change that began on `started_on` and has returned."""
    start = (started_on - series.weeks[0]).days // 7
    gain = _gains(series, since, start)
    return _days(series, start, max(range(start, len(series.weeks)), key=lambda j: gain(start, j)))[1]


def _gains(series: Series, since: date, before: int) -> Callable[[int, int], float]:
    """What the weeks i to j explain by a level of their own, against the mean of those from `since` to `before`."""
    weight = np.where(np.isfinite(series.values), series.effective, 0.0)
    values = np.where(weight > 0, series.values, 0.0)
    first = max((since - series.weeks[0]).days // 7, 0)
    ordinary = slice(first, before) if weight[first:before].sum() > 0 else slice(None)
    level = float(np.average(values[ordinary], weights=weight[ordinary])) if weight.sum() > 0 else 0.0
    moved, total = _running(weight * (values - level)), _running(weight)

    def gain(i: int, j: int) -> float:
        here = total[j + 1] - total[i]
        return float((moved[j + 1] - moved[i]) ** 2 / here) if here > 0 else 0.0

    return gain


def _running(values: FloatArray) -> FloatArray:
    running: FloatArray = np.concatenate(([0.0], np.cumsum(values)))
    return running


def _days(series: Series, i: int, j: int) -> tuple[date, date]:
    return series.weeks[i], series.weeks[j] + timedelta(days=6)
