"""Win rates of a company where some people close many deals in one sitting, whose outcomes agree.

Such batches are the trap of real exports: a week of 400 closed deals may say no more than one of 40. The series come
twice: counted deal by deal, and by effective deals as `detectors.effective` weighs them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.effective import deal_weights, intraclass, weekly_means
from detectors.simulate import YEAR, Change, Ordinary, Weekly, calendar_terms, chances, usual_deals
from detectors.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """How deals are closed together.

    share   of the deals are closed in batches, the others one by one
    size    deals of a batch on average; geometric, so that there are some of several times as many
    alike   the correlation of two outcomes of one batch, its intraclass correlation
    """

    share: float = 0.5
    size: float = 8.0
    alike: float = 0.7


def batched_rates(
    rng: np.random.Generator,
    series: int,
    periods: int,
    ordinary: Ordinary,
    change: Change | None = None,
    *,
    batches: Batches = Batches(),
    learning: int = YEAR,
) -> tuple[Weekly, Weekly]:
    """Win rates counted deal by deal, with n = deals, and by effective deals, with n = the sum of the weights.

    How much a batch agrees is learned per series in its first `learning` weeks, from what the calendar leaves of the
    outcomes. A deal of a batch takes the outcome of the batch with the chance sqrt(alike), its own otherwise.
    """
    terms = calendar_terms(periods)
    chance = chances(rng, series, periods, ordinary, change)
    usual = usual_deals(rng, series, ordinary, terms)
    kind = (terms @ [1.0, 2.0, 4.0]).astype(np.int64)
    raw, counts, weighed, effective = (np.full((series, periods), np.nan) for _ in range(4))
    for one in range(series):
        week, batch, won = _deals(rng, chance[one], usual[one], batches)
        rho = _agreement(week, batch, won, kind, learning)
        raw[one], counts[one], _ = weekly_means(week, won, np.ones(len(won)), periods)
        weighed[one], effective[one], _ = weekly_means(week, won, deal_weights([batch], [rho]), periods)
    return (
        Weekly(values=raw, n=counts, terms=terms),
        Weekly(values=weighed, n=effective, terms=terms),
    )


def _deals(
    rng: np.random.Generator, chance: FloatArray, usual: FloatArray, batches: Batches
) -> tuple[IntArray, IntArray, FloatArray]:
    """Week, batch and outcome (0 or 1) of each deal of one series; a deal closed by itself is a batch of one."""
    weeks = np.arange(len(usual))
    alone = np.repeat(weeks, rng.poisson(usual * (1.0 - batches.share)))
    together = np.repeat(weeks, rng.poisson(usual * batches.share / batches.size))
    size = rng.geometric(1.0 / batches.size, len(together))
    batch_week = np.concatenate([alone, together])
    batch = np.repeat(np.arange(len(batch_week)), np.concatenate([np.ones(len(alone), dtype=np.int64), size]))
    week = batch_week[batch]
    shared = rng.random(len(batch_week)) < chance[batch_week]
    own = rng.random(len(week)) < chance[week]
    follows = rng.random(len(week)) < np.sqrt(batches.alike)
    return week, batch, np.where(follows, shared[batch], own).astype(np.float64)


def _agreement(week: IntArray, batch: IntArray, won: FloatArray, kind: IntArray, learning: int) -> float:
    """The intraclass correlation of the residuals of the first weeks; `kind` (periods,) tells weeks apart."""
    early = week < learning
    sort = kind[week[early]]
    mean = np.bincount(sort, won[early]) / np.maximum(np.bincount(sort), 1)
    return intraclass(won[early] - mean[sort], batch[early])
