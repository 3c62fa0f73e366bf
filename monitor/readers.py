"""The people of the configuration as the mail room knows them."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl
from sqlalchemy import Connection

from alerts.types import Reader
from monitor.store.subscriptions import unsubscribed
from monitor.where import matches

if TYPE_CHECKING:
    from config.settings import Person, Settings
    from config.where import Where


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


def _segments(person: Person) -> dict[str, Container[str]] | None:
    """The values of each segment that a reader asked for."""
    if person.where is None:
        return None
    return {name: Asked(name=name, where=person.where) for name in person.where.names()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The values of the segment `name` that meet a reader's conditions on it, read as everywhere else.

    >>> from config.where import parse_where
    >>> asked = Asked(name="region", where=parse_where({"region": {"not_in": ["emea", "APAC"]}}))
    >>> [value in asked for value in ("EMEA", "AMER")]
    [False, True]
    """

    name: str
    where: Where

    def __contains__(self, value: object) -> bool:
        conditions = tuple(each for each in self.where.conditions if each.name == self.name)
        row = pl.DataFrame({self.name: [str(value)]})
        return bool(row.select(matches(replace(self.where, conditions=conditions), row.columns)).item())
