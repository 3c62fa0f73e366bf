"""From deals to weekly series: one metric for the company, its core tier and every segment value.

A panel holds a metric's observations as arrays and turns them into `Series`. What a series needs to know about
ordinary times (rates per stratum, how alike deals of one batch are, which segment values are large enough) is
learned on the first `learning` weeks alone and kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from detectors.effective import deal_weights, weekly_means
from monitor.calendar import holiday_share, trend, weeks_from, yearly
from monitor.cuts import TIER, cut_of, worth_watching
from monitor.frozen import FrozenPanel
from monitor.metrics import METRICS, Basis, MetricKind, Scope
from monitor.metrics.kind import decided
from monitor.observations import BoolArray, Frame, IntArray, Observations, observations
from monitor.ordinary import LEAST_DEALS_A_WEEK, Baseline, first_stretch, in_basket, learn, recalled
from monitor.types import RELATIVE, FloatArray, Series, SeriesKey
from monitor.where import matches

if TYPE_CHECKING:
    from config.settings import MetricSettings

__all__ = [
    "BoolArray",
    "Frame",
    "IntArray",
    "Observations",
    "Panel",
    "as_discount",
    "build_panel",
    "deal_weights_of",
    "deals_of",
    "null_terms",
    "weights_of",
]

CORE = (("tier", "core"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One metric over complete weeks: its observations, its series, and the calendar terms of its null model.

    `thin` are the series that no stretch of weeks as long as the learning period holds enough deals for: shown, and
    not judged. `learned_from` is the first week of the first such stretch, for those that have one. `kept_out` counts
    the deals that the metric is asked of and cannot be told of, by why.
    """

    metric: str
    kind: MetricKind
    basis: Basis
    weeks: tuple[date, ...]
    terms: FloatArray
    observed: Observations
    baseline: Baseline
    series: tuple[Series, ...]
    thin: tuple[Series, ...]
    kept_out: Mapping[str, int] = field(default_factory=dict)
    learned_from: Mapping[SeriesKey, date] = field(default_factory=dict)
    learning: int = 0
    """Weeks that are learned from; 0 where the series have no deals behind them."""
    told_from: date | None = None
    """The first week whose deals a diagnosis may look at; None: all of them. The series begin where they begin."""

    @property
    def steady_terms(self) -> FloatArray:
        """The terms that a few weeks tell: without the yearly ones, which a fit without a prior would make wild."""
        return self.terms[:, : self.terms.shape[1] - len(self.kind.season)]

    @property
    def too_few(self) -> tuple[SeriesKey, ...]:
        """The keys of the series that are not judged."""
        return tuple(series.key for series in self.thin)


def build_panel(
    deals: pl.DataFrame,
    metric: MetricSettings,
    frame: Frame,
    *,
    first_week: date,
    last_week: date,
    basis: Basis,
    past: FrozenPanel | None = None,
    told_from: date | None = None,
) -> Panel:
    """The panel of `metric` over the weeks from `first_week` to `last_week`, from deals as known.

    `deals` carries tier, core and segment columns. Raises KeyError if `where` or `adjust_for` names no column.

    past       what the weeks said whose deals are gone; `deals` tells of later ones
    told_from  deals that were made before, or came of the metric's age, are left to the series alone
    """
    kind = METRICS[metric.kind]
    if metric.where is not None:
        deals = deals.filter(matches(metric.where, deals.columns))
    scope = scope_of(basis, first_week, frame, past)
    wait = timedelta(weeks=kind.waits(deals, scope))
    weeks = weeks_from(first_week + wait, last_week)
    rows = in_weeks(kind.observe(deals, scope), weeks)
    observed = observations(rows, kind, frame, metric.adjust_for, past)
    baseline = recalled(past, observed, frame, kind) if past else learn(observed, frame, kind)
    asked = in_weeks(decided(deals, kind.of), weeks).height if kind.of else rows.height
    kept_out = {"without a value": asked - rows.height}
    if kind.fixed_basket:
        inside = in_basket(observed, baseline)
        kept_out["new to the basket"] = int((~inside).sum())
        observed = observed.only(inside)
    terms = null_terms(kind, frame, weeks)
    found = all_series(metric, kind, observed, baseline, weeks, frame, past)
    learned_from = {one.key: weeks[since] for one, since in found if since is not None}
    if told_from is not None and weeks and told_from + wait > weeks[0]:
        begins = (told_from + wait - weeks[0]).days // 7
        observed = replace(observed.only(observed.week >= begins), begins=begins)
        told_from = told_from + wait
    else:
        told_from = None
    return Panel(
        metric=metric.name,
        kind=kind,
        basis=basis,
        weeks=weeks,
        terms=terms,
        observed=observed,
        baseline=baseline,
        series=tuple(one for one, since in found if since is not None),
        thin=tuple(one for one, since in found if since is None),
        learned_from=learned_from,
        learning=frame.learning,
        kept_out={why: count for why, count in kept_out.items() if count},
        told_from=told_from,
    )


def scope_of(basis: Basis, first_week: date, frame: Frame, past: FrozenPanel | None) -> Scope:
    """What deals are read for, with what was learned of deals that are gone."""
    return Scope(
        basis=basis,
        first_week=first_week,
        learning=frame.learning,
        wait=past.wait if past else None,
        recorded_since=past.recorded_since if past else None,
    )


def null_terms(kind: MetricKind, frame: Frame, weeks: tuple[date, ...]) -> FloatArray:
    """What the null model of a kind knows of each week beside its level, its season last; shape (weeks, terms)."""
    terms = frame.calendar.terms(weeks)
    if kind.growth:
        terms = np.hstack([terms, holiday_share(weeks, frame.holidays), trend(weeks)])
    return np.hstack([terms, yearly(weeks)]) if kind.season else terms


def in_weeks(rows: pl.DataFrame, weeks: tuple[date, ...]) -> pl.DataFrame:
    """The rows of `weeks`, with the index of their week."""
    if not weeks:
        return rows.clear().with_columns(week=pl.lit(0, pl.Int64))
    index = (pl.col("on") - pl.lit(weeks[0])).dt.total_days() // 7
    return rows.with_columns(index.cast(pl.Int64).alias("week")).filter(
        pl.col("week").is_between(0, len(weeks) - 1)
    )


def all_series(
    metric: MetricSettings,
    kind: MetricKind,
    observed: Observations,
    baseline: Baseline,
    weeks: tuple[date, ...],
    frame: Frame,
    past: FrozenPanel | None = None,
) -> list[tuple[Series, int | None]]:
    """Every series, with the index of the first week of those it can be learned from; None: too few deals."""
    build = estimates_of(kind, observed, baseline, weeks, frame, past)
    names = ("tier",) if kind.by_tier else (*kind.always_by, *metric.adjust_for)
    found: list[Series] = []

    def add(
        key: SeriesKey,
        estimate: tuple[FloatArray, FloatArray],
        mask: BoolArray,
        compared: BoolArray,
        raw: FloatArray | None = None,
    ) -> None:
        told, deals = build.raw(mask, key)
        several = past.several_strata(key) if past else build.strata(compared) > 1
        found.append(
            build.whole(
                Series(
                    key=key,
                    kind=kind.name,
                    unit=kind.unit,
                    weeks=weeks,
                    values=estimate[0],
                    effective=estimate[1],
                    raw=told if raw is None else raw,
                    deals=deals,
                    adjusted_for=tuple(names) if several else (),
                )
            )
        )

    everything = np.ones(len(observed.week), dtype=np.bool_)
    if kind.categories is None:
        key = SeriesKey(metric=metric.name)
        add(key, build.level(everything, key), everything, everything)
    for code in baseline.categories:
        share = build.share_where(observed.category == code)
        key = SeriesKey(metric=metric.name, segment=((kind.categories or "", observed.categories[code]),))
        add(key, share, everything, everything, share[0])
    for name, better in worth_watching(observed, frame, past) if kind.by_cut else ():
        share = build.share_where(better)
        key = SeriesKey(metric=metric.name, segment=((TIER, name),))
        add(key, share, everything, everything, share[0])
    if kind.core_series and observed.core.any():
        key = SeriesKey(metric=metric.name, segment=CORE)
        add(key, build.level(observed.core, key), observed.core, observed.core)
    for dimension, codes in baseline.slices.items() if kind.categories is None else ():
        for code in codes:
            mask = observed.segments[dimension] == code
            rest = ~mask & (observed.segments[dimension] >= 0)
            place = (dimension, observed.names[dimension][code])
            key = SeriesKey(metric=metric.name, segment=(place,), contrast=True)
            add(key, build.contrast(mask, rest, key), mask, mask | rest)
    return [(one, build.learned_from(one)) for one in found]


def estimates_of(
    kind: MetricKind,
    observed: Observations,
    baseline: Baseline,
    weeks: tuple[date, ...],
    frame: Frame,
    past: FrozenPanel | None,
) -> WeeklyEstimates:
    """The weekly estimates of a metric's deals."""
    return WeeklyEstimates(
        kind=kind,
        past=past,
        observed=observed,
        baseline=baseline,
        adjusted=_adjusted(observed, baseline),
        weeks=len(weeks),
        learning=frame.learning,
    )


def _adjusted(observed: Observations, baseline: Baseline) -> FloatArray:
    """Indirect standardisation: each value less what its stratum had in ordinary times, plus the level of all."""
    if not observed.strata:
        return observed.value
    adjusted: FloatArray = observed.value - baseline.expected(observed) + baseline.level
    return adjusted


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyEstimates:
    """Weekly estimates of any subset of a metric's deals; of frozen weeks, what they said of a series."""

    kind: MetricKind
    past: FrozenPanel | None = None
    observed: Observations
    baseline: Baseline
    adjusted: FloatArray
    weeks: int
    learning: int

    def level(self, mask: BoolArray, key: SeriesKey, *, rest: bool = False) -> tuple[FloatArray, FloatArray]:
        """Estimate and effective deals of each week, for the deals in `mask`: those of `key`, or its `rest`."""
        if self.kind.estimate == "count":
            return self._log_count(self.counts(mask, key, rest=rest))
        return self._mean(mask, self.adjusted[mask])

    def share_where(self, mask: BoolArray) -> tuple[FloatArray, FloatArray]:
        """The share of deals that are in `mask`, and effective deals, of each week."""
        everything = np.ones(len(self.observed.week), dtype=np.bool_)
        return self._mean(everything, mask.astype(np.float64))

    def counts(self, mask: BoolArray, key: SeriesKey, *, rest: bool = False) -> FloatArray:
        """Deals of each week."""
        counts = np.bincount(self.observed.week[mask], minlength=self.weeks).astype(np.float64)
        if self.past is None:
            return counts
        return self.past.before(counts, key, "rest" if rest else "deals")

    def whole(self, series: Series) -> Series:
        """`series` with what its frozen weeks said; a count follows from its deals."""
        if self.past is None or self.kind.estimate == "count":
            return series
        return replace(
            series,
            values=self.past.before(series.values, series.key, "values"),
            effective=self.past.before(series.effective, series.key, "effective"),
            raw=self.past.before(series.raw, series.key, "raw"),
            deals=self.past.before(series.deals, series.key, "deals"),
        )

    def contrast(self, mask: BoolArray, rest: BoolArray, key: SeriesKey) -> tuple[FloatArray, FloatArray]:
        """Slice minus rest: the noise they share cancels. n = 1 / (1 / n_slice + 1 / n_rest)."""
        here, here_n = self.level(mask, key)
        there, there_n = self.level(rest, key, rest=True)
        both = (here_n > 0) & (there_n > 0)
        with np.errstate(divide="ignore"):
            effective = np.where(both, 1.0 / (1.0 / here_n + 1.0 / there_n), 0.0)
        return np.where(both, here - there, np.nan), effective

    def raw(self, mask: BoolArray, key: SeriesKey) -> tuple[FloatArray, FloatArray]:
        """The estimate readers understand, unadjusted, and the deals counted."""
        counts = self.counts(mask, key)
        if self.kind.estimate == "count":
            return counts, counts
        if self.kind.fixed_basket:  # levels of different strata mean nothing side by side
            return np.exp(self._mean(mask, self.adjusted[mask])[0]), counts
        mean = self._mean(mask, self.observed.value[mask])[0]
        return np.exp(mean) if self.kind.unit in RELATIVE else mean, counts

    def learned_from(self, series: Series) -> int | None:
        """The first week of the first learning period that holds enough effective deals for any judgement."""
        least = LEAST_DEALS_A_WEEK * (0.5 if series.key.contrast else 1)
        counted = self.kind.estimate == "count"
        if counted and series.effective.mean() < least:
            return None
        return first_stretch(series.deals if counted else series.effective, self.learning, least)

    def strata(self, mask: BoolArray) -> int:
        """How many strata the deals in `mask` had in ordinary times."""
        early = self.observed.stratum[mask & (self.observed.week < self.learning)]
        return len(np.unique(early[early >= 0]))

    def _mean(self, mask: BoolArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        weights = _weights(self.observed, self.baseline, mask)
        means, effective, _ = weekly_means(
            self.observed.week[mask], values, weights, self.weeks, trim=self.kind.trim
        )
        return means, effective

    def _log_count(self, counts: FloatArray) -> tuple[FloatArray, FloatArray]:
        """ln(deals + 1/2) and, for each week alike, the deals of an ordinary week: var(ln count) ~ 1 / mean."""
        since = first_stretch(counts, self.learning, LEAST_DEALS_A_WEEK) or 0
        ordinary = counts[since : since + self.learning]
        return np.log(counts + 0.5), np.full(self.weeks, float(ordinary.mean()) if len(ordinary) else 0.0)


def _weights(observed: Observations, baseline: Baseline, mask: BoolArray) -> FloatArray:
    if not observed.batches:
        return np.ones(int(mask.sum()))
    return deal_weights([ids[mask] for ids in observed.batches], baseline.alike)


def deals_of(panel: Panel, key: SeriesKey) -> BoolArray:
    """Which of the panel's deals a series is about: all, the core tier's, or those of a segment value.

    The share of a tier or better is one of all deals.
    """
    if not key.segment or (panel.kind.by_cut and cut_of(key) is not None):
        return np.ones(len(panel.observed.week), dtype=np.bool_)
    if key.segment == CORE:
        return panel.observed.core
    dimension, value = key.segment[0]
    if dimension == panel.kind.categories:
        named = np.array([*panel.observed.categories, ""], dtype=object)
        wanted: BoolArray = named[panel.observed.category] == value
        return wanted
    return deals_of_value(panel.observed, dimension, value)


def deals_of_value(observed: Observations, dimension: str, value: str) -> BoolArray:
    """Which deals have a value of a dimension."""
    names = observed.names.get(dimension, ())
    code = names.index(value) if value in names else len(names)
    found: BoolArray = observed.segments[dimension] == code
    return found


def deal_weights_of(panel: Panel) -> FloatArray:
    """The weight of each of the panel's deals, batches counted over the whole company."""
    return weights_of(panel, np.ones(len(panel.observed.week), dtype=np.bool_))


def weights_of(panel: Panel, mask: BoolArray) -> FloatArray:
    """The weight of each deal in `mask`, as the series of those deals has it: batches counted among them alone."""
    return _weights(panel.observed, panel.baseline, mask)


def as_discount(panel: Panel) -> Panel:
    """A panel of log prices with its deals' signs turned, so that a rise is a price that fell; series stay as are."""
    baseline = replace(
        panel.baseline, stratum_level=-panel.baseline.stratum_level, level=-panel.baseline.level
    )
    return replace(panel, observed=replace(panel.observed, value=-panel.observed.value), baseline=baseline)
