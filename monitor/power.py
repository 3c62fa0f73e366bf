"""The detection promise at this company's own volume: how soon what matters is found, and what is found how soon.

Each series is asked with what it has: its effective deals a week, its scatter as the detector measures it, its bar
and its calendar, after the weeks it has learned from. Weeks are those of changed data up to the alarm; what deals
take to arrive (`late_by`) comes on top, and an alarm that is likely too small to matter is not mailed.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from detectors.power import HORIZON, WITHIN, promise, scatter_of
from monitor.calendar import weeks_from
from monitor.completeness import newest_week
from monitor.errors import UsageError
from monitor.judge import Judged
from monitor.panel import Panel, null_terms
from monitor.types import RELATIVE, SeriesKey, Unit
from monitor.weekly import History, WeekJudged, Weekly, frame_of, nothing_in

if TYPE_CHECKING:
    from config.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerRow:
    """What one series promises.

    deals_per_week  effective deals, over as many newest weeks as are learned from
    effect          the size that matters, in the unit of `matters_if`: 0.05 is 5 points; of a relative unit, 5 %
    median_weeks    weeks in which half of such changes are found; None where three years do not do
    smallest        by weeks, the smallest change of which half are found within them; None where none is possible
    """

    key: SeriesKey
    unit: Unit
    deals_per_week: float
    effect: float
    median_weeks: float | None
    smallest: dict[int, float | None]

    def as_json(self) -> dict[str, Any]:
        """The row of `leftturn power --json`."""
        return {
            "metric": self.key.metric,
            "segment": dict(self.key.segment),
            "deals_per_week": self.deals_per_week,
            "effect": self.effect,
            "median_weeks": self.median_weeks,
            "smallest": {str(weeks): size for weeks, size in self.smallest.items()},
        }


def power_now(settings: Settings, history: History, now: datetime) -> tuple[list[PowerRow], WeekJudged]:
    """The promise of every series in the newest complete week, and that week as looked at.

    Raises UsageError where the history holds no week to judge.
    """
    weekly = Weekly(settings=settings)
    week, first = newest_week(settings, history.versions, now), weekly.first_week(history)
    if week is None or first is None or week < first:
        raise UsageError("no complete week of deals yet: there is nothing to reckon with")
    seen = weekly.look(week, now, history, nothing_in(week))
    return power_rows(seen, settings), seen


def power_rows(seen: WeekJudged, settings: Settings) -> list[PowerRow]:
    """A row for each series that is judged in a week, in the order of the panels."""
    together: dict[tuple[str, date], list[Judged]] = defaultdict(list)
    for one in seen.judged:
        together[one.key.metric, one.regime.since].append(one)
    rows = {
        row.key: row
        for (metric, since), group in together.items()
        for row in _promised(seen.panels[metric], since, group, settings)
    }
    return [rows[one.key] for one in seen.judged]


def _promised(panel: Panel, since: date, group: Sequence[Judged], settings: Settings) -> list[PowerRow]:
    """The rows of series of one metric that are read from the same week on."""
    learning = settings.attention.learning
    past = len(panel.weeks) - panel.weeks.index(since) if since in panel.weeks else len(panel.weeks)
    deals = np.array([one.series.effective[-learning:].mean() for one in group])
    scatter = np.array([_scatter(panel, one, past, learning) for one in group])
    known = (deals > 0.0) & (scatter > 0.0)
    learned = max(past, learning)
    found = promise(
        np.where(known, deals, 1.0),
        np.where(known, scatter, 1.0),
        np.array([one.watch.bar for one in group]),
        np.array([one.watch.matters_if for one in group]),
        learned=learned,
        terms=null_terms(
            panel.kind,
            frame_of(settings),
            weeks_from(since, since + timedelta(weeks=learned + HORIZON - 1)),
        ),
        harmful_weight=np.array(
            [0.5 if one.watch.harmful is None else one.watch.harmful_weight for one in group]
        ),
        drift=group[0].hyper.drift,
        rho=group[0].hyper.rho,
        phi=group[0].hyper.phi,
        prior_sd=panel.kind.season,
    )
    relative = panel.kind.relative

    def size(value: float, most: float = math.inf) -> float | None:
        told = math.expm1(value) if relative else value
        return float(f"{told:.4g}") if told <= most else None

    return [
        PowerRow(
            key=one.key,
            unit=one.series.unit,
            deals_per_week=round(float(deals[row]), 2),
            effect=float(f"{math.expm1(one.watch.matters_if) if relative else one.watch.matters_if:.4g}"),
            median_weeks=_finite(found.median[row]) if known[row] else None,
            smallest={
                weeks: size(float(found.smallest[row, column]), _room(one, learning)) if known[row] else None
                for column, weeks in enumerate(WITHIN)
            },
        )
        for row, one in enumerate(group)
    ]


def _scatter(panel: Panel, one: Judged, past: int, learning: int) -> float:
    series = one.series
    return scatter_of(
        series.values[-past:],
        series.effective[-past:],
        panel.terms[-past:],
        one.hyper.drift,
        learning,
        rho=one.hyper.rho,
        phi=one.hyper.phi,
        prior_sd=panel.kind.season,
    )


def _room(one: Judged, learning: int) -> float:
    """How far the series can move in the direction asked about: a rate of 30 % can fall by 30 points at most."""
    raw = one.series.raw[-learning:]
    if one.series.unit in RELATIVE or not np.isfinite(raw).any():
        return math.inf
    level = float(np.nanmean(raw))
    return level if one.watch.harmful == "down" else 1.0 - level


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
