"""Learned lateness: how long closings take to arrive, beside the `late_by` that the configuration says.

Only what was seen to come counts: the first version with an outcome, observed, of a deal that closed after the source
was first read. Closings of the last weeks are left out, since those that are still to come cannot be counted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from config.settings import Source

FEWEST = 50
"""With fewer closings, a share of 95 % is known to 6 points at best."""
RIPE = timedelta(days=28)
LOOK_BACK = timedelta(days=365)
ENOUGH, SUGGESTED = 0.95, 0.97
"""The share that is to arrive in time, and the one that a suggestion aims at: so that it is not soon taken back."""
FAR_LONGER = 3
"""A `late_by` is too long when half of it would do, and that saves at least so many days."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """How closings of a source arrive: of `closings`, the share that did within `late_by_days`.

    suggested_days   what would do, in whole days; None where `late_by` is as it should be
    """

    source: str
    late_by_days: float
    closings: int
    in_time: float
    suggested_days: int | None

    @property
    def sentence(self) -> str:
        """For people.

        >>> Lateness(source="crm", late_by_days=1, closings=80, in_time=0.9, suggested_days=4).sentence
        'source crm: 90 % of closings arrive within its late_by of 1 day (80 closings); 4 days would do'
        """
        told = (
            f"source {self.source}: {math.floor(100 * self.in_time)} % of closings arrive within its late_by of "
            f"{_days(self.late_by_days)} ({self.closings:,} closings)"
        )
        return told if self.suggested_days is None else f"{told}; {_days(self.suggested_days)} would do"

    def as_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "source": self.source,
            "late_by_days": self.late_by_days,
            "closings": self.closings,
            "in_time": self.in_time,
            "suggested_days": self.suggested_days,
            "sentence": self.sentence,
        }


def learn(
    decided: pl.DataFrame, first_read: date, today: date, source: str, late_by: timedelta, timezone: str
) -> Lateness | None:
    """The lateness of one source; None with fewer than FEWEST closings to learn from.

    decided      its versions with an outcome: deal_id, known_at, observed, closed_on
    first_read   the company's day of its first read; closings up to then were loaded, not seen to come

    A closing on day C that was read on day K needs a `late_by` of K - C days: C is over when C + 1 begins, and what
    is
    read on day C + n comes before n whole days have passed since.
    """
    first = decided.sort("known_at", maintain_order=True).unique("deal_id", keep="first")
    read_on = pl.col("known_at").dt.convert_time_zone(timezone).dt.date()
    days = (
        first.filter(
            "observed",
            pl.col("closed_on") > max(first_read, today - LOOK_BACK),
            pl.col("closed_on") <= today - RIPE,
        )
        .select((read_on - pl.col("closed_on")).dt.total_days().clip(lower_bound=0))
        .to_series()
    )
    if len(days) < FEWEST:
        return None
    in_time = float((days <= late_by / DAY).sum() / len(days))
    needed = int(days.sort()[math.ceil(SUGGESTED * len(days)) - 1])
    longer = late_by / DAY
    spare = longer - needed >= FAR_LONGER and longer >= 2 * needed
    return Lateness(
        source=source,
        late_by_days=longer,
        closings=len(days),
        in_time=in_time,
        suggested_days=needed if in_time < ENOUGH or spare else None,
    )


def lateness_of(conn: Connection, source: Source, today: date, timezone: str) -> Lateness | None:
    """The same from the store, for a source of deals; None before it says anything."""
    from sqlalchemy import func, select

    from monitor.store.bulk import select_frame
    from monitor.store.tables import deal_version, source_read
    from monitor.wall_clock import local_day

    if source.role != "deals":
        return None
    begun = conn.execute(
        select(func.min(source_read.c.read_at)).where(source_read.c.source == source.name)
    ).scalar()
    if begun is None:
        return None
    table = deal_version.c
    decided = select_frame(
        conn,
        [table.deal_id, table.known_at, table.observed, table.closed_on],
        table.source == source.name,
        table.outcome != "open",
        order_by=table.id,
    )
    return learn(decided, local_day(timezone, begun), today, source.name, source.late_by, timezone)


def _days(count: float) -> str:
    return f"{count:g} day{'' if count == 1 else 's'}"
