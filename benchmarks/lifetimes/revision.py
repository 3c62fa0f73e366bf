"""Late closings that restate the last weeks, replayed: the promise is to be that of the revised record.

Of a week's deals 70 % are known when it closes and the rest one to four weeks later, and those known late are
won less often: as first told every week looks too good. The record of each week is judged as it stood in that
week, the whole past replayed; only the week at hand may alarm. Beside it the same series judged on the final
record, and on each week as it was first told and never restated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass

import numpy as np

from benchmarks.detection.tables import Row
from benchmarks.lifetimes.watched import (
    BAR,
    LEARNING,
    LOOSE,
    delay_cell,
    first_at,
    generator,
    length_cell,
    run_length,
)
from detectors import Scan
from detectors.calibrate import LOWEST
from detectors.simulate import Change, Ordinary, calendar_terms, chances, usual_deals
from detectors.types import FloatArray

KNOWN = (0.70, 0.12, 0.09, 0.06, 0.03)
"""Shares of a week's deals that become known 0, 1, ... weeks after it closed."""
BLOCK = 64
WEEKS = LEARNING + 312
LESS = {"late deals like the others": 0.0, "late deals won 10 points less": 0.10}


@dataclass(frozen=True, slots=True)
class Told:
    """Deals and deals won by week and by how late they became known, (S, T, 5), and calendar terms (T, 3)."""

    n: FloatArray
    won: FloatArray
    terms: FloatArray

    def record(self, week: int, seen: int) -> tuple[FloatArray, FloatArray]:
        """Values and n (S,) of `week` as the record stood in week `seen`."""
        known = slice(0, seen - week + 1)
        n, won = self.n[:, week, known].sum(axis=1), self.won[:, week, known].sum(axis=1)
        return np.divide(won, n, out=np.zeros_like(n), where=n > 0), n


def told(rng: np.random.Generator, series: int, less: float, change: Change | None = None) -> Told:
    """Rates of 60 deals a week; the mean rate is the usual one, however late deals differ."""
    ordinary, terms = Ordinary(), calendar_terms(WEEKS)
    chance = chances(rng, series, WEEKS, ordinary, change)
    n = rng.poisson(usual_deals(rng, series, ordinary, terms)[:, :, None] * np.array(KNOWN))
    late = np.arange(len(KNOWN)) > 0
    apart = less * (np.where(late, 0.0, 1.0) - KNOWN[0])
    won = rng.binomial(n, np.clip(chance[:, :, None] + apart, 0.0, 1.0))
    return Told(n.astype(np.float64), won.astype(np.float64), terms)


def replayed(made: Told) -> FloatArray:
    """Strength of each week on the record of that week, (S, T)."""
    return np.concatenate(
        [
            _replayed(Told(made.n[rows], made.won[rows], made.terms))
            for rows in (slice(first, first + BLOCK) for first in range(0, len(made.n), BLOCK))
        ]
    )


def _replayed(made: Told) -> FloatArray:
    """A scan of the weeks that no longer change is carried; a copy of it reads those that do."""
    settled, depth = _scan(len(made.n)), len(KNOWN) - 1
    strong = np.full(made.n.shape[:2], -np.inf)
    for now in range(WEEKS):
        if now >= depth:
            _advance(settled, made, now - depth, WEEKS)
        if now >= LEARNING + depth:
            copy = deepcopy(settled)
            for week in range(now - depth + 1, now + 1):
                strong[:, now] = _advance(copy, made, week, now)
    return strong


def _scan(series: int) -> Scan:
    return Scan(learning=np.full(series, LEARNING), arl=LOWEST, harmful=["down"] * series)


def _advance(scan: Scan, made: Told, week: int, seen: int) -> FloatArray:
    values, n = made.record(week, seen)
    read = scan.advance(values, n, made.terms[week])
    return np.where(read.alarm, read.evidence, -np.inf)[:, 0]


def once(made: Told, late: int) -> FloatArray:
    """Strength of each week on records that stand as they were `late` weeks after it, (S, T)."""
    scan = _scan(len(made.n))
    return np.stack([_advance(scan, made, week, week + late) for week in range(WEEKS)], axis=1)


def rows(series: int) -> Iterator[Row]:
    """False alarms, and the delay of a fall of 8 points."""
    start = LEARNING + len(KNOWN) - 1
    for place, (name, less) in enumerate(LESS.items()):
        made = told(generator(2, place), series, less)
        change = Change(at=LEARNING + 26, size=-0.08)
        fell = told(generator(2, place, 1), series // 2, less, change)
        forms: dict[str, Callable[[Told], FloatArray]] = {
            "revised, replayed": replayed,
            "final": lambda one: once(one, len(KNOWN)),
            "as first told": lambda one: once(one, 0),
        }
        for form, strength in forms.items():
            strong = strength(made)
            for bar in (BAR, LOOSE):
                found = run_length(first_at(strong, bar, start), start, WEEKS)
                yield ("revision", form, f"nothing, {name}, bar {bar:,.0f}", length_cell(found))
            first = first_at(strength(fell), BAR)
            yield (
                "revision",
                form,
                f"-8 points, {name}",
                f"{delay_cell(first[~(first < change.at)], change.at)} weeks",
            )
