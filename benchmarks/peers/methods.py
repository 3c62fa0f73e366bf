"""The methods that are compared: one entry each, with its package, its shipped setting and how it is used.

A method turns series into a strength (S, T) that is held against a level; it alarms where the level is reached. What
has a threshold of another kind (a penalty, a p-value) is put so that more is stronger.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

from benchmarks.peers import charts, rerun, streaming
from benchmarks.peers.given import Given
from detectors import scan_batch
from detectors.calibrate import LOWEST, strengths
from detectors.types import Direction, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method.

    package   the distribution it comes from, "" for a few lines of our own
    shipped   the level of its default or documented setting, with `setting` in words; nan: it has none
    series    how many nulls and how many series a change, at most; slow methods get fewer
    """

    strength: Callable[[Given], FloatArray]
    package: str
    setting: str
    shipped: float
    series: tuple[int, int] = (100_000, 100_000)

    @property
    def version(self) -> str:
        """Name and version of the package."""
        return f"{self.package} {version(self.package)}" if self.package else "own lines"


def _own(harmful: Direction | None) -> Callable[[Given], FloatArray]:
    def strength(given: Given) -> FloatArray:
        made = given.made
        return strengths(scan_batch(made.values, made.n, made.terms, arl=LOWEST, harmful=harmful))

    return strength


OWN = "this detector, 80 % on falls"

METHODS: dict[str, Method] = {
    OWN: Method(
        strength=_own("down"), package="leftturn", setting="h = 4,160", shipped=float(np.log(4160.0))
    ),
    "this detector, two-sided": Method(
        strength=_own(None), package="leftturn", setting="h = 4,160", shipped=float(np.log(4160.0))
    ),
    "Page-Hinkley, as shipped": Method(
        strength=streaming.page_hinkley(0.005, "both"),
        package="river",
        setting="delta 0.005, threshold 50",
        shipped=50.0,
    ),
    "Page-Hinkley, one-sided, tuned on the truth": Method(
        strength=streaming.tuned_page_hinkley, package="river", setting="none", shipped=np.nan
    ),
    "FOCuS, two-sided GLR": Method(
        strength=streaming.focus("both"),
        package="changepoint-online",
        setting="threshold 13, of its examples",
        shipped=13.0,
    ),
    "FOCuS, falls only": Method(
        strength=streaming.focus("left"),
        package="changepoint-online",
        setting="threshold 13, of its examples",
        shipped=13.0,
    ),
    "BOCPD, normal-gamma": Method(
        strength=streaming.bocpd,
        package="changepoint",
        setting="a change more likely than not",
        shipped=0.0,
    ),
    "OLS-CUSUM, rerun each week": Method(
        strength=rerun.ols_cusum, package="statsmodels", setting="5 % critical value", shipped=1.36
    ),
    "PELT, rerun each week": Method(
        strength=rerun.pelt, package="ruptures", setting="penalty 2 ln T", shipped=2.0
    ),
    "Otava, rerun each week": Method(
        strength=rerun.otava, package="apache-otava", setting="p < 0.001", shipped=3.0, series=(50, 15)
    ),
    "ADWIN, weekly rates": Method(
        strength=streaming.adwin_weekly,
        package="river",
        setting="delta 0.002",
        shipped=float(-np.log10(0.002)),
    ),
    "ADWIN, deal by deal": Method(
        strength=streaming.adwin_deals,
        package="river",
        setting="delta 0.002",
        shipped=float(-np.log10(0.002)),
        series=(50, 15),
    ),
    "Laney p' chart, Western Electric rules": Method(
        strength=charts.laney, package="", setting="rules 1 to 4", shipped=1.0
    ),
}
