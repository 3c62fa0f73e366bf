"""Who is signed in to the operations' pages: a name, under a cookie that the token signs.

The key of the cookie is made of the token, so that another token ends every session. A form carries a word that only
the session's own pages know; a form of another site cannot have it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer

from monitor.console.links import Clocked

COOKIE = "leftturn_session"
LIFETIME = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A person at the pages: the name that stands beside what they decide, and the word of their forms."""

    name: str
    mark: str
    word: str


class Sessions:
    """Opens and reads sessions. Without a `token` everybody may come in, and only the name is asked for."""

    def __init__(self, token: str | None) -> None:
        self._token = token
        base = token if token is not None else secrets.token_hex(32)
        self._key = hmac.digest(base.encode(), b"leftturn.session", "sha256")

    @property
    def open_to_all(self) -> bool:
        """Whether no token is asked for."""
        return self._token is None

    def token_is(self, given: str) -> bool:
        """Whether this is the token; takes the same time whatever is given."""
        if self._token is None:
            return True
        digest = hashlib.sha256(given.encode("utf-8", "replace")).digest()
        return hmac.compare_digest(digest, hashlib.sha256(self._token.encode()).digest())

    def open(self, name: str, now: datetime) -> str:
        """The cookie of a new session."""
        return str(self._serializer(now).dumps({"n": name, "m": secrets.token_urlsafe(12)}))

    def read(self, cookie: str | None, now: datetime) -> Session | None:
        """The session of a cookie; None where it is none of ours, or too old."""
        if not cookie or len(cookie) > 2000:
            return None
        try:
            body: Any = self._serializer(now).loads(cookie, max_age=int(LIFETIME.total_seconds()))
        except (BadData, ValueError):
            return None
        mark = str(body["m"])
        word = hmac.new(self._key, f"form:{mark}".encode(), "sha256").hexdigest()
        return Session(name=str(body["n"]), mark=mark, word=word)

    def _serializer(self, now: datetime) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(
            self._key,
            salt="leftturn.session",
            signer=Clocked,
            signer_kwargs={"now": now, "key_derivation": "hmac", "digest_method": hashlib.sha256},
        )


def same_word(session: Session, given: str) -> bool:
    """Whether a form came from the session's own pages."""
    return hmac.compare_digest(session.word.encode(), given.encode("utf-8", "replace"))
