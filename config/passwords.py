"""Secrets: found in the environment or a file that the configuration names, never in the configuration.

A section that needs one has the keys `NAME_env` and `NAME_file`, and an attribute `NAME` that the loader fills.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, PlainValidator, SecretStr

from config.document import Loc
from config.refusal import refuse

DATABASE_PASSWORD = "LEFTTURN_DATABASE_PASSWORD"  # noqa: S105  the variable's name, not its value
LONGEST_SECRET = 4096
SECRET_WORDS = ("password", "passwort", "passwd", "secret", "token", "api_key", "credential")


def kept_outside(instead: str) -> PlainValidator:
    """What refuses a secret that is written in the file; `instead` is what to write there."""

    def refuse_written(value: Any) -> Any:
        if value is None or isinstance(value, SecretStr | tuple):  # the loader's own
            return value
        raise refuse(f"must not stand in this file; write {instead}")

    return PlainValidator(refuse_written)


def found_by_the_loader(default: Any = None) -> Any:
    """The field of such a secret: in no output."""
    return Field(default=default, exclude=True, repr=False)


def secret_of(
    section: object, name: str, environ: Mapping[str, str], base: Path, at: Loc
) -> SecretStr | None:
    """The secret that a section's `NAME_env` or `NAME_file` leads to; None where it has neither.

    at   where the section stands; raises the refusal at the key that is wrong
    """
    variable, file = (getattr(section, f"{name}_{road}", None) for road in ("env", "file"))
    if variable is not None:
        return from_environment(variable, environ, (*at, f"{name}_env"))
    return from_file(base / file, (*at, f"{name}_file")) if file is not None else None


def holds_a_secret(key: str) -> bool:
    """Whether a key that is no setting looks as if somebody wrote a secret under it."""
    key = key.casefold()
    return any(word in key for word in SECRET_WORDS) and not re.search("_(env|file)", key)


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
