"""The mix of tiers as a covariate inside the regression, instead of indirect standardisation before it.

Two tiers, core deals won 20 points more often. *Adjusted*: as the product does. *Share as a regressor*: the raw
rate, with the core tier's share of the week among the terms, its coefficient learned and integrated out like
the season's. Besides falls, a mix that moves from 60 to 45 % core while both tiers are won as often: a fall
told of there is false.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.ideas.matched import SEED, Case, Form, Make, Row, Sizes, compared
from detectors import scan_batch
from detectors.calibrate import LOWEST, strengths
from detectors.evaluate import share_limits
from detectors.simulate import Change, Ordinary, Weekly, tiered_rates
from detectors.types import FloatArray

BAR, WITHIN, AT = 4160.0, 104, 78
DEALS = (20, 60, 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiered(Weekly):
    """Adjusted values, and the raw ones."""

    raw: FloatArray


def tiered(
    deals: float,
    rng: np.random.Generator,
    series: int,
    periods: int,
    *,
    change: Change | None,
    mix: Change | None,
) -> Tiered:
    """A company with two tiers."""
    raw, adjusted = tiered_rates(rng, series, periods, Ordinary(deals=deals), change=change, mix=mix)
    return Tiered(values=adjusted.values, n=adjusted.n, terms=adjusted.terms, raw=raw.values)


def adjusted(made: Weekly) -> FloatArray:
    """As it is."""
    return strengths(scan_batch(made.values, made.n, made.terms, arl=LOWEST, harmful="down"))


def regressed(made: Weekly) -> FloatArray:
    """The raw rate beside the share: up to what level and coefficient take in, that is raw - adjusted."""
    if not isinstance(made, Tiered):
        raise TypeError("made with two tiers")
    share = np.nan_to_num(made.raw - made.values)
    terms = np.broadcast_to(made.terms, (*made.n.shape, made.terms.shape[1]))
    design = np.concatenate([terms, share[:, :, None]], axis=2)
    return strengths(scan_batch(made.raw, made.n, design, arl=LOWEST, harmful="down"))


def _falls(deals: float) -> Make:
    return lambda rng, series, periods, change: tiered(deals, rng, series, periods, change=change, mix=None)


FORMS = [
    Form(name="adjusted", strength=adjusted),
    Form(name="share as a regressor", strength=regressed),
]


def rows(sizes: Sizes) -> Iterator[Row]:
    """Falls, and a mix that moves."""
    for place, deals in enumerate(DEALS):
        case = Case(
            name=f"two tiers n={deals}",
            make=_falls(deals),
        )
        if deals < 200:
            yield from compared(case, FORMS, sizes, 60 + place)
        rng = np.random.default_rng([SEED, 60 + place, 9])
        moved = tiered(deals, rng, 2 * sizes.runs, AT + WITHIN, change=None, mix=Change(at=AT, size=-0.15))
        for form in FORMS:
            alarm = form.strength(moved) >= math.log(BAR)
            fair = alarm[~alarm[:, :AT].any(axis=1)]
            hits = int(fair.any(axis=1).sum())
            low, high = share_limits(hits, len(fair))
            said = f"{hits / len(fair):.1%} ({low:.1%} to {high:.1%}) told of a fall"
            yield (case.name, form.name, "-", "-", "core 60 to 45 %", said, "-", "-")
