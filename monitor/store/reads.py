"""What was read of a source, file by file, and the rows that were set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
from sqlalchemy import Connection, Integer, cast, delete, func, insert, select

from monitor.store.bulk import insert_frame
from monitor.store.tables import rejected_row, source_read


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRead:
    """The newest read of a source.

    hashes    of its files
    reading   a digest of how the configuration said to read it
    names     our names of the columns that were read
    whole     whether every file could be used
    for_good  whether those that could not were refused for what they are: reading them again cannot help
    """

    hashes: frozenset[str]
    reading: str
    names: frozenset[str]
    whole: bool
    for_good: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """One file of a read, and what its rows came to. `rejected`: row, column, reason, detail, raw.

    again       whether a file that could not be used may be whole at the next look
    newest_day  the newest day of a deal in it that is not in the future
    others      its columns that are not read
    """

    file: str
    content_hash: str
    whole: bool
    rows_read: int
    accepted: int
    duplicates: int
    ignored: int
    rejected: pl.DataFrame
    message: str
    again: bool = False
    newest_day: date | None = None
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRead:
    """An earlier read whose files could all be used: when, how many rows, and the newest day of a deal."""

    read_at: datetime
    rows_read: int
    newest_day: date | None


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
        for_good=all(row.whole or row.again is False for row in rows),
    )


def past_reads(connection: Connection, source: str, most: int) -> list[PastRead]:
    """The newest reads of a source, at most `most`, the newest first; those with an unusable file left out."""
    table = source_read.c
    sums = func.sum(table.rows_read), func.max(table.newest_day), func.min(cast(table.whole, Integer))
    found = connection.execute(
        select(table.read_at, *sums)
        .where(table.source == source)
        .group_by(table.read_at)
        .order_by(table.read_at.desc())
        .limit(2 * most)
    )
    whole = [(at, rows, day) for at, rows, day, all_whole in found if all_whole]
    return [PastRead(read_at=at, rows_read=rows, newest_day=day) for at, rows, day in whole[:most]]


def save_read(
    connection: Connection,
    source: str,
    files: Sequence[ReadFile],
    *,
    reading: str,
    names: Sequence[str],
    at: datetime,
    changes: bool = False,
) -> None:
    """Write down a read of all files of a source, or of what changed in it.

    Rows set aside by earlier reads are forgotten: the files at hand stand in their place. Those of a file that could
    not be used this time are kept, and all of them where only changes were read.
    """
    used = [file.file for file in files if file.whole]
    earlier = select(source_read.c.id).where(source_read.c.source == source)
    if len(used) < len(files):
        earlier = earlier.where(source_read.c.file.in_(used))
    if not changes:
        connection.execute(delete(rejected_row).where(rejected_row.c.source_read_id.in_(earlier)))
    _forget_the_same(connection, source, files)
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
            "again": file.again,
            "newest_day": file.newest_day,
        }
        key = connection.execute(insert(source_read).values(row).returning(source_read.c.id)).scalar_one()
        rejected = file.rejected.select("row", "column", "reason", "detail", "raw")
        insert_frame(connection, rejected_row, rejected.with_columns(source_read_id=pl.lit(key, pl.Int64)))


def _forget_the_same(connection: Connection, source: str, files: Sequence[ReadFile]) -> None:
    """Of a file that cannot be used for the same reason as before, one row is enough."""
    for file in files:
        if not file.whole:
            table = source_read.c
            same = (
                table.file == file.file,
                table.content_hash == file.content_hash,
                table.message == file.message,
            )
            connection.execute(
                delete(source_read).where(table.source == source, table.whole.is_(False), *same)
            )
