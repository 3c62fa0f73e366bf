"""One method on the same series as all others: its false alarms as shipped, its delays at matched ones, its time."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np

from benchmarks.peers.given import CHANGE_AT, HORIZON, LEARNING, POINTS, Given, falls, nulls
from benchmarks.peers.methods import METHODS, OWN
from detectors import evaluate
from detectors.calibrate import fit_level
from detectors.types import FloatArray

WANTED = 4160.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How many nulls, and how many series a change."""

    nulls: int = 300
    runs: int = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was found of one method.

    shipped   run length as shipped; None where it ships no level
    moved     run length at 20 deals a week of the level matched at 60; None where nothing could be matched, or on
              too few series
    delays    weeks to the alarm at the matched level, by points: (S,), HORIZON where later or never, nan where
              alarmed before the change
    series    nulls, and series a change
    """

    name: str
    version: str
    setting: str
    shipped: evaluate.RunLength | None
    moved: evaluate.RunLength | None
    delays: dict[int, FloatArray] | None
    series: tuple[int, int]
    microseconds: float

    def against(self, other: Measured, points: int) -> tuple[float, float] | None:
        """How many weeks later than `other` on the same series, on average, and its standard error."""
        if self.delays is None or other.delays is None:
            return None
        few = min(len(self.delays[points]), len(other.delays[points]))
        later = self.delays[points][:few] - other.delays[points][:few]
        later = later[np.isfinite(later)]
        return float(later.mean()), float(later.std(ddof=1) / np.sqrt(len(later)))


def measure(sizes: Sizes, workers: int) -> list[Measured]:
    """Every method, in the order of the registry, slow ones on fewer series."""
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(measured, METHODS, [sizes] * len(METHODS)))


def measured(name: str, sizes: Sizes) -> Measured:
    """One method."""
    method = METHODS[name]
    quiet, runs = min(sizes.nulls, method.series[0]), min(sizes.runs, method.series[1])
    begun = time.process_time()
    null = nulls(sizes.nulls).first(quiet)
    strength = method.strength(null)
    seconds = time.process_time() - begun
    shipped = (
        evaluate.run_length(strength >= method.shipped, LEARNING) if np.isfinite(method.shipped) else None
    )
    level = _matched(strength)
    moved, delays = None, None
    if level is not None:
        if quiet == sizes.nulls:  # not worth its time on the few series of a slow method
            other = nulls(sizes.nulls, deals=20)
            moved = evaluate.run_length(method.strength(other) >= level, LEARNING)
        delays = {points: _delays(name, falls(sizes.runs, points).first(runs), level) for points in POINTS}
    return Measured(
        name=name,
        version=method.version,
        setting=method.setting,
        shipped=shipped,
        moved=moved,
        delays=delays,
        series=(quiet, runs),
        microseconds=1e6 * seconds / null.rates[:, LEARNING:].size,
    )


def _matched(strength: FloatArray) -> float | None:
    """The level that alarms once in WANTED weeks; None where no level does."""
    try:
        return fit_level(strength, wanted=WANTED, start=LEARNING).level
    except ValueError:
        return None


def _delays(name: str, given: Given, level: float) -> FloatArray:
    alarm = METHODS[name].strength(given) >= level
    first = evaluate.first_alarm(alarm)
    late = np.where(np.isnan(first), HORIZON, np.minimum(first - CHANGE_AT + 1.0, HORIZON))
    delays: FloatArray = np.where(first < CHANGE_AT, np.nan, late)
    return delays


def wins(found: list[Measured]) -> dict[int, list[str]]:
    """Methods that are sooner than this detector by more than two standard errors, by points."""
    (own,) = (one for one in found if one.name == OWN)
    sooner: dict[int, list[str]] = {points: [] for points in POINTS}
    for one in found:
        for points in POINTS:
            later = one.against(own, points)
            if later is not None and one is not own and later[0] < -2.0 * later[1]:
                sooner[points].append(one.name)
    return sooner
