"""Effective deals: what a batch of deals that agree with one another is worth.

Deals that one person closes in one sitting share their outcome; a batch of a thousand says little more than one
deal does. `intraclass` measures the agreement within batches, `deal_weights` turns it into a weight for each
deal, `weekly_means` into a weekly estimate and its effective number of deals.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detectors.types import FloatArray, IntArray


def intraclass(residuals: FloatArray, clusters: IntArray) -> float:
    """The intraclass correlation of `residuals` within `clusters`, both of shape (deals,), floored at 0.

    One-way analysis of variance for clusters of unequal size, N deals in k clusters of sizes m:

        rho = (MSB - MSW) / (MSB + (m0 - 1) MSW),   m0 = (N - sum m^2 / N) / (k - 1)

    0 where nothing can be said: fewer than two clusters, none with two deals, or no variation at all. Donner,
    "A review of inference procedures for the intraclass correlation coefficient" (1986). Raises ValueError for
    arrays of different lengths or residuals that are not finite.

    >>> intraclass(np.array([1.0, 1.0, 0.0, 0.0]), np.array([7, 7, 9, 9]))
    1.0
    >>> intraclass(np.array([1.0, 0.0, 1.0, 0.0]), np.array([7, 7, 9, 9]))
    0.0
    """
    if residuals.shape != clusters.shape:
        raise ValueError(f"{len(residuals)} residuals, but {len(clusters)} cluster ids")
    if not np.isfinite(residuals).all():
        raise ValueError("residuals must be finite")
    _, cluster, size = np.unique(clusters, return_inverse=True, return_counts=True)
    deals, kinds = len(residuals), len(size)
    if kinds < 2 or deals == kinds:
        return 0.0
    centred = residuals - residuals.mean()
    mean = np.bincount(cluster, centred) / size
    between = float(size @ mean**2) / (kinds - 1)
    within = float(((centred - mean[cluster]) ** 2).sum()) / (deals - kinds)
    usual_size = (deals - float(size @ size) / deals) / (kinds - 1)
    spread = between + (usual_size - 1) * within
    return max(0.0, (between - within) / spread) if spread > 0 else 0.0


def deal_weights(batches: Sequence[IntArray], alike: Sequence[float]) -> FloatArray:
    """The weight of each deal, shape (deals,): the smallest of 1 / (1 + (m - 1) rho) over the kinds of batch.

    `batches` holds one array of batch ids (0, 1, ...) a kind, `alike` the intraclass correlation rho of each
    kind; m is the size of the deal's own batch. Raises ValueError where the two do not match or a correlation
    lies outside 0..1.

    >>> deal_weights([np.array([0, 0, 0, 1])], [0.5]).tolist()
    [0.5, 0.5, 0.5, 1.0]
    """
    if not batches or len(batches) != len(alike):
        raise ValueError(f"{len(batches)} kinds of batch, but {len(alike)} correlations; one each is needed")
    weights = np.ones(len(batches[0]))
    for ids, rho in zip(batches, alike, strict=True):
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"an intraclass correlation lies between 0 and 1, not at {rho}")
        if len(ids) != len(weights):
            raise ValueError(f"{len(ids)} batch ids for {len(weights)} deals")
        size = np.bincount(ids)[ids] if len(ids) else np.zeros(0)
        weights = np.minimum(weights, 1.0 / (1.0 + (size - 1.0) * rho))
    return weights


def weekly_means(
    week: IntArray, values: FloatArray, weights: FloatArray, weeks: int, trim: float = 0.0
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weighted mean, effective deals (sum of weights) and deals of each week, each of shape (weeks,).

    `week` (0 to weeks - 1), `values` and `weights` have one entry a deal. With `trim`, that share of a week's
    weight is cut from each end before the mean; a deal on the edge counts with the part that is left of it.
    A week without weight has mean nan. Raises ValueError for values that are not finite, negative weights, a
    week outside the range, or a trim outside [0, 0.5).

    >>> mean, effective, deals = weekly_means(np.array([1, 1, 1]), np.array([0.0, 1.0, 8.0]), np.ones(3), 2, 1 / 3)
    >>> mean.tolist(), effective.tolist(), deals.tolist()
    ([nan, 1.0], [0.0, 3.0], [0.0, 3.0])
    """
    _refuse(week, values, weights, weeks, trim)
    deals = np.bincount(week, minlength=weeks).astype(np.float64)
    effective = np.bincount(week, weights, minlength=weeks).astype(np.float64)
    kept = _kept_weights(week, values, weights, deals, effective, trim) if trim else weights
    total = np.bincount(week, kept, minlength=weeks)
    summed = np.bincount(week, kept * values, minlength=weeks)
    means = np.divide(summed, total, out=np.full(weeks, np.nan), where=total > 0)
    return means, effective, deals


def _kept_weights(
    week: IntArray,
    values: FloatArray,
    weights: FloatArray,
    deals: FloatArray,
    effective: FloatArray,
    trim: float,
) -> FloatArray:
    """What is left of each deal's weight: its overlap with the middle of its week, values in order."""
    order = np.lexsort((values, week))
    sorted_week, sorted_weight = week[order], weights[order]
    first = (np.cumsum(deals) - deals).astype(np.int64)
    running = np.concatenate(([0.0], np.cumsum(sorted_weight)))
    upper = running[1:] - running[first[sorted_week]]
    lower = upper - sorted_weight
    total = effective[sorted_week]
    overlap = np.minimum(upper, (1.0 - trim) * total) - np.maximum(lower, trim * total)
    kept = np.empty_like(weights)
    kept[order] = np.maximum(overlap, 0.0)
    return kept


def _refuse(week: IntArray, values: FloatArray, weights: FloatArray, weeks: int, trim: float) -> None:
    if not len(week) == len(values) == len(weights):
        raise ValueError(
            f"{len(week)} weeks, {len(values)} values and {len(weights)} weights; one each a deal"
        )
    if not 0.0 <= trim < 0.5:
        raise ValueError(f"trim is a share of the weight from 0 to below 0.5, not {trim}")
    if len(week) and not (week.min() >= 0 and week.max() < weeks):
        raise ValueError(f"weeks run from 0 to {weeks - 1}, not from {week.min()} to {week.max()}")
    if not np.isfinite(values).all():
        raise ValueError("values must be finite; leave out deals without one")
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise ValueError("weights must be finite and not negative")
