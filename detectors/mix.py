"""The online alarm for a mix of K tiers: any lasting move of their shares, whichever tiers it is between.

A period's counts become d = K - 1 contrasts of their logarithms, ln(count + 1/2), whitened by what a multinomial
count of the baseline's shares would scatter: all contrasts then have one variance sigma^2 (rho + (1 - rho) / n),
and the null model of a single series holds for each. The moved contrasts theta (d,) have the moment prior

    p(theta) = |theta|^2 / (d nu^2) N(theta; 0, nu^2 I),

level and season of every contrast and the common sigma the right-Haar one. With information I, scores S_j, the sum
RSS of the contrasts' residual squares on df degrees of freedom each, R^2 = sum S_j^2 / (I RSS), a = nu^2 I and
q^2 = R^2 a / (1 + a):

    ln BF = -(d/2 + 1) ln(1 + a) - (d df / 2) ln(1 - q^2) + ln(1 + df q^2 / (1 - q^2))

the same for every choice of contrasts, as long as nothing is clipped. Which way a mix moves is not asked: there is no
harmful direction. Where only "in the profile or not" matters, the share as a single series is the sharper question.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from detectors import dating
from detectors.candidates import Candidates
from detectors.evidence import Scale, log_sum_and_shares
from detectors.null_model import NullModel
from detectors.settings import SIZES, Model
from detectors.shiryaev import LEAST_AGE
from detectors.types import BoolArray, FloatArray

HALF = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class MixReadings:
    """What each period says of a mix of K tiers: arrays of T periods, nan and False while learning.

    evidence, alarm               as in `Reading`, but for shocks, which are not told apart
    start, start_low, start_high  the first changed period: its posterior median and 90 % bounds
    before, after                 the baseline's shares (K,), and what they are after the change, if any, (T, K)
    """

    evidence: FloatArray
    alarm: BoolArray
    start: FloatArray
    start_low: FloatArray
    start_high: FloatArray
    before: FloatArray
    after: FloatArray


def scan_mix(
    counts: ArrayLike,
    n: ArrayLike | None = None,
    regressors: ArrayLike | None = None,
    *,
    learning: int = 52,
    arl: float = 4160.0,
    drift: float = 0.0002,
    rho: float = 0.02,
    phi: float = 0.2,
    nu: float = SIZES[0],
    clip: float = 3.0,
) -> MixReadings:
    """The readings of one mix: counts (T, K) of deals by tier, n (T,) effective deals (their sum, unless said).

    A period with n = 0 is missing. Settings are those of `Scan`; regressors (T, p) come without the intercept.
    Raises ValueError for counts that are negative or not finite, fewer than two tiers, or a baseline that lacks
    a tier or holds too few periods.
    """
    table, deals, design = _checked(counts, n, regressors)
    shares = _baseline_shares(table[:learning])
    contrasts = whitened_contrasts(shares)
    width = len(contrasts)
    values = np.log(table + HALF) @ contrasts.T
    wide_n, wide_design = np.tile(deals, (width, 1)), np.tile(design, (width, 1, 1))
    null = NullModel(
        np.full(width, drift), Model(rho=rho, phi=phi, sizes=(nu,), clip=clip), design.shape[1] + 1
    )
    early = slice(0, learning)
    null.learn(np.arange(width), values[early].T, wide_n[:, early], wide_design[:, early])
    if not null.learned.all():
        raise ValueError(f"{int((deals[early] > 0).sum())} periods with deals are too few to learn from")
    candidates = Candidates(width, design.shape[1] + 1, phi)
    back = np.linalg.pinv(contrasts)
    numbers = np.full((4, len(table)), np.nan)
    after = np.full(table.shape, np.nan)
    for period in range(learning, len(table)):
        candidates.open(period, null.learned)
        advanced = null.advance(values[period], wide_n[:, period], wide_design[:, period])
        candidates.advance(advanced.gain, advanced.step, advanced.scale)
        asked = candidates.hypotheses()
        scale = Scale(rss=null.fit.rss, df=null.fit.df)
        each = asked.log_prior[0] + log_bayes_factors(asked.information[0], asked.score, scale, nu)
        total, weights = log_sum_and_shares(each[None])
        numbers[0, period] = total[0]
        numbers[1:, period] = dating.start_quantiles(asked.by_start(weights), asked.starts)[:, 0]
        moved = dating.effect(
            np.tile(weights, (width, 1)), asked.information, asked.score, scale, np.full(width, np.nan)
        ).mean
        after[period] = _shares(np.log(shares) + back @ moved)
        candidates.retire(np.tile(each, (width, 1, 1)))
    evidence, start, low, high = numbers
    lasting = np.arange(len(table)) - high + 1 >= LEAST_AGE
    return MixReadings(
        evidence=evidence,
        alarm=(evidence >= math.log(arl)) & lasting,
        start=start,
        start_low=low,
        start_high=high,
        before=shares,
        after=after,
    )


def log_bayes_factors(information: FloatArray, scores: FloatArray, scale: Scale, nu: float) -> FloatArray:
    """Ln BF of M hypotheses, (M,): information (M,), the same for all contrasts, and scores (d, M).

    0 while nothing varied. With one contrast this is the factor of a single series without a harmful direction.
    """
    rss, df, width = float(scale.rss.sum()), float(max(scale.df.min(), 1)), len(scores)
    if rss <= 0.0:
        return np.zeros_like(information)
    size = information * rss
    share = np.divide((scores**2).sum(axis=0), size, out=np.zeros_like(size), where=size > 0.0)
    a = nu**2 * information
    explained = np.minimum(share, 1.0) * a / (1.0 + a)
    factors: FloatArray = (
        -(0.5 * width + 1.0) * np.log1p(a)
        - (0.5 * width * df + 1.0) * np.log1p(-explained)
        + np.log1p((df - 1.0) * explained)
    )
    return factors


def whitened_contrasts(shares: FloatArray) -> FloatArray:
    """Contrasts (K - 1, K) of log counts that a multinomial with these shares (K,) scatters alike: covariance 1 / n.

    >>> p = np.array([0.5, 0.3, 0.2])
    >>> c = whitened_contrasts(p)
    >>> (c @ np.diag(1 / p) @ c.T).round(9).tolist(), (c.sum(axis=1).round(9) + 0.0).tolist()
    ([[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0])
    """
    basis = np.linalg.qr(np.column_stack([np.ones(len(shares)), np.eye(len(shares))[:, 1:]]))[0][:, 1:].T
    root = np.linalg.cholesky(basis @ (basis / shares).T)
    contrasts: FloatArray = np.linalg.solve(root, basis)
    return contrasts


def _shares(log_shares: FloatArray) -> FloatArray:
    odds = np.exp(log_shares - log_shares.max())
    shares: FloatArray = odds / odds.sum()
    return shares


def _baseline_shares(baseline: FloatArray) -> FloatArray:
    deals = baseline.sum(axis=0)
    if not (deals > 0.0).all():
        raise ValueError(
            f"tier {int(deals.argmin())} has no deals in the baseline of {len(baseline)} periods"
        )
    shares: FloatArray = deals / deals.sum()
    return shares


def _checked(
    counts: ArrayLike, n: ArrayLike | None, regressors: ArrayLike | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    table = np.asarray(counts, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] < 2:
        raise ValueError(f"counts have shape (periods, tiers), two tiers at least, not {table.shape}")
    deals = table.sum(axis=1) if n is None else np.asarray(n, dtype=np.float64)
    design = np.zeros((len(table), 0)) if regressors is None else np.asarray(regressors, dtype=np.float64)
    if deals.shape != (len(table),) or design.ndim != 2 or len(design) != len(table):
        raise ValueError(f"{len(table)} periods need as many n and rows of regressors")
    for name, array in (("counts", table), ("n", deals)):
        if not (np.isfinite(array).all() and (array >= 0.0).all()):
            raise ValueError(f"{name} must be finite and not negative")
    if not np.isfinite(design).all():
        raise ValueError("regressors must be finite")
    return table, deals, design
