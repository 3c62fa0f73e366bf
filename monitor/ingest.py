"""Rooms 1 and 2: a source's files become versions of deals and accounts, in the caller's one transaction.

The first read of a source is history: its versions are assumed, and replayed from their dates. After that a deal
that changed, appeared or vanished is a version observed now; one that appeared although it was over before the
source could still change it is a backfill, and assumed as well.

A file that cannot be used hinders no other, but nothing is concluded from what is missing then.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl
from sqlalchemy import Connection

from monitor.sources import SOURCES, FileRead, Reader
from monitor.sources.contract import Contract
from monitor.sources.deal_rows import DAYS
from monitor.sources.repeats import newest_of_files
from monitor.store import holds
from monitor.store.absence import gone
from monitor.store.deals import load_versions, replace_versions, save_versions
from monitor.store.reads import LastRead, ReadFile, last_read, save_read
from monitor.store.restatement import compare, read_anew
from monitor.suspicion import VANISHED, content_of, look_over
from monitor.types import INSTANT
from monitor.wall_clock import local_day

if TYPE_CHECKING:
    from config.settings import Settings, Source

READER = 1
"""Raised when the same cells come to be read differently: every source is then read anew."""
AN_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """What reading a source came to. rows_read = accepted + quarantined + duplicates + ignored, always.

    files         the files that were read
    new_versions  versions of deals or accounts added, deletions aside
    unchanged     rows that say what was known
    deleted       deals that are gone from the source
    messages      what a person should look at
    skipped       the files are those of the last read, so nothing was read
    again         whether a file that could not be used may be whole at the next look
    """

    source: str
    files: tuple[str, ...] = ()
    rows_read: int = 0
    accepted: int = 0
    quarantined: int = 0
    duplicates: int = 0
    ignored: int = 0
    new_versions: int = 0
    unchanged: int = 0
    deleted: int = 0
    messages: tuple[str, ...] = ()
    skipped: bool = False
    again: bool = False


def ingest(connection: Connection, settings: Settings, source: Source, *, now: datetime) -> IngestReport:
    """Read `source` and bring the store up to date with it, in the transaction that `connection` is in.

    Raises ReadError where there is nothing to read.
    """
    contract = Contract(source=source, company=settings.company, motions=settings.motions, today=now.date())
    reader = SOURCES[source.type](source, settings.company, settings.motions)
    reading = _reading(settings, source)
    before = last_read(connection, source.name)
    same_way = before is not None and before.reading == reading
    if before is not None and same_way and _nothing_new(connection, source, before, reader):
        return IngestReport(source=source.name, skipped=True)
    reads = list(reader.read(lambda _: False))
    content = content_of(read.content_hash for read in reads)
    rows, files = _together(reads, contract.key, local_day(settings.company.timezone, now))
    names = sorted(contract.columns())
    brought = _Brought()
    if rows is not None:
        anew = None if before is None or same_way else _never_read(names, before.names)
        brought = _bring(connection, settings, source, rows, reads, anew, now)
    held = look_over(connection, settings, source, files, content, suspects=brought.suspects, now=now)
    if before is not None and not all(file.whole for file in files):
        reading, names = before.reading, sorted(before.names)  # not all was read in the new way yet
    save_read(connection, source.name, files, reading=reading, names=names, at=now)
    return IngestReport(
        source=source.name,
        files=tuple(read.file for read in reads),
        rows_read=sum(file.rows_read for file in files),
        accepted=sum(file.accepted for file in files),
        quarantined=sum(file.rejected.height for file in files),
        duplicates=sum(file.duplicates for file in files),
        ignored=sum(file.ignored for file in files),
        new_versions=brought.new_versions,
        unchanged=brought.unchanged,
        deleted=brought.deleted,
        messages=(*(file.message for file in files if file.message), *brought.messages, *held),
        again=any(read.again for read in reads if read.rejected_file is not None),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Brought:
    """What became of the store."""

    new_versions: int = 0
    unchanged: int = 0
    deleted: int = 0
    messages: tuple[str, ...] = ()
    suspects: str | None = None


def _bring(
    connection: Connection,
    settings: Settings,
    source: Source,
    rows: pl.DataFrame,
    reads: Sequence[FileRead],
    anew: Sequence[str] | None,
    now: datetime,
) -> _Brought:
    """Save what `rows` say that is not known.

    anew   the columns that are read for the first time, where the source is read in another way than before
    """
    key = "deal_id" if source.role == "deals" else "account"
    none = _no_deals(rows, reads, key)
    versions = load_versions(connection, source.role, source.name)
    if anew is not None and versions.height:
        versions = read_anew(versions, rows, key, anew).filter(~pl.col(key).is_in(none))
        replace_versions(connection, source.role, source.name, versions)
    change = compare(rows, versions, key)
    history = anew is not None or versions.height == 0
    added = pl.concat(
        [
            change.fresh.with_columns(observed=~_backfill(change.fresh, settings, source, now, history)),
            change.changed.with_columns(observed=pl.lit(True)),
        ]
    )
    known_at = pl.lit(_after(now, versions), INSTANT)
    save_versions(connection, source.role, added.with_columns(known_at=known_at))
    if source.role != "deals" or source.contains != "everything":
        return _Brought(new_versions=added.height, unchanged=change.unchanged)
    rejected = pl.concat([read.rejected for read in reads])
    content = content_of(read.content_hash for read in reads)
    lacking = gone(
        change,
        rejected,
        none,
        whole=not any(read.rejected_file for read in reads),
        accepted=holds.accepted(connection, source.name, VANISHED, content),
    )
    last = lacking.deleted.with_columns(deleted=pl.lit(True), observed=pl.lit(True), known_at=known_at)
    save_versions(connection, source.role, last)
    return _Brought(
        new_versions=added.height,
        unchanged=change.unchanged,
        deleted=lacking.deleted.height,
        messages=() if lacking.suspects else lacking.said,
        suspects=lacking.said[0] if lacking.suspects else None,
    )


def _backfill(
    fresh: pl.DataFrame, settings: Settings, source: Source, now: datetime, history: bool
) -> pl.Expr:
    """Whether a row that is new to the store tells of the past.

    All do in a first read (`history`); later those that were over before the source could still change them.
    """
    if history or "closed_on" not in fresh.columns:
        return pl.lit(history)
    bound = local_day(settings.company.timezone, now - source.revises - source.late_by)
    return (pl.coalesce("closed_on", "created_on") < bound).fill_null(False)


def _no_deals(rows: pl.DataFrame, reads: Sequence[FileRead], key: str) -> list[str]:
    """What the ignored rows are about, unless another row is a deal of the same name."""
    ignored = pl.concat([read.ignored_keys for read in reads]).unique()
    return ignored.filter(~ignored.is_in(rows[key].implode())).to_list()


def _after(now: datetime, versions: pl.DataFrame) -> datetime:
    """`now`, or just after the newest version where the clock was set back: what is saved later is known later."""
    newest = versions["known_at"].max() if versions.height else None
    return now if not isinstance(newest, datetime) or now > newest else newest + AN_INSTANT


def _never_read(names: Sequence[str], before: frozenset[str]) -> list[str]:
    return [DAYS.get(name, name) for name in names if name not in before]


def _nothing_new(connection: Connection, source: Source, before: LastRead, reader: Reader) -> bool:
    """Whether every file is one that was read before, and nobody asked for another look."""
    if not (before.whole or before.for_good):
        return False
    if any(each.state == "accepted" for each in holds.active_holds(connection, source.name)):
        return False
    return _hashes(reader) == before.hashes


def _hashes(reader: Reader) -> frozenset[str] | None:
    """The hashes of all files; None where one of them cannot even be read."""
    seen: list[str] = []

    def note(digest: str) -> bool:
        seen.append(digest)
        return True

    refused = list(reader.read(note))
    return None if refused else frozenset(seen)


def _reading(settings: Settings, source: Source) -> str:
    """A digest of everything that decides how a row is read; not of where it lies or how often."""
    how = source.model_dump(mode="json", exclude={"path", "every", "late_by", "revises"})
    company, motions = settings.company, {name: list(labels) for name, labels in settings.motions.items()}
    everything = [READER, how, company.timezone, company.currency, motions]
    return hashlib.sha256(json.dumps(everything, sort_keys=True).encode()).hexdigest()


def _together(reads: Sequence[FileRead], key: str, today: date) -> tuple[pl.DataFrame | None, list[ReadFile]]:
    """One row a key over all files that can be used, and each file with what its rows came to in the end."""
    frames = [
        read.deals.with_columns(file=pl.lit(place, pl.Int32))
        for place, read in enumerate(reads)
        if read.rejected_file is None
    ]
    if not frames:
        return None, [_file(read, 0, today) for read in reads]
    rows = newest_of_files(pl.concat(frames), key)
    kept = dict(rows.group_by("file").len().iter_rows())
    return rows.drop("file"), [_file(read, kept.get(place, 0), today) for place, read in enumerate(reads)]


def _file(read: FileRead, kept: int, today: date) -> ReadFile:
    return ReadFile(
        file=read.file,
        content_hash=read.content_hash,
        whole=read.rejected_file is None,
        rows_read=read.rows_read,
        accepted=kept,
        duplicates=read.duplicates + read.deals.height - kept,
        ignored=read.ignored,
        rejected=read.rejected,
        message="; ".join(_said(read)),
        again=read.again,
        newest_day=_newest_day(read.deals, today),
    )


def _newest_day(deals: pl.DataFrame, today: date) -> date | None:
    """The newest creation or closing that is not in the future."""
    days = [
        deals[name].filter(deals[name] <= today).max()
        for name in ("created_on", "closed_on")
        if name in deals.columns
    ]
    return max((day for day in days if isinstance(day, date)), default=None)


def _said(read: FileRead) -> Iterable[str]:
    if read.rejected_file is not None:
        yield f"{read.rejected_file} (nothing of the file was used)"
        return
    yield from (f"{read.file}: {message}" for message in read.messages)
    if read.rejected.height:
        counts = read.rejected.group_by("reason").len().sort("len", "reason", descending=[True, False])
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in counts.iter_rows())
        yield f"{read.file}: {read.rejected.height:,} rows set aside ({reasons}); leftturn quarantine shows them"
