"""The values that travel between the monitor's rooms.

Rates and shares are 0..1 (a discount may be negative), instants are aware UTC, days are dates of the company,
a week is named by its first day, an index is the first week of the new regime. Deals travel in columns (a
polars frame with the schema of `DEAL_COLUMNS`), never one Python object a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

QuietWhy = Literal["stable", "too_small", "too_few_deals", "learning", "stale_data", "held"]
Verdict = Literal[
    "market_shift",
    "left_turn",
    "focus_drift",
    "price_erosion",
    "commodity_drift",
    "internal",
    "recording",
    "shock",
    "unclear",
]
Direction = Literal["up", "down"]
Outcome = Literal["won", "lost", "no_decision", "disqualified", "open"]
Unit = Literal["rate", "share", "discount", "count", "price", "days", "money"]
"""How a metric reads. A price is a share of list or of its ordinary level; money is in the company's currency."""
RELATIVE: frozenset[Unit] = frozenset({"count", "price", "days", "money"})
"""Units whose series the detector reads as logarithms: a change is a factor, of whatever there was."""

MONEY = pl.Decimal(38, 6)
INSTANT = pl.Datetime("us", "UTC")

DEAL_COLUMNS: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "source": pl.String,
    "deal_id": pl.String,
    "order": pl.String,
    "modified_at": INSTANT,
    "account": pl.String,
    "owner": pl.String,
    "creator": pl.String,
    "closed_by": pl.String,
    "created_on": pl.Date,
    "qualified_on": pl.Date,
    "closed_on": pl.Date,
    "amount": MONEY,
    "list_amount": MONEY,
    "discount": pl.Float64,
    "quantity": pl.Float64,
    "term_months": pl.Float64,
    "currency": pl.String,
    "pipeline": pl.String,
    "motion": pl.String,  # the name of config.motions; "new" where none are configured
    "channel": pl.String,
    "competitor": pl.String,
    "loss_reason": pl.String,
    "outcome": pl.String,  # one of Outcome
    "stage": pl.String,  # as the source writes it
    "deleted": pl.Boolean,
}
"""A deal's fixed columns; its attributes stand beside them as String columns named "attr:<name>"."""

VERSION_COLUMNS: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "known_at": INSTANT,  # when we knew it; of an assumed version, when it was read
    "observed": pl.Boolean,  # False: a first load or backfill, whose known times are assumed from its dates
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesKey:
    """Which series: a configured metric in a segment; () is the company, (("tier", "core"),) the core tier.

    `contrast` says that the series is the slice minus the rest of the company.
    """

    metric: str
    segment: tuple[tuple[str, str], ...] = ()
    contrast: bool = False

    @property
    def group(self) -> Literal["company", "segments"]:
        """The budget group that pays for this series."""
        return "segments" if self.contrast else "company"

    def __str__(self) -> str:
        place = ",".join(f"{name}={value}" for name, value in self.segment)
        return f"{self.metric}[{place}]" if place else self.metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A metric in a segment over complete weeks, oldest first; all arrays have one entry a week.

    values      the estimate the detector reads (adjusted, a contrast, or a logarithm for RELATIVE units); nan if none
    effective   effective deals behind it; 0 where the week carries no information
    raw         the estimate a reader understands (rate, share, discount, count), nan if none
    deals       deals counted, before weighting
    """

    key: SeriesKey
    kind: str
    unit: Unit
    weeks: tuple[date, ...]
    values: FloatArray
    effective: FloatArray
    raw: FloatArray
    deals: FloatArray
    adjusted_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """A series that did not alarm, and why: leaders must be able to tell these apart."""

    why: QuietWhy


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A change in one series.

    `before` and `after` are effective-deal rates, unadjusted; the interval is of after minus before, 90 %, as the
    adjusted series has it.
    """

    key: SeriesKey
    kind: str
    unit: Unit
    started_on: date
    started_between: tuple[date, date]
    before: float
    after: float
    change_between: tuple[float, float]
    adjusted_for: tuple[str, ...]
    evidence: float
    bar: float
    deals_before: int
    deals_after: int
