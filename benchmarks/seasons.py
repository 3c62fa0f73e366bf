"""What it takes to allow for a year before a year was seen, and what it costs: `make bench-seasons`.

Series that swing with the year (a second wave of two fifths, highs that come when they come) and nothing else: how
many are alarmed in five years. And series without any season that fall: weeks to find it. Each with the year unknown
to the null model, and with priors of its sine and cosine, in one deal's standard deviation (half of that for half a
year). Counts have a trend beside it, as in the product.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np

from detectors import scan_batch
from detectors.types import FloatArray

PERIODS, AFTER, YEAR, BAR = 260, 80, 52.18, 1040.0
LEARNED, DEALS = (26, 52), (20, 60)
LATER = (13, 52, 104)
"""Weeks between the end of learning and the fall."""
SEED = 20270140
COUNTS = {
    "priors": (0.10, 0.15, 0.25),
    "swings": (0.0, 0.15, 0.30),
    "fall": float(np.log(0.7)),
    "drift": 0.0006,
}
RATES = {"priors": (0.02, 0.04, 0.08), "swings": (0.0, 0.02, 0.04), "fall": -0.08, "drift": 0.0002}


def swing_of(rng: np.random.Generator, series: int, periods: int, size: float) -> FloatArray:
    """What the year does to each series, (series, periods)."""
    angle = 2 * np.pi * np.arange(periods) / YEAR
    first, second = rng.uniform(0, 2 * np.pi, (2, series, 1))
    swing: FloatArray = size * (np.sin(angle + first) + 0.4 * np.sin(2 * angle + second))
    return swing


def counts_of(rng: np.random.Generator, shift: FloatArray, deals: int) -> tuple[FloatArray, FloatArray]:
    """Log counts with a weekly effect of 5 % and a variance of 1.3 times the mean, and their effective deals."""
    mean = deals * np.exp(shift + 0.05 * rng.normal(size=shift.shape))
    size = mean / 0.3
    return np.log(rng.negative_binomial(size, 1 / 1.3) + 0.5), np.full(shift.shape, float(deals))


def rates_of(rng: np.random.Generator, shift: FloatArray, deals: int) -> tuple[FloatArray, FloatArray]:
    """Win rates of 35 % whose weeks scatter a little more than a binomial, and their deals."""
    rate = np.clip(0.35 + shift, 0.02, 0.98)
    weekly = rng.beta(99 * rate, 99 * (1 - rate))
    decided = np.maximum(rng.poisson(deals, shift.shape), 1)
    return rng.binomial(decided, weekly) / decided, decided.astype(np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What is drawn, by how much it swings and falls, the priors tried, and what the null model knows beside."""

    name: str
    draw: Callable[[np.random.Generator, FloatArray, int], tuple[FloatArray, FloatArray]]
    swings: tuple[float, ...]
    fall: float
    priors: tuple[float, ...]
    drift: float
    trend: bool

    def alarms(self, values: FloatArray, n: FloatArray, learned: int, prior: float) -> FloatArray:
        """The first week each series is alarmed in, (series,), nan for none; a `prior` of 0 knows no year."""
        weeks = np.arange(values.shape[1])[:, None]
        angle = 2 * np.pi * weeks / YEAR
        waves = [np.sin(angle), np.cos(angle), np.sin(2 * angle), np.cos(2 * angle)] if prior else []
        alarm = scan_batch(
            values,
            n,
            np.hstack([weeks / YEAR if self.trend else weeks[:, :0], *waves]),
            learning=learned,
            first_candidate=learned,
            arl=BAR,
            harmful="down",
            drift=self.drift,
            prior_sd=(prior, prior, prior / 2, prior / 2) if prior else (),
        ).alarm
        return np.where(alarm.any(axis=1), alarm.argmax(axis=1), np.nan)


KINDS = (
    Kind(
        name="counts",
        draw=counts_of,
        swings=(0.0, 0.15, 0.30),
        fall=float(np.log(0.7)),
        priors=(0.0, 0.10, 0.15, 0.25),
        drift=0.0006,
        trend=True,
    ),
    Kind(
        name="rates",
        draw=rates_of,
        swings=(0.0, 0.02, 0.04),
        fall=-0.08,
        priors=(0.0, 0.02, 0.04, 0.08),
        drift=0.0002,
        trend=False,
    ),
)


def quiet(kind: Kind, series: int) -> None:
    """How many are alarmed where nothing changes but the year."""
    print(f"\n{kind.name}: of {series} series alarmed in five years of nothing, by prior {kind.priors}")
    for row, (deals, learned) in enumerate(product(DEALS, LEARNED)):
        for size in kind.swings:
            rng = np.random.default_rng([SEED, row])
            values, n = kind.draw(rng, swing_of(rng, series, PERIODS, size), deals)
            found = [np.isfinite(kind.alarms(values, n, learned, prior)).mean() for prior in kind.priors]
            shares = "  ".join(f"{share:4.0%}" for share in found)
            print(f"  {deals} a week, {learned} learned, swing {size:.2f}: {shares}", flush=True)


def falls(kind: Kind, series: int) -> None:
    """Weeks to find a fall where the year does nothing."""
    print(f"{kind.name}: median/mean weeks to find a fall of {kind.fall:.2f}, {AFTER} for later ones")
    for row, (deals, learned, later) in enumerate(product(DEALS, LEARNED, LATER)):
        rng, at = np.random.default_rng([SEED, 100 + row]), learned + later
        shift = np.where(np.arange(at + AFTER) >= at, kind.fall, 0.0) * np.ones((series, 1))
        values, n = kind.draw(rng, shift, deals)
        told = []
        for prior in kind.priors:
            first = kind.alarms(values, n, learned, prior)
            kept = first[~(first < at)]
            weeks = np.where(np.isfinite(kept), kept - at + 1, AFTER)
            told.append(f"{np.median(weeks):3.0f}/{weeks.mean():4.1f}")
        print(f"  {deals} a week, {learned} learned, falls after {at}: {'  '.join(told)}", flush=True)


def main() -> None:
    """Both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--series", type=int, default=60, help="a line")
    options = parser.parse_args()
    for kind in KINDS:
        quiet(kind, options.series)
        falls(kind, options.series)


if __name__ == "__main__":
    main()
