"""Which series lie outside the core of the profile: there a rise is as much news as a fall.

Inside the core the harmful direction has most of the weight, since what is lost there is what the company lives on.
Outside it, neither is: fewer wins may be good riddance and more may be a market nobody had thought of, so both
directions weigh alike and a left turn is found as soon as a loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from config.check_where import TIERS_APART
from monitor.cuts import TIER, cut_of
from monitor.panel import CORE
from monitor.profile import UNKNOWN
from monitor.types import SeriesKey

if TYPE_CHECKING:
    from config.settings import MetricSettings, ProfileVersion
    from config.where import Where


def lies_outside(key: SeriesKey, metric: MetricSettings, profile: Sequence[ProfileVersion]) -> bool:
    """Whether a series says nothing of the core: a tier outside it, or a metric of such tiers.

    A tier that is in the core of any version of the profile is inside; deals of an unknown tier are neither. A cut is
    a share of the core and more: that it falls is what hurts, and what a left turn shows as well.
    """
    core = {tier for version in profile for tier in version.core}
    if not core or key.segment == CORE or cut_of(key) is not None:
        return False
    names = _tiers_of(key, metric.where, profile)
    return bool(names) and not names & {*core, UNKNOWN}


def _tiers_of(key: SeriesKey, where: Where | None, profile: Sequence[ProfileVersion]) -> set[str]:
    """The tiers that a series is asked to be about; none where it is not asked."""
    every = {tier for version in profile for tier in version.tiers} | set(TIERS_APART)
    asked = [{value} for name, value in key.segment if name == TIER]
    for condition in where.conditions if where else ():
        if condition.name == TIER and condition.op in {"in", "not_in"}:
            values = {str(value) for value in condition.values}
            asked.append(values if condition.op == "in" else every - values)
    return set.intersection(*asked) if asked else set()
