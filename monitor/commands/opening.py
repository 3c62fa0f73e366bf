"""What most commands begin with: the configuration, a clock, the application, a store that exists."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.errors import UsageError
from monitor.wall_clock import start_of_day

if TYPE_CHECKING:
    from config import Settings
    from monitor.app import App
    from monitor.leadership import Leadership
    from monitor.show import Progress
    from monitor.store import Store

Clock = Callable[[], datetime]
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2199, 12, 31)
"""Days a company may be looked at."""


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def read_settings(path: Path) -> Settings:
    """The configuration at `path`.

    Raises ConfigError with every problem in it, UsageError where there is no such file.
    """
    from config import load

    if not path.exists():
        raise UsageError(f"{path}: no such file; `leftturn init FILE...` writes one, --config names another")
    return load(path, environ=os.environ)


def open_app(
    settings: Settings,
    clock: Clock,
    progress: Progress | None = None,
    leadership: Leadership | None = None,
    alive: Callable[[], None] = lambda: None,
) -> App:
    """The application, wired; raises what would fail later before the first job."""
    from monitor.app import App

    return App.build(settings, clock, progress=progress, leadership=leadership, alive=alive)


def open_existing_store(settings: Settings) -> Store:
    """The store, for looking at; raises StoreError where there is none yet."""
    from monitor.store import open_store

    return open_store(settings.database, password=password_of(settings), create=False)


def parse_day(text: str, option: str) -> date:
    """A date written as 2026-01-31; raises UsageError naming the option."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option}: {text!r} is no date; write it like 2026-01-31") from None


def end_of(day: date, timezone: str) -> datetime:
    """The instant at which `day` is over in `timezone`: what "as of that day" means."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise UsageError(f"--as-of {day}: name a day between {FIRST_DAY} and {LAST_DAY}")
    return start_of_day(timezone, day + timedelta(days=1))


def hold_database(settings: Settings) -> AbstractContextManager[Leadership]:
    """Be the one active process on the settings' database; raises AnotherDaemon on entry."""
    from monitor.leadership import only_daemon

    return only_daemon(settings.database, password_of(settings))


def stand_by(settings: Settings) -> AbstractContextManager[Leadership]:
    """Be the active process on the settings' database, or the one that follows it."""
    from monitor import leadership

    return leadership.stand_by(settings.database, password_of(settings))


def password_of(settings: Settings) -> str | None:
    """The database's password, where the environment gives one."""
    secret = settings.database_password
    return secret.get_secret_value() if secret is not None else None
