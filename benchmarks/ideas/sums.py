"""Shiryaev-Roberts with CUSUM: the sum over starts, the largest of them, and averages of the two.

The largest Bayes factor is never above the sum, so its false alarms are fewer at any bar, and so are those of an
average: the promise needs no proof. What is asked is whether it gains at the same run length.
"""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import numpy as np

from benchmarks.ideas.matched import Case, Form, Row, Sizes, compared, win
from detectors import scan_batch
from detectors.calibrate import LOWEST, strengths
from detectors.evidence import log_sum_and_shares
from detectors.simulate import Weekly
from detectors.types import FloatArray

CASES = [Case(name=f"win n={deals}", make=win(deals)) for deals in (20, 60)]
WEIGHTS = {
    "sum (SR)": 0.0,
    "half sum, half maximum": 1.0,
    "maximum counted tenfold": 10.0,
    "maximum (CUSUM)": np.inf,
}


def averaged(name: str, weight: float) -> Form:
    """The detector with (sum + weight * maximum) / (1 + weight) for its evidence."""

    def mixed(log_values: FloatArray) -> tuple[FloatArray, FloatArray]:
        total, shares = log_sum_and_shares(log_values)
        largest = log_values.reshape(len(log_values), -1).max(axis=1)
        if weight == np.inf:
            return largest, shares
        both = np.logaddexp(total, np.log(weight) + largest) if weight else total
        return both - np.log1p(weight), shares

    def strength(made: Weekly) -> FloatArray:
        with patch("detectors.shiryaev.log_sum_and_shares", mixed):
            return strengths(scan_batch(made.values, made.n, made.terms, arl=LOWEST, harmful="down"))

    return Form(name=name, strength=strength)


def rows(sizes: Sizes) -> Iterator[Row]:
    """Every average."""
    for place, case in enumerate(CASES):
        yield from compared(case, [averaged(*one) for one in WEIGHTS.items()], sizes, 20 + place)
