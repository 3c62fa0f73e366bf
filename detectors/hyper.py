"""Hyper-parameters of the null model, learned from a company's own baselines by marginal likelihood and shrinkage.

The variances of the weekly effect (rho) and of the slow drift, and the autocorrelation of the weekly effect (phi),
are what the detector's promise rests on: with phi or the drift understated, false alarms come too often. One series
of half a year says little about them; all of a company's series together, and a prior at the usual values, enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from detectors.types import FloatArray
from detectors.whitening import Filtered, Whitener

RHOS = (0.005, 0.01, 0.02, 0.04, 0.08)
PHIS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
DRIFTS = (0.25, 1.0, 4.0, 16.0)
"""Multiples of the usual drift."""
SPREAD_RHO, SPREAD_PHI, SPREAD_DRIFT = 0.7, 0.15, 0.9
"""Standard deviations of the prior around the usual values: of ln rho, of phi, of ln drift."""
RANK = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyper:
    """Variance of the weekly effect, its autocorrelation, variance of the slow drift; in one deal's variance."""

    rho: float = 0.02
    phi: float = 0.2
    drift: float = 0.0002


def log_marginal(
    values: FloatArray, n: FloatArray, terms: FloatArray, hyper: Hyper, prior_sd: Sequence[float] = ()
) -> FloatArray:
    """The restricted log likelihood of each series (S,), level, season and noise scale integrated out.

    values and n (S, B), n = 0 where a week is missing; terms (B, p) or (S, B, p) without the intercept; `prior_sd` of
    the last of them as in `Model`, each prior one more value that was seen. Up to a constant that does not depend on
    `hyper`,

        -1/2 (sum of ln F_t + ln |V'V| + (N - p - 1) ln RSS)

    with F_t the innovation variances of the whitening filter, V the whitened design, and RSS what is left of the
    whitened values beside it (Harville, "Maximum likelihood approaches to variance component estimation", 1977). 0
    for a series that has no more than p + 3 weeks, or that the design explains to the last bit.
    """
    series, weeks = values.shape
    observed = n > 0
    design = np.broadcast_to(terms, (series, weeks, terms.shape[-1]))
    ones = np.ones((series, weeks, 1))
    signals = np.concatenate([ones, design, np.where(observed, values, 0.0)[:, :, None]], axis=2)
    whitener = Whitener(np.full(series, hyper.drift), hyper.rho, hyper.phi)
    filtered = Filtered((series, signals.shape[2]), hyper.phi)
    white, log_f = np.zeros_like(signals), np.zeros(series)
    for week in range(weeks):
        gain = whitener.gain(n[:, week])
        innovation = signals[:, week] - filtered.expected
        filtered.absorb(innovation, gain)
        white[:, week] = innovation * np.sqrt(gain.precision)[:, None]
        log_f -= np.log(gain.precision, out=np.zeros(series), where=gain.precision > 0)
    count = len(prior_sd)
    seen = np.zeros((series, count, signals.shape[2]))
    seen[:, np.arange(count), signals.shape[2] - 1 - count + np.arange(count)] = 1.0 / np.array(prior_sd)
    white = np.concatenate([white, seen], axis=1)
    v, z = white[:, :, :-1], white[:, :, -1]
    left, size, _ = np.linalg.svd(v, full_matrices=False)
    kept = size > RANK * size[:, :1]  # a holiday that the baseline never saw is a column of zeros
    fitted = np.where(kept, np.einsum("sbp,sb->sp", left, z), 0.0)
    total = np.einsum("sb,sb->s", z, z)
    rss = total - np.einsum("sp,sp->s", fitted, fitted)
    freedom = observed.sum(axis=1) + count - kept.sum(axis=1)
    usable = (freedom > 2) & (rss > 1e-9 * total)
    log_det = 2.0 * np.log(np.where(kept, size, 1.0)).sum(axis=1)
    return np.where(usable, -0.5 * (log_f + log_det + freedom * np.log(np.where(usable, rss, 1.0))), 0.0)


def learn_hyper(
    values: FloatArray,
    n: FloatArray,
    terms: FloatArray,
    usual: Hyper,
    *,
    share: float = 1.0,
    prior_sd: Sequence[float] = (),
) -> Hyper:
    """What the baselines of a company's series say together; phi and drift are never below the usual ones.

    values, n, terms   as in `log_marginal`, the weeks of the baseline alone; so is `prior_sd`
    share              how much the series count: below 1 where several hold the same deals

    The mean over a grid, each point weighted by its prior, a normal one around `usual`, and the likelihood of all
    series. To understate phi or the drift breaks the promise, to overstate them costs delay: hence the floor. Weekly
    values are those of the detector, wild weeks included.
    """
    grid = [Hyper(rho=r, phi=p, drift=d * usual.drift) for r, p, d in product(RHOS, PHIS, DRIFTS)]
    prior = -0.5 * np.array(
        [
            (np.log(one.rho / usual.rho) / SPREAD_RHO) ** 2
            + ((one.phi - usual.phi) / SPREAD_PHI) ** 2
            + (np.log(one.drift / usual.drift) / SPREAD_DRIFT) ** 2
            for one in grid
        ]
    )
    likelihood = np.array([log_marginal(values, n, terms, one, prior_sd).sum() for one in grid])
    weight = np.exp(prior + share * likelihood - (prior + share * likelihood).max())
    weight /= weight.sum()
    rho, drift = (
        float(np.exp(weight @ np.log([getattr(one, name) for one in grid]))) for name in ("rho", "drift")
    )
    phi = float(weight @ [one.phi for one in grid])
    return Hyper(rho=rho, phi=max(phi, usual.phi), drift=max(drift, usual.drift))
