"""What thinning a crowd of old starts costs: the same long series with it and without.

Run lengths from 600 weeks on, and the delay of falls that come after 900 weeks (of 3 points: after 700, so that
the start itself is thinned while it is looked for), of series that alarmed in neither form before.
"""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import numpy as np

from benchmarks.detection.tables import Row
from benchmarks.lifetimes.watched import (
    BAR,
    LOOSE,
    delay_cell,
    first_at,
    generator,
    length_cell,
    run_length,
    strength,
)
from detectors.simulate import Change, Ordinary, Weekly, rates
from detectors.types import FloatArray

LONG = 1152
FALLS = {-3: 700, -5: 900, -8: 900}


def rows(series: int) -> Iterator[Row]:
    """Both forms."""
    null = rates(generator(1, 0), series, LONG, Ordinary())
    for bar in (BAR, LOOSE):
        for name, strong in zip(("every start", "thinned"), _both(null), strict=True):
            first = first_at(strong, bar)
            fair = first[~(first < 600)]
            yield ("thinning", name, f"nothing, bar {bar:,.0f}", length_cell(run_length(fair, 600, LONG)))
    for points, at in FALLS.items():
        made = rates(generator(1, -points), series, at + 260, Ordinary(), Change(at=at, size=points / 100))
        found = [first_at(strong, BAR) for strong in _both(made)]
        unalarmed = ~((found[0] < at) | (found[1] < at))
        for name, first in zip(("every start", "thinned"), found, strict=True):
            yield (
                "thinning",
                name,
                f"{points} points after {at} weeks",
                f"{delay_cell(first[unalarmed], at)} weeks",
            )


def _both(made: Weekly) -> tuple[FloatArray, FloatArray]:
    with patch("detectors.candidates.CROWD", np.inf):
        whole = strength(made)
    return whole, strength(made)
