"""After the clock was wrong: what it wrote is dated anew, and operations hear of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from monitor.operations import tell_operations
from monitor.store import Store, redating

if TYPE_CHECKING:
    from config.settings import Settings


def put_dates_right(store: Store, settings: Settings, now: datetime) -> bool:
    """Let nothing that was written lie in the future; whether anything did.

    Where it is the present clock that is behind, nothing is dated by it, and operations hear of that.
    """
    now = now.astimezone(UTC)
    with store.read() as conn:
        done = redating.furthest(conn)
        if done is None or done <= now + redating.TOLERANCE:
            return False
        behind = redating.is_behind(conn, now, done)
    if behind:
        subject = "The clock of this machine is behind"
        lines = [
            f"it shows {now:%Y-%m-%d %H:%M} UTC, and there are deals opened after that; set it right",
            "This mail carries the date of the newest thing that was done, since the clock's is wrong.",
        ]
    else:
        subject = "The clock of this machine was ahead, and is put right"
        lines = [f"it showed {done:%Y-%m-%d %H:%M} UTC; what was written by it is dated anew"]
    with store.write() as conn:
        if not behind:
            redating.redate(conn, now)
        key, dated = f"{subject}:{done:%Y-%m-%d %H:%M}", done if behind else now
        tell_operations(conn, settings, subject, lines, key=key, now=now, dated=dated)
    return not behind
