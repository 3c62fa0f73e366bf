"""`leftturn run`: the daemon."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.commands.opening import open_app, read_settings, stand_by, system_clock

if TYPE_CHECKING:
    from config import Settings
    from monitor.console.pulse import Pulse
    from monitor.daemon import Log


def run(config: Path) -> int:
    """Run until told to stop. Raises ConfigError before anything starts.

    Where another daemon is active, a server's database lets this one stand by; a file's raises AnotherDaemon.
    """
    from monitor.console.pulse import Pulse
    from monitor.daemon import SignsOfLife, run_daemon, structured_log
    from monitor.network_disk import read_mounts

    settings, life = read_settings(config), SignsOfLife()
    with stand_by(settings) as leadership, ExitStack() as beside:
        app = open_app(settings, system_clock, leadership=leadership, alive=life.seen)
        app.prepare()
        warn_of_place(settings, read_mounts(), structured_log())
        pulse = Pulse(app)
        if settings.console is not None:
            _serve_beside(beside, settings, pulse, leadership.leads)
        run_daemon(pulse, life=life, after_tick=app.beat, leadership=leadership)
    return 0


def warn_of_place(settings: Settings, mounts: str, log: Log) -> None:
    """Say in the log where the database lies on a disk of the network."""
    from monitor.live_store import database_file
    from monitor.network_disk import warning

    if (said := warning(database_file(settings), mounts)) is not None:
        log.error("the database is not safe where it is", message=said)


def _serve_beside(beside: ExitStack, settings: Settings, pulse: Pulse, leads: Callable[[], bool]) -> None:
    """Serve the pages while the daemon runs.

    Raises ConsoleError where the address cannot be had; one that stands by on the same machine goes on without.
    """
    from monitor.console.server import ConsoleError, serving
    from monitor.daemon import structured_log

    log = structured_log()
    try:
        beside.enter_context(serving(settings, system_clock, log, pulse, leads))
    except ConsoleError as error:
        if settings.database.startswith("sqlite"):
            raise
        log.error("the pages are not served here", message=str(error))
