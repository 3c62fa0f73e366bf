"""A session with somebody else's database: it cannot write, never waits for ever, and its errors tell no secret."""

from __future__ import annotations

import os
import re
import sqlite3
import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from monitor.sources.file_read import ReadError

if TYPE_CHECKING:
    from config.settings import Source

STATEMENT_SECONDS = 600
"""A query may take so long. On databases that have no such limit, the session is interrupted."""

CAN_WRITE_POSTGRESQL = """
SELECT current_setting('is_superuser') = 'on' OR EXISTS (
    SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))
"""


class Session:
    """A connection for reading; entered, it gives SQLAlchemy's. Raises ReadError where there is no driver."""

    def __init__(self, source: Source, seconds: int = STATEMENT_SECONDS) -> None:
        self._source, self._seconds = source, seconds
        self._engine: Engine | None = None
        self._connection: Connection | None = None
        self._timer: threading.Timer | None = None

    def __enter__(self) -> Connection:
        try:
            self._engine = _engine(self._source)
        except ModuleNotFoundError as error:
            raise ReadError(
                f"source {self._source.name}: the driver {error.name} is not installed", again=False
            ) from None
        self._connection = connection = self._engine.connect()
        _only_read(connection, self._seconds)
        self._timer = threading.Timer(self._seconds, _interrupter(connection))
        self._timer.daemon = True
        self._timer.start()
        return connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._connection is not None:
            self._connection.close()
        if self._engine is not None:
            self._engine.dispose()


def can_write(source: Source) -> bool | None:
    """Whether the account of a source could write to its database; None where that cannot be told.

    The session that reads never does; this is about what somebody else could do with the account.
    """
    url = make_url(source.address.get_secret_value() if source.address is not None else "")
    if url.get_backend_name() in ("sqlite", "duckdb"):
        return os.access(str(url.database), os.W_OK)
    if url.get_backend_name() != "postgresql":
        return None
    with Session(source) as connection:
        return bool(connection.execute(text(CAN_WRITE_POSTGRESQL)).scalar_one())


def without_secrets(error: BaseException, source: Source) -> str:
    """The first line of what a database said, without the password and the address that holds it."""
    said = (str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__])[0]
    address = source.address.get_secret_value() if source.address is not None else ""
    password = make_url(address).password if address else None
    for secret in (address, str(password) if password else "", quote(str(password)) if password else ""):
        if secret:
            said = said.replace(secret, "***")
    return re.sub(r"(password=)\S+", r"\1***", said)


def _engine(source: Source) -> Engine:
    url = make_url(source.address.get_secret_value() if source.address is not None else "")
    if url.get_backend_name() == "sqlite":
        place = f"file:{quote(str(url.database))}?mode=ro"
        return create_engine("sqlite://", creator=lambda: _sqlite(place), poolclass=NullPool)
    if url.get_backend_name() == "duckdb":
        return create_engine(url, connect_args={"read_only": True}, poolclass=NullPool)
    more: dict[str, Any] = {}
    if url.drivername == "postgresql+psycopg":
        more["connect_args"] = {"connect_timeout": 10, "application_name": "leftturn"}
    return create_engine(url, poolclass=NullPool, **more)


def _sqlite(place: str) -> sqlite3.Connection:
    return sqlite3.connect(place, uri=True, timeout=10, check_same_thread=False)


def _only_read(connection: Connection, seconds: int) -> None:
    """Forbid writing for the whole session, whatever the query says."""
    kind = connection.dialect.name
    if kind == "sqlite":
        connection.execute(text("PRAGMA query_only = ON"))
    elif kind == "postgresql":
        connection.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"))
        connection.execute(text(f"SET statement_timeout = '{seconds}s'"))
        connection.execute(text("SET TIME ZONE 'UTC'"))
        connection.commit()
    elif kind == "duckdb":
        connection.execute(text("SET TimeZone = 'UTC'"))
    elif kind in ("mysql", "mariadb"):
        connection.execute(text("SET SESSION TRANSACTION READ ONLY"))
        connection.commit()


def _interrupter(connection: Connection) -> Callable[[], None]:
    """What ends a statement that takes too long."""
    driver: Any = connection.connection.driver_connection

    def interrupt() -> None:
        for name in ("interrupt", "cancel"):
            stop = getattr(driver, name, None)
            if stop is not None:
                stop()
                return

    return interrupt
