"""The best cut of a series into k + 1 pieces, for every k: exact, by dynamic programming over all cuts.

A piece is fitted by a constant or by a line of its own; its cost is the weighted residual sum of squares. Prefix
sums give the cost of all pieces that end at one place in a few array operations. Auger and Lawrence, "Algorithms
for the optimal identification of segment neighborhoods" (1989).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from detectors.types import FloatArray, IntArray

Degree = Literal[0, 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A cut into pieces: the first index of every piece but the first, and the cost of all pieces together."""

    changes: tuple[int, ...]
    cost: float


class Pieces:
    """Costs of the pieces of a series: values, weights and times of shape (T,), fitted by polynomials of `degree`."""

    def __init__(self, values: FloatArray, weights: FloatArray, times: FloatArray, degree: Degree) -> None:
        self.length = len(values)
        self.degree = degree
        times = times - times.mean()
        rows = [weights, weights * values, weights * values**2]
        if degree:
            rows += [weights * times, weights * times**2, weights * times * values]
        self._sums = np.zeros((len(rows), self.length + 1))
        np.cumsum(np.stack(rows), axis=1, out=self._sums[:, 1:])

    def cost(self, first: IntArray, end: IntArray | int) -> FloatArray:
        """Weighted residual sums of squares of the pieces [first, end), all of one shape."""
        sums = self._sums[:, end] if isinstance(end, np.ndarray) else self._sums[:, end, None]
        sums = sums - self._sums[:, first]
        weight, x, xx = sums[:3]
        cost = xx - x * x / weight
        if self.degree:
            t, tt, tx = sums[3:]
            spread = tt - t * t / weight
            slope = np.divide(tx - t * x / weight, spread, out=np.zeros_like(x), where=spread > 1e-9 * weight)
            cost -= slope * slope * spread
        positive: FloatArray = np.maximum(cost, 0.0)
        return positive


def best_cuts(pieces: Pieces, least: int, most: int) -> list[Cut]:
    """The best cuts with 0, 1, ... `most` changes, pieces at least `least` long; fewer where no more fit.

    >>> values = np.array([0.0, 0.0, 0.0, 5.0, 5.0, 5.0])
    >>> pieces = Pieces(values, np.ones(6), np.arange(6.0), 0)
    >>> [cut.changes for cut in best_cuts(pieces, least=2, most=2)]
    [(), (3,), (2, 4)]
    """
    length = pieces.length
    most = min(most, length // least - 1)
    if most < 0:
        return []
    cost = np.full((most + 1, length + 1), np.inf)
    last = np.zeros((most + 1, length + 1), dtype=np.int64)
    for end in range(least, length + 1):
        first = np.arange(0, end - least + 1)
        piece = pieces.cost(first, end)
        cost[0, end] = piece[0]
        through = cost[:-1, first] + piece
        last[1:, end] = through.argmin(axis=1)
        cost[1:, end] = np.take_along_axis(through, last[1:, end, None], axis=1)[:, 0]
    return [
        Cut(changes=_traced(last, changes, length), cost=float(cost[changes, length]))
        for changes in range(most + 1)
        if np.isfinite(cost[changes, length])
    ]


def _traced(last: IntArray, changes: int, end: int) -> tuple[int, ...]:
    found = []
    for left in range(changes, 0, -1):
        end = int(last[left, end])
        found.append(end)
    return tuple(reversed(found))
