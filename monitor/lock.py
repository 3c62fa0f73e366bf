"""One active daemon to a database; a second one is told so and ends.

SQLite: a lock on a file beside the database, held by the kernel for the life of the process, so that a killed
daemon leaves none behind. PostgreSQL: a session advisory lock on a connection of its own; it says who is
active but fences nothing (a daemon whose session was cut still believes that it leads), so a lease row with an
epoch is to replace it. Either way leadership only saves work: unique keys keep that nothing is done twice.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine

SUFFIX = ".lock.held"
ADVISORY_KEY = (
    0x4C656674_5475726E  # "LeftTurn" in ASCII: the same in every version, unlikely in any other program
)


class AnotherDaemon(RuntimeError):  # noqa: N818 - it is no error of this process
    """Another daemon is active on the same database; the sentence says which."""


def only_daemon(database: str, password: str | None = None) -> AbstractContextManager[None]:
    """Be the only active daemon of `database` (a SQLAlchemy URL) inside the `with`.

    Raises AnotherDaemon on entry where one is active already.
    """
    from sqlalchemy import create_engine, make_url
    from sqlalchemy.pool import NullPool

    url = make_url(database)
    if url.get_backend_name() == "sqlite":
        return hold_file(Path(str(url.database)))
    if password is not None:
        url = url.set(password=password)
    return hold_session(create_engine(url, poolclass=NullPool))


@contextmanager
def hold_file(database: Path) -> Iterator[None]:
    """Hold the lock file beside a SQLite database; its text is the process that holds it."""
    path = database.with_name(database.name + SUFFIX)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode("ascii", "replace").strip()
            raise AnotherDaemon(
                f"another daemon is active on {database} (process {holder or 'unknown'}); stop it first"
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        os.close(
            descriptor
        )  # the lock goes with it; the file stays, since removing it would race with a newcomer


@contextmanager
def hold_session(engine: Engine) -> Iterator[None]:
    """Hold PostgreSQL's advisory lock on one connection, asked for once, since such locks stack."""
    from sqlalchemy import text

    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        taken = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": ADVISORY_KEY}).scalar()
        if not taken:
            place = engine.url.render_as_string(hide_password=True)
            raise AnotherDaemon(f"another daemon is active on {place}; stop it first")
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_KEY})
