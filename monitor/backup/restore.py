"""The way back: a checked backup takes the database's place, and what stood there is kept.

Between the backup and now mails may have gone out that the backup knows nothing of. What is due is done again, with
the same Message-IDs, and marked as possibly sent before: see `monitor.backup.aftermath`.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, make_url

from monitor.backup.aftermath import remember_restore
from monitor.backup.copying import copy_all, count_all, empty_all, number_on
from monitor.backup.files import sync, taken_at
from monitor.backup.take import BackupError, check_backup, open_file, take_backup
from monitor.store import Store, open_store

KEEP_ALL = 1_000_000
LOG_FILES = ("-wal", "-shm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was put in place: the backup, when it was taken, its rows by table, and where the old state is kept."""

    file: Path
    taken_at: datetime | None
    rows: dict[str, int]
    kept: Path | None


def restore(database: str, password: str | None, file: Path, *, aside: Path, now: datetime) -> Restored:
    """Put the backup `file` in the place of `database` (a SQLAlchemy URL). No daemon may be active on it.

    aside   folder that keeps the present state of a PostgreSQL database; an SQLite file is kept beside itself

    Nothing is touched before the backup has passed its check. Raises BackupError where it does not, StoreError
    where a database fails.
    """
    if not file.is_file():
        raise BackupError(
            f"{file}: no such file; `leftturn backup` makes one, and its folder shows what there is"
        )
    check_backup(file)
    url = make_url(database)
    with tempfile.TemporaryDirectory(prefix="leftturn-restore-") as folder:
        draft = Path(folder) / "draft.db"
        shutil.copyfile(file, draft)
        with open_file(draft, create=False) as store, store.write() as connection:
            remember_restore(connection, file=file.name, taken_at=taken_at(file), now=now)
            rows = count_all(connection)
        if url.get_backend_name() == "sqlite":
            kept = _replace_file(draft, Path(str(url.database)), now)
        else:
            kept = _replace_rows(draft, database, password, aside, now)
    return Restored(file=file, taken_at=taken_at(file), rows=rows, kept=kept)


def _replace_file(draft: Path, database: Path, now: datetime) -> Path | None:
    """Move the database aside and the draft into its place; a crash in between leaves both under their names.

    The log goes first, and emptied: a log of another database beside a file would be played into it.
    """
    incoming = database.with_name(f"{database.name}.incoming")
    _single_file(draft)
    shutil.copyfile(draft, incoming)
    sync(incoming)
    kept = None
    if database.exists():
        kept = database.with_name(f"{database.name}.before-{now:%Y%m%dT%H%M%SZ}")
        _empty_log(database)
        for end in LOG_FILES:
            log = database.with_name(database.name + end)
            if log.exists():
                log.rename(kept.with_name(kept.name + end))
        database.rename(kept)
    incoming.rename(database)
    sync(database.parent)
    return kept


def _single_file(database: Path) -> None:
    with closing(sqlite3.connect(database)) as raw:
        raw.execute("PRAGMA journal_mode=DELETE")


def _empty_log(database: Path) -> None:
    """Play the log into its database; a damaged one is kept as it is."""
    try:
        with closing(sqlite3.connect(database)) as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.DatabaseError:
        return


def _replace_rows(
    draft: Path, database: str, password: str | None, aside: Path, now: datetime
) -> Path | None:
    """Replace every row in one transaction, once the present state is kept."""
    with open_store(database, password) as target, open_file(draft, create=False) as source:
        kept = _keep(target, aside, now)
        with source.read() as reading, target.write() as writing:
            _copy_over(reading, writing)
    return kept


def _keep(target: Store, aside: Path, now: datetime) -> Path | None:
    with target.read() as connection:
        if not any(count_all(connection).values()):
            return None
    return take_backup(target, aside, keep=KEEP_ALL, now=now).file


def _copy_over(reading: Connection, writing: Connection) -> None:
    empty_all(writing)
    copy_all(reading, writing)
    number_on(writing)
