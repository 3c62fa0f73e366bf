"""The kinds of series that are simulated, and the changes that the detector is asked about on each."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from benchmarks.detection import targets
from benchmarks.detection.targets import Ratios
from detectors import Readings, scan_batch
from detectors.calibrate import LOWEST
from detectors.simulate import Change, Ordinary, Weekly, measures, rates
from detectors.simulate_batches import Batches, batched_rates
from detectors.types import Direction

QUIET_WEEKS = 26  # watched before a change
BASELINE = 52


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A change, and the ratios to the oracle that are to be reached on it; None where none were set."""

    change: Change
    ratios: Ratios | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A kind of series, what the detector is told of it, and the changes it is asked about, by their name.

    spread, tail  one deal's standard deviation and degrees of freedom; None: a rate
    batches       how deals are closed together, if they are; the detector then reads effective deals
    """

    name: str
    ordinary: Ordinary
    asked: dict[str, Asked] = field(default_factory=dict)
    harmful: Direction = "down"
    learning: int = BASELINE
    drift: float = 0.0002
    spread: float | None = None
    tail: float = 4.0
    batches: Batches | None = None

    @property
    def deal_sd(self) -> float:
        """One deal's standard deviation."""
        p = self.ordinary.rate
        return math.sqrt(p * (1.0 - p)) if self.spread is None else self.spread

    @property
    def change_at(self) -> int:
        """The first changed week."""
        return self.learning + QUIET_WEEKS

    def make(
        self, rng: np.random.Generator, series: int, periods: int, change: Change | None = None
    ) -> Weekly:
        """Series of this family."""
        if self.batches is not None:
            _, effective = batched_rates(
                rng, series, periods, self.ordinary, change, batches=self.batches, learning=self.learning
            )
            return effective
        if self.spread is None:
            return rates(rng, series, periods, self.ordinary, change)
        return measures(rng, series, periods, self.ordinary, change, spread=self.spread, tail=self.tail)

    def scan(self, made: Weekly) -> Readings:
        """The detector's readings at the lowest bar, from which the alarms at any other follow."""
        return scan_batch(
            made.values,
            made.n,
            made.terms,
            learning=self.learning,
            arl=LOWEST,
            harmful=self.harmful,
            drift=self.drift,
        )


def step(size: float, at: int = BASELINE + QUIET_WEEKS) -> Change:
    """A lasting change from one week to the next."""
    return Change(at=at, size=size)


def ramp(size: float, over: int) -> Change:
    """A change that takes `over` weeks."""
    return Change(at=BASELINE + QUIET_WEEKS, size=size, shape="ramp", over=over)


def _falls(ratios: Ratios | None, *points: int, at: int = BASELINE + QUIET_WEEKS) -> dict[str, Asked]:
    return {
        f"-{one} points": Asked(change=step(-one / 100, at), ratios=ratios if one in (8, 12) else None)
        for one in points
    }


WIN_20 = Family(name="win n=20", ordinary=Ordinary(deals=20), asked=_falls(targets.SMALL, 8, 12))
WIN_60 = Family(
    name="win n=60",
    ordinary=Ordinary(deals=60),
    asked=_falls(targets.SMALL, 3, 5, 8, 12)
    | {
        "-8 points, ramp 8 weeks": Asked(change=ramp(-0.08, 8), ratios=targets.RAMP_8),
        "-8 points, ramp 16 weeks": Asked(change=ramp(-0.08, 16), ratios=targets.RAMP_16),
    },
)
WIN_200 = Family(name="win n=200", ordinary=Ordinary(deals=200), asked=_falls(targets.LARGE, 5, 8, 12))
WIN_SHORT = Family(
    name="win n=60, baseline 26",
    ordinary=Ordinary(deals=60),
    asked=_falls(targets.LARGE, 8, 12, at=26 + QUIET_WEEKS),
    learning=26,
)
MIX = Family(
    name="fit mix n=60",
    ordinary=Ordinary(deals=60, rate=0.6),
    asked={
        "60 to 45 %": Asked(change=step(-0.15), ratios=targets.MIX_STEP),
        "60 to 45 %, ramp 12 weeks": Asked(change=ramp(-0.15, 12), ratios=targets.MIX_DRIFT),
    },
)
DISCOUNT = Family(
    name="discount n=60",
    ordinary=Ordinary(
        deals=60, rate=0.1, quarter_end_rate=0.01, month_end_rate=0.005, turnover=0.002, outlier=0.04
    ),
    asked={
        "+2 points": Asked(change=step(0.02), ratios=targets.DISCOUNT),
        "+4 points": Asked(change=step(0.04)),
    },
    harmful="up",
    drift=0.001,
    spread=0.08,
)
PRICE = Family(
    name="log price n=60",
    ordinary=Ordinary(
        deals=60, rate=0.0, quarter_end_rate=-0.01, month_end_rate=-0.005, turnover=0.003, outlier=0.06
    ),
    asked={"-3 log points": Asked(change=step(-0.03), ratios=targets.PRICE)},
    drift=0.001,
    spread=0.12,
    tail=3.0,
)
BATCHED = Family(
    name="win, batches, month ends",
    ordinary=Ordinary(deals=60, month_end_deals=2.0, month_end_rate=-0.12),
    asked=_falls(None, 8, 12),
    batches=Batches(),
)

FAMILIES = (WIN_20, WIN_60, WIN_200, WIN_SHORT, MIX, DISCOUNT, PRICE, BATCHED)


def _odd(name: str, **changed: float) -> Family:
    return replace(WIN_60, name=f"win n=60, {name}", ordinary=replace(WIN_60.ordinary, **changed), asked={})


STRETCH = (
    _odd("phi 0", phi=0.0),
    _odd("phi 0.1", phi=0.1),
    _odd("phi 0.3", phi=0.3),
    _odd("phi 0.4", phi=0.4),
    _odd("rho 0.005", rho=0.005),
    _odd("rho 0.06", rho=0.06),
    _odd("season of 2 points unknown", season=0.02),
    _odd("trend of 0.5 points a year", trend=0.005),
    _odd("trend of 1 point a year", trend=0.01),
    _odd("1 week in 10 missing", missing=0.1),
    _odd("irregular volume", irregular=0.5),
)
"""Series whose nature the detector's defaults do not know; nulls only."""
