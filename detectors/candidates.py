"""Candidates: one possible first period of a new regime each, for S series at once.

A candidate's step is 0 before its period and 1 from then on, filtered and projected off level and season like the
values themselves. What is left of it is the `information` I, and its product with the values the `score` S: S / I
estimates the size of the step. A window of 1 to 4 periods that has ended is the difference of two candidates, a ramp
the mean of several.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from detectors import ramps
from detectors.least_squares import Step
from detectors.types import BoolArray, FloatArray, IntArray, SignArray
from detectors.whitening import FORGETTING, Gain

LONGEST_WINDOW = 4
WINDOW_STARTS = 26  # windows that started longer ago are no reason to hold an alarm back
CROWD = 500
KEPT_WHOLE = 128
KEPT_OF_AN_OCTAVE = 16  # of the starts between one age and its double
TIDY = 32  # how often a crowd is thinned, and by how many columns the arrays grow, in periods

Kind = TypeVar("Kind", bound=np.generic)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypotheses:
    """What is asked of S series: C steps, then the ramps of the newest starts, width by width; M in all.

    starts (C,) · log_prior, information, score (S, M), log_prior up to what all starts share.
    """

    starts: IntArray
    log_prior: FloatArray
    information: FloatArray
    score: FloatArray

    def by_start(self, weights: FloatArray) -> FloatArray:
        """Weights (S, M) summed by start, (S, C)."""
        steps = len(self.starts)
        summed = weights[:, :steps].copy()
        live = (weights.shape[1] - steps) // len(ramps.WIDTHS)
        for place in range(steps, weights.shape[1], max(live, 1)):
            summed[:, steps - live :] += weights[:, place : place + live]
        return summed


class Candidates:
    """The candidates of S series with p regressors; C columns, ascending in start.

    starts (C,) · log_weight, information, score, cut (S, C). A log weight is 0; -inf where a series may not have
    changed yet; else what a candidate inherited and a new bar made of it.

    A candidate takes 5 + p doubles and a byte; windows and ramps are kept of the newest columns alone, which a
    crowd that is thinned does not touch.
    """

    def __init__(self, series: int, regressors: int, phi: float) -> None:
        self.count = 0
        self._phi = phi
        self._starts = np.zeros(0, dtype=np.int64)
        # log weight, information, score, level and weekly effect of the step's filter
        self._state = np.zeros((5, series, 0))
        self._cut: SignArray = np.zeros((series, 0), dtype=np.int8)
        self._coefficients = np.zeros((series, regressors, 0))
        self._windows = np.zeros((series, LONGEST_WINDOW, 0))
        self._ramps = np.zeros((series, len(ramps.WIDTHS), 0))

    @property
    def starts(self) -> IntArray:
        """The start periods, (C,)."""
        return self._starts[: self.count]

    @property
    def log_weight(self) -> FloatArray:
        """Ln of each candidate's weight in the sum, (S, C)."""
        return self._state[0, :, : self.count]

    @property
    def information(self) -> FloatArray:
        """Information on the step left after level and season, (S, C)."""
        return self._state[1, :, : self.count]

    @property
    def score(self) -> FloatArray:
        """The step's product with what the null model leaves of the values, (S, C)."""
        return self._state[2, :, : self.count]

    @property
    def cut(self) -> SignArray:
        """-1, 0 or 1: whether the value of the start period itself was cut, and on which side, (S, C)."""
        return self._cut[:, : self.count]

    @property
    def window_information(self) -> FloatArray:
        """Information on the windows of 1 to 4 periods from each of the newest WINDOW_STARTS starts, (S, 4, ...)."""
        return self._windows[:, :, -WINDOW_STARTS:]

    def hypotheses(self) -> Hypotheses:
        """Steps and ramps together."""
        live = self._live
        weight = self.log_weight
        steps = weight + math.log(1.0 - ramps.SHARE)
        each_width = weight[:, live:] + math.log(ramps.SHARE / len(ramps.WIDTHS))
        return Hypotheses(
            starts=self.starts,
            log_prior=np.concatenate([steps] + [each_width] * len(ramps.WIDTHS), axis=1),
            information=np.concatenate([self.information, *self._ramps.swapaxes(0, 1)], axis=1),
            score=np.concatenate([self.score, *ramps.means_of_next(self.score, live)], axis=1),
        )

    @property
    def _live(self) -> int:
        """The first column whose ramps are asked."""
        return max(0, self.count - ramps.REACH)

    def open(self, period: int, allowed: BoolArray) -> None:
        """Add the candidate that starts at `period`; it counts for the series `allowed` (S,)."""
        if self.count == len(self._starts):
            self._starts, self._cut = _longer(self._starts, TIDY), _longer(self._cut, TIDY)
            self._state = _longer(self._state, TIDY)
            self._coefficients = _longer(self._coefficients, TIDY)
        self._windows = _longer(self._windows[:, :, -(WINDOW_STARTS + LONGEST_WINDOW - 1) :], 1)
        self._ramps = _longer(self._ramps[:, :, -(ramps.REACH - 1) :], 1)
        column = self.count
        self._starts[column] = period
        self._state[:, :, column] = 0.0
        self._state[0, ~allowed, column] = -np.inf
        self._cut[:, column] = 0
        self._coefficients[:, :, column] = 0.0
        self.count += 1

    def reweigh(self, log_factor: FloatArray) -> None:
        """Let every start there is count exp(log_factor) (S,) times what it counted."""
        self.log_weight[...] += log_factor[:, None]

    def advance(self, gain: Gain, step: Step, scale: FloatArray) -> None:
        """Take in one period of the null model."""
        if not self.count:
            return
        _, information, score, level, weekly = self._state[:, :, : self.count]
        coefficients = self._coefficients[:, :, : self.count]
        innovation = 1.0 - level - weekly
        error = scale[:, None] * innovation - np.matmul(step.row[:, None, :], coefficients)[:, 0]
        shrunk = step.shrink[:, None] * error
        information += shrunk * error
        score += shrunk * step.error[:, None]
        coefficients += step.gain[:, :, None] * error[:, None, :]
        level += gain.level[:, None] * innovation
        level *= FORGETTING
        weekly += gain.weekly[:, None] * innovation
        weekly *= self._phi
        self.cut[:, -1] = step.cut
        self._advance_windows(error, step.shrink)
        for place, ramp in enumerate(ramps.means_of_next(error, self._live)):
            self._ramps[:, place] += step.shrink[:, None] * ramp * ramp

    def _advance_windows(self, error: FloatArray, shrink: FloatArray) -> None:
        recent = error[:, -self._windows.shape[2] :]
        for length in range(1, LONGEST_WINDOW + 1):
            window = recent.copy()
            window[:, :-length] -= recent[:, length:]
            self._windows[:, length - 1] += shrink[:, None] * window * window

    def retire(self, log_values: FloatArray) -> None:
        """Let the oldest live ramps leave their values to their step, and now and then thin out a crowd.

        `log_values` (S, J, M) are what each hypothesis adds to the sum now, by size.
        """
        if self.count < ramps.REACH:
            return
        oldest = self._live
        same_start = [oldest, *range(self.count, log_values.shape[2], self.count - oldest)]
        each = np.logaddexp.reduce(log_values[:, :, same_start], axis=1)
        together = np.logaddexp.reduce(each, axis=1)[:, None]
        self._inherit(np.array([oldest]), together, each[:, :1])
        newest = self._starts[self.count - 1]
        if newest % TIDY == 0 and newest - self._starts[0] >= CROWD:
            value = np.logaddexp.reduce(log_values[:, :, : self.count], axis=1)
            value[:, [oldest]] = together
            self._thin(value)

    def _inherit(self, columns: IntArray, value: FloatArray, own: FloatArray) -> None:
        """Raise the weights of `columns` so that they add `value` (S, columns) instead of `own`."""
        with np.errstate(invalid="ignore"):
            self._state[0][:, columns] += np.where(np.isneginf(value), 0.0, value - own)

    def _thin(self, value: FloatArray) -> None:
        """Of a crowd of candidates keep the newest 128, every 8th of the 128 before, every 16th of the 256 before.

        `value` (S, C) is ln of what each adds to the sum now. A dropped candidate leaves its value to the next one
        kept, whose weight grows so that the sum is the same before and after: the sum stays a martingale.
        """
        kept = np.flatnonzero(_dyadic(self.starts))
        first = np.concatenate([[0], kept[:-1] + 1])
        inherited = np.logaddexp.reduceat(value[:, : kept[-1] + 1], first, axis=1)
        self._inherit(kept, inherited, value[:, kept])
        self._starts, self._cut = self._starts[kept], np.ascontiguousarray(self._cut[:, kept])
        self._state = np.ascontiguousarray(self._state[:, :, kept])
        self._coefficients = np.ascontiguousarray(self._coefficients[:, :, kept])
        self.count = len(kept)


def _longer(array: NDArray[Kind], room: int) -> NDArray[Kind]:
    """The array with `room` more zeros along its last axis."""
    return np.concatenate([array, np.zeros((*array.shape[:-1], room), dtype=array.dtype)], axis=-1)


def _dyadic(starts: IntArray) -> BoolArray:
    """Which start periods stay: all younger than KEPT_WHOLE, KEPT_OF_AN_OCTAVE each time the age doubles beyond.

    They are those divisible by a power of two that grows with age, so that whatever stays has stayed before.
    """
    age = starts[-1] - starts
    octave = np.ceil(np.log2(np.maximum((age + 1) / KEPT_WHOLE, 1.0))).astype(np.int64)
    spacing = np.where(octave > 0, (KEPT_WHOLE // KEPT_OF_AN_OCTAVE) << np.maximum(octave - 1, 0), 1)
    kept: BoolArray = starts % spacing == 0
    return kept
