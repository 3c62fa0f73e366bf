"""Accounts described anew are no change of the business: the move computed by each description alone.

A deal keeps the tier that its account's attributes gave it when it came. Where those are rewritten for many
accounts (a data vendor, a clean-up), deals of the same customers come in other tiers from then on. The move is
measured again with one description throughout: the first one that each account ever had, and the latest one. What the
change of description made, beyond the mean of these, is recording.

    made = measured - (first + latest) / 2

Its error takes the move as given, as those of all shares do (decision 0002): each week's influence on it is that on
measured - ways less made / measured of that on the measured move. How far apart the two ways are is added, since
neither is known to be the right one: only the latest speaks of accounts that came after the vendor in the words of
those that came before; only the first is free of what was mended where somebody happened to look.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from monitor.diagnosis.split import MOST_OF_WHOLE, Estimate, WeeklySums, estimate
from monitor.diagnosis.sums import Window, weekly_sums
from monitor.panel import Panel, deal_weights_of, deals_of
from monitor.types import FloatArray, SeriesKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Redescribed:
    """The move of a series as measured, by the first and by the latest description of every account.

    `made` is what the change of description made of it; `left` what the two descriptions see on average.
    """

    measured: Estimate
    first: Estimate
    latest: Estimate
    made: Estimate
    left: Estimate


def redescribed(
    key: SeriesKey, panel: Panel, window: Window, described: tuple[Panel, Panel] | None
) -> Redescribed | None:
    """The move of the series by either description; None where nothing that it counts was described anew.

    described   the panel with every deal's tier by the first and by the latest description

    Only what depends on tiers can be: a count or a rate of all deals is what it is.
    """
    if described is None or not window.tells or not of_tiers(key, panel):
        return None
    if any(one.weeks != panel.weeks for one in described):
        return None
    periods = [_periods(one, key, window) for one in (panel, *described)]
    if not all(sums.deals.any() for pair in periods for sums in pair) or all(
        _same(pair, periods[0]) for pair in periods[1:]
    ):
        return None
    (measured, own), *ways = [(_move(pair), _influence(pair)) for pair in periods]
    moves = [move for move, _ in ways]
    made = measured - float(np.mean(moves))
    share = min(max(made / measured, -MOST_OF_WHOLE), MOST_OF_WHOLE) if measured else 0.0
    mean = [np.mean([way[period] for _, way in ways], axis=0) for period in (0, 1)]
    paired = [(1 - share) * influence - way for influence, way in zip(own, mean, strict=True)]
    first, latest = (estimate(move, *influence) for move, influence in ways)
    return Redescribed(
        measured=estimate(measured, *own),
        first=first,
        latest=latest,
        made=_apart(estimate(made, *paired), moves),
        left=_apart(estimate(measured - made, *mean), moves),
    )


def of_tiers(key: SeriesKey, panel: Panel) -> bool:
    """Whether a series is about the deals of some tiers."""
    return panel.kind.name == "fit_mix" or any(name == "tier" for name, _ in key.segment)


def _periods(panel: Panel, key: SeriesKey, window: Window) -> tuple[WeeklySums, WeeklySums]:
    groups, weights = np.where(deals_of(panel, key), 0, -1), deal_weights_of(panel)
    before, after = (
        weekly_sums(panel.observed.week, panel.observed.value, weights, groups, 1, weeks)
        for weeks in (window.before, window.after)
    )
    return before, after


def _apart(part: Estimate, moves: list[float]) -> Estimate:
    """`part` with how far the ways are apart in its error."""
    return replace(part, error=float(np.sqrt(part.error**2 + np.var(moves))))


def _same(one: tuple[WeeklySums, WeeklySums], other: tuple[WeeklySums, WeeklySums]) -> bool:
    return all(
        np.array_equal(a.hits, b.hits) and np.array_equal(a.deals, b.deals)
        for a, b in zip(one, other, strict=True)
    )


def _move(periods: tuple[WeeklySums, WeeklySums]) -> float:
    before, after = periods
    return after.rate - before.rate


def _influence(periods: tuple[WeeklySums, WeeklySums]) -> tuple[FloatArray, FloatArray]:
    """Each week's influence on the move, of either period."""
    before, after = (sums.influence_on_rates()[:, 0] for sums in periods)
    return -before, after
