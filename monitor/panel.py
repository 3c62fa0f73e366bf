"""From deals to weekly series: one metric for the company, its core tier and every segment value.

A panel holds a metric's observations as arrays and turns them into `Series`. What a series needs to know about
ordinary times (rates per tier, how alike deals of one batch are, which segment values are large enough) is
learned on the first `learning` weeks alone and kept, so that a week once judged is not judged differently
because of later weeks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detectors.effective import deal_weights, intraclass, weekly_means
from monitor.calendar import FiscalCalendar, holiday_share, trend, weeks_from
from monitor.metrics import METRICS, Basis, MetricKind
from monitor.profile import OUT, UNKNOWN
from monitor.segments import SEGMENT
from monitor.types import FloatArray, Series, SeriesKey
from monitor.where import matches

if TYPE_CHECKING:
    from config.settings import MetricSettings

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

CORE = (("tier", "core"),)
LEAST_DEALS_A_WEEK = 3.0
MOST_VALUES = 8
SHRINKAGE_DEALS = 10.0
WHOLE_WEEK = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """A metric's deals as arrays of one length: week index, value, tier, segment codes, batches.

    `segments[dimension]` holds codes into `names[dimension]`, -1 for none; `batches` one array of ids per kind.
    """

    week: IntArray
    value: FloatArray
    tier: IntArray
    tiers: tuple[str, ...]
    core: BoolArray
    segments: Mapping[str, IntArray]
    names: Mapping[str, tuple[str, ...]]
    batches: tuple[IntArray, ...]
    owner: IntArray
    amount: FloatArray
    day_terms: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What is learned on the first weeks: rates by tier, likeness within batches, slices worth watching."""

    tier_level: FloatArray
    level: float
    alike: tuple[float, ...]
    slices: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One metric over complete weeks: its observations, its series, and the calendar terms of its null model."""

    metric: str
    kind: MetricKind
    basis: Basis
    weeks: tuple[date, ...]
    terms: FloatArray
    observed: Observations
    baseline: Baseline
    series: tuple[Series, ...]
    too_few: tuple[SeriesKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The floor all metrics stand on: the company's calendar, the learning period, its dimensions."""

    calendar: FiscalCalendar
    holidays: str | None
    learning: int
    dimensions: tuple[str, ...]
    at_most: Mapping[str, int]


def build_panel(
    deals: pl.DataFrame,
    metric: MetricSettings,
    frame: Frame,
    *,
    first_week: date,
    last_week: date,
    basis: Basis,
) -> Panel:
    """The panel of `metric` over the weeks from `first_week` to `last_week`, from deals as known.

    `deals` carries tier, core and segment columns. Raises KeyError if the metric's `where` names no column.
    """
    kind = METRICS[metric.kind]
    if metric.where is not None:
        deals = deals.filter(matches(metric.where, deals.columns))
    weeks = weeks_from(first_week, last_week)
    rows = kind.observe(deals, basis)
    index = (pl.col("on") - pl.lit(first_week)).dt.total_days() // 7
    rows = rows.with_columns(index.cast(pl.Int64).alias("week")).filter(
        pl.col("week").is_between(0, len(weeks) - 1)
    )
    observed = _observations(rows, kind, frame)
    baseline = learn(observed, frame)
    terms = frame.calendar.terms(weeks)
    if kind.growth:
        terms = np.hstack([terms, holiday_share(weeks, frame.holidays), trend(weeks)])
    series, too_few = _all_series(metric.name, kind, observed, baseline, weeks, frame)
    return Panel(
        metric=metric.name,
        kind=kind,
        basis=basis,
        weeks=weeks,
        terms=terms,
        observed=observed,
        baseline=baseline,
        series=series,
        too_few=too_few,
    )


def _observations(rows: pl.DataFrame, kind: MetricKind, frame: Frame) -> Observations:
    rows = rows.with_columns(
        closer=pl.coalesce("closed_by", "creator"), maker=pl.coalesce("creator", "owner")
    )
    tier, tiers = _codes(rows["tier"])
    owner, _ = _codes(rows["owner"])
    segments, names = {}, {}
    for dimension in frame.dimensions:
        segments[dimension], names[dimension] = _codes(rows[f"{SEGMENT}{dimension}"])
    return Observations(
        week=rows["week"].to_numpy().astype(np.int64),
        value=rows["value"].to_numpy().astype(np.float64),
        tier=tier,
        tiers=tiers,
        core=rows["core"].to_numpy().astype(np.bool_),
        segments=segments,
        names=names,
        batches=tuple(_batch(rows, columns) for columns in kind.clusters),
        owner=owner,
        amount=rows["amount"].cast(pl.Float64).fill_null(np.nan).to_numpy(),
        day_terms=_day_terms(rows["on"], frame.calendar),
    )


def _codes(column: pl.Series) -> tuple[IntArray, tuple[str, ...]]:
    """Codes into the sorted distinct values; -1 where there is none."""
    names = column.drop_nulls().unique().sort().to_list()
    mapping = {name: code for code, name in enumerate(names)}
    codes = column.replace_strict(mapping, default=-1, return_dtype=pl.Int64)
    return codes.fill_null(-1).to_numpy().astype(np.int64), tuple(str(name) for name in names)


def _batch(rows: pl.DataFrame, columns: Sequence[str]) -> IntArray:
    """Ids of the batches that `columns` define; a deal without the value is a batch of its own."""
    whole = pl.all_horizontal([pl.col(column).is_not_null() for column in columns])
    key = pl.concat_str([pl.col(column).cast(pl.String) for column in columns], separator="\x1f")
    ids = rows.select(
        pl.when(whole)
        .then(key.rank("dense").cast(pl.Int64))
        .otherwise(-pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
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


def learn(observed: Observations, frame: Frame) -> Baseline:
    """What ordinary times look like, from the first `frame.learning` weeks alone."""
    early = observed.week < frame.learning
    level = float(observed.value[early].mean()) if early.any() else 0.0
    tier_level = _shrunk_means(observed.value[early], observed.tier[early], len(observed.tiers), level)
    residual = _residuals(observed, early, tier_level)
    alike = tuple(
        intraclass(residual, np.unique(ids[early], return_inverse=True)[1].astype(np.int64))
        if early.any() and not _is_whole_week(ids[early], observed.week[early])
        else 0.0
        for ids in observed.batches
    )
    slices = {
        dimension: _worth_watching(codes[early], frame, dimension)
        for dimension, codes in observed.segments.items()
    }
    return Baseline(tier_level=tier_level, level=level, alike=alike, slices=slices)


def _shrunk_means(values: FloatArray, codes: IntArray, count: int, level: float) -> FloatArray:
    """The mean of each code's values, shrunk to `level` with the weight of SHRINKAGE_DEALS deals."""
    known = codes >= 0
    total = np.bincount(codes[known], values[known], minlength=count)[:count]
    deals = np.bincount(codes[known], minlength=count)[:count]
    means: FloatArray = (total + SHRINKAGE_DEALS * level) / (deals + SHRINKAGE_DEALS)
    return means


def _residuals(observed: Observations, early: BoolArray, tier_level: FloatArray) -> FloatArray:
    """Outcome less what owner, tier and calendar lead one to expect; else skill and season pass for batches."""
    value, tier, owner = observed.value[early], observed.tier[early], observed.owner[early]
    residual = value - np.where(tier >= 0, tier_level[tier], value.mean() if len(value) else 0.0)
    cell = np.unique(np.stack([owner, tier]), axis=1, return_inverse=True)[1].ravel()
    if len(cell):
        residual = residual - _shrunk_means(residual, cell.astype(np.int64), int(cell.max()) + 1, 0.0)[cell]
        season = np.hstack([np.ones((len(cell), 1)), observed.day_terms[early]])
        residual = residual - season @ np.linalg.lstsq(season, residual, rcond=None)[0]
    return residual


def _is_whole_week(ids: IntArray, week: IntArray) -> bool:
    """Whether one batch usually is the whole week: counting it would count the weekly effect twice."""
    pairs, sizes = np.unique(np.stack([week, ids]), axis=1, return_counts=True)
    weeks = np.unique(pairs[0])
    largest = np.array([sizes[pairs[0] == w].max() / sizes[pairs[0] == w].sum() for w in weeks])
    return bool(np.median(largest) > WHOLE_WEEK)


def _worth_watching(codes: IntArray, frame: Frame, dimension: str) -> tuple[int, ...]:
    """The codes of the largest values of a dimension, those with enough deals a week in ordinary times."""
    counts = np.bincount(codes[codes >= 0]) if (codes >= 0).any() else np.zeros(0, dtype=np.int64)
    order = np.argsort(-counts, kind="stable")[: frame.at_most.get(dimension, MOST_VALUES)]
    if (counts > 0).sum() < 2:
        return ()
    return tuple(int(code) for code in order if counts[code] > 0)


def _all_series(
    metric: str,
    kind: MetricKind,
    observed: Observations,
    baseline: Baseline,
    weeks: tuple[date, ...],
    frame: Frame,
) -> tuple[tuple[Series, ...], tuple[SeriesKey, ...]]:
    everything = np.ones(len(observed.week), dtype=np.bool_)
    known_tiers = [name for name in observed.tiers if name not in (OUT, UNKNOWN)]
    adjusted = kind.by_tier and len(known_tiers) > 0
    build = _Weekly(
        kind=kind, observed=observed, baseline=baseline, weeks=len(weeks), learning=frame.learning
    )
    found: list[Series] = []

    def add(
        key: SeriesKey, values: FloatArray, effective: FloatArray, mask: BoolArray, by_tier: bool
    ) -> None:
        raw, deals = build.raw(mask)
        found.append(
            Series(
                key=key,
                kind=kind.name,
                unit=kind.unit,
                weeks=weeks,
                values=values,
                effective=effective,
                raw=raw,
                deals=deals,
                adjusted_for=("tier",) if by_tier else (),
            )
        )

    add(SeriesKey(metric=metric), *build.level(everything), everything, adjusted)
    if kind.core_series and observed.core.any():
        add(SeriesKey(metric=metric, segment=CORE), *build.level(observed.core), observed.core, False)
    for dimension, codes in baseline.slices.items():
        for code in codes:
            mask = observed.segments[dimension] == code
            key = SeriesKey(
                metric=metric, segment=((dimension, observed.names[dimension][code]),), contrast=True
            )
            rest = ~mask & (observed.segments[dimension] >= 0)
            add(key, *build.contrast(mask, rest), mask, adjusted)
    enough = [series for series in found if build.enough(series)]
    return tuple(enough), tuple(series.key for series in found if not build.enough(series))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weekly:
    """Weekly estimates of any subset of a metric's deals."""

    kind: MetricKind
    observed: Observations
    baseline: Baseline
    weeks: int
    learning: int

    def level(self, mask: BoolArray) -> tuple[FloatArray, FloatArray]:
        """Estimate and effective deals of each week, for the deals in `mask`."""
        if self.kind.estimate == "count":
            return self._log_count(mask)
        return self._mean(mask, self._adjusted()[mask])

    def contrast(self, mask: BoolArray, rest: BoolArray) -> tuple[FloatArray, FloatArray]:
        """Slice minus rest: the noise they share cancels. n = 1 / (1 / n_slice + 1 / n_rest)."""
        here, here_n = self.level(mask)
        there, there_n = self.level(rest)
        both = (here_n > 0) & (there_n > 0)
        with np.errstate(divide="ignore"):
            effective = np.where(both, 1.0 / (1.0 / here_n + 1.0 / there_n), 0.0)
        return np.where(both, here - there, np.nan), effective

    def raw(self, mask: BoolArray) -> tuple[FloatArray, FloatArray]:
        """The estimate readers understand, unadjusted, and the deals counted."""
        counts = np.bincount(self.observed.week[mask], minlength=self.weeks).astype(np.float64)
        if self.kind.estimate == "count":
            return counts, counts
        return self._mean(mask, self.observed.value[mask])[0], counts

    def enough(self, series: Series) -> bool:
        """Whether ordinary weeks hold enough effective deals for any judgement."""
        early = series.effective[: self.learning]
        return bool(len(early)) and float(early.mean()) >= LEAST_DEALS_A_WEEK * (
            0.5 if series.key.contrast else 1
        )

    def _adjusted(self) -> FloatArray:
        """Indirect standardisation: outcome less the baseline rate of the deal's tier, plus the level."""
        observed = self.observed
        if not self.kind.by_tier:
            return observed.value
        expected = np.where(observed.tier >= 0, self.baseline.tier_level[observed.tier], self.baseline.level)
        adjusted: FloatArray = observed.value - expected + self.baseline.level
        return adjusted

    def _mean(self, mask: BoolArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        weights = self.weights(mask)
        means, effective, _ = weekly_means(
            self.observed.week[mask], values, weights, self.weeks, trim=self.kind.trim
        )
        return means, effective

    def weights(self, mask: BoolArray) -> FloatArray:
        """Each deal's weight, batch sizes counted within the subset."""
        if not self.observed.batches:
            return np.ones(int(mask.sum()))
        batches = [
            np.unique(ids[mask], return_inverse=True)[1].astype(np.int64) for ids in self.observed.batches
        ]
        return deal_weights(batches, self.baseline.alike)

    def _log_count(self, mask: BoolArray) -> tuple[FloatArray, FloatArray]:
        """ln(deals + 1/2) and, for each week alike, the deals of an ordinary week: var(ln count) ~ 1 / mean."""
        counts = np.bincount(self.observed.week[mask], minlength=self.weeks).astype(np.float64)
        ordinary = float(counts[: self.learning].mean()) if self.weeks else 0.0
        return np.log(counts + 0.5), np.full(self.weeks, ordinary)


def deal_weights_of(panel: Panel) -> FloatArray:
    """The weight of each of the panel's deals, batches counted over the whole company."""
    everything = np.ones(len(panel.observed.week), dtype=np.bool_)
    return _Weekly(
        kind=panel.kind,
        observed=panel.observed,
        baseline=panel.baseline,
        weeks=len(panel.weeks),
        learning=0,
    ).weights(everything)


def first_honest_week(deals: pl.DataFrame, basis: Basis, week_starts: int) -> date | None:
    """The first week in which every deal of the basis can be in the export; None without dated deals.

    An export of "everything closed since X" lacks the early creations that closed before X; one of
    "everything created since X" lacks the slow deals among its first closings. Which of the two it is shows in
    the gap between the first creation and the first closing, against the usual length of a deal.
    """
    closed = deals.filter(pl.col("closed_on").is_not_null() & (pl.col("outcome") != "open"))
    closed_first, created_first = closed["closed_on"].min(), deals["created_on"].min()
    if not isinstance(closed_first, date) or not isinstance(created_first, date):
        only = closed_first if isinstance(closed_first, date) else created_first
        return _next_week(only, week_starts) if isinstance(only, date) else None
    lengths = (
        closed.select((pl.col("closed_on") - pl.col("created_on")).dt.total_days()).to_series().drop_nulls()
    )
    usual = float(lengths.quantile(0.75) or 0.0)
    cut_by_closing = (closed_first - created_first).days >= max(usual, 1.0)
    if cut_by_closing:
        return _next_week(closed_first, week_starts)
    if basis == "created":
        return _next_week(created_first, week_starts)
    slow = float(lengths.quantile(0.9) or 0.0)
    return _next_week(created_first + timedelta(days=round(slow)), week_starts)


def _next_week(day: date, starts: int) -> date:
    """The first whole week from `day` on."""
    return day + timedelta(days=(starts - day.weekday()) % 7)
