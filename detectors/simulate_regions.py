"""Win rates of a company's regions: one of them changes, or all do; as a whole and each against the rest.

A region is watched as a contrast, its rate less that of all others: what the whole company shares cancels, so that a
change of one region shows, and a change of the market does not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from detectors.simulate import Change, Ordinary, Weekly, calendar_terms, ordinary_path, share_of, usual_deals
from detectors.types import FloatArray

LEVELS = 0.05  # standard deviation of the regions' usual rates around the company's


@dataclass(frozen=True, slots=True, kw_only=True)
class Regional:
    """The company as a whole, and one contrast a region, (S, T) each; a contrast's n is 1 / (1/n_own + 1/n_rest)."""

    whole: Weekly
    contrasts: tuple[Weekly, ...]


def regional_rates(
    rng: np.random.Generator,
    series: int,
    periods: int,
    ordinary: Ordinary,
    change: Change | None = None,
    *,
    regions: int = 6,
    changing: int | None = None,
) -> Regional:
    """Companies of `regions` regions alike in size; `change` befalls the region `changing`, or all where it is None.

    `ordinary.deals` are those of the whole company. Calendar, season, trend and odd weeks are shared; weekly effect
    and turnover are half shared, half each region's own, by variance.
    """
    terms = calendar_terms(periods)
    spread = float(np.sqrt(ordinary.rate * (1.0 - ordinary.rate)))
    half = replace(ordinary, rho=ordinary.rho / 2.0, turnover=ordinary.turnover / np.sqrt(2.0))
    own = replace(half, quarter_end_rate=0.0, month_end_rate=0.0, season=0.0, trend=0.0, outliers=0.0)
    shared = ordinary_path(rng, series, periods, half, spread)
    usual = usual_deals(rng, series, ordinary, terms) / regions
    moved = np.zeros(periods) if change is None else change.path(periods)
    won, deals = np.zeros((regions, series, periods)), np.zeros((regions, series, periods))
    for region in range(regions):
        level = ordinary.rate + LEVELS * rng.normal(size=(series, 1))
        path = level + shared + ordinary_path(rng, series, periods, own, spread)
        path = path + (moved if changing in (None, region) else 0.0)
        n = rng.poisson(usual)
        won[region], deals[region] = rng.binomial(n, np.clip(path, 0.01, 0.99)), n
    return Regional(
        whole=Weekly(values=share_of(won.sum(axis=0), deals.sum(axis=0)), n=deals.sum(axis=0), terms=terms),
        contrasts=tuple(_contrast(won, deals, region, terms) for region in range(regions)),
    )


def _contrast(won: FloatArray, deals: FloatArray, region: int, terms: FloatArray) -> Weekly:
    """One region less all the others; won and deals (regions, S, T)."""
    own, rest = deals[region], deals.sum(axis=0) - deals[region]
    value = share_of(won[region], own) - share_of(won.sum(axis=0) - won[region], rest)
    n = np.divide(own * rest, own + rest, out=np.zeros(own.shape), where=(own > 0) & (rest > 0))
    return Weekly(values=np.where(n > 0, value, np.nan), n=n, terms=terms)
