"""Logging in at a mail server: by password, or by an OAuth 2 token (XOAUTH2, or OAUTHBEARER of RFC 7628).

A token lives for an hour or so. It is asked for at each connection, and once more where the server does not take it:
a source that keeps tokens then gets another one.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import aiosmtplib

Token = Callable[[bool], str]
"""Gives a token; asked with True, another one than before. Raises NoTokenError."""
CONTINUE, LOGGED_IN = 334, 235


class NoTokenError(Exception):
    """There is no token to be had; its text says why, and holds no part of one."""


async def by_password(client: aiosmtplib.SMTP, username: str, password: str) -> None:
    """Log in the first way that the server offers, once: trying every way counts as several wrong passwords."""
    import aiosmtplib

    if client.is_ehlo_or_helo_needed:
        await client.ehlo()
    ways = {"plain": client.auth_plain, "login": client.auth_login, "cram-md5": client.auth_crammd5}
    offered = [way for way in ways if way in client.supported_auth_methods]
    if not offered:
        raise aiosmtplib.SMTPException("the server offers no login by password")
    await ways[offered[0]](username, password)


async def by_token(client: aiosmtplib.SMTP, username: str, token: Token, place: tuple[str, int]) -> None:
    """Log in with a token; `place` is the server's host and port, which OAUTHBEARER binds the token to.

    Raises NoTokenError where there is no token, and what aiosmtplib raises where the server does not take it.
    """
    import aiosmtplib

    first = token(False)
    try:
        await _with_token(client, username, first, place)
    except aiosmtplib.SMTPAuthenticationError:
        second = token(True)
        if second == first or not client.is_connected:
            raise
        await _with_token(client, username, second, place)


async def _with_token(client: aiosmtplib.SMTP, username: str, token: str, place: tuple[str, int]) -> None:
    import aiosmtplib

    if client.is_ehlo_or_helo_needed:
        await client.ehlo()
    offered = client.server_auth_methods  # those the library calls supported are passwords alone
    if "xoauth2" in offered:
        await client.auth_xoauth2(username, token)
    elif "oauthbearer" in offered:
        answer = await client.execute_command(b"AUTH", b"OAUTHBEARER", bearer(username, token, *place))
        if (
            answer.code == CONTINUE
        ):  # the reason, to which the client says that it has heard (RFC 7628, 3.2.3)
            answer = await client.execute_command(b"AQ==")
        if answer.code != LOGGED_IN:
            raise aiosmtplib.SMTPAuthenticationError(answer.code, answer.message)
    else:
        raise aiosmtplib.SMTPException("the server offers no login by token")


def bearer(username: str, token: str, host: str, port: int) -> bytes:
    r"""What OAUTHBEARER sends (RFC 7628, 3.1), in base64.

    >>> base64.b64decode(bearer("a@b.example", "t0", "smtp.b.example", 587))
    b'n,a=a@b.example,\x01host=smtp.b.example\x01port=587\x01auth=Bearer t0\x01\x01'
    """
    name = username.replace("=", "=3D").replace(",", "=2C")
    said = f"n,a={name},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01"
    return base64.b64encode(said.encode())
