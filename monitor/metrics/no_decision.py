"""No decision: of the qualified deals that were decided, the share in which the customer decided nothing."""

from __future__ import annotations

import polars as pl

from monitor.metrics.kind import MetricKind, Scope, qualified


def observe(deals: pl.DataFrame, scope: Scope) -> pl.DataFrame:
    """Decided deals; the value is 1 for those that ended without a decision."""
    return qualified(deals, scope).with_columns(value=(pl.col("outcome") == "no_decision").cast(pl.Float64))


KIND = MetricKind(
    name="no_decision",
    unit="share",
    observe=observe,
    estimate="mean",
    harmful="up",
    drift=0.0002,
    default_basis="decided",
    clusters=(("owner", "on"), ("closer", "on"), ("closer", "week"), ("order", "week")),
    by_tier=True,
)
