"""What deals were offered at: bands of the discount on won and lost deals alike, where lost deals carry one.

Whether a deal was lost for its price can only be asked where lost deals say what they were offered. Many exports
leave the amount of a lost deal blank, or at the list price that nobody ever offered: of those nothing is said.
"""

from __future__ import annotations

import numpy as np

from monitor.diagnosis.sums import Window
from monitor.observations import BoolArray, IntArray, Observations

COVERED = 0.8
"""The part of lost deals, in each period, that must carry an offer."""
CUTS = (0.2, 0.4, 0.6, 0.8)
"""Quantiles of what was offered, of either period: five classes take out nine tenths of what they stand for (Cochran
1968), and where offers moved beyond all that was offered before there are bands for these as well."""
AT_LIST, ODDLY_OFTEN = 1e-9, 0.2
"""Lost deals are at list by so much more than won ones: then that is what was asked for, not what was offered."""


def offer_bands(observed: Observations, window: Window) -> tuple[IntArray, int] | None:
    """The band of each deal's offered discount and how many bands there are; the last is of those without an offer.

    None where too few lost deals carry an offer in either period.
    """
    offered = observed.offered
    if not len(offered):
        return None
    known, lost = np.isfinite(offered), observed.value == 0
    inside = [np.isin(observed.week, weeks) for weeks in (window.before, window.after)]
    if not all(_covered(known, lost & here) for here in inside):
        return None
    everywhere = inside[0] | inside[1]
    if _at_list(observed, lost & everywhere) > _at_list(observed, ~lost & everywhere) + ODDLY_OFTEN:
        return None
    edges = np.unique([np.quantile(offered[known & here], CUTS) for here in inside if (known & here).any()])
    band = np.where(known, np.searchsorted(edges, np.where(known, offered, 0.0)), len(edges) + 1)
    return band.astype(np.int64), len(edges) + 2


def _covered(known: BoolArray, lost: BoolArray) -> bool:
    return bool(lost.any()) and float(known[lost].mean()) >= COVERED


def _at_list(observed: Observations, which: BoolArray) -> float:
    """The share of offers that are the list price to the cent."""
    offers = observed.offered[which]
    offers = offers[np.isfinite(offers)]
    return float((np.abs(offers) < AT_LIST).mean()) if len(offers) else 0.0
