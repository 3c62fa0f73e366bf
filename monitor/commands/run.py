"""`leftturn run`: the daemon."""

from __future__ import annotations

from pathlib import Path

from monitor.commands.opening import hold_database, open_app, read_settings, system_clock


def run(config: Path) -> int:
    """Run until told to stop. Raises ConfigError before anything starts, AnotherDaemon if one is active."""
    from monitor.daemon import SignsOfLife, run_daemon

    settings, life = read_settings(config), SignsOfLife()
    with hold_database(settings):
        app = open_app(settings, system_clock, alive=life.seen)
        app.prepare()
        run_daemon(app, life=life, after_tick=app.beat)
    return 0
