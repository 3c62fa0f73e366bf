"""The daemon's pulse: when the last tick began and ended, for those who ask whether it lives."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

FRESH_SECONDS = 150.0
"""Five ticks without one is no pulse."""
LONGEST_TICK = 3600.0
"""A first load of a large history may take minutes; an hour is not at work any more."""


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
        self._ended: float = monotonic()
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

    def silent_for(self) -> float:
        """Seconds since the last tick ended."""
        return self._monotonic() - self._ended

    def beats(self) -> bool:
        """Whether a tick ended lately, or one is at work that may still be."""
        began = self._began
        if began is not None:
            return self._monotonic() - began < LONGEST_TICK
        return self.silent_for() < FRESH_SECONDS
