"""What was read of a source, file by file, and the rows that were set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from sqlalchemy import Connection, delete, func, insert, select

from monitor.store.bulk import insert_frame
from monitor.store.tables import rejected_row, source_read


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRead:
    """The newest read of a source.

    hashes    of its files
    reading   a digest of how the configuration said to read it
    names     our names of the columns that were read
    whole     whether every file could be used
    """

    hashes: frozenset[str]
    reading: str
    names: frozenset[str]
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """One file of a read, and what its rows came to. `rejected`: row, column, reason, detail, raw."""

    file: str
    content_hash: str
    whole: bool
    rows_read: int
    accepted: int
    duplicates: int
    ignored: int
    rejected: pl.DataFrame
    message: str


def last_read(connection: Connection, source: str) -> LastRead | None:
    """The newest read of a source; None before the first."""
    newest = select(func.max(source_read.c.read_at)).where(source_read.c.source == source).scalar_subquery()
    rows = connection.execute(
        select(source_read).where(source_read.c.source == source, source_read.c.read_at == newest)
    ).all()
    if not rows:
        return None
    return LastRead(
        hashes=frozenset(row.content_hash for row in rows),
        reading=rows[0].reading,
        names=frozenset(rows[0].names or ()),
        whole=all(row.whole for row in rows),
    )


def save_read(
    connection: Connection,
    source: str,
    files: Sequence[ReadFile],
    *,
    reading: str,
    names: Sequence[str],
    at: datetime,
) -> None:
    """Write down a read of all files of a source.

    Rows set aside by earlier reads are forgotten: the files at hand stand in their place. Those of a file that could
    not be used this time are kept.
    """
    used = [file.file for file in files if file.whole]
    earlier = select(source_read.c.id).where(source_read.c.source == source)
    if len(used) < len(files):
        earlier = earlier.where(source_read.c.file.in_(used))
    connection.execute(delete(rejected_row).where(rejected_row.c.source_read_id.in_(earlier)))
    for file in files:
        row = {
            "source": source,
            "file": file.file,
            "content_hash": file.content_hash,
            "reading": reading,
            "names": list(names),
            "read_at": at,
            "whole": file.whole,
            "rows_read": file.rows_read,
            "accepted": file.accepted,
            "quarantined": file.rejected.height,
            "duplicates": file.duplicates,
            "ignored": file.ignored,
            "message": file.message,
        }
        key = connection.execute(insert(source_read).values(row).returning(source_read.c.id)).scalar_one()
        rejected = file.rejected.select("row", "column", "reason", "detail", "raw")
        insert_frame(connection, rejected_row, rejected.with_columns(source_read_id=pl.lit(key, pl.Int64)))
