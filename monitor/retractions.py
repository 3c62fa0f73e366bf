"""Retraction: restated data undo an inflection.

The change that raised it is measured again over the very weeks it was seen in. Later weeks play no part, so it can
only differ because the past was restated: losses that came in late, deals that were merged, a deleted import. Less
than half of it left, and the inflection is retracted; its series are read again as if it had not been.
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
        judged = by_key.get(inflection.told.key) if inflection.told else None
        if judged is None or not _undone(inflection, judged.series):
            continue
        after = replace(inflection, state="retracted", retracted_on=today)
        ledger.put(after)
        retracted.append(after)
        for finding in inflection.findings:
            if finding.key in ledger.regimes:
                ledger.regimes[finding.key] = _as_before(ledger.regimes[finding.key], inflection, week)
    return retracted


def _undone(inflection: Inflection, series: Series) -> bool:
    told = inflection.told
    if told is None or not np.isfinite(told.change):
        return False
    now = change_over(series, told, inflection.learned_from or series.weeks[0])
    return bool(np.isfinite(now) and now * np.sign(told.change) < UNDONE * abs(told.change))


def _as_before(regime: Regime, inflection: Inflection, week: date) -> Regime:
    """The level that was thought to be left is still the baseline; what may have begun, begins anew."""
    since = inflection.learned_from or regime.since
    return replace(regime, since=min(since, regime.since), first_candidate=week, why="returned")
