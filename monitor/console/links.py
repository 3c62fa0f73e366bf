"""Signed links: what a button in a mail may do, for whom, and until when. The signature is the login.

A link names a purpose, what it is about and the reader it was written to, with an HMAC-SHA256 over all three and the
instant of signing. The newest key signs; every configured key verifies, so that a key can be changed without
breaking the mails that are out. A link only opens a page: what it may do happens by a form on that page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from itsdangerous import BadData, SignatureExpired, TimestampSigner, URLSafeTimedSerializer
from pydantic import SecretStr

Purpose = Literal["answer", "unsubscribe"]
LIFETIME: dict[Purpose, timedelta] = {"answer": timedelta(days=60), "unsubscribe": timedelta(days=730)}
"""An answer may wait for the next board meeting; who wants no more mails must not find the way out closed."""
SALT = "leftturn.mail"
LONGEST_LINK = 2000


class LinkError(ValueError):
    """A link that opens nothing; the sentence says why, to the person who followed it."""


EXPIRED = LinkError("This link has expired. The newest mail about the change, or operations, can help.")
BROKEN = LinkError(
    "This link is not one of ours, or it was cut short. Open it from the mail itself, or copy it whole."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What a link is for: the inflection or the kind of mail it is about, and the reader's address."""

    purpose: Purpose
    about: str
    reader: str


class Signer:
    """Makes and reads links with keys of which the first is the newest. Raises ValueError without a key."""

    def __init__(self, keys: Sequence[SecretStr]) -> None:
        if not keys:
            raise ValueError("links cannot be signed without a key")
        self._keys = [key.get_secret_value() for key in reversed(keys)]  # the library's newest is the last

    def sign(self, ticket: Ticket, now: datetime) -> str:
        """The ticket as text for a URL. The same ticket at the same second is the same text."""
        body = {"p": ticket.purpose, "a": ticket.about, "r": ticket.reader}
        return str(self._serializer(now).dumps(body))

    def read(self, text: str, purpose: Purpose, now: datetime) -> Ticket:
        """The ticket in `text`. Raises LinkError where it is forged, cut, expired or for something else."""
        if len(text) > LONGEST_LINK:
            raise BROKEN
        try:
            body: Any = self._serializer(now).loads(text, max_age=int(LIFETIME[purpose].total_seconds()))
        except SignatureExpired:
            raise EXPIRED from None
        except (BadData, ValueError):  # ValueError: what is no text the library foresaw
            raise BROKEN from None
        if not isinstance(body, dict) or body.get("p") != purpose:
            raise BROKEN
        return Ticket(purpose=purpose, about=str(body.get("a")), reader=str(body.get("r")))

    def _serializer(self, now: datetime) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(
            self._keys,
            salt=SALT,
            signer=Clocked,
            signer_kwargs={
                "now": now,
                "key_derivation": "hmac",
                "digest_method": hashlib.sha256,
            },
        )


class Clocked(TimestampSigner):
    """The library's signer with a clock that is passed in."""

    def __init__(self, *arguments: Any, now: datetime, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._now = int(now.timestamp())

    def get_timestamp(self) -> int:
        """Seconds since 1970."""
        return self._now

    def timestamp_to_datetime(self, ts: int) -> datetime:
        """The instant of signing. Raises ValueError for one that no calendar has."""
        try:
            return datetime.fromtimestamp(ts, tz=UTC)
        except (OverflowError, OSError) as error:
            raise ValueError(str(error)) from None
