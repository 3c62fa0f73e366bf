"""Passwords: found in the environment or a file that the configuration names, never in the configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from config.document import Loc
from config.refusal import refuse

DATABASE_PASSWORD = "LEFTTURN_DATABASE_PASSWORD"  # noqa: S105  the variable's name, not its value
LONGEST_SECRET = 4096


def from_environment(name: str, environ: Mapping[str, str], at: Loc = ()) -> SecretStr:
    """The secret in the variable `name`. Raises the refusal where there is none.

    What is written as the name is repeated only if it can be one: it may be the secret itself.
    """
    if not re.fullmatch(r"[A-Z_][A-Z0-9_]{0,99}", name):
        raise refuse("must be the name of an environment variable, in capitals, not the secret itself", at)
    value = environ.get(name, "")
    if not value:
        raise refuse(f"the environment variable {name} is not set; set it to the secret", at)
    return SecretStr(value)


def from_file(path: Path, at: Loc = ()) -> SecretStr:
    """The secret in a file, without the line break at its end. Raises the refusal where there is none."""
    try:
        if not path.is_file():
            raise refuse("there is no such file; put the secret, and nothing else, into it", at)
        with path.open("rb") as file:
            content = file.read(LONGEST_SECRET + 1)
    except OSError:
        raise refuse("the file cannot be read; let the user that runs leftturn read it", at) from None
    if len(content) > LONGEST_SECRET:
        raise refuse("the file is too large; put the secret, and nothing else, into it", at)
    try:
        value = content.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise refuse("the file is not UTF-8 text", at) from None
    if not value:
        raise refuse("the file is empty; put the secret into it", at)
    return SecretStr(value)
