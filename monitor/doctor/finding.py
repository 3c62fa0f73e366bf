"""What an examination finds, and what it may look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from config.settings import Settings, Smtp
    from monitor.store import Store

State = Literal["well", "look", "ill"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at.

    state    well, look (it works, and may not for ever) or ill (mend it)
    message  what was found and, unless it is well, what to do
    """

    part: str
    state: State
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """Everything an examination may look at; the store is None where there is no database yet."""

    settings: Settings
    store: Store | None
    clock: Callable[[], datetime]
    probe: Callable[[Smtp], str | None]
    mounts: str = ""
    """What is mounted where, as /proc/self/mountinfo has it."""

    @property
    def now(self) -> datetime:
        """The instant, aware."""
        return self.clock()
