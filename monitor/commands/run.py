"""`leftturn run`: the daemon."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.commands.opening import open_app, read_settings, stand_by, system_clock

if TYPE_CHECKING:
    from config import Settings
    from monitor.app import App
    from monitor.console.pulse import Pulse
    from monitor.daemon import Log


def run(config: Path) -> int:
    """Run until told to stop; SIGHUP reads the configuration again. Raises ConfigError before anything starts.

    Where another daemon is active, a server's database lets this one stand by; a file's raises AnotherDaemon.
    """
    from monitor.console.pulse import Pulse
    from monitor.daemon import SignsOfLife, run_daemon, structured_log
    from monitor.network_disk import read_mounts
    from monitor.reload import Reloading

    settings, life, log = read_settings(config), SignsOfLife(), structured_log()
    with stand_by(settings) as leadership, ExitStack() as pages:

        def build(settings: Settings) -> App:
            app = open_app(settings, system_clock, leadership=leadership, alive=life.seen)
            app.prepare()
            return app

        def serve_anew(settings: Settings) -> None:
            pages.close()
            _serve_beside(pages, settings, pulse, leadership.leads, log, needed=False)

        reloading = Reloading(
            settings,
            build(settings),
            read=lambda: read_settings(config),
            build=build,
            taken=serve_anew,
            log=log,
        )
        warn_of_place(settings, read_mounts(), log)
        pulse = Pulse(reloading)
        _serve_beside(
            pages, settings, pulse, leadership.leads, log, needed=settings.database.startswith("sqlite")
        )
        run_daemon(
            pulse, life=life, after_tick=reloading.beat, leadership=leadership, on_hangup=reloading.ask
        )
    return 0


def warn_of_place(settings: Settings, mounts: str, log: Log) -> None:
    """Say in the log where the database lies on a disk of the network."""
    from monitor.live_store import database_file
    from monitor.network_disk import warning

    if (said := warning(database_file(settings), mounts)) is not None:
        log.error("the database is not safe where it is", message=said)


def _serve_beside(
    beside: ExitStack, settings: Settings, pulse: Pulse, leads: Callable[[], bool], log: Log, *, needed: bool
) -> None:
    """Serve the pages while the daemon runs, where they are configured.

    Raises ConsoleError where they are `needed` and the address cannot be had; one that stands by on the same machine
    goes on without.
    """
    from monitor.console.server import ConsoleError, serving

    if settings.console is None:
        return
    try:
        beside.enter_context(serving(settings, system_clock, log, pulse, leads))
    except ConsoleError as error:
        if needed:
            raise
        log.error("the pages are not served here", message=str(error))
