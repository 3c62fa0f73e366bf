"""Volume: deals created a week (decided, where the source shows no open deals); of one order, one.

Counts are read as ln(count + 1/2), Anscombe's transformation for counts that scatter more than Poisson's ("The
transformation of Poisson, binomial and negative-binomial data", 1948): a change is a factor, and the scatter hardly
depends on the level. A count has nothing that deals of one batch could agree on; what batches add to its scatter
is in the scatter that the detector measures.

More than any rate, volume has seasons: a quiet summer, a full spring. Before they were seen, a swing of some 20 %
(15 % for each of sine and cosine) is taken for what the year may do, and a fall within it is no alarm. After a year
or two the season is known, and a fall stands out of it as it would without one.
"""

from __future__ import annotations

import polars as pl

from monitor.metrics.kind import MetricKind, Scope, on_basis


def observe(deals: pl.DataFrame, scope: Scope) -> pl.DataFrame:
    """Every deal of the basis, counted once; of the deals of one order the earliest alone."""
    rows = on_basis(deals, scope.basis).with_columns(value=pl.lit(1.0))
    if not rows["order"].is_not_null().any():
        return rows
    one = pl.coalesce("order", pl.concat_str(pl.lit("\x1f"), "deal_id"))
    return (
        rows.with_columns(one=one)
        .sort("on", "deal_id")
        .unique(["source", "one"], keep="first", maintain_order=True)
        .drop("one")
    )


KIND = MetricKind(
    name="volume",
    unit="count",
    observe=observe,
    estimate="count",
    harmful="down",
    drift=0.0006,
    default_basis="created",
    growth=True,
    season=(0.15, 0.15, 0.08, 0.08),
)
