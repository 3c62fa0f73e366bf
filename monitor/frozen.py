"""What stays of weeks whose deals were aged out: how a metric was read, and what each of its weeks said.

Names and figures of whole weeks, no deal and nobody's account. A panel that is built with it reads the weeks before
`before` as they are here, and later ones from deals, by the ordinary times that were learned then: so judging goes
on as if every deal were still there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from monitor.metrics.kind import Basis
from monitor.types import FloatArray, SeriesKey

Place = tuple[tuple[tuple[str, str], ...], bool]
"""A series within its metric: its segment, and whether it is a contrast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenSeries:
    """One series over the frozen weeks, arrays of shape (weeks,), as in `monitor.types.Series`.

    rest      deals of a contrast's other side, of a kind that counts; else nan
    adjusted  whether its deals were of several strata
    """

    values: FloatArray
    effective: FloatArray
    raw: FloatArray
    deals: FloatArray
    rest: FloatArray
    adjusted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenPanel:
    """One metric's frozen weeks, and what it had learned.

    reading         a digest of the settings that it was read by: under others it is of no use
    weeks           how many weeks are frozen, the first of them `wait` weeks after `first_week`
    recorded_since  the first day on which anybody wrote down that a deal was qualified
    edges           where a number that is adjusted for is cut into strata
    common          the commonest category, of a kind that has a series for each
    strata          the level of each stratum that ordinary times know
    slices          of each dimension the values that have a series, in their order
    spelled         how a category is written, by what its spellings have in common
    """

    reading: str
    basis: Basis
    first_week: date
    wait: int
    weeks: int
    recorded_since: date | None
    edges: Mapping[str, tuple[float, ...]]
    common: str | None
    level: float
    alike: tuple[float, ...]
    strata: Mapping[str, float]
    slices: Mapping[str, tuple[str, ...]]
    categories: tuple[str, ...]
    spelled: Mapping[str, str]
    series: Mapping[Place, FrozenSeries]
    totals: Mapping[str, FloatArray] = field(default_factory=dict)
    """Of a kind that counts: deals of any value of each dimension, shape (weeks,)."""

    def of(self, key: SeriesKey) -> FrozenSeries | None:
        """The series of `key`; None for one that had no deals."""
        return self.series.get((key.segment, key.contrast))

    def several_strata(self, key: SeriesKey) -> bool:
        """Whether the deals of a series were of several strata in ordinary times."""
        known = self.of(key)
        return known is not None and known.adjusted

    def before(self, live: FloatArray, key: SeriesKey, name: str) -> FloatArray:
        """`live` (weeks,), an array of a series by its name, with what the frozen weeks said in their place."""
        known = self.of(key)
        weeks = min(self.weeks, len(live))
        merged = live.copy()
        dimension = key.segment[0][0] if key.segment else ""
        if known is None and name == "rest" and dimension in self.totals:
            merged[:weeks] = self.totals[dimension][:weeks]  # it had no deals, so that all were the rest's
            return merged
        merged[:weeks] = getattr(known, name)[:weeks] if known else 0.0 if name in COUNTED else np.nan
        return merged

    def values_of(self, dimension: str) -> tuple[str, ...]:
        """The values of a dimension that have, or may come to have, a series."""
        named = (segment[0][1] for segment, _ in self.series if segment and segment[0][0] == dimension)
        return tuple(dict.fromkeys((*self.slices.get(dimension, ()), *named)))

    def codes(self, names: Iterable[str], known: tuple[str, ...]) -> tuple[int, ...]:
        """The codes of `names` among the `known` ones, those that are there."""
        place = {name: code for code, name in enumerate(known)}
        return tuple(place[name] for name in names if name in place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """Everything frozen: the metrics' panels, and how labels of segments are written, by dimension and key."""

    panels: Mapping[str, FrozenPanel] = field(default_factory=dict)
    spelled: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def frozen_json(frozen: Frozen) -> dict[str, Any]:
    """`frozen` as plain values; what is not finite is None."""
    return {
        "spelled": {name: dict(labels) for name, labels in frozen.spelled.items()},
        "panels": {name: _panel_json(panel) for name, panel in frozen.panels.items()},
    }


def frozen_of(plain: Mapping[str, Any]) -> Frozen:
    """What `frozen_json` gave."""
    return Frozen(
        spelled=plain["spelled"],
        panels={name: _panel_of(panel) for name, panel in plain["panels"].items()},
    )


COUNTED = ("effective", "deals", "rest")
"""The arrays that are nought, and not unknown, where a series had no deals."""
ARRAYS = ("values", "effective", "raw", "deals", "rest")
AS_THEY_ARE = ("reading", "basis", "wait", "weeks", "common", "level", "spelled")


def _panel_json(panel: FrozenPanel) -> dict[str, Any]:
    since = panel.recorded_since
    return {
        **{name: getattr(panel, name) for name in AS_THEY_ARE},
        "first_week": panel.first_week.isoformat(),
        "recorded_since": since.isoformat() if since else None,
        "edges": {name: list(edges) for name, edges in panel.edges.items()},
        "alike": list(panel.alike),
        "strata": [[name, _number(level)] for name, level in panel.strata.items()],
        "slices": {name: list(values) for name, values in panel.slices.items()},
        "categories": list(panel.categories),
        "totals": {name: counts.tolist() for name, counts in panel.totals.items()},
        "series": [
            {
                "segment": [list(pair) for pair in segment],
                "contrast": contrast,
                "adjusted": one.adjusted,
                **{name: [_number(v) for v in getattr(one, name).tolist()] for name in ARRAYS},
            }
            for (segment, contrast), one in panel.series.items()
        ],
    }


def _panel_of(plain: Mapping[str, Any]) -> FrozenPanel:
    since = plain["recorded_since"]
    return FrozenPanel(
        **{name: plain[name] for name in AS_THEY_ARE},
        first_week=date.fromisoformat(plain["first_week"]),
        recorded_since=date.fromisoformat(since) if since else None,
        edges={name: tuple(edges) for name, edges in plain["edges"].items()},
        alike=tuple(plain["alike"]),
        strata={name: np.nan if level is None else level for name, level in plain["strata"]},
        slices={name: tuple(values) for name, values in plain["slices"].items()},
        categories=tuple(plain["categories"]),
        totals={name: np.asarray(counts, dtype=float) for name, counts in plain.get("totals", {}).items()},
        series={
            (tuple((name, value) for name, value in one["segment"]), one["contrast"]): FrozenSeries(
                adjusted=one["adjusted"],
                **{name: np.array([np.nan if v is None else v for v in one[name]]) for name in ARRAYS},
            )
            for one in plain["series"]
        },
    )


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None
