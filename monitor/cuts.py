"""Cuts through the profile: a mix of K tiers as shares that a leader knows, "tier B or better".

The core share says nothing of a move below the core, or between two tiers of it. Tiers have an order, so every move
between them moves the share of some tier or better; one that passes several moves them all the same way, and they
may alarm together (monitor.agreement). The cuts share the budget of the one series that the mix has: half is the core
share's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from monitor.frozen import FrozenPanel
from monitor.metrics import METRICS
from monitor.observations import BoolArray, Frame, Observations
from monitor.types import SeriesKey

if TYPE_CHECKING:
    from config.settings import ProfileVersion
    from monitor.panel import Panel

TIER = "tier"
BETTER = " or better"
RARE = 0.05
"""The least share of the deals of ordinary times on either side of a cut, and between it and the core."""
OF_CORE = 0.5
"""The part of the mix's budget that the core share has where other cuts are watched."""


def cuts_of(profile: Sequence[ProfileVersion]) -> dict[str, tuple[str, ...]]:
    """The tiers on the better side of each cut but the core's; none where versions order the tiers otherwise."""
    if not profile or any(list(version.tiers) != list(profile[0].tiers) for version in profile):
        return {}
    tiers, cores = tuple(profile[0].tiers), [set(version.core) for version in profile]
    cuts = {tiers[at]: tiers[: at + 1] for at in range(len(tiers))}
    return {f"{last}{BETTER}": better for last, better in cuts.items() if set(better) not in cores}


def worth_watching(
    observed: Observations, frame: Frame, past: FrozenPanel | None = None
) -> Iterator[tuple[str, BoolArray]]:
    """The cuts that say something of their own in ordinary times, each with the deals on its better side.

    Where the deals of ordinary times are gone, those that were watched then.
    """
    early = observed.week < frame.learning
    for name, tiers in frame.cuts.items():
        better = np.isin(observed.tier_names, tiers)
        if past is not None:
            known = (((TIER, name),), False) in past.series
        else:
            share, apart = better[early], better[early] != observed.core[early]
            known = bool(early.any() and RARE <= share.mean() <= 1 - RARE and apart.mean() >= RARE)
        if known:
            yield name, better


def cut_of(key: SeriesKey) -> str | None:
    """The name of the cut whose share a series is; None of any other series.

    >>> cut_of(SeriesKey(metric="fit_mix", segment=(("tier", "B or better"),)))
    'B or better'
    """
    if not key.segment or key.contrast:
        return None
    dimension, value = key.segment[0]
    return value if dimension == TIER and value.endswith(BETTER) else None


def seen_at(panel: Panel, tiers: tuple[str, ...]) -> Panel:
    """The panel as if `tiers` were the core; series stay as they are."""
    observed = panel.observed
    better = np.isin(observed.tier_names, tiers)
    value = better.astype(np.float64) if panel.kind.by_cut else observed.value
    return replace(panel, observed=replace(observed, core=better, value=value))


def parts_of_budget(kinds: Mapping[SeriesKey, str]) -> dict[SeriesKey, float]:
    """What part of one series' budget each series has, given its kind: 1, but for the cuts of a mix."""
    cuts: dict[str, int] = {}
    for key, kind in kinds.items():
        if METRICS[kind].by_cut and cut_of(key) is not None:
            cuts[key.metric] = cuts.get(key.metric, 0) + 1
    return {
        key: 1.0
        if key.metric not in cuts or key.contrast
        else OF_CORE
        if cut_of(key) is None
        else (1 - OF_CORE) / cuts[key.metric]
        for key in kinds
    }
