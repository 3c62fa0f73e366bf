"""The database: whole, of this version, safely logged, private, and reached without a pooler that shares sessions."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator

from sqlalchemy import text

from monitor.doctor.finding import Finding, Patient
from monitor.live_store import database_file
from monitor.network_disk import warning
from monitor.store.schema import HEAD, schema_version

WAL_FAULT_FIRST, WAL_FAULT_MENDED = (3, 7, 0), (3, 51, 3)
WAL_FAULT_MENDED_TOO = ((3, 44, 6), (3, 50, 7))
"""SQLite can damage a database when two connections meet while its log begins anew; these versions have the mend."""
ASKED = 5


def database_health(patient: Patient) -> Iterator[Finding]:
    """Whether the database can be read from end to end, and which schema it has."""
    if patient.store is None:
        yield Finding(part="database", state="well", message="there is none yet; the first tick makes it")
        return
    with patient.store.read() as connection:
        yield Finding(
            part="database",
            state="well",
            message=f"its schema is {schema_version(connection)}, this program knows up to {HEAD}",
        )
        if connection.dialect.name != "sqlite":
            server = connection.execute(text("SHOW server_version")).scalar_one()
            yield Finding(part="database", state="well", message=f"PostgreSQL {server}")
            return
        said = list(connection.exec_driver_sql("PRAGMA quick_check").scalars())
        journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
    if said == ["ok"]:
        yield Finding(part="database", state="well", message="read from end to end: whole")
    else:
        yield Finding(
            part="database", state="ill", message=f"is damaged ({said[0]}); restore the newest backup"
        )
    if journal != "wal":
        yield Finding(
            part="database",
            state="look",
            message=f"its journal is {journal}, not wal: readers and the writer wait for each other",
        )


def sqlite_log_fault(patient: Patient) -> Iterator[Finding]:
    """Whether this SQLite has the fault that can damage a database with several connections."""
    if database_file(patient.settings) is None:
        return
    yield log_fault(sqlite3.sqlite_version_info)


def log_fault(version: tuple[int, ...]) -> Finding:
    """What is to be said of an SQLite version.

    >>> log_fault((3, 40, 1)).state, log_fault((3, 50, 7)).state, log_fault((3, 51, 3)).state
    ('look', 'well', 'well')
    """
    name = ".".join(map(str, version))
    backported = any(version[:2] == mended[:2] and version >= mended for mended in WAL_FAULT_MENDED_TOO)
    if WAL_FAULT_FIRST <= version < WAL_FAULT_MENDED and not backported:
        return Finding(
            part="sqlite",
            state="look",
            message=f"SQLite {name} can, very rarely, damage a database that several programs have open while its "
            "log begins anew; keep the nightly backup, and move to SQLite 3.51.3 (or 3.50.7, 3.44.6) or PostgreSQL",
        )
    return Finding(part="sqlite", state="well", message=f"SQLite {name}")


def database_file_rights(patient: Patient) -> Iterator[Finding]:
    """Whether others on the machine may read what customers bought."""
    file = database_file(patient.settings)
    for path in (file, patient.settings.path):
        if path is None or not path.exists():
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        open_to = "be written" if mode & stat.S_IWOTH else "be read" if mode & stat.S_IROTH else None
        if open_to is not None and (path == file or open_to == "be written"):
            yield Finding(
                part="rights",
                state="ill" if open_to == "be written" else "look",
                message=f"{path} can {open_to} by everybody on this machine; chmod o-rwx {path}",
            )


def database_place(patient: Patient) -> Iterator[Finding]:
    """Whether the SQLite file lies on a disk of this machine."""
    file = database_file(patient.settings)
    if (said := warning(file, patient.mounts)) is not None:
        yield Finding(part="place", state="ill", message=said)
    elif file is not None and patient.mounts:
        yield Finding(part="place", state="well", message="the database lies on a disk of this machine")


def pooler(patient: Patient) -> Iterator[Finding]:
    """Whether a pooler hands out another session for every transaction: locks of a session mean nothing then."""
    if patient.store is None or patient.store.engine.dialect.name != "postgresql":
        return
    with patient.store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        asked = text("SELECT pg_backend_pid()")
        sessions = {connection.execute(asked).scalar_one() for _ in range(ASKED)}
    if len(sessions) > 1:
        yield Finding(
            part="pooler",
            state="ill",
            message="the address leads to a pooler that shares sessions between transactions; give LeftTurn the "
            "server itself, or a pool in session mode",
        )
    else:
        yield Finding(part="pooler", state="well", message="one connection is one session")
