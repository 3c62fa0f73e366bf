"""One conversation with a mail server: a mail is offered, and what the server says becomes its delivery.

What became of a mail follows from how far the conversation came:

    no connection, no encryption, no login     deferred: nothing to do with the mail
    larger than the server says it takes        refused, and not offered
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
from typing import TYPE_CHECKING, Literal

from alerts import safe_text
from alerts.channels.channel import HandingOver, told_nobody
from alerts.envelope import address_of
from alerts.failpoints import fp
from alerts.types import Delivery, Email

if TYPE_CHECKING:
    import aiosmtplib

About = Literal["road", "sender", "reader", "content"]
POLL_SECONDS = 0.005
GOODBYE_SECONDS = 5.0
TOO_LARGE = 552
START_INPUT, COMPLETED = 354, 250
REFUSALS = 400
"""Codes from here on say no."""
ADDRESS = re.compile(r"[!-;=?A-~]+@[!-;=?A-~]+")
"""One address in visible ASCII without the signs that end one: nothing that could carry a second command."""


class _TooLargeError(Exception):
    """The mail is larger than the server says that it takes."""


class Session:
    """One conversation with the server, past encryption and login."""

    def __init__(self, client: aiosmtplib.SMTP, timeout: float, answer_seconds: float) -> None:
        self._client = client
        self._timeout = timeout
        self._answer_seconds = answer_seconds

    @property
    def usable(self) -> bool:
        """Whether the next mail can go over this connection."""
        return self._client.is_connected

    async def send(self, email: Email, handing_over: HandingOver = told_nobody) -> Delivery:
        """Offer one mail; `handing_over` is told just before the dot that ends it goes out."""
        import aiosmtplib

        handover = _Handover(self._client, self._timeout, self._answer_seconds, handing_over)
        try:
            taken = await handover.run(email)
        except aiosmtplib.SMTPSenderRefused as error:
            await self._reset()
            refused = error.code == TOO_LARGE
            return (_refused if refused else deferred)(
                f"the sender is not accepted: {error.message}",
                error.code,
                about="content" if refused else "sender",
            )
        except aiosmtplib.SMTPResponseException as error:
            if handover.dot_sent and not 400 <= error.code < 600:
                self._client.close()
                return _ambiguous(f"an answer that is none: {error.message}")
            await self._reset()
            permanent = 500 <= error.code < 600
            about: About = "reader" if isinstance(error, aiosmtplib.SMTPRecipientRefused) else "content"
            return (_refused if permanent else deferred)(error.message, error.code, about=about)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            self._client.close()
            why = str(error) or type(error).__name__
            return _ambiguous(why) if handover.dot_sent else deferred(why, about="road")
        except _TooLargeError as error:
            return _refused(str(error), TOO_LARGE, about="content")
        except ValueError as error:  # an address that cannot be put into a command
            await self._reset()
            return _refused(str(error), about="reader")
        except BaseException:
            self._client.close()  # without the dot: the server throws away half a mail
            raise
        return Delivery(state="sent", detail=_line(taken), code=COMPLETED)

    async def leave(self) -> None:
        """Say goodbye; what was taken stays taken if nobody answers."""
        import aiosmtplib

        if self.usable:
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await self._client.quit(timeout=min(self._timeout, GOODBYE_SECONDS))
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

    def __init__(
        self, client: aiosmtplib.SMTP, timeout: float, answer_seconds: float, handing_over: HandingOver
    ) -> None:
        self._client = client
        self._timeout = timeout
        self._answer_seconds = answer_seconds
        self._handing_over = handing_over
        self.dot_sent = False

    async def run(self, email: Email) -> str:
        """The server's words when it took the mail; raises what aiosmtplib raises."""
        import aiosmtplib

        if not ADDRESS.fullmatch(email.to):
            raise ValueError(f"{email.to} is no single mail address")
        content = dotted(email.content)
        options = self._size(len(content))
        await self._client.mail(address_of(email.sender), options=options)
        fp("smtp.mail")
        await self._client.rcpt(email.to)
        fp("smtp.rcpt")
        answer = await self._client.execute_command(b"DATA")
        if answer.code != START_INPUT:
            raise aiosmtplib.SMTPDataError(answer.code, answer.message)
        fp("smtp.data")
        answer = await self._content(email, content)
        if (
            not self.dot_sent and answer.code < REFUSALS
        ):  # taken before it ended: whatever that is, it is not taken
            raise ConnectionError(f"an answer to half a mail: {answer.code} {answer.message}")
        fp("smtp.answered")
        if not 200 <= answer.code < 300:
            raise aiosmtplib.SMTPDataError(answer.code, answer.message)
        return answer.message

    def _size(self, mine: int) -> list[str]:
        """The size as an option of MAIL (RFC 1870), where the server wants to know; its limit 0 is none."""
        if not self._client.supports_extension("size"):
            return []
        most = self._client.esmtp_extensions["size"].strip()
        if most.isascii() and most.isdigit() and 0 < int(most) < mine:
            raise _TooLargeError(
                f"the server takes mails of up to {int(most):,} bytes, and this one has {mine:,}"
            )
        return [f"SIZE={mine}"]

    async def _content(self, email: Email, content: bytes) -> aiosmtplib.SMTPResponse:
        protocol = self._client.protocol
        if protocol is None:
            raise ConnectionError("the connection was lost")
        reading = asyncio.ensure_future(protocol.read_response())
        try:
            await asyncio.sleep(0)  # the reader listens from now on
            protocol.write(content)
            await asyncio.wait_for(self._left(reading), self._timeout)
            fp("smtp.content")
            if not reading.done():
                self._handing_over(email)
                protocol.write(b".\r\n")
                self.dot_sent = True
                fp("smtp.dot")
            return await asyncio.wait_for(reading, self._answer_seconds)
        finally:
            reading.cancel()

    async def _left(self, reading: asyncio.Future[aiosmtplib.SMTPResponse]) -> None:
        """Wait until the content has left, or the server has something to say before its end."""
        while not reading.done():
            transport = self._client.transport
            if not isinstance(transport, asyncio.WriteTransport) or transport.is_closing():
                raise ConnectionError("the connection was lost")
            if unsent(transport) == 0:
                return
            await asyncio.sleep(POLL_SECONDS)


def unsent(transport: asyncio.WriteTransport) -> int:
    """Bytes that were not given to the kernel yet; over TLS, those that are encrypted already count as well."""
    below = getattr(getattr(transport, "_ssl_protocol", None), "_transport", None)
    encrypted = below.get_write_buffer_size() if isinstance(below, asyncio.WriteTransport) else 0
    return transport.get_write_buffer_size() + encrypted


def dotted(content: bytes) -> bytes:
    r"""Content as DATA wants it: lines end in CRLF, and a dot that begins a line is doubled (RFC 5321, 4.5.2).

    >>> dotted(b"a\n.b")
    b'a\r\n..b\r\n'
    """
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", lines)


def deferred(why: str, code: int | None = None, about: About | None = None) -> Delivery:
    """Not taken; trying again can help."""
    return Delivery(state="deferred", detail=_line(why), code=code, about=about)


def _refused(why: str, code: int | None = None, about: About | None = None) -> Delivery:
    return Delivery(state="refused", detail=_line(why), code=code, about=about)


def _ambiguous(why: str) -> Delivery:
    return Delivery(state="ambiguous", detail=_line(f"after the mail was handed over: {why}"))


def _line(text: str) -> str:
    return safe_text.clean(text, 300)
