"""Where the pages are served, how people come in, and what signs the links in mails."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr
from pydantic.json_schema import SkipJsonSchema

from config.kinds import OneOf, Text
from config.passwords import found_by_the_loader, kept_outside
from config.refusal import refuse, shown
from config.section import Section

BIND = "127.0.0.1:8615"
SHORTEST_KEY, SHORTEST_TOKEN = 32, 16


def _bind(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if not colon or not re.fullmatch(r"\d{1,5}", port) or not 1 <= int(port) <= 65535:
        raise refuse(f"{shown(text)} is no address with a port; write one such as {BIND}, or [::1]:8615")
    bare = host.removeprefix("[").removesuffix("]")
    if host != "localhost" and not (_is_address(bare) and (":" in bare) == host.startswith("[")):
        raise refuse(
            f"{shown(text)} must begin with an IP address of this machine, such as 127.0.0.1 or 0.0.0.0"
        )
    return text


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise refuse("is no address; write one such as https://leftturn.acme.example") from None
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise refuse("must be the bare address of the pages, such as https://leftturn.acme.example")
    plain = re.fullmatch(r"[A-Za-z0-9.-]+|[0-9A-Fa-f:]+", host)
    if parts.scheme not in ("http", "https") or not plain or port == 0:
        raise refuse(f"{shown(text)} is no web address; write one such as https://leftturn.acme.example")
    if parts.scheme == "http" and not is_this_machine(host):
        raise refuse("must begin with https://: a link in a mail is a login, and http shows it to everybody")
    if parts.path not in ("", "/"):
        raise refuse("must have no path behind the host: give the pages a host name of their own")
    return text.rstrip("/")


def is_this_machine(host: str) -> bool:
    """Whether a host is this machine and nothing else.

    >>> is_this_machine("localhost"), is_this_machine("127.0.0.1"), is_this_machine("0.0.0.0")
    (True, True, False)
    """
    if host.casefold() == "localhost":
        return True
    return _is_address(host) and ip_address(host).is_loopback


_OUTSIDE = kept_outside("its name with _env or _file behind it instead")


class Console(Section):
    """The pages for operations, and the pages that the buttons in mails lead to.

    token         opens the operations' pages; found by the loader, never read from the file
    signing_keys  sign the links in mails, the newest first; found by the loader
    """

    made = frozenset({"token", "signing_keys"})

    bind: Annotated[Text, AfterValidator(_bind)] = BIND
    url: Annotated[Text, AfterValidator(_url)] | None = None
    auth: Annotated[Literal["token", "none"], OneOf()] = "token"
    token_env: Text | None = None
    token_file: Text | None = None
    signing_key_env: Text | None = None
    signing_key_file: Text | None = None
    token: SkipJsonSchema[Annotated[SecretStr | None, _OUTSIDE]] = found_by_the_loader()
    signing_keys: SkipJsonSchema[Annotated[tuple[SecretStr, ...], _OUTSIDE]] = found_by_the_loader(())

    @property
    def host(self) -> str:
        """The address that is listened on, without brackets."""
        return self.bind.rpartition(":")[0].removeprefix("[").removesuffix("]")

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self.bind.rpartition(":")[2])
