"""New baselines: after a change that was confirmed, and after an alarm that was dismissed.

*Confirmed*: eight weeks after the alarm the series is read from the upper end of the dating interval, and may
have changed again 13 weeks on, as the product does it. *Dismissed*: what is learned stays, and only starts from
the next week on count. Every alarm of a series without a change is dismissed, so that a series has several;
budget b h of them is H weeks over h.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.detection.tables import Row
from benchmarks.lifetimes.watched import (
    BAR,
    LEARNING,
    LOOSE,
    RELEARNING,
    first_at,
    generator,
    length_cell,
    run_length,
    scanned,
    strength,
)
from detectors import evaluate
from detectors.calibrate import strengths
from detectors.simulate import Change, Ordinary, Weekly, rates
from detectors.types import IntArray

AT, FOLLOWED, AFTER = 104, 8, 260
HALF_A_YEAR = 26


def rows(series: int) -> Iterator[Row]:
    """Both."""
    yield from _dismissed(series)
    yield from _dismissed_wrongly(series)
    yield from _confirmed(series)


def _dismissed(series: int) -> Iterator[Row]:
    periods = LEARNING + 520
    made = rates(generator(3, 0), series, periods, Ordinary())
    strong = strength(made)
    for bar in (BAR, LOOSE):
        first = first_at(strong, bar)
        yield (
            "dismissed",
            "before",
            f"nothing, bar {bar:,.0f}",
            length_cell(run_length(first, LEARNING, periods)),
        )
        alarms, exposure = 0, 0
        left = made
        while True:
            hit = np.flatnonzero(first < periods - 1)
            left, begun = of(left, hit), first[hit].astype(np.int64) + 1
            if not len(hit):
                break
            first = first_at(strength(left, first=begun), bar, begun)
            found = run_length(first, begun, periods)
            alarms, exposure = alarms + found.alarms, exposure + found.exposure
        found = evaluate.run_length_of(alarms, exposure)
        yield ("dismissed", "after", f"nothing, bar {bar:,.0f}", length_cell(found))


def _dismissed_wrongly(series: int) -> Iterator[Row]:
    for points in (-8, -12):
        change = Change(at=AT, size=points / 100)
        made = rates(generator(3, -points), series // 2, AT + AFTER, Ordinary(), change)
        first = first_at(strength(made), BAR)
        true = np.flatnonzero((first >= AT) & (first < AT + AFTER - HALF_A_YEAR))
        begun = first[true].astype(np.int64) + 1
        again = first_at(strength(of(made, true), first=begun), BAR, begun)
        soon = float((again - begun < HALF_A_YEAR).mean())
        yield (
            "dismissed",
            "wrongly",
            f"{points} points that are there",
            f"{soon:.0%} alarm again in half a year",
        )


def _confirmed(series: int) -> Iterator[Row]:
    for points in (-8, -12):
        change = Change(at=AT, size=points / 100)
        rng = generator(4, -points)
        made = rates(rng, series, AT + 156 + AFTER, Ordinary(), change)
        since = settled(made)
        known = np.flatnonzero(since >= 0)
        old = np.maximum(AT - since[known], 0)
        held = f"{(old > 0).mean():.0%} hold weeks of the old level, {old.mean():.2f} in the mean"
        yield ("confirmed", "new baseline", f"{points} points", held)
        made, since = of(made, known), since[known]
        begun, end = since + RELEARNING, made.n.shape[1]
        strong = strength(made, since, begun)
        for bar in (BAR, LOOSE):
            found = run_length(first_at(strong, bar, begun), begun, end)
            yield ("confirmed", "afterwards", f"nothing more, bar {bar:,.0f}", length_cell(found))


def settled(made: Weekly, last: int = 140) -> IntArray:
    """From which week each series is read once its change is settled, (S,); -1 where it was not alarmed by then.

    `last` is how many weeks after its beginning the alarm may come.
    """
    readings = scanned(made, 0, LEARNING)
    first = first_at(strengths(readings), BAR)
    since = np.full(len(first), -1)
    found = np.flatnonzero((first >= AT) & (first < AT + last))
    then = first[found].astype(np.int64) + FOLLOWED
    since[found] = readings.start_high[found, then].astype(np.int64)
    return since


def of(made: Weekly, rows: IntArray) -> Weekly:
    """Some of the series."""
    return Weekly(values=made.values[rows], n=made.n[rows], terms=made.terms)
