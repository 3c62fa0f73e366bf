"""Laney's p' chart with the Western Electric rules, in a few lines of our own: no package of note has it.

Laney, "Improved control charts for attributes", Quality Engineering 14 (2002): the standardised rates of an ordinary
year scatter sigma_z times as much as binomial ones, and so do the limits. Western Electric, "Statistical quality
control handbook" (1956): one point beyond 3 sigma; two of three beyond 2; four of five beyond 1; eight in a row on
one side.
"""

from __future__ import annotations

import numpy as np

from benchmarks.peers.given import LEARNING, Given
from detectors.types import FloatArray

MOVING_RANGE = 1.128  # mean range of two standard normals


def laney(given: Given) -> FloatArray:
    """How much wider the limits might be for a rule still to speak, (S, T): 1 as in the book.

    The run of eight has no limit to be widened: it speaks at 1 exactly, and is left out of matched comparisons.
    """
    rates, n = given.rates, np.maximum(given.made.n, 1.0)
    early = slice(0, LEARNING)
    centre = (rates * n)[:, early].sum(axis=1, keepdims=True) / n[:, early].sum(axis=1, keepdims=True)
    z = (rates - centre) / np.sqrt(centre * (1.0 - centre) / n)
    sigma = np.abs(np.diff(z[:, early], axis=1)).mean(axis=1, keepdims=True) / MOVING_RANGE
    z = z / sigma
    return np.maximum(_side(z), _side(-z))


def _side(z: FloatArray) -> FloatArray:
    """The rules on the upper side."""
    one = z / 3.0
    two = _largest(z, window=3, place=2) / 2.0
    four = _largest(z, window=5, place=4)
    run = np.where(_largest(z, window=8, place=8) > 0.0, 1.0, -np.inf)
    strongest: FloatArray = np.max([one, two, four, run], axis=0)
    return strongest


def _largest(z: FloatArray, window: int, place: int) -> FloatArray:
    """The `place`-th largest of the last `window` values, -inf before there are so many."""
    found = np.full(z.shape, -np.inf)
    views = np.lib.stride_tricks.sliding_window_view(z, window, axis=1)
    found[:, window - 1 :] = np.sort(views, axis=2)[:, :, window - place]
    return found
