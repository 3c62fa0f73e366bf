"""What every metric's weeks say, kept before the deals of the earliest ones are erased."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl

from monitor.calendar import weeks_from
from monitor.frozen import Frozen, FrozenPanel, FrozenSeries
from monitor.metrics import METRICS, MetricKind
from monitor.observations import Observations, edges_of, observations
from monitor.ordinary import Baseline, ever_enough, in_basket, learn, recalled
from monitor.panel import WeeklyEstimates, all_series, deals_of_value, estimates_of, in_weeks, scope_of
from monitor.reading import reading_of
from monitor.segments import PEOPLE, spellings_of
from monitor.types import Series
from monitor.weekly import Asked, History, Weekly, frame_of
from monitor.where import column_of, matches

NAMES = (*PEOPLE, "closed_by", "account")
"""Columns whose labels name people or customers: only those that have a series of their own are kept."""


MOST_EARLY = 40
"""Values of a dimension that are kept since they had deals in ordinary times, the largest first."""


def freeze(weekly: Weekly, history: History, *, week: date, at: datetime, before: date) -> Frozen | None:
    """All that judging needs of the weeks before `before`, from the deals known at `at`; `week` is the newest judged.

    None where a metric's ordinary times are not learned to the end yet.
    """
    deals, settings = weekly.deals(at, history), weekly.settings
    panels: dict[str, FrozenPanel] = {}
    for name in settings.metrics:
        asked = weekly.asked(name, deals, week, history)
        if asked is None:
            if weekly.readable(name, history):
                return None
            continue
        frozen = _panel(weekly, name, asked, week, before)
        if frozen is None:
            return None
        panels[name] = frozen
    return Frozen(panels=panels, spelled=_spelled(weekly, deals, panels))


def _panel(weekly: Weekly, name: str, asked: Asked, week: date, before: date) -> FrozenPanel | None:
    """One metric's weeks before `before`; None while there are fewer weeks than are learned from."""
    metric, frame, past = weekly.settings.metrics[name], frame_of(weekly.settings), asked.past
    kind, deals = METRICS[metric.kind], asked.deals
    if metric.where is not None:
        deals = deals.filter(matches(metric.where, deals.columns))
    scope = scope_of(asked.basis, asked.first_week, frame, past)
    wait = kind.waits(deals, scope)
    weeks = weeks_from(asked.first_week + timedelta(weeks=wait), week)
    if len(weeks) < frame.learning:
        return None
    count = max(0, (before - asked.first_week).days // 7)
    rows = in_weeks(kind.observe(deals, scope), weeks)
    observed = observations(rows, kind, frame, metric.adjust_for, past)
    baseline = recalled(past, observed, frame, kind) if past else learn(observed, frame, kind)
    every = _with_candidates(observed, baseline, frame.learning, count, past)
    early, columns = observed.week < frame.learning, (*kind.always_by, *metric.adjust_for)
    counted = observed.only(in_basket(observed, baseline)) if kind.fixed_basket else observed
    series = [one for one, _ in all_series(metric, kind, counted, every, weeks, frame, past)]
    estimates = estimates_of(kind, counted, every, weeks, frame, past)
    since = scope.recorded_since or deals["qualified_on"].min()
    return FrozenPanel(
        reading=reading_of(weekly.settings, name, asked.first_week + timedelta(weeks=count)),
        basis=asked.basis,
        first_week=asked.first_week,
        wait=wait,
        weeks=count,
        recorded_since=since if isinstance(since, date) else None,
        edges=past.edges if past else ({} if kind.by_tier else edges_of(rows, columns, frame.learning)),
        common=past.common if past else _common(observed, kind),
        level=baseline.level,
        alike=baseline.alike,
        strata=past.strata if past else _strata(observed, baseline, early),
        slices={
            dimension: tuple(observed.names[dimension][code] for code in codes)
            for dimension, codes in baseline.slices.items()
        },
        categories=past.categories
        if past
        else tuple(observed.categories[code] for code in baseline.categories),
        spelled={**spellings_of(rows, kind.categories), **(past.spelled if past else {})}
        if kind.categories
        else {},
        series={
            (one.key.segment, one.key.contrast): _series(one, counted, estimates, kind, count)
            for one in series
        },
        totals=_totals(observed, len(weeks), count, past) if kind.estimate == "count" else {},
    )


def _totals(
    observed: Observations, weeks: int, count: int, past: FrozenPanel | None
) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Of each dimension the deals that have a value, by frozen week."""
    found = {}
    for dimension, codes in observed.segments.items():
        every = np.bincount(observed.week[codes >= 0], minlength=weeks).astype(np.float64)
        if past is not None and dimension in past.totals:
            every[: past.weeks] = past.totals[dimension]
        found[dimension] = every[:count]
    return found


def _with_candidates(
    observed: Observations, baseline: Baseline, learning: int, count: int, past: FrozenPanel | None
) -> Baseline:
    """The baseline with every value that may yet come to have a series that is learned from frozen weeks."""
    slices = {}
    for dimension, chosen in baseline.slices.items():
        before = past.codes(past.values_of(dimension), observed.names[dimension]) if past else ()
        codes = observed.segments[dimension]
        enough = ever_enough(codes, observed.week, learning, count)
        early = np.bincount(codes[(codes >= 0) & (observed.week < learning)])
        largest = [int(code) for code in np.argsort(-early, kind="stable")[:MOST_EARLY] if early[code]]
        slices[dimension] = tuple(dict.fromkeys((*chosen, *before, *enough, *largest)))
    return replace(baseline, slices=slices)


def _common(observed: Observations, kind: MetricKind) -> str | None:
    """The category whose deals have the value 1."""
    codes = observed.category[observed.value == 1.0] if kind.categories else np.empty(0, dtype=np.int64)
    return observed.categories[int(codes[0])] if len(codes) and codes[0] >= 0 else None


def _strata(
    observed: Observations, baseline: Baseline, early: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> dict[str, float]:
    """The levels of the strata that ordinary times know, by name."""
    known = np.unique(observed.stratum[early & (observed.stratum >= 0)])
    return {observed.strata_names[code]: float(baseline.stratum_level[code]) for code in known}


def _series(
    one: Series,
    observed: Observations,
    estimates: WeeklyEstimates,
    kind: MetricKind,
    count: int,
) -> FrozenSeries:
    rest = np.full(count, np.nan)
    if kind.estimate == "count" and one.key.contrast:
        dimension, value = one.key.segment[0]
        here = deals_of_value(observed, dimension, value)
        beside = ~here & (observed.segments[dimension] >= 0)
        rest = estimates.counts(beside, one.key, rest=True)[:count]
    return FrozenSeries(
        values=one.values[:count],
        effective=one.effective[:count],
        raw=one.raw[:count],
        deals=one.deals[:count],
        rest=rest,
        adjusted=bool(one.adjusted_for),
    )


def _spelled(
    weekly: Weekly, deals: pl.DataFrame, panels: Mapping[str, FrozenPanel]
) -> dict[str, dict[str, str]]:
    """How the labels of each dimension are written; of people and customers only those that have a series."""
    found = {}
    for segment in weekly.settings.segments:
        column = column_of(segment.by, deals.columns)
        written = {**spellings_of(deals, column), **weekly.frozen.spelled.get(segment.by, {})}
        if column in NAMES:
            shown = {value for panel in panels.values() for value in panel.slices.get(segment.by, ())}
            written = {key: label for key, label in written.items() if label in shown}
        found[segment.by] = written
    return found
