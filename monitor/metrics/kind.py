"""What a metric kind is: which deals it looks at, on which day, and what it reads off each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from monitor.types import Direction, Unit

Basis = Literal["created", "decided"]
"""The day a deal counts: when it was created, or when it was decided (where the source shows no open deals)."""

DECIDED = ("won", "lost", "no_decision")


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricKind:
    """One kind of metric.

    observe     deals with a tier, the basis → the deals that count, with `on` (Date) and `value` (Float64)
    estimate    "mean": a week's value is the weighted mean; "count": the logarithm of how many
    trim        the share of weight cut from each end of the week before the mean
    harmful     the direction that hurts
    drift       the slow drift that is forgiven, kap2 of the detection method
    clusters    the columns that make one batch of deals, one tuple a kind of batch; none reaches beyond its week, so
                that no later deal changes what a week was worth
    by_tier     adjusted for the mix of tiers, so that a change of focus is no change of the rate
    growth      a steady trend is ordinary and belongs to the null model, as do holidays
    """

    name: str
    unit: Unit
    observe: Callable[[pl.DataFrame, Basis], pl.DataFrame]
    estimate: Literal["mean", "count"]
    harmful: Direction
    drift: float
    default_basis: Basis
    trim: float = 0.0
    clusters: tuple[tuple[str, ...], ...] = ()
    by_tier: bool = False
    growth: bool = False
    core_series: bool = False


def on_basis(deals: pl.DataFrame, basis: Basis) -> pl.DataFrame:
    """`deals` that have the day of the basis, with that day as `on`."""
    if basis == "created":
        return deals.filter(pl.col("created_on").is_not_null()).with_columns(on=pl.col("created_on"))
    return decided(deals)


def decided(deals: pl.DataFrame, outcomes: Sequence[str] = DECIDED) -> pl.DataFrame:
    """Deals with one of `outcomes` and a closing day, with that day as `on`."""
    return deals.filter(
        pl.col("outcome").is_in(list(outcomes)) & pl.col("closed_on").is_not_null()
    ).with_columns(on=pl.col("closed_on"))
