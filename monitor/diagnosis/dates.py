"""When a series stepped: the posterior of the start week, for anything that is held against a change's date.

With a flat prior on the start k its posterior is the marginal likelihood of the step [week >= k]
(`monitor.diagnosis.marginal`), over all weeks in which a step can be seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.diagnosis.marginal import Marginal
from monitor.types import FloatArray

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
    plain = Marginal(values, effective, terms)
    weeks = plain.weeks
    if len(weeks) < 2 * MARGIN + 4:
        return None
    starts = np.arange(weeks[MARGIN], weeks[-MARGIN] + 1)
    steps = (weeks[None, :] >= starts[:, None]).astype(np.float64)
    phi = plain.memory(steps[int(np.argmax(plain(steps)[0]))])
    marginal = Marginal(values, effective, terms, phi)
    log, sizes, rss = marginal(steps)
    if not np.isfinite(log).any():
        return None
    chance = np.exp(log - log.max())
    gain = 0.5 * marginal.freedom * np.log(max(marginal.total, 1e-300) / rss)
    evidence = float(np.log(np.mean(np.exp(np.minimum(gain, 500.0)))) - 0.5 * np.log(len(weeks)))
    return StepDate(
        first=first + int(starts[0]),
        chance=chance / chance.sum(),
        size=float(sizes[int(np.argmax(log))]),
        evidence=evidence,
    )
