"""Ramps beside steps: changes that take 8 or 16 periods, so that the start found is the first of them.

A ramp of width w that starts at k adds min(1, (t - k + 1) / w): the mean of the steps that start at k, k + 1, ...,
k + w - 1. Everything is linear, so a ramp's innovation, and its score, are means of its steps', and only its
information is kept. Those of the newest REACH starts are asked; an older one leaves its value to the step that starts
with it, whose weight grows so that the sum over starts stays a martingale.
"""

from __future__ import annotations

import numpy as np

from detectors.types import FloatArray

WIDTHS = (8, 16)  # powers of two, ascending
REACH = 104
SHARE = 0.3  # of the prior of every start, all ramps together; the rest is the step's


def means_of_next(values: FloatArray, first: int) -> list[FloatArray]:
    """For each of WIDTHS the means over each column and the width - 1 after it, from column `first` on.

    Columns that are not there count as 0.

    >>> [float(means[0, 0]) for means in means_of_next(np.array([[1.0, 8.0, 8.0, 8.0]]), 1)]
    [3.0, 1.5]
    """
    series, columns = values.shape
    sums = np.zeros((series, columns - first + WIDTHS[-1] - 1))
    sums[:, : columns - first] = values[:, first:]
    means, width = [], 1
    while width < WIDTHS[-1]:  # by doubling: a running sum would add one by one
        sums = sums[:, :-width] + sums[:, width:]
        width *= 2
        if width in WIDTHS:
            means.append(sums[:, : columns - first] / width)
    return means
