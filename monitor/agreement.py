"""The pooled alarm: series none of which has an alarm of its own carry an inflection together.

The sum over all series of R_s / h_s grows by no more than the budget a week, whatever they have to do with one
another (detection method 1.3 d): series that agree may alarm where theirs reaches 1, and it needs no further budget.
Their evidence is added, never multiplied: they share weeks and deals.

Of the series that a person could be told of, those agree that moved the same way, harm or good, and date to one time
with the strongest of them. No more of them are taken than it needs, the strongest first: what is told and restarts
has spent a whole alarm, and what adds nothing is not said to have moved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from detectors.shiryaev import LEAST_AGE
from monitor.diagnosis.windows import finding_of
from monitor.judge import Judged
from monitor.ledger import Part
from monitor.metrics import METRICS
from monitor.same_time import together
from monitor.types import Finding, SeriesKey

ALARM = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    """A series that may agree, with the change it would be told as."""

    judged: Judged
    finding: Finding

    @property
    def part(self) -> float:
        return self.judged.part_of_bar


def sets_that_agree(judged: Sequence[Judged]) -> list[list[Judged]]:
    """The sets of series that alarm together, strongest first within each; no series is in two of them.

    `judged` are series that no open inflection tells of; what is over its own bar alarmed by itself, or was refused.
    """
    able = [one for one in judged if 0.0 < one.part_of_bar < ALARM and _could_be_told(one)]
    return [
        [member.judged for member in found]
        for way in (True, False)
        for found in _sets(_that_moved(able, way))
    ]


def brought_up_to_date(
    parts: Sequence[Part], by_key: Mapping[SeriesKey, Judged]
) -> tuple[tuple[Part, ...], frozenset[SeriesKey]]:
    """What the series that carry an inflection come to this week, and which of them still agree.

    A series that has left the others counts nought; one that was not judged, what it last did. Below a sum of 1 all
    stays as it was, and none is named: what turns back is dated worse every week.
    """
    if not parts:
        return (), frozenset()
    unseen = {part.told.key: part.now for part in parts if part.told.key not in by_key}
    found = [by_key[part.told.key] for part in parts if part.told.key in by_key]
    dated = [one for one in found if one.part_of_bar > 0.0 and one.reading.start is not None]
    agreed = max(
        (_with_strongest(_that_moved(dated, way)) for way in (True, False)),
        key=lambda members: sum(member.part for member in members),
    )
    now = {member.judged.key: member.part for member in agreed}
    if sum(now.values()) < ALARM:
        return tuple(parts), frozenset()
    known = now | unseen
    return tuple(replace(part, now=known.get(part.told.key, 0.0)) for part in parts), frozenset(now)


def moved_elsewhere(one: Judged) -> bool:
    """Whether a slice that changed against the rest did not itself move that way: it is the rest that changed."""
    if not one.key.contrast:
        return False
    finding = finding_of(one)
    return not (finding.after - finding.before) * one.reading.effect > 0


def _could_be_told(one: Judged) -> bool:
    """As an alarm of its own would have to be: old enough to be no blip, large enough to matter, its own move."""
    reading = one.reading
    if reading.start is None or reading.start_high is None or not METRICS[one.series.kind].opens:
        return False
    lasting = len(one.series.weeks) - reading.start_high >= LEAST_AGE
    return lasting and not reading.shock and reading.matters >= 0.5 and not moved_elsewhere(one)


def _that_moved(judged: Sequence[Judged], harm: bool) -> list[_Member]:
    """Those that moved to harm, or else to good, strongest first. Too little in all, and none need be looked at."""
    same = [one for one in judged if _harms(one) is harm]
    if sum(one.part_of_bar for one in same) < ALARM:
        return []
    same.sort(key=lambda one: (-one.part_of_bar, str(one.key)))
    return [_Member(judged=one, finding=finding_of(one)) for one in same]


def _harms(one: Judged) -> bool:
    return (one.reading.effect < 0) == (METRICS[one.series.kind].harmful == "down")


def _sets(left: list[_Member]) -> list[list[_Member]]:
    """Sets with a sum of 1, each with its strongest and the next in strength that agree with it."""
    found: list[list[_Member]] = []
    while left:
        enough = _enough(_with_strongest(left))
        if enough:
            found.append(enough)
        taken = {member.judged.key for member in enough} or {left[0].judged.key}
        left = [member for member in left if member.judged.key not in taken]
    return found


def _with_strongest(members: Sequence[_Member]) -> list[_Member]:
    """Those that date to one time with the first."""
    return [member for member in members if together(members[0].finding, member.finding)]


def _enough(agreed: Sequence[_Member]) -> list[_Member]:
    """The strongest of those that agree, as many as come to 1; none where all do not."""
    total = 0.0
    for count, member in enumerate(agreed, start=1):
        total += member.part
        if total >= ALARM:
            return list(agreed[:count])
    return []
