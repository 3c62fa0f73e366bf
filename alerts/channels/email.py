"""Mails over SMTP, encrypted or not at all; one connection serves many mails, one bad one stops no other.

What became of a mail follows from how far the conversation came:

    no connection, no encryption, no login     deferred: nothing to do with the mail
    MAIL 4xx or 5xx                             deferred: the sender is a matter of set-up (552, too large: refused)
    RCPT, DATA or the content answered 4xx      deferred
    RCPT, DATA or the content answered 5xx      refused
    lost before the final dot went out          deferred: a server throws away half a mail
    lost after it, or no answer                 ambiguous: it may have been taken
    250 after the dot                           sent, whatever happens afterwards

aiosmtplib raises the same exception for a connection lost before and after the dot. So the content is handed over
here, in two steps: everything but the dot, and, once that has left, the dot.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal

from alerts import safe_text
from alerts.envelope import address_of
from alerts.types import Delivery, Email

if TYPE_CHECKING:
    import aiosmtplib

Security = Literal["starttls", "tls", "none"]
LOCAL = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})
ANSWER_SECONDS = 600.0
"""How long to wait for the answer to the final dot (RFC 5321, 4.5.3.2.6): asking again too early sends twice."""
LOST_IN_A_ROW = 2
"""Connections lost one after another before the rest is left for the next time."""
POLL_SECONDS = 0.005
TOO_LARGE = 552
ADDRESS = re.compile(r"[!-;=?A-~]+@[!-;=?A-~]+")
"""One address in visible ASCII without the signs that end one: nothing that could carry a second command."""
START_INPUT, COMPLETED = 354, 250


class EmailChannel:
    """An SMTP server that takes our mail.

    `security` "none" is taken for this machine alone. `tls_context` replaces the system's list of authorities;
    `timeout` bounds every step in seconds, `answer_seconds` the wait after the dot.
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

    def __repr__(self) -> str:
        return f"EmailChannel({self._host!r}, {self._port}, {self._security!r}, {self._username!r})"

    def deliver(self, emails: Iterable[Email]) -> Iterator[tuple[Email, Delivery]]:
        """Try every mail once over one connection, which is made again when it was lost.

        When it cannot be made, the mails that are left are deferred without knocking again.
        """
        session: _Session | None = None
        given_up: Delivery | None = None
        lost = 0
        with asyncio.Runner() as runner:
            try:
                for email in emails:
                    if given_up is None and (session is None or not session.usable):
                        session, given_up = runner.run(self._connect())
                    if session is None or given_up is not None:
                        yield email, given_up or _deferred("no connection")
                        continue
                    delivery = runner.run(session.send(email))
                    lost = 0 if session.usable else lost + 1
                    if lost >= LOST_IN_A_ROW:
                        given_up = _deferred(f"{self._place}: the connection was lost {lost} times in a row")
                    yield email, delivery
            finally:
                if session is not None:
                    runner.run(session.leave())

    @property
    def _place(self) -> str:
        return f"{self._host}:{self._port}"

    async def _connect(self) -> tuple[_Session | None, Delivery | None]:
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
                await _log_in(client, self._username or "", self._password)
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
        ) as error:  # TLS errors are OSErrors, not SMTP's
            client.close()
            return None, self._failed(str(error) or type(error).__name__, None)
        return _Session(client, self._timeout, self._answer_seconds), None

    def _failed(self, why: str, code: int | None) -> Delivery:
        """Deferred, with the reason; a server that repeats the password back does not get it into a log."""
        if self._password:
            why = why.replace(self._password, "***")
        return _deferred(f"{self._place}: {why}", code)


async def _log_in(client: aiosmtplib.SMTP, username: str, password: str) -> None:
    """Log in the first way that the server offers, once: trying every way counts as several wrong passwords."""
    import aiosmtplib

    if client.is_ehlo_or_helo_needed:
        await client.ehlo()
    ways = {"plain": client.auth_plain, "login": client.auth_login, "cram-md5": client.auth_crammd5}
    offered = [way for way in ways if way in client.supported_auth_methods]
    if not offered:
        raise aiosmtplib.SMTPException("the server offers no login by password")
    await ways[offered[0]](username, password)


class _Session:
    """One conversation with the server, past encryption and login."""

    def __init__(self, client: aiosmtplib.SMTP, timeout: float, answer_seconds: float) -> None:
        self._client = client
        self._timeout = timeout
        self._answer_seconds = answer_seconds

    @property
    def usable(self) -> bool:
        """Whether the next mail can go over this connection."""
        return self._client.is_connected

    async def send(self, email: Email) -> Delivery:
        """Offer one mail."""
        import aiosmtplib

        handover = _Handover(self._client, self._timeout, self._answer_seconds)
        try:
            taken = await handover.run(email)
        except aiosmtplib.SMTPSenderRefused as error:
            await self._reset()
            refused = error.code == TOO_LARGE
            return (_refused if refused else _deferred)(
                f"the sender is not accepted: {error.message}", error.code
            )
        except aiosmtplib.SMTPResponseException as error:
            if handover.dot_sent and not 400 <= error.code < 600:
                self._client.close()
                return _ambiguous(f"an answer that is none: {error.message}")
            await self._reset()
            permanent = 500 <= error.code < 600
            return (_refused if permanent else _deferred)(error.message, error.code)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            self._client.close()
            why = str(error) or type(error).__name__
            return _ambiguous(why) if handover.dot_sent else _deferred(why)
        except ValueError as error:  # an address that cannot be put into a command
            await self._reset()
            return _refused(str(error))
        return Delivery(state="sent", detail=_line(taken), code=COMPLETED)

    async def leave(self) -> None:
        """Say goodbye; what was taken stays taken if nobody answers."""
        import aiosmtplib

        if self.usable:
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await self._client.quit(timeout=min(self._timeout, 5.0))
        self._client.close()

    async def _reset(self) -> None:
        """Clear the half-made envelope, so that the next mail starts clean."""
        import aiosmtplib

        try:
            if self.usable:
                await self._client.rset()
        except (aiosmtplib.SMTPException, OSError):
            self._client.close()


class _Handover:
    """One mail on its way through MAIL, RCPT, DATA; `dot_sent` says whether the server may have taken it."""

    def __init__(self, client: aiosmtplib.SMTP, timeout: float, answer_seconds: float) -> None:
        self._client = client
        self._timeout = timeout
        self._answer_seconds = answer_seconds
        self.dot_sent = False

    async def run(self, email: Email) -> str:
        """The server's words when it took the mail; raises what aiosmtplib raises."""
        import aiosmtplib

        if not ADDRESS.fullmatch(email.to):
            raise ValueError(f"{email.to} is no single mail address")
        content = dotted(email.content)
        options = [f"SIZE={len(content)}"] if self._client.supports_extension("size") else []
        await self._client.mail(address_of(email.sender), options=options)
        await self._client.rcpt(email.to)
        answer = await self._client.execute_command(b"DATA")
        if answer.code != START_INPUT:
            raise aiosmtplib.SMTPDataError(answer.code, answer.message)
        answer = await self._content(content)
        if not 200 <= answer.code < 300:
            raise aiosmtplib.SMTPDataError(answer.code, answer.message)
        return answer.message

    async def _content(self, content: bytes) -> aiosmtplib.SMTPResponse:
        protocol = self._client.protocol
        if protocol is None:
            raise ConnectionError("the connection was lost")
        reading = asyncio.ensure_future(protocol.read_response())
        try:
            await asyncio.sleep(0)  # the reader listens from now on
            protocol.write(content)
            await asyncio.wait_for(self._left(reading), self._timeout)
            if not reading.done():
                protocol.write(b".\r\n")
                self.dot_sent = True
            return await asyncio.wait_for(reading, self._answer_seconds)
        finally:
            reading.cancel()

    async def _left(self, reading: asyncio.Future[aiosmtplib.SMTPResponse]) -> None:
        """Wait until the content has left, or the server has something to say before its end."""
        while not reading.done():
            transport = self._client.transport
            if not isinstance(transport, asyncio.WriteTransport) or transport.is_closing():
                raise ConnectionError("the connection was lost")
            if transport.get_write_buffer_size() == 0:
                return
            await asyncio.sleep(POLL_SECONDS)


def dotted(content: bytes) -> bytes:
    r"""Content as DATA wants it: lines end in CRLF, and a dot that begins a line is doubled (RFC 5321, 4.5.2).

    >>> dotted(b"a\n.b")
    b'a\r\n..b\r\n'
    """
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", lines)


def _deferred(why: str, code: int | None = None) -> Delivery:
    return Delivery(state="deferred", detail=_line(why), code=code)


def _refused(why: str, code: int | None = None) -> Delivery:
    return Delivery(state="refused", detail=_line(why), code=code)


def _ambiguous(why: str) -> Delivery:
    return Delivery(state="ambiguous", detail=_line(f"after the mail was handed over: {why}"))


def _line(text: str) -> str:
    return safe_text.clean(text, 300)
