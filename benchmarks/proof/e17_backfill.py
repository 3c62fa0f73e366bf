"""E17: three years of history are loaded at once, with changes in them. Nobody is alarmed about the past.

Leaders get no alert; operations get one mail that lists what the history shows; the newest digest goes out.
"""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

from company import LEADERS, OPERATIONS, Company, export, monday
from figures import Figure, Size, none
from smtp_sink import sink

WEEKS: dict[Size, int] = {"short": 60, "tenth": 156, "long": 156}
MINUTE = timedelta(minutes=1)


def run(size: Size) -> list[Figure]:
    """One tick on the whole history, and a few more."""
    from monitor.app import App

    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder, sink() as server:
        weeks = WEEKS[size]
        here = Company(Path(folder))
        here.write(port=server.port, lines=two_falls(weeks))
        app = App.build(here.settings(), lambda: monday(weeks))
        first = app.tick(monday(weeks - 2))
        for later in range(1, 3):
            app.tick(monday(weeks - 2) + later * MINUTE)
        opened = sum(week.opened for week in first.judged)
    words = [mail for mail in server.taken if mail.to == OPERATIONS]
    alerts = [m for m in server.taken if m.to in LEADERS and b"List-Unsubscribe" not in m.content]
    return [
        Figure(
            "weeks judged at once",
            f"{len(first.judged)}",
            f"more than {weeks // 2}",
            len(first.judged) > weeks // 2,
        ),
        Figure("changes found in the past", f"{opened}", "at least 1", opened >= 1),
        none("alerts about the past", len(alerts)),
        Figure("mails to operations about it", f"{len(words)}", "1", len(words) == 1),
    ]


def two_falls(weeks: int) -> list[str]:
    """An export that falls after a third of its weeks, and rises again after two thirds."""
    falling = export(3, weeks=weeks, fall_week=weeks // 3)
    steady = export(4, weeks=weeks, fall_week=weeks)
    third = 1 + (len(falling) - 1) * 2 // 3
    return [*falling[:third], *steady[third:]]
