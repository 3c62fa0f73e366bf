"""Keys that are part of the contract but not of this version: refused by name, never ignored."""

from __future__ import annotations

import re

from config.document import Loc

NOT_BUILT: dict[tuple[str, ...], str] = {}
"""A star stands for any list position or name."""

SECRET_WORDS = ("password", "passwort", "passwd", "secret", "token", "api_key", "credential")


def not_built(loc: Loc) -> str | None:
    """The sentence for a key that is known but not built yet, or None.

    >>> not_built(("company", "name")) is None
    True
    """
    for pattern, what in NOT_BUILT.items():
        if len(pattern) == len(loc) and all(
            p in ("*", str(part)) for p, part in zip(pattern, loc, strict=True)
        ):
            return f"{what} is not in this version; delete this key"
    return None


def holds_a_secret(key: str) -> bool:
    """Whether a key that is no setting looks as if somebody wrote a secret under it."""
    key = key.casefold()
    return any(word in key for word in SECRET_WORDS) and not re.search("_(env|file)", key)
