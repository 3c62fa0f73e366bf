"""Cumulative incidence of competing outcomes: what became of deals by each age, with open ones as censored.

The Aalen-Johansen estimator (Aalen and Johansen, "An empirical transition matrix for non-homogeneous Markov chains
based on censored observations", Scandinavian Journal of Statistics, 1978) for one start and several ends:

    F_k(t) = sum over t_i <= t of S(t_i-) d_ki / n_i,     S(t) = product over t_i <= t of (1 - d_i / n_i)

with d_ki ends of kind k at the age t_i, d_i ends of any kind, and n_i that were there to end. One minus the
Kaplan-Meier curve of one kind, the others censored, would answer what happened if the others could not: too much.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
LEVEL = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidence:
    """F_k at each age at which anything ended.

    ages      (ages,), rising
    share     (kinds, ages): F_k
    variance  (kinds, ages): of F_k
    at_risk   (ages,): how many were there to end
    """

    ages: FloatArray
    share: FloatArray
    variance: FloatArray
    at_risk: FloatArray

    def by(self, age: float) -> FloatArray:
        """F_k by an age, shape (kinds,)."""
        place = int(np.searchsorted(self.ages, age, side="right")) - 1
        return np.zeros(len(self.share)) if place < 0 else self.share[:, place]

    def between(self, age: float, level: float = LEVEL) -> FloatArray:
        """An interval for F_k by an age, shape (kinds, 2), on the scale ln(-ln F), where it cannot leave 0..1."""
        place = int(np.searchsorted(self.ages, age, side="right")) - 1
        if place < 0:
            return np.zeros((len(self.share), 2))
        share, error = self.share[:, place], np.sqrt(self.variance[:, place])
        inside = (share > 0) & (share < 1)
        safe = np.where(inside, share, 0.5)
        reach = ndtri(0.5 + level / 2) * error / (safe * np.abs(np.log(safe)))
        low, high = safe ** np.exp(reach), safe ** np.exp(-reach)
        found: FloatArray = np.stack([np.where(inside, low, share), np.where(inside, high, share)], axis=1)
        return found


def cumulative_incidence(age: FloatArray, kind: IntArray, kinds: int) -> Incidence:
    """The incidence of `kinds` ways to end.

    age   (n,) at the end, or when last seen
    kind  (n,) 1 to `kinds`; 0 for what had not ended then

    The variance is the estimator's own (Marubini and Valsecchi, "Analysing survival data", 1995, 10.12).

    >>> found = cumulative_incidence(np.array([1.0, 2.0, 2.0, 3.0]), np.array([1, 2, 0, 1]), 2)
    >>> found.by(2.0), found.by(3.0)
    (array([0.25, 0.25]), array([0.75, 0.25]))
    """
    ended = kind > 0
    ages = np.unique(age[ended])
    place = np.searchsorted(ages, age[ended])
    ends = np.zeros((kinds, len(ages)))
    np.add.at(ends, (kind[ended] - 1, place), 1.0)
    at_risk = (len(age) - np.searchsorted(np.sort(age), ages, side="left")).astype(np.float64)
    every = ends.sum(axis=0)
    before = np.concatenate(([1.0], np.cumprod(1.0 - every / at_risk)[:-1])) if len(ages) else np.ones(0)
    share = np.cumsum(before * ends / at_risk, axis=1)
    return Incidence(
        ages=ages, share=share, variance=_variance(share, before, ends, every, at_risk), at_risk=at_risk
    )


def _variance(
    share: FloatArray, before: FloatArray, ends: FloatArray, every: FloatArray, at_risk: FloatArray
) -> FloatArray:
    """Var F(t) = sum (F(t) - F_i)^2 a_i + sum b_i - 2 sum (F(t) - F_i) c_i, over the ages t_i up to t."""
    last = at_risk > every  # where all that were left ended, nothing is uncertain of what comes after
    a = np.where(last, every / (at_risk * np.where(last, at_risk - every, 1.0)), 0.0)
    b = before**2 * (at_risk - ends) * ends / at_risk**3
    c = before * ends / at_risk**2
    squares = (
        share**2 * np.cumsum(a) - 2 * share * np.cumsum(share * a, axis=1) + np.cumsum(share**2 * a, axis=1)
    )
    mixed = share * np.cumsum(c, axis=1) - np.cumsum(share * c, axis=1)
    found: FloatArray = np.maximum(squares + np.cumsum(b, axis=1) - 2 * mixed, 0.0)
    return found
