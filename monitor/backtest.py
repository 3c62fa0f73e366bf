"""Backtest: any stretch of the past through the ordinary rooms, on the data as they were known then."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from monitor.ledger import Inflection, Suppression
from monitor.plan import plan_of
from monitor.schedule import ready_at
from monitor.types import Finding, SeriesKey
from monitor.wall_clock import local_day
from monitor.weekly import History, WeekJudged, Weekly

if TYPE_CHECKING:
    from config.settings import Settings

Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class _Tally:
    """What one series came to over the weeks reported."""

    weeks: int = 0
    highest: float = -math.inf
    bar: float = math.nan
    quiet: str | None = "learning"


@dataclass(slots=True)
class Backtest:
    """The outcome of a replay; `as_json` is the object that others script against."""

    settings: Settings
    history: History
    weekly: Weekly
    days: list[date] = field(default_factory=list)
    suppressed: list[Suppression] = field(default_factory=list)
    tallies: dict[SeriesKey, _Tally] = field(default_factory=dict)

    def take(self, day: date, judged: WeekJudged) -> None:
        """Count one week of the stretch that is reported."""
        self.days.append(day)
        self.suppressed += judged.changes.suppressed
        for key in judged.too_few:
            self.tallies.setdefault(key, _Tally()).quiet = "too_few_deals"
        if judged.held:
            for tally in self.tallies.values():
                tally.quiet = judged.held
        for one in judged.judged:
            tally = self.tallies.setdefault(one.key, _Tally())
            tally.bar, tally.quiet = math.log(one.watch.bar), one.quiet
            if math.isfinite(one.reading.evidence):
                tally.weeks += 1
                tally.highest = max(tally.highest, one.reading.evidence)

    def inflections(self) -> list[Inflection]:
        """The inflections that opened in the stretch reported."""
        if not self.days:
            return []
        return [i for i in self.weekly.ledger.inflections if self.days[0] <= i.opened_on <= self.days[-1]]

    def as_json(self, start: date | None, end: date | None) -> dict[str, Any]:
        """The object of `leftturn backtest --json`."""
        return {
            "from": start or (self.days[0] if self.days else None),
            "to": end or (self.days[-1] if self.days else None),
            "weeks": len(self.days),
            "series": len(self.tallies),
            "as_known": as_known_word(self.history.versions),
            "false_alarms_per_year": self.settings.attention.false_alarms_per_year,
            "inflections": [inflection_json(one) for one in self.inflections()],
            "suppressed": [
                {
                    "on": s.on,
                    "metric": s.key.metric,
                    "segment": dict(s.key.segment),
                    "reason": s.reason,
                    "started_on": s.started_on,
                    "ended_on": s.ended_on,
                }
                for s in self.suppressed
            ],
            "judged": [
                {
                    "metric": key.metric,
                    "segment": dict(key.segment),
                    "weeks": tally.weeks,
                    "highest_evidence": _finite(tally.highest),
                    "bar": _finite(tally.bar),
                    "quiet": tally.quiet,
                }
                for key, tally in self.tallies.items()
            ],
            "whole_from": self.history.whole_from,
        }


def replay(
    settings: Settings,
    history: History,
    *,
    start: date | None,
    end: date,
    progress: Progress | None = None,
) -> Iterator[tuple[date, Weekly, WeekJudged]]:
    """Judge every complete week up to `end`, oldest first; yields those decided from `start` on.

    The weeks before `start` are lived through in silence: their inflections have opened and their series have
    learned the new level, as they would have.
    """
    weekly = Weekly(settings=settings)
    weeks = list(_weeks(settings, history, weekly, end))
    for position, (week, day) in enumerate(weeks):
        judged = weekly.judge(week, ready_at(plan_of(settings), week), history)
        if progress:
            progress("weeks judged", position + 1, len(weeks))
        if start is None or day >= start:
            yield day, weekly, judged


def backtest(
    settings: Settings,
    history: History,
    *,
    start: date | None,
    end: date,
    progress: Progress | None = None,
) -> Backtest:
    """What would have been decided from `start` to `end`, both as-of days, inclusive."""
    outcome = Backtest(settings=settings, history=history, weekly=Weekly(settings=settings))
    for day, weekly, judged in replay(settings, history, start=start, end=end, progress=progress):
        outcome.weekly = weekly
        outcome.take(day, judged)
    return outcome


def _weeks(settings: Settings, history: History, weekly: Weekly, end: date) -> Iterator[tuple[date, date]]:
    """Every week that may alarm and is decided by `end`, with the day of its decision."""
    week, plan = weekly.judged_from(history), plan_of(settings)
    last = newest_day(history)
    while week is not None and last is not None and week <= last:
        day = local_day(settings.company.timezone, ready_at(plan, week))
        if day > end:
            return
        yield week, day
        week += timedelta(weeks=1)


def newest_day(history: History) -> date | None:
    """The newest creation or closing in the history."""
    days = [history.versions[name].max() for name in ("created_on", "closed_on")]
    return max((day for day in days if isinstance(day, date)), default=None)


def as_known_word(versions: pl.DataFrame) -> str:
    """Whether the known times are observed, assumed from dates, or both."""
    kinds = set(versions["observed"].unique().to_list())
    return "mixed" if len(kinds) == 2 else "observed" if kinds == {True} else "assumed"


def inflection_json(inflection: Inflection) -> dict[str, Any]:
    """One inflection as `backtest --json` prints it."""
    headline = inflection.headline
    return {
        "id": inflection.id,
        "opened_on": inflection.opened_on,
        "started_on": headline.started_on,
        "started_between": list(headline.started_between),
        "verdict": inflection.cause.verdict,
        "direction": "up" if headline.after > headline.before else "down",
        "shares": dict(inflection.cause.shares),
        "findings": [finding_json(finding) for finding in inflection.findings],
        "agreed": [
            {
                "metric": part.told.key.metric,
                "segment": dict(part.told.key.segment),
                "part_of_bar": part.now,
            }
            for part in inflection.agreed
        ],
        "closed_on": inflection.closed_on,
        "retracted_on": inflection.retracted_on,
        "ended_on": inflection.ended_on,
    }


def finding_json(finding: Finding) -> dict[str, Any]:
    """One finding as `backtest --json` prints it."""
    return {
        "metric": finding.key.metric,
        "segment": dict(finding.key.segment),
        "before": finding.before,
        "after": finding.after,
        "change_between": list(finding.change_between),
        "adjusted_for": list(finding.adjusted_for),
        "evidence": finding.evidence,
        "bar": finding.bar,
        "deals_before": finding.deals_before,
        "deals_after": finding.deals_after,
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
