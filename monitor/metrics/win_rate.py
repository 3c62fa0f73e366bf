"""Win rate: won / (won + lost + no decision) of qualified deals of the chosen motion, by count."""

from __future__ import annotations

import polars as pl

from monitor.metrics.kind import MetricKind, Scope, qualified


def observe(deals: pl.DataFrame, scope: Scope) -> pl.DataFrame:
    """Decided deals; the value is 1 for won. Deals that were never qualified are not asked whether they won."""
    return qualified(deals, scope).with_columns(value=(pl.col("outcome") == "won").cast(pl.Float64))


KIND = MetricKind(
    name="win_rate",
    unit="rate",
    observe=observe,
    estimate="mean",
    harmful="down",
    drift=0.0002,
    default_basis="decided",
    clusters=(("owner", "on"), ("closer", "on"), ("closer", "week"), ("order", "week")),
    by_tier=True,
    core_series=True,
)
