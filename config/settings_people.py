"""Who is told, by which road, and when."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic.json_schema import SkipJsonSchema

from config.kinds import Clock, OnDisk, OneOf, Text, Weekday, read_text, read_whole
from config.passwords import found_by_the_loader, kept_outside
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


_PASSWORD = kept_outside("password_env: NAME or password_file: PATH instead")
_CLIENT_SECRET = kept_outside("client_secret_env: NAME or client_secret_file: PATH instead")


def _token_url(value: Any) -> str:
    text = read_text(value)
    if not re.fullmatch(r"https://[^\s/@]+(/\S*)?|http://(localhost|127\.0\.0\.1)(:\d+)?(/\S*)?", text):
        raise refuse("must be the address of the identity server's tokens, and begin with https://")
    return text


class OAuth(Section):
    """Where tokens for the mail server come from: the client-credentials grant of an identity server."""

    made = frozenset({"client_secret"})

    token_url: Annotated[str, BeforeValidator(_token_url)]
    client_id: Text
    scope: Text | None = None
    client_secret_env: Text | None = None
    client_secret_file: Text | None = None
    client_secret: SkipJsonSchema[Annotated[SecretStr | None, _CLIENT_SECRET]] = found_by_the_loader()


class Smtp(Section):
    """The server that takes the mails. `password` is found by the loader, never read from the file.

    With auth: oauth2, a token comes from one of `token_env`, `token_file` and `oauth`.
    """

    made = frozenset({"password"})

    host: Host
    port: Annotated[int, Field(ge=1, le=65535), BeforeValidator(read_whole)] = 587
    security: Annotated[Literal["starttls", "tls", "none"], OneOf()] = "starttls"
    auth: Annotated[Literal["password", "oauth2", "none"], OneOf()] = "none"
    username: Text | None = None
    password_env: Text | None = None
    password_file: Text | None = None
    password: SkipJsonSchema[Annotated[SecretStr | None, _PASSWORD]] = found_by_the_loader()
    token_env: Text | None = None
    token_file: Text | None = None
    oauth: OAuth | None = None


class Mail(Section):
    """From whom mails come and where they go: a server, or a folder of .eml and .html files.

    `templates` is a folder of templates that stand in for the built-in ones of the same name.
    """

    from_: Sender = Field(default="LeftTurn <leftturn@localhost>", alias="from")
    reply_to: Address | None = None
    smtp: Smtp | None = None
    folder: OnDisk | None = None
    templates: OnDisk | None = None


class Person(Section):
    """A person who is told; `where` and `verdicts` narrow what, and none of them means everything."""

    email: Address
    name: Text | None = None
    receives: OneOrMore[Receives] = ("inflections", "digest")
    where: DealWhere | None = None
    verdicts: OneOrMore[Verdict] = ()
    timezone: Zone | None = None
    locale: Language = "en"
    digest: Annotated[Literal["weekly", "monthly"], OneOf()] = "weekly"


class Digest(Section):
    """When the weekly digest goes out, on the clock of each reader."""

    day: Weekday = 0
    at: Clock = time(7, 30)
