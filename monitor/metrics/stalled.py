"""Stalled: of the deals that reach their usual age in a week, the share that is still open.

The usual age is the one by which three in four of the deals decided in ordinary times were decided. Every deal
counts once, in the week it comes of that age, so that the weeks are independent of one another. (The stock of old
open deals, which pipeline reports show, holds the same deals week after week: a clean-up looks like a recovery, and a
share of it is no series to detect anything in.)
"""

from __future__ import annotations

import math

import polars as pl

from monitor.metrics.kind import MetricKind, Scope, decided

USUALLY_DECIDED = 0.75


def usual_age(deals: pl.DataFrame, scope: Scope) -> int:
    """Whole weeks by which deals decided in the learning period were usually decided; 0 where there were none."""
    if scope.wait is not None:
        return scope.wait
    early = decided(deals).filter(pl.col("on") < pl.lit(scope.learned_by, pl.Date))
    days = early.select((pl.col("closed_on") - pl.col("created_on")).dt.total_days()).to_series().drop_nulls()
    usual = days.filter(days >= 0).quantile(USUALLY_DECIDED)
    return 0 if usual is None else max(1, math.ceil(usual / 7))


def observe(deals: pl.DataFrame, scope: Scope) -> pl.DataFrame:
    """Deals created since the first week, on the day they come of age; the value is 1 for one still open."""
    weeks = usual_age(deals, scope)
    aged = pl.col("created_on").dt.offset_by(f"{weeks}w")
    settled = (pl.col("outcome") != "open") & (pl.col("closed_on") <= aged).fill_null(True)
    rows = deals.filter(pl.col("created_on") >= pl.lit(scope.first_week, pl.Date)) if weeks else deals.clear()
    return rows.with_columns(on=aged, value=(~settled).cast(pl.Float64))


KIND = MetricKind(
    name="stalled",
    unit="share",
    observe=observe,
    estimate="mean",
    harmful="up",
    drift=0.0002,
    default_basis="created",
    clusters=(("maker", "on"), ("order", "week")),
    by_tier=True,
    waits=usual_age,
    needs_open=True,
)
