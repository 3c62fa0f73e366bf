"""Before and after: the weeks a change is measured over, and a finding's figures in readers' units."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from monitor.diagnosis.split import estimate
from monitor.diagnosis.sums import Window
from monitor.judge import Judged
from monitor.types import RELATIVE, Finding, FloatArray, Series

LEAST_WEEKS = 4


def window_of(weeks: tuple[date, ...], since: date, started_on: date, started_low: date) -> Window:
    """Before: from the regime's start to the earliest date of the change; after: from its likeliest date on.

    The doubtful weeks between the two belong to neither, unless too few would be left before. Weeks that are not
    among `weeks` are left out: where these begin after the change, none is before it.
    """
    first, start, low = (max((day - weeks[0]).days // 7, 0) for day in (since, started_on, started_low))
    end = low if low - first >= LEAST_WEEKS else start
    return Window(before=np.arange(first, max(end, first)), after=np.arange(start, len(weeks)))


def since_told(since: date, told_from: date | None, started_low: date) -> date:
    """The first week that a level before a change is told from: no earlier than deals are kept, if that is enough."""
    if told_from is None or (started_low - told_from).days < 7 * LEAST_WEEKS:
        return since
    return max(since, told_from)


def mean_over(series: Series, values: FloatArray, weeks: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
    """The mean of `values` over week indices, weighted by effective deals.

    Counts are plain means; of other raw values of a relative unit the geometric mean, as it is of each week.
    """
    picked, weight = values[weeks], series.effective[weeks]
    known = np.isfinite(picked) & (weight > 0)
    if not known.any():
        return float("nan")
    if series.unit == "count":
        return float(picked[known].mean())
    if series.unit in RELATIVE and values is series.raw:
        return float(np.exp(np.average(np.log(picked[known]), weights=weight[known])))
    return float(np.average(picked[known], weights=weight[known]))


def finding_of(judged: Judged) -> Finding:
    """The finding that an alarm on `judged` makes: dates and interval from the detector, levels from the deals."""
    series, reading = judged.series, judged.reading
    if reading.start is None or reading.start_low is None or reading.start_high is None:
        raise ValueError("a reading without a date is no finding")
    started, low, high = (series.weeks[i] for i in (reading.start, reading.start_low, reading.start_high))
    since = since_told(judged.regime.since, judged.told_from, low)
    window = window_of(series.weeks, since, started, low)
    before, after = (mean_over(series, series.raw, part) for part in (window.before, window.after))
    return Finding(
        key=series.key,
        kind=series.kind,
        unit=series.unit,
        started_on=started,
        started_between=(low, high),
        before=before,
        after=after,
        change_between=_of_the_slice(series, window)
        if series.key.contrast
        else _in_readers_unit(series, before, reading.effect_low, reading.effect_high),
        adjusted_for=series.adjusted_for,
        evidence=reading.evidence,
        bar=float(np.log(judged.watch.bar)),
        deals_before=int(series.deals[window.before].sum()),
        deals_after=int(series.deals[window.after].sum()),
    )


def _of_the_slice(series: Series, window: Window) -> tuple[float, float]:
    """The interval of the slice's own change, in the frame that its before and after are told in.

    The detector reads slice less rest, whose interval is of another difference.
    """
    means, influences = [], []
    for weeks in (window.before, window.after):
        weight = np.where(np.isfinite(series.raw[weeks]), series.effective[weeks], 0.0)
        if series.unit == "count":
            weight = (weight > 0).astype(np.float64)
        value = np.where(weight > 0, series.raw[weeks], 0.0)
        total = max(float(weight.sum()), 1e-12)
        means.append(float(weight @ value) / total)
        influences.append(weight * (value - means[-1]) / total)
    change = estimate(means[1] - means[0], -influences[0], influences[1])
    return change.low, change.high


def _in_readers_unit(series: Series, before: float, low: float, high: float) -> tuple[float, float]:
    """Relative units are read as logarithms: a step of e on that scale is before (exp(e) - 1) in readers' unit."""
    if series.unit not in RELATIVE:
        return low, high
    return before * float(np.expm1(low)), before * float(np.expm1(high))


def week_end(week: date) -> date:
    """The last day of the week that begins on `week`."""
    return week + timedelta(days=6)
