"""Fit mix: the core-fit share of the deals created; deals whose tier cannot be told are kept out.

Of a profile of several tiers the share of each lower one "or better" is watched as well (monitor.cuts).
"""

from __future__ import annotations

import polars as pl

from monitor.metrics.kind import MetricKind, Scope, on_basis
from monitor.profile import UNKNOWN


def observe(deals: pl.DataFrame, scope: Scope) -> pl.DataFrame:
    """Deals of a known tier on the day of the basis; the value is 1 for core-fit."""
    rows = on_basis(deals, scope.basis).filter(pl.col("tier") != UNKNOWN)
    return rows.with_columns(value=pl.col("core").cast(pl.Float64))


KIND = MetricKind(
    name="fit_mix",
    unit="share",
    observe=observe,
    estimate="mean",
    harmful="down",
    drift=0.0002,
    default_basis="created",
    clusters=(("maker", "on"), ("order", "week")),
    by_cut=True,
)
