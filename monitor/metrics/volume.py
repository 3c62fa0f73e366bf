"""Volume: deals created a week (decided, where the source shows no open deals)."""

from __future__ import annotations

import polars as pl

from monitor.metrics.kind import Basis, MetricKind, on_basis


def observe(deals: pl.DataFrame, basis: Basis) -> pl.DataFrame:
    """Every deal of the basis, counted once."""
    return on_basis(deals, basis).with_columns(value=pl.lit(1.0))


KIND = MetricKind(
    name="volume",
    unit="count",
    observe=observe,
    estimate="count",
    harmful="down",
    drift=0.0006,
    default_basis="created",
    growth=True,
)
