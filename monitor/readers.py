"""The people of the configuration as the mail room knows them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from alerts.types import Reader
from monitor.store.subscriptions import unsubscribed

if TYPE_CHECKING:
    from config.settings import Person, Settings


def readers_of(settings: Settings) -> tuple[Reader, ...]:
    """Every reader, in the order of the configuration."""
    return tuple(reader_of(person, settings.company.timezone) for person in settings.people)


def subscribed_readers(conn: Connection, settings: Settings) -> tuple[Reader, ...]:
    """Every reader with the kinds of mail that they still want: what somebody was taken off is left out."""
    off = unsubscribed(conn)
    return tuple(
        replace(
            reader,
            receives=frozenset(
                kind for kind in reader.receives if (reader.email.casefold(), kind) not in off
            ),
        )
        for reader in readers_of(settings)
    )


def reader_of(person: Person, timezone: str) -> Reader:
    """One person; without a zone of their own they live in `timezone`."""
    return Reader(
        email=person.email,
        name=person.name,
        receives=frozenset(person.receives),
        verdicts=frozenset(person.verdicts) or None,
        segments=_segments(person),
        timezone=person.timezone or timezone,
        locale=person.locale,
        monthly=person.digest == "monthly",
    )


def _segments(person: Person) -> dict[str, frozenset[str]] | None:
    """The segment values a reader asked for; the configuration admits lists of values only."""
    if person.where is None:
        return None
    return {c.name: frozenset(str(value) for value in c.values) for c in person.where.conditions}
