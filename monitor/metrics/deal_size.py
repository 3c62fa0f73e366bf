"""Deal size: the amount of won deals, read as a logarithm, so that one giant among them moves little.

Amounts of several currencies are never added: each is held against the ordinary amount in its own currency. What is
told is the size in the company's own, as it stood in ordinary times and as it has moved since.
"""

from __future__ import annotations

import polars as pl

from monitor.metrics.kind import MetricKind, Scope, decided, known_only


def observe(deals: pl.DataFrame, scope: Scope) -> pl.DataFrame:  # noqa: ARG001  only a won deal has a size
    """Won deals with an amount above nothing; the value is ln(amount)."""
    amount = pl.col("amount").cast(pl.Float64)
    return known_only(decided(deals, ("won",)).with_columns(value=pl.when(amount > 0).then(amount.log())))


KIND = MetricKind(
    name="deal_size",
    unit="money",
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
