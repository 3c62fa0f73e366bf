"""Who is told, by which road, and when."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainValidator, SecretStr
from pydantic.json_schema import SkipJsonSchema

from config.kinds import Clock, OneOf, Text, Weekday, read_text, read_whole
from config.places import Address, Host, Language, Sender, Zone
from config.refusal import refuse
from config.section import OneOrMore, Section
from config.where import DealWhere

Verdict = Annotated[
    Literal[
        "market_shift",
        "left_turn",
        "focus_drift",
        "price_erosion",
        "commodity_drift",
        "internal",
        "recording",
        "shock",
        "unclear",
    ],
    OneOf(),
]
Receives = Annotated[Literal["inflections", "digest", "operations"], OneOf()]


def _no_secret(value: Any) -> Any:
    if value is None or isinstance(value, SecretStr):
        return value
    raise refuse("must not stand in this file; write password_env: NAME or password_file: PATH instead")


def _folder(value: Any) -> Any:
    return value if isinstance(value, Path) else Path(read_text(value))


Folder = Annotated[Path, BeforeValidator(_folder)]


class Smtp(Section):
    """The server that takes the mails. `password` is found by the loader, never read from the file."""

    made = frozenset({"password"})

    host: Host
    port: Annotated[int, Field(ge=1, le=65535), BeforeValidator(read_whole)] = 587
    security: Annotated[Literal["starttls", "tls", "none"], OneOf()] = "starttls"
    auth: Annotated[Literal["password", "none"], OneOf(later=("oauth2",))] = "none"
    username: Text | None = None
    password_env: Text | None = None
    password_file: Text | None = None
    password: SkipJsonSchema[Annotated[SecretStr | None, PlainValidator(_no_secret)]] = Field(
        default=None, exclude=True, repr=False
    )


class Mail(Section):
    """From whom mails come and where they go: a server, or a folder of .eml and .html files."""

    from_: Sender = Field(default="LeftTurn <leftturn@localhost>", alias="from")
    reply_to: Address | None = None
    smtp: Smtp | None = None
    folder: Folder | None = None


class Person(Section):
    """A person who is told; `where` and `verdicts` narrow what, and none of them means everything."""

    email: Address
    name: Text | None = None
    receives: OneOrMore[Receives] = ("inflections", "digest")
    where: DealWhere | None = None
    verdicts: OneOrMore[Verdict] = ()
    timezone: Zone | None = None
    locale: Language = "en"
    digest: Annotated[Literal["weekly"], OneOf(later=("monthly",))] = "weekly"


class Digest(Section):
    """When the weekly digest goes out, on the clock of each reader."""

    day: Weekday = 0
    at: Clock = time(7, 30)
