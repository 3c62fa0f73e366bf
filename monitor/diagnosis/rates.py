"""The facts of a mean-like metric, from the deals of the two windows around a change."""

from __future__ import annotations

import numpy as np

from monitor.diagnosis.attribution import Parts, attribute, cells
from monitor.diagnosis.facts import RateFacts
from monitor.diagnosis.logit import period_effect
from monitor.diagnosis.offers import offer_bands
from monitor.diagnosis.people import staying
from monitor.diagnosis.places import LEAST_DEALS, breadths, most_local
from monitor.diagnosis.recording import Signal, signals, suspect
from monitor.diagnosis.split import Estimate, split
from monitor.diagnosis.sums import Window, weekly_sums
from monitor.observations import BoolArray, IntArray, Observations
from monitor.panel import Panel, deal_weights_of
from monitor.profile import OUT
from monitor.types import FloatArray


def rate_facts(
    panel: Panel,
    window: Window,
    *,
    place: tuple[str, str] | None = None,
    owners: bool = True,
    about: BoolArray | None = None,
) -> RateFacts | None:
    """The facts of a mean-like metric between the two windows; `local` is of `place` where one is given.

    about   the deals that the finding is about (all): `parts` is of these

    None where the windows are too short or either holds no deals.
    """
    observed = panel.observed
    weights = deal_weights_of(panel)
    groups, count = (observed.stratum, observed.strata) if observed.strata else _by_tier(observed)
    groups = np.where(groups >= 0, groups, count)
    told = signals(observed, weights, window, outcomes=panel.kind.unit == "rate")
    before, after = (
        weekly_sums(observed.week, observed.value, weights, groups, count + 1, weeks)
        for weeks in (window.before, window.after)
    )
    if not (window.tells and before.deals.any() and after.deals.any()):
        return None
    parts = split(before, after)
    offers = offer_bands(observed, window) if panel.kind.name == "win_rate" else None
    sign = float(np.sign(parts.rate.value))
    return RateFacts(
        split=parts,
        core=_change_of(observed, weights, observed.core, window),
        outside=_change_of(observed, weights, observed.outside, window),
        local=most_local(panel, weights, window, sign, place=place, owners=owners),
        breadth=breadths(panel, weights, window, sign),
        model=period_effect(observed, weights, window.before, window.after, offers[0] if offers else None)
        if panel.kind.unit == "rate"
        else None,
        parts=_parts(panel, weights, groups, count + 1, window, told, offers, about),
        mix_over=_mix_over(observed, weights, window),
        signals=told,
        beyond=_change_of(observed, weights, observed.tier_names == OUT, window),
    )


def _mix_over(observed: Observations, weights: FloatArray, window: Window) -> dict[str, Estimate]:
    """The mix part of the move over the values of each segment dimension; deals of no value are one of them."""
    found = {}
    for dimension, codes in observed.segments.items():
        count = len(observed.names[dimension]) + 1
        groups = np.where(codes >= 0, codes, count - 1)
        sums = [
            weekly_sums(observed.week, observed.value, weights, groups, count, weeks)
            for weeks in (window.before, window.after)
        ]
        if all(one.deals.any() for one in sums):
            found[dimension] = split(*sums).mix_of_whole
    return found


def _parts(
    panel: Panel,
    weights: FloatArray,
    groups: IntArray,
    count: int,
    window: Window,
    told: tuple[Signal, ...],
    offers: tuple[IntArray, int] | None,
    about: BoolArray | None,
) -> Parts | None:
    """How the move of the deals in `about` divides; None where either period holds none of them."""
    observed = panel.observed
    if about is not None:
        groups = np.where(about, groups, -1)
    marked, stays = suspect(told, len(groups)), staying(observed, window)
    band, bands = offers or (None, 1)
    before, after = (
        cells(
            observed.week,
            observed.value,
            weights,
            groups,
            count,
            suspect=marked,
            staying=stays,
            weeks=weeks,
            band=band,
            bands=bands,
        )
        for weeks in (window.before, window.after)
    )
    held = all(one.sums[:, 0, ..., 1].any() for one in (before, after))
    return attribute(before, after) if held else None


def _by_tier(observed: Observations) -> tuple[IntArray, int]:
    return observed.tier, len(observed.tiers)


def _change_of(
    observed: Observations, weights: FloatArray, mask: BoolArray, window: Window
) -> Estimate | None:
    groups = np.where(mask, 0, -1)
    before = weekly_sums(observed.week, observed.value, weights, groups, 1, window.before)
    after = weekly_sums(observed.week, observed.value, weights, groups, 1, window.after)
    if before.deals.sum() < LEAST_DEALS or after.deals.sum() < LEAST_DEALS:
        return None
    return split(before, after).rate
