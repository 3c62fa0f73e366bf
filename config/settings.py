"""The configuration as the rest of the product reads it; attribute names are the keys of the file.

Every default is also written, with its unit and its reason, in default.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, SecretStr, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

from config.kinds import Day, Keep, Month, OneOf, Span, Text, Weekday, Weeks, read_number
from config.places import Country, Currency, Zone
from config.refusal import refuse, refuse_all, shown
from config.section import Listing, OneOrMore, Section
from config.settings_console import Console
from config.settings_people import Digest, Mail, OAuth, Person, Smtp, Verdict
from config.settings_profile import (
    Criterion,
    Metrics,
    MetricSettings,
    ProfileVersion,
    Segment,
    SegmentBy,
)
from config.settings_sources import COLUMNS, FileFormat, OutcomeMap, Source
from config.settings_upkeep import Backup, Heartbeat
from config.where import DealWhere

__all__ = [
    "COLUMNS",
    "Amount",
    "Attention",
    "Backup",
    "Company",
    "Console",
    "Criterion",
    "Digest",
    "Event",
    "FileFormat",
    "Fiscal",
    "Heartbeat",
    "Mail",
    "MetricSettings",
    "OAuth",
    "OutcomeMap",
    "Person",
    "Privacy",
    "ProfileVersion",
    "SegmentBy",
    "Settings",
    "Share",
    "Smtp",
    "Source",
    "Verdict",
    "Watch",
]

FalseAlarms = Annotated[float, Field(gt=0, le=52), BeforeValidator(read_number)]
Part = Annotated[float, Field(ge=0, le=1), BeforeValidator(read_number)]
Side = Literal["down", "up", "both"]
LONGEST_PREVIEW = timedelta(days=3)


def _learning(weeks: int) -> int:
    if not 12 <= weeks <= 260:
        raise refuse("must be at least 12 weeks (what is normal cannot be told from less) and at most 260")
    return weeks


def _preview(span: timedelta) -> timedelta:
    if span > LONGEST_PREVIEW:
        raise refuse("must be at most 3 days: leadership waits that long for what it is to act on")
    return span


def _directions(value: Any) -> Any:
    if value == "both":
        return "both"
    if not isinstance(value, Mapping):
        raise refuse(f"must be both, or a mapping such as {{win_rate: down}}, not {shown(value)}")
    wrongs = [
        ((str(metric),), f"{shown(side)} is not one of down, up or both")
        for metric, side in value.items()
        if side not in ("down", "up", "both")
    ]
    if wrongs:
        raise refuse_all(wrongs)
    return {str(metric): str(side) for metric, side in value.items()}


class Fiscal(Section):
    """The fiscal year: the month it starts in (1..12) and how its quarters are cut."""

    starts: Month = 1
    pattern: Annotated[Literal["months", "4-4-5", "4-5-4", "5-4-4"], OneOf()] = "months"


class Company(Section):
    """Whose deals these are, and in which days and money they are counted. `week_starts`: 0 is Monday."""

    name: Text
    timezone: Zone
    currency: Currency
    fiscal: Fiscal = Fiscal()
    week_starts: Weekday = 0
    holidays: Country | None = None


class Amount(Section):
    """What `amount` means, in the words of the company; said in every mail's footer."""

    basis: Text = "acv"
    includes: Text = "recurring"
    partner_margin: Annotated[Literal["excluded", "included"], OneOf()] = "excluded"


class Share(Section):
    """How the false-alarm budget is spent; the two add up to 1."""

    company: Part = 0.6
    segments: Part = 0.4


class Watch(Section):
    """The looser lane: shown in the digest, never mailed as an alert."""

    false_alarms_per_year: FalseAlarms = 4.0


class Attention(Section):
    """The price of leadership's attention. `learning` counts weeks."""

    false_alarms_per_year: FalseAlarms = 0.5
    share: Share = Share()
    watch: Watch = Watch()
    directions: Annotated[
        Literal["both"] | dict[str, Side],
        PlainValidator(_directions),
        WithJsonSchema(
            {
                "anyOf": [
                    {"const": "both"},
                    {"type": "object", "additionalProperties": {"enum": ["down", "up", "both"]}},
                ]
            }
        ),
    ] = "both"
    learning: Annotated[Weeks, AfterValidator(_learning)] = 26
    preview: Annotated[Span, AfterValidator(_preview)] = timedelta(0)


class Event(Section):
    """A known cause: a rival explanation that is tested. `affects` empty means every metric."""

    on: Day
    name: Text
    affects: Listing[Text] = ()
    where: DealWhere | None = None
    then: Annotated[Literal["explain", "restart"], OneOf()] = "explain"


class Privacy(Section):
    """How owners appear in mails and pages, and for how many weeks deals are kept once they are over."""

    owners: Annotated[Literal["pseudonyms", "names"], OneOf()] = "pseudonyms"
    keep: Annotated[Keep, Field(json_schema_extra={"default": "forever"})] = None


class Settings(Section):
    """Everything ops decide. Paths are absolute; passwords are SecretStr and in no output.

    path           the file all this was read from
    config_digest  sha256 of the normalised settings without secrets: equal settings, equal digest
    warnings       sentences about what works, but perhaps not as meant
    """

    made = frozenset({"path", "config_digest", "warnings", "database_password"})

    company: Company
    database: Text = "sqlite:///leftturn.db"
    sources: OneOrMore[Source]
    amount: Amount = Amount()
    motions: dict[Text, OneOrMore[Text]] = Field(default={})
    profile: Listing[ProfileVersion] = ()
    segments: Listing[Segment] = ()
    metrics: Metrics = Field(default={})
    attention: Attention = Attention()
    events: Listing[Event] = ()
    privacy: Privacy = Privacy()
    mail: Mail = Mail()
    people: Listing[Person] = ()
    digest: Digest = Digest()
    console: Console | None = None
    heartbeat: Heartbeat | None = None
    backup: Backup | None = None

    path: SkipJsonSchema[Path] = Field(default=Path("leftturn.yaml"), exclude=True)
    config_digest: SkipJsonSchema[str] = Field(default="", exclude=True)
    warnings: SkipJsonSchema[tuple[str, ...]] = Field(default=(), exclude=True)
    database_password: SkipJsonSchema[SecretStr | None] = Field(default=None, exclude=True, repr=False)
