"""How good a detector is: delay, false alarms, dating, coverage, and agreement with those who marked changes.

Every number is nan where it is not defined, never a guess. Delays count periods of changed data: 1 is an alarm in
the first changed period.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.special import betaincinv, gammaincinv

from detectors.types import BoolArray, FloatArray

EARLY = 208  # periods; R starts at 0, so the hazard of a false alarm is low at first: early and late are told apart


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLength:
    """Periods watched per false alarm: `arl` = exposure / alarms, with a 90 % interval from the Poisson law.

    Without an alarm `arl` and `high` are nan: nothing bounds the run length from above.
    """

    alarms: int
    exposure: int
    arl: float
    low: float
    high: float


def run_length(alarm: BoolArray, start: int = 0, end: int | None = None) -> RunLength:
    """The average run length to a false alarm of unchanged series, (S, T), in the periods from `start` to `end`.

    A series is watched up to its first alarm; one that alarmed before `start` is not watched at all.

    >>> run_length(np.array([[False, False, True, True], [False, False, False, False]])).arl
    7.0
    """
    first = first_alarm(alarm)
    end = alarm.shape[1] if end is None else min(end, alarm.shape[1])
    last = np.where(np.isnan(first), end - 1.0, np.minimum(first, end - 1.0))
    exposure = int(np.maximum(last - start + 1.0, 0.0).sum())
    return run_length_of(int(((first >= start) & (first < end)).sum()), exposure)


def run_length_of(alarms: int, exposure: int) -> RunLength:
    """The average run length of `alarms` counted in `exposure` periods."""
    most = float(gammaincinv(alarms + 1.0, 0.95))
    fewest = float(gammaincinv(alarms, 0.05)) if alarms else 0.0
    return RunLength(
        alarms=alarms,
        exposure=exposure,
        arl=exposure / alarms if alarms else np.nan,
        low=exposure / most if exposure else np.nan,
        high=exposure / fewest if alarms else np.nan,
    )


def early_and_late(alarm: BoolArray, learned: int) -> tuple[RunLength, RunLength]:
    """Run lengths in the first EARLY periods after the baseline, `learned` periods long, and after them."""
    return run_length(alarm, learned, learned + EARLY), run_length(alarm, learned + EARLY)


def share_limits(hits: int, count: int) -> tuple[float, float]:
    """The 90 % limits of a share of which `hits` of `count` were seen; (0, 1) where nothing was.

    Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial" (1934).

    >>> [round(limit, 3) for limit in share_limits(1, 100)]
    [0.001, 0.047]
    """
    low = float(betaincinv(hits, count - hits + 1.0, 0.05)) if hits else 0.0
    high = float(betaincinv(hits + 1.0, count - hits, 0.95)) if hits < count else 1.0
    return low, high


def first_alarm(alarm: BoolArray) -> FloatArray:
    """The period of each series' first alarm, (S,), nan for none; alarm (S, T)."""
    return np.where(alarm.any(axis=1), alarm.argmax(axis=1).astype(np.float64), np.nan)


def delays(alarm: BoolArray, change: FloatArray | float) -> FloatArray:
    """Periods of changed data up to the first alarm from `change` on, (S,); nan for none.

    A series with an alarm before its change is left out, nan as well: see `found`.
    """
    first = first_alarm(alarm)
    return np.where(first >= change, first - change + 1.0, np.nan)


def found(alarm: BoolArray, change: FloatArray | float) -> float:
    """The share of series that are alarmed, among those without an alarm before their change."""
    first = first_alarm(alarm)
    fair = np.isnan(first) | (first >= change)
    return float(np.isfinite(first[fair]).mean()) if fair.any() else np.nan


def median_delay(delay: FloatArray) -> float:
    """The median over series, those never alarmed counted as longer than any; nan if it lies among them."""
    if not len(delay):
        return np.nan
    middle = float(np.median(np.where(np.isnan(delay), np.inf, delay)))
    return middle if np.isfinite(middle) else np.nan


def mean_delay(delay: FloatArray, horizon: float) -> float:
    """The mean over series, delays cut at `horizon`, those never alarmed counted as `horizon`."""
    return (
        float(np.where(np.isnan(delay), horizon, np.minimum(delay, horizon)).mean()) if len(delay) else np.nan
    )


def coverage(low: FloatArray, high: FloatArray, truth: FloatArray | float) -> float:
    """The share of intervals that hold the truth, among those that are defined."""
    defined = np.isfinite(low) & np.isfinite(high)
    inside = (low <= truth) & (truth <= high)
    return float(inside[defined].mean()) if defined.any() else np.nan


def dating_error(start: FloatArray, change: FloatArray | float) -> float:
    """The median distance between the dated and the true first period, among those that are dated."""
    distance = np.abs(start - change)
    return float(np.median(distance[np.isfinite(distance)])) if np.isfinite(distance).any() else np.nan


def agreement(marked: Sequence[Collection[int]], changes: Collection[int], margin: int = 5) -> float:
    """F1 of `changes` against what several people marked; a match lies within `margin`, each mark matched once.

    Precision counts marks of anybody, recall is the mean over people, and every series starts with a change at 0
    (van den Burg and Williams, "An evaluation of change point detection algorithms", 2020).

    >>> agreement([[28], []], [30])
    1.0
    """
    if not marked:
        return np.nan
    predicted = {0, *changes}
    anybody = {0, *(mark for person in marked for mark in person)}
    precision = _matches(anybody, predicted, margin) / len(predicted)
    recall = float(np.mean([_matches({0, *one}, predicted, margin) / len({0, *one}) for one in marked]))
    return 2.0 * precision * recall / (precision + recall)


def cover(marked: Sequence[Collection[int]], changes: Collection[int], periods: int) -> float:
    """How well the pieces between `changes` overlap those that people marked: the mean over people.

    Each marked piece counts with its length times its best Jaccard index with any found piece.

    >>> cover([[5]], [5], 10), cover([[5]], [], 10)
    (1.0, 0.5)
    """
    if not marked or periods < 1:
        return np.nan
    pieces = list(pairwise([*sorted({0, *changes}), periods]))

    def best(start: int, end: int) -> float:
        shared = [(max(0, min(end, b) - max(start, a)), max(end, b) - min(start, a)) for a, b in pieces]
        return max(both / either for both, either in shared if either)

    people = [list(pairwise([*sorted({0, *one}), periods])) for one in marked]
    return float(np.mean([sum((b - a) * best(a, b) for a, b in one) / periods for one in people]))


def _matches(marks: Collection[int], predicted: Collection[int], margin: int) -> int:
    left = set(predicted)
    matched = 0
    for mark in sorted(marks):
        near = [one for one in left if abs(one - mark) <= margin]
        if near:
            left.remove(min(near, key=lambda one: abs(one - mark)))
            matched += 1
    return matched
