"""What is to be reached, each target with its stretch; a missed one is printed as missed."""

from __future__ import annotations

import math
from dataclasses import dataclass

BAR, LOOSE = 4160.0, 260.0
"""One false alarm in two years over forty series, and one in five years over one of them."""

KEPT = 1.0
"""The realised run length over the bar that is promised."""
SURELY = 3500.0 / 4160.0
"""The same for the lower limit of what was measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """At most `most`, at least `least`; `stretch` is a sharper `most`."""

    most: float = math.inf
    least: float = -math.inf
    stretch: float = math.nan
    percent: bool = False

    @property
    def text(self) -> str:
        """As the tables have it."""
        parts = []
        if math.isfinite(self.least) and math.isfinite(self.most):
            parts.append(f"{self._shown(self.least)} to {self._shown(self.most)}")
        elif math.isfinite(self.least):
            parts.append(f"at least {self._shown(self.least)}")
        elif math.isfinite(self.most):
            parts.append(self._shown(self.most))
        if math.isfinite(self.stretch):
            parts.append(f"(stretch {self._shown(self.stretch)})")
        return " ".join(parts)

    def verdict(self, value: float) -> str:
        """`met`, `met, stretch too`, or `MISSED`."""
        if not self.least <= value <= self.most:
            return "MISSED"
        return "met, stretch too" if value <= self.stretch else "met"

    def _shown(self, value: float) -> str:
        return f"{value:.0%}" if self.percent else f"{value:.2f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratios:
    """Targets of the mean delay over the oracle's: at a bar matched to the oracle's run length, and as shipped."""

    matched: Target
    guaranteed: Target


SMALL = Ratios(matched=Target(most=1.40, stretch=1.28), guaranteed=Target(most=1.60, stretch=1.45))
LARGE = Ratios(matched=Target(most=1.50, stretch=1.40), guaranteed=Target(most=1.80, stretch=1.45))
_OTHERS = Target(most=1.40)
RAMP_8 = Ratios(matched=Target(most=1.30, stretch=1.20), guaranteed=_OTHERS)
RAMP_16 = RAMP_8
MIX_STEP = Ratios(matched=Target(most=1.20, stretch=1.10), guaranteed=_OTHERS)
MIX_DRIFT = MIX_STEP
DISCOUNT = Ratios(matched=Target(most=1.14, stretch=1.10), guaranteed=_OTHERS)
PRICE = Ratios(matched=Target(most=1.16, stretch=1.10), guaranteed=_OTHERS)

START_OF_STEP = Target(least=0.88, most=0.96)
START_OF_RAMP = Target(least=0.85)
EFFECT = Target(least=0.87)

SIMPSON = Target(most=0.01, percent=True)
SHOCK_12 = Target(most=0.02, percent=True)
SHOCK_20 = Target(most=0.05, percent=True)
REGION = Target(least=0.97, percent=True)

STATE = 5120.0
"""Bytes of state a series may take at 1,000 weeks."""
