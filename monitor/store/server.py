"""Which PostgreSQL answers: its identity and its timeline, which grows by one each time a replica takes over.

A replica that takes over may lack what was committed last. The server says so itself, in its own words: a promoted
one writes its log on another timeline. That is asked of every new connection, since none outlives a failover, and
remembered in a row of the store (`monitor.failover`). SQLite, and a server that does not tell, have none.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import DBAPIError

from monitor.store.lease import LostLeaseError
from monitor.store.tables import run

# The name of the log file that is written now begins with the timeline; the checkpoint that pg_control_checkpoint()
# tells of may be older than the promotion.
_ASKED = """
    SELECT system_identifier::text, substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)
    FROM pg_control_system() WHERE NOT pg_is_in_recovery()
"""
_KEY = "server"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One history of one database cluster: what is committed on one timeline need not be on the next."""

    system: str
    timeline: int


class AnotherServerError(LostLeaseError):
    """The database went over to another server since this tick began; nothing of this transaction is kept."""

    def __init__(self) -> None:
        super().__init__(
            "the database went over to another server by now; what was decided before that is not kept"
        )


def asked(conn: Connection) -> Server | None:
    """The server at the other end, which is asked anew; None on SQLite, of a replica, and where it does not tell."""
    if conn.dialect.name != "postgresql":
        return None
    try:
        with conn.begin_nested():
            row = conn.execute(text(_ASKED)).first()
    except DBAPIError:  # a service that is PostgreSQL only in its language, or a user who may not ask
        return None
    return None if row is None else _server(*row)


def ask_once(connection: Any, record: Any) -> None:
    """Remember of a new connection to PostgreSQL which server it leads to; for SQLAlchemy's event "connect"."""
    import psycopg

    try:
        row = connection.execute(_ASKED).fetchone()
    except psycopg.Error:  # as above
        row = None
    connection.rollback()
    record.info[_KEY] = None if row is None else _server(*row)


def behind(conn: Connection) -> Server | None:
    """The server that a connection leads to, as it said when the connection was made."""
    server: Server | None = conn.info.get(_KEY)
    return server


def _server(system: str, timeline: str) -> Server:
    return Server(system=system, timeline=int(timeline, 16))


def remembered_server(conn: Connection) -> Server | None:
    """The server that wrote the store's newest rows, as it was last noted; None before the first."""
    detail = conn.execute(select(run.c.detail).where(run.c.key == _KEY)).scalar()
    return Server(**detail) if detail else None


def remember_server(conn: Connection, server: Server, now: datetime) -> None:
    """Note which server the store is on."""
    values = {"finished_at": now, "detail": asdict(server)}
    if conn.execute(run.update().where(run.c.key == _KEY).values(**values)).rowcount == 0:
        row = {"key": _KEY, "job": _KEY, "period": _KEY, "state": _KEY, "started_at": now, **values}
        conn.execute(insert(run).values(**row))


def forget_server(conn: Connection) -> None:
    """Note that the rows came from elsewhere, and that this is known."""
    conn.execute(run.delete().where(run.c.key == _KEY))
