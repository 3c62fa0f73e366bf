"""What a metric's ordinary times look like: learned on the first weeks alone, and kept.

So a week once judged is not judged differently because of later weeks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from detectors.effective import intraclass
from monitor.observations import BoolArray, Frame, IntArray, Observations
from monitor.types import FloatArray

MOST_VALUES = 8
SHRINKAGE_DEALS = 10.0
WHOLE_WEEK = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Ordinary times: the rate of each stratum and of all, likeness within batches, slices worth watching."""

    stratum_level: FloatArray
    level: float
    alike: tuple[float, ...]
    slices: Mapping[str, tuple[int, ...]]

    def expected(self, observed: Observations) -> FloatArray:
        """What each deal's stratum had in ordinary times; the level of all for a deal of none."""
        if not len(self.stratum_level):
            return np.full(len(observed.value), self.level)
        known = observed.stratum >= 0
        expected: FloatArray = np.where(known, self.stratum_level[observed.stratum], self.level)
        return expected


def learn(observed: Observations, frame: Frame) -> Baseline:
    """What ordinary times look like, from the first `frame.learning` weeks alone."""
    early = observed.week < frame.learning
    level = float(observed.value[early].mean()) if early.any() else 0.0
    stratum_level = _shrunk_means(observed.value[early], observed.stratum[early], observed.strata, level)
    baseline = Baseline(stratum_level=stratum_level, level=level, alike=(), slices={})
    residual = _residuals(observed, early, baseline)
    return Baseline(
        stratum_level=stratum_level,
        level=level,
        alike=tuple(_likeness(residual, ids[early], observed.week[early]) for ids in observed.batches),
        slices={
            dimension: _worth_watching(codes[early], frame, dimension)
            for dimension, codes in observed.segments.items()
        },
    )


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


def _worth_watching(codes: IntArray, frame: Frame, dimension: str) -> tuple[int, ...]:
    """The codes of the largest values of a dimension in ordinary times; none where there is nothing to compare."""
    counts = np.bincount(codes[codes >= 0])
    if (counts > 0).sum() < 2:
        return ()
    largest = np.argsort(-counts, kind="stable")[: frame.at_most.get(dimension, MOST_VALUES)]
    return tuple(int(code) for code in largest if counts[code] > 0)
