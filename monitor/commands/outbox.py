"""`leftturn outbox`: the mails that wait, went out, are held back or were given up."""

from __future__ import annotations

from pathlib import Path

from monitor.commands.opening import open_existing_store, read_settings, system_clock
from monitor.errors import UsageError
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


def outbox(config: Path, *, send: str | None, as_json: bool) -> int:
    """Print every notice with its state, newest first; never its content. With `send`, put that one on its way.

    Raises UsageError where `send` is no mail that was given up or held back.
    """
    if send is not None:
        return _send(config, send)
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


def _send(config: Path, message_id: str) -> int:
    from monitor.store.outbox import send_again

    with open_existing_store(read_settings(config)).write() as connection:
        found = send_again(connection, message_id, system_clock())
    if found is None:
        raise UsageError(f"--send {message_id}: no mail of this name was given up or held back")
    say(f"{message_id} goes out with the next tick, or with `leftturn once`.")
    return 0
