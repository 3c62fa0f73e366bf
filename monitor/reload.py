"""Another configuration without a restart: asked for by SIGHUP, taken at the beginning of the next tick.

It is read and judged as a whole, and everything that it needs is opened, before the one in force is let go. A wrong
one changes nothing: operations are told, and the one in force stays. Several wishes before a tick are one.
What the process holds from its start (the database that it leads, the address of its pages) takes a restart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from monitor.errors import lines
from monitor.store.failures import StoreError

if TYPE_CHECKING:
    from config.settings import Settings
    from monitor.daemon import Log

SUBJECT = "The changed configuration is refused"
BY_RESTART = "another {name} takes a restart: leave `{name}` as it was, or restart the daemon"


class Application(Protocol):
    """What is exchanged: the application of one configuration."""

    def tick(self, now: datetime) -> object:
        """Do all that is due at `now`."""
        ...

    def beat(self, now: datetime) -> tuple[str, ...] | None:
        """After a tick: tell the dead man's switch that all is well, if it is."""
        ...

    def tell_operations(self, subject: str, said: Sequence[str], now: datetime) -> None:
        """Queue a word about the configuration to operations."""
        ...

    def close(self) -> None:
        """Give back what was opened."""
        ...


class Reloading:
    """Ticks the application of the configuration in force.

    read    the settings as they are written now; raises what is wrong with them
    build   their application, with all that it needs opened; raises what cannot be had
    taken   is told the settings that came into force, for what goes by them beside the application
    """

    def __init__(
        self,
        settings: Settings,
        app: Application,
        *,
        read: Callable[[], Settings],
        build: Callable[[Settings], Application],
        taken: Callable[[Settings], None],
        log: Log,
    ) -> None:
        self._settings, self._app = settings, app
        self._read, self._build, self._taken = read, build, taken
        self._log = log
        self._asked = False

    def ask(self) -> None:
        """Let the next tick read the configuration again. Safe inside a signal handler."""
        self._asked = True

    def tick(self, now: datetime) -> object:
        """One tick, by the new configuration where one was asked for and is good."""
        if self._asked:
            self._asked = False  # first, so that a wish that comes meanwhile is not lost
            self._reload(now)
        return self._app.tick(now)

    def beat(self, now: datetime) -> tuple[str, ...] | None:
        """The beat of the application in force."""
        return self._app.beat(now)

    def _reload(self, now: datetime) -> None:
        try:
            settings = self._read()
            if settings.config_digest == self._settings.config_digest:
                self._log.info("the configuration is as it was")
                return
            if said := takes_a_restart(self._settings, settings):
                self._refuse(said, now)
                return
            app = self._build(settings)
        except StoreError as error:  # says nothing of the configuration
            self._asked = True
            self._log.error("the configuration is read again at the next tick", message=str(error))
        except Exception as error:
            self._refuse([line.removeprefix("leftturn: ") for line in lines(error)], now)
        else:
            old, self._app, self._settings = self._app, app, settings
            old.close()
            self._taken(settings)
            self._log.info("another configuration is in force", digest=settings.config_digest)

    def _refuse(self, said: Sequence[str], now: datetime) -> None:
        self._log.error("the changed configuration is refused", problems=list(said))
        self._app.tell_operations(SUBJECT, said, now)


def takes_a_restart(before: Settings, after: Settings) -> list[str]:
    """What of the new settings cannot be taken while the process runs, a sentence each."""
    return [
        BY_RESTART.format(name=name)
        for name in ("database", "console")
        if getattr(before, name) != getattr(after, name)
    ]
