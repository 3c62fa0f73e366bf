"""The marginal likelihood of a change's form in time: what weeks say of a step, a window or a slope at a place.

The weeks are y = X b + d s + noise, s the shape, with variance sigma^2 / n of a week and a memory phi from one week
to the next (an AR(1) of the standardised weeks). With flat priors on b, d and ln sigma, the same under every shape,

    p(y | s) ~ |S' W S|^(-1/2)  RSS^(-(T - p) / 2)        S = [X s]

(Zellner 1971, section 7). X holds an intercept and whatever calendar terms are given. The memory is estimated from
what the likeliest shape leaves, and taken out of y, X and s alike (Prais and Winsten 1954; over missing weeks
it fades): weeks that resemble their neighbours would else tell of a shape, and of its date, too surely.
"""

from __future__ import annotations

import numpy as np

from monitor.observations import IntArray
from monitor.types import FloatArray

LONGEST_MEMORY = 0.6
"""The largest phi that is believed of so few weeks."""


class Marginal:
    """The marginal likelihood of shapes, up to a factor that all have.

    values, effective  (weeks,); nan or no deals: the week says nothing
    terms              (weeks, terms), without an intercept; None: none
    phi                the memory from week to week
    """

    def __init__(
        self, values: FloatArray, effective: FloatArray, terms: FloatArray | None, phi: float = 0.0
    ) -> None:
        self.weeks: IntArray = np.flatnonzero(np.isfinite(values) & (effective > 0))
        """The weeks that are known."""
        self._root = np.sqrt(effective[self.weeks])
        design = np.ones((len(self.weeks), 1))
        if terms is not None and len(self.weeks) >= 3 * (1 + terms.shape[1]):
            design = np.hstack([design, terms[self.weeks]])
        self._kept = phi ** np.diff(self.weeks, prepend=self.weeks[:1]) if len(self.weeks) else self._root
        self._kept[:1] = 0.0
        self._basis, _ = np.linalg.qr(self._forgotten(design.T * self._root).T)
        self._y = self._forgotten(values[self.weeks][None] * self._root)[0]
        self._y = self._y - self._basis @ (self._basis.T @ self._y)
        self.total = float(self._y @ self._y)
        """The sum of squares without any shape."""
        self.freedom = len(self.weeks) - design.shape[1] - 1

    def _forgotten(self, rows: FloatArray) -> FloatArray:
        """Rows (any, known weeks) less what each week remembers of the one before."""
        before = np.hstack([np.zeros((len(rows), 1)), rows[:, :-1]])
        forgotten: FloatArray = (rows - self._kept * before) / np.sqrt(1.0 - self._kept**2)
        return forgotten

    def __call__(self, shapes: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Of shapes (shapes, known weeks): ln of the likelihood, sizes, and the sums of squares they leave.

        Ln is minus infinity for a shape that the terms hold already.
        """
        scaled = self._forgotten(shapes * self._root)
        left = scaled - (scaled @ self._basis) @ self._basis.T
        norm = (left**2).sum(axis=1)
        some = norm > 1e-9 * np.maximum((scaled**2).sum(axis=1), 1e-300)
        norm = np.where(some, norm, 1.0)
        projected = left @ self._y
        rss = np.maximum(self.total - projected**2 / norm, 1e-9 * self.total + 1e-300)
        log = -0.5 * np.log(norm) - 0.5 * self.freedom * np.log(rss)
        return np.where(some, log, -np.inf), projected / norm, rss

    def memory(self, shape: FloatArray) -> float:
        """The first autocorrelation of what `shape` (known weeks,) leaves, standardised week by week."""
        scaled = self._forgotten(shape[None] * self._root)[0]
        step = scaled - self._basis @ (self._basis.T @ scaled)
        norm = float(step @ step)
        residual = self._y - step * (float(step @ self._y) / norm if norm > 0 else 0.0)
        next_to = np.diff(self.weeks) == 1
        total = float(residual @ residual)
        shared = float((residual[1:] * residual[:-1])[next_to].sum())
        return min(max(shared / total, 0.0), LONGEST_MEMORY) if total > 0 else 0.0
