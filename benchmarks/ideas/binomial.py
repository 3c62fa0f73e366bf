"""Exact marginals for few deals: beta-binomial weeks on a grid of rates, instead of Gaussian ones.

With the level and the step on a grid, and the level's prior flat over it, the sum of Bayes factors over all
starts is

    R_t = sum over p of L_t(p) U_t(p) / sum over p of L_t(p),    U_t(p) = sum over k <= t of W_k(p) / L_k-1(p)

with L_t the likelihood of weeks 1 to t at the rate p, and W_k = L_k-1 convolved with the prior of a step: a sum
that grows by one start a week, whatever the length. It is exact where there is no season, no drift and no
memory, and the scatter between weeks is known; so that is what the series here are, and the Gaussian detector
is told the same. Evidence only: neither waits, and neither looks for shocks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy.special import betaln, expit

from benchmarks.ideas.matched import Case, Form, Row, Sizes, compared, win
from detectors import scan_batch
from detectors.calibrate import LOWEST
from detectors.simulate import Weekly
from detectors.types import FloatArray

RATE, RHO, LEARNING = 0.3, 0.02, 52
STEP = 0.05  # of the grid, in log odds
GRID = np.arange(-4.0, 3.0, STEP)
FARTHEST = 3.0
DOWN = 0.8
WEEKS = ((5, 0.02), (20, 0.02), (20, 0.06))
PLAIN = {"quarter_end_rate": 0.0, "month_end_rate": 0.0, "turnover": 0.0, "phi": 0.0, "outliers": 0.0}


def gaussian(made: Weekly) -> FloatArray:
    """Evidence of the detector as it is, told that nothing drifts or remembers and that there is no season."""
    found = scan_batch(made.values, made.n, arl=LOWEST, harmful="down", drift=0.0, phi=0.0, rho=RHO)
    return np.nan_to_num(found.evidence, nan=-np.inf)


def exact(deals: float) -> Form:
    """The exact form; its prior of a step is that of the Gaussian one, carried to log odds at RATE."""
    week_sd = math.sqrt(RATE * (1.0 - RATE) * (RHO + (1.0 - RHO) / deals))
    moves = _step_prior(0.7 * week_sd / (RATE * (1.0 - RATE)))

    def strength(made: Weekly) -> FloatArray:
        n = made.n
        won = np.rint(np.nan_to_num(made.values) * n)
        p = expit(GRID)
        a, b = p * (1.0 / RHO - 1.0), (1.0 - p) * (1.0 / RHO - 1.0)
        likelihood = np.zeros((len(n), len(GRID)))
        sums = np.full_like(likelihood, -np.inf)
        evidence = np.full(n.shape, -np.inf)
        for week in range(n.shape[1]):
            if week >= LEARNING:
                largest = likelihood.max(axis=1, keepdims=True)
                with np.errstate(divide="ignore"):
                    before = np.log(np.exp(likelihood - largest) @ moves)
                sums = np.logaddexp(sums, before + largest - likelihood)
            y, m = won[:, week, None], n[:, week, None]
            likelihood = likelihood + betaln(y + a, m - y + b) - betaln(a, b)
            if week >= LEARNING:
                top = likelihood.max(axis=1, keepdims=True)
                weight = np.exp(likelihood - top)
                with np.errstate(divide="ignore"):
                    joint = np.log(weight) + sums
                most = joint.max(axis=1)
                total = np.log(np.exp(joint - most[:, None]).sum(axis=1)) + most
                evidence[:, week] = total - np.log(weight.sum(axis=1))
        return evidence

    return Form(name="beta-binomial", strength=strength)


def _step_prior(scale: float) -> FloatArray:
    """Probabilities of a move from each grid point (row) to each other (column): the moment prior, DOWN downwards."""
    move = np.subtract.outer(GRID, GRID).T
    density = np.where(np.abs(move) <= FARTHEST, move**2 * np.exp(-0.5 * (move / scale) ** 2), 0.0)
    density *= np.where(move < 0, DOWN, 1.0 - DOWN)
    steps = np.arange(-round(FARTHEST / STEP), round(FARTHEST / STEP) + 1) * STEP
    whole = steps**2 * np.exp(-0.5 * (steps / scale) ** 2)
    prior: FloatArray = density / (0.5 * whole.sum())
    return prior


def rows(sizes: Sizes) -> Iterator[Row]:
    """Five and twenty deals a week; and weeks that scatter more than either form is told."""
    for place, (deals, rho) in enumerate(WEEKS):
        points = (-12, -20) if deals < 10 else (-8, -12)
        name = f"plain win n={deals}" + (f", rho {rho}" if rho != RHO else "")
        case = Case(name=name, make=win(deals, **PLAIN | {"rho": rho}), points=points)
        forms = [Form(name="Gaussian", strength=gaussian), exact(deals)]
        yield from compared(case, forms, sizes, 30 + place)
