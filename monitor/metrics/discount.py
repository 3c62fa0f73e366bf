"""Discount of won deals: 1 - amount / list, or the source's own share; negative above list.

Deals with nothing paid or without a list price say nothing about price and are kept out.
"""

from __future__ import annotations

import polars as pl

from monitor.metrics.kind import MetricKind, Scope, decided, known_only


def observe(deals: pl.DataFrame, scope: Scope) -> pl.DataFrame:  # noqa: ARG001  only a won deal has a price
    """Won deals with a price; the value is the discount, a ratio in the deal's own currency."""
    return known_only(decided(deals, ("won",)).with_columns(value=share_off()))


def share_off() -> pl.Expr:
    """The share of the list price that was not paid, as the source says or as the two amounts do; else null."""
    amount, listed = pl.col("amount").cast(pl.Float64), pl.col("list_amount").cast(pl.Float64)
    from_list = pl.when((amount > 0) & (listed > 0)).then(1.0 - amount / listed)
    return pl.coalesce(pl.col("discount"), from_list)


KIND = MetricKind(
    name="discount",
    unit="discount",
    observe=observe,
    estimate="mean",
    harmful="up",
    drift=0.001,
    default_basis="decided",
    of=("won",),
    trim=0.1,
    clusters=(("owner", "on"), ("order", "week")),
)
