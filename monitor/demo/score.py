"""What was found beside what was planted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from monitor.demo.company import Plant
from monitor.ledger import Inflection

AFTERMATH = timedelta(weeks=8)
"""How long after its end a change may still be found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A planted change and the inflection that tells of it, if one does."""

    plant: Plant
    inflection: Inflection | None

    @property
    def weeks(self) -> int | None:
        """Weeks from the change's first day to the alert."""
        return (self.inflection.opened_on - self.plant.begins).days // 7 if self.inflection else None

    @property
    def dated(self) -> bool:
        """Whether the week of the change's first day lies in the stated interval."""
        if self.inflection is None:
            return False
        low, high = self.inflection.headline.started_between
        return low - timedelta(days=6) <= self.plant.begins <= high + timedelta(days=6)

    @property
    def rightly_named(self) -> bool:
        """Whether the verdict is the planted one."""
        return self.inflection is not None and self.inflection.cause.verdict == self.plant.verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Each planted change with what was found of it, and the inflections that tell of nothing planted."""

    found: tuple[Found, ...]
    further: tuple[Inflection, ...]


def score(plants: Sequence[Plant], inflections: Sequence[Inflection]) -> Score:
    """Match inflections to planted changes: the first that moved the planted metric the planted way, in its time."""
    rest = sorted(inflections, key=lambda one: one.opened_on)
    found = []
    for plant in plants:
        match = next((one for one in rest if _tells_of(one, plant)), None)
        rest = [one for one in rest if one is not match]
        found.append(Found(plant=plant, inflection=match))
    return Score(found=tuple(found), further=tuple(rest))


def _tells_of(inflection: Inflection, plant: Plant) -> bool:
    last = date.max if plant.ends is None else plant.ends + AFTERMATH
    return plant.begins <= inflection.opened_on <= last and any(
        finding.kind == plant.metric and (finding.after - finding.before) * plant.size > 0
        for finding in inflection.findings
    )
