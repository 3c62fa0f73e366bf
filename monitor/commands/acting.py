"""What the commands that write down a person's word have in common: who it is, and a store to write to."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.commands.opening import open_existing_store, read_settings, system_clock
from monitor.errors import UsageError
from monitor.wall_clock import local_day

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from config import Settings
    from monitor.store.acts import Author


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """One transaction in a person's name; `today` is the company's day."""

    conn: Connection
    settings: Settings
    author: Author
    today: date


@contextmanager
def acting(config: Path, by: str | None) -> Iterator[Acting]:
    """Act in the store as `by`, or as the user logged in; what cannot be done is a UsageError."""
    from monitor.store.acts import ActError, Author

    settings, now = read_settings(config), system_clock()
    with open_existing_store(settings).write() as conn:
        author = Author(who=by if by is not None else _user(), via="command", at=now)
        try:
            yield Acting(conn=conn, settings=settings, author=author, today=today(settings, now))
        except ActError as error:
            raise UsageError(str(error)) from None


def today(settings: Settings, now: datetime) -> date:
    """The company's day."""
    return local_day(settings.company.timezone, now)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a process of a user that the machine does not know, as in containers
        return "command line"
