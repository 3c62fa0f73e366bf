"""What is remembered from week to week: inflections, how each series is read, what was listed as suppressed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from monitor.budget import BarsInForce, part_of_bar
from monitor.diagnosis.verdict import Cause
from monitor.judge import Regime
from monitor.types import Finding, SeriesKey, Verdict

FOLLOW = 13
"""Weeks for which an inflection is brought up to date."""
State = Literal["open", "closed", "retracted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The change that raised it, as it was when it alarmed: over which weeks, how large in the series' own unit.

    Measured again over the very same weeks, it can only differ because the data were restated.
    """

    key: SeriesKey
    started_on: date
    started_low: date
    until: date
    change: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of the series that carry an inflection together: its change as it was told, and its part of its bar.

    `raised` is R / h as they alarmed, `now` as last brought up to date, 0 once it left the others. `since` is the
    first week of the level that it left.
    """

    told: Told
    since: date
    raised: float
    now: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A verdict that differs from the one that stands, and for how many weeks in a row it was found."""

    verdict: Verdict
    weeks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Inflection:
    """Findings of one time with one cause. `findings[0]` is the headline; days are the company's."""

    id: str
    opened_on: date
    opened_week: date
    findings: tuple[Finding, ...]
    cause: Cause
    learned_from: date | None = None
    """The first week of the level that the headline left; None: of all that is known."""
    state: State = "open"
    closed_on: date | None = None
    retracted_on: date | None = None
    ended_on: date | None = None
    """Of one that is closed, the last day on which the headline was not back yet, as its weeks say."""
    told: Told | None = None
    """What raised it, on the data of that week; None of an inflection that was opened before this was kept."""
    doubt: Doubt | None = None
    """Another name that the diagnosis has given since; None while it agrees."""
    renamed: int = 0
    """How often its verdict has changed."""
    settled_on: date | None = None
    """When the level after it became the baseline of its series: the new normal."""
    related: tuple[str, ...] = ()
    """Ids of inflections of its time."""
    agreed: tuple[Part, ...] = ()
    """The series that alarmed together, none of which had an alarm of its own then; empty where none did."""

    @property
    def headline(self) -> Finding:
        """The finding that names the inflection."""
        return self.findings[0]

    @property
    def carried(self) -> bool:
        """Whether it is series that agree that raised it, and not an alarm of one."""
        return self.told is not None and any(part.told.key == self.told.key for part in self.agreed)

    @property
    def part_of_bar(self) -> float:
        """R / h of what it is told by: its headline, or the sum of the series that the headline agrees with."""
        if any(part.told.key == self.headline.key for part in self.agreed):
            return sum(part.now for part in self.agreed)
        return part_of_bar(self.headline.evidence, self.headline.bar)

    def young(self, week: date) -> bool:
        """Whether the inflection is still being followed in a week."""
        return (week - self.opened_week).days < 7 * FOLLOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """A series over its bar that opened nothing, with the reason.

    Of what the detector saw, `started_on` is when it began; of a blip, `ended_on` is the last of its days so far.
    """

    on: date
    key: SeriesKey
    reason: str
    started_on: date | None = None
    ended_on: date | None = None


@dataclass(slots=True)
class Ledger:
    """All that is remembered from week to week."""

    regimes: dict[SeriesKey, Regime] = field(default_factory=dict)
    inflections: list[Inflection] = field(default_factory=list)
    listed: dict[tuple[SeriesKey, str], date] = field(default_factory=dict)
    """What was suppressed for which reason, and the last week it was so: listed once, until it was quiet for long."""
    bars: BarsInForce = field(default_factory=BarsInForce)

    def open(self) -> list[Inflection]:
        """The open inflections, oldest first."""
        return [inflection for inflection in self.inflections if inflection.state == "open"]

    def put(self, after: Inflection) -> None:
        """Put an inflection in the place of what was known of it."""
        self.inflections = [after if one.id == after.id else one for one in self.inflections]


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """What one week's judgement changed. Among the `closed` are those that were retracted."""

    week: date
    opened: tuple[Inflection, ...]
    followed: tuple[Inflection, ...]
    closed: tuple[Inflection, ...]
    suppressed: tuple[Suppression, ...]
