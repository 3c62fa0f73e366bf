"""The created-cohort win rate: what became of the deals that were created in a quarter, whatever is still open.

Of a young cohort only the quick deals are decided, and they win more, or less, often than the rest. Read with open
deals as censored and won, lost and no decision as competing ends (`detectors.incidence`), each quarter says what it
had come to by the same age. It is a reading beside the metrics and none of them: weeks are judged by the day of
decision.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from detectors.incidence import cumulative_incidence
from monitor.beginning import beginning_of
from monitor.calendar import FiscalCalendar
from monitor.wall_clock import local_day
from monitor.weekly import History, Weekly, of_motion
from monitor.where import matches

if TYPE_CHECKING:
    from config.settings import Settings

ENDS = ("won", "lost", "no_decision")
USUALLY_DECIDED = 0.75
NEWEST = 8
"""Quarters that are shown."""
LEAST_AT_RISK = 10
"""Deals that must have come of the age for a share by that age to be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """The deals created in a fiscal quarter. `won`, `lost` and `no_decision` are shares by the age of `weeks`.

    so_far    won of those decided until now, which flatters or wrongs a young quarter
    between   a 90 % interval of `won`; both None, as the shares are, where too few came of the age
    """

    quarter: str
    deals: int
    still_open: int
    weeks: int
    so_far: float | None
    won: float | None
    between: tuple[float, float] | None
    lost: float | None
    no_decision: float | None

    def as_dict(self) -> dict[str, Any]:
        """The cohort for JSON."""
        return {
            name: list(value) if isinstance(value := getattr(self, name), tuple) else value
            for name in self.__slots__
        }


def cohorts_now(settings: Settings, history: History, now: datetime) -> tuple[Cohort, ...]:
    """The cohorts of the deals that the first win rate of the configuration is asked of, as known at `now`."""
    metric = next((one for one in settings.metrics.values() if one.kind == "win_rate"), None)
    if metric is None:
        return ()
    deals = of_motion(Weekly(settings=settings).deals(now, history), metric, settings)
    if metric.where is not None:
        deals = deals.filter(matches(metric.where, deals.columns))
    return cohorts_of(deals, settings, local_day(settings.company.timezone, now))


def cohorts_of(deals: pl.DataFrame, settings: Settings, today: date) -> tuple[Cohort, ...]:
    """The newest quarters of creation of `deals` as known on `today`, oldest first; none without open deals."""
    dated = deals.filter(
        pl.col("created_on").is_not_null()
        & pl.col("outcome").is_in(["open", *ENDS])
        & (pl.col("created_on") <= today)
        & ((pl.col("outcome") == "open") | pl.col("closed_on").is_not_null())
    )
    seen_until = min(
        today, _newest_day(dated) or today
    )  # an open deal was last seen when the export was made
    dated = dated.with_columns(
        age=(
            pl.when(pl.col("outcome") == "open").then(pl.lit(seen_until)).otherwise("closed_on")
            - pl.col("created_on")
        ).dt.total_days(),
        kind=pl.col("outcome").replace_strict({"open": 0, **{e: 1 + p for p, e in enumerate(ENDS)}}),
    )
    dated = dated.filter(pl.col("age") >= 0)
    decided = dated.filter(pl.col("kind") > 0)
    beginning = beginning_of(deals)
    if decided.is_empty() or decided.height == dated.height or beginning is None:
        return ()
    dated = dated.filter(pl.col("created_on") >= beginning.first)  # of earlier ones the quick are not there
    usual = float(decided["age"].quantile(USUALLY_DECIDED) or 0.0)
    weeks = max(1, int(np.ceil(usual / 7)))
    return tuple(_cohorts(dated, settings, weeks))[-NEWEST:]


def _newest_day(deals: pl.DataFrame) -> date | None:
    over = deals.filter(pl.col("outcome") != "open")["closed_on"].max()
    days = [day for day in (over, deals["created_on"].max()) if isinstance(day, date)]
    return max(days, default=None)


def _cohorts(dated: pl.DataFrame, settings: Settings, weeks: int) -> Iterator[Cohort]:
    company = settings.company
    calendar = FiscalCalendar(
        starts=company.fiscal.starts, pattern=company.fiscal.pattern, week_starts=company.week_starts
    )
    days = dated["created_on"].unique().sort()
    quarters = pl.DataFrame({"created_on": days, "quarter": [calendar.quarter(day) for day in days]})
    placed = dated.join(quarters, on="created_on", how="left").sort("created_on", maintain_order=True)
    for (quarter,), members in placed.group_by("quarter", maintain_order=True):
        yield _cohort(str(quarter), members, weeks)


def _cohort(quarter: str, members: pl.DataFrame, weeks: int) -> Cohort:
    age = members["age"].to_numpy().astype(np.float64)
    kind = members["kind"].to_numpy().astype(np.int64)
    decided, limit = int((kind > 0).sum()), 7.0 * weeks
    won = lost = no_decision = between = None
    if int((age >= limit).sum()) >= LEAST_AT_RISK:
        found = cumulative_incidence(age, kind, len(ENDS))
        won, lost, no_decision = (float(share) for share in found.by(limit))
        low, high = found.between(limit)[0]
        between = float(low), float(high)
    return Cohort(
        quarter=quarter,
        deals=len(age),
        still_open=int((kind == 0).sum()),
        weeks=weeks,
        so_far=float((kind == 1).sum() / decided) if decided else None,
        won=won,
        between=between,
        lost=lost,
        no_decision=no_decision,
    )
