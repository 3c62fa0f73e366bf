"""The dead man's switch falls still for each part that fails, and a process that is stuck ends itself."""

from __future__ import annotations

from figures import Figure, Size
from suites import suite

SWITCH, DAEMON = "tests/monitor/upkeep/test_heartbeat.py", "tests/monitor/shell/test_shell_daemon.py"


def run(size: Size) -> list[Figure]:
    """Tick, lease, sources (silent, failing, stopped), outbox and database; then the watchdogs."""
    switch = suite("parts in trouble that the switch missed, of its tests", [SWITCH])
    return (
        [switch]
        if size == "short"
        else [switch, suite("stuck or sleeping daemons missed, of the tests", [DAEMON])]
    )
