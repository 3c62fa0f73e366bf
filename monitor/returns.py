"""The end of an inflection: its headline has returned to where it came from, and other series show the same.

It closes when the headline's last RETURN weeks lie clearly nearer to where it came from, or when a brief window
explains its weeks far better than a step (`monitor.diagnosis.shape`). If it likelier lasted few weeks than more it
was a shock. An alarm on another series that dates to the return is part of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from monitor.blips import last_day
from monitor.diagnosis.shape import shape_since
from monitor.diagnosis.windows import finding_of, mean_over, window_of
from monitor.judge import Judged, restarted
from monitor.ledger import FOLLOW, Inflection, Ledger, Suppression
from monitor.observations import IntArray
from monitor.panel import Panel
from monitor.types import Finding, FloatArray, Series, SeriesKey

RETURN = 8
YOUNGEST_WEEKS = 4
"""A move within so many weeks of the start is part of the change, not of its end."""
RETURN_LEVEL = 1.645
ENDING_LEVEL = 0.84
"""Normal quantiles, one-sided: 95 % to close; 80 % where another series says at that moment that it is over."""
CLIP, NORMAL_MAD = 3.0, 1.4826
"""Residuals are clipped as the detector clips them; a normal scatter in units of the median absolute deviation."""


def close_returned(
    ledger: Ledger, by_key: Mapping[SeriesKey, Judged], panels: Mapping[str, Panel], today: date
) -> list[Inflection]:
    """Close the open inflections whose headline has returned; their series begin anew with the return."""
    closed = []
    for inflection in ledger.open():
        judged = by_key.get(inflection.headline.key)
        if judged is None:
            continue
        series, panel = judged.series, panels[judged.key.metric]
        shape = shape_since(series, panel, inflection.headline, inflection.learned_from)
        ended = shape is not None and shape.surely_ended
        if not ended and not has_returned(
            series, panel, inflection.headline, RETURN, RETURN_LEVEL, inflection.learned_from
        ):
            continue
        first = series.weeks[shape.window[1] if shape is not None and ended else -RETURN]
        blip = shape is not None and shape.was_brief
        cause = replace(inflection.cause, verdict="shock") if blip else inflection.cause
        since = inflection.learned_from or series.weeks[0]
        ended_on = last_day(series, since, inflection.headline.started_on)
        after = replace(inflection, state="closed", closed_on=today, ended_on=ended_on, cause=cause)
        ledger.put(after)
        closed.append(after)
        for finding in inflection.findings:
            if finding.key in ledger.regimes:
                regime = ledger.regimes[finding.key]
                ledger.regimes[finding.key] = restarted(regime, since=first, why="returned")
    return closed


def part_endings(
    ledger: Ledger,
    alarms: Sequence[Judged],
    by_key: Mapping[SeriesKey, Judged],
    panels: Mapping[str, Panel],
    today: date,
) -> tuple[list[Judged], list[Suppression]]:
    """Alarms that tell of something new, and those that tell of the end of an inflection, whose series restart."""
    fresh, endings = [], []
    for one in alarms:
        if any(_ends_with(one, inflection, by_key, panels, today) for inflection in ledger.inflections):
            since = finding_of(one).started_on
            ledger.regimes[one.key] = restarted(ledger.regimes[one.key], since=since, why="returned")
            endings.append(Suppression(on=today, key=one.key, reason="ending"))
        else:
            fresh.append(one)
    return fresh, endings


def _ends_with(
    one: Judged,
    inflection: Inflection,
    by_key: Mapping[SeriesKey, Judged],
    panels: Mapping[str, Panel],
    today: date,
) -> bool:
    """Whether an inflection's headline has turned back since the alarm's date: it is open, or closed lately."""
    headline = by_key.get(inflection.headline.key)
    lately = inflection.closed_on is not None and (today - inflection.closed_on).days < 7 * FOLLOW
    if headline is None or not (inflection.state == "open" or lately):
        return False
    since = finding_of(one).started_on
    if (since - inflection.headline.started_on).days <= 7 * YOUNGEST_WEEKS:
        return False
    weeks = len(headline.series.weeks) - (since - headline.series.weeks[0]).days // 7
    return weeks >= 2 and has_returned(
        headline.series,
        panels[headline.key.metric],
        inflection.headline,
        weeks,
        ENDING_LEVEL,
        inflection.learned_from,
    )


def has_returned(
    series: Series, panel: Panel, finding: Finding, weeks: int, level: float, since: date | None = None
) -> bool:
    """Whether the last `weeks` weeks lie beyond the middle between after and before, by `level` standard errors.

    Level and calendar terms are fitted on the weeks before the change; the residuals of the weeks after it and of
    the last weeks are compared, with the `scatter` of the weeks before as the error, and that of a trend as far as it
    reaches: that of half a year says little of a year later. Weeks before `since` had another level yet.
    """
    first = since or series.weeks[0]
    window = window_of(series.weeks, first, finding.started_on, finding.started_between[0])
    recent = np.arange(len(series.weeks) - weeks, len(series.weeks))
    during = window.after[window.after < recent[0]]
    known = np.isfinite(series.values) & (series.effective > 0)
    before = window.before[known[window.before]]
    if len(during) < 2 or recent[0] < 0 or len(before) < 2:
        return False
    design = np.hstack([np.ones((len(series.weeks), 1)), panel.steady_terms])
    if len(before) <= design.shape[1] + 2:
        design = design[:, :1]
    root = np.sqrt(series.effective[before])
    fitted = np.linalg.lstsq(design[before] * root[:, None], series.values[before] * root, rcond=None)[0]
    residual = np.where(known, series.values - design @ fitted, np.nan)
    spread = scatter(residual[before])
    there, now = (mean_over(series, residual, part) for part in (during, recent))
    if not np.isfinite(there) or not np.isfinite(now) or there == 0:
        return False
    if not finding.key.contrast and there * (finding.after - finding.before) < 0:
        return False  # what was fitted before does not show the change that was found, so none of its end
    reached = _of_the_trend(series, design, before, during, recent) if panel.kind.growth else 0.0
    error = spread * float(np.sqrt(1.0 / weeks + 1.0 / (4 * len(during)) + reached))
    return bool((there / 2 - now) * np.sign(there) > level * error)


def _of_the_trend(
    series: Series, design: FloatArray, before: IntArray, during: IntArray, recent: IntArray
) -> float:
    """What the fit adds to the variance of the comparison, in that of a week: how far it reaches beyond its weeks."""
    reach = np.array([
        mean_over(series, column, during) / 2 - mean_over(series, column, recent) for column in design.T
    ])  # fmt: skip
    weight = series.effective[before] / series.effective[before].mean()
    return float(reach @ np.linalg.pinv((design[before] * weight[:, None]).T @ design[before]) @ reach)


def scatter(residual: FloatArray) -> float:
    """The standard deviation of residuals (weeks,) clipped at CLIP robust ones: an old blip is no ordinary scatter.

    >>> usual = np.array([0.0, 0.01, -0.01] * 7)
    >>> [round(scatter(residual), 3) for residual in (usual, np.append(usual, 0.5))]
    [0.008, 0.012]
    """
    middle = residual - np.median(residual)
    robust = NORMAL_MAD * float(np.median(np.abs(middle)))
    return float(np.std(np.clip(middle, -CLIP * robust, CLIP * robust) if robust > 0 else middle))
