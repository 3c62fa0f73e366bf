"""What a metric kind is: which deals it looks at, on which day, and what it reads off each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import polars as pl

from monitor.types import RELATIVE, Direction, Unit

Basis = Literal["created", "decided"]
"""The day a deal counts: when it was created, or when it was decided (where the source shows no open deals)."""

DECIDED = ("won", "lost", "no_decision")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What deals are read for: the day they count on, the first week, and how many weeks are learned from.

    wait            weeks that pass before the first in which a deal counts, where they were learned before
    recorded_since  the first day on which anybody wrote down that a deal was qualified, where that is known
    """

    basis: Basis
    first_week: date
    learning: int
    wait: int | None = None
    recorded_since: date | None = None

    @property
    def learned_by(self) -> date:
        """The first day after the learning period."""
        return self.first_week + timedelta(weeks=self.learning)


def at_once(deals: pl.DataFrame, scope: Scope) -> int:  # noqa: ARG001  most kinds need no wait
    """No week passes before the first that can be counted."""
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricKind:
    """One kind of metric.

    observe      deals with a tier, the scope → the deals that count, with `on` (Date) and `value` (Float64)
    estimate     "mean": a week's value is the weighted mean; "count": the logarithm of how many
    trim         the share of weight cut from each end of the week before the mean
    harmful      the direction that hurts
    drift        the slow drift that is forgiven, kap2 of the detection method
    clusters     the columns that make one batch of deals, one tuple a kind of batch; none reaches beyond its week, so
                 that no later deal changes what a week was worth
    of           outcomes that it is asked of, where it cannot be told of every such deal
    by_tier      adjusted for the mix of tiers, so that a change of focus is no change of the rate
    always_by    adjusted for these columns in any case, beside whatever `adjust_for` names
    fixed_basket only strata that ordinary times know are compared, each with itself and without shrinkage: levels
                 that differ a hundredfold must not lean on one another
    growth       a steady trend is ordinary and belongs to the null model, as do holidays
    season       how far the year may move it before that is no season any more: prior standard deviations of the
                 sine and cosine of the year and of half a year, in one deal's standard deviation; none: not at all
    by_cut       beside the core share, the share of each lower tier "or better" has a series of its own
    categories   the column whose values have a series each, the share of deals that name it
    waits        deals, the scope → weeks that pass before the first one in which a deal can count
    needs_open   cannot be read where the sources show no open deals
    opens        whether an alarm may open an inflection, or only join one
    """

    name: str
    unit: Unit
    observe: Callable[[pl.DataFrame, Scope], pl.DataFrame]
    estimate: Literal["mean", "count"]
    harmful: Direction
    drift: float
    default_basis: Basis
    trim: float = 0.0
    clusters: tuple[tuple[str, ...], ...] = ()
    of: tuple[str, ...] = ()
    by_tier: bool = False
    always_by: tuple[str, ...] = ()
    fixed_basket: bool = False
    growth: bool = False
    season: tuple[float, ...] = ()
    core_series: bool = False
    by_cut: bool = False
    categories: str | None = None
    waits: Callable[[pl.DataFrame, Scope], int] = at_once
    needs_open: bool = False
    opens: bool = True

    @property
    def relative(self) -> bool:
        """Whether the detector reads logarithms, so that a change is a factor."""
        return self.unit in RELATIVE


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


def qualified(deals: pl.DataFrame, scope: Scope) -> pl.DataFrame:
    """Decided deals, without those that were never qualified.

    What was decided before anybody wrote down when a deal was qualified counts in any case.
    """
    rows = decided(deals)
    recorded_since = scope.recorded_since or deals["qualified_on"].min()
    if recorded_since is None:
        return rows
    before = pl.col("closed_on") < pl.lit(recorded_since, pl.Date)
    return rows.filter(pl.col("qualified_on").is_not_null() | before)


def known_only(rows: pl.DataFrame) -> pl.DataFrame:
    """`rows` whose value is a finite number."""
    return rows.filter(pl.col("value").is_not_null() & pl.col("value").is_finite())
