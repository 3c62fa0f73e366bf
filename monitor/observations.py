"""A metric's deals as arrays: in which week, how much, in which stratum, segment and batch.

A stratum holds deals that are compared with their like: the tier for a win rate, whatever `adjust_for` names for a
discount. A batch holds deals that one person handled in one go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from monitor.calendar import FiscalCalendar
from monitor.frozen import FrozenPanel
from monitor.metrics import MetricKind
from monitor.metrics.discount import share_off
from monitor.profile import UNKNOWN
from monitor.segments import SEGMENT, label_key, one_spelling
from monitor.types import FloatArray
from monitor.where import column_of

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

DEAL = "deal"
"""The column that numbers the deals of a look at a company."""
QUANTILES = (0.2, 0.4, 0.6, 0.8)
"""Where a number such as a term or a quantity is cut into strata."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The floor all metrics stand on: the company's calendar, the learning period, its dimensions and currency."""

    calendar: FiscalCalendar
    holidays: str | None
    learning: int
    dimensions: tuple[str, ...]
    at_most: Mapping[str, int]
    currency: str = ""
    cuts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The tiers on the better side of each cut through the profile, by the cut's name (monitor.cuts)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """A metric's deals as arrays of one length: week index, value, tier, stratum, segment codes, batches.

    `segments[dimension]` holds codes into `names[dimension]`; every code is -1 for none. `stratum` holds codes from
    0 to `strata` - 1, all of them -1 where the metric is not adjusted. `batches` holds one array of ids (0, 1, ...)
    a kind; a deal that belongs to no batch has an id of its own. `category` holds codes into `categories` for a kind
    that has a series for each, else -1. `own_currency` says whose amount is in the company's. `deal` is each deal's
    place among those that were looked at (DEAL). `offered` is the discount at which it was offered, whatever became
    of it; nan where that is not known. `strata_names` are the strata by their code. `begins` is the first week whose
    deals are all there.
    """

    week: IntArray
    value: FloatArray
    tier: IntArray
    tiers: tuple[str, ...]
    core: BoolArray
    stratum: IntArray
    strata: int
    segments: Mapping[str, IntArray]
    names: Mapping[str, tuple[str, ...]]
    batches: tuple[IntArray, ...]
    owner: IntArray
    amount: FloatArray
    day_terms: FloatArray
    own_currency: BoolArray = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    category: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    categories: tuple[str, ...] = ()
    creator: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    closer: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    offered: FloatArray = field(default_factory=lambda: np.zeros(0))
    deal: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    strata_names: tuple[str, ...] = ()
    begins: int = 0

    @property
    def tier_names(self) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
        """Each deal's tier by its name, "" of none."""
        return np.array([*self.tiers, ""], dtype=np.str_)[self.tier]

    @property
    def outside(self) -> BoolArray:
        """The deals whose tier is known and not core."""
        names = self.tier_names
        outside: BoolArray = (~self.core) & (names != "") & (names != UNKNOWN)
        return outside

    def only(self, kept: BoolArray) -> Observations:
        """The deals in `kept` (deals,) alone; all codes keep their meaning."""
        return replace(
            self,
            segments={name: codes[kept] for name, codes in self.segments.items()},
            batches=tuple(ids[kept] for ids in self.batches),
            **{name: getattr(self, name)[kept] for name in A_DEAL if len(getattr(self, name))},
        )


A_DEAL = (
    "week",
    "value",
    "tier",
    "core",
    "stratum",
    "owner",
    "amount",
    "day_terms",
    "own_currency",
    "category",
    "creator",
    "closer",
    "offered",
    "deal",
)
"""The arrays of Observations that have one entry a deal."""


def observations(
    rows: pl.DataFrame,
    kind: MetricKind,
    frame: Frame,
    adjust_for: Sequence[str],
    past: FrozenPanel | None = None,
) -> Observations:
    """The rows that `kind.observe` gave, with their `week`, as arrays. Raises KeyError for an unknown column.

    past   what weeks without deals said: its names have codes even where no deal bears them any more
    """
    rows = rows.with_columns(
        closer=pl.coalesce("closed_by", "creator"), maker=pl.coalesce("creator", "owner")
    )
    tier, tiers = codes_of(rows["tier"], past.strata if past and kind.by_tier else ())
    owner, _ = codes_of(rows["owner"])
    columns = (*kind.always_by, *adjust_for)
    stratum, strata = (tier, tiers) if kind.by_tier else _strata(rows, columns, frame.learning, past)
    category, categories = _categories(rows, kind, past)
    segments, names = {}, {}
    for dimension in frame.dimensions:
        also = past.values_of(dimension) if past else ()
        segments[dimension], names[dimension] = codes_of(rows[f"{SEGMENT}{dimension}"], also)
    return Observations(
        week=rows["week"].to_numpy().astype(np.int64),
        value=(category == _commonest(rows, category, categories, frame.learning, past)).astype(np.float64)
        if kind.categories
        else rows["value"].to_numpy().astype(np.float64),
        tier=tier,
        tiers=tiers,
        core=rows["core"].to_numpy().astype(np.bool_),
        stratum=stratum,
        strata=len(strata),
        strata_names=strata,
        segments=segments,
        names=names,
        batches=tuple(_batch(rows, columns) for columns in kind.clusters),
        owner=owner,
        creator=other_hand(rows, "creator"),
        closer=other_hand(rows, "closed_by"),
        offered=rows.select(share_off().fill_null(np.nan)).to_series().to_numpy().astype(np.float64),
        deal=_places(rows),
        amount=rows["amount"].cast(pl.Float64).fill_null(np.nan).to_numpy(),
        day_terms=_day_terms(rows["on"], frame.calendar),
        own_currency=_in_own_currency(rows, kind, frame),
        category=category,
        categories=categories,
    )


def _in_own_currency(rows: pl.DataFrame, kind: MetricKind, frame: Frame) -> BoolArray:
    """Whose amount is in the company's currency, for a kind that asks; a deal that names none is."""
    if "currency" not in kind.always_by:
        return np.ones(rows.height, dtype=np.bool_)
    own: BoolArray = (rows["currency"] == frame.currency).fill_null(True).to_numpy().astype(np.bool_)
    return own


def _places(rows: pl.DataFrame) -> IntArray:
    """Each deal's place; in a frame that nobody numbered, its own row."""
    if DEAL not in rows.columns:
        return np.arange(rows.height, dtype=np.int64)
    return rows[DEAL].to_numpy().astype(np.int64)


def _categories(
    rows: pl.DataFrame, kind: MetricKind, past: FrozenPanel | None
) -> tuple[IntArray, tuple[str, ...]]:
    """Codes into the categories of the kind, however they are spelled; -1 where it has none."""
    if kind.categories is None:
        return np.full(rows.height, -1, dtype=np.int64), ()
    spelled = one_spelling(rows, kind.categories, past.spelled if past else {})
    return codes_of(rows.select(spelled).to_series(), past.categories if past else ())


def _commonest(
    rows: pl.DataFrame,
    category: IntArray,
    categories: tuple[str, ...],
    learning: int,
    past: FrozenPanel | None,
) -> int:
    """The code of the commonest category of ordinary times: how alike deals of one batch are is read off it."""
    if past is not None:
        return categories.index(past.common) if past.common in categories else -2
    early = category[(rows["week"].to_numpy() < learning) & (category >= 0)]
    return int(np.bincount(early).argmax()) if len(early) else -1


def codes_of(column: pl.Series, also: Iterable[str] = ()) -> tuple[IntArray, tuple[str, ...]]:
    """Codes into the sorted distinct values and those of `also`, and these; -1 where there is none."""
    distinct = column.drop_nulls().unique()
    if further := [name for name in dict.fromkeys(also) if name is not None]:
        distinct = pl.concat([distinct, pl.Series(further, dtype=column.dtype)]).unique()
    names = distinct.sort().to_list()
    mapping = {name: code for code, name in enumerate(names)}
    codes = column.replace_strict(mapping, default=-1, return_dtype=pl.Int64)
    return codes.fill_null(-1).to_numpy().astype(np.int64), tuple(str(name) for name in names)


def other_hand(rows: pl.DataFrame, column: str) -> IntArray:
    """Codes of who did it where that was not the deal's owner, nor a seller whose deals others took over.

    Who owns as many deals as he handled for others is a seller: what a leaver had begun is no work of another hand.
    """
    own = (pl.col(column) == pl.col("owner")).fill_null(False)
    hand = rows.select(pl.when(own).then(None).otherwise(column).alias(column)).to_series()
    handled = hand.drop_nulls().value_counts(name="handled").rename({column: "owner"})
    owned = rows["owner"].drop_nulls().value_counts(name="owned")
    sellers = owned.join(handled, on="owner").filter(pl.col("owned") >= pl.col("handled"))["owner"]
    return codes_of(hand.set(hand.is_in(sellers.implode()), None))[0]


def _strata(
    rows: pl.DataFrame, columns: Sequence[str], learning: int, past: FrozenPanel | None
) -> tuple[IntArray, tuple[str, ...]]:
    """The stratum of each deal, one for every combination of values met; a missing value is a value too."""
    if not columns:
        return np.full(rows.height, -1, dtype=np.int64), ()
    edges = past.edges if past else edges_of(rows, columns, learning)
    labels = [_label(rows, column_of(name, rows.columns), edges).fill_null("") for name in columns]
    named = rows.select(pl.concat_str(labels, separator="\x1f")).to_series()
    return codes_of(named, past.strata if past else ())


def edges_of(rows: pl.DataFrame, columns: Sequence[str], learning: int) -> dict[str, tuple[float, ...]]:
    """Where each column that is a number is cut into fifths, as the first weeks have them."""
    found = {}
    for column in (column_of(name, rows.columns) for name in columns):
        if rows.schema[column].is_numeric():
            number = pl.col(column).cast(pl.Float64)
            early = rows.filter(pl.col("week") < learning).select(number).to_series().drop_nulls()
            edges = [early.quantile(q) for q in QUANTILES] if early.len() else []
            found[column] = tuple(edge for edge in edges if edge is not None)
    return found


def _label(rows: pl.DataFrame, column: str, edges_by: Mapping[str, Sequence[float]]) -> pl.Expr:
    """A text without regard to spelling; a number by the fifth it lies in."""
    if not rows.schema[column].is_numeric():
        return label_key(column)
    number, edges = pl.col(column).cast(pl.Float64), edges_by.get(column, ())
    return sum((number > edge for edge in edges), pl.lit(0)).cast(pl.String)


def _batch(rows: pl.DataFrame, columns: Sequence[str]) -> IntArray:
    """Ids of the batches that `columns` define; a deal without the value is a batch of its own."""
    whole = pl.all_horizontal([pl.col(column).is_not_null() for column in columns])
    key = pl.concat_str([pl.col(column).cast(pl.String) for column in columns], separator="\x1f")
    alone = pl.int_range(0, pl.len(), dtype=pl.Int64)
    ids = rows.select(
        pl.when(whole)
        .then(key.rank("dense").cast(pl.Int64) - 1)
        .otherwise(pl.lit(rows.height, pl.Int64) + alone)
    ).to_series()
    return ids.to_numpy().astype(np.int64)


def _day_terms(days: pl.Series, calendar: FiscalCalendar) -> FloatArray:
    """Month end, quarter end, second and third month of each deal's own day, shape (deals, 4)."""
    distinct = days.unique().sort()
    table = np.empty((distinct.len(), 4))
    for row, day in enumerate(distinct.to_list()):
        place = calendar.day(day)
        table[row] = (
            place.days_left_in_month == 0,
            place.days_left_in_quarter < 14,
            place.month_of_quarter == 1,
            place.month_of_quarter == 2,
        )
    position = np.searchsorted(distinct.cast(pl.Int32).to_numpy(), days.cast(pl.Int32).to_numpy())
    return table[position] if len(table) else np.empty((0, 4))
