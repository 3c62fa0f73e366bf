"""What LeftTurn is held against: a binomial chart on raw weekly counts, at the same nominal budget.

Each week's share is compared with that of the first 26 weeks (two proportions, pooled, both sides), at a level that
would alarm `budget` times in 52 binomial weeks. Weeks in a row are one alarm. It watches one series, so that the
whole budget is its own; LeftTurn spends it on some thirty.
"""

from __future__ import annotations

from datetime import timedelta
from statistics import NormalDist

import numpy as np
import polars as pl

from config.settings import Settings
from monitor.demo.company import FIRST_DAY, WEEKS
from monitor.plan import plan_of
from monitor.profile import with_tier
from monitor.schedule import ready_at
from monitor.types import FloatArray
from monitor.weekly import History, Weekly

Counts = FloatArray
LEARNING = 26
WEEKS_A_YEAR = 52
COHORT_AGE = 6
"""Weeks after which a chart by week of creation reads the newest cohort."""
DECIDED = ("won", "lost", "no_decision")


def naive_alarms(counts: Counts, budget: float, first: int = LEARNING) -> int:
    """How often the chart alarms from week `first` on, for hits and deals of each week (2, T).

    >>> naive_alarms(np.array([[5.0] * 26 + [5, 0, 0, 5], [10.0] * 30]), 0.5)
    1
    """
    hits, of = counts
    bar = NormalDist().inv_cdf(1 - budget / WEEKS_A_YEAR / 2)
    before, before_of = hits[:LEARNING].sum(), of[:LEARNING].sum()
    pooled = (hits + before) / np.maximum(of + before_of, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(pooled * (1 - pooled) * (1 / of + 1 / max(before_of, 1.0)))
        score = np.abs(hits / of - before / max(before_of, 1.0)) / spread
    out = np.nan_to_num(score)[first:] > bar
    return int((out & ~np.concatenate(([False], out[:-1]))).sum())


def by_closing(history: History, settings: Settings) -> Counts:
    """Won and decided by week of closing, whatever the motion."""
    del settings
    return _counted(history.versions.filter(pl.col("outcome").is_in(DECIDED)), "closed_on")


def by_entry(history: History, settings: Settings) -> Counts:
    """Won and decided by week of closing, each week as it stood when it was ready to be judged."""
    each = [by_closing(_then(history, settings, week), settings)[:, week] for week in range(WEEKS)]
    return np.stack(each, axis=1)


def by_cohort(history: History, settings: Settings) -> Counts:
    """Won and decided by week of creation: those learned from as they have become, later ones as of COHORT_AGE."""
    del settings
    deals = history.versions.filter(pl.col("outcome").is_in(DECIDED), pl.col("created_on").is_not_null())
    start = pl.col("created_on").dt.truncate("1w")
    young = (pl.col("created_on") >= FIRST_DAY + timedelta(weeks=LEARNING)) & (
        pl.col("closed_on") >= start + timedelta(weeks=COHORT_AGE)
    )
    counts = _counted(deals.filter(~young), "created_on")
    return counts[:, : WEEKS - COHORT_AGE]


def by_latest_tier(history: History, settings: Settings) -> Counts:
    """Core-fit and all creations by week, by the accounts as they are when the week is ready to be judged.

    The weeks learned from stand as they did at their end.
    """
    weekly = Weekly(settings=settings)
    counts = np.zeros((2, WEEKS))
    for week in range(LEARNING - 1, WEEKS):
        at = ready_at(plan_of(settings), FIRST_DAY + timedelta(weeks=week))
        deals = with_tier(weekly.deals(at, history).drop("tier", "core"), settings.profile)
        known = deals.filter(pl.col("tier") != "unknown", pl.col("created_on").is_not_null())
        found = _by_week(known, "created_on", pl.col("core"))
        if week == LEARNING - 1:
            counts[:, :LEARNING] = found[:, :LEARNING]
        counts[:, week] = found[:, week]
    return counts


def _then(history: History, settings: Settings, week: int) -> History:
    at = ready_at(plan_of(settings), FIRST_DAY + timedelta(weeks=week))
    return History(versions=Weekly(settings=settings).deals(at, history), accounts=history.accounts)


def _counted(deals: pl.DataFrame, day: str) -> Counts:
    return _by_week(deals, day, pl.col("outcome") == "won")


def _by_week(deals: pl.DataFrame, day: str, hit: pl.Expr) -> Counts:
    """Hits and rows of each week of the export, (2, WEEKS)."""
    week = ((pl.col(day) - pl.lit(FIRST_DAY)).dt.total_days() // 7).alias("week")
    found = deals.select(week, hit=hit).filter(pl.col("week").is_between(0, WEEKS - 1))
    at = found["week"].to_numpy()
    hits = np.bincount(at, found["hit"].to_numpy().astype(float), minlength=WEEKS)
    return np.stack([hits, np.bincount(at, minlength=WEEKS).astype(float)])
