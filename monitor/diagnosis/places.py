"""Where a change is: the one slice that has a part of its own, and how many values of a dimension moved with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.stats import norm

from monitor.diagnosis.facts import Breadth, Local
from monitor.diagnosis.split import MOST_OF_WHOLE, Estimate, WeeklySums, estimate, split
from monitor.diagnosis.sums import Window, weekly_sums
from monitor.observations import IntArray
from monitor.panel import Panel
from monitor.types import FloatArray

LEAST_DEALS = 20
"""In each period; fewer say nothing of a slice."""
FAMILY_LEVEL = 0.05
NINETY = 1.645


def most_local(
    panel: Panel,
    weights: FloatArray,
    window: Window,
    sign: float,
    *,
    place: tuple[str, str] | None,
    owners: bool,
) -> Local | None:
    """The slice with the largest part of its own the whole's way, its interval widened for the choice among all.

    Where `place` names a slice there was no choice, and no widening.
    """
    slices = _slices(panel, owners=owners)
    tries = 2 if place is not None else sum(len(codes) for _, _, codes in slices.values())
    if not tries:
        return None
    value, level = standardised(panel), 1.0 - FAMILY_LEVEL / tries if place is None else 0.95
    best: Local | None = None
    for dimension, (codes, names, wanted) in slices.items():
        for code in wanted:
            if place is not None and place != (dimension, names[code]):
                continue
            groups = np.where(codes < 0, -1, np.where(codes == code, 0, 1))
            before, after = (
                weekly_sums(panel.observed.week, value, weights, groups, 2, weeks)
                for weeks in (window.before, window.after)
            )
            if min(before.deals.sum(axis=0).min(), after.deals.sum(axis=0).min()) < LEAST_DEALS:
                continue
            local = _local(dimension, names[code], before, after, level)
            if best is None or local.part.value * sign > best.part.value * sign:
                best = local
    return best


def _local(dimension: str, value: str, before: WeeklySums, after: WeeklySums, level: float) -> Local:
    share = float((before.shares[0] + after.shares[0]) / 2)
    change = after.rates - before.rates
    b, a = before.influence_on_rates(), after.influence_on_rates()
    part = estimate(
        share * float(change[0] - change[1]), -share * (b[:, 0] - b[:, 1]), share * (a[:, 0] - a[:, 1])
    )
    rest = estimate(float(change[1]), -b[:, 1], a[:, 1])
    whole = part.value + rest.value
    given = min(max(part.value / whole, -MOST_OF_WHOLE), MOST_OF_WHOLE) if whole else 0.0
    mine, others = 1.0 - given, given  # part - given (part + rest)
    of_whole = estimate(
        part.value,
        -(share * mine * (b[:, 0] - b[:, 1]) - others * b[:, 1]),
        share * mine * (a[:, 0] - a[:, 1]) - others * a[:, 1],
    )
    return Local(dimension=dimension, value=value, part=part, of_whole=of_whole, rest=rest, level=level)


def breadths(panel: Panel, weights: FloatArray, window: Window, sign: float) -> tuple[Breadth, ...]:
    """Per segment dimension with two values or more to look at: how many of them moved the whole's way.

    Sellers are one such dimension, for the evidence alone: one seller's deals say little of which way he moved.
    """
    observed, value = panel.observed, standardised(panel)
    found = []
    for dimension, (codes, _, wanted) in _slices(panel, owners=True).items():
        moves, sizes = [], []
        for code in wanted:
            groups = np.where(codes == code, 0, -1)
            before = weekly_sums(observed.week, value, weights, groups, 1, window.before)
            after = weekly_sums(observed.week, value, weights, groups, 1, window.after)
            if before.deals.sum() >= LEAST_DEALS / 2 and after.deals.sum() >= LEAST_DEALS / 2:
                moves.append(split(before, after).rate)
                sizes.append(float(before.deals.sum() + after.deals.sum()))
        if len(moves) > 1:
            found.append(_breadth(dimension, moves, np.array(sizes), sign))
    return tuple(found)


def _breadth(dimension: str, moves: Sequence[Estimate], sizes: FloatArray, sign: float) -> Breadth:
    change = sign * np.array([move.value for move in moves])
    error = np.array([max(move.error, 1e-9) for move in moves])
    chance = norm.cdf(change / error)
    share, spread = float(chance.mean()), float(np.sqrt((chance * (1 - chance)).sum())) / len(moves)
    carried = np.maximum(change, 0.0) * sizes
    parts = carried / carried.sum() if carried.sum() > 0 else np.full(len(moves), 1.0 / len(moves))
    return Breadth(
        dimension=dimension,
        moved=int((np.sign([move.value for move in moves]) == sign).sum()),
        of=len(moves),
        share=share,
        between=(max(share - NINETY * spread, 0.0), min(share + NINETY * spread, 1.0)),
        concentration=float((parts**2).sum()),
    )


def _slices(panel: Panel, *, owners: bool) -> Mapping[str, tuple[IntArray, tuple[str, ...], tuple[int, ...]]]:
    """Per dimension: codes, their names, and the codes worth looking at."""
    found = {
        dimension: (panel.observed.segments[dimension], panel.observed.names[dimension], codes)
        for dimension, codes in panel.baseline.slices.items()
        if len(codes) > 1
    }
    if owners and len(panel.observed.owner):
        counts = np.bincount(panel.observed.owner[panel.observed.owner >= 0], minlength=1)
        large = tuple(int(code) for code in np.flatnonzero(counts >= LEAST_DEALS))
        if len(large) > 1:
            found["owner"] = (panel.observed.owner, tuple(str(c) for c in range(len(counts))), large)
    return found


def standardised(panel: Panel) -> FloatArray:
    """Each deal's value less what its stratum had in ordinary times (the level of all where it has none)."""
    value: FloatArray = panel.observed.value - panel.baseline.expected(panel.observed)
    return value
