"""Opening the store, and its two kinds of transaction.

read    one consistent look at everything; never writes
write   all or nothing, one writer at a time

SQLite begins a write with BEGIN IMMEDIATE, since a transaction that reads first and writes later fails at once when
another one wrote in between, whatever the timeout. The log is written ahead and synced at every commit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError

from monitor.store.failures import StoreError, sentence_for
from monitor.store.server import AnotherServerError, Server, ask_once, behind

if TYPE_CHECKING:
    from monitor.store.lease import Fence

WRITES = "leftturn_writes"
BUSY_MILLISECONDS = 10_000
"""How long a writer waits for its turn."""
WRITERS = 0x4C656674_57726974  # "LeftWrit" in ASCII: PostgreSQL's lock that writers take turns by
CONNECT_SECONDS = 10

__all__ = ["Store", "StoreError", "open_store"]


class Store:
    """A database whose schema is up to date. Use `read()` and `write()`; both give a SQLAlchemy connection."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.fence: Fence | None = None
        """The term under which this process writes; None where it writes whoever leads."""
        self.server: Server | None = None
        """The server that this process writes to, and no other; None where it writes to whichever answers."""

    @property
    def epoch(self) -> int:
        """The epoch of the present term; 0 where there is none."""
        return 0 if self.fence is None else self.fence.epoch

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one state of the database throughout. What is written in it is not kept.

        Raises StoreError where the database fails.
        """
        options: dict[str, Any] = {}
        if self.engine.dialect.name == "postgresql":
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._telling(), self.engine.connect().execution_options(**options) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection in one transaction: committed at the end, undone by an exception. Writers take turns.

        Raises StoreError where the database fails, LostLeaseError where the term it is fenced by is over, and
        AnotherServerError where another server answers than `server`.
        """
        with (
            self._telling(),
            self.engine.connect().execution_options(**{WRITES: True}) as connection,
            connection.begin(),
        ):
            if self.server is not None and behind(connection) not in (None, self.server):
                raise AnotherServerError
            if self.engine.dialect.name == "postgresql":
                connection.execute(text(f"SET LOCAL lock_timeout = {BUSY_MILLISECONDS}"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITERS})
            yield connection
            if self.fence is not None:
                self.fence.check(connection)

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Turn what the driver raises about the database as a whole into a sentence."""
        try:
            yield
        except DBAPIError as error:
            said = sentence_for(error, self.engine.url)
            if said is None:
                raise
            raise StoreError(said) from error


def open_store(url: str, password: str | None = None, create: bool = True) -> Store:
    """The store at `url` (SQLAlchemy's), its schema brought up to date.

    create    make the database's tables where there are none; otherwise that is a StoreError

    Raises StoreError, a sentence: no database yet, its folder missing, no database file, damaged, read-only, not
    reachable, or written by a newer LeftTurn.
    """
    from monitor.store.schema import bring_up_to_date

    address = make_url(url)
    if password is not None and address.get_backend_name() != "sqlite":  # a file asks for none
        address = address.set(password=password)
    if address.get_backend_name() == "sqlite":
        _look_at_file(address, create=create)
    store = Store(_engine(address))
    try:
        bring_up_to_date(store, create=create)
    except BaseException:
        store.close()
        raise
    return store


def _look_at_file(url: URL, *, create: bool) -> None:
    """Refuse before SQLite makes an empty file where none should be."""
    if url.database in (None, "", ":memory:") or str(url.database).startswith("file:"):
        return
    path = Path(str(url.database))
    if not path.parent.is_dir():
        raise StoreError(f"{path}: the folder {path.parent} does not exist; make it, or mend `database`")
    if path.is_dir():
        raise StoreError(f"{path} is a folder, not a database file; mend `database`")
    if not create and (not path.exists() or path.stat().st_size == 0):
        raise StoreError(f"{path}: there is no database yet; `leftturn once` or `leftturn run` makes it")


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    # pool_pre_ping: a server that was restarted costs one look, not one failed job
    engine = create_engine(
        url, hide_parameters=True, pool_pre_ping=True, connect_args={"connect_timeout": CONNECT_SECONDS}
    )
    event.listen(engine, "connect", ask_once)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself; _begin_sqlite does
    for pragma in (
        f"busy_timeout={BUSY_MILLISECONDS}",
        "foreign_keys=ON",
        "synchronous=FULL",
        "secure_delete=ON",  # what is erased is overwritten
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
