"""Tokens for a mail server: from the environment or a file, read anew each time, or from an identity server.

The client-credentials grant (RFC 6749, 4.4): the identity server gives a token for an id and a secret, and says for
how many seconds. It is kept until a minute before its end, or until the mail server does not take it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alerts.channels.smtp_login import NoTokenError, Token

if TYPE_CHECKING:
    import httpx

    from config.settings import OAuth, Smtp

AT_MOST = 65_536
"""Bytes of a token or of an answer; more is no token."""
SECONDS = 20.0
EARLY = 60.0
"""Seconds before its end at which a token is given up."""
UNSAID = 300.0
"""Seconds for which a token is kept where the server does not say."""


def token_of(smtp: Smtp, clock: Callable[[], float]) -> Token:
    """Where the tokens of a configuration with auth: oauth2 come from; `clock` counts seconds, never backwards."""
    if smtp.token_env is not None:
        name = smtp.token_env
        return lambda fresh: _one_line(os.environ.get(name, ""), f"the environment variable {name}")  # noqa: ARG005
    if smtp.token_file is not None:
        path = Path(smtp.token_file)
        return lambda fresh: from_file(path)  # noqa: ARG005
    if smtp.oauth is None:
        raise ValueError("auth: oauth2 without a token was refused before")
    return ClientCredentials(smtp.oauth, clock)


def from_file(path: Path) -> str:
    """The token in a file that something else keeps fresh. Raises NoTokenError."""
    try:
        with path.open("rb") as file:
            content = file.read(AT_MOST)
    except OSError as error:
        raise NoTokenError(
            f"the token file {path.name} cannot be read: {error.strerror or 'no such file'}"
        ) from None
    return _one_line(content.decode("utf-8", "replace"), f"the token file {path.name}")


class ClientCredentials:
    """Tokens from an identity server, one kept at a time; `post` is `httpx.post` unless a test brings another."""

    def __init__(
        self, oauth: OAuth, clock: Callable[[], float], post: Callable[..., httpx.Response] | None = None
    ) -> None:
        self._oauth = oauth
        self._clock = clock
        self._post = post
        self._kept: tuple[str, float] | None = None

    def __call__(self, fresh: bool) -> str:
        """The token that is kept, or a new one where there is none, it ends soon, or a `fresh` one is asked for."""
        if fresh or self._kept is None or self._clock() >= self._kept[1]:
            self._kept = self._ask()
        return self._kept[0]

    def _ask(self) -> tuple[str, float]:
        """A new token, and when to give it up. Raises NoTokenError, which names the server and never the secret."""
        import httpx

        host = httpx.URL(self._oauth.token_url).host
        try:
            answer = (self._post or httpx.post)(
                self._oauth.token_url, data=self._form(), timeout=SECONDS, follow_redirects=False
            )
            told = answer.json() if len(answer.content) <= AT_MOST else None
        except httpx.HTTPError as error:
            raise NoTokenError(f"{host} gives no token: {type(error).__name__}") from None
        except ValueError:
            told = None
        if answer.status_code != httpx.codes.OK or not isinstance(told, dict):
            raise NoTokenError(f"{host} gives no token: {_why(told)} ({answer.status_code})")
        token = _one_line(str(told.get("access_token") or ""), f"the answer of {host}")
        return token, self._clock() + max(0.0, _seconds(told.get("expires_in")) - EARLY)

    def _form(self) -> dict[str, str]:
        secret = self._oauth.client_secret
        form = {
            "grant_type": "client_credentials",
            "client_id": self._oauth.client_id,
            "client_secret": secret.get_secret_value() if secret is not None else "",
        }
        return {**form, "scope": self._oauth.scope} if self._oauth.scope else form


def _why(told: Any) -> str:
    """The error code of RFC 6749, 5.2, where the answer has one."""
    error = told.get("error") if isinstance(told, dict) else None
    return (
        error
        if isinstance(error, str) and error.isascii() and error.isprintable()
        else "no answer of its kind"
    )


def _seconds(said: Any) -> float:
    try:
        return float(said)
    except (TypeError, ValueError):
        return UNSAID


def _one_line(text: str, place: str) -> str:
    """The token without blanks around it. Raises NoTokenError where there is none, or something else."""
    token = text.strip()
    if not token:
        raise NoTokenError(f"{place} holds no token")
    if len(token) >= AT_MOST or not re.fullmatch("[!-~]+", token):
        raise NoTokenError(f"{place} holds something that is no token")
    return token
