"""Cycle time: days from a deal's creation to its being won, read as a logarithm.

Won deals only: a loss is often dated by the day somebody cleaned up, which says nothing about the customer.
"""

from __future__ import annotations

import polars as pl

from monitor.metrics.kind import MetricKind, Scope, decided, known_only


def observe(deals: pl.DataFrame, scope: Scope) -> pl.DataFrame:  # noqa: ARG001  over only once decided
    """Won deals with a day of creation; the value is ln(days + 1), a deal won on its first day having taken one."""
    days = (pl.col("closed_on") - pl.col("created_on")).dt.total_days()
    return known_only(
        decided(deals, ("won",)).with_columns(
            value=pl.when(days >= 0).then((days + 1).cast(pl.Float64).log())
        )
    )


KIND = MetricKind(
    name="cycle_time",
    unit="days",
    observe=observe,
    estimate="mean",
    harmful="up",
    drift=0.0006,
    default_basis="decided",
    of=("won",),
    trim=0.1,
    clusters=(("owner", "on"), ("closer", "on"), ("closer", "week"), ("order", "week")),
    by_tier=True,
)
