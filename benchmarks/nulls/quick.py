"""The same walk without the weeks in which nothing can open.

Where all of a history was read at once, what is known of a week does not change afterwards. So one look at the last
week holds every series as each week before had it, and one pass of the detector over them says when one first
alarmed. The weeks before are quiet; from that week on the ordinary rooms judge week by week.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import numpy as np

from config.settings import Settings
from detectors import Scan
from monitor.judge import Judged
from monitor.panel import Panel
from monitor.plan import plan_of
from monitor.schedule import ready_at
from monitor.weekly import History, Weekly, nothing_in

A_WEEK = timedelta(weeks=1)
LIKELY = 0.5
"""How likely a change must be of a size that matters, for an alarm to count."""


def stands(history: History) -> bool:
    """Whether everything was read at once, so that no week is restated."""
    return not (history.versions["observed"].any() or history.accounts["observed"].any())


def first_alarm(settings: Settings, history: History, until: date) -> date | None:
    """The first week in which any series alarms with a size that matters; None: none by the day `until`."""
    weekly = Weekly(settings=settings)
    first, week = weekly.judged_from(history), until - timedelta(days=6)
    week -= timedelta(days=(week - first).days % 7) if first else timedelta(0)
    seen = weekly.look(week, ready_at(plan_of(settings), week), history, nothing_in(week))
    found = [
        one
        for name, panel in seen.panels.items()
        for one in _alarms(panel, [judged for judged in seen.judged if judged.key.metric == name])
    ]
    return min(found, default=None)


def _alarms(panel: Panel, judged: Sequence[Judged]) -> Iterator[date]:
    """The weeks in which a series of the panel alarms, as the detector read them in their time."""
    if not judged:
        return
    begins = np.array([(one.regime.first_candidate - panel.weeks[0]).days // 7 for one in judged])
    since = np.array([(one.regime.since - panel.weeks[0]).days // 7 for one in judged])
    scan = Scan(
        learning=begins,
        first_candidate=begins,
        arl=np.array([one.watch.bar for one in judged]),
        harmful=[one.watch.harmful for one in judged],
        harmful_weight=np.array([one.watch.harmful_weight for one in judged]),
        drift=np.full(len(judged), judged[0].hyper.drift),
        rho=judged[0].hyper.rho,
        phi=judged[0].hyper.phi,
        prior_sd=panel.kind.season,
        matters=np.array([one.watch.matters_if for one in judged]),
    )
    values = np.stack([one.series.values for one in judged])
    counted = np.isfinite(values) & (np.arange(len(panel.weeks)) >= since[:, None])
    effective = np.where(counted, np.stack([one.series.effective for one in judged]), 0.0)
    values = np.where(counted, values, np.nan)
    for at, week in enumerate(panel.weeks):
        read = scan.advance(values[:, at], effective[:, at], panel.terms[at])
        if (read.alarm & (read.matters >= LIKELY)).any():
            yield week
