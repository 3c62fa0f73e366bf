"""Mails over SMTP, encrypted or not at all; one connection serves many mails, one bad one stops no other."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal

from alerts.channels import smtp_login
from alerts.channels.channel import HandingOver, told_nobody
from alerts.channels.smtp_login import NoTokenError, Token
from alerts.channels.smtp_session import Session, deferred
from alerts.types import Delivery, Email

if TYPE_CHECKING:
    import aiosmtplib

Security = Literal["starttls", "tls", "none"]
LOCAL = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})
ANSWER_SECONDS = 600.0
"""How long to wait for the answer to the final dot (RFC 5321, 4.5.3.2.6): asking again too early sends twice."""
LOST_IN_A_ROW = 2
"""Connections lost one after another before the rest is left for the next time."""


class EmailChannel:
    """An SMTP server that takes our mail.

    `security` "none" is taken for this machine alone. `tls_context` replaces the system's list of authorities;
    `timeout` bounds every step in seconds, `answer_seconds` the wait after the dot. A `token` is asked for at each
    connection, in the place of a password.
    """

    def __init__(
        self,
        host: str,
        port: int,
        security: Security,
        username: str | None = None,
        password: str | None = None,
        timeout: float = 60.0,
        tls_context: ssl.SSLContext | None = None,
        answer_seconds: float = ANSWER_SECONDS,
        token: Token | None = None,
    ) -> None:
        if security == "none" and host.lower() not in LOCAL:
            raise ValueError(f"{host}: mail goes unencrypted to this machine only; use starttls or tls")
        self._host = host
        self._port = port
        self._security = security
        self._username = username
        self._password = password
        self._timeout = timeout
        self._tls_context = tls_context
        self._answer_seconds = answer_seconds
        self._token = token

    def __repr__(self) -> str:
        return f"EmailChannel({self._host!r}, {self._port}, {self._security!r}, {self._username!r})"

    def deliver(
        self, emails: Iterable[Email], handing_over: HandingOver = told_nobody
    ) -> Iterator[tuple[Email, Delivery]]:
        """Try every mail once over one connection, which is made again when it was lost.

        When it cannot be made, the mails that are left are deferred without knocking again.
        """
        session: Session | None = None
        given_up: Delivery | None = None
        lost = 0
        with asyncio.Runner() as runner:
            try:
                for email in emails:
                    if given_up is None and (session is None or not session.usable):
                        session, given_up = runner.run(self._connect())
                    if session is None or given_up is not None:
                        yield email, given_up or deferred("no connection", about="road")
                        continue
                    delivery = runner.run(session.send(email, handing_over))
                    lost = 0 if session.usable else lost + 1
                    if lost >= LOST_IN_A_ROW:
                        given_up = deferred(
                            f"{self._place}: the connection was lost {lost} times in a row", about="road"
                        )
                    yield email, delivery
            finally:
                if session is not None:
                    runner.run(session.leave())

    @property
    def _place(self) -> str:
        return f"{self._host}:{self._port}"

    async def _connect(self) -> tuple[Session | None, Delivery | None]:
        """A session ready for mails, or why there is none."""
        import aiosmtplib

        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            timeout=self._timeout,
            use_tls=self._security == "tls",
            start_tls=self._security == "starttls",  # never None: the library's default goes on in clear
            tls_context=self._tls_context,
        )
        try:
            await client.connect()
            if self._password is not None:
                await smtp_login.by_password(client, self._username or "", self._password)
            elif self._token is not None:
                place = self._host, self._port
                await smtp_login.by_token(client, self._username or "", self._token, place)
            if client.is_ehlo_or_helo_needed:
                await _greet(client)
        except aiosmtplib.SMTPAuthenticationError as error:
            client.close()
            return None, self._failed(f"the server does not accept the login of {self._username}", error.code)
        except aiosmtplib.SMTPResponseException as error:
            client.close()
            return None, self._failed(error.message, error.code)
        except (
            aiosmtplib.SMTPException,
            OSError,
            ValueError,
            NoTokenError,
        ) as error:  # TLS errors are OSErrors
            client.close()
            return None, self._failed(str(error) or type(error).__name__, None)
        return Session(client, self._timeout, self._answer_seconds), None

    def _failed(self, why: str, code: int | None) -> Delivery:
        return deferred(f"{self._place}: {why}", code, about="road")


async def _greet(client: aiosmtplib.SMTP) -> None:
    """Ask what the server can do before the first mail: its limit of size is among it."""
    import aiosmtplib

    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError:
        if not client.is_connected:
            raise
        await client.helo()
