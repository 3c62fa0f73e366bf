"""Telling systemd how the daemon is: ready, alive, stopping (the sd_notify protocol, sd_notify(3)).

One datagram to the socket named in NOTIFY_SOCKET; without one, nothing is said. With `WatchdogSec=` in the unit, a
daemon that stops saying that it is alive is ended and started again.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress

READY, ALIVE, STOPPING = "READY=1", "WATCHDOG=1", "STOPPING=1"


def notify(state: str, environ: Mapping[str, str]) -> bool:
    """Say `state` to the supervisor; False where there is none, or it cannot be reached."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        channel.connect("\0" + address[1:] if address.startswith("@") else address)
        channel.sendall(state.encode())
        return True
    return False
