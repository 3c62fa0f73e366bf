"""Sellers as a rival explanation: who sold in both periods, and who came or went.

New sellers win less for a while, and those who leave may have won more; neither is the market. The stayers are the
owners with deals in both periods who were not new when the change began. Their own move, on like deals, is what
a change of the market would be seen in (the rep-free view); what all sellers moved beyond it is people's.
"""

from __future__ import annotations

import numpy as np

from monitor.diagnosis.sums import Window
from monitor.observations import BoolArray, IntArray, Observations

TENURE = 26
"""Weeks after which a seller is not new any more."""
THERE_FROM_THE_START = 8
"""A seller first seen in the first weeks of the data may have been there for long."""
LEAST_DEALS = 3
"""Deals in each period, so that a stray handover makes nobody a stayer."""


def staying(observed: Observations, window: Window) -> BoolArray:
    """Whether each deal's owner sold in both periods and was not new in the second; True where nobody is named."""
    owner, known = observed.owner, observed.owner >= 0
    if not known.any():
        return np.ones(len(owner), dtype=np.bool_)
    owners = int(owner.max()) + 1
    deals = [
        np.bincount(owner[known & np.isin(observed.week, weeks)], minlength=owners)
        for weeks in (window.before, window.after)
    ]
    start = int(window.after[0])
    first = first_weeks(observed)
    there = observed.begins + THERE_FROM_THE_START
    tenured = (first < there) | (first <= start - TENURE)
    both = (deals[0] >= LEAST_DEALS) & (deals[1] >= LEAST_DEALS)
    return np.where(known, both[np.maximum(owner, 0)] & tenured, True)


def first_weeks(observed: Observations) -> IntArray:
    """Of each deal, the week in which its owner was first seen; its own where no owner is named."""
    owner, known = observed.owner, observed.owner >= 0
    first = np.full(int(owner.max(initial=0)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, owner[known], observed.week[known])
    return np.where(known, first[np.maximum(owner, 0)], observed.week)
