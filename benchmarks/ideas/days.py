"""Closing days as the step instead of weeks: five a week, each with a fifth of the deals.

The deals of a week share its effect. Read by the day it remembers from day to day as much as it does from week
to week, and steps, ramps, drift and the wait of four weeks are the same lengths of time. Delays are in weeks, a
day a fifth.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from unittest.mock import patch

import numpy as np

from benchmarks.ideas.matched import Case, Form, Make, Row, Sizes, compared
from detectors import scan_batch
from detectors.calibrate import LOWEST, strengths
from detectors.simulate import Change, Ordinary, Weekly, calendar_terms, chances, share_of, usual_deals
from detectors.types import FloatArray

DAYS = 5
LEARNING = 52
BY_DAY = {
    "detectors.whitening.FORGETTING": math.exp(-1.0 / (104 * DAYS)),
    "detectors.candidates.FORGETTING": math.exp(-1.0 / (104 * DAYS)),
    "detectors.shiryaev.LEAST_AGE": 4 * DAYS,
    "detectors.ramps.WIDTHS": (32, 64),
    "detectors.ramps.REACH": 104 * DAYS,
    "detectors.candidates.KEPT_WHOLE": 128 * DAYS,
    "detectors.candidates.CROWD": 500 * DAYS,
}


def daily(deals: float) -> Make:
    """Win rates by the day."""

    def make(rng: np.random.Generator, series: int, periods: int, change: Change | None) -> Weekly:
        weeks, ordinary = periods // DAYS, Ordinary(deals=deals)
        by_week = None if change is None else replace(change, at=change.at // DAYS)
        terms = calendar_terms(weeks)
        chance = np.repeat(chances(rng, series, weeks, ordinary, by_week), DAYS, axis=1)
        n = rng.poisson(np.repeat(usual_deals(rng, series, ordinary, terms) / DAYS, DAYS, axis=1))
        values = share_of(rng.binomial(n, chance), n)
        return Weekly(values=values, n=n.astype(np.float64), terms=np.repeat(terms, DAYS, axis=0))

    return make


def by_week(made: Weekly) -> FloatArray:
    """The detector as it is."""
    series, days = made.n.shape
    n = made.n.reshape(series, days // DAYS, DAYS).sum(axis=2)
    won = np.nan_to_num(made.values * made.n).reshape(series, days // DAYS, DAYS).sum(axis=2)
    return strengths(scan_batch(share_of(won, n), n, made.terms[::DAYS], arl=LOWEST, harmful="down"))


def by_day(deals: float) -> Form:
    """The detector over days; its bar counts days."""
    scale = math.sqrt((0.02 + 0.98 / deals) / (0.02 + 0.98 * DAYS / deals))

    def strength(made: Weekly) -> FloatArray:
        with ExitStack() as stack:
            for name, value in BY_DAY.items():
                stack.enter_context(patch(name, value))
            found = scan_batch(
                made.values, made.n, made.terms, learning=LEARNING * DAYS, arl=LOWEST * DAYS, harmful="down",
                phi=0.2 ** (1.0 / DAYS), sizes=(0.7 * scale,),
            )  # fmt: skip
        return strengths(found) - math.log(DAYS)

    return Form(name="days", strength=strength, a_week=DAYS)


def rows(sizes: Sizes) -> Iterator[Row]:
    """Weeks and days; fewer weeks without a change, for a day's judgement costs as much as a week's, and more."""
    shorter = replace(sizes, weeks=sizes.weeks * 2 // 3)
    for place, deals in enumerate((20, 60)):
        case = Case(name=f"win n={deals}", make=daily(deals), a_week=DAYS)
        forms = [Form(name="weeks", strength=by_week), by_day(deals)]
        yield from compared(case, forms, shorter, 40 + place)
