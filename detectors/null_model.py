"""The null model of S series: nothing changed, and level, season and noise scale are unknown.

`learn` fits a finished baseline, `advance` takes in one period. Regressors are centred and scaled by their
baseline and values moved by their first one: the evidence is invariant to both, and the arithmetic stays exact
for levels far from 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.least_squares import LeastSquares, Step
from detectors.settings import Model
from detectors.types import BoolArray, FloatArray, IntArray
from detectors.whitening import Filtered, Gain, Whitener

MAD_TO_SD = 1.4826
CLIPPING_PASSES = 5  # each leaves a tenth of a wild value; two would leave a lost decimal point felt


@dataclass(frozen=True, slots=True, kw_only=True)
class Advanced:
    """One period of the null model: `scale` (S,) turns innovations into units of one typical period's sd.

    `expected` and `expected_sd` (S,) are the one-step prediction from the past alone, in the unit of the values;
    nan while learning, and the sd also where there are no deals or the regressors show something new.
    """

    gain: Gain
    step: Step
    scale: FloatArray
    expected: FloatArray
    expected_sd: FloatArray


class NullModel:
    """The null model of S series with p regressors, the intercept included; `learned` (S,) says which have it."""

    def __init__(self, drift: FloatArray, model: Model, regressors: int) -> None:
        series = len(drift)
        self.learned = np.zeros(series, dtype=np.bool_)
        self.fit = LeastSquares(series, regressors)
        self._drift, self._model = drift, model
        self._whitener = Whitener(drift, model.rho, model.phi)
        self._values = Filtered((series,), model.phi)
        self._design = Filtered((series, regressors), model.phi)
        self._offset = np.zeros(series)
        self._centre = np.zeros((series, regressors - 1))
        self._spread = np.ones((series, regressors - 1))
        self._typical = np.ones(series)

    def learn(self, rows: IntArray, values: FloatArray, n: FloatArray, terms: FloatArray) -> None:
        """Learn the baselines of series `rows`: values and n (R, B), terms (R, B, p - 1) without the intercept.

        A series whose periods with deals do not outnumber its rank by more than 2 stays unlearned.
        """
        observed = n > 0
        first = observed.argmax(axis=1)
        offset = values[np.arange(len(rows)), first]
        values = np.where(observed, values - offset[:, None], 0.0)
        centre, spread = _centre_and_spread(terms, observed)
        design = _design(terms, centre[:, None, :], spread[:, None, :])
        prior = self._prior(spread)
        if np.isfinite(self._model.clip):
            variance = (
                self._drift[rows, None]
                + self._model.rho
                + (1.0 - self._model.rho) / np.where(observed, n, 1.0)
            )
            values = _clipped(values, design, np.sqrt(observed / variance), prior, self._model.clip)
        part = NullModel(self._drift[rows], self._model, design.shape[2])
        v, z = part._whiten_baseline(values, n, design)
        v = np.concatenate([v, prior * part._typical[:, None, None]], axis=1)
        z = np.concatenate([z, np.zeros(prior.shape[:2])], axis=1)
        rank = part.fit.fit(v, z) - prior.shape[1]
        self._offset[rows], self._centre[rows], self._spread[rows] = offset, centre, spread
        self._typical[rows] = part._typical
        self.fit.put(rows, part.fit)
        self._whitener.put(rows, part._whitener)
        self._values.put(rows, part._values)
        self._design.put(rows, part._design)
        self.learned[rows] = observed.sum(axis=1) > rank + 2

    def advance(self, values: FloatArray, n: FloatArray, terms: FloatArray) -> Advanced:
        """Take in one period: values and n (S,), terms (S, p - 1). Series not learned yet stand still."""
        n = np.where(self.learned, n, 0.0)
        observed = n > 0
        gain = self._whitener.gain(n)
        design = self._design_innovation(terms)
        scale = self._typical * np.sqrt(gain.precision)
        before = self._values.expected
        surprise = np.where(observed, values, 0.0) - self._offset - before
        level = self._offset + before + np.einsum("sp,sp->s", design, self.fit.beta)
        step, fitted, deviation = self.fit.update(design * scale[:, None], surprise * scale, self._model.clip)
        usable = np.where(observed, scale, 1.0)
        self._values.absorb((fitted + step.error) / usable, gain)
        self._design.absorb(design, gain)
        deviation = np.where(observed & np.isfinite(deviation), deviation / usable, np.nan)
        return Advanced(
            gain=gain,
            step=step,
            scale=scale,
            expected=np.where(self.learned, level, np.nan),
            expected_sd=deviation,
        )

    def _prior(self, spread: FloatArray) -> FloatArray:
        """The priors of the last coefficients as periods of their own, (R, q, p): each says 0, give or take its sd.

        In least squares a normal prior is one more value that was seen (Theil and Goldberger, "On pure and mixed
        statistical estimation in economics", 1961). The coefficients are those of regressors scaled by `spread`.
        """
        sd = np.asarray(self._model.prior_sd, dtype=np.float64)
        count, regressors = len(sd), spread.shape[1] + 1
        rows = np.zeros((len(spread), count, regressors))
        if count:
            at = np.arange(count)
            rows[:, at, regressors - count + at] = 1.0 / (sd * spread[:, regressors - 1 - count :])
        return rows

    def _design_innovation(self, terms: FloatArray) -> FloatArray:
        innovation: FloatArray = _design(terms, self._centre, self._spread) - self._design.expected
        return innovation

    def _whiten_baseline(
        self, values: FloatArray, n: FloatArray, design: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Run the filter over a baseline: normalised innovations of regressors (R, B, p) and values (R, B)."""
        v, z = np.zeros_like(design), np.zeros_like(values)
        precision = np.zeros_like(values)
        for period in range(values.shape[1]):
            gain = self._whitener.gain(n[:, period])
            precision[:, period] = gain.precision
            z[:, period] = values[:, period] - self._values.expected
            v[:, period] = design[:, period] - self._design.expected
            self._values.absorb(z[:, period], gain)
            self._design.absorb(v[:, period], gain)
        with_deals = np.maximum((precision > 0).sum(axis=1), 1)
        self._typical = np.sqrt(with_deals / np.maximum(precision.sum(axis=1), np.finfo(np.float64).tiny))
        scale = self._typical[:, None] * np.sqrt(precision)
        return v * scale[:, :, None], z * scale


def _centre_and_spread(terms: FloatArray, observed: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Mean of each regressor over the periods with deals, and its largest distance from it; both (R, p - 1).

    A constant regressor has distance 0 up to rounding and is left in its own size, so that it stays recognisable
    as a copy of the intercept.
    """
    present = observed[:, :, None]
    count = np.maximum(observed.sum(axis=1), 1)[:, None]
    centre = np.where(present, terms, 0.0).sum(axis=1) / count
    spread = np.where(present, np.abs(terms - centre[:, None, :]), 0.0).max(axis=1, initial=0.0)
    size = np.where(present, np.abs(terms), 0.0).max(axis=1, initial=0.0)
    constant = spread <= 1e-9 * size
    return centre, np.where(constant, np.where(size > 0.0, size, 1.0), spread)


def _design(terms: FloatArray, centre: FloatArray, spread: FloatArray) -> FloatArray:
    """The regressors with the intercept before them, shape (..., p)."""
    scaled = (terms - centre) / spread
    design: FloatArray = np.concatenate([np.ones((*scaled.shape[:-1], 1)), scaled], axis=-1)
    return design


def _clipped(
    values: FloatArray, design: FloatArray, weight: FloatArray, prior: FloatArray, clip: float
) -> FloatArray:
    """Values (R, B) cut at clip * 1.4826 * MAD around the weighted least squares fit, refitted each pass.

    `prior` (R, q, p) holds the rows that stand for priors; `weight` (R, B) is 1 / standard deviation, 0 without
    deals. A MAD of 0 (most values fitted exactly) measures no noise and cuts nothing.
    """
    weighted = design * weight[:, :, None]
    solve = np.linalg.pinv(np.concatenate([weighted, prior], axis=1), rcond=1e-6)[:, :, : values.shape[1]]
    for _ in range(CLIPPING_PASSES):
        fitted = np.einsum("rbp,rp->rb", weighted, np.einsum("rpb,rb->rp", solve, weight * values))
        residual = weight * values - fitted
        spread = np.nanmedian(np.where(weight > 0.0, np.abs(residual), np.nan), axis=1)
        reach = np.where(
            spread > 1e-10 * np.abs(weight * values).max(axis=1), clip * MAD_TO_SD * spread, np.inf
        )
        cut = fitted + np.clip(residual, -reach[:, None], reach[:, None])
        values = np.divide(cut, weight, out=np.zeros_like(values), where=weight > 0.0)
    return values
