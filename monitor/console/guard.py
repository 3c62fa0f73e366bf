"""What stands before every page: the host asked for, the size of what is sent, where it comes from, the headers back.

No page loads anything but its own style, runs a script, is framed, or tells another site where the reader was.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 64 * 1024
OPEN_TO_ALL_HOSTS = frozenset({"/healthz", "/readyz"})
"""What a load balancer asks by whatever name, and what says nothing."""
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
SECURE = "max-age=31536000"


class TooLargeError(Exception):
    """More was sent than any form of ours holds."""


class Guard:
    """The outermost layer. `hosts` are the names that pages may be asked for by; `secure` where the URL is https."""

    def __init__(self, app: ASGIApp, *, hosts: Collection[str], secure: bool) -> None:
        self._app = app
        self._hosts = frozenset(host.casefold() for host in hosts)
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what may not be asked; pass the rest on, with a limit and with our headers."""
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await refusal(scope, receive, self._dressed(send))
            return
        await self._app(scope, _limited(receive), self._dressed(send))

    def _refusal(self, scope: Scope, headers: Headers) -> PlainTextResponse | None:
        if scope["path"] not in OPEN_TO_ALL_HOSTS and not self._known(headers.get("host", "")):
            return _plain("These pages are not served under this name: set console.url to it.", 421)
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return _plain("Only GET and POST.", 405)
        if scope["method"] == "POST":
            if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
                return _plain("A form of another site may not be sent here.", 403)
            length = headers.get("content-length", "0")
            if not length.isdecimal() or int(length) > MOST_BYTES:
                return _plain("Too much was sent.", 413)
        return None

    def _known(self, host: str) -> bool:
        return host_of(host) in self._hosts

    def _dressed(self, send: Send) -> Send:
        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                if self._secure:
                    headers["Strict-Transport-Security"] = SECURE
            await send(message)

        return dressed


def host_of(header: str) -> str:
    """The host of a Host header without its port, in small letters; "" where it is none.

    >>> host_of("LeftTurn.acme.example:443"), host_of("[::1]:8615"), host_of("a b")
    ('leftturn.acme.example', '::1', '')
    """
    try:
        return (urlsplit(f"//{header}").hostname or "") if header and " " not in header else ""
    except ValueError:
        return ""


def _limited(receive: Receive) -> Receive:
    """Counts what comes in: a length may be missing or a lie."""
    read = 0

    async def limited() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > MOST_BYTES:
            raise TooLargeError
        return message

    return limited


def _plain(text: str, status: int) -> PlainTextResponse:
    return PlainTextResponse(text + "\n", status_code=status)
