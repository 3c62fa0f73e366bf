"""After a restore or a failover: the time that the store lacks is lived through again, and mails say so.

Whether a mail of that time went out is unknowable: its row is not there. Its Message-ID is the same when it
is made again, so that a mail program may fold the two; and it carries `X-Possible-Duplicate: 1`.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from monitor.store.runs import Outcome, settle
from monitor.store.server import Server, forget_server
from monitor.store.tables import run

RESTORE, FAILOVER = "restore", "failover"
JOBS = (RESTORE, FAILOVER)


def remember_restore(connection: Connection, *, file: str, taken_at: datetime | None, now: datetime) -> None:
    """Write down that the store was restored from a backup, and that its catching up lies ahead."""
    forget_server(connection)
    detail = {"file": file, "taken_at": taken_at.isoformat() if taken_at else None}
    _remember(connection, RESTORE, detail, now)


def remember_failover(
    connection: Connection, *, before: Server, server: Server, newest: datetime | None, now: datetime
) -> None:
    """Write down that another server answers, which may lack what was written last, and that it must catch up."""
    detail = {
        "before": asdict(before),
        "server": asdict(server),
        "newest": newest.isoformat() if newest else None,
    }
    _remember(connection, FAILOVER, detail, now)


def _remember(connection: Connection, job: str, detail: dict[str, Any], now: datetime) -> None:
    key = f"{job}:{now:%Y-%m-%dT%H:%M:%S}Z"
    detail = {**detail, "caught_up": False}
    settle(
        connection,
        Outcome(key=key, job=job, period=key, state="done", started=now, finished=now, detail=detail),
    )


def catching_up(connection: Connection) -> bool:
    """Whether the store lacks some time, and what was due in it has not been done again yet."""
    details = connection.execute(select(run.c.detail).where(run.c.job.in_(JOBS))).scalars()
    return any(not (detail or {}).get("caught_up", True) for detail in details)


def caught_up(connection: Connection) -> None:
    """Write down that the store is where it was: mails made from now on are the first of their kind."""
    lacking = select(run.c.key, run.c.detail).where(run.c.job.in_(JOBS))
    for key, detail in connection.execute(lacking).all():
        connection.execute(run.update().where(run.c.key == key).values(detail={**detail, "caught_up": True}))
