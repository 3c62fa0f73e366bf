"""Where a history begins: the first week in which every deal that counts can be in the export.

An export of "everything closed since X" lacks the early creations that closed before X. One of "everything created
since X" lacks the slow deals among its first closings: only quick deals can have been decided, and quick ones win,
or lose, more often than the rest. There the first sales cycle is left out of what is read by the day of decision: the
age by which nine in ten of the decided deals were decided, and never more than half of the history, so that a short
one is not left with nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import polars as pl

from monitor.metrics.kind import Basis

LONG_PAUSE_DAYS = 91
STRAY_SHARE = 0.02
USUAL, SLOW = 0.75, 0.9
"""Of the ages at decision: one that is ordinary, and one that few deals exceed."""
MOST_LEFT_OUT = 0.5
"""Of the days between the first creation and the newest closing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What an export begins with, and what is left out of it.

    by        "closings": everything closed since `first`; "creations": everything created since; "days": only one
              of the two is dated
    first     the first day, strays aside
    slow      days by which nine in ten decided deals were decided
    left_out  days after `first` that are not read by the day of decision
    """

    by: Literal["closings", "creations", "days"]
    first: date
    slow: int = 0
    left_out: int = 0

    def week(self, basis: Basis, week_starts: int) -> date:
        """The first whole week of a basis."""
        late = self.left_out if basis == "decided" else 0
        return _next_week(self.first + timedelta(days=late), week_starts)

    @property
    def sentence(self) -> str | None:
        """What is left out and why, without its full stop; None where nothing is."""
        if not self.left_out:
            return None
        said = (
            f"The history begins with deals created on {self.first}: by {self.first + timedelta(days=self.left_out)} "
            f"only quick ones can have been decided, so nothing is read by the day of decision before"
        )
        if self.left_out >= self.slow:
            return said
        return said + (
            f"; slow deals take {self.slow} days, but no more than half of the history is left out: the first months "
            f"that are read may still look better, or worse, than they were"
        )


def beginning_of(deals: pl.DataFrame) -> Beginning | None:
    """Where the history of `deals` begins; None without dated deals.

    Whether an export is cut by closing or by creation shows in the gap between the first creation and the first
    closing, against the usual age at decision.
    """
    closed = deals.filter(pl.col("closed_on").is_not_null() & (pl.col("outcome") != "open"))
    closed_first, created_first = _first_day(closed["closed_on"]), _first_day(deals["created_on"])
    if closed_first is None or created_first is None:
        only = closed_first or created_first
        return Beginning(by="days", first=only) if only else None
    age = (pl.col("closed_on") - pl.col("created_on")).dt.total_days()
    ages = closed.select(age).to_series().drop_nulls()
    if (closed_first - created_first).days >= max(float(ages.quantile(USUAL) or 0.0), 1.0):
        return Beginning(by="closings", first=closed_first)
    slow, newest = round(float(ages.quantile(SLOW) or 0.0)), closed["closed_on"].max()
    span = (newest - created_first).days if isinstance(newest, date) else 0
    return Beginning(
        by="creations",
        first=created_first,
        slow=slow,
        left_out=max(0, min(slow, round(MOST_LEFT_OUT * span))),
    )


def _first_day(days: pl.Series) -> date | None:
    """The first day, mistyped years aside: a few deals before a long pause are no beginning."""
    known = days.drop_nulls().sort()
    if known.is_empty():
        return None
    after_pause = (known.diff().dt.total_days() > LONG_PAUSE_DAYS).fill_null(False).arg_true()
    strays = after_pause.filter(after_pause <= max(1.0, STRAY_SHARE * known.len()))
    day = known[int(strays.max() or 0)]  # type: ignore[arg-type]
    return day if isinstance(day, date) else None


def _next_week(day: date, starts: int) -> date:
    """The first whole week from `day` on."""
    return day + timedelta(days=(starts - day.weekday()) % 7)
