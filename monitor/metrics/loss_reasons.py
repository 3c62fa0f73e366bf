"""Loss reasons: of the lost deals that name a reason, the share of each of the usual ones.

They support a verdict and never carry one: sellers and buyers disagree about most of them. So none of these series
can open an inflection, and they spend nothing of the budget for alarms.
"""

from __future__ import annotations

import polars as pl

from monitor.metrics.kind import MetricKind, Scope, decided

LOST = ("lost", "no_decision")


def observe(deals: pl.DataFrame, scope: Scope) -> pl.DataFrame:  # noqa: ARG001  only a lost deal has a reason
    """Lost deals with a reason; the value is 1, and `categories` says of which series."""
    rows = decided(deals, LOST).with_columns(value=pl.lit(1.0))
    return rows.filter((pl.col("loss_reason").str.strip_chars() != "").fill_null(False))


KIND = MetricKind(
    name="loss_reasons",
    unit="share",
    observe=observe,
    estimate="mean",
    harmful="up",
    drift=0.0002,
    default_basis="decided",
    of=LOST,
    clusters=(("owner", "on"), ("closer", "on"), ("closer", "week"), ("order", "week")),
    categories="loss_reason",
    opens=False,
)
