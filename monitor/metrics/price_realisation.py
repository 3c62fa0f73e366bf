"""Price realisation of won deals: amount / list, read as a logarithm; 1 is list price.

Like `discount`, but a change is a factor: that is right where list prices are marked down in steps, and where a deal
may cost several times its list price.
"""

from __future__ import annotations

import polars as pl

from monitor.metrics.discount import share_off
from monitor.metrics.kind import MetricKind, Scope, decided, known_only


def observe(deals: pl.DataFrame, scope: Scope) -> pl.DataFrame:  # noqa: ARG001  only a won deal has a price
    """Won deals with a price above nothing; the value is ln(paid / list), a ratio in the deal's own currency."""
    paid = 1.0 - share_off()
    return known_only(decided(deals, ("won",)).with_columns(value=pl.when(paid > 0).then(paid.log())))


KIND = MetricKind(
    name="price_realisation",
    unit="price",
    observe=observe,
    estimate="mean",
    harmful="down",
    drift=0.0006,
    default_basis="decided",
    of=("won",),
    trim=0.1,
    clusters=(("owner", "on"), ("order", "week")),
)
