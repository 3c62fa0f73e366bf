"""Retraction: restated data undo an inflection.

The change that raised it is measured again over the very weeks it was seen in. Later weeks play no part, so it can
only differ because the past was restated: losses that came in late, deals that were merged, a deleted import. Less
than half of it left, and the inflection is retracted; its series are read again as if it had not been. Of series that
carry one together, what is left of each counts by the part that it had in the alarm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np

from monitor.diagnosis.windows import mean_over, window_of
from monitor.judge import Judged, Regime
from monitor.ledger import Inflection, Ledger, Told
from monitor.types import Finding, Series, SeriesKey

UNDONE = 0.5
"""What must be left of a change."""


def told_of(judged: Judged, headline: Finding, week: date) -> Told:
    """The headline's change as the data have it in the week it alarmed."""
    told = Told(
        key=judged.key,
        started_on=headline.started_on,
        started_low=headline.started_between[0],
        until=week,
        change=np.nan,
    )
    return replace(told, change=change_over(judged.series, told, judged.regime.since))


def change_over(series: Series, told: Told, since: date) -> float:
    """After less before in the series' own unit, over the weeks in which the change was seen; nan if unknown."""
    weeks = tuple(week for week in series.weeks if week <= told.until)
    if not weeks:
        return float("nan")
    window = window_of(weeks, since, told.started_on, told.started_low)
    before, after = (mean_over(series, series.values, part) for part in (window.before, window.after))
    return after - before


def retract_undone(
    ledger: Ledger, by_key: Mapping[SeriesKey, Judged], week: date, today: date
) -> list[Inflection]:
    """Retract the open inflections of which the data, as they stand now, never showed the half."""
    retracted = []
    for inflection in ledger.open():
        left = _left_of(inflection, by_key)
        if left is None or left >= UNDONE:
            continue
        after = replace(inflection, state="retracted", retracted_on=today)
        ledger.put(after)
        retracted.append(after)
        for finding in inflection.findings:
            if finding.key in ledger.regimes:
                ledger.regimes[finding.key] = _as_before(ledger.regimes[finding.key], inflection, week)
    return retracted


def _left_of(inflection: Inflection, by_key: Mapping[SeriesKey, Judged]) -> float | None:
    """How much of the change that raised it the data still show, of 1; None where that cannot be told."""
    told = inflection.told
    if told is None:
        return None
    if not inflection.carried:
        return _left_of_one(told, inflection.learned_from, by_key)
    found = [(_left_of_one(part.told, part.since, by_key), part.raised) for part in inflection.agreed]
    known = [(left, weight) for left, weight in found if left is not None]
    if not known:
        return None
    return sum(left * weight for left, weight in known) / sum(weight for _, weight in known)


def _left_of_one(told: Told, since: date | None, by_key: Mapping[SeriesKey, Judged]) -> float | None:
    """No more than 1: what grew in one series makes up for nothing that vanished in another."""
    judged = by_key.get(told.key)
    if judged is None or not np.isfinite(told.change) or told.change == 0:
        return None
    now = change_over(judged.series, told, since or judged.series.weeks[0])
    return min(1.0, now / told.change) if np.isfinite(now) else None


def _as_before(regime: Regime, inflection: Inflection, week: date) -> Regime:
    """The level that was thought to be left is still the baseline; what may have begun, begins anew."""
    since = inflection.learned_from or regime.since
    return replace(regime, since=min(since, regime.since), first_candidate=week, why="returned")
