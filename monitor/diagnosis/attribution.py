"""How the move of a mean divides: recording, mix, people, and what is left, in parts that add up to the whole.

One after the other, each on the deals that the one before leaves:

    recording  the whole move less the move without the deals that a signal of recording points at
    mix        of the clean deals: Kitagawa's mix over strata, the interaction shared equally
    people     of the rest: the move of all sellers less the move of those who sold in both periods, strata held
               still (who came and who left, a split over sellers with the stayers as the reference)
    rest       what the same sellers have on like deals: of a win rate the market's part, of a discount the price's

Deals count by their weight. Errors by the delta method: each part is a smooth function f of the weekly sums X of the
two periods that does not change with their scale, so a week's influence is the gradient of f at X times the week's
own sums (the mean influence is nought, after Euler). The scatter over weeks is a sandwich that what the deals
of a week share cannot fool. Gradients are by complex step, exact to rounding (Squire and Trapp 1998).
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

    `people` is None where too few of the sellers are known in both periods; its part is then in `rest`.
    `left` is `rest` with the error of its own size: of clean deals the move of the stayers alone, strata held still
    (the rep-free view).
    """

    whole: Estimate
    recording: Estimate
    mix: Estimate
    people: Estimate | None
    rest: Estimate
    left: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Weekly sums of a period, shape (weeks, 2 clean or not, strata, 2 stayers or not, 2 hits and deals)."""

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
) -> Cells:
    """The sums of the given weeks; strata are codes from 0 to `strata` - 1, deals of other codes are left out."""
    position = np.full(int(max(week.max(initial=0), weeks.max(initial=0))) + 1, -1, dtype=np.int64)
    position[weeks] = np.arange(len(weeks))
    row = position[week]
    keep = (row >= 0) & (stratum >= 0) & (stratum < strata)
    cell = ((row * 2 + suspect) * strata + stratum) * 2 + ~staying
    shape = (len(weeks), 2, strata, 2)
    size = int(np.prod(shape))
    hits = np.bincount(cell[keep], (weights * value)[keep], minlength=size).reshape(shape)
    deals = np.bincount(cell[keep], weights[keep], minlength=size).reshape(shape)
    return Cells(sums=np.stack([hits, deals], axis=-1).astype(np.float64))


def attribute(before: Cells, after: Cells) -> Parts:
    """The parts of the move between two periods, each of which holds deals. Raises ValueError where one does not."""
    start, end = before.total, after.total
    if not (start[..., 1].sum() > 0 and end[..., 1].sum() > 0):
        raise ValueError("a period without deals has no mean")
    staying = min(float(x[0, :, 0, 1].sum()) for x in (start, end))
    everybody = float((start + end)[0, :, 1, 1].sum()) == 0.0
    told = staying >= LEAST_STAYING and not everybody

    def parts(x0: Array, x1: Array) -> Array:
        return np.array(_parts(x0, x1, told=told))

    values = parts(start, end).real
    influence0 = _influence(lambda x: parts(x, end), start, before.sums)
    influence1 = _influence(lambda x: parts(start, x), end, after.sums)
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
        people=of_whole(3) if told else nobody_moved,
        rest=of_whole(4),
        left=own(4),
    )


def _parts(x0: Array, x1: Array, *, told: bool) -> tuple[Any, ...]:
    """Whole, recording, mix, people and rest; any of them complex."""
    whole = _mean(x1) - _mean(x0)
    clean0, clean1 = x0[0].sum(axis=1), x1[0].sum(axis=1)  # (strata, 2)
    clean = _mean(clean1) - _mean(clean0)
    rates0, rates1 = _rates(clean0), _rates(clean1)
    shares0, shares1 = clean0[:, 1] / clean0[:, 1].sum(), clean1[:, 1] / clean1[:, 1].sum()
    mix = ((shares1 - shares0) * (rates0 + rates1) / 2).sum()
    rate = ((rates1 - rates0) * (shares0 + shares1) / 2).sum()
    if not told:
        return whole, whole - clean, mix, rate * 0, rate
    level = (rates0 + rates1) / 2
    same = _standardised(x1[0, :, 0], level) - _standardised(x0[0, :, 0], level)
    people = _standardised(clean1, level) - _standardised(clean0, level) - same
    return whole, whole - clean, mix, people, rate - people


def _mean(x: Array) -> Any:
    return x[..., 0].sum() / x[..., 1].sum()


def _rates(x: Array) -> Array:
    """Each stratum's mean; that of all where it has no deals."""
    some = x[:, 1].real > 0
    rates: Array = np.where(some, x[:, 0] / np.where(some, x[:, 1], 1.0), _mean(x))
    return rates


def _standardised(x: Array, level: Array) -> Any:
    """The mean of what deals have over the level of their stratum."""
    return (x[:, 0] - level * x[:, 1]).sum() / x[:, 1].sum()


def _influence(parts: Callable[[Array], Array], total: FloatArray, weekly: FloatArray) -> FloatArray:
    """Each week's influence on every part, (weeks, parts)."""
    used = np.argwhere(total[..., 1] > 0)
    gradient = np.zeros((len(parts(total)), *total.shape))
    for place in map(tuple, used):
        for column in (0, 1):
            at = total.astype(np.complex128)
            at[(*place, column)] += STEP * 1j
            gradient[(slice(None), *place, column)] = parts(at).imag / STEP
    influence: FloatArray = np.tensordot(weekly, gradient, axes=([1, 2, 3, 4], [1, 2, 3, 4]))
    return influence
