"""Each part that LeftTurn needs, well or not, in a sentence: what /readyz answers, and what operations see first.

What is well is decided by `monitor.readiness`, as for the heartbeat. A process that only serves the pages has no tick
of its own: there, the tick is well where some process is active.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, get_args

from monitor.console.pulse import Pulse
from monitor.readiness import Part, Trouble, troubles
from monitor.store import Store, StoreError
from monitor.store.lease import active_holder

if TYPE_CHECKING:
    from config.settings import Settings

PARTS: tuple[Part, ...] = get_args(Part)
BUSY = "is held by another process"
"""What the store says of a database that another transaction writes to: in a long tick, that is no fault."""
WELL = "well"
NOBODY = "no daemon is active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One part that is needed, whether it is well, and what there is to say of it."""

    name: str
    ok: bool
    says: str


def checks(
    store: Store,
    settings: Settings,
    pulse: Pulse | None,
    now: datetime,
    leads: Callable[[], bool] = lambda: True,
) -> list[Check]:
    """Every part in a fixed order; `leads` says whether this process is the active one."""
    if pulse is not None:
        found = troubles(store, settings, now=now, last_tick=pulse.last_tick(now), active=leads())
    else:
        wrong = _nobody_ticks(store, settings)
        found = (*troubles(store, settings, now=now, last_tick=now, active=True), *wrong)
    said: dict[str, list[str]] = {part: [] for part in PARTS}
    at_work = pulse is None or pulse.at_work()
    for trouble in found:
        if at_work and BUSY in trouble.message:
            continue
        said[trouble.part].append(trouble.message)
    return [Check(name=part, ok=not lines, says="; ".join(lines) or WELL) for part, lines in said.items()]


def _nobody_ticks(store: Store, settings: Settings) -> tuple[Trouble, ...]:
    """That no process is active, seen from one that only serves pages."""
    from monitor.lock import active_process

    active: str | None
    if store.engine.dialect.name == "postgresql":
        try:
            with store.read() as conn:
                active = active_holder(conn)
        except StoreError:
            return ()  # the database says so itself
    else:
        active = active_process(settings.database)
    return () if active else (Trouble(part="tick", message=NOBODY),)


class Lately:
    """Checks that are made anew only after some seconds: who asks often must not make the database write often."""

    def __init__(
        self, look: Callable[[], list[Check]], seconds: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._look, self._seconds, self._monotonic = look, seconds, monotonic
        self._lock = threading.Lock()
        self._at = float("-inf")
        self._found: list[Check] = []

    def __call__(self) -> list[Check]:
        """The checks, as they were found at most `seconds` ago."""
        with self._lock:
            if self._monotonic() - self._at >= self._seconds:
                self._found = self._look()
                self._at = self._monotonic()
            return self._found
