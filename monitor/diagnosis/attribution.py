"""How the move of a mean divides: recording, mix, price, people, and what is left, in parts that add up to the whole.

One after the other, each on the deals that the one before leaves:

    recording  the whole move less the move without the deals that a signal of recording points at
    mix        of the clean deals: Kitagawa's mix over strata, the interaction shared equally
    price      of a win rate, where lost deals carry the price they were offered: what the mix over strata and bands
               of discount makes beyond the mix over strata, so what other offers made of like deals; a band that only
               one period has says nothing of the rest
    people     of the rest: the move of all sellers less the move of those who sold in both periods, strata and bands
               held still (who came and who left, a split over sellers with the stayers as the reference)
    rest       what the same sellers have on like deals: of a win rate the market's part, of a discount the price's

Deals count by their weight. Errors by the delta method: each part is a smooth function f of the weekly sums X of the
two periods that does not change with their scale, so a week's influence is the gradient of f at X times the week's
own sums (the mean influence is nought, after Euler). The scatter over weeks is a sandwich that what the deals
of a week share cannot fool. Gradients are by complex step, exact to rounding (Squire and Trapp 1998), all at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.diagnosis.split import MOST_OF_WHOLE, Estimate, estimate
from monitor.observations import BoolArray, IntArray
from monitor.types import FloatArray

STEP = 1e-30
LEAST_STAYING = 20.0
"""Effective deals of stayers in each period below which nothing is said of people."""

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of a move, which add up to `whole`. Their errors take the whole as given (decision 0002).

    `price` is None where offers are not known, `people` where too few of the sellers are known in both periods; their
    part is then in `rest`. `left` is `rest` with the error of its own size: of clean deals the move of the stayers
    alone, strata and offers held still (the rep-free view).
    """

    whole: Estimate
    recording: Estimate
    mix: Estimate
    price: Estimate | None = None
    people: Estimate | None
    rest: Estimate
    left: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Weekly sums of a period: (weeks, clean or not, strata, bands of price, stayers or not, hits and deals)."""

    sums: FloatArray

    @property
    def total(self) -> FloatArray:
        """Over all weeks."""
        total: FloatArray = self.sums.sum(axis=0)
        return total


def cells(
    week: IntArray,
    value: FloatArray,
    weights: FloatArray,
    stratum: IntArray,
    strata: int,
    *,
    suspect: BoolArray,
    staying: BoolArray,
    weeks: IntArray,
    band: IntArray | None = None,
    bands: int = 1,
) -> Cells:
    """The sums of the given weeks; strata are codes from 0 to `strata` - 1, deals of other codes are left out.

    band   of each deal's offered discount, from 0 to `bands` - 1; None: offers are not known
    """
    position = np.full(int(max(week.max(initial=0), weeks.max(initial=0))) + 1, -1, dtype=np.int64)
    position[weeks] = np.arange(len(weeks))
    row = position[week]
    keep = (row >= 0) & (stratum >= 0) & (stratum < strata)
    cell = ((row * 2 + suspect) * strata + stratum) * bands + (0 if band is None else band)
    cell = cell * 2 + ~staying
    shape = (len(weeks), 2, strata, bands, 2)
    size = int(np.prod(shape))
    hits = np.bincount(cell[keep], (weights * value)[keep], minlength=size).reshape(shape)
    deals = np.bincount(cell[keep], weights[keep], minlength=size).reshape(shape)
    return Cells(sums=np.stack([hits, deals], axis=-1).astype(np.float64))


def attribute(before: Cells, after: Cells) -> Parts:
    """The parts of the move between two periods, each of which holds deals. Raises ValueError where one does not."""
    start, end = before.total, after.total
    if not (start[..., 1].sum() > 0 and end[..., 1].sum() > 0):
        raise ValueError("a period without deals has no mean")
    staying = min(float(x[0, ..., 0, 1].sum()) for x in (start, end))
    everybody = float((start + end)[0, ..., 1, 1].sum()) == 0.0
    told = staying >= LEAST_STAYING and not everybody

    def parts(x0: Array, x1: Array) -> Array:
        return np.stack(np.broadcast_arrays(*_parts(x0, x1, told=told)), axis=-1)

    values = parts(start[None], end[None])[0]
    influence0 = _influence(lambda x: parts(x, end[None]), start, before.sums)
    influence1 = _influence(lambda x: parts(start[None], x), end, after.sums)
    whole = float(values[0])

    def of_whole(part: int) -> Estimate:
        share = min(max(float(values[part]) / whole, -MOST_OF_WHOLE), MOST_OF_WHOLE) if whole else 0.0
        return estimate(
            float(values[part]), *(i[:, part] - share * i[:, 0] for i in (influence0, influence1))
        )

    def own(part: int) -> Estimate:
        return estimate(float(values[part]), influence0[:, part], influence1[:, part])

    nobody_moved = Estimate(value=0.0, error=0.0, freedom=1.0) if everybody else None
    return Parts(
        whole=own(0),
        recording=of_whole(1),
        mix=of_whole(2),
        price=of_whole(3) if start.shape[2] > 1 else None,
        people=of_whole(4) if told else nobody_moved,
        rest=of_whole(5),
        left=own(5),
    )


def _parts(x0: Array, x1: Array, *, told: bool) -> tuple[Array, ...]:
    """Whole, recording, mix, price, people and rest of sums (trials, clean or not, strata, bands, stayers, 2)."""
    whole = _mean(x1) - _mean(x0)
    clean0, clean1 = x0[:, 0].sum(axis=3), x1[:, 0].sum(axis=3)  # (trials, strata, bands, 2)
    clean = _mean(clean1) - _mean(clean0)
    strata0, strata1 = clean0.sum(axis=2), clean1.sum(axis=2)
    rates0, rates1 = _rates(strata0, _mean(strata0)[:, None]), _rates(strata1, _mean(strata1)[:, None])
    rate = _within(strata0, strata1, rates0, rates1)
    cells0, cells1 = _rates(clean0, _rates(clean1, 0.0)), _rates(clean1, _rates(clean0, 0.0))
    alike = _within(clean0, clean1, cells0, cells1)
    people = alike * 0
    if told:
        level = (cells0 + cells1) / 2
        same = _standardised(x1[:, 0, ..., 0, :], level) - _standardised(x0[:, 0, ..., 0, :], level)
        people = _standardised(clean1, level) - _standardised(clean0, level) - same
    return whole, whole - clean, clean - rate, rate - alike, people, alike - people


def _totals(x: Array) -> Array:
    """Of each trial, (trials, 2)."""
    totals: Array = x.sum(axis=tuple(range(1, x.ndim - 1)))
    return totals


def _mean(x: Array) -> Array:
    totals = _totals(x)
    mean: Array = totals[:, 0] / totals[:, 1]
    return mean


def _rates(x: Array, otherwise: Array | float) -> Array:
    """Each cell's mean; `otherwise` where it has no deals."""
    some = x[..., 1].real > 0
    rates: Array = np.where(some, x[..., 0] / np.where(some, x[..., 1], 1.0), otherwise)
    return rates


def _within(x0: Array, x1: Array, rates0: Array, rates1: Array) -> Array:
    """The rate part of Kitagawa's split over cells: what each does otherwise, by its mean share of the deals."""
    groups = tuple(range(1, rates0.ndim))
    shares0, shares1 = (x[..., 1] / x[..., 1].sum(axis=groups, keepdims=True) for x in (x0, x1))
    within: Array = ((rates1 - rates0) * (shares0 + shares1) / 2).sum(axis=groups)
    return within


def _standardised(x: Array, level: Array) -> Array:
    """The mean of what deals have over the level of their cell."""
    groups = tuple(range(1, level.ndim))
    over: Array = (x[..., 0] - level * x[..., 1]).sum(axis=groups) / x[..., 1].sum(axis=groups)
    return over


def _influence(parts: Callable[[Array], Array], total: FloatArray, weekly: FloatArray) -> FloatArray:
    """Each week's influence on every part, (weeks, parts)."""
    used = np.flatnonzero(np.repeat(total[..., 1] > 0, 2))  # hits and deals of cells that hold some
    trials = np.tile(total.ravel().astype(np.complex128), (len(used), 1))
    trials[np.arange(len(used)), used] += STEP * 1j
    gradient = parts(trials.reshape(len(used), *total.shape)).imag / STEP
    influence: FloatArray = weekly.reshape(len(weekly), -1)[:, used] @ gradient
    return influence
