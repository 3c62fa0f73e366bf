"""The daemon's pulse: how often it ticked, and when the last tick ended, for those who ask whether it lives."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

LONGEST_TICK = 3600.0
"""A first load of a large history may take minutes; what takes an hour is not at work any more."""


class Ticks(Protocol):
    """What ticks: the application."""

    def tick(self, now: datetime) -> object:
        """Do all that is due at `now`."""
        ...


class Pulse:
    """Ticks an application and remembers when, by a clock that never steps."""

    def __init__(self, app: Ticks, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._monotonic = monotonic
        self._began: float | None = None
        self._ended: float | None = None
        self.ticks = 0
        self.failed = 0

    def tick(self, now: datetime) -> object:
        """One tick of the application."""
        self._began = self._monotonic()
        try:
            return self._app.tick(now)
        except BaseException:
            self.failed += 1
            raise
        finally:
            self._began, self._ended = None, self._monotonic()
            self.ticks += 1

    def silent_for(self) -> float | None:
        """Seconds since the last tick ended; None before the first. One at work is no silence, for an hour."""
        if self.at_work():
            return 0.0
        return None if self._ended is None else self._monotonic() - self._ended

    def at_work(self) -> bool:
        """Whether a tick is at work, and not for too long to be believed."""
        began = self._began
        return began is not None and self._monotonic() - began < LONGEST_TICK

    def last_tick(self, now: datetime) -> datetime | None:
        """When the last tick ended, on the clock that says `now`; None before the first."""
        silent = self.silent_for()
        return None if silent is None else now - timedelta(seconds=silent)
