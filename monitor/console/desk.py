"""What every page needs: settings, a store of its own, the clock, and who may come in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from monitor.console.bearing import Borne
from monitor.console.failures import Failures
from monitor.console.links import Signer
from monitor.console.pulse import Pulse
from monitor.console.readiness import Check
from monitor.console.session import Sessions
from monitor.store import Store
from monitor.store.acts import Author, Via
from monitor.wall_clock import local_day

if TYPE_CHECKING:
    from config.settings import Console, Person, Settings


class Log(Protocol):
    """What the pages need of a logger."""

    def error(self, event: str, **fields: object) -> object:
        """Something failed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One configuration's pages. `signer` is None where nothing signs links, `pulse` where nothing ticks here.

    `checks` tells each part that is needed, well or not; `bears` what the data can bear.
    """

    settings: Settings
    console: Console
    store: Store
    clock: Callable[[], datetime]
    signer: Signer | None
    sessions: Sessions
    failures: Failures
    pulse: Pulse | None
    log: Log
    checks: Callable[[], list[Check]]
    bears: Callable[[], Borne]

    def today(self) -> date:
        """The company's day."""
        return local_day(self.settings.company.timezone, self.clock())

    def person(self, address: str) -> Person | None:
        """The reader with this address; None for one who is not in the configuration (any more)."""
        wanted = address.casefold()
        return next((one for one in self.settings.people if one.email.casefold() == wanted), None)

    def named(self, who: str) -> str:
        """A person as readers know them: the name that the configuration gives an address."""
        person = self.person(who)
        return person.name if person is not None and person.name else who

    def author(self, who: str, via: Via, *scope: str) -> Author:
        """Somebody at work; `scope` (the link or session, and the form's own word) makes a form one act."""
        nonce = hashlib.sha256("\x1f".join(scope).encode("utf-8", "replace")).hexdigest()[:32]
        return Author(who=who, via=via, at=self.clock(), nonce=nonce)
