"""Taking a backup while the daemon works: the copy is of one moment, checked before it gets its name."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.engine import URL

from monitor.backup.copying import copy_all, count_all
from monitor.backup.files import UNFINISHED, let_go, name_of, publish
from monitor.store import Store, open_store

if TYPE_CHECKING:
    from config.settings import Backup as BackupSettings
    from config.settings import Settings


class BackupError(RuntimeError):
    """No backup could be made of the database, or none be used; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A finished backup: its file, its size, its rows by table, and the older ones that were let go."""

    file: Path
    size: int
    rows: dict[str, int]
    let_go: tuple[Path, ...]


def backup_settings(settings: Settings) -> BackupSettings:
    """The configured backup; where there is none, the folder `backups` beside the configuration."""
    from config.settings import Backup as BackupSettings

    return settings.backup or BackupSettings(folder=settings.path.parent / BackupSettings().folder)


def take_backup(store: Store, folder: Path, *, keep: int, now: datetime) -> Backup:
    """Copy the whole store into a new file of `folder` and keep the newest `keep`.

    SQLite's VACUUM INTO reads one moment of the database and does not hinder the writer; copying the file of a live
    database would lose what still stands in its write-ahead log. PostgreSQL is read in one REPEATABLE READ
    transaction. An unchecked or half-written copy never has a backup's name.

    Raises BackupError where it cannot be written or does not pass its check, StoreError where the database fails.
    """
    file = folder / name_of(now)
    unfinished = file.with_name(file.name + UNFINISHED)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        rows = _copy(store, unfinished)
        check_backup(unfinished)
        publish(unfinished, file)
        return Backup(file=file, size=file.stat().st_size, rows=rows, let_go=let_go(folder, keep))
    except OSError as error:
        raise BackupError(
            f"{error.filename or folder}: {error.strerror or error}; no backup was made"
        ) from error
    except sqlite3.Error as error:
        raise BackupError(f"{unfinished}: {error}; no backup was made") from error
    finally:
        for end in ("", "-wal", "-shm"):
            with suppress(OSError):  # what could not be made cannot be removed
                unfinished.with_name(unfinished.name + end).unlink(missing_ok=True)


def _copy(store: Store, file: Path) -> dict[str, int]:
    if store.engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(f"file:{store.engine.url.database}?mode=ro", uri=True)) as raw:
            raw.execute("VACUUM INTO ?", (str(file),))
    else:
        with open_file(file) as copy, store.read() as source, copy.write() as target:
            copy_all(source, target)
    with open_file(file) as copy, copy.read() as connection:
        rows = count_all(connection)
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
    return rows


def open_file(file: Path, *, create: bool = True) -> Store:
    """The store in an SQLite file; one of an older LeftTurn is brought up to date."""
    return open_store(URL.create("sqlite", database=str(file)).render_as_string(), create=create)


def check_backup(file: Path) -> None:
    """Read a backup from end to end. Raises BackupError where it is damaged, or no database at all."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as raw:
            said = [row[0] for row in raw.execute("PRAGMA integrity_check")]
            orphans = raw.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.DatabaseError as error:
        raise BackupError(f"{file}: {error}; this is no backup that can be used") from error
    if said != ["ok"]:
        raise BackupError(f"{file} is damaged ({said[0]}); take another backup")
    if orphans:
        raise BackupError(
            f"{file}: {len(orphans)} rows point at rows that are not there; take another backup"
        )
