"""What the deals say about a change, whatever series raised it: the facts that every verdict is read from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import norm

from monitor.diagnosis.attribution import Parts, attribute, cells
from monitor.diagnosis.logit import period_effect
from monitor.diagnosis.people import staying
from monitor.diagnosis.recording import Signal, signals, suspect
from monitor.diagnosis.split import (
    MOST_OF_WHOLE,
    Estimate,
    Split,
    WeeklySums,
    difference,
    estimate,
    log_ratio,
    split,
)
from monitor.diagnosis.sums import Window, weekly_sums
from monitor.observations import BoolArray, IntArray, Observations
from monitor.panel import Panel, deal_weights_of
from monitor.profile import OUT, UNKNOWN
from monitor.types import FloatArray

LEAST_DEALS = 20
FAMILY_LEVEL = 0.05
NINETY = 1.645


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """The part of a change that one slice has over the rest: contribution = share (slice change - rest change).

    `of_whole` is the same part with the size of the whole taken as given.
    """

    dimension: str
    value: str
    part: Estimate
    of_whole: Estimate
    rest: Estimate
    level: float
    """The one-sided level that allows for having picked the largest of many slices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breadth:
    """Along one dimension, how many values moved the way the whole did.

    share           the expected share of values whose true change goes that way: each value's chance is that of a
                    normal posterior with a flat prior; `between` its 90 % interval (Poisson-binomial, by its normal)
    concentration   Herfindahl index of the values' parts in the move: 1 / of where all have the same, 1 where one
                    carries it
    """

    dimension: str
    moved: int
    of: int
    share: float | None = None
    between: tuple[float, float] | None = None
    concentration: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RateFacts:
    """A mean-like metric: its split over strata, the core tier's and the other tiers' own change, its places.

    The strata are the tiers, unless the metric is adjusted for something else. `parts` is of the deals that the
    finding is about, everything else of the company's; `beyond` is the tier outside the profile proper.
    """

    split: Split
    core: Estimate | None
    outside: Estimate | None
    local: Local | None
    breadth: tuple[Breadth, ...]
    model: Estimate | None = None
    """Of a win rate: the same change by a binomial GLM; None where there is none to be had."""
    parts: Parts | None = None
    mix_over: Mapping[str, Estimate] = field(default_factory=dict)
    """By segment dimension: what the mix over its values made of the whole move, taken by itself."""
    signals: tuple[Signal, ...] = ()
    beyond: Estimate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeFacts:
    """Counts a week: ln(after / before) of core-fit deals, of those outside, of all; and weekly means.

    `recorded` is the change a week of deals by hands that only came in between, such as an import.
    """

    core: Estimate
    outside: Estimate
    whole: Estimate
    core_change: float
    outside_change: float
    recorded: Estimate | None = None


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
    tiers = np.where(observed.tier >= 0, observed.tier, len(observed.tiers))
    names = _tier_names(observed)
    outside = (~observed.core) & (observed.tier >= 0) & (names[tiers] != UNKNOWN)
    parts = split(before, after)
    sign = float(np.sign(parts.rate.value))
    return RateFacts(
        split=parts,
        core=_change_of(observed, weights, observed.core, window),
        outside=_change_of(observed, weights, outside, window),
        local=_most_local(panel, weights, window, sign, place=place, owners=owners),
        breadth=_breadths(panel, weights, window, sign),
        model=period_effect(observed, weights, window.before, window.after)
        if panel.kind.unit == "rate"
        else None,
        parts=_parts(panel, weights, groups, count + 1, window, told, about),
        mix_over=_mix_over(observed, weights, window),
        signals=told,
        beyond=_change_of(observed, weights, names[tiers] == OUT, window),
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
    about: BoolArray | None,
) -> Parts | None:
    """How the move of the deals in `about` divides; None where either period holds none of them."""
    observed = panel.observed
    if about is not None:
        groups = np.where(about, groups, -1)
    marked, stays = suspect(told, len(groups)), staying(observed, window)
    before, after = (
        cells(
            observed.week, observed.value, weights, groups, count, suspect=marked, staying=stays, weeks=weeks
        )
        for weeks in (window.before, window.after)
    )
    held = all(one.sums[:, 0, ..., 1].any() for one in (before, after))
    return attribute(before, after) if held else None


def _by_tier(observed: Observations) -> tuple[IntArray, int]:
    return observed.tier, len(observed.tiers)


def _tier_names(observed: Observations) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    return np.array([*observed.tiers, ""], dtype=np.str_)


def _change_of(
    observed: Observations, weights: FloatArray, mask: BoolArray, window: Window
) -> Estimate | None:
    groups = np.where(mask, 0, -1)
    before = weekly_sums(observed.week, observed.value, weights, groups, 1, window.before)
    after = weekly_sums(observed.week, observed.value, weights, groups, 1, window.after)
    if before.deals.sum() < LEAST_DEALS or after.deals.sum() < LEAST_DEALS:
        return None
    return split(before, after).rate


def standardised(panel: Panel) -> FloatArray:
    """Each deal's value less what its stratum had in ordinary times (the level of all where it has none)."""
    value: FloatArray = panel.observed.value - panel.baseline.expected(panel.observed)
    return value


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


def _most_local(
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


def _breadths(panel: Panel, weights: FloatArray, window: Window, sign: float) -> tuple[Breadth, ...]:
    observed, value = panel.observed, standardised(panel)
    found = []
    for dimension, (codes, _, wanted) in _slices(panel, owners=False).items():
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


def volume_facts(panel: Panel, window: Window) -> VolumeFacts | None:
    """The facts of a count between the two windows; `unknown` deals count with neither side but in the whole.

    None where the windows are too short.
    """
    if not window.tells:
        return None
    observed = panel.observed
    names = _tier_names(observed)
    tiers = np.where(observed.tier >= 0, observed.tier, len(observed.tiers))
    outside = (~observed.core) & (names[tiers] != UNKNOWN) & (names[tiers] != "")

    def counts(mask: BoolArray, weeks: IntArray) -> FloatArray:
        every = np.bincount(observed.week[mask], minlength=int(weeks.max(initial=0)) + 1)
        return every[weeks].astype(np.float64)

    everything = np.ones(len(observed.week), dtype=np.bool_)
    weights = np.ones(len(observed.week))
    told = signals(observed, weights, window, outcomes=False)
    marked = suspect(told, len(observed.week))
    core = counts(observed.core, window.before), counts(observed.core, window.after)
    out = counts(outside, window.before), counts(outside, window.after)
    whole = counts(everything, window.before), counts(everything, window.after)
    return VolumeFacts(
        core=log_ratio(*core),
        outside=log_ratio(*out),
        whole=log_ratio(*whole),
        core_change=float(core[1].mean() - core[0].mean()),
        outside_change=float(out[1].mean() - out[0].mean()),
        recorded=difference(counts(marked, window.before), counts(marked, window.after)) if told else None,
    )
