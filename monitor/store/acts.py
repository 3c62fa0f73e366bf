"""Who does something, when and by which road: what every row that a person makes begins with."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Table, insert, select

Via = Literal["mail", "console", "command"]
LONGEST_NAME, LONGEST_NOTE = 120, 500


class ActError(ValueError):
    """What was asked for cannot be done; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """A person at work. `nonce` is of the form that was sent: sent twice, it is one row."""

    who: str
    via: Via
    at: datetime
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(12))


def save_act(conn: Connection, table: Table, author: Author, values: dict[str, Any]) -> int:
    """The id of the new row; of the one that is there, where the same form was sent before.

    Writers take turns, so that nobody else adds the row between the look and the insert.
    """
    known = conn.execute(select(table.c.id).where(table.c.nonce == author.nonce)).scalar()
    if known is not None:
        return int(known)
    row = {"at": author.at, "by": who(author.who), "via": author.via, "nonce": author.nonce, **values}
    return int(conn.execute(insert(table).values(row).returning(table.c.id)).scalar_one())


def who(text: str) -> str:
    """A person's name as it is kept. Raises ActError where it is empty."""
    name = one_line(text, LONGEST_NAME)
    if not name:
        raise ActError("say who you are: it stands beside what you decide")
    return name


def one_line(text: str, longest: int = LONGEST_NOTE) -> str:
    """What somebody wrote as one line of bounded length, without what cannot be stored or seen."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text[: 4 * longest])
    return " ".join(plain.split())[:longest].rstrip()
