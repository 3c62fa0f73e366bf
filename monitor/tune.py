"""Proposals for the settings of attention, each with its price: what it would have sent, and how soon it would find.

Every proposal is replayed over the company's own history, as known then, through the ordinary rooms; the
configuration is never changed. What a looser budget would have sent besides is, as far as nothing real changed, its
price.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from monitor.backtest import Backtest, Progress, backtest
from monitor.power import PowerRow, power_now
from monitor.wall_clock import local_day
from monitor.weekly import History

if TYPE_CHECKING:
    from config.settings import Settings

Load = Callable[[Mapping[str, str]], "Settings"]
"""The settings with some keys put in place of what the file says."""

HALF_A_YEAR = 26
FEWER_PLACES = 4
MOST_PLACES = 8
LEARNINGS = (26, 39, 52)
LEAST_JUDGED = 26
"""Weeks that must be left to judge after a longer learning period, for it to be worth a proposal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A setting, as `--set` takes it, and what speaks for it."""

    key: str
    value: str
    why: str

    @property
    def change(self) -> str:
        """The setting as `leftturn backtest --set` takes it."""
        return f"{self.key}={self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a setting comes to on this company's history; `proposal` None is the configuration as it stands.

    sent        the inflections that would have been mailed
    suppressed  how many alarms would not have been, with a reason
    promises    how soon a change that matters is found, for each series of the company as a whole
    """

    proposal: Proposal | None
    false_alarms_per_year: float
    series: int
    weeks: int
    sent: tuple[Mapping[str, Any], ...]
    suppressed: int
    promises: tuple[PowerRow, ...]

    def as_json(self) -> dict[str, Any]:
        """One entry of `leftturn tune --json`."""
        return {
            "set": self.proposal.change if self.proposal else None,
            "why": self.proposal.why if self.proposal else None,
            "false_alarms_per_year": self.false_alarms_per_year,
            "series": self.series,
            "weeks": self.weeks,
            "sent": list(self.sent),
            "suppressed": self.suppressed,
            "promises": [row.as_json() for row in self.promises],
        }


def tune(
    settings: Settings, history: History, now: datetime, load: Load, progress: Progress | None = None
) -> Iterator[Tried]:
    """The configuration as it stands, then each proposal. Raises UsageError where no week can be judged."""
    today, rows = _tried(settings, history, now, None)
    yield today
    proposals = list(proposals_for(settings, rows, today.weeks))
    for position, proposal in enumerate(proposals):
        if progress:
            progress("proposals replayed", position, len(proposals))
        yield _tried(load({proposal.key: proposal.value}), history, now, proposal)[0]
    if progress and proposals:
        progress("proposals replayed", len(proposals), len(proposals))


def proposals_for(settings: Settings, rows: Sequence[PowerRow], weeks: int) -> Iterator[Proposal]:
    """What is worth trying: both ways of the budget, sizes that can be found, fewer places, longer learning.

    rows    the promise of each series as things stand
    weeks   how many weeks could be judged as things stand
    """
    yield from _budgets(settings)
    for row in rows:
        if not row.key.segment:
            yield from _sizes(settings, row)
    yield from _places(settings)
    yield from _learnings(settings, weeks)


def _budgets(settings: Settings) -> Iterator[Proposal]:
    now = settings.attention.false_alarms_per_year
    key = "attention.false_alarms_per_year"
    yield Proposal(
        key=key, value=f"{2 * now:g}", why="changes are found sooner, and noise is mailed twice as often"
    )
    if now > 0.1:
        yield Proposal(
            key=key, value=f"{now / 2:g}", why="noise is mailed half as often, and changes are found later"
        )


def _sizes(settings: Settings, row: PowerRow) -> Iterator[Proposal]:
    """Where what matters cannot be found in half a year, the size that can."""
    findable = row.smallest[HALF_A_YEAR]
    if findable is None or findable <= row.effect:
        return
    points = settings.metrics[row.key.metric].matters_if.unit == "points"
    size = -(-round(100 * findable, 6) // 1)  # up to the next whole one: no more is promised than can be kept
    if points and size > 100:
        return
    yield Proposal(
        key=f"metrics.{row.key.metric}.matters_if",
        value=f"{size:.0f} {'points' if points else '%'}",
        why="smaller changes take more than half a year to be told from noise; what is smaller is no longer mailed",
    )


def _places(settings: Settings) -> Iterator[Proposal]:
    """Fewer values of each dimension: each place that is watched makes the bar of all others higher."""
    if not settings.segments or all((s.at_most or MOST_PLACES) <= FEWER_PLACES for s in settings.segments):
        return
    fewer = [
        {"by": s.by, "at_most": min(s.at_most or MOST_PLACES, FEWER_PLACES)}
        | ({"groups": {name: list(values) for name, values in s.groups.items()}} if s.groups else {})
        for s in settings.segments
    ]
    yield Proposal(
        key="segments",
        value=json.dumps(fewer, ensure_ascii=False),  # YAML too, whatever the names hold
        why="the largest places are found sooner, and the smaller ones are not watched apart",
    )


def _learnings(settings: Settings, weeks: int) -> Iterator[Proposal]:
    now = settings.attention.learning
    longer = next((weeks for weeks in LEARNINGS if weeks > now), None)
    if longer is not None and weeks - (longer - now) >= LEAST_JUDGED:
        yield Proposal(
            key="attention.learning",
            value=f"{longer} weeks",
            why="levels and seasons are known better before anything may alarm, which is that much later",
        )


def _tried(
    settings: Settings, history: History, now: datetime, proposal: Proposal | None
) -> tuple[Tried, list[PowerRow]]:
    rows, _ = power_now(settings, history, now)
    end = local_day(settings.company.timezone, now)
    found = backtest(settings, history, start=None, end=end)
    tried = Tried(
        proposal=proposal,
        false_alarms_per_year=settings.attention.false_alarms_per_year,
        series=len(found.tallies),
        weeks=len(found.days),
        sent=tuple(_sent(found)),
        suppressed=len(found.suppressed),
        promises=tuple(row for row in rows if not row.key.segment),
    )
    return tried, rows


def _sent(found: Backtest) -> Iterator[Mapping[str, Any]]:
    for one in found.inflections():
        headline = one.headline
        yield {
            "id": one.id,
            "opened_on": one.opened_on,
            "started_on": headline.started_on,
            "verdict": one.cause.verdict,
            "metric": headline.key.metric,
            "segment": dict(headline.key.segment),
            "direction": "up" if headline.after > headline.before else "down",
        }
