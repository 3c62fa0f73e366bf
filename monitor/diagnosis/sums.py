"""The two periods that a change is measured between, and the weekly sums of deals in each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.diagnosis.split import WeeklySums
from monitor.observations import IntArray
from monitor.types import FloatArray

LEAST_BEFORE, LEAST_AFTER = 4, 2
"""Weeks: fewer say nothing about the scatter from week to week, and would look certain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Week indices of a panel: `before` the change and `after` it."""

    before: IntArray
    after: IntArray

    @property
    def tells(self) -> bool:
        """Whether both are long enough to be compared."""
        return len(self.before) >= LEAST_BEFORE and len(self.after) >= LEAST_AFTER


def weekly_sums(
    week: IntArray, value: FloatArray, weights: FloatArray, groups: IntArray, count: int, weeks: IntArray
) -> WeeklySums:
    """Weighted sums by week and group for the given week indices; deals of no group (-1) are left out."""
    position = np.full(int(max(week.max(initial=0), weeks.max(initial=0))) + 1, -1, dtype=np.int64)
    position[weeks] = np.arange(len(weeks))
    row = position[week]
    keep = (row >= 0) & (groups >= 0)
    cell, size = row[keep] * count + groups[keep], len(weeks) * count
    hits = np.bincount(cell, weights[keep] * value[keep], minlength=size).astype(np.float64)
    deals = np.bincount(cell, weights[keep], minlength=size).astype(np.float64)
    return WeeklySums(hits=hits.reshape(len(weeks), count), deals=deals.reshape(len(weeks), count))
