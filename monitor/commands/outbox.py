"""`leftturn outbox`: the mails that wait, went out or were given up."""

from __future__ import annotations

from pathlib import Path

from monitor.commands.opening import open_existing_store, read_settings
from monitor.show import as_json as to_json
from monitor.show import say, table

COLUMNS = (
    "message_id",
    "kind",
    "reason",
    "recipient",
    "subject",
    "state",
    "attempts",
    "created_at",
    "sent_at",
    "next_try_at",
    "last_error",
)
SHOWN = ("created_at", "state", "recipient", "subject", "attempts", "last_error")


def outbox(config: Path, *, as_json: bool) -> int:
    """Print every notice with its state, newest first; never its content."""
    from sqlalchemy import select

    from monitor.store import tables

    notice = tables.notice
    with open_existing_store(read_settings(config)).read() as connection:
        wanted = select(*(notice.c[column] for column in COLUMNS)).order_by(notice.c.created_at.desc())
        rows = [dict(row) for row in connection.execute(wanted).mappings()]
    if as_json:
        say(to_json({"notices": rows}))
    elif rows:
        table(
            [column.replace("_", " ") for column in SHOWN],
            [[row[column] for column in SHOWN] for row in rows],
        )
    else:
        say("The outbox is empty.")
    return 0
