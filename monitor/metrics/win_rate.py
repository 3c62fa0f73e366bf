"""Win rate: won / (won + lost + no decision) of qualified deals of the chosen motion, by count."""

from __future__ import annotations

import polars as pl

from monitor.metrics.kind import Basis, MetricKind, decided


def observe(deals: pl.DataFrame, basis: Basis) -> pl.DataFrame:  # noqa: ARG001  a rate exists only once decided
    """Decided deals; the value is 1 for won. Deals that were never qualified are not asked whether they won.

    What was decided before anybody wrote down when a deal was qualified counts in any case.
    """
    rows = decided(deals)
    recorded_since = deals["qualified_on"].min()
    if recorded_since is not None:
        before = pl.col("closed_on") < pl.lit(recorded_since, pl.Date)
        rows = rows.filter(pl.col("qualified_on").is_not_null() | before)
    return rows.with_columns(value=(pl.col("outcome") == "won").cast(pl.Float64))


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
