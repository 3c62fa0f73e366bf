"""Who the company wants to sell to, how it is cut into segments, and what is measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from config.kinds import Amount, Day, OneOf, Text, read_number, read_whole
from config.refusal import refuse, refuse_all, shown
from config.section import Listing, OneOrMore, Or, Section
from config.where import DealWhere

MATTERS_IF = {
    "win_rate": "5 points",
    "fit_mix": "8 points",
    "volume": "20 %",
    "discount": "2 points",
    "price_realisation": "2 %",
    "price_per_unit": "3 %",
    "stalled": "8 points",
    "cycle_time": "20 %",
    "no_decision": "5 points",
    "deal_size": "15 %",
    "loss_reasons": "10 points",
}
"""The kinds of metric there are, each with the size that matters unless one is given."""
USUAL = ("win_rate", "fit_mix", "volume", "discount")
"""The kinds that are watched where none is named: each further one takes its part of the budget."""


class Criterion(Section):
    """One trait of the customers that are wanted, and how much it weighs."""

    name: Text
    where: DealWhere
    weight: Annotated[float, Field(gt=0, le=1000), BeforeValidator(read_number)] = 1.0


class ProfileVersion(Section):
    """The strategic customer profile as it stands from `effective` on; the first also holds for earlier deals.

    `tiers` are least shares of the weight, best first; below the last is "out".
    """

    effective: Day
    criteria: OneOrMore[Criterion] = ()
    exclude: DealWhere | None = None
    tiers: dict[Text, Annotated[float, Field(gt=0, le=1), BeforeValidator(read_number)]] = Field(
        default={"A": 0.8, "B": 0.5, "C": 0.2}
    )
    core: OneOrMore[Text] = ("A",)
    score: Annotated[Literal["at_creation", "latest"], OneOf()] = "at_creation"
    missing: Annotated[Literal["unknown", "no"], OneOf()] = "unknown"
    tier_column: Text | None = None


class SegmentBy(Section):
    """A dimension that deals are cut by; `groups` joins its values, `at_most` keeps the largest."""

    by: Text
    groups: dict[Text, OneOrMore[Text]] = Field(default={})
    at_most: Annotated[int, Field(ge=1, le=50), BeforeValidator(read_whole)] | None = None


def _nothing_required(schema: dict[str, Any]) -> None:
    schema.pop("required", None)  # a metric's kind is its name, and its size the kind's, unless given


class MetricSettings(Section):
    """A metric: its kind, the deals it looks at, the size that matters, what it is adjusted for."""

    model_config = ConfigDict(json_schema_extra=_nothing_required)
    made = frozenset({"name"})

    name: SkipJsonSchema[Text]
    kind: Annotated[
        Literal[
            "win_rate",
            "fit_mix",
            "volume",
            "discount",
            "price_realisation",
            "price_per_unit",
            "stalled",
            "cycle_time",
            "no_decision",
            "deal_size",
            "loss_reasons",
        ],
        OneOf(),
    ]
    where: DealWhere | None = None
    matters_if: Amount
    adjust_for: Listing[Text] = ()


def _segment(value: Any) -> Any:
    return {"by": value} if isinstance(value, str) else value


def _metrics(value: Any) -> Any:
    """Each metric with its name, which is the key; its kind is the name, and its size the kind's, unless given."""
    if not isinstance(value, Mapping):
        raise refuse(f"must be a mapping such as {{win_rate: {{matters_if: 5 points}}}}, not {shown(value)}")
    if not value:
        raise refuse("is empty; name a metric, or leave it out for the usual ones")
    wrongs = [
        ((str(name), "name"), "is not a setting; a metric's name is its key")
        for name, body in value.items()
        if isinstance(body, Mapping) and "name" in body
    ]
    if wrongs:
        raise refuse_all(wrongs)
    return {name: _metric(str(name), body) for name, body in value.items()}


def _metric(name: str, body: Any) -> Any:
    if body is None:
        body = {}
    if not isinstance(body, Mapping):
        return body
    kind = body.get("kind", name)
    usual = MATTERS_IF.get(str(kind), "5 points")
    return {"matters_if": usual, **body, "name": name, "kind": kind}


Segment = Annotated[
    SegmentBy,
    BeforeValidator(_segment),
    Or({"type": "string"}),
]
Metrics = Annotated[dict[Text, MetricSettings], BeforeValidator(_metrics)]
