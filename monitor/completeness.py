"""Whether a week is in: no source of deals fell silent within it.

An export that stopped on a Tuesday shows a few of the deals of its week, and would read as a fall of everything. A
source is complete for a week once it shows a day after it; or where the days from its newest one to the end of the
week are no more than it has usually been silent for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from monitor.calendar import WEEK, last_complete_week
from monitor.wall_clock import local_day

if TYPE_CHECKING:
    from config.settings import Settings

USUAL_SILENCE = 0.95
"""The part of all silences that are no longer than the usual one: holidays apart, a weekend for most."""
LOOK_BACK = timedelta(weeks=52)
A_WEEKEND = 2
"""So many silent days say nothing, however busy a company is."""
LEAST_SILENCES = 20
"""With fewer, nothing is usual yet, and a day within the week is enough."""


def newest_week(settings: Settings, versions: pl.DataFrame, now: datetime) -> date | None:
    """The newest complete week that every source of deals reaches to the end of; None without one."""
    company = settings.company
    sources = [source.name for source in settings.sources if source.role == "deals"]
    late_by = max((source.late_by for source in settings.sources), default=timedelta(0))
    days = versions.select(pl.min_horizontal("created_on", "closed_on").min()).item()
    week = last_complete_week(local_day(company.timezone, now), late_by, company.week_starts)
    while isinstance(days, date) and week >= days:
        if not silent_sources(versions, sources, week, now, company.timezone):
            return week
        week -= WEEK
    return None


def silent_sources(
    versions: pl.DataFrame, sources: Sequence[str], week: date, at: datetime, timezone: str
) -> tuple[str, ...]:
    """The `sources` whose deals do not reach to the end of `week`, by what was known at the instant `at`.

    versions   every version of every deal; days after that of `at` in the company's zone are of no account
    """
    known = versions.filter(~pl.col("observed") | (pl.col("known_at") <= at))
    dated = pl.concat(
        [
            known.select("source", day="created_on"),
            known.filter(pl.col("outcome") != "open").select("source", day="closed_on"),
        ]
    )
    days = dated.filter(pl.col("day") <= local_day(timezone, at)).unique().sort("source", "day")
    own = {name: days.filter(pl.col("source") == name)["day"] for name in sources}
    return tuple(name for name in sources if own[name].is_empty() or not _reaches(own[name], week))


def _reaches(days: pl.Series, week: date) -> bool:
    """Whether sorted distinct days with deals reach to the end of the week."""
    newest, last = days[-1], week + WEEK - timedelta(days=1)
    if newest > last:
        return True
    if newest < week:
        return False
    earlier = days.filter(days > newest - LOOK_BACK)
    silences = earlier.diff().dt.total_days().drop_nulls()
    usual = silences.quantile(USUAL_SILENCE, interpolation="higher")
    if usual is None or len(silences) < LEAST_SILENCES:
        return True
    return bool((last - newest).days <= max(usual, A_WEEKEND))
