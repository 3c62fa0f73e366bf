"""The online alarm: an invariant mixture Shiryaev-Roberts detector.

R_t = sum over start periods k of BF_k, the Bayes factor of a step from k on against none. With nothing changed,
R_t less the number of start periods is a martingale whatever level, season and noise scale are, so an alarm at
R >= h comes less than once in h periods: the bar is the promise, without tuning (e-detectors: Shin, Ramdas and
Rinaldo, 2022). The price of a stricter promise is delay, about ln h / information per period. The theorem is for
Gaussian values with the model's ratios of variances; cutting wild values and real noise are covered by simulation.

`Scan` follows many series at once. Use `segment` for finished series: it looks for several changes, and makes no
promise about repeated looks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from detectors import dating, shock
from detectors.candidates import Candidates
from detectors.evidence import Scale, log_bayes_factors, log_sum_and_shares
from detectors.null_model import Advanced, NullModel
from detectors.settings import SIZES, Model, per_series, settled
from detectors.types import BoolArray, Direction, FloatArray, Readings

LEAST_AGE = 4
STILL_PERIODS = 13


class Scan:
    """The detector over S series; `advance` takes in one period of all of them.

    learning, first_candidate  periods of the baseline, and the first period that may begin a change (never
                               before the baseline ends), integers (S,)
    arl                        the bar h, in periods: on unchanged data the mean time to a false alarm is at least h
    harmful, harmful_weight    the direction that hurts and its share of the budget; None treats both alike
    drift                      stationary variance of the slow drift that is forgiven, in units of the per-deal one
    matters                    the size that matters, in the unit of the values; nan: none
    rho, phi, sizes, clip, prior_sd   as in `Model`

    A series whose baseline holds too few periods with deals (no more than its regressors' rank + 2) learns on
    until it holds enough. Raises ValueError for settings that make no sense.
    """

    def __init__(
        self,
        *,
        learning: ArrayLike,
        arl: ArrayLike,
        harmful: Sequence[Direction | None],
        harmful_weight: ArrayLike = 0.8,
        drift: ArrayLike = 0.0002,
        matters: ArrayLike = math.nan,
        first_candidate: ArrayLike = 0,
        rho: float = 0.02,
        phi: float = 0.2,
        sizes: Sequence[float] = SIZES,
        clip: float = 3.0,
        prior_sd: Sequence[float] = (),
    ) -> None:
        self.settings = settled(
            learning=learning,
            first_candidate=first_candidate,
            arl=arl,
            harmful=harmful,
            harmful_weight=harmful_weight,
            drift=drift,
            matters=matters,
        )
        self.model = Model(rho=rho, phi=phi, sizes=sizes, clip=clip, prior_sd=tuple(prior_sd))
        self.period = 0
        self._series = len(harmful)
        self._sizes = np.array(sizes, dtype=np.float64)
        self._regressors: int | None = None
        self._null = NullModel(self.settings.drift, replace(self.model, prior_sd=()), 1)
        self._candidates = Candidates(self._series, 1, phi)
        self._past: list[tuple[FloatArray, FloatArray, FloatArray]] = []

    def advance(self, values: ArrayLike, n: ArrayLike, terms: ArrayLike = ()) -> Readings:
        """Take in the next period: values and n (S,), regressors (p,) for all series or (S, p), no intercept.

        n = 0 is a missing period, its value is not looked at. Returns readings of shape (S, 1). Raises
        ValueError, naming series and period, for a value that is not a number though n > 0, for a negative or
        infinite n, for regressors that are not finite or of another number than before; the state then stays as
        it was.
        """
        x, deals, design = self._checked(values, n, terms)
        if self._regressors is None:
            self._regressors = design.shape[1]
            self._null = NullModel(self.settings.drift, self.model, self._regressors + 1)
            self._candidates = Candidates(self._series, self._regressors + 1, self.model.phi)
        self._learn()
        if not self._null.learned.all():
            self._past.append((x, deals, design))
        allowed = self._null.learned & (self.period >= self.settings.first_candidate)
        if self._candidates.count or allowed.any():
            self._candidates.open(self.period, allowed)
        advanced = self._null.advance(x, deals, design)
        self._candidates.advance(advanced.gain, advanced.step, advanced.scale)
        readings = self._read(advanced) if self._candidates.count else _blank(advanced)
        self.period += 1
        return readings

    def rebudget(self, arl: ArrayLike) -> None:
        """Hold the series against other bars, (S,) or one for all, from the next period on; nothing restarts.

        Every start goes on counting by the bar h_k in force when it came: the alarm is at sum of BF_k / h_k >= 1,
        that is R >= h with each BF_k taken h / h_k times. A series' false alarms then stay below the sum of 1 / h_k,
        so a bar that is lowered does not spend again what was spent. Raises ValueError for a bar below 1.
        """
        bars = per_series("arl", arl, self._series)
        if not (bars >= 1.0).all():
            raise ValueError("arl is a number of periods, at least 1")
        self._candidates.reweigh(np.log(bars / self.settings.arl))
        self.settings = replace(self.settings, arl=bars)

    def _checked(
        self, values: ArrayLike, n: ArrayLike, terms: ArrayLike
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        series, period = self._series, self.period
        x, deals = np.asarray(values, dtype=np.float64), np.asarray(n, dtype=np.float64)
        if x.shape != (series,) or deals.shape != (series,):
            raise ValueError(f"{series} series need as many values and n, not {x.shape} and {deals.shape}")
        _refuse_at("n must be a finite number, 0 or more", ~((deals >= 0) & (deals < np.inf)), deals, period)
        missing = ~np.isfinite(x) & (deals > 0)
        _refuse_at("a value must be finite where n > 0 (n = 0 says that it is missing)", missing, x, period)
        design = np.asarray(terms, dtype=np.float64)
        if design.ndim not in (1, 2) or (design.ndim == 2 and len(design) != series):
            raise ValueError(f"regressors have shape (p,) or ({series}, p), not {design.shape}")
        if not np.isfinite(design).all():
            raise ValueError(f"regressors must be finite; those of period {period} are not")
        if design.shape[-1] < len(self.model.prior_sd):
            raise ValueError(f"{len(self.model.prior_sd)} priors for {design.shape[-1]} regressors")
        if self._regressors not in (None, design.shape[-1]):
            raise ValueError(f"{self._regressors} regressors before, {design.shape[-1]} in period {period}")
        return (
            np.where(deals > 0, x, 0.0),
            deals,
            np.array(np.broadcast_to(design, (series, design.shape[-1]))),
        )

    def _learn(self) -> None:
        """Fit the baselines that are complete; those with too few periods with deals go on learning."""
        due = ~self._null.learned & (self.period >= self.settings.learning)
        if not due.any() or not self._past:
            return
        values, n, terms = (np.stack(column, axis=1) for column in zip(*self._past, strict=True))
        rows = np.flatnonzero(due & ((n > 0).sum(axis=1) > 3))
        if len(rows):
            self._null.learn(rows, values[rows], n[rows], terms[rows])
        if self._null.learned.all():
            self._past = []

    def _read(self, advanced: Advanced) -> Readings:
        settings, candidates = self.settings, self._candidates
        asked = candidates.hypotheses()
        scale = Scale(rss=self._null.fit.rss, df=self._null.fit.df)
        each = log_bayes_factors(asked.information, asked.score, scale, self._sizes, settings.tilt)
        each += asked.log_prior[:, None] - math.log(len(self._sizes))
        total, shares = log_sum_and_shares(each)
        watched = np.isfinite(total)
        weights = shares.sum(axis=1)
        start, low, high = dating.start_quantiles(asked.by_start(weights), asked.starts)
        effect = dating.effect(weights, asked.information, asked.score, scale, settings.matters)
        low = dating.reach_back(low, effect.mean, candidates.cut, candidates.starts)
        bar = np.log(settings.arl)
        blip = shock.ended_window(
            candidates, scale, self._sizes, settings.tilt, beat=np.maximum(total, bar), low=low, high=high
        )
        lasting = self.period - high + 1 >= LEAST_AGE
        still_low, still_high = self._still(scale)
        candidates.retire(each)
        return Readings(
            evidence=np.where(watched, total, np.nan)[:, None],
            alarm=(watched & lasting & ~blip & (total >= bar))[:, None],
            start=start[:, None],
            start_low=low[:, None],
            start_high=high[:, None],
            effect=effect.mean[:, None],
            effect_low=effect.low[:, None],
            effect_high=effect.high[:, None],
            matters=effect.matters[:, None],
            expected=advanced.expected[:, None],
            expected_sd=advanced.expected_sd[:, None],
            still_low=still_low[:, None],
            still_high=still_high[:, None],
            shock=blip[:, None],
        )

    def _still(self, scale: Scale) -> tuple[FloatArray, FloatArray]:
        """The interval of a step that began STILL_PERIODS ago, this period included; nan before there is one."""
        candidates = self._candidates
        if candidates.count < STILL_PERIODS:
            nothing = np.full(self._series, np.nan)
            return nothing, nothing
        column = candidates.count - STILL_PERIODS
        low, high = dating.still_possible(
            candidates.information[:, column], candidates.score[:, column], scale
        )
        watched = np.isfinite(candidates.log_weight[:, column])
        return np.where(watched, low, np.nan), np.where(watched, high, np.nan)


def _blank(advanced: Advanced) -> Readings:
    """Readings while every series learns: the prediction, as far as there is one, and nothing else."""
    nothing = np.full((len(advanced.expected), 1), np.nan)
    no = np.zeros(nothing.shape, dtype=np.bool_)
    return Readings(
        evidence=nothing,
        alarm=no,
        start=nothing,
        start_low=nothing,
        start_high=nothing,
        effect=nothing,
        effect_low=nothing,
        effect_high=nothing,
        matters=nothing,
        expected=advanced.expected[:, None],
        expected_sd=advanced.expected_sd[:, None],
        still_low=nothing,
        still_high=nothing,
        shock=no,
    )


def _refuse_at(sentence: str, wrong: BoolArray, values: FloatArray, period: int) -> None:
    if wrong.any():
        series = int(wrong.argmax())
        raise ValueError(f"{sentence}; series {series}, period {period} has {values[series]}")
