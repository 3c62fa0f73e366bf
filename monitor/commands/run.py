"""`leftturn run`: the daemon."""

from __future__ import annotations

from pathlib import Path

from monitor.commands.opening import hold_database, open_app, read_settings, system_clock


def run(config: Path) -> int:
    """Run until told to stop. Raises ConfigError before anything starts, AnotherDaemon if one is active."""
    from monitor.daemon import run_daemon

    settings = read_settings(config)
    with hold_database(settings):
        app = open_app(settings, system_clock)
        app.prepare()
        run_daemon(app)
    return 0
