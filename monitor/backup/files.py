"""The folder of backups: names that sort by time, files that appear whole or not at all, old ones let go."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path

BACKUP_NAME = re.compile(r"leftturn-(\d{8}T\d{6})Z\.db")
"""The name of a backup: the instant, in UTC, at which it was begun."""
UNFINISHED = ".unfinished"


def name_of(taken_at: datetime) -> str:
    """The file name of a backup that was begun at an aware instant.

    >>> name_of(datetime(2026, 1, 5, 3, tzinfo=UTC))
    'leftturn-20260105T030000Z.db'
    """
    return f"leftturn-{taken_at.astimezone(UTC):%Y%m%dT%H%M%S}Z.db"


def taken_at(file: Path) -> datetime | None:
    """When a backup was begun, by its name; None where the name is another one's."""
    found = BACKUP_NAME.fullmatch(file.name)
    return datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC) if found else None


def backups_in(folder: Path) -> tuple[Path, ...]:
    """The backups in a folder, oldest first; nothing where there is no folder."""
    if not folder.is_dir():
        return ()
    return tuple(sorted(file for file in folder.iterdir() if BACKUP_NAME.fullmatch(file.name)))


def publish(unfinished: Path, file: Path) -> None:
    """Give a finished file its name: its content is on the disk before its name is, and the name after it."""
    sync(unfinished)
    unfinished.rename(file)
    sync(file.parent)


def sync(path: Path) -> None:
    """Have what was written to a file or folder reach the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def let_go(folder: Path, keep: int) -> tuple[Path, ...]:
    """Remove all backups but the newest `keep`, and what an interrupted one left; returns the backups removed."""
    old = backups_in(folder)[: -keep or None]
    for file in (*old, *folder.glob(f"leftturn-*{UNFINISHED}")):
        file.unlink(missing_ok=True)
    return old
