"""What a metric's ordinary times look like: learned on the first weeks alone, and kept.

So a week once judged is not judged differently because of later weeks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from detectors.effective import intraclass
from monitor.frozen import FrozenPanel
from monitor.metrics import MetricKind
from monitor.observations import BoolArray, Frame, IntArray, Observations
from monitor.types import FloatArray

MOST_VALUES = 8
SHRINKAGE_DEALS = 10.0
LEAST_DEALS_A_WEEK = 3.0
LEAST_IN_BASKET = 5
"""Deals of ordinary times that a stratum of a fixed basket needs, to be held against itself."""
WHOLE_WEEK = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Ordinary times: the rate of each stratum and of all, likeness within batches, slices worth watching.

    A stratum that is in no fixed basket has a level of nan. `categories` are the codes of the usual categories.
    """

    stratum_level: FloatArray
    level: float
    alike: tuple[float, ...]
    slices: Mapping[str, tuple[int, ...]]
    categories: tuple[int, ...] = ()

    def expected(self, observed: Observations) -> FloatArray:
        """What each deal's stratum had in ordinary times; the level of all for a deal of none."""
        if not len(self.stratum_level):
            return np.full(len(observed.value), self.level)
        known = observed.stratum >= 0
        expected: FloatArray = np.where(known, self.stratum_level[observed.stratum], self.level)
        return expected


def learn(observed: Observations, frame: Frame, kind: MetricKind) -> Baseline:
    """What ordinary times look like, from the first `frame.learning` weeks alone."""
    early = observed.week < frame.learning
    level = _level(observed, early, kind)
    stratum_level = (
        _basket(observed.value[early], observed.stratum[early], observed.strata)
        if kind.fixed_basket
        else _shrunk_means(observed.value[early], observed.stratum[early], observed.strata, level)
    )
    baseline = Baseline(stratum_level=stratum_level, level=level, alike=(), slices={})
    residual = _residuals(observed, early, baseline)
    return Baseline(
        stratum_level=stratum_level,
        level=level,
        alike=tuple(_likeness(residual, ids[early], observed.week[early]) for ids in observed.batches),
        slices={
            dimension: _worth_watching(codes, observed.week, frame, dimension)
            for dimension, codes in observed.segments.items()
        },
        categories=_largest(observed.category[early], MOST_VALUES),
    )


def recalled(past: FrozenPanel, observed: Observations, frame: Frame, kind: MetricKind) -> Baseline:
    """What ordinary times looked like, where their deals are not there any more."""
    unknown = np.nan if kind.fixed_basket else past.level
    return Baseline(
        stratum_level=np.array([past.strata.get(name, unknown) for name in observed.strata_names]),
        level=past.level,
        alike=past.alike,
        slices={
            dimension: _worth_watching(
                codes, observed.week, frame, dimension, past, observed.names[dimension]
            )
            for dimension, codes in observed.segments.items()
        },
        categories=past.codes(past.categories, observed.categories),
    )


def in_basket(observed: Observations, baseline: Baseline) -> BoolArray:
    """Which deals can be held against their own stratum in ordinary times, shape (deals,)."""
    inside: BoolArray = np.isfinite(baseline.expected(observed))
    return inside


def _level(observed: Observations, early: BoolArray, kind: MetricKind) -> float:
    """The level of all: of an index 1, of money that of the company's own currency where there is any."""
    if kind.unit == "price" and kind.fixed_basket:
        return 0.0
    own = early & observed.own_currency if kind.fixed_basket else early
    chosen = observed.value[own if own.any() else early]
    return float(chosen.mean()) if len(chosen) else 0.0


def _basket(values: FloatArray, codes: IntArray, count: int) -> FloatArray:
    """The plain mean of each stratum's values; nan where there are fewer than LEAST_IN_BASKET."""
    deals = np.bincount(codes[codes >= 0], minlength=count)[:count]
    total = np.bincount(codes[codes >= 0], values[codes >= 0], minlength=count)[:count]
    means: FloatArray = np.divide(total, deals, out=np.full(count, np.nan), where=deals >= LEAST_IN_BASKET)
    return means


def _shrunk_means(values: FloatArray, codes: IntArray, count: int, level: float) -> FloatArray:
    """The mean of each code's values, shrunk to `level` with the weight of SHRINKAGE_DEALS deals."""
    known = codes >= 0
    total = np.bincount(codes[known], values[known], minlength=count)[:count]
    deals = np.bincount(codes[known], minlength=count)[:count]
    means: FloatArray = (total + SHRINKAGE_DEALS * level) / (deals + SHRINKAGE_DEALS)
    return means


def _residuals(observed: Observations, early: BoolArray, baseline: Baseline) -> FloatArray:
    """Value less what owner, stratum and calendar lead one to expect; else skill and season pass for batches."""
    residual = observed.value[early] - baseline.expected(observed)[early]
    residual = np.where(np.isfinite(residual), residual, 0.0)
    if not len(residual):
        return residual
    pair = (observed.owner[early] + 1) * (observed.strata + 1) + observed.stratum[early] + 1
    _, cell = np.unique(pair, return_inverse=True)
    residual = residual - _shrunk_means(residual, cell.astype(np.int64), int(cell.max()) + 1, 0.0)[cell]
    season = np.hstack([np.ones((len(cell), 1)), observed.day_terms[early]])
    fitted: FloatArray = season @ np.linalg.lstsq(season, residual, rcond=None)[0]
    return residual - fitted


def _likeness(residual: FloatArray, ids: IntArray, week: IntArray) -> float:
    """The intraclass correlation within one kind of batch; 0 for a kind that is not used."""
    return intraclass(residual, ids) if len(ids) and not _is_whole_week(ids, week) else 0.0


def _is_whole_week(ids: IntArray, week: IntArray) -> bool:
    """Whether one batch usually is the whole week: counting it would count the weekly effect twice."""
    _, batch = np.unique(ids, return_inverse=True)
    cell, size = np.unique(week * (int(batch.max()) + 1) + batch, return_counts=True)
    of_week = cell // (int(batch.max()) + 1)
    total = np.bincount(of_week, size)
    largest = np.zeros(len(total))
    np.maximum.at(largest, of_week, size)
    return bool(np.median(largest[total > 0] / total[total > 0]) > WHOLE_WEEK)


def _worth_watching(
    codes: IntArray,
    week: IntArray,
    frame: Frame,
    dimension: str,
    past: FrozenPanel | None = None,
    names: tuple[str, ...] = (),
) -> tuple[int, ...]:
    """The codes of the values of a dimension that are watched; none where there is nothing to compare.

    The largest of ordinary times; as far as there is room, further ones in the order in which they came to hold
    enough deals through a learning period.
    """
    early = codes[(week < frame.learning) & (codes >= 0)]
    most = frame.at_most.get(dimension, MOST_VALUES)
    if past is not None:
        chosen = past.codes(past.slices.get(dimension, ()), names)
    else:
        chosen = _largest(early, most) if len(np.unique(early)) > 1 else ()
    whole = past.weeks if past else 0  # what grew before is chosen already
    grown = [
        (since, code)
        for code, counts in _weekly_counts(codes, week, frame.learning * LEAST_DEALS_A_WEEK)
        if code not in chosen
        and (since := first_stretch(_without(counts, whole), frame.learning, LEAST_DEALS_A_WEEK))
    ]
    return (*chosen, *(code for _, code in sorted(grown)[: max(0, most - len(chosen))]))


def ever_enough(codes: IntArray, week: IntArray, learning: int, before: int) -> tuple[int, ...]:
    """The codes of the values that held enough deals for a contrast through a learning period begun by `before`."""
    least = LEAST_DEALS_A_WEEK / 2 * learning
    found = []
    for code, counts in _weekly_counts(codes, week, least):
        total = np.concatenate(([0.0], np.cumsum(counts)))
        windows = total[learning:] - total[: max(0, len(total) - learning)]
        if (windows[:before] >= least - 1e-9).any():
            found.append(code)
    return tuple(found)


def _without(counts: FloatArray, weeks: int) -> FloatArray:
    """`counts` without those of the first weeks."""
    return np.where(np.arange(len(counts)) < weeks, 0.0, counts)


def _weekly_counts(codes: IntArray, week: IntArray, least: float) -> Iterator[tuple[int, FloatArray]]:
    """Each code of at least `least` deals with how many each week holds; of 100,000 values few have so many."""
    enough = np.flatnonzero(np.bincount(codes[codes >= 0]) >= least)
    place = np.searchsorted(enough, codes)
    known = place < len(enough)
    known[known] = enough[place[known]] == codes[known]
    weeks = int(week.max(initial=-1)) + 1
    counts = np.bincount(place[known] * weeks + week[known], minlength=len(enough) * weeks)
    for code, row in zip(enough, counts.reshape(len(enough), weeks), strict=True):
        yield int(code), row.astype(np.float64)


def first_stretch(deals: FloatArray, weeks: int, least: float) -> int | None:
    """The first week of the first `weeks` weeks that hold `least` deals a week; None where there are none such.

    The very first weeks count as they are. A later stretch holds as many in its first week and in its first half, so
    that weeks before a business began are no part of what is ordinary for it. Of fewer weeks all are the stretch.

    >>> first_stretch(np.array([0.0, 1.0, 3.0, 3.0, 9.0]), 2, 3.0), first_stretch(np.array([5.0]), 2, 3.0)
    (2, 0)
    """
    if not len(deals):
        return None
    if deals[:weeks].mean() >= least - 1e-9:
        return 0
    total = np.concatenate(([0.0], np.cumsum(deals)))
    half = max(1, weeks // 2)
    starts = np.arange(max(0, len(deals) - weeks + 1))
    whole = total[starts + weeks] - total[starts] >= weeks * least - 1e-9
    begun = (total[starts + half] - total[starts] >= half * least - 1e-9) & (deals[starts] >= least)
    enough = np.flatnonzero(whole & begun)
    return int(enough[0]) if len(enough) else None


def _largest(codes: IntArray, most: int) -> tuple[int, ...]:
    counts = np.bincount(codes[codes >= 0])
    largest = np.argsort(-counts, kind="stable")[:most]
    return tuple(int(code) for code in largest if counts[code] > 0)
