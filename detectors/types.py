"""What the detectors hand out: one `Reading` a period, and change points of finished series.

Conventions, stated once: arrays are ``float64``; a series has one value a period; an index is 0-based and is
the *first period of the new regime*; `nan` means "not yet defined". Effects carry the unit of the values.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import isfinite
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
SignArray = NDArray[np.int8]

FLAGS = ("alarm", "shock")
DATES = ("start", "start_low", "start_high")
"""Fields of a reading that are no plain numbers."""

Direction = Literal["down", "up"]
"""The direction that would do harm; it gets the larger part of the false-alarm budget."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one period of one series says.

    evidence      ln R: the sum of Bayes factors over all start periods; `nan` while learning
    alarm         evidence >= ln(arl), the start at least four periods ago at 95 %, and no `shock`
    start         posterior median of the first changed period; `start_low`, `start_high` bound it at 90 %
    effect        posterior mean of the size of the step, shrunk; `effect_low`, `effect_high` bound it at 90 %
    matters       P(|effect| >= matters_if), `nan` when no size was given
    expected      the value predicted for this period from the past alone, with its standard deviation (nan
                  where there is no value to compare)
    still_low     with `still_high`: the 90 % interval of a step that began 13 periods ago, this one included;
                  what lies outside can be ruled out
    shock         an ended window of a few periods explains the data better than a lasting step, and well enough
                  for an alarm
    """

    evidence: float
    alarm: bool
    start: int | None
    start_low: int | None
    start_high: int | None
    effect: float
    effect_low: float
    effect_high: float
    matters: float
    expected: float
    expected_sd: float
    still_low: float
    still_high: float
    shock: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """The fields of `Reading` for S series and T periods, as arrays of shape (S, T).

    Indices are floats here, so that `nan` can say "none".
    """

    evidence: FloatArray
    alarm: BoolArray
    start: FloatArray
    start_low: FloatArray
    start_high: FloatArray
    effect: FloatArray
    effect_low: FloatArray
    effect_high: FloatArray
    matters: FloatArray
    expected: FloatArray
    expected_sd: FloatArray
    still_low: FloatArray
    still_high: FloatArray
    shock: BoolArray

    def of(self, series: int, period: int = -1) -> Reading:
        """The reading of one series in one period, the last unless said otherwise."""
        cells = {field.name: getattr(self, field.name)[series, period] for field in fields(self)}
        dates = {name: int(cells[name]) if isfinite(cells[name]) else None for name in DATES}
        flags = {name: bool(cells[name]) for name in FLAGS}
        numbers = {name: float(cell) for name, cell in cells.items() if name not in (*DATES, *FLAGS)}
        return Reading(**numbers, **dates, **flags)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePoint:
    """A change in a finished series: first period of the new regime, its 90 % bounds, the level on each side."""

    index: int
    low: int
    high: int
    before: float
    after: float
