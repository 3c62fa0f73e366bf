"""Strength borrowed across segments: the level from the other segments, and the season from all of them.

Groups of six segments whose levels scatter by 5 points around a common one. *Level borrowed*: when a baseline
is learned, the level gets the prior that the other five make, their mean with its scatter, which is known here:
the best case. *Season known*: the calendar's effects are taken out as they are, without any error, and are no
terms: more than any borrowing could do. *Both*: the two together. A change that all segments share is the
whole's; agreeing series are another matter (decision 0013).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import fields, replace

import numpy as np

from benchmarks.ideas.matched import Case, Form, Make, Row, Sizes, compared
from detectors import Readings, Scan
from detectors.calibrate import LOWEST, strengths
from detectors.simulate import Change, Ordinary, Weekly, rates
from detectors.types import FloatArray

GROUP, BLOCK = 6, 60
SCATTER = 0.05
ORDINARY = Ordinary(deals=20)
SEASON = np.array([ORDINARY.quarter_end_rate, ORDINARY.month_end_rate, 0.0])


def segments(rng: np.random.Generator, series: int, periods: int, change: Change | None) -> Weekly:
    """Rates of 20 deals a week, moved to levels that scatter."""
    made = rates(rng, series, periods, ORDINARY, change)
    return replace(made, values=made.values + SCATTER * rng.normal(size=(series, 1)))


class Borrowing(Scan):
    """A scan whose levels have a normal prior once they are learned: mean (S,), standard deviation `sd`."""

    mean: FloatArray
    sd: float

    def _learn(self) -> None:
        before = self._null.learned.copy()
        super()._learn()
        rows = np.flatnonzero(self._null.learned & ~before)
        if not len(rows):
            return
        null, fit = self._null, self._null.fit
        noise = fit.rss[rows] / np.maximum(fit.df[rows], 1)  # of a typical week
        precision = noise / self.sd**2
        level = fit._inverse[rows][:, :, 0]
        shrink = precision / (1.0 + precision * level[:, 0])
        away = self.mean[rows] - null._offset[rows] - fit.beta[rows, 0]
        fit.beta[rows] += (shrink * away)[:, None] * level
        fit._inverse[rows] -= shrink[:, None, None] * level[:, :, None] * level[:, None, :]


def watched(name: str, learning: int, *, level: bool, season: bool) -> Form:
    """The detector, with what is borrowed."""

    def strength(made: Weekly) -> FloatArray:
        values = made.values - made.terms @ SEASON if season else made.values
        terms = np.zeros((len(made.terms), 0)) if season else made.terms
        return np.concatenate(
            [block(values[rows], made.n[rows], terms) for rows in _blocks(len(values))], axis=0
        )

    def block(values: FloatArray, n: FloatArray, terms: FloatArray) -> FloatArray:
        scan = (Borrowing if level else Scan)(
            learning=np.full(len(values), learning), arl=LOWEST, harmful=["down"] * len(values)
        )
        if isinstance(scan, Borrowing):
            early = np.nanmean(values[:, :learning], axis=1).reshape(-1, GROUP)
            others = (early.sum(axis=1, keepdims=True) - early) / (GROUP - 1)
            scan.mean, scan.sd = others.ravel(), SCATTER * math.sqrt(1.0 + 1.0 / (GROUP - 1))
        weeks = [scan.advance(values[:, t], n[:, t], terms[t]) for t in range(n.shape[1])]
        found = Readings(
            **{
                one.name: np.concatenate([getattr(week, one.name) for week in weeks], axis=1)
                for one in fields(Readings)
            }
        )
        return strengths(found)

    return Form(name=name, strength=strength)


def _blocks(series: int) -> list[slice]:
    return [slice(first, first + BLOCK) for first in range(0, series, BLOCK)]


def rows(sizes: Sizes) -> Iterator[Row]:
    """Short and long baselines."""
    make: Make = segments
    whole = replace(sizes, nulls=sizes.nulls // GROUP * GROUP, runs=sizes.runs // GROUP * GROUP)
    for place, learning in enumerate((13, 52)):
        case = Case(name=f"segments n=20, baseline {learning}", make=make, learning=learning)
        forms = [
            watched("as it is", learning, level=False, season=False),
            watched("level borrowed", learning, level=True, season=False),
            watched("season known", learning, level=False, season=True),
            watched("both", learning, level=True, season=True),
        ]
        yield from compared(case, forms, whole, 50 + place)
