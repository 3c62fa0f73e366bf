"""Price per unit of won deals, amount / quantity: what is left to see of prices where no list price exists.

Told as an index of a fixed basket: each deal's price is held against the ordinary price of the same product in the
same currency, so that neither another mix of products nor of currencies is called a change of price. Products that
ordinary times do not know are kept out.
"""

from __future__ import annotations

import polars as pl

from monitor.metrics.kind import MetricKind, Scope, decided, known_only


def observe(deals: pl.DataFrame, scope: Scope) -> pl.DataFrame:  # noqa: ARG001  only a won deal has a price
    """Won deals that were paid for and have a quantity; the value is ln(amount / quantity)."""
    amount = pl.col("amount").cast(pl.Float64)
    priced = (amount > 0) & (pl.col("quantity") > 0)
    return known_only(
        decided(deals, ("won",)).with_columns(value=pl.when(priced).then((amount / pl.col("quantity")).log()))
    )


KIND = MetricKind(
    name="price_per_unit",
    unit="price",
    observe=observe,
    estimate="mean",
    harmful="down",
    drift=0.0006,
    default_basis="decided",
    of=("won",),
    trim=0.1,
    clusters=(("owner", "on"), ("order", "week")),
    always_by=("currency",),
    fixed_basket=True,
)
