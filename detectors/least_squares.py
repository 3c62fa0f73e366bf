"""Recursive least squares over regressors that may be collinear, or not seen yet.

Level, season and noise scale are unknown and integrated out under the right-Haar prior, which is least squares
with df = N - rank. A direction of the regressors that the data have not shown yet (a quarter end before the
first one) is diffuse: the period that first shows it is spent on learning it and says nothing about a step, the
scale or a prediction. Such a period adds nothing to the maximal invariant, so the evidence stays what it was and
the false-alarm budget holds without a rule for which columns to keep. The recursion is Albert and Sittler's ("A
method for computing least squares estimators that keep up with the data", 1966), in the form that only adds
squares: no difference of large sums, whatever the level.

Exact repetition is no measurement of noise: while every value so far is fitted exactly (a constant series) df
stays 0; the first deviation sets the scale and counts as one degree of freedom.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.types import BoolArray, FloatArray, IntArray

SHOWN = 1e-4  # a period shows a direction if it holds more than this share of the period's regressors
LONGEST_RUN = 30
EXACT = 1e-12  # a deviation below this share of the largest value is rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one period does to a fit: row (S, p), gain (S, p), shrink (S,), error (S,).

    The coefficients of any signal move by gain * its prediction error, and its residual sum of squares grows by
    shrink * its prediction error^2. shrink = 1 / (1 + leverage); 0 where the period shows a new direction or has
    no deals. `error` is the values' own prediction error, clipped; `cut` is -1 where it was cut from below, 1 from
    above, 0 where it was left alone.
    """

    row: FloatArray
    gain: FloatArray
    shrink: FloatArray
    error: FloatArray
    cut: FloatArray


class LeastSquares:
    """The running fit of S series on p whitened regressors each: beta (S, p), rss (S,), df (S,)."""

    def __init__(self, series: int, regressors: int) -> None:
        self.beta = np.zeros((series, regressors))
        self.rss = np.zeros(series)
        self.df = np.zeros(series, dtype=np.int64)
        self._inverse = np.zeros((series, regressors, regressors))
        self._unseen = np.tile(np.eye(regressors), (series, 1, 1))
        self._size = np.zeros(series)
        self._beyond = np.zeros((2, series), dtype=np.int64)

    def fit(self, rows: FloatArray, values: FloatArray) -> IntArray:
        """Fit all at once: rows (S, B, p), zero in a period without deals, and values (S, B); return the ranks."""
        left, strength, right = np.linalg.svd(rows, full_matrices=False)
        shown = strength > SHOWN * np.maximum(strength[:, :1], np.finfo(np.float64).tiny)
        inverse = np.divide(1.0, strength, out=np.zeros_like(strength), where=shown)
        self.beta = np.einsum("sip,si,sti,st->sp", right, inverse, left, values, optimize=True)
        self._inverse = np.einsum("sip,si,siq->spq", right, inverse**2, right, optimize=True)
        known = np.einsum("sip,si,siq->spq", right, shown.astype(np.float64), right, optimize=True)
        self._unseen = np.eye(rows.shape[2]) - known
        self._size = np.abs(values).max(axis=1)
        residual = values - np.einsum("stp,sp->st", rows, self.beta)
        residual[np.abs(residual) <= EXACT * self._size[:, None]] = 0.0
        self.rss = np.einsum("st,st->s", residual, residual)
        rank: IntArray = shown.sum(axis=1)
        periods = (rows != 0.0).any(axis=2).sum(axis=1)
        self.df = np.where(self.rss > 0.0, np.maximum(periods - rank, 0), 0)
        return rank

    def update(self, row: FloatArray, values: FloatArray, clip: float) -> tuple[Step, FloatArray, FloatArray]:
        """Take in one period: rows (S, p) and values (S,), zero without deals.

        Returns the step, the prediction of the values and its standard deviation, both (S,): infinite where the
        period shows a new direction, 0 while the scale is. Values are cut at prediction +- clip * deviation, as
        far as there is a scale, before they enter any sum.
        """
        along = np.einsum("spq,sq->sp", self._inverse, row)
        new = np.einsum("spq,sq->sp", self._unseen, row)
        new_size = np.einsum("sp,sp->s", new, new)
        shows = new_size > SHOWN**2 * np.einsum("sp,sp->s", row, row)
        leverage = np.einsum("sp,sp->s", row, along)
        fitted = np.einsum("sp,sp->s", row, self.beta)
        with_deals = (row != 0.0).any(axis=1)
        shrink = np.where(with_deals & ~shows, 1.0 / (1.0 + leverage), 0.0)
        deviation = np.sqrt(self.rss / np.maximum(self.df, 1) * (1.0 + leverage))
        deviation[shows] = np.inf
        surprise = values - fitted
        reach = np.full_like(deviation, np.inf)
        np.multiply(deviation, clip, out=reach, where=deviation > 0.0)
        error = self._cut(surprise, reach, with_deals)
        cut = np.sign(surprise - error)
        self._size = np.maximum(self._size, np.abs(fitted + error))
        error[np.abs(error) <= EXACT * self._size] = 0.0
        gain = np.where(
            shows[:, None], new / np.where(shows, new_size, 1.0)[:, None], along * shrink[:, None]
        )
        self._learn(gain, along, new, leverage, shows)
        self.beta += gain * error[:, None]
        self.rss += shrink * error * error
        self.df += (shrink > 0.0) & (self.rss > 0.0)
        return Step(row=row, gain=gain, shrink=shrink, error=error, cut=cut), fitted, deviation

    def _cut(self, error: FloatArray, reach: FloatArray, with_deals: BoolArray) -> FloatArray:
        """Errors cut at +- reach, doubled on a side for every recent period that went beyond it there.

        One wild period counts as `reach`. Periods that stay out there are no outliers, and cut to the same reach
        for ever they would hide how large the change is and when it began.
        """
        low, high = self._beyond
        cut = np.clip(error, -reach * 2.0**low, reach * 2.0**high)
        for run, out in ((low, error < -reach), (high, error > reach)):
            run += np.where(with_deals, np.where(out, 1, -1), 0)
            np.clip(run, 0, LONGEST_RUN, out=run)
        return cut

    def _learn(
        self,
        gain: FloatArray,
        along: FloatArray,
        new: FloatArray,
        leverage: FloatArray,
        shows: BoolArray,
    ) -> None:
        self._inverse -= gain[:, :, None] * along[:, None, :]
        if shows.any():
            where = np.flatnonzero(shows)
            g, a, h = gain[where], along[where], leverage[where]
            self._inverse[where] += (1.0 + h)[:, None, None] * g[:, :, None] * g[:, None, :]
            self._inverse[where] -= a[:, :, None] * g[:, None, :]
            self._unseen[where] -= new[where][:, :, None] * g[:, None, :]

    def put(self, rows: IntArray, part: LeastSquares) -> None:
        """Let series `rows` stand where the series of `part` stand."""
        self.beta[rows], self.rss[rows], self.df[rows] = part.beta, part.rss, part.df
        self._inverse[rows], self._unseen[rows], self._size[rows] = part._inverse, part._unseen, part._size
