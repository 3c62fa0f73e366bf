"""Who does not want which mails any more: the newest word of each person on each kind stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from monitor.store.acts import ActError, Author, one_line, save_act
from monitor.store.tables import subscription

KINDS = ("inflections", "digest", "operations")


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What somebody last said of a person's mails of one kind."""

    email: str
    kind: str
    wanted: bool
    by: str
    via: str
    at: datetime


def subscribe(conn: Connection, author: Author, email: str, kind: str, *, wanted: bool) -> None:
    """Write down whether a person wants mails of a kind. Saying what stands already adds no row.

    Raises ActError for a kind that there is not.
    """
    if kind not in KINDS:
        raise ActError(f"{one_line(kind, 40)!r} is no kind of mail; write {', '.join(KINDS)}")
    known = words(conn).get((email.casefold(), kind))
    if (known.wanted if known is not None else True) == wanted:
        return
    save_act(conn, subscription, author, {"email": email.casefold(), "kind": kind, "wanted": wanted})


def words(conn: Connection) -> dict[tuple[str, str], Word]:
    """By address in small letters and kind, the word that stands."""
    rows = conn.execute(select(subscription).order_by(subscription.c.id)).mappings()
    return {
        (row["email"], row["kind"]): Word(**{name: row[name] for name in Word.__dataclass_fields__})
        for row in rows
    }


def unsubscribed(conn: Connection) -> frozenset[tuple[str, str]]:
    """Address in small letters and kind of every mail that is not wanted any more."""
    return frozenset(key for key, word in words(conn).items() if not word.wanted)
