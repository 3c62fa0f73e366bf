"""A change of the profile's definition is no change of the business: the move computed by each definition alone.

Where a new version of the profile came into force between the two periods, deals before and after were measured with
two rulers. The move is measured again with one ruler throughout, once with each; what the two rulers made together
beyond the mean of these is recording.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from monitor.diagnosis.redescribed import of_tiers
from monitor.diagnosis.split import Estimate, WeeklySums, split
from monitor.diagnosis.sums import Window, weekly_sums
from monitor.panel import Panel, deal_weights_of, deals_of
from monitor.types import SeriesKey

if TYPE_CHECKING:
    from config.settings import ProfileVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Redefined:
    """The move of a series by each definition alone; `effective` is the day of each definition.

    `made` is what the change of definition made of it: the move as measured less the mean of `ways`.
    """

    effective: tuple[date, ...]
    measured: Estimate
    ways: tuple[Estimate, ...]

    @property
    def made(self) -> Estimate:
        """Measured less the mean of the ways; as uncertain as those are, and as far apart as they are."""
        values = [way.value for way in self.ways]
        error = float(np.sqrt(np.mean([way.error**2 for way in self.ways]) + np.var(values)))
        return Estimate(
            value=self.measured.value - float(np.mean(values)),
            error=error,
            freedom=min(way.freedom for way in self.ways),
        )


def redefined(
    key: SeriesKey,
    panel: Panel,
    window: Window,
    profile: Sequence[ProfileVersion],
    retiered: Callable[[str, ProfileVersion], Panel | None],
) -> Redefined | None:
    """The move of the series by each version of the profile in force around it; None where one ruler was used.

    Only what depends on tiers can be redefined: a count or a rate of all deals is what it is.
    """
    if not window.tells or not of_tiers(key, panel):
        return None
    first, last = panel.weeks[window.before[0]], panel.weeks[window.after[-1]]
    since = [version for version in profile[1:] if first < version.effective <= last]
    if not since:
        return None
    used = [profile[profile.index(since[0]) - 1], *since]
    panels = [retiered(panel.metric, version) for version in used]
    if any(one is None or one.weeks != panel.weeks for one in panels):
        return None
    measured = _move(panel, key, window)
    ways = [_move(one, key, window) for one in panels if one is not None]
    if measured is None or any(way is None for way in ways):
        return None
    return Redefined(
        effective=tuple(version.effective for version in used),
        measured=measured,
        ways=tuple(way for way in ways if way is not None),
    )


def _move(panel: Panel, key: SeriesKey, window: Window) -> Estimate | None:
    groups, weights = np.where(deals_of(panel, key), 0, -1), deal_weights_of(panel)

    def sums(weeks: np.ndarray[tuple[int], np.dtype[np.int64]]) -> WeeklySums:
        return weekly_sums(panel.observed.week, panel.observed.value, weights, groups, 1, weeks)

    before, after = sums(window.before), sums(window.after)
    return split(before, after).whole if before.deals.any() and after.deals.any() else None
