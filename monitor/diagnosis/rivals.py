"""Known causes: dated events of the configuration and of the records, each held against the date of the change.

An event that fits is a rival of the market, and takes the word away from it: from dates alone the two cannot be told
apart. One that does not fit is ruled out, with the reason. What happened to the records (`monitor.recording`) must
also be large enough: a new stage that hardly any deal has cannot move a rate by ten points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from monitor.diagnosis.dates import StepDate
from monitor.recording import Kind, RecordingEvent
from monitor.types import SeriesKey

if TYPE_CHECKING:
    from config.settings import Event

NEAR = timedelta(weeks=13)
"""Events further from the change's interval are nobody's suspects."""
SLACK = 1
"""Weeks by which an event may come before what follows from it can be seen."""
UNLIKELY = 0.01
"""The chance below which an event is ruled out: that the change began with it, or on the far side of it. One
in twenty would take much of a company's own doing for the market's; that a change began before is said as certain."""

OF_RECORDS: Mapping[Kind, str] = {
    "stage_new": "a new stage, '{}'",
    "stage_gone": "the stage '{}' given up",
    "stage_renamed": "a stage renamed to '{}'",
    "disqualified": "other deals disqualified than before",
    "nulls": "the field '{}' filled in otherwise",
    "rewritten": "the field '{}' rewritten for many accounts",
}
"""What happened to the records, in the words of a reader."""
MOVES_RATES: frozenset[Kind] = frozenset({"stage_new", "stage_gone", "disqualified"})
"""What changes which deals count as decided, and as what."""

NEW_PART = 1 / 3
"""The part of a move of the win rate that deals under a new label make before it is no general one."""

Says = Literal["fits", "began_before", "began_after"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """A known cause and what the date of the change says of it.

    says      the change may have begun with it; began before it; or began after it, by weeks
    favour    ln of how much likelier its week is than any other: above nought the dates speak for it
    weeks     from the event to the likeliest start; negative where the change began before it
    touches   of a change of the records, the share of the deals since that it could have moved; else None
    carries   whether the deals that came with it are most of a rise of volume
    """

    on: date
    name: str
    says: Says
    favour: float
    weeks: int
    touches: float | None = None
    carries: bool = False

    def could_make(self, move: float) -> bool:
        """Whether its date fits and it touches enough deals to have made a move of a rate."""
        return self.says == "fits" and (self.touches is None or self.touches >= abs(move))


def touches(event: Event, key: SeriesKey) -> bool:
    """Whether an event is about a series: its metric, and the segments that its `where` names."""
    if event.affects and key.metric not in event.affects:
        return False
    if event.where is None:
        return True
    wanted = {c.name: {str(value) for value in c.values} for c in event.where.conditions if c.op == "in"}
    return bool(key.segment) and all(value in wanted.get(name, ()) for name, value in key.segment)


def rivals_of(
    key: SeriesKey,
    started: tuple[date, date],
    posterior: StepDate | None,
    weeks: Sequence[date],
    events: Sequence[Event],
) -> tuple[Rival, ...]:
    """The events near a change of the series `key`, oldest first.

    started    the 90 % interval of the change's start
    posterior  of its start week, over indices of `weeks`
    """
    if posterior is None:
        return ()
    low, high = started
    near = (e for e in events if touches(e, key) and low - NEAR <= e.on <= high + NEAR)
    return tuple(
        _rival(event.name, event.on, started, posterior, weeks) for event in sorted(near, key=lambda e: e.on)
    )


def recorded_rivals(
    started: tuple[date, date],
    posterior: StepDate | None,
    weeks: Sequence[date],
    events: Sequence[RecordingEvent],
    decided: int,
    of_wins: float | None = None,
    more: float | None = None,
) -> tuple[Rival, ...]:
    """What happened to the records near a change, oldest first.

    decided   deals decided since the change; hands and batches are left to `monitor.diagnosis.recording`, which knows
              their deals
    of_wins   the move of the company's win rate, where that is what changed: a new label, such as that of a product,
              is a suspect where its deals made a third of it
    more      deals a week by which the company's volume rose, where it did: a new label is a suspect where its deals
              are most of them
    """
    if posterior is None:
        return ()
    low, high = started
    near = [e for e in events if low - NEAR <= e.on <= high + NEAR]
    told = [
        replace(
            _rival(OF_RECORDS[event.kind].format(event.subject), event.on, started, posterior, weeks),
            touches=event.deals / max(decided, 1) if event.kind in MOVES_RATES else 0.0,
        )
        for event in near
        if event.kind in OF_RECORDS
    ]
    new = [
        replace(
            _rival(_new(event), event.on, started, posterior, weeks), touches=event.deals / max(decided, 1)
        )
        for event in near
        if _lopsides(event, of_wins)
    ]
    if more is not None and more > 0:
        until = weeks[-1] + timedelta(weeks=1)
        new += [
            replace(_rival(_new(event), event.on, started, posterior, weeks), carries=True)
            for event in near
            if event.kind == "category_new" and 7 * event.deals / max((until - event.on).days, 7) > more / 2
        ]
    return (*told, *new)


def _lopsides(event: RecordingEvent, of_wins: float | None) -> bool:
    if of_wins is None or event.made is None:
        return False
    return event.made * of_wins > 0 and abs(event.made) >= NEW_PART * abs(of_wins)


def _new(event: RecordingEvent) -> str:
    column, _, value = event.subject.partition("=")
    return f"a new {column.replace('_', ' ')}, '{value}'"


def _rival(
    name: str, on: date, started: tuple[date, date], posterior: StepDate, weeks: Sequence[date]
) -> Rival:
    week = (on - weeks[0]).days // 7
    low, _ = started
    says: Says = "fits"
    if posterior.before(week - SLACK) > 1 - UNLIKELY:
        says = "began_before"
    elif on < low - timedelta(weeks=SLACK) and posterior.before(week + SLACK + 1) < UNLIKELY:
        says = "began_after"
    return Rival(
        on=on,
        name=name,
        says=says,
        favour=max(posterior.favours(week, SLACK), -99.0),
        weeks=posterior.best - week,
    )
