"""Whether the 90 % intervals of start and effect hold what they should, and how far off the date is."""

from __future__ import annotations

import math

import numpy as np

from benchmarks.detection import targets
from benchmarks.detection.tables import Row, Table
from detectors import Readings, evaluate
from detectors.simulate import Change
from detectors.types import FloatArray

FOLLOWED = 8  # weeks after the alarm at which dates and sizes are judged

HEAD = (
    "series",
    "change",
    "median date error, weeks",
    "holds the first changed week",
    "target",
    "start",
    "holds a ramp's middle",
    "holds the effect",
    "target",
    "effect",
    "effect told / true, median",
)


def row(family: str, label: str, found: Readings, strength: FloatArray, change: Change) -> Row:
    """The intervals FOLLOWED weeks after each series' alarm at the guaranteed bar."""
    first = evaluate.first_alarm(strength >= math.log(targets.BAR))
    rows = np.flatnonzero(first >= change.at)
    week = np.minimum(first[rows] + FOLLOWED, strength.shape[1] - 1).astype(int)
    place = (rows, week)
    low, high = found.start_low[place], found.start_high[place]
    start = evaluate.coverage(low, high, float(change.at))
    ramp = change.shape == "ramp"
    middle = evaluate.coverage(low, high, change.at + (change.over - 1) // 2) if ramp else None
    full = change.path(strength.shape[1])[week]
    effect = evaluate.coverage(found.effect_low[place], found.effect_high[place], full)
    aim = targets.START_OF_RAMP if ramp else targets.START_OF_STEP
    return (
        family,
        label,
        f"{evaluate.dating_error(found.start[place], change.at):.0f}",
        f"{start:.2f}",
        aim.text,
        aim.verdict(round(start, 2)),
        "-" if middle is None else f"{middle:.2f}",
        f"{effect:.2f}",
        targets.EFFECT.text,
        targets.EFFECT.verdict(round(effect, 2)),
        f"{float(np.median(found.effect[place] / full)):.2f}",
    )


def table(found: list[Row]) -> Table:
    """The table."""
    return Table(
        title=f"90 % intervals, {FOLLOWED} weeks after the alarm at the guaranteed bar", head=HEAD, rows=found
    )
