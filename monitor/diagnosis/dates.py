"""When a series stepped: the posterior of the start week, for anything that is held against a change's date.

The weeks are y = X b + d [week >= k] + noise, with variance sigma^2 / n of the week. With flat priors on b, d and
ln sigma the start k has the posterior (Zellner 1971, section 7; the marginal of a linear model)

    p(k) ~ |X_k' W X_k|^(-1/2)  RSS_k^(-(T - p) / 2)

X holds an intercept and whatever calendar terms are given. The residual degrees of freedom are cut by TEMPER, for
weeks that resemble their neighbours: an interval that took them as independent would be too short.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.types import FloatArray

TEMPER = 0.6
MARGIN = 2
"""Weeks at either end in which no step can be seen."""
TAIL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDate:
    """The posterior of a start week: `chance[i]` that the step is at week `first + i`, and its size there.

    `evidence` is ln of the Bayes factor for a step at some week against none, after Schwarz (1978).
    """

    first: int
    chance: FloatArray
    size: float
    evidence: float

    @property
    def best(self) -> int:
        """The likeliest week."""
        return self.first + int(np.argmax(self.chance))

    @property
    def low(self) -> int:
        """The lower end of the 90 % interval."""
        return self.first + int(np.searchsorted(np.cumsum(self.chance), TAIL))

    @property
    def high(self) -> int:
        """The upper end of the 90 % interval."""
        reached = int(np.searchsorted(np.cumsum(self.chance), 1 - TAIL))
        return self.first + min(reached, len(self.chance) - 1)

    def before(self, week: int) -> float:
        """The chance that the step came before `week`."""
        return float(self.chance[: max(week - self.first, 0)].sum())

    def favours(self, week: int, slack: int = 1) -> float:
        """Ln of how much likelier the weeks within `slack` of `week` are than the same number anywhere."""
        at = np.arange(len(self.chance)) + self.first
        near = np.abs(at - week) <= slack
        if not near.any():
            return -np.inf
        with np.errstate(divide="ignore"):
            return float(np.log(self.chance[near].mean() * len(self.chance)))


def step_date(
    values: FloatArray, effective: FloatArray, terms: FloatArray | None = None, *, first: int = 0
) -> StepDate | None:
    """The posterior of the week in which `values` stepped; `first` is the week of the first value.

    values, effective  (weeks,); nan or no deals: the week says nothing
    terms              (weeks, terms), without an intercept

    None where too few weeks are known.
    """
    known = np.isfinite(values) & (effective > 0)
    weeks = np.flatnonzero(known)
    if len(weeks) < 2 * MARGIN + 4:
        return None
    root = np.sqrt(effective[known])
    design = (
        np.ones((len(weeks), 1)) if terms is None else np.hstack([np.ones((len(weeks), 1)), terms[known]])
    )
    if len(weeks) < 3 * design.shape[1]:
        design = design[:, :1]
    basis, _ = np.linalg.qr(design * root[:, None])
    y = values[known] * root
    y = y - basis @ (basis.T @ y)
    starts = np.arange(weeks[MARGIN], weeks[-MARGIN] + 1)
    steps = (weeks[None, :] >= starts[:, None]) * root
    steps = steps - (steps @ basis) @ basis.T
    norm = np.maximum((steps**2).sum(axis=1), 1e-12)
    projected = steps @ y
    total = float(y @ y)
    rss = np.maximum(total - projected**2 / norm, 1e-9 * total + 1e-300)
    freedom = TEMPER * (len(weeks) - design.shape[1] - 1)
    log = -0.5 * np.log(norm) - 0.5 * freedom * np.log(rss)
    chance = np.exp(log - log.max())
    best = int(np.argmax(log))
    gain = 0.5 * freedom * np.log(max(total, 1e-300) / rss)
    evidence = float(np.log(np.mean(np.exp(np.minimum(gain, 500.0)))) - 0.5 * np.log(len(weeks)))
    return StepDate(
        first=first + int(starts[0]),
        chance=chance / chance.sum(),
        size=float(projected[best] / norm[best]),
        evidence=evidence,
    )
