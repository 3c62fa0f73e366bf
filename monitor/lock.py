"""One active daemon to a SQLite database; a second one is told so and ends.

A lock on a file beside the database, held by the kernel for the life of the process, so that a killed daemon leaves
none behind. What a server's database does instead is in `monitor.leadership`.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SUFFIX = ".lock.held"
TRIES, BETWEEN_TRIES = 3, 0.05


class AnotherDaemon(RuntimeError):  # noqa: N818 - it is no error of this process
    """Another daemon is active on the same database; the sentence says which."""


def active_process(database: str) -> str | None:
    """The process that is active on `database`, "" where there is none; None where that is not known (a server's).

    The lock is asked for shared and given back at once; a daemon that starts at that moment asks again.
    """
    from sqlalchemy import make_url

    url = make_url(database)
    if url.get_backend_name() != "sqlite":
        return None
    file = Path(str(url.database))
    try:
        descriptor = os.open(file.with_name(file.name + SUFFIX), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return ""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return f"process {_holder(descriptor)}"
    finally:
        os.close(descriptor)
    return ""


@contextmanager
def hold_file(database: Path) -> Iterator[None]:
    """Hold the lock file beside a SQLite database; its text is the process that holds it."""
    path = database.with_name(database.name + SUFFIX)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        if not _taken(descriptor):
            raise AnotherDaemon(
                f"another daemon is active on {database} (process {_holder(descriptor)}); stop it first"
            )
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        os.close(
            descriptor
        )  # the lock goes with it; the file stays, since removing it would race with a newcomer


def _taken(descriptor: int) -> bool:
    """Take the lock; a look by `active_process` holds it for a moment only, so it is asked for more than once."""
    for last in (*[False] * (TRIES - 1), True):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not last:
                time.sleep(BETWEEN_TRIES)
        else:
            return True
    return False


def _holder(descriptor: int) -> str:
    return os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
