"""`leftturn console`: the pages without the daemon's ticking."""

from __future__ import annotations

import signal
from pathlib import Path

from monitor.commands.opening import read_settings, system_clock
from monitor.errors import UsageError
from monitor.show import note

ENDS = (signal.SIGTERM, signal.SIGINT)


def console(config: Path) -> int:
    """Serve until told to stop. Raises UsageError without a console section, ConsoleError, StoreError."""
    from monitor.console.server import serving
    from monitor.daemon import structured_log

    settings = read_settings(config)
    if settings.console is None:
        raise UsageError(f"{config}: there is no console section; config/default.yaml shows one")
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)  # so that the serving thread is not told
    try:
        with serving(settings, system_clock, structured_log()):
            note(f"leftturn: the pages are on http://{settings.console.bind}")
            signal.sigwait(ENDS)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return 0
