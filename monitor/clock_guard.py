"""A clock that leaps ahead is not believed at once: a tick by it would mark as missed what is due by the right one.

The wall clock is held against one that counts while the machine sleeps and never steps (CLOCK_BOOTTIME). A laptop
that slept for three days moves both; a clock set wrong moves one. One that is more than a day further ahead than ever
before is believed after an hour, since a virtual machine that was paused looks the same. A clock that is set back
needs no guard: what is done has a key, and stays done.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

LEAP = timedelta(days=1)
BELIEVED_AFTER = timedelta(hours=1)


def since_boot() -> float:
    """Seconds since the machine started, sleep included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class ClockGuard:
    """Whether the wall clock can be believed, judged by `steady` seconds that never step."""

    def __init__(self, steady: Callable[[], float] = since_boot) -> None:
        self._steady = steady
        self._started: datetime | None = None
        """The furthest start of `steady` by a wall clock that was believed."""
        self._doubted_since: float | None = None

    def believes(self, now: datetime) -> bool:
        """Whether a tick may go by `now`."""
        steady = self._steady()
        try:
            started = now - timedelta(seconds=steady)
        except OverflowError:
            return False
        if self._started is None or started - self._started <= LEAP:
            self._started = max(started, self._started or started)
            self._doubted_since = None
            return True
        if self._doubted_since is None:
            self._doubted_since = steady
        if steady - self._doubted_since < BELIEVED_AFTER.total_seconds():
            return False
        self._started, self._doubted_since = started, None
        return True
