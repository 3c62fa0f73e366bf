"""Deals that go on under another label: a region whose name ended on the day on which new names began is not gone.

Of the labels of one dimension, some end between the two periods and others begin. What the new ones hold the old ones
lost, as far as it goes: that part of the fall of an old label (or of the rise of a new one) is a change of records.
"""

from __future__ import annotations

from math import hypot

import numpy as np

from monitor.diagnosis.split import Estimate, difference
from monitor.diagnosis.sums import Window
from monitor.panel import Panel
from monitor.types import FloatArray, SeriesKey

REMNANT = 0.05
"""A label that holds no more than so much of what it held has ended; some deals always keep the old one."""


def relabelled(key: SeriesKey, panel: Panel, window: Window) -> Estimate | None:
    """The part of the move of a place's count a week that changed labels make; None where its own did not change.

    It is the move times what began over what ended (at most all of it), of labels of the same dimension; blank is a
    label too.
    """
    if not window.tells or not key.contrast:
        return None
    dimension, value = key.segment[0]
    names = panel.observed.names[dimension]
    if value not in names:
        return None
    before, after = _counts(panel, dimension, len(names), window)
    held, holds = before.mean(axis=0), after.mean(axis=0)
    ended, began = holds <= REMNANT * held, held <= REMNANT * holds
    own = names.index(value)
    mine, others = (ended, began) if ended[own] else (began, ended)
    if not mine[own] or not (others & (held != holds)).any():
        return None
    left, taken = (
        difference(before[:, one].sum(axis=1), after[:, one].sum(axis=1)) for one in (mine, others)
    )
    share = abs(taken.value / left.value)
    unsure = hypot(taken.error / taken.value, left.error / left.value)
    part = float(holds[own] - held[own]) * min(share, 1.0)
    return Estimate(value=part, error=abs(part) * unsure, freedom=min(taken.freedom, left.freedom))


def _counts(panel: Panel, dimension: str, blank: int, window: Window) -> tuple[FloatArray, FloatArray]:
    """Deals by week and label in each period, (weeks, labels); those without a label under `blank`, the last."""
    codes, weeks = panel.observed.segments[dimension], len(panel.weeks)
    label = np.where(codes < 0, blank, codes)
    counts = np.zeros((weeks, blank + 1))
    np.add.at(counts, (panel.observed.week, label), 1.0)
    return counts[window.before], counts[window.after]
