"""After a restore: the time between the backup and the restore is lived through again, and mails say so.

Whether a mail of that time went out is unknowable: its row is not in the backup. Its Message-ID is the same when it
is made again, so that a mail program may fold the two; and it carries `X-Possible-Duplicate: 1`.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from monitor.store.runs import Outcome, settle
from monitor.store.tables import run

JOB = "restore"


def remember_restore(connection: Connection, *, file: str, taken_at: datetime | None, now: datetime) -> None:
    """Write down that the store was restored from a backup, and that its catching up lies ahead."""
    key = f"{JOB}:{now:%Y-%m-%dT%H:%M:%S}Z"
    detail = {"file": file, "taken_at": taken_at.isoformat() if taken_at else None, "caught_up": False}
    settle(
        connection,
        Outcome(key=key, job=JOB, period=key, state="done", started=now, finished=now, detail=detail),
    )


def catching_up(connection: Connection) -> bool:
    """Whether the store was restored and what was due since the backup has not been done again yet."""
    details = connection.execute(select(run.c.detail).where(run.c.job == JOB)).scalars()
    return any(not (detail or {}).get("caught_up", True) for detail in details)


def caught_up(connection: Connection) -> None:
    """Write down that the store is where it was: mails made from now on are the first of their kind."""
    for key, detail in connection.execute(select(run.c.key, run.c.detail).where(run.c.job == JOB)).all():
        connection.execute(run.update().where(run.c.key == key).values(detail={**detail, "caught_up": True}))
