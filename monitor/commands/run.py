"""`leftturn run`: the daemon."""

from __future__ import annotations

from pathlib import Path

from monitor.commands.opening import open_app, read_settings, stand_by, system_clock


def run(config: Path) -> int:
    """Run until told to stop. Raises ConfigError before anything starts.

    Where another daemon is active, a server's database lets this one stand by; a file's raises AnotherDaemon.
    """
    from monitor.daemon import run_daemon

    settings = read_settings(config)
    with stand_by(settings) as leadership:
        app = open_app(settings, system_clock, leadership=leadership)
        app.prepare()
        run_daemon(app, leadership=leadership)
    return 0
