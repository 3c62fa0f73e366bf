"""The same walk without the weeks in which nothing can open.

Where all of a history was read at once, what is known of a week does not change afterwards. So one look at the last
week holds every series as each week before had it, and one pass of the detector over them says when they might first
have alarmed, one or several together. The weeks before are quiet; from that week on the ordinary rooms judge week by
week.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import numpy as np

from config.settings import Settings
from detectors import Scan
from detectors.shiryaev import LEAST_AGE
from monitor.agreement import ALARM
from monitor.judge import Judged
from monitor.panel import Panel
from monitor.plan import plan_of
from monitor.schedule import ready_at
from monitor.types import FloatArray
from monitor.weekly import History, Weekly, nothing_in

A_WEEK = timedelta(weeks=1)
LIKELY = 0.5
"""How likely a change must be of a size that matters, for an alarm to count."""


def stands(history: History) -> bool:
    """Whether everything was read at once, so that no week is restated."""
    return not (history.versions["observed"].any() or history.accounts["observed"].any())


def first_alarm(settings: Settings, history: History, until: date) -> date | None:
    """The first week in which something may alarm; None: none by the day `until`.

    That is where the series that moved one way, with a size that matters, come to an alarm together. A series that
    alarms by itself does so by itself; of those that moved one way, no more than all can agree on when.
    """
    weekly = Weekly(settings=settings)
    first, week = weekly.judged_from(history), until - timedelta(days=6)
    week -= timedelta(days=(week - first).days % 7) if first else timedelta(0)
    seen = weekly.look(week, ready_at(plan_of(settings), week), history, nothing_in(week))
    total: dict[date, FloatArray] = {}
    for name, panel in seen.panels.items():
        for at, parts in _parts(panel, [judged for judged in seen.judged if judged.key.metric == name]):
            total[at] = total.get(at, np.zeros(2)) + parts
    return min((at for at, parts in total.items() if parts.max() >= ALARM), default=None)


def _parts(panel: Panel, judged: Sequence[Judged]) -> Iterator[tuple[date, FloatArray]]:
    """Each week's sum of R / h over the panel's series that harmed and over the others, as they were read then."""
    if not judged or not panel.kind.opens:
        return
    begins = np.array([(one.regime.first_candidate - panel.weeks[0]).days // 7 for one in judged])
    since = np.array([(one.regime.since - panel.weeks[0]).days // 7 for one in judged])
    bars = np.array([one.watch.bar for one in judged])
    scan = Scan(
        learning=begins,
        first_candidate=begins,
        arl=bars,
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
        able = (at - read.start_high + 1 >= LEAST_AGE) & ~read.shock & (read.matters >= LIKELY)
        part = np.where(able, np.exp(np.nan_to_num(read.evidence, nan=-np.inf)) / bars[:, None], 0.0)
        down = read.effect < 0
        harms = down if panel.kind.harmful == "down" else ~down
        yield week, np.array([part[harms].sum(), part[~harms].sum()])
