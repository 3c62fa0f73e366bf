"""The figures behind a verdict as plain values: recomputed from the store, they come out the same to 1e-9."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from monitor.diagnosis.facts import Breadth, Facts, Local, RateFacts, VolumeFacts
from monitor.diagnosis.recording import Signal
from monitor.diagnosis.shape import Shape
from monitor.diagnosis.split import Estimate
from monitor.ledger import Part
from monitor.panel import Panel
from monitor.types import Finding, FloatArray, Series

ROUNDING = 1e-9


def figures_of(facts: Facts, series: Sequence[Series], panels: Mapping[str, Panel]) -> dict[str, Any]:
    """Series, decomposition, rivals, order in time and demand, without anything that is not a plain value."""
    weeks = next(iter(panels.values())).weeks if panels else ()
    return {
        "series": [_series(one) for one in series],
        "win_rate": _rate(facts.win, weeks),
        "price": _rate(facts.price, weeks),
        "fit": _rate(facts.fit, weeks),
        "demand": _demand(facts.demand),
        "redefined": None
        if facts.redefined is None
        else {
            "measured": estimate(facts.redefined.measured),
            "by_definition": [
                {"effective": day.isoformat(), "move": estimate(way)}
                for day, way in zip(facts.redefined.effective, facts.redefined.ways, strict=True)
            ],
            "made": estimate(facts.redefined.made),
        },
        "redescribed": None
        if facts.redescribed is None
        else {
            name: estimate(getattr(facts.redescribed, name))
            for name in ("measured", "first", "latest", "made")
        },
        "rivals": [
            {"on": r.on.isoformat(), "name": r.name, "says": r.says, "ln_favour": r.favour, "weeks": r.weeks}
            for r in facts.rivals
        ],
        "order": [
            {
                "metric": m.metric,
                "size": m.size,
                "started_on": m.started_on.isoformat(),
                "started_between": [day.isoformat() for day in m.between],
            }
            for m in facts.order
        ],
        "shape": _shape(facts.shape),
        "money_won_a_week": None
        if facts.money is None
        else {"before": facts.money.before}
        | {name: estimate(getattr(facts.money, name)) for name in ("whole", "price", "quantity", "mix")},
    }


def estimate(one: Estimate | None) -> dict[str, float] | None:
    """An estimate with its error and 90 % interval."""
    if one is None:
        return None
    return {"value": one.value, "error": one.error, "low": one.low, "high": one.high}


def differences(one: object, other: object, at: str = "") -> list[str]:
    """Where two packs of figures differ by more than rounding.

    >>> differences({"a": [1.0, 2.0]}, {"a": [1.0, 2.5]})
    ['a[1]: 2.0 and 2.5']
    """
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        found = [f"{at}.{key}".lstrip(".") for key in set(one) ^ set(other)]
        for key in one.keys() & other.keys():
            found += differences(one[key], other[key], f"{at}.{key}".lstrip("."))
        return sorted(found)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        if len(one) != len(other):
            return [f"{at}: {len(one)} and {len(other)} values"]
        return [
            d
            for i, (a, b) in enumerate(zip(one, other, strict=True))
            for d in differences(a, b, f"{at}[{i}]")
        ]
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        near = abs(one - other) <= ROUNDING * max(1.0, abs(one))
        return [] if near else [f"{at}: {one} and {other}"]
    return [] if one == other else [f"{at}: {one} and {other}"]


def in_the_form_of(stored: Any, anew: Any) -> Any:
    """`anew` without the names that `stored` does not have, however deep.

    >>> in_the_form_of({"a": {"b": 1.0}}, {"a": {"b": 2.0, "c": 3.0}, "d": 4.0})
    {'a': {'b': 2.0}}
    """
    if not (isinstance(stored, Mapping) and isinstance(anew, Mapping)):
        return anew
    return {name: in_the_form_of(stored[name], value) for name, value in anew.items() if name in stored}


def finding_row(finding: Finding) -> dict[str, Any]:
    """A finding as plain values."""
    return {
        "metric": finding.key.metric,
        "segment": [list(pair) for pair in finding.key.segment],
        "contrast": finding.key.contrast,
        "kind": finding.kind,
        "unit": finding.unit,
        "started_on": finding.started_on.isoformat(),
        "started_between": [day.isoformat() for day in finding.started_between],
        "before": finding.before,
        "after": finding.after,
        "change_between": list(finding.change_between),
        "evidence": finding.evidence,
        "bar": finding.bar,
        "deals_before": finding.deals_before,
        "deals_after": finding.deals_after,
    }


def part_row(part: Part) -> dict[str, Any]:
    """One of the series that carry an inflection together: its part of its bar as they alarmed, and as it stands."""
    key = part.told.key
    return {
        "metric": key.metric,
        "segment": [list(pair) for pair in key.segment],
        "contrast": key.contrast,
        "part_raised": part.raised,
        "part_now": part.now,
    }


def _series(one: Series) -> dict[str, Any]:
    return {
        "metric": one.key.metric,
        "segment": [list(pair) for pair in one.key.segment],
        "contrast": one.key.contrast,
        "unit": one.unit,
        "weeks": [week.isoformat() for week in one.weeks],
        "raw": _numbers(one.raw),
        "values": _numbers(one.values),
        "effective_deals": _numbers(one.effective),
        "deals": _numbers(one.deals),
    }


def _numbers(values: FloatArray) -> list[float | None]:
    return [float(v) if np.isfinite(v) else None for v in values]


def _rate(facts: RateFacts | None, weeks: Sequence[object]) -> dict[str, Any] | None:
    if facts is None:
        return None
    parts = facts.parts
    return {
        "whole": estimate(facts.split.whole),
        "mix": estimate(facts.split.mix),
        "within_strata": estimate(facts.split.rate),
        "parts": None
        if parts is None
        else {
            name: estimate(getattr(parts, name))
            for name in ("whole", "recording", "mix", "price", "people", "rest", "left")
        },
        "mix_over": {dimension: estimate(mix) for dimension, mix in facts.mix_over.items()},
        "core": estimate(facts.core),
        "outside_core": estimate(facts.outside),
        "beyond_the_profile": estimate(facts.beyond),
        "model_of_every_deal": estimate(facts.model),
        "most_local": _local(facts.local),
        "breadth": [_breadth(one) for one in facts.breadth],
        "signals_of_recording": [_signal(one, weeks) for one in facts.signals],
    }


def _local(local: Local | None) -> dict[str, Any] | None:
    if local is None:
        return None
    place = local.dimension if local.dimension == "owner" else f"{local.dimension} {local.value}"
    return {"place": place, "part": estimate(local.part), "rest": estimate(local.rest), "level": local.level}


def _breadth(one: Breadth) -> dict[str, Any]:
    return {
        "dimension": one.dimension,
        "moved": one.moved,
        "of": one.of,
        "share": one.share,
        "share_between": list(one.between) if one.between else None,
        "concentration": one.concentration,
    }


def _shape(shape: Shape | None) -> dict[str, Any] | None:
    if shape is None:
        return None
    return {
        "ln_ended_over_step": shape.ended,
        "ln_slow_over_step": shape.slow,
        "brief": shape.brief,
        "slow": shape.surely_slow,
        "over_weeks": shape.over,
    }


def _signal(one: Signal, weeks: Sequence[object]) -> dict[str, Any]:
    known = one.date is not None and one.date.high < len(weeks)
    return {
        "what": one.what,
        "share_before": one.before,
        "share_after": one.after,
        "won": one.won,
        "deals": int(one.deals.sum()),
        "ln_evidence": one.date.evidence if one.date else None,
        "began_between": [str(weeks[one.date.low]), str(weeks[one.date.high])]
        if one.date and known
        else None,
    }


def _demand(facts: VolumeFacts | None) -> dict[str, Any] | None:
    if facts is None:
        return None
    return {
        "core_ln_ratio": estimate(facts.core),
        "outside_ln_ratio": estimate(facts.outside),
        "whole_ln_ratio": estimate(facts.whole),
        "core_change_a_week": facts.core_change,
        "outside_change_a_week": facts.outside_change,
    }
