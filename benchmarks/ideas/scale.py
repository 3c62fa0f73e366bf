"""The scale taken from theory instead of the series: a rate's variance follows from the rate, p (1 - p).

When a baseline is learned its residual sum of squares is joined by `degrees` more, at p (1 - p) times the
variance of a typical week. The level and the season stay free, the scale no longer is: the promise then rests
on the scatter between weeks being as assumed. So the same is watched where weeks scatter three times as much
between them (rho 0.06), which pooled hyper-parameters would not see in one series of many.
"""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import numpy as np

from benchmarks.ideas.matched import Case, Form, Row, Sizes, compared, win
from detectors import Scan, scan_batch
from detectors.calibrate import LOWEST, strengths
from detectors.simulate import Weekly
from detectors.types import FloatArray

CASES = [
    Case(name="win n=20", make=win(20)),
    Case(name="win n=60", make=win(60)),
    Case(name="win n=60, rho 0.06", make=win(60, rho=0.06), points=(-12,)),
]


class Scaled(Scan):
    """A scan of rates whose scales have a prior of DEGREES degrees of freedom once they are learned."""

    degrees = 0

    def _learn(self) -> None:
        before, past = self._null.learned.copy(), list(self._past)
        super()._learn()
        rows = np.flatnonzero(self._null.learned & ~before)
        if not len(rows):
            return
        values, n = (np.stack(column, axis=1)[rows] for column in list(zip(*past, strict=True))[:2])
        rate = (values * n).sum(axis=1) / n.sum(axis=1)
        fit = self._null.fit
        fit.rss[rows] += self.degrees * rate * (1.0 - rate) * self._null._typical[rows] ** 2
        fit.df[rows] += self.degrees


def prior(degrees: int) -> Form:
    """The detector with so many degrees of freedom from theory."""

    def strength(made: Weekly) -> FloatArray:
        with patch("detectors.invariant_sr.Scan", type("Prior", (Scaled,), {"degrees": degrees})):
            return strengths(scan_batch(made.values, made.n, made.terms, arl=LOWEST, harmful="down"))

    return Form(name=f"{degrees} degrees" if degrees else "as it is", strength=strength)


def rows(sizes: Sizes) -> Iterator[Row]:
    """None, as many degrees as a year has weeks, and a scale that is as good as known."""
    for place, case in enumerate(CASES):
        yield from compared(case, [prior(degrees) for degrees in (0, 50, 2000)], sizes, 70 + place)
