"""Ramps beside steps: changes that take 8 or 16 periods, so that the start found is the first of them.

A ramp of width w that starts at k adds min(1, (t - k + 1) / w): the mean of the steps that start at k, k + 1, ...,
k + w - 1. Everything is linear, so a ramp's innovation, and its score, are means of its steps', and only its
information is kept. Those of the newest REACH starts are asked; an older one leaves its value to the step that starts
with it, whose weight grows so that the sum over starts stays a martingale.
"""

from __future__ import annotations

import numpy as np

from detectors.types import FloatArray

WIDTHS = (8, 16)
REACH = 104
SHARE = 0.3  # of the prior of every start, all ramps together; the rest is the step's


def means_of_next(values: FloatArray, width: int, first: int) -> FloatArray:
    """Means over each column and the width - 1 after it, from column `first` on; columns not there count as 0.

    >>> means_of_next(np.array([[1.0, 2.0, 4.0, 8.0]]), 2, 1).tolist()
    [[3.0, 6.0, 4.0]]
    """
    series, columns = values.shape
    running = np.zeros((series, columns - first + width))
    np.cumsum(values[:, first:], axis=1, out=running[:, 1 : columns - first + 1])
    running[:, columns - first + 1 :] = running[:, columns - first, None]
    means: FloatArray = (running[:, width:] - running[:, : columns - first]) / width
    return means
