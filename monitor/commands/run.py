"""`leftturn run`: the daemon."""

from __future__ import annotations

from pathlib import Path

from monitor.commands.opening import open_app, read_settings, stand_by, system_clock


def run(config: Path) -> int:
    """Run until told to stop. Raises ConfigError before anything starts.

    Where another daemon is active, a server's database lets this one stand by; a file's raises AnotherDaemon.
    """
    from monitor.daemon import SignsOfLife, run_daemon

    settings, life = read_settings(config), SignsOfLife()
    with stand_by(settings) as leadership:
        app = open_app(settings, system_clock, leadership=leadership, alive=life.seen)
        app.prepare()
        run_daemon(app, life=life, after_tick=app.beat, leadership=leadership)
    return 0
