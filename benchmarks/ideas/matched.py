"""Forms of the detector side by side on the same series: run lengths at their own bars, delays at matched ones.

The matched bar alarms once in 4,160 weeks (or 260) on the series without a change, from the end of the baseline
on. A form is anything that makes a strength of a series, to be held against a level.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.detection.delays import HORIZON, fitted
from benchmarks.detection.families import QUIET_WEEKS
from benchmarks.detection.targets import BAR, LOOSE
from detectors import evaluate
from detectors.simulate import Change, Ordinary, Weekly, rates
from detectors.types import BoolArray, FloatArray

SEED = 20260701  # one of tuning: what is kept of an idea is measured elsewhere
HEAD = (
    "series",
    "form",
    "run length at 4,160",
    "at 260",
    "change",
    "weeks, 4,160",
    "weeks, matched",
    "ratio",
)

Row = tuple[str, ...]
Make = Callable[[np.random.Generator, int, int, Change | None], Weekly]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How many series without a change and how many changed ones; how long the former are watched, in weeks."""

    nulls: int = 400
    runs: int = 200
    weeks: int = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A way to watch; `strength` (series, periods) >= ln h is an alarm at the bar h. `a_week`: its periods a week."""

    name: str
    strength: Callable[[Weekly], FloatArray]
    a_week: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A kind of series and the changes it is asked about, in points; `make` gives periods of the finest form."""

    name: str
    make: Make
    points: Sequence[int] = (-8, -12)
    learning: int = 52
    a_week: int = 1


def win(deals: float, **ordinary: float) -> Make:
    """Win rates of `deals` a week."""
    return lambda rng, series, periods, change: rates(
        rng, series, periods, Ordinary(deals=deals, **ordinary), change
    )


def compared(case: Case, forms: Sequence[Form], sizes: Sizes, place: int) -> list[Row]:
    """Rows of every form and change; the first form is the one that ratios are to. `place` picks the seeds."""
    fine = case.a_week
    start = case.learning + QUIET_WEEKS
    null = case.make(
        np.random.default_rng([SEED, place, 0]), sizes.nulls, fine * (case.learning + sizes.weeks), None
    )
    changed = {
        points: case.make(
            np.random.default_rng([SEED, place, 1, points + 100]),
            sizes.runs,
            fine * (start + HORIZON),
            Change(at=fine * start, size=points / 100),
        )
        for points in case.points
    }
    rows: list[Row] = []
    first: dict[int, FloatArray] = {}
    for form in forms:
        by_week = weekly(form.strength(null), form.a_week)
        matched = fitted(by_week, case.learning, BAR)
        own = [evaluate.run_length(by_week >= math.log(bar), case.learning) for bar in (BAR, LOOSE)]
        for points, made in changed.items():
            strength = form.strength(made)
            shipped = found(strength >= math.log(BAR), start, form.a_week)
            level = np.inf if matched is None else matched.level
            sooner = found(strength >= level, start, form.a_week)
            base = first.setdefault(points, sooner)
            rows.append(
                (
                    case.name,
                    form.name,
                    *(f"{one.arl:,.0f} ({one.low:,.0f})" for one in own),
                    f"{points:+d} points",
                    f"{np.nanmean(shipped):.1f}",
                    f"{np.nanmean(sooner):.1f}",
                    ratio(sooner, base),
                )
            )
    return rows


def weekly(strength: FloatArray, a_week: int) -> FloatArray:
    """The largest strength of each week's periods, (series, weeks)."""
    weeks = strength.shape[1] // a_week
    largest: FloatArray = strength[:, : weeks * a_week].reshape(len(strength), weeks, a_week).max(axis=2)
    return largest


def found(alarm: BoolArray, week: int, a_week: int) -> FloatArray:
    """Weeks of changed data up to the alarm, HORIZON at most; nan for a series alarmed before its change."""
    at = week * a_week
    delay = np.nan_to_num(evaluate.delays(alarm, at) / a_week, nan=HORIZON)
    return np.where(alarm[:, :at].any(axis=1), np.nan, np.minimum(delay, HORIZON))


def ratio(own: FloatArray, base: FloatArray) -> str:
    """The ratio of mean delays on the series that neither alarmed early, and its standard error, of pairs."""
    if own is base:
        return "1"
    both = np.isfinite(own) & np.isfinite(base)
    if not both.any():
        return "-"
    a, b = own[both], base[both]
    centre = a.mean() / b.mean()
    error = float(np.std(a - centre * b) / b.mean() / math.sqrt(len(a)))
    return f"{centre:.3f} +- {error:.3f}"
