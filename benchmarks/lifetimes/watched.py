"""Series with settings of their own each, and how their alarms are counted."""

from __future__ import annotations

import math

import numpy as np

from detectors import Readings, evaluate, scan_batch
from detectors.calibrate import LOWEST, strengths
from detectors.simulate import Weekly
from detectors.types import FloatArray, IntArray

SEED = 20260702
BAR, LOOSE = 4160.0, 260.0
HORIZON = 156
LEARNING = 52
RELEARNING = 13


def generator(*place: int) -> np.random.Generator:
    """The generator of one cell; a seed of tuning, for what is found here may change the product."""
    return np.random.default_rng([SEED, *place])


def scanned(made: Weekly, since: IntArray | int, first: IntArray | int) -> Readings:
    """Readings of series that are read from `since` and may have changed from `first` on, (S,) or one for all."""
    blank = np.arange(made.n.shape[1]) < np.broadcast_to(since, len(made.n))[:, None]
    n = np.where(blank | ~np.isfinite(made.values), 0.0, made.n)
    return scan_batch(
        np.nan_to_num(made.values),
        n,
        made.terms,
        learning=first,
        first_candidate=first,
        arl=LOWEST,
        harmful="down",
    )


def strength(made: Weekly, since: IntArray | int = 0, first: IntArray | int = LEARNING) -> FloatArray:
    """Ln R where nothing but the bar keeps an alarm back, (S, T)."""
    return strengths(scanned(made, since, first))


def first_at(strong: FloatArray, bar: float, after: IntArray | int = 0) -> FloatArray:
    """The first week from `after` on that alarms at `bar`, (S,); nan for none."""
    late = np.arange(strong.shape[1]) >= np.broadcast_to(after, len(strong))[:, None]
    return evaluate.first_alarm(late & (strong >= math.log(bar)))


def run_length(first: FloatArray, start: IntArray | FloatArray | int, end: int) -> evaluate.RunLength:
    """Weeks watched per alarm, each series from its own `start` to its first alarm or `end`."""
    last = np.where(np.isnan(first), end - 1.0, first)
    return evaluate.run_length_of(int(np.isfinite(first).sum()), int((last - start + 1.0).sum()))


def length_cell(found: evaluate.RunLength) -> str:
    """Point, lower 95 % limit, alarms."""
    point = f"{found.arl:,.0f}" if found.alarms else "-"
    return f"{point} (at least {found.low:,.0f}; {found.alarms} alarms)"


def delay_cell(first: FloatArray, at: IntArray | int) -> str:
    """Median and mean weeks to the alarm, of those not alarmed before; HORIZON where none came."""
    delay = np.where(np.isnan(first), HORIZON, np.minimum(first - at + 1.0, HORIZON))
    return f"{np.median(delay):.0f} / {delay.mean():.1f}"
