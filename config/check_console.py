"""Whether the pages can be served safely: who comes in, what signs, and which secrets are long enough."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import SecretStr

from config.document import Loc, Wrong
from config.passwords import secret_of
from config.refusal import refuse
from config.settings import Settings
from config.settings_console import SHORTEST_KEY, SHORTEST_TOKEN, Console, is_this_machine

AT: Loc = ("console",)
MOST_KEYS = 5


def check_console(settings: Settings) -> Iterator[Wrong]:
    """The console's keys against one another."""
    console = settings.console
    if console is None:
        return
    for name in ("token", "signing_key"):
        if getattr(console, f"{name}_env") is not None and getattr(console, f"{name}_file") is not None:
            yield (*AT, f"{name}_file"), f"and {name}_env are both given; it comes from one of them"
    has_token = console.token_env is not None or console.token_file is not None
    if console.auth == "token" and not has_token:
        yield (
            (*AT, "token_env"),
            "is missing: the environment variable with the token that opens the pages, or token_file",
        )
    if console.auth == "none":
        if has_token:
            yield (*AT, "auth"), "a token is given and not used; write auth: token"
        if not is_this_machine(console.host):
            yield (
                (*AT, "auth"),
                f"none lets everybody in, and {console.bind} is open to others; write auth: token",
            )
        elif console.url is not None and not console.url.startswith("http://"):
            yield (*AT, "auth"), "none lets everybody in, and url is open to others; write auth: token"
    if console.url is not None and console.signing_key_env is None and console.signing_key_file is None:
        yield (
            (*AT, "signing_key_env"),
            "is missing: with url the mails carry signed links, and something must sign them",
        )


def console_secrets(console: Console, environ: Mapping[str, str], base: Path) -> Console:
    """The console with its token and its signing keys. Raises the refusal at the key that is wrong."""
    token = secret_of(console, "token", environ, base, AT)
    if token is not None and len(token.get_secret_value()) < SHORTEST_TOKEN:
        raise refuse(_too_short("token", SHORTEST_TOKEN), _place(console, "token"))
    written = secret_of(console, "signing_key", environ, base, AT)
    keys = re.split(r"[\s,]+", written.get_secret_value().strip()) if written is not None else []
    if any(len(key) < SHORTEST_KEY for key in keys):
        raise refuse(_too_short("signing key", SHORTEST_KEY), _place(console, "signing_key"))
    if len(keys) > MOST_KEYS or len(set(keys)) < len(keys):
        raise refuse(
            f"must hold at most {MOST_KEYS} different signing keys, the newest first",
            _place(console, "signing_key"),
        )
    found = {"token": token, "signing_keys": tuple(SecretStr(key) for key in keys)}
    return console.model_copy(update=found)


def _too_short(what: str, shortest: int) -> str:
    return (
        f"the {what} is shorter than {shortest} characters and could be guessed; "
        f"`openssl rand -base64 {shortest}` makes a good one"
    )


def _place(console: Console, name: str) -> Loc:
    return (*AT, f"{name}_env" if getattr(console, f"{name}_env") is not None else f"{name}_file")
