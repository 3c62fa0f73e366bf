"""Signals that deals are recorded differently, each with the deals it points at and a date of its own.

    creator, closer   somebody who is not the deal's owner (an integration, an import, a clean-up) whose deals nearly
                      all end one way, and who came or went between the two periods
    arrival           such a hand that came with many deals, whatever became of them: where creations are counted
    bulk              deals that one hand closed the same way on one day, many at once

A signal is believed only where its share of the deals surely changed, and by a size that can move a rate. Its date
is that of a step in its weekly share, by likelihood (`monitor.diagnosis.dates`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from monitor.diagnosis.dates import StepDate, step_date
from monitor.diagnosis.split import Estimate, WeeklySums, split
from monitor.diagnosis.sums import Window, weekly_sums
from monitor.observations import BoolArray, IntArray, Observations
from monitor.types import FloatArray

LEAST_DEALS = 20
ONE_SIDED = 0.04
"""A hand whose deals end one way in all but so many."""
LEAST_CHANGE = 0.03
SURE = 0.9995
"""One-sided: every hand of the company is looked at, at every diagnosis."""
BULK = 12
"""Deals closed by one hand on one day, all the same way."""
ARRIVED = 0.10
ABSENT = 0.01

What = Literal["creator", "closer", "arrival", "bulk"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One way in which recording changed: its share of the deals before and after, and what became of its deals.

    deals   which of the panel's deals it points at
    date    when its share stepped; None where that cannot be told
    """

    what: What
    before: float
    after: float
    won: float
    change: Estimate
    date: StepDate | None
    deals: BoolArray


def signals(
    observed: Observations, weights: FloatArray, window: Window, *, outcomes: bool
) -> tuple[Signal, ...]:
    """The signals between two periods. `outcomes`: the deals have ends that can be one-sided; else arrivals count."""
    return tuple(
        signal
        for what, mask in _candidates(observed, window, outcomes=outcomes)
        if (signal := _signal(what, mask, observed, weights, window)) is not None
    )


def suspect(found: tuple[Signal, ...], size: int) -> BoolArray:
    """Which deals any of the signals points at."""
    marked = np.zeros(size, dtype=np.bool_)
    for signal in found:
        marked |= signal.deals
    return marked


def _candidates(
    observed: Observations, window: Window, *, outcomes: bool
) -> Iterator[tuple[What, BoolArray]]:
    inside = np.isin(observed.week, np.concatenate([window.before, window.after]))
    hands: tuple[tuple[What, IntArray], ...] = (("creator", observed.creator), ("closer", observed.closer))
    for what, codes in hands:
        if not len(codes):
            continue  # who else had a hand in it is not told
        counts = np.bincount(codes[inside & (codes >= 0)])
        won = np.bincount(codes[inside & (codes >= 0)], observed.value[inside & (codes >= 0)])
        for code in np.flatnonzero(counts >= LEAST_DEALS):
            rate = won[code] / counts[code]
            if outcomes and not ONE_SIDED < rate < 1 - ONE_SIDED:
                yield what, codes == code
            elif not outcomes and what == "creator":
                yield "arrival", codes == code
    if outcomes and len(observed.batches) > 1:
        yield "bulk", _bulk(observed)


def _bulk(observed: Observations) -> BoolArray:
    """Deals of a batch of one closer on one day that is large and ends one way."""
    _, ids = np.unique(observed.batches[1], return_inverse=True)
    size = np.bincount(ids)
    rate = np.bincount(ids, observed.value) / size
    bulk: BoolArray = ((size >= BULK) & ((rate == 0) | (rate == 1)))[ids]
    return bulk


def _signal(
    what: What, mask: BoolArray, observed: Observations, weights: FloatArray, window: Window
) -> Signal | None:
    groups = np.zeros(len(mask), dtype=np.int64)
    sums = [
        weekly_sums(observed.week, mask.astype(np.float64), weights, groups, 1, weeks)
        for weeks in (window.before, window.after)
    ]
    if not all(one.deals.any() for one in sums):
        return None
    change = split(*sums).whole
    before, after = sums[0].rate, sums[1].rate
    if abs(change.value) < LEAST_CHANGE or not change.clears_zero(SURE):
        return None
    if what == "arrival" and not (before < ABSENT and after > ARRIVED):
        return None
    weeks = np.arange(window.before[0], window.after[-1] + 1)
    every = weekly_sums(observed.week, mask.astype(np.float64), weights, groups, 1, weeks)
    return Signal(
        what=what,
        before=before,
        after=after,
        won=float(observed.value[mask].mean()),
        change=change,
        date=_date(every, int(weeks[0])),
        deals=mask,
    )


def _date(every: WeeklySums, first: int) -> StepDate | None:
    deals = every.deals[:, 0]
    share = np.divide(every.hits[:, 0], deals, out=np.full(len(deals), np.nan), where=deals > 0)
    return step_date(share, deals, first=first)
