"""The dead man's switch: an address outside is asked for while all is well, and only then.

Whoever watches the address (a service such as a cron monitor) raises the alarm when it was not asked for: so a
daemon that is dead, stuck, cut off or half working is found by something that is none of these.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.readiness import Trouble

if TYPE_CHECKING:
    from config.settings import Heartbeat

Ask = Callable[[str], str | None]
"""Asks for an address; None when it answered, else what went wrong, without the address."""
SECONDS = 10.0


class Heart:
    """Beats at most every `every`; `ask` is the network, `look` finds what does not work."""

    def __init__(
        self, settings: Heartbeat, ask: Ask, look: Callable[[datetime], tuple[Trouble, ...]]
    ) -> None:
        self._settings = settings
        self._ask = ask
        self._look = look
        self._last: datetime | None = None

    def beat(self, now: datetime) -> tuple[str, ...] | None:
        """Ask for the address if it is time and all is well; None where it was not time.

        Otherwise what kept it from beating; nothing where it beat. After a failure the next tick tries again.
        """
        if not self._due(now):
            return None
        wrong = tuple(f"{trouble.part}: {trouble.message}" for trouble in self._look(now))
        if not wrong and self._settings.url is not None:
            said = self._ask(self._settings.url.get_secret_value())
            wrong = (f"heartbeat: {said}",) if said is not None else ()
        if not wrong:
            self._last = now
        return wrong

    def _due(self, now: datetime) -> bool:
        """A clock that stepped back must not keep the heart still."""
        return self._last is None or not timedelta(0) <= now - self._last < self._settings.every


def ask_by_http(url: str) -> str | None:
    """GET `url`; None when it answered with success. The address is a secret and is not repeated."""
    import httpx

    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs every address that it asks for
    try:
        answer = httpx.get(url, timeout=SECONDS, follow_redirects=True)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"the address does not answer ({type(error).__name__})"
    return None if answer.is_success else f"the address answers {answer.status_code}"
