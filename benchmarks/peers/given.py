"""What every method is given: win rates of sixty deals a week, the calendar taken out, and an ordinary first year.

The methods that are compared know no calendar, so its true effects are taken out of the values before they see them;
the detector gets the values as they are, and learns the calendar itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.detection.families import WIN_20, WIN_60, Family
from benchmarks.detection.seeds import COMPARING
from detectors.simulate import Change, Weekly
from detectors.types import FloatArray

LEARNING = 52
QUIET_WEEKS = 26
HORIZON = 156
NULL_WEEKS = 260
POINTS = (5, 8, 12)
CHANGE_AT = LEARNING + QUIET_WEEKS
TUNING = 20260701


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Series as simulated, and what the methods see of them: rates without the calendar, (S, T)."""

    made: Weekly
    rates: FloatArray

    @property
    def standard(self) -> FloatArray:
        """The rates less the mean of the first year, in its standard deviations."""
        early = self.rates[:, :LEARNING]
        scale = early.std(axis=1, ddof=1, keepdims=True)
        standard: FloatArray = (self.rates - early.mean(axis=1, keepdims=True)) / scale
        return standard

    def first(self, series: int) -> Given:
        """The first `series` of them."""
        few = Weekly(values=self.made.values[:series], n=self.made.n[:series], terms=self.made.terms)
        return Given(made=few, rates=self.rates[:series])


def nulls(series: int, *, deals: int = 60, seed: int = COMPARING) -> Given:
    """Five years without a change, after the first."""
    family = {20: WIN_20, 60: WIN_60}[deals]
    return _given(family, np.random.default_rng([seed, 0, deals]), series, LEARNING + NULL_WEEKS, None)


def falls(series: int, points: int, seed: int = COMPARING) -> Given:
    """A lasting fall, half a year after the first year."""
    change = Change(at=CHANGE_AT, size=-points / 100)
    return _given(WIN_60, np.random.default_rng([seed, 1, points]), series, CHANGE_AT + HORIZON, change)


def _given(family: Family, rng: np.random.Generator, series: int, weeks: int, change: Change | None) -> Given:
    made = family.make(rng, series, weeks, change)
    ordinary = family.ordinary
    season = made.terms @ [ordinary.quarter_end_rate, ordinary.month_end_rate, 0.0]
    # a week without a deal does not occur at these volumes but by a miracle; the mean says nothing then
    rates = np.where(made.n > 0, made.values, ordinary.rate + season) - season
    return Given(made=made, rates=rates)
